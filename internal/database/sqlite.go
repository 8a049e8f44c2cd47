package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"gorm.io/driver/sqlite"
	"gorm.io/gorm"

	moderncsqlite "modernc.org/sqlite"
)

type sqliteEngine struct{ path string }

func (e sqliteEngine) dialect() Dialect { return SQLite }

// poolSize gives SQLite's only writer its only connection.
func (e sqliteEngine) poolSize(r role) int {
	if r == reading {
		return max(4, 2*runtime.GOMAXPROCS(0))
	}
	return 1
}

func (e sqliteEngine) dialector(pool gorm.ConnPool) gorm.Dialector {
	return sqliteDialector{sqlite.Dialector{Conn: pool}}
}

func (e sqliteEngine) connector(r role) (driver.Connector, error) {
	if err := e.create(); err != nil {
		return nil, err
	}
	c, err := moderncsqlite.NewConnector(e.dsn(pragmas(r), r != reading))
	if err != nil || r == migrating {
		return c, err
	}
	return keepingConnector{c}, nil
}

// pragmas returns the settings of a role's connections. busy_timeout comes
// first: the others may have to wait for a lock.
func pragmas(r role) []string {
	if r == reading {
		return []string{"busy_timeout(5000)", "query_only(1)", "temp_store(memory)", "cache_size(-2000)"}
	}
	return []string{
		"busy_timeout(5000)",
		"journal_mode(WAL)",
		"synchronous(FULL)", // NORMAL forgets acknowledged receipts when the power fails
		"foreign_keys(1)",
		"temp_store(memory)",
		"cache_size(-16000)",
		"wal_autocheckpoint(8000)",     // twice the rate of the default; see checkpointer
		"journal_size_limit(67108864)", // bytes kept after a burst
	}
}

func (e sqliteEngine) dsn(pragmas []string, immediate bool) string {
	query := make([]string, 0, len(pragmas)+1)
	for _, p := range pragmas {
		query = append(query, "_pragma="+url.QueryEscape(p))
	}
	if immediate {
		query = append(query, "_txlock=immediate")
	}
	path := url.URL{Path: filepath.ToSlash(e.path)}
	return "file:" + path.EscapedPath() + "?" + strings.Join(query, "&")
}

// create makes the folder and an empty file nobody else can read: the database
// holds personal data.
func (e sqliteEngine) create() error {
	if err := os.MkdirAll(filepath.Dir(e.path), 0o750); err != nil {
		return err
	}
	f, err := os.OpenFile(e.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

type sqliteDialector struct{ sqlite.Dialector }

// Translate replaces GORM's, which reads fields the pure Go driver's error does
// not have.
func (d sqliteDialector) Translate(err error) error {
	switch sqliteCode(err) {
	case sqlitePrimaryKey, sqliteUnique:
		return gorm.ErrDuplicatedKey
	case sqliteForeignKey:
		return gorm.ErrForeignKeyViolated
	case sqliteCheck:
		return gorm.ErrCheckConstraintViolated
	}
	return err
}

// Extended result codes, https://www.sqlite.org/rescode.html.
const (
	sqliteBusy       = 5  // primary code, the lowest byte
	sqliteFull       = 13 // primary code
	sqliteCheck      = 275
	sqliteForeignKey = 787
	sqlitePrimaryKey = 1555
	sqliteUnique     = 2067
)

// sqliteCode returns the extended result code, 0 for other errors.
func sqliteCode(err error) int {
	var e interface {
		error
		Code() int
	}
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

// snapshotLevel is the only one there is.
func (e sqliteEngine) snapshotLevel() sql.IsolationLevel { return sql.LevelDefault }

// lockMigrations holds an exclusive lock on an empty database beside the real
// one. The operating system ends it with the process.
func (e sqliteEngine) lockMigrations(ctx context.Context, _ *sql.DB) (func(), error) {
	beside := sqliteEngine{path: e.path + ".migrate"}
	if err := beside.create(); err != nil {
		return nil, err
	}
	c, err := moderncsqlite.NewConnector(beside.dsn(nil, false) + "&_txlock=exclusive")
	if err != nil {
		return nil, err
	}
	pool := sql.OpenDB(c)
	for {
		tx, err := pool.BeginTx(context.WithoutCancel(ctx), nil)
		if err == nil {
			return func() { tx.Rollback(); pool.Close() }, nil
		}
		if sqliteCode(err)&0xff != sqliteBusy {
			return nil, errors.Join(err, pool.Close())
		}
		if err := sleep(ctx, 50*time.Millisecond); err != nil {
			return nil, errors.Join(err, pool.Close())
		}
	}
}

func (e sqliteEngine) durability(ctx context.Context, pool *sql.DB) (Durability, error) {
	var version, journal string
	var synchronous int
	err := errors.Join(
		pool.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&version),
		pool.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&journal),
		pool.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&synchronous),
	)
	if err != nil {
		return Durability{}, err
	}
	d := Durability{Dialect: SQLite, Version: version}
	d.require(journal == "wal", "journal_mode", journal, "wal")
	d.require(synchronous >= 2, "synchronous", synchronous, 2)
	d.require(!hasWALResetBug(version), "version", version, "3.51.3, 3.50.7 or 3.44.6")
	return d, nil
}
