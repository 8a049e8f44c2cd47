package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	moderncsqlite "modernc.org/sqlite"
)

// ErrBackupElsewhere is returned where the server's own tools make the backup.
var ErrBackupElsewhere = errors.New("back up a MySQL database with mariadb-dump --single-transaction or mysqldump --single-transaction")

// Backup writes a compact copy of a SQLite database to a new file, as of one
// moment and without keeping writers waiting. The file appears under its name
// only when it is complete and on disk. An existing file is an error.
func (db *DB) Backup(ctx context.Context, path string) error {
	e, ok := db.engine.(*wrapped).engine.(sqliteEngine)
	if !ok {
		return ErrBackupElsewhere
	}
	if err := e.backup(ctx, path); err != nil {
		return fmt.Errorf("back up to %s: %w", path, err)
	}
	return nil
}

// Restore makes a SQLite database at path from a backup, after checking that the
// backup is whole. A database that is already there is an error: move it away
// first, together with its -wal and -shm files.
func Restore(ctx context.Context, backup, path string) error {
	e := sqliteEngine{path: backup}
	if err := e.checkWhole(ctx); err != nil {
		return fmt.Errorf("restore from %s: %w", backup, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return fmt.Errorf("restore to %s: %w", path, err)
	}
	if err := e.backup(ctx, path); err != nil {
		return fmt.Errorf("restore to %s: %w", path, err)
	}
	return nil
}

// checkWhole reads all of a backup: it is Hufen's, and not damaged.
func (e sqliteEngine) checkWhole(ctx context.Context) error {
	if info, err := os.Stat(e.path); err != nil || info.Size() == 0 {
		return errors.Join(err, errors.New("there is no backup"))
	}
	pool, err := e.plainPool()
	if err != nil {
		return err
	}
	defer pool.Close()
	var verdict string
	if err := pool.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&verdict); err != nil {
		return err
	}
	if verdict != "ok" {
		return fmt.Errorf("damaged: %s", verdict)
	}
	var tables int
	if err := pool.QueryRowContext(ctx, "SELECT COUNT(*) FROM sqlite_master WHERE name = 'goose_db_version'").Scan(&tables); err != nil {
		return err
	}
	if tables == 0 {
		return errors.New("this is no backup of hufen")
	}
	return nil
}

func (e sqliteEngine) backup(ctx context.Context, path string) error {
	if _, err := os.Lstat(path); err == nil {
		return os.ErrExist
	}
	part := path + ".part"
	if err := (sqliteEngine{path: part}).create(); err != nil {
		return err
	}
	defer os.Remove(part)
	if err := e.vacuumInto(ctx, part); err != nil {
		return err
	}
	if err := syncPath(part); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return err
	}
	return syncPath(filepath.Dir(path))
}

// vacuumInto copies the database over a connection of its own: the readers' may
// not write, and the writer's is busy.
func (e sqliteEngine) vacuumInto(ctx context.Context, path string) error {
	pool, err := e.plainPool()
	if err != nil {
		return err
	}
	defer pool.Close()
	_, err = pool.ExecContext(ctx, "VACUUM INTO ?", path)
	return err
}

func (e sqliteEngine) plainPool() (*sql.DB, error) {
	c, err := moderncsqlite.NewConnector(e.dsn([]string{"busy_timeout(5000)"}, false))
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(c), nil
}

func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
