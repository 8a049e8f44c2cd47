package database

import (
	"context"
	"database/sql/driver"

	"github.com/go-sql-driver/mysql"
)

// wholeConn is a connection to MySQL on which transactions begin by themselves,
// with their first statement: a round trip less, and nothing that belongs to one
// can commit alone. Statements outside of a transaction commit by themselves as
// ever.
type wholeConn struct {
	fullConn
	galera   bool // see begin
	inside   bool // a transaction is under way
	together bool // autocommit is off
}

// CheckNamedValue leaves the kinds of values to the driver.
func (c *wholeConn) CheckNamedValue(v *driver.NamedValue) error {
	return c.fullConn.(driver.NamedValueChecker).CheckNamedValue(v)
}

// ExecContext runs a statement.
func (c *wholeConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if err := c.commitTogether(ctx, c.inside); err != nil {
		return nil, err
	}
	return c.fullConn.ExecContext(ctx, query, args)
}

// QueryContext runs a query.
func (c *wholeConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if err := c.commitTogether(ctx, c.inside); err != nil {
		return nil, err
	}
	return c.fullConn.QueryContext(ctx, query, args)
}

// PrepareContext prepares a statement.
func (c *wholeConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if err := c.commitTogether(ctx, c.inside); err != nil {
		return nil, err
	}
	return c.fullConn.PrepareContext(ctx, query)
}

// commitTogether turns autocommit off for the statements of transactions, and on
// for others.
func (c *wholeConn) commitTogether(ctx context.Context, together bool) error {
	if c.together == together {
		return nil
	}
	statement := "SET autocommit = 1"
	if together {
		statement = "SET autocommit = 0"
	}
	err := c.run(ctx, statement)
	if err == nil {
		c.together = together
	}
	return err
}

func (c *wholeConn) run(ctx context.Context, statement string) error {
	_, err := c.fullConn.ExecContext(ctx, statement, nil)
	return err
}

// BeginTx begins a transaction; one with a level of its own as the driver does.
//
// A Galera node may take a running transaction away, for one that came from
// another node, and tell so with the answer to any later command. Should that
// answer get lost, what follows would be a transaction of its own. So a
// savepoint from the beginning has to be there still at the end.
func (c *wholeConn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	if options != (driver.TxOptions{}) {
		return c.fullConn.BeginTx(ctx, options)
	}
	if err := c.commitTogether(ctx, true); err != nil {
		return nil, err
	}
	if c.galera {
		if err := c.run(ctx, "SAVEPOINT begun"); err != nil {
			return nil, err
		}
	}
	c.inside = true
	return wholeTx{c}, nil
}

type wholeTx struct{ conn *wholeConn }

// Commit ends the transaction, or says like a deadlock that it was taken away
// and nothing of it happened.
func (t wholeTx) Commit() error {
	if t.conn.galera {
		err := t.conn.run(context.Background(), "RELEASE SAVEPOINT begun")
		if mysqlNumber(err) == 1305 {
			err = &mysql.MySQLError{Number: 1213, Message: "the node took the transaction away"}
		}
		if err != nil {
			_ = t.Rollback()
			return err
		}
	}
	return t.end("COMMIT")
}

// Rollback undoes the transaction.
func (t wholeTx) Rollback() error { return t.end("ROLLBACK") }

func (t wholeTx) end(statement string) error {
	t.conn.inside = false
	return t.conn.run(context.Background(), statement)
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
