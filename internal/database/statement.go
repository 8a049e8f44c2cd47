package database

import (
	"context"
	"database/sql"
	"errors"
	"math/bits"
	"strings"

	"gorm.io/gorm"
)

// txPool is a transaction as GORM sees it. After an error that spoils the
// transaction it sends nothing any more: the server may have rolled back and
// would commit each further statement by itself. It leaves Commit and Rollback
// to InTx, so GORM cannot nest a transaction in it.
type txPool struct {
	tx      *sql.Tx
	conn    *sql.Conn // on which tx runs
	spoiled error     // the first such error
}

func (p *txPool) note(err error) {
	if p.spoiled == nil && spoils(err) {
		p.spoiled = err
	}
}

func (p *txPool) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	if p.spoiled != nil {
		return nil, p.spoiled
	}
	stmt, err := p.tx.PrepareContext(ctx, query)
	p.note(err)
	return stmt, err
}

func (p *txPool) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if p.spoiled != nil {
		return nil, p.spoiled
	}
	result, err := p.tx.ExecContext(ctx, query, args...)
	p.note(err)
	return result, err
}

func (p *txPool) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if p.spoiled != nil {
		return nil, p.spoiled
	}
	rows, err := p.tx.QueryContext(ctx, query, args...)
	p.note(err)
	return rows, err
}

// QueryRowContext cannot return an error of its own making; a row of a
// transaction that has ended says so when it is scanned.
func (p *txPool) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if p.spoiled != nil {
		_ = p.tx.Rollback()
	}
	row := p.tx.QueryRowContext(ctx, query, args...)
	p.note(row.Err())
	return row
}

// errOutside is returned for a statement that left its transaction.
var errOutside = errors.New("database: a statement inside InTx that does not use its tx")

// outsidePool is DB.Write outside transactions. It refuses a statement whose
// context comes from InTx: it would not be part of the transaction, and on
// SQLite wait for the only connection for ever.
type outsidePool struct{ *sql.DB }

func refuseInside(ctx context.Context) error {
	if ctx.Value(inTxKey{}) != nil {
		return errOutside
	}
	return nil
}

func (p outsidePool) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if err := refuseInside(ctx); err != nil {
		return nil, err
	}
	return p.DB.ExecContext(ctx, query, args...)
}

func (p outsidePool) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := refuseInside(ctx); err != nil {
		return nil, err
	}
	return p.DB.QueryContext(ctx, query, args...)
}

func (p outsidePool) BeginTx(ctx context.Context, options *sql.TxOptions) (*sql.Tx, error) {
	if err := refuseInside(ctx); err != nil {
		return nil, err
	}
	return p.DB.BeginTx(ctx, options)
}

// GetDBConn gives GORM the pool itself, for gorm.DB.DB.
func (p outsidePool) GetDBConn() (*sql.DB, error) { return p.DB, nil }

// Exec sends a written statement straight to the transaction's connection, past
// GORM.
func Exec(ctx context.Context, tx *gorm.DB, query string, args ...any) (sql.Result, error) {
	return tx.Statement.ConnPool.ExecContext(ctx, query, args...)
}

// Query sends a written query straight to the transaction's connection, past
// GORM. The caller closes the rows and checks their Err.
func Query(ctx context.Context, tx *gorm.DB, query string, args ...any) (*sql.Rows, error) {
	return tx.Statement.ConnPool.QueryContext(ctx, query, args...)
}

// Scan calls scan for every row of a query.
func Scan(ctx context.Context, tx *gorm.DB, query string, args []any, scan func(*sql.Rows) error) error {
	rows, err := Query(ctx, tx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// ForUpdate returns " FOR UPDATE" where a reader has to lock its rows, and
// nothing on SQLite, whose transactions run one at a time.
func ForUpdate(tx *gorm.DB) string {
	if Dialect(tx.Name()) == MySQL {
		return " FOR UPDATE"
	}
	return ""
}

// Placeholders returns "?,?,?" with n marks, for an IN list.
func Placeholders(n int) string {
	return strings.TrimSuffix(strings.Repeat("?,", n), ",")
}

// List returns the marks and the arguments of an IN list of any length. The last
// argument is repeated up to a power of two, so that few different statements
// are sent: those that SQLite keeps prepared.
func List(args []any) (marks string, padded []any) {
	if len(args) == 0 {
		return "NULL", nil
	}
	length := 1 << bits.Len(uint(len(args)-1))
	padded = make([]any, length)
	for i := copy(padded, args); i < length; i++ {
		padded[i] = args[len(args)-1]
	}
	return Placeholders(length), padded
}
