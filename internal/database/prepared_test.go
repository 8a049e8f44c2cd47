package database

import (
	"context"
	"database/sql/driver"
	"testing"

	"github.com/go-sql-driver/mysql"
)

// A statement that the server has forgotten, or cannot prepare anew, is sent
// again as text, within the same transaction.
func TestKeepingConn_Forgotten(t *testing.T) {
	for _, number := range []uint16{1243, 1615} {
		server := &forgetful{number: number}
		c := &keepingConn{fullConn: server, dialect: MySQL, kept: map[string]*prepared{}, seen: map[string]bool{}}
		args := []driver.NamedValue{{Ordinal: 1, Value: int64(1)}}
		for range 4 {
			if _, err := c.ExecContext(context.Background(), "UPDATE t SET a = ?", args); err != nil {
				t.Errorf("%d: %v", number, err)
			}
			if _, err := c.QueryContext(context.Background(), "SELECT a FROM t WHERE b = ?", args); err != nil {
				t.Errorf("%d: %v", number, err)
			}
		}
		if server.prepared != server.closed || server.prepared == 0 || server.done != 8 {
			t.Errorf("%d: %d prepared, %d closed, %d done", number, server.prepared, server.closed, server.done)
		}
	}
}

// forgetful is a server that prepares statements and then does not know them.
type forgetful struct {
	fullConn
	number                 uint16
	prepared, closed, done int
}

func (f *forgetful) PrepareContext(context.Context, string) (driver.Stmt, error) {
	f.prepared++
	return forgottenStmt{f}, nil
}

func (f *forgetful) ExecContext(context.Context, string, []driver.NamedValue) (driver.Result, error) {
	f.done++
	return driver.RowsAffected(1), nil
}

func (f *forgetful) QueryContext(context.Context, string, []driver.NamedValue) (driver.Rows, error) {
	f.done++
	return nil, nil
}

type forgottenStmt struct{ of *forgetful }

func (s forgottenStmt) Close() error                               { s.of.closed++; return nil }
func (s forgottenStmt) NumInput() int                              { return 1 }
func (s forgottenStmt) Exec([]driver.Value) (driver.Result, error) { return nil, s.unknown() }
func (s forgottenStmt) Query([]driver.Value) (driver.Rows, error)  { return nil, s.unknown() }
func (s forgottenStmt) unknown() error                             { return &mysql.MySQLError{Number: s.of.number} }
func (s forgottenStmt) ExecContext(context.Context, []driver.NamedValue) (driver.Result, error) {
	return nil, s.unknown()
}
func (s forgottenStmt) QueryContext(context.Context, []driver.NamedValue) (driver.Rows, error) {
	return nil, s.unknown()
}
