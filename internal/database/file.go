package database

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"database/sql/driver"

	moderncsqlite "modernc.org/sqlite"
)

// frozenEngine reads a SQLite file that nobody writes: no lock, no file beside
// it, and it may lie on a disk that is read-only.
type frozenEngine struct{ sqliteEngine }

func (e frozenEngine) connector(role) (driver.Connector, error) {
	path := url.URL{Path: filepath.ToSlash(e.path)}
	c, err := moderncsqlite.NewConnector("file:" + path.EscapedPath() + "?mode=ro&immutable=1&_pragma=query_only(1)&_pragma=cache_size(-32000)")
	if err != nil {
		return nil, err
	}
	return keepingConnector{c}, nil
}

// OpenFile opens a SQLite file that nobody writes, for reading only; Write is nil.
func OpenFile(ctx context.Context, path string) (*DB, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	db := &DB{Dialect: SQLite, engine: frozenEngine{sqliteEngine{path: path}}}
	var err error
	if db.Read, err = openRole(ctx, db.engine, reading); err != nil {
		return nil, fmt.Errorf("open file %s: %w", path, err)
	}
	return db, nil
}
