package database

import (
	"context"
	"database/sql/driver"
)

// A posting sends the same few statements again and again, and SQLite spends
// more time on reading such a statement than on running it. So the writing
// connection keeps them prepared.
const (
	maxCached       = 128
	maxCachedLength = 4096 // bytes of SQL; longer ones are seldom the same again
)

type cachingConnector struct{ driver.Connector }

func (c cachingConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &cachingConn{conn.(sqliteConn), map[string]driver.Stmt{}}, nil
}

// sqliteConn is what the driver's connections can do.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type cachingConn struct {
	sqliteConn
	prepared map[string]driver.Stmt
}

// ExecContext runs a statement with arguments and keeps it prepared. Queries are not kept: the same one may be open twice.
func (c *cachingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if len(args) == 0 || len(query) > maxCachedLength {
		return c.sqliteConn.ExecContext(ctx, query, args)
	}
	stmt, ok := c.prepared[query]
	if !ok {
		var err error
		if stmt, err = c.PrepareContext(ctx, query); err != nil {
			return nil, err
		}
		c.keep(query, stmt)
	}
	return stmt.(driver.StmtExecContext).ExecContext(ctx, args)
}

// keep adds a statement, and begins anew when there are too many.
func (c *cachingConn) keep(query string, stmt driver.Stmt) {
	if len(c.prepared) >= maxCached {
		c.drop()
	}
	c.prepared[query] = stmt
}

func (c *cachingConn) drop() {
	for query, stmt := range c.prepared {
		_ = stmt.Close()
		delete(c.prepared, query)
	}
}

func (c *cachingConn) Close() error {
	c.drop()
	return c.sqliteConn.Close()
}
