package database_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"hufen/internal/database"
	"hufen/internal/database/dbtest"
)

func TestDB_Backup(t *testing.T) {
	db := dbtest.OpenSQLite(t)
	notes(t, db)
	run(t, db, "INSERT INTO notes (id) VALUES (1)")
	path := filepath.Join(t.TempDir(), "backup.db")
	if err := db.Backup(context.Background(), path); err != nil {
		t.Fatal(err)
	}
	run(t, db, "INSERT INTO notes (id) VALUES (2)")
	if err := db.Backup(context.Background(), path); err == nil {
		t.Error("an existing backup was overwritten")
	}
	wantIDs(t, dbtest.Open(t, path), 1)
	if left, _ := filepath.Glob(path + ".part*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestDB_Backup_MySQL(t *testing.T) {
	db := dbtest.OpenMariaDB(t)
	if err := db.Backup(context.Background(), filepath.Join(t.TempDir(), "x")); !errors.Is(err, database.ErrBackupElsewhere) {
		t.Errorf("got %v", err)
	}
}

func TestRestore(t *testing.T) {
	ctx := context.Background()
	db := dbtest.OpenSQLite(t)
	notes(t, db)
	run(t, db, "INSERT INTO notes (id) VALUES (1)")
	folder := t.TempDir()
	backup, restored := filepath.Join(folder, "backup.db"), filepath.Join(folder, "new", "hufen.db")
	if err := db.Backup(ctx, backup); err != nil {
		t.Fatal(err)
	}
	t.Run("OK", func(t *testing.T) {
		if err := database.Restore(ctx, backup, restored); err != nil {
			t.Fatal(err)
		}
		wantIDs(t, dbtest.Open(t, restored), 1)
	})
	t.Run("ErrExists", func(t *testing.T) {
		if err := database.Restore(ctx, backup, restored); !errors.Is(err, os.ErrExist) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("ErrNoBackup", func(t *testing.T) {
		missing := filepath.Join(folder, "missing.db")
		if err := database.Restore(ctx, missing, filepath.Join(folder, "a.db")); err == nil {
			t.Error("restored from nothing")
		}
		if _, err := os.Stat(missing); err == nil {
			t.Error("created the missing backup")
		}
	})
	t.Run("ErrDamaged", func(t *testing.T) {
		content, err := os.ReadFile(backup)
		if err != nil {
			t.Fatal(err)
		}
		for _, damage := range []func([]byte) []byte{
			func(b []byte) []byte { return b[:len(b)/2] },
			func(b []byte) []byte { clear(b[4096:8192]); return b },
			func([]byte) []byte {
				return []byte("not a database, though long enough to be taken for one at a glance")
			},
		} {
			damaged := filepath.Join(folder, "damaged.db")
			if err := os.WriteFile(damaged, damage(append([]byte(nil), content...)), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := database.Restore(ctx, damaged, filepath.Join(folder, "b.db")); err == nil {
				t.Error("restored a damaged backup")
			}
		}
	})
}
