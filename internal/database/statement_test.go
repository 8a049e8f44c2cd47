package database_test

import (
	"bytes"
	"context"
	"testing"

	"gorm.io/gorm"

	"hufen/internal/database"
	"hufen/internal/database/dbtest"
)

func TestInsertRows(t *testing.T) {
	ctx := context.Background()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		run(t, db, "CREATE TABLE pictures (id INT NOT NULL PRIMARY KEY, content BLOB NULL, name VARCHAR(20) NULL)")
		insert := func(from int, rows ...[]any) error {
			for i := range rows {
				rows[i] = append([]any{from + i}, rows[i]...)
			}
			return db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
				return database.InsertRows(ctx, tx, "pictures", []string{"id", "content", "name"}, rows)
			})
		}
		count := func(where string) (n int) {
			db.Read.Raw("SELECT COUNT(*) FROM pictures WHERE " + where).Scan(&n)
			return n
		}

		t.Run("None", func(t *testing.T) {
			if err := insert(0); err != nil {
				t.Error(err)
			}
		})
		t.Run("MoreThanParameters", func(t *testing.T) {
			const many = 25_000 // 75,000 parameters
			rows := make([][]any, many)
			for i := range rows {
				rows[i] = []any{nil, "积分'\\\"\x00"}
			}
			if err := insert(1, rows...); err != nil {
				t.Fatal(err)
			}
			if got := count("content IS NULL"); got != many {
				t.Errorf("%d rows, want %d", got, many)
			}
			var name string
			db.Read.Raw("SELECT name FROM pictures WHERE id = 1").Scan(&name)
			if name != "积分'\\\"\x00" {
				t.Errorf("read back %q", name)
			}
		})
		t.Run("MoreThanAPacket", func(t *testing.T) {
			const many = 400 // 24 MB
			content := bytes.Repeat([]byte{0, '\'', '\\', 0xff}, 15_000)
			rows := make([][]any, many)
			for i := range rows {
				rows[i] = []any{content, "large"}
			}
			if err := insert(100_000, rows...); err != nil {
				t.Fatal(err)
			}
			if got := count("LENGTH(content) = 60000"); got != many {
				t.Errorf("%d rows, want %d", got, many)
			}
		})
		t.Run("ErrWidth", func(t *testing.T) {
			if err := insert(200_000, []any{nil}); err == nil {
				t.Error("a short row was taken")
			}
		})
	})
}

func TestPlaceholders(t *testing.T) {
	for n, want := range map[int]string{0: "", 1: "?", 3: "?,?,?"} {
		if got := database.Placeholders(n); got != want {
			t.Errorf("Placeholders(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestConstraintErrors(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		notes(t, db)
		run(t, db, "CREATE TABLE parts (id INT NOT NULL PRIMARY KEY, note_id INT NOT NULL, FOREIGN KEY (note_id) REFERENCES notes (id))")
		run(t, db, "INSERT INTO notes (id) VALUES (1)")
		run(t, db, "INSERT INTO parts (id, note_id) VALUES (1, 1)")
		for _, tc := range []struct {
			name, query string
			is          func(error) bool
		}{
			{"Duplicate", "INSERT INTO notes (id) VALUES (1)", database.IsDuplicate},
			{"Check", "UPDATE notes SET count = -1", database.IsCheck},
			{"NoParent", "INSERT INTO parts (id, note_id) VALUES (2, 2)", database.IsForeignKey},
			{"HasChildren", "DELETE FROM notes WHERE id = 1", database.IsForeignKey},
		} {
			t.Run(tc.name, func(t *testing.T) {
				byGORM := db.Write.Exec(tc.query).Error
				_, written := database.Exec(context.Background(), db.Write, tc.query)
				for _, err := range []error{byGORM, written} {
					matches := 0
					for _, is := range []func(error) bool{database.IsDuplicate, database.IsCheck, database.IsForeignKey, database.IsRetryable} {
						if is(err) {
							matches++
						}
					}
					if !tc.is(err) || matches != 1 {
						t.Errorf("%v (%T) matches %d kinds", err, err, matches)
					}
				}
			})
		}
	})
}
