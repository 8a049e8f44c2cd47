package main

import (
	"database/sql"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hufen/internal/database/dbtest"
)

func TestBackup(t *testing.T) {
	forEach(t, func(t *testing.T, p *machine) {
		p.mustRun(typed, "user", "add", "--login", "chen", "--name", "陈明 𠮷")
		s := p.serve()
		file := filepath.Join(p.folder, "backup")
		p.mustRun("", "backup", file, "--with-keys")
		if said, code := p.run("", "backup", file); code != exitFailed {
			t.Errorf("over an old backup: exit code %d: %s", code, said)
		}
		s.stop(t)
		if said, code := p.run("", "restore", file); code != exitFailed || !strings.Contains(said, "--force") {
			t.Errorf("over a database: exit code %d: %s", code, said)
		}
		p.mustRun(typed, "user", "add", "--login", "late", "--name", "后来")

		p.mustRun("", "restore", "--force", file)
		if status := p.serve().signIn(t, "chen", strings.TrimSpace(typed)); status != http.StatusOK {
			t.Errorf("after restoring: %d", status)
		}

		// On another machine, with the keys.
		url := ""
		if strings.HasSuffix(t.Name(), "MariaDB") {
			url = dbtest.EmptyMariaDB(t)
		}
		other := newMachine(t, url)
		other.mustRun("", "restore", "--with-keys", file)
		again := other.serve()
		if status := again.signIn(t, "late", strings.TrimSpace(typed)); status != http.StatusUnauthorized {
			t.Errorf("a user of after the backup: %d", status)
		}
		if status := again.signIn(t, "chen", strings.TrimSpace(typed)); status != http.StatusOK {
			t.Errorf("on another machine: %d", status)
		}
		if old, made := p.key(), other.key(); old != made {
			t.Error("the keys are not the same")
		}
	})
}

func (p *machine) key() string {
	p.t.Helper()
	path := filepath.Join(p.folder, "data", "keys", "card.key")
	info, err := os.Stat(path)
	if err != nil {
		p.t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		p.t.Errorf("the key file has mode %v", info.Mode())
	}
	content, err := os.ReadFile(path)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(content)
}

// Half a dump is not taken for a backup.
func TestRestore_Damaged(t *testing.T) {
	forEach(t, func(t *testing.T, p *machine) {
		p.mustRun("", "migrate")
		file := filepath.Join(p.folder, "backup")
		p.mustRun("", "backup", file)
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, content[:len(content)/2], 0o600); err != nil {
			t.Fatal(err)
		}
		if said, code := p.run("", "restore", "--force", file); code != exitFailed {
			t.Errorf("exit code %d: %s", code, said)
		}
	})
}

// A wrong DATA_DIR is no empty database: its backup would be empty and its ledger
// in order.
func TestBackup_NoDatabase(t *testing.T) {
	forEach(t, func(t *testing.T, p *machine) {
		file := filepath.Join(p.folder, "backup")
		for _, args := range [][]string{{"backup", file}, {"verify"}} {
			if said, code := p.run("", args...); code != exitFailed || !strings.Contains(said, "DATABASE_URL") {
				t.Errorf("%s: exit code %d: %s", args[0], code, said)
			}
		}
		for _, path := range []string{file, filepath.Join(p.folder, "data", "hufen.db")} {
			if exists(path) {
				t.Errorf("%s was made", path)
			}
		}
	})
}

// What is no backup takes nothing away, not even by force.
func TestRestore_ForceKeepsWhatIsThere(t *testing.T) {
	p := newMachine(t, "")
	p.mustRun(typed, "user", "add", "--login", "chen", "--name", "陈明")
	other := filepath.Join(p.folder, "other.db")
	db, err := sql.Open("sqlite", other)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("CREATE TABLE notes (text)"); err != nil {
		t.Fatal(err)
	}
	db.Close()
	empty := filepath.Join(p.folder, "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{other, empty, filepath.Join(p.folder, "missing")} {
		if said, code := p.run("", "restore", "--force", file); code != exitFailed {
			t.Errorf("%s: exit code %d: %s", file, code, said)
		}
	}
	if status := p.serve().signIn(t, "chen", strings.TrimSpace(typed)); status != http.StatusOK {
		t.Errorf("after what was no backup: %d", status)
	}
}
