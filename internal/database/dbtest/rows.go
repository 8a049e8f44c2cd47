package dbtest

import (
	"context"
	"testing"

	"gorm.io/gorm"

	"hufen/internal/database"
)

// Insert adds a row; columns are separated by commas.
func Insert(t testing.TB, db *database.DB, table, columns string, values ...any) {
	t.Helper()
	Exec(t, db, "INSERT INTO "+table+" ("+columns+") VALUES ("+database.Placeholders(len(values))+")", values...)
}

// Exec runs a statement that must not fail.
func Exec(t testing.TB, db *database.DB, statement string, args ...any) {
	t.Helper()
	if err := TryExec(db, statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// TryExec runs a statement in a transaction of its own.
func TryExec(db *database.DB, statement string, args ...any) error {
	return db.InTx(context.Background(), func(ctx context.Context, tx *gorm.DB) error {
		_, err := database.Exec(ctx, tx, statement, args...)
		return err
	})
}
