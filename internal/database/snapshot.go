package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"gorm.io/gorm"
)

// Snapshot runs fn on one unchanging state of the database, without keeping any
// writer waiting: everything committed before fn's first statement, nothing
// later. fn cannot write. It is not run again.
func (db *DB) Snapshot(ctx context.Context, fn func(ctx context.Context, tx *gorm.DB) error) error {
	tx, end, err := db.openSnapshot(ctx, false)
	if err != nil {
		return err
	}
	defer end()
	return fn(ctx, tx)
}

// Snapshots is Snapshot with several transactions that see the same state of all
// that is written together with rows of a table, so that they can read at the
// same time. Writers of that table wait for the moment in which they begin. Where
// the database cannot do that there is only one.
func (db *DB) Snapshots(ctx context.Context, most int, table string, fn func(ctx context.Context, txs []*gorm.DB) error) error {
	release, err := db.holdWriters(ctx, most, table)
	if err != nil {
		return err
	}
	if release == nil {
		most, release = 1, func() {}
	}
	var txs []*gorm.DB
	for range most {
		tx, end, err := db.openSnapshot(ctx, true)
		if err == nil {
			defer end()
			var one sql.NullInt64 // the first statement is what fixes the state
			err = tx.Raw(`SELECT COUNT(*) FROM (SELECT 1 FROM ` + table + ` LIMIT 1) first_row`).Row().Scan(&one)
		}
		if err != nil {
			release()
			return fmt.Errorf("begin snapshots: %w", err)
		}
		txs = append(txs, tx)
	}
	release()
	return fn(ctx, txs)
}

// openSnapshot begins a snapshot. For one that reads everything SQLite sorts in
// files: its memory must not grow with the rows.
func (db *DB) openSnapshot(ctx context.Context, everything bool) (*gorm.DB, func(), error) {
	pool, err := db.Read.DB()
	if err != nil {
		return nil, nil, err
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("begin snapshot: %w", err)
	}
	sorts := func(where string) error {
		if db.Dialect != SQLite || !everything {
			return nil
		}
		_, err := conn.ExecContext(context.WithoutCancel(ctx), "PRAGMA temp_store = "+where)
		return err
	}
	if err := sorts("FILE"); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("begin snapshot: %w", err), conn.Close())
	}
	tx, err := conn.BeginTx(ctx, &sql.TxOptions{Isolation: db.engine.snapshotLevel(), ReadOnly: true})
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("begin snapshot: %w", err), conn.Close())
	}
	end := func() {
		_ = tx.Rollback()
		if sorts("MEMORY") != nil {
			discard(conn)
		}
		_ = conn.Close()
	}
	return over(ctx, db.Read, &txPool{tx: tx, conn: conn}), end, nil
}

// holdWriters keeps writers of a table waiting until released, nil where that is
// not possible or not needed.
func (db *DB) holdWriters(ctx context.Context, snapshots int, table string) (release func(), err error) {
	switch {
	case snapshots == 1:
		return nil, nil
	case db.Write == nil: // a file that nobody writes
		return func() {}, nil
	}
	pool, err := db.Write.DB()
	if err != nil {
		return nil, err
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	hold, end := "BEGIN IMMEDIATE", "ROLLBACK"
	if db.Dialect == MySQL {
		hold, end = "LOCK TABLES "+table+" READ", "UNLOCK TABLES"
		if !locksTables(ctx, conn) {
			return nil, conn.Close()
		}
	}
	if _, err := conn.ExecContext(ctx, hold); err != nil {
		discard(conn)
		return nil, conn.Close() // one state is enough
	}
	return func() {
		_, err := conn.ExecContext(context.WithoutCancel(ctx), end)
		if err != nil || db.Dialect == MySQL { // whose connection has another patience now
			discard(conn)
		}
		_ = conn.Close()
	}, nil
}

// locksTables reports whether LOCK TABLES keeps all writers waiting: not on
// Galera, whose other nodes go on, and not on TiDB. It bounds the wait.
func locksTables(ctx context.Context, conn *sql.Conn) bool {
	var name, value, version string
	err := conn.QueryRowContext(ctx, "SHOW VARIABLES LIKE 'wsrep_on'").Scan(&name, &value)
	if err == nil && value == "ON" {
		return false
	}
	if err := conn.QueryRowContext(ctx, "SELECT VERSION()").Scan(&version); err != nil || strings.Contains(version, "TiDB") {
		return false
	}
	_, err = conn.ExecContext(ctx, "SET SESSION lock_wait_timeout = 5")
	return err == nil
}
