package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"hufen/internal/database"
	"hufen/internal/ledger"
)

func TestSeal(t *testing.T) {
	forEach(t, func(t *testing.T, p *machine) {
		if said, code := p.run("", "seal", "show"); code != exitFailed {
			t.Errorf("nothing is sealed: exit code %d: %s", code, said)
		}
		p.mustRun("", "demo", "--households", "60")
		p.sealedByService(t)
		page := p.mustRun("", "seal", "show", "--print")
		if !strings.Contains(page, "<svg") || !strings.Contains(page, "账本封存") {
			t.Errorf("the page: %.200s", page)
		}

		file := filepath.Join(p.folder, "seal.json")
		p.mustRun("", "seal", "export", file)
		if said, code := p.run("", "seal", "export", file); code != exitFailed {
			t.Errorf("over an old file: exit code %d: %s", code, said)
		}
		if said := p.mustRun("", "seal", "rotate"); !strings.Contains(said, "signs from seal") {
			t.Errorf("%s", said)
		}
		if said := p.mustRun("", "verify", "--seal", file); !strings.Contains(said, "the past is that of the kept seal") || !strings.Contains(said, " 0 wait for the next one") {
			t.Errorf("%s", said)
		}
		board := filepath.Join(p.folder, "board.txt")
		p.writeBoard(t, board)
		p.mustRun("", "verify", "--seal", board)
		p.removeNewestSeal(t)
		if said, code := p.run("", "verify", "--seal", board); code != exitFailed || !strings.Contains(said, "kept_seal") {
			t.Errorf("exit code %d: %s", code, said)
		}
		for _, args := range [][]string{{"seal"}, {"seal", "export"}, {"seal", "show", "x"}, {"seal", "show", "--day", "x"}, {"seal", "open"}} {
			if said, code := p.run("", args...); code != exitUsage {
				t.Errorf("%v: exit code %d: %s", args, code, said)
			}
		}
	})
}

// sealedByService starts the service, kills it a few times while it seals, and
// lets it finish.
func (p *machine) sealedByService(t *testing.T) {
	t.Helper()
	for i := range 3 {
		s := p.serve()
		time.Sleep(time.Duration(i*17) * time.Millisecond)
		if err := s.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = s.Wait()
	}
	s := p.serve()
	defer s.stop(t)
	p.mustRun("", "seal", "now")
	if err := s.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("the service is gone: %v", err)
	}
}

func (p *machine) open(t *testing.T) *database.DB {
	t.Helper()
	url := filepath.Join(p.folder, "data", "hufen.db")
	for _, variable := range p.environment {
		if named, ok := strings.CutPrefix(variable, "DATABASE_URL="); ok && named != "" {
			url = named
		}
	}
	db, err := database.Open(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// writeBoard writes what the QR code of the newest seal says.
func (p *machine) writeBoard(t *testing.T, path string) {
	t.Helper()
	s, err := ledger.NewestSeal(context.Background(), p.open(t).Read)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(s.BoardText()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// removeNewestSeal removes the seal of the rotation with its key, without a
// trace.
func (p *machine) removeNewestSeal(t *testing.T) {
	t.Helper()
	db := p.open(t)
	for _, statement := range []string{
		`DELETE FROM seal_keys WHERE from_height > 1`,
		`DELETE FROM seal_totals WHERE height = (SELECT MAX(height) FROM seals)`,
		`DELETE FROM seals WHERE height = (SELECT h FROM (SELECT MAX(height) AS h FROM seals) newest)`,
	} {
		if err := db.Write.Exec(statement).Error; err != nil {
			t.Fatal(err)
		}
	}
}
