// Package migrations holds the schema as numbered files, one folder for each
// dialect with the same numbers in both. A released file is never edited.
package migrations

import "embed"

// FS holds mysql/*.sql and sqlite/*.sql.
//
//go:embed mysql/*.sql sqlite/*.sql
var FS embed.FS
