package database_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"gorm.io/gorm"

	"hufen/internal/database"
)

// The writer itself makes a checkpoint of no fewer than 8,000 pages; before
// that the log's pages are moved to the file beside it.
func TestCheckpoints_BesideTheWriter(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	db, err := database.Open(ctx, filepath.Join(t.TempDir(), "hufen.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	write := func(statement string, args ...any) {
		t.Helper()
		err := db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
			_, err := database.Exec(ctx, tx, statement, args...)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	write("CREATE TABLE blocks (block BLOB)")
	pool, err := db.Read.DB()
	if err != nil {
		t.Fatal(err)
	}
	var busy, logged, moved int
	for moved == 0 {
		if err := pool.QueryRowContext(ctx, "PRAGMA wal_checkpoint(NOOP)").Scan(&busy, &logged, &moved); err != nil {
			t.Fatal(err)
		}
		if logged < 6000 {
			write("INSERT INTO blocks VALUES (zeroblob(?))", 400<<10)
		}
	}
	if moved < 3000 || logged >= 8000 {
		t.Fatalf("%d of %d pages were moved", moved, logged)
	}
}
