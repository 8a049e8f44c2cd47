// Package web carries the built front end inside the binary.
package web

import "embed"

// Dist holds web/dist: index.html, sw.js, hashed assets and their .gz and .br
// twins. Before the first front-end build it holds only the file .keep.
//
//go:embed all:dist
var Dist embed.FS
