package database_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hufen/internal/database"
	"hufen/internal/database/dbtest"
)

func TestOpen_SQLite(t *testing.T) {
	for _, tc := range []struct{ name, prefix, file string }{
		{"Path", "", "data/hufen.db"},
		{"URL", "sqlite://", "data/hufen.db"},
		{"AwkwardName", "", "户分 100%?x=1#a b.db"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), tc.file)
			db := dbtest.Open(t, tc.prefix+path)
			notes(t, db)
			wantIDs(t, db)
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode().Perm() != 0o600 {
				t.Errorf("mode %v: others can read it", info.Mode())
			}
		})
	}
}

func TestOpen_Err(t *testing.T) {
	for _, url := range []string{
		"",
		"postgres://root:secret@localhost/x",
		"sqlite://",
		":memory:",
		"file:hufen.db?mode=ro",
		"mysql://",
		"mysql://localhost/x",
		"mysql://root:secret@/x",
		"mysql://root:secret@:3306/x",
		"mysql://root:secret@localhost/x/y",
		"mysql://root:secret@localhost:port/x",
		"mysql://root:secret@localhost/x?pool=0",
		"mysql://root:secret@localhost/x?colour=red",
		"mysql://root:secret@unix(/tmp/nowhere.sock)/x",
	} {
		_, err := database.Open(context.Background(), url)
		if err == nil {
			t.Errorf("%q was opened", url)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: the error tells the password: %v", url, err)
		}
	}
}

func TestOpen_MySQLSession(t *testing.T) {
	db := dbtest.OpenMariaDB(t)
	for variable, want := range map[string]string{
		"tx_isolation":             "READ-COMMITTED",
		"innodb_lock_wait_timeout": "5",
		"collation_connection":     "utf8mb4_bin",
		"time_zone":                "+00:00",
	} {
		var got string
		if err := db.Write.Raw("SELECT @@SESSION." + variable).Scan(&got).Error; err != nil || got != want {
			t.Errorf("%s is %q, %v; want %q", variable, got, err, want)
		}
	}
}

func TestDB_Durability(t *testing.T) {
	db, err := database.Open(context.Background(), filepath.Join(t.TempDir(), "durable.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	d, err := db.Durability(context.Background())
	if err != nil || !d.OK() || d.Dialect != database.SQLite {
		t.Errorf("%+v, %v", d, err)
	}
	d, err = dbtest.OpenSQLite(t).Durability(context.Background())
	if err != nil || d.OK() {
		t.Errorf("without waiting for the disk: %+v, %v", d, err)
	}
	d, err = dbtest.OpenMariaDB(t).Durability(context.Background())
	if err != nil || !strings.Contains(d.Version, ".") {
		t.Errorf("%+v, %v", d, err)
	}
}

// The pure Go SQLite is only sound with exactly the libc its release was made
// with, and another module may raise that.
func TestLibcVersion(t *testing.T) {
	list := func(format, module string) string {
		out, err := exec.Command("go", "list", "-m", "-f", format, module).Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(out))
	}
	manifest, err := os.ReadFile(list("{{.GoMod}}", "modernc.org/sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	used := "modernc.org/libc " + list("{{.Version}}", "modernc.org/libc")
	if !strings.Contains(string(manifest), used+"\n") {
		t.Errorf("go.mod of modernc.org/sqlite does not ask for %q", used)
	}
}
