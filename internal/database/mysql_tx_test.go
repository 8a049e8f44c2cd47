package database_test

import (
	"context"
	"errors"
	"testing"

	"gorm.io/gorm"

	"hufen/internal/database"
	"hufen/internal/database/dbtest"
)

// A node takes a transaction away and the answer that says so is lost: what
// followed is not committed on its own, and all of it is done again.
func TestInTx_TakenAway(t *testing.T) {
	db := dbtest.Open(t, dbtest.EmptyMariaDB(t), database.WrapConnector(database.AsGalera))
	notes(t, db)
	tries := 0
	err := db.InTx(context.Background(), func(ctx context.Context, tx *gorm.DB) error {
		tries++
		if err := insert(ctx, tx, 1); err != nil {
			return err
		}
		if tries == 1 {
			wantIDs(t, db)
			if _, err := database.Exec(ctx, tx, "ROLLBACK"); err != nil {
				return err
			}
		}
		return insert(ctx, tx, 2)
	})
	if err != nil || tries != 2 {
		t.Errorf("%v after %d tries, want success after 2", err, tries)
	}
	wantIDs(t, db, 1, 2)

	gone := errors.New("gone")
	err = db.InTx(context.Background(), func(ctx context.Context, tx *gorm.DB) error {
		return errors.Join(insert(ctx, tx, 3), gone)
	})
	if !errors.Is(err, gone) {
		t.Errorf("got %v", err)
	}
	wantIDs(t, db, 1, 2)
	pool, err := db.Write.DB()
	if err != nil {
		t.Fatal(err)
	}
	var alone int
	if err := pool.QueryRow("SELECT @@autocommit").Scan(&alone); err != nil || alone != 1 {
		t.Errorf("autocommit is %d after a transaction (%v)", alone, err)
	}
}
