package database

import (
	"context"
	"database/sql/driver"

	"github.com/go-sql-driver/mysql"
)

// galeraConn is a connection to a node of a Galera cluster. A node may take a
// running transaction away, for one that came from another node, and tell so
// with the answer to any later command; an answer that gets lost on the way
// would let the rest of the transaction be committed statement by statement.
// So nothing commits by itself while a transaction runs, and a savepoint from
// its beginning has to be there still at its end.
type galeraConn struct {
	fullConn
	astray bool // it does not commit by itself any more
}

// isGalera reports whether a server is a node of a Galera cluster, or cannot
// say that it is not.
func isGalera(ctx context.Context, conn fullConn) bool {
	rows, err := conn.QueryContext(ctx, "SHOW VARIABLES WHERE Variable_name = 'wsrep_on' AND Value IN ('ON', '1')", nil)
	if err != nil {
		return true
	}
	defer rows.Close()
	return rows.Next(make([]driver.Value, len(rows.Columns()))) == nil
}

// CheckNamedValue leaves the kinds of values to the driver.
func (c *galeraConn) CheckNamedValue(v *driver.NamedValue) error {
	return c.fullConn.(driver.NamedValueChecker).CheckNamedValue(v)
}

// IsValid reports whether the connection may be used again.
func (c *galeraConn) IsValid() bool { return !c.astray && c.fullConn.IsValid() }

// BeginTx begins a transaction that ends whole or not at all.
func (c *galeraConn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	if err := c.run(ctx, "SET autocommit = 0"); err != nil {
		return nil, err
	}
	c.astray = true
	tx, err := c.fullConn.BeginTx(ctx, options)
	if err != nil {
		return nil, err
	}
	if err := c.run(ctx, "SAVEPOINT begun"); err != nil {
		return nil, err
	}
	return &galeraTx{tx, c}, nil
}

func (c *galeraConn) run(ctx context.Context, statement string) error {
	_, err := c.fullConn.ExecContext(ctx, statement, nil)
	return err
}

// commitsAgain lets single statements commit by themselves again. A connection
// that does not take this is not used again.
func (c *galeraConn) commitsAgain() {
	c.astray = c.run(context.Background(), "SET autocommit = 1") != nil
}

type galeraTx struct {
	driver.Tx
	conn *galeraConn
}

// Commit ends the transaction, or says like a deadlock that it has been taken
// away and nothing of it happened.
func (t *galeraTx) Commit() error {
	err := t.conn.run(context.Background(), "RELEASE SAVEPOINT begun")
	if mysqlNumber(err) == 1305 {
		err = &mysql.MySQLError{Number: 1213, Message: "the node took the transaction away"}
	}
	if err != nil {
		_ = t.Tx.Rollback()
		return err
	}
	if err := t.Tx.Commit(); err != nil {
		return err
	}
	t.conn.commitsAgain()
	return nil
}

// Rollback undoes the transaction.
func (t *galeraTx) Rollback() error {
	if err := t.Tx.Rollback(); err != nil {
		return err
	}
	t.conn.commitsAgain()
	return nil
}
