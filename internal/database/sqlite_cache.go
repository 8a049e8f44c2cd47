package database

import (
	"context"
	"database/sql/driver"
)

// The service sends the same few statements again and again, and SQLite spends
// more time on reading such a statement than on running it. So a connection
// keeps them prepared.
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
	return &cachingConn{conn.(sqliteConn), map[string]*prepared{}}, nil
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
	statements map[string]*prepared
}

// prepared is a statement that is kept.
type prepared struct {
	driver.Stmt
	busy bool // rows of it are being read
}

// ExecContext runs a statement with arguments and keeps it prepared.
func (c *cachingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	stmt, err := c.prepared(ctx, query, args)
	if err != nil {
		return nil, err
	}
	if stmt == nil {
		return c.sqliteConn.ExecContext(ctx, query, args)
	}
	// A statement this short is not worth a goroutine that watches ctx, which
	// was looked at before.
	return stmt.Stmt.(driver.StmtExecContext).ExecContext(context.Background(), args)
}

// QueryContext runs a query with arguments and keeps it prepared.
func (c *cachingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	stmt, err := c.prepared(ctx, query, args)
	if err != nil {
		return nil, err
	}
	if stmt == nil {
		return c.sqliteConn.QueryContext(ctx, query, args)
	}
	rows, err := stmt.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	stmt.busy = true
	return &preparedRows{rows.(sqliteRows), stmt}, nil
}

// prepared returns the prepared statement of a query, or nil where it is not
// worth keeping one, or the one kept is in use.
func (c *cachingConn) prepared(ctx context.Context, query string, args []driver.NamedValue) (*prepared, error) {
	if len(args) == 0 || len(query) > maxCachedLength {
		return nil, nil
	}
	if kept, ok := c.statements[query]; ok {
		if kept.busy {
			return nil, nil
		}
		return kept, nil
	}
	stmt, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return c.keep(query, stmt), nil
}

// keep adds a statement, and begins anew when there are too many.
func (c *cachingConn) keep(query string, stmt driver.Stmt) *prepared {
	if len(c.statements) >= maxCached {
		c.drop()
	}
	kept := &prepared{Stmt: stmt}
	c.statements[query] = kept
	return kept
}

// drop forgets the statements that nobody is reading from.
func (c *cachingConn) drop() {
	for query, kept := range c.statements {
		if !kept.busy {
			_ = kept.Stmt.Close()
			delete(c.statements, query)
		}
	}
}

func (c *cachingConn) Close() error {
	c.drop()
	return c.sqliteConn.Close()
}

// sqliteRows is what the driver's rows can do.
type sqliteRows interface {
	driver.RowsColumnTypeDatabaseTypeName
	driver.RowsColumnTypeLength
	driver.RowsColumnTypeNullable
	driver.RowsColumnTypePrecisionScale
	driver.RowsColumnTypeScanType
}

// preparedRows are rows of a statement that is free again when they are closed.
type preparedRows struct {
	sqliteRows
	of *prepared
}

// Close ends the reading.
func (r *preparedRows) Close() error {
	r.of.busy = false
	return r.sqliteRows.Close()
}
