package dbtest

import (
	"context"
	"database/sql/driver"
	"errors"
	"sync"
	"testing"

	"github.com/go-sql-driver/mysql"

	"hufen/internal/database"
)

// ErrConnectionLost makes FailAt close the connection under the statement.
var ErrConnectionLost = errors.New("dbtest: connection lost")

// Faults makes the writing connections of a database fail on purpose. Every
// fault happens once.
type Faults struct {
	mu     sync.Mutex
	seen   int
	failAt int
	err    error
	commit func(conn *faultyConn, tx driver.Tx) error
}

// Faulty opens the database of db a second time, with faults to plan.
func Faulty(t testing.TB, db *database.DB) (*database.DB, *Faults) {
	t.Helper()
	f := &Faults{}
	faulty := Again(t, db, database.WrapConnector(func(c driver.Connector) driver.Connector {
		return faultyConnector{c, f}
	}))
	f.Reset()
	return faulty, f
}

// Retryable returns errors with which the dialect's servers ask to roll back
// and begin again.
func Retryable(d database.Dialect) []error {
	if d == database.SQLite {
		return []error{sqliteError(5), sqliteError(517)} // BUSY, BUSY_SNAPSHOT
	}
	return []error{
		&mysql.MySQLError{Number: 1213, Message: "Deadlock found when trying to get lock"},
		&mysql.MySQLError{Number: 1205, Message: "Lock wait timeout exceeded"},
		&mysql.MySQLError{Number: 1020, Message: "Record has changed since last read"},
	}
}

// sqliteError is an error with an extended result code.
type sqliteError int

func (e sqliteError) Error() string { return "database is locked" }
func (e sqliteError) Code() int     { return int(e) }

// Reset forgets the plan and begins to count statements at zero.
func (f *Faults) Reset() { f.plan(0, nil, nil) }

// Statements returns how many statements were sent since the plan was made,
// BEGIN, COMMIT and ROLLBACK not counted.
func (f *Faults) Statements() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seen
}

// FailAt makes the nth statement from now fail, 1 being the next, without
// reaching the database. After a 1213 the transaction is gone, as in a server.
func (f *Faults) FailAt(n int, err error) { f.plan(n, err, nil) }

// FailCommit makes the next COMMIT fail with err and nothing committed.
func (f *Faults) FailCommit(err error) {
	f.plan(0, nil, func(_ *faultyConn, tx driver.Tx) error { return errors.Join(tx.Rollback(), err) })
}

// LoseCommit closes the connection before the next COMMIT reaches the database.
func (f *Faults) LoseCommit() {
	f.plan(0, nil, func(c *faultyConn, _ driver.Tx) error { return c.lose() })
}

// LoseReply closes the connection after the next COMMIT was done, before its
// answer arrives.
func (f *Faults) LoseReply() {
	f.plan(0, nil, func(c *faultyConn, tx driver.Tx) error { return errors.Join(tx.Commit(), c.lose()) })
}

func (f *Faults) plan(at int, err error, commit func(*faultyConn, driver.Tx) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen, f.failAt, f.err, f.commit = 0, at, err, commit
}

// next counts a statement and returns what it shall fail with.
func (f *Faults) next() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen++
	if f.seen != f.failAt {
		return nil
	}
	return f.err
}

// nextCommit returns what the commit shall do instead, once.
func (f *Faults) nextCommit() func(*faultyConn, driver.Tx) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	commit := f.commit
	f.commit = nil
	return commit
}

type faultyConnector struct {
	driver.Connector
	faults *Faults
}

func (c faultyConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &faultyConn{conn.(fullConn), c.faults, false}, nil
}

// fullConn is what the connections of both drivers can do.
type fullConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type faultyConn struct {
	fullConn
	faults *Faults
	lost   bool
}

// lose closes the connection and returns what the driver would.
func (c *faultyConn) lose() error {
	c.lost = true
	_ = c.fullConn.Close()
	return mysql.ErrInvalidConn
}

func (c *faultyConn) fault(ctx context.Context) error {
	if c.lost {
		return mysql.ErrInvalidConn
	}
	err := c.faults.next()
	var server *mysql.MySQLError
	switch {
	case errors.Is(err, ErrConnectionLost):
		return c.lose()
	case errors.As(err, &server) && server.Number == 1213:
		if _, failed := c.fullConn.ExecContext(ctx, "ROLLBACK", nil); failed != nil {
			return failed
		}
	}
	return err
}

func (c *faultyConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if err := c.fault(ctx); err != nil {
		return nil, err
	}
	return c.fullConn.ExecContext(ctx, query, args)
}

func (c *faultyConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if err := c.fault(ctx); err != nil {
		return nil, err
	}
	return c.fullConn.QueryContext(ctx, query, args)
}

func (c *faultyConn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	tx, err := c.fullConn.BeginTx(ctx, options)
	return &faultyTx{tx, c}, err
}

func (c *faultyConn) CheckNamedValue(v *driver.NamedValue) error {
	if checker, ok := c.fullConn.(driver.NamedValueChecker); ok {
		return checker.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

func (c *faultyConn) IsValid() bool { return !c.lost && c.fullConn.IsValid() }

func (c *faultyConn) Close() error {
	if c.lost {
		return nil
	}
	return c.fullConn.Close()
}

type faultyTx struct {
	driver.Tx
	conn *faultyConn
}

func (tx *faultyTx) Commit() error {
	if instead := tx.conn.faults.nextCommit(); instead != nil {
		return instead(tx.conn, tx.Tx)
	}
	return tx.Tx.Commit()
}

func (tx *faultyTx) Rollback() error {
	if tx.conn.lost {
		return driver.ErrBadConn
	}
	return tx.Tx.Rollback()
}
