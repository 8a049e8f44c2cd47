package prove_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var (
	full = flag.Bool("full", false, "break everything as often as make prove does")
	seed = flag.Uint64("seed", 0, "seed of what the clients do; 0: a new one")
)

// patience bounds the wait for any one thing.
const patience = 2 * time.Minute

// clockVariable moves the clock of the built program, which the program people
// run knows nothing of.
const clockVariable = "HUFEN_PROVE_CLOCK"

// binary is the program under test, built once.
var binary string

func TestMain(m *testing.M) {
	flag.Parse()
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	folder, err := os.MkdirTemp("", "hufen-prove-")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(folder, "hufen")
	code := 1
	if err := build(binary, "../.."); err != nil {
		fmt.Fprintln(os.Stderr, err)
	} else {
		fmt.Printf("prove: seed %d\n", *seed)
		code = m.Run()
	}
	server.remove()
	os.RemoveAll(folder)
	os.Exit(code)
}

// build builds the program of a source tree.
func build(to, root string) error {
	c := exec.Command("go", "build", "-trimpath", "-ldflags", "-X hufen/internal/calendar.shiftVariable="+clockVariable, "-o", to, "./cmd/hufen")
	c.Dir = root
	if said, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("build the service: %w\n%s", err, said)
	}
	return nil
}

// times returns how often to break something: less in the short form.
func times(inFull, inShort int) int {
	if *full {
		return inFull
	}
	return inShort
}

// kind is a kind of database.
type kind string

const (
	sqlite  kind = "SQLite"
	mariadb kind = "MariaDB"
)

// onBoth runs a test on both kinds of database.
func onBoth(t *testing.T, test func(t *testing.T, w *world)) {
	t.Run(string(sqlite), func(t *testing.T) { test(t, newWorld(t, sqlite)) })
	t.Run(string(mariadb), func(t *testing.T) { test(t, newWorld(t, mariadb)) })
}

// onServer runs a test on MariaDB, as it is about what SQLite does not have.
func onServer(t *testing.T, test func(t *testing.T, w *world)) {
	t.Run(string(mariadb), func(t *testing.T) { test(t, newWorld(t, mariadb)) })
}

// report prints the one line of a scenario. Pairs are a name and a count.
func report(t *testing.T, pairs ...any) {
	t.Helper()
	var line strings.Builder
	fmt.Fprintf(&line, "prove: %-28s", strings.TrimPrefix(t.Name(), "Test"))
	for i := 0; i+1 < len(pairs); i += 2 {
		fmt.Fprintf(&line, " · %v %v", pairs[i], pairs[i+1])
	}
	fmt.Println(line.String())
}

// must fails the test at once.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// within waits for an event, at most for patience.
func within[T any](t testing.TB, what string, events <-chan T) (event T) {
	t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case event = <-events:
	case <-timer.C:
		t.Fatalf("waited %s for %s", patience, what)
	}
	return event
}

// exited says how a process ended.
func exited(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	return -2
}
