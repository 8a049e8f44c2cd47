package database

import (
	"context"
	"strings"

	"gorm.io/gorm"
)

// Set says what an upsert does to a column of a row that is there already: take
// the new value, or add it.
type Set struct {
	Column string
	Add    bool
}

// Upsert inserts rows, or changes those whose key is there already. Rows are
// written in the order given; writers that may meet give the same order.
func Upsert(ctx context.Context, tx *gorm.DB, table string, columns, key []string, sets []Set, rows [][]any) error {
	return insertRows(ctx, tx, table, columns, onConflict(Dialect(tx.Name()), table, key, sets), rows)
}

func onConflict(dialect Dialect, table string, key []string, sets []Set) string {
	var b strings.Builder
	incoming := func(column string) string { return "excluded." + column }
	if dialect == MySQL {
		b.WriteString(" ON DUPLICATE KEY UPDATE ")
		incoming = func(column string) string { return "VALUES(" + column + ")" }
	} else {
		b.WriteString(" ON CONFLICT (" + strings.Join(key, ",") + ") DO UPDATE SET ")
	}
	for i, set := range sets {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString(set.Column + "=")
		if set.Add {
			b.WriteString(table + "." + set.Column + "+")
		}
		b.WriteString(incoming(set.Column))
	}
	return b.String()
}
