// Package database opens Hufen's two kinds of database, SQLite and the MySQL
// family, and gives both the same rules: one way to run a transaction
// (DB.InTx), one way to send written SQL (Exec, Query, InsertRows), one way to
// tell errors apart. It knows no table but the migrations' own.
package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// Dialect is the kind of SQL a database speaks.
type Dialect string

// The dialects. MySQL stands for the family: MySQL 8, MariaDB, Galera, TiDB.
const (
	SQLite Dialect = "sqlite"
	MySQL  Dialect = "mysql"
)

// DB is an open database.
type DB struct {
	// Write takes part in transactions. On SQLite it has a single connection,
	// so a statement outside InTx waits for the transaction that is running.
	Write *gorm.DB
	// Read refuses to write. It sees every transaction committed before the
	// statement began, and never waits for a writer.
	Read    *gorm.DB
	Dialect Dialect
	// OnGroup is told how many postings are written together, each time; nil for
	// nobody. It is set before the first service is built.
	OnGroup func(size int)

	engine      engine
	checkpoints *checkpointer // of SQLite
}

// engine opens the connections of one dialect.
type engine interface {
	dialect() Dialect
	// connector returns what opens the connections of a role.
	connector(role role) (driver.Connector, error)
	// poolSize returns how many connections a role may have.
	poolSize(role role) int
	// dialector tells GORM how to speak over a pool.
	dialector(pool gorm.ConnPool) gorm.Dialector
	// snapshotLevel is the isolation in which a transaction sees one state.
	snapshotLevel() sql.IsolationLevel
	// lockMigrations keeps every other process from migrating until released.
	lockMigrations(ctx context.Context, pool *sql.DB) (release func(), err error)
	// durability asks a writing connection what it promises.
	durability(ctx context.Context, pool *sql.DB) (Durability, error)
}

type role uint8

const (
	writing role = iota
	reading
	migrating
)

// Option changes how Open connects.
type Option func(*wrapped)

// WrapConnector puts wrap around what opens the writing connections, so that
// tests can make any statement or commit fail. Several wrap in the order given.
func WrapConnector(wrap func(driver.Connector) driver.Connector) Option {
	return func(w *wrapped) { w.wraps = append(w.wraps, wrap) }
}

// wrapped is an engine whose writing connections pass through wrappers.
type wrapped struct {
	engine
	wraps []func(driver.Connector) driver.Connector
}

func (w *wrapped) connector(r role) (driver.Connector, error) {
	c, err := w.engine.connector(r)
	if err != nil || r != writing {
		return c, err
	}
	for _, wrap := range w.wraps {
		c = wrap(c)
	}
	return c, nil
}

// Open opens the database at url and checks that it answers. The url is
// mysql://user:password@host:port/name, mysql://user:password@unix(/socket)/name
// or a SQLite path, with or without sqlite:// before it; a missing SQLite file
// and its folder are created. Open does not migrate.
func Open(ctx context.Context, url string, options ...Option) (*DB, error) {
	e, err := parseURL(url)
	if err != nil {
		return nil, err
	}
	w := &wrapped{engine: e}
	for _, option := range options {
		option(w)
	}
	db, err := open(ctx, w)
	if err != nil {
		return nil, fmt.Errorf("open %s database: %w", e.dialect(), err)
	}
	return db, nil
}

func open(ctx context.Context, e engine) (*DB, error) {
	db := &DB{Dialect: e.dialect(), engine: e}
	var err error
	if db.Write, err = openRole(ctx, e, writing); err != nil {
		return nil, err
	}
	if db.Read, err = openRole(ctx, e, reading); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if db.Dialect == SQLite {
		pool, err := db.Read.DB()
		if err != nil {
			return nil, errors.Join(err, db.Close())
		}
		db.checkpoints = newCheckpointer(pool)
	}
	return db, nil
}

func openRole(ctx context.Context, e engine, r role) (*gorm.DB, error) {
	pool, err := openPool(ctx, e, r)
	if err != nil {
		return nil, err
	}
	var speakOver gorm.ConnPool = pool
	if r == writing {
		speakOver = outsidePool{pool}
	}
	db, err := gorm.Open(e.dialector(speakOver), &gorm.Config{
		TranslateError:         true,
		SkipDefaultTransaction: true,
		DisableAutomaticPing:   true,
		Logger:                 newLogger(),
		// What the database keeps, so that a time read back is equal.
		NowFunc: func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) },
	})
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return db, nil
}

func openPool(ctx context.Context, e engine, r role) (*sql.DB, error) {
	c, err := e.connector(r)
	if err != nil {
		return nil, err
	}
	pool := sql.OpenDB(c)
	pool.SetMaxOpenConns(e.poolSize(r))
	pool.SetMaxIdleConns(e.poolSize(r))
	if err := pool.PingContext(ctx); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return pool, nil
}

// Close closes every connection, waiting for statements that are running.
func (db *DB) Close() error {
	var errs []error
	if db.checkpoints != nil {
		db.checkpoints.close()
	}
	for _, g := range []*gorm.DB{db.Read, db.Write} {
		if g == nil {
			continue
		}
		pool, err := g.DB()
		if err == nil {
			err = pool.Close()
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// quietLogger logs slow statements only. Errors are returned to a caller who
// handles or logs them.
type quietLogger struct{ logger.Interface }

func newLogger() logger.Interface {
	return quietLogger{logger.NewSlogLogger(slog.Default(), logger.Config{
		LogLevel:      logger.Warn,
		SlowThreshold: time.Second,
	})}
}

func (q quietLogger) LogMode(level logger.LogLevel) logger.Interface {
	return quietLogger{q.Interface.LogMode(level)}
}

func (q quietLogger) Trace(ctx context.Context, begin time.Time, fc func() (string, int64), _ error) {
	q.Interface.Trace(ctx, begin, fc, nil)
}

// ParamsFilter keeps parameters, which may be personal data, out of the log.
func (q quietLogger) ParamsFilter(_ context.Context, sql string, _ ...any) (string, []any) {
	return sql, nil
}
