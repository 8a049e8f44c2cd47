package database_test

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/migrations"
)

func TestMigrate(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		has, knows, err := database.SchemaVersion(ctx, db)
		if err != nil || has != knows || knows == 0 {
			t.Errorf("after migrating: has %d, knows %d, %v", has, knows, err)
		}
		if err := database.Migrate(ctx, db); err != nil {
			t.Errorf("migrating again: %v", err)
		}
	})
}

func TestSchemaVersion_Empty(t *testing.T) {
	db := dbtest.Open(t, filepath.Join(t.TempDir(), "empty.db"))
	has, knows, err := database.SchemaVersion(context.Background(), db)
	if err != nil || has != 0 || knows == 0 {
		t.Errorf("has %d, knows %d, %v", has, knows, err)
	}
}

func TestMigrations_SameVersions(t *testing.T) {
	names := func(folder string) []string {
		files, err := fs.Glob(migrations.FS, folder+"/*.sql")
		if err != nil || len(files) == 0 {
			t.Fatalf("no migrations in %s: %v", folder, err)
		}
		for i := range files {
			files[i] = filepath.Base(files[i])
		}
		return files
	}
	if mysql, sqlite := names("mysql"), names("sqlite"); !slices.Equal(mysql, sqlite) {
		t.Errorf("mysql has %v\nsqlite has %v", mysql, sqlite)
	}
}

// Six processes start at once on an empty database: all six come up.
func TestMigrate_Concurrently(t *testing.T) {
	if url := os.Getenv("HUFEN_TEST_MIGRATE"); url != "" {
		if err := database.Migrate(context.Background(), dbtest.Open(t, url)); err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, tc := range []struct {
		name  string
		empty func(t *testing.T) string
	}{
		{"SQLite", func(t *testing.T) string { return filepath.Join(t.TempDir(), "new", "hufen.db") }},
		{"MariaDB", func(t *testing.T) string { return dbtest.EmptyMariaDB(t) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			url := tc.empty(t)
			var group sync.WaitGroup
			for range 6 {
				group.Go(func() {
					process := exec.Command(os.Args[0], "-test.run=^TestMigrate_Concurrently$")
					process.Env = append(os.Environ(), "HUFEN_TEST_MIGRATE="+url)
					if output, err := process.CombinedOutput(); err != nil {
						t.Errorf("%v\n%s", err, output)
					}
				})
			}
			group.Wait()
			has, knows, err := database.SchemaVersion(context.Background(), dbtest.Open(t, url))
			if err != nil || has != knows {
				t.Errorf("has %d, knows %d, %v", has, knows, err)
			}
		})
	}
}

// Without a name the lock could not be had either, and the operator would wait
// ten minutes to read that somebody else migrates.
func TestMigrate_NoDatabaseName(t *testing.T) {
	url := os.Getenv("HUFEN_TEST_MYSQL")
	if url == "" {
		t.Skip("HUFEN_TEST_MYSQL is not set")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	db, err := database.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := database.Migrate(ctx, db); err == nil || !strings.Contains(err.Error(), "names no database") {
		t.Error(err)
	}
}
