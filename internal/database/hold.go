package database

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
)

// errHeld says that another process has the lock.
var errHeld = errors.New("held")

// Hold makes this process the only service on a SQLite database until release is
// called or the process ends, however it ends: an advisory lock on a file beside
// it, hufen.db.lock. Two services would not damage the book, each of their
// transactions holds alone; but they would wait for one another, and a newer one
// would change the schema under an older. Whoever only reads, copies or adds a
// user does not ask. MySQL databases are for many; there it does nothing. Where
// the file system knows no locks it says so in the log, and goes on.
func Hold(url string) (release func() error, err error) {
	path, isFile, err := FileOf(url)
	if err != nil || !isFile {
		return func() error { return nil }, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, fmt.Errorf("hold the database: %w", err)
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	f, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("hold the database: %w", err)
	}
	switch err := lockFile(f); {
	case errors.Is(err, errHeld):
		holder, _ := os.ReadFile(f.Name())
		_ = f.Close()
		return nil, fmt.Errorf("another hufen runs on %s (process %s): a SQLite database belongs to one service; stop that one first, or use MySQL for several",
			path, strings.TrimSpace(string(holder)))
	case err != nil:
		slog.Warn("the database cannot be locked against a second service", "file", f.Name(), "error", err)
	}
	// For whoever is refused; the lock itself does not need it.
	err = errors.Join(f.Truncate(0), writePID(f))
	return f.Close, err
}

func writePID(f *os.File) error {
	_, err := f.WriteAt(fmt.Appendf(nil, "%d\n", os.Getpid()), 0)
	return err
}
