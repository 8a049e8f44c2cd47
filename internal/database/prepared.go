package database

import (
	"context"
	"database/sql/driver"
)

// The service sends the same few statements again and again, and a database
// spends more time on reading such a statement than on running it. So a
// connection keeps them prepared.
const (
	maxMarks      = 1 << 16 // of all statements kept; MariaDB needs half a kilobyte for each
	maxKeptLength = 4096    // bytes of SQL; longer ones are seldom the same again
	maxSeen       = 1024    // statements remembered as seen
)

// keepingConnector opens connections to SQLite that keep statements prepared.
type keepingConnector struct{ driver.Connector }

func (c keepingConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return keeping(conn.(fullConn), SQLite), nil
}

func keeping(conn fullConn, dialect Dialect) *keepingConn {
	return &keepingConn{fullConn: conn, dialect: dialect, kept: make(map[string]*prepared), seen: make(map[string]bool)}
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
	marks   int // of the statements kept
	uses    int // of statements kept, so far
	seen    map[string]bool
}

// prepared is a statement that is kept.
type prepared struct {
	driver.Stmt
	query string
	marks int  // its arguments
	used  int  // when, in uses of the connection
	busy  bool // rows of it are being read
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
		c.uses++
		kept.used = c.uses
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
	return c.keep(&prepared{Stmt: stmt, query: query, marks: len(args)}), nil
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
	c.forget(c.kept[query])
	return true
}

// keep adds a statement, in the place of those used longest ago.
func (c *keepingConn) keep(p *prepared) *prepared {
	for c.marks+p.marks > maxMarks && c.forgetOldest() {
	}
	c.uses++
	p.used = c.uses
	c.marks += p.marks
	c.kept[p.query] = p
	return p
}

// forgetOldest drops the statement used longest ago, and reports whether there
// was one that nobody is reading from.
func (c *keepingConn) forgetOldest() bool {
	var oldest *prepared
	for _, p := range c.kept {
		if !p.busy && (oldest == nil || p.used < oldest.used) {
			oldest = p
		}
	}
	if oldest != nil {
		c.forget(oldest)
	}
	return oldest != nil
}

func (c *keepingConn) forget(p *prepared) {
	_ = p.Stmt.Close()
	c.marks -= p.marks
	delete(c.kept, p.query)
}

func (c *keepingConn) Close() error {
	for _, p := range c.kept {
		_ = p.Stmt.Close()
	}
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
