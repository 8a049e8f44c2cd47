package database

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"

	"hufen/migrations"
)

// Migrate brings the schema up to date. Any number of processes may call it at
// once on the same database: one migrates, the others wait and find it done.
func Migrate(ctx context.Context, db *DB) error {
	return MigrateFrom(ctx, db, migrations.FS)
}

// MigrateFrom is Migrate with the files of another place: a folder "mysql" and
// a folder "sqlite" with the same versions.
func MigrateFrom(ctx context.Context, db *DB, files fs.FS) error {
	if err := db.migrate(ctx, files); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

func (db *DB) migrate(ctx context.Context, files fs.FS) error {
	pool, err := openPool(ctx, db.engine, migrating)
	if err != nil {
		return err
	}
	defer pool.Close()
	// goose creates its version table before it takes a lock of its own, so
	// the lock has to lie around all of it.
	release, err := db.engine.lockMigrations(ctx, pool)
	if err != nil {
		return fmt.Errorf("wait for the lock: %w", err)
	}
	defer release()

	files, err = fs.Sub(files, string(db.Dialect))
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(gooseDialect(db.Dialect), pool, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	done, err := provider.Up(ctx)
	for _, m := range done {
		slog.InfoContext(ctx, "migrated", "file", m.Source.Path, "duration", m.Duration)
	}
	return err
}

func gooseDialect(d Dialect) goose.Dialect {
	if d == MySQL {
		return goose.DialectMySQL
	}
	return goose.DialectSQLite3
}

// SchemaVersion returns the newest migration the database has, 0 when it was
// never migrated, and the newest one this program knows.
func SchemaVersion(ctx context.Context, db *DB) (has, knows int64, err error) {
	files, err := fs.Sub(migrations.FS, string(db.Dialect))
	if err != nil {
		return 0, 0, err
	}
	knows, err = newest(files)
	if err != nil {
		return 0, 0, err
	}
	err = db.Read.WithContext(ctx).Raw("SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version WHERE is_applied").Scan(&has).Error
	if isMissingTable(err) {
		return 0, knows, nil
	}
	return has, knows, err
}

func newest(files fs.FS) (int64, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil || len(names) == 0 {
		return 0, errors.Join(err, errors.New("no migrations"))
	}
	return goose.NumericComponent(names[len(names)-1])
}
