package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"gorm.io/gorm"

	"hufen/internal/fault"
)

// maxRetries is how often a transaction is done again after its first try.
const maxRetries = 5

// firstPause bounds the wait before the first retry; each later one waits up to
// twice as long (full jitter).
const firstPause = 10 * time.Millisecond

type inTxKey struct{}

// InTx runs fn in a transaction and commits it: BEGIN IMMEDIATE on SQLite, READ
// COMMITTED on MySQL. When the database asks for it, fn is run again from its
// beginning in a new transaction, so fn must do nothing that a rollback does
// not undo. After a failed statement, but for a violated constraint, nothing
// more is sent and the transaction is rolled back even if fn returns nil.
//
// Once fn has returned nil the commit no longer ends with ctx. InTx returns
// fn's error, a refusal to nest, or an Unavailable fault "server.unavailable":
// with ErrOutcomeUnknown as its cause if the reply to COMMIT was lost, else
// with nothing having happened.
func (db *DB) InTx(ctx context.Context, fn func(ctx context.Context, tx *gorm.DB) error) error {
	if ctx.Value(inTxKey{}) != nil {
		return errors.New("database: a transaction inside a transaction")
	}
	pool, err := db.Write.DB()
	if err != nil {
		return err
	}
	for try := 0; ; try++ {
		err := db.try(ctx, pool, fn)
		if err == nil {
			db.checkpoints.wake()
			return nil
		}
		if !again(err) {
			return err
		}
		if ctx.Err() != nil {
			return err
		}
		if try == maxRetries || sleep(ctx, rand.N(firstPause<<try)) != nil {
			return unavailable(err)
		}
	}
}

// again reports whether nothing happened and another try may succeed.
func again(err error) bool {
	return (IsRetryable(err) || isLost(err)) && !errors.Is(err, ErrOutcomeUnknown)
}

func unavailable(err error) *fault.Fault {
	return fault.New(fault.Unavailable, "server.unavailable").Because(err)
}

// try runs fn in one transaction, once.
func (db *DB) try(ctx context.Context, pool *sql.DB, fn func(context.Context, *gorm.DB) error) error {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	// On a context of its own: database/sql rolls back when a transaction's
	// context ends, and a commit must not depend on an HTTP request.
	sqlTx, err := conn.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return err
	}
	inner := &txPool{tx: sqlTx, conn: conn}
	finished := false
	defer func() { // fn panicked
		if !finished {
			rollback(conn, sqlTx)
		}
	}()
	inside := context.WithValue(ctx, inTxKey{}, true)
	err = fn(inside, over(inside, db.Write, inner))
	finished = true
	if inner.spoiled != nil && (err == nil || again(inner.spoiled)) {
		err = inner.spoiled
	}
	if err != nil {
		rollback(conn, sqlTx)
		return err
	}
	return commit(conn, sqlTx)
}

// over returns a GORM session that speaks through a transaction.
func over(ctx context.Context, db *gorm.DB, pool gorm.ConnPool) *gorm.DB {
	tx := db.Session(&gorm.Session{NewDB: true, Context: ctx})
	tx.Statement.ConnPool = pool
	return tx
}

// commit ends the transaction. After an error the connection is not used again:
// what state it is in is as unknown as the outcome.
func commit(conn *sql.Conn, tx *sql.Tx) error {
	err := tx.Commit()
	if err == nil {
		return nil
	}
	discard(conn)
	if IsRetryable(err) {
		return err
	}
	return unavailable(fmt.Errorf("%w: %w", ErrOutcomeUnknown, err))
}

func rollback(conn *sql.Conn, tx *sql.Tx) {
	if err := tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		discard(conn)
	}
}

// discard closes the connection for good instead of giving it back to its pool.
func discard(conn *sql.Conn) {
	_ = conn.Raw(func(any) error { return driver.ErrBadConn })
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
