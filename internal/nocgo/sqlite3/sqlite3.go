// Package sqlite3 is an empty stand-in for the cgo SQLite driver.
//
// gorm.io/driver/sqlite imports that driver for its side effect only; Hufen
// passes it connections of the pure Go driver instead, so nobody has to
// compile C. The root go.mod points here with a replace.
package sqlite3
