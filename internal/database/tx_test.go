package database_test

import (
	"testing"
	"context"

	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"gorm.io/gorm"
)

func TestSmoke(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		if err := db.Write.Exec("CREATE TABLE notes (id INT PRIMARY KEY, text VARCHAR(20) NOT NULL)").Error; err != nil { t.Fatal(err) }
		err := db.InTx(context.Background(), func(ctx context.Context, tx *gorm.DB) error {
			return database.InsertRows(ctx, tx, "notes", []string{"id", "text"}, [][]any{{1, "a"}, {2, "b"}})
		})
		if err != nil { t.Fatal(err) }
		t.Log(db.Durability(context.Background()))
		t.Log(database.SchemaVersion(context.Background(), db))
	})
}
