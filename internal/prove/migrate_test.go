package prove_test

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// oldVariable names a commit or tag to upgrade from, where the one released before the
// present one is not wanted.
const oldVariable = "HUFEN_PROVE_OLD"

// The program of an earlier commit fills a database and goes on writing while
// the present one migrates it and joins in; then both work side by side.
func TestUpgradeUnderLoad(t *testing.T) {
	old, commit := oldProgram(t)
	t.Run(string(mariadb), func(t *testing.T) {
		w := foundWorld(t, mariadb, t.TempDir(), old)
		from := w.number("SELECT MAX(version_id) FROM goose_db_version")
		before := w.place(w.url)
		before.binary = old
		before.start()
		t.Cleanup(before.kill)
		l := w.newLoad(before)
		l.begin(6)
		l.await(t, times(3000, 200))
		after := w.serve(w.url) // migrates while the clients go on
		l.aim(before, after)
		l.await(t, times(3000, 200))
		l.aim(after)
		before.kill()
		l.await(t, 50)
		l.end()
		to := w.number("SELECT MAX(version_id) FROM goose_db_version")
		report(t, append([]any{"from", commit, "schema", from, "to", to}, l.judge(after).counts()...)...)
	})
	t.Run(string(sqlite), func(t *testing.T) { // one program at a time
		w := foundWorld(t, sqlite, t.TempDir(), old)
		from := w.number("SELECT MAX(version_id) FROM goose_db_version")
		before := w.place(w.url)
		before.binary = old
		before.start()
		t.Cleanup(before.kill)
		l := w.newLoad(before)
		l.begin(6)
		l.await(t, times(3000, 200))
		before.kill()
		l.gate.shut()
		after := w.serve(w.url)
		l.aim(after)
		l.gate.unlock()
		l.await(t, times(1000, 50))
		l.end()
		to := w.number("SELECT MAX(version_id) FROM goose_db_version")
		report(t, append([]any{"from", commit, "schema", from, "to", to}, l.judge(after).counts()...)...)
	})
}

// released is the newest version that ran anywhere with an older schema; commits
// between two versions may have a migration without the code that keeps it true.
const released = "37978ef30fe4e5c90c6f326e819c740b820d2f58"

// oldProgram builds the program as it was released before, or skips the test where
// the history is not at hand.
func oldProgram(t *testing.T) (program, commit string) {
	t.Helper()
	if !*full {
		t.Skip("takes a minute to build an earlier program: make prove does")
	}
	commit, err := git("rev-parse", "--short", cmp.Or(os.Getenv(oldVariable), released))
	if err != nil {
		t.Skipf("the commit to upgrade from is not there: %v", err)
	}
	folder := t.TempDir()
	archive := filepath.Join(folder, "old.tar")
	if _, err := git("archive", "-o", archive, commit); err != nil {
		t.Fatal(err)
	}
	if said, err := exec.Command("tar", "-xf", archive, "-C", folder).CombinedOutput(); err != nil {
		t.Fatalf("tar: %v\n%s", err, said)
	}
	program = filepath.Join(folder, "hufen.old")
	must(t, build(program, folder))
	return program, commit
}

// git runs git in the source tree, and returns what it says.
func git(args ...string) (string, error) {
	c := exec.Command("git", args...)
	c.Dir = "../.."
	out, err := c.Output()
	return strings.TrimSpace(string(out)), err
}
