package database

import (
	"context"
	"database/sql"
	"strings"

	"gorm.io/gorm"
)

// txPool is a transaction as GORM sees it. It remembers the first error after
// which the transaction must not be committed. It leaves Commit and Rollback to
// InTx, so GORM cannot nest a transaction in it.
type txPool struct {
	Tx      txStatements
	spoiled error
}

// txStatements is the part of *sql.Tx that does not end it.
type txStatements interface {
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func (p *txPool) note(err error) {
	if p.spoiled == nil && spoils(err) {
		p.spoiled = err
	}
}

func (p *txPool) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	stmt, err := p.Tx.PrepareContext(ctx, query)
	p.note(err)
	return stmt, err
}

func (p *txPool) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	result, err := p.Tx.ExecContext(ctx, query, args...)
	p.note(err)
	return result, err
}

func (p *txPool) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	rows, err := p.Tx.QueryContext(ctx, query, args...)
	p.note(err)
	return rows, err
}

func (p *txPool) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	row := p.Tx.QueryRowContext(ctx, query, args...)
	p.note(row.Err())
	return row
}

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
