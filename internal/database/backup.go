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
	c, err := moderncsqlite.NewConnector(e.dsn([]string{"busy_timeout(5000)"}, false))
	if err != nil {
		return err
	}
	pool := sql.OpenDB(c)
	defer pool.Close()
	_, err = pool.ExecContext(ctx, "VACUUM INTO ?", path)
	return err
}

func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
