package database

import (
	"context"
	"database/sql/driver"
)

// The service sends the same few statements again and again, and a database
// spends more time on reading such a statement than on running it. So a
// connection keeps them prepared.
const (
	maxKept       = 256
	maxKeptLength = 4096 // bytes of SQL; longer ones are seldom the same again
	maxSeen       = 1024 // statements remembered as seen
)

// keepingConnector opens connections that keep statements prepared.
type keepingConnector struct {
	driver.Connector
	dialect Dialect
}

func (c keepingConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	full := conn.(fullConn)
	if c.dialect == MySQL && isGalera(ctx, full) {
		return &galeraConn{fullConn: full}, nil // and nothing is kept there: see galeraConn
	}
	return &keepingConn{fullConn: full, dialect: c.dialect,
		kept: make(map[string]*prepared), seen: make(map[string]bool)}, nil
}

// fullConn is what the drivers' connections can do.
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

type keepingConn struct {
	fullConn
	dialect Dialect
	kept    map[string]*prepared
	seen    map[string]bool
}

// prepared is a statement that is kept.
type prepared struct {
	driver.Stmt
	busy bool // rows of it are being read
}

// CheckNamedValue leaves the kinds of values to the driver.
func (c *keepingConn) CheckNamedValue(v *driver.NamedValue) error {
	if checker, ok := c.fullConn.(driver.NamedValueChecker); ok {
		return checker.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

// ExecContext runs a statement with arguments and keeps it prepared.
func (c *keepingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	stmt, err := c.prepared(ctx, query, args)
	if err != nil {
		return nil, err
	}
	if stmt == nil {
		return c.fullConn.ExecContext(ctx, query, args)
	}
	if c.dialect == SQLite {
		// A statement this short is not worth a goroutine that watches ctx, which
		// was looked at before.
		ctx = context.Background()
	}
	result, err := stmt.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
	if c.forgets(query, err) {
		return c.fullConn.ExecContext(ctx, query, args)
	}
	return result, err
}

// QueryContext runs a query with arguments and keeps it prepared.
func (c *keepingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	stmt, err := c.prepared(ctx, query, args)
	if err != nil {
		return nil, err
	}
	if stmt == nil {
		return c.fullConn.QueryContext(ctx, query, args)
	}
	rows, err := stmt.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	if c.forgets(query, err) {
		return c.fullConn.QueryContext(ctx, query, args)
	}
	if err != nil {
		return nil, err
	}
	stmt.busy = true
	return &preparedRows{rows.(fullRows), stmt}, nil
}

// prepared returns the prepared statement of a query, or nil where it is not
// worth keeping one, or the one kept is in use.
func (c *keepingConn) prepared(ctx context.Context, query string, args []driver.NamedValue) (*prepared, error) {
	if len(args) == 0 || len(query) > maxKeptLength {
		return nil, nil
	}
	if kept, ok := c.kept[query]; ok {
		if kept.busy {
			return nil, nil
		}
		return kept, nil
	}
	if !c.again(query) {
		return nil, nil
	}
	stmt, err := c.PrepareContext(ctx, query)
	if isFull(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return c.keep(query, stmt), nil
}

// again reports whether a query is worth keeping. SQLite has to prepare it in
// any case; on MySQL that is one more round trip, spent only on what has come
// before.
func (c *keepingConn) again(query string) bool {
	if c.dialect == SQLite || c.seen[query] {
		delete(c.seen, query)
		return true
	}
	if len(c.seen) >= maxSeen {
		clear(c.seen)
	}
	c.seen[query] = true
	return false
}

// isFull reports whether the server keeps as many statements as it may, those
// of all its clients together.
func isFull(err error) bool { return mysqlNumber(err) == 1461 }

// forgets drops a statement that the server does not know any more (1243: what
// stands between us may have changed servers) or gave up preparing anew after
// the schema changed (1615), and reports whether it did. Nothing has happened
// then, and a transaction goes on.
func (c *keepingConn) forgets(query string, err error) bool {
	if number := mysqlNumber(err); number != 1243 && number != 1615 {
		return false
	}
	_ = c.kept[query].Close()
	delete(c.kept, query)
	return true
}

// keep adds a statement, and begins anew when there are too many.
func (c *keepingConn) keep(query string, stmt driver.Stmt) *prepared {
	if len(c.kept) >= maxKept {
		c.drop()
	}
	kept := &prepared{Stmt: stmt}
	c.kept[query] = kept
	return kept
}

// drop forgets the statements that nobody is reading from.
func (c *keepingConn) drop() {
	for query, kept := range c.kept {
		if !kept.busy {
			_ = kept.Stmt.Close()
			delete(c.kept, query)
		}
	}
}

func (c *keepingConn) Close() error {
	c.drop()
	return c.fullConn.Close()
}

// fullRows is what the drivers' rows can do.
type fullRows interface {
	driver.RowsColumnTypeDatabaseTypeName
	driver.RowsColumnTypeNullable
	driver.RowsColumnTypePrecisionScale
	driver.RowsColumnTypeScanType
}

// preparedRows are rows of a statement that is free again when they are closed.
type preparedRows struct {
	fullRows
	of *prepared
}

// Close ends the reading.
func (r *preparedRows) Close() error {
	r.of.busy = false
	return r.fullRows.Close()
}
