package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"hufen/internal/config"
	"hufen/internal/database"
)

var restoreCommand = command{
	name:     "restore",
	argument: "FILE",
	summary:  "make the database of a backup; stop the service first",
	help: `
The database of DATABASE_URL must be empty. With --force a SQLite database is
moved aside, and the tables of a MySQL database are replaced. With --with-keys
the keys are taken from FILE.keys. Run hufen verify afterwards.`,
	run: restore,
}

func restore(ctx context.Context, flags *flag.FlagSet, args []string) error {
	force := flags.Bool("force", false, "restore over a database that is there")
	withKeys := flags.Bool("with-keys", false, "take the keys from FILE.keys")
	rest, err := parse(flags, args, 1, 1)
	if err != nil {
		return err
	}
	c, err := settings()
	if err != nil {
		return err
	}
	if *withKeys {
		if err := restoreKeys(rest[0]+".keys", c, *force); err != nil {
			return fmt.Errorf("restore the keys: %w", err)
		}
	}
	if err := restoreDatabase(ctx, c, rest[0], *force); err != nil {
		return err
	}
	return report(ctx, c)
}

func restoreDatabase(ctx context.Context, c config.Config, path string, force bool) error {
	client, isMySQL, err := database.ClientOf(c.DatabaseURL)
	if err != nil {
		return err
	}
	if isMySQL {
		return restoreDump(ctx, c, client, path, force)
	}
	file, _, err := database.FileOf(c.DatabaseURL)
	if err != nil {
		return err
	}
	release, err := database.Hold(c.DatabaseURL)
	if err != nil {
		return err
	}
	defer release()
	if !exists(file) {
		return database.Restore(ctx, path, file)
	}
	if !force {
		return fmt.Errorf("%s is there already; move it away, or say --force", file)
	}
	return restoreOver(ctx, path, file)
}

// restoreOver puts a backup in the place of a database, which stays where it is
// if the backup is no good.
func restoreOver(ctx context.Context, path, file string) error {
	fresh := file + ".restored"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	if err := database.Restore(ctx, path, fresh); err != nil {
		return err
	}
	if err := moveAside(file); err != nil {
		return err
	}
	return os.Rename(fresh, file)
}

// moveAside renames a SQLite database and what belongs to it.
func moveAside(file string) error {
	aside := file + "." + time.Now().UTC().Format("20060102T150405Z")
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if !exists(file + suffix) {
			continue
		}
		if err := os.Rename(file+suffix, aside+suffix); err != nil {
			return err
		}
	}
	fmt.Println("moved the old database to", aside)
	return nil
}

func restoreDump(ctx context.Context, c config.Config, client database.Client, path string, force bool) error {
	db, err := database.Open(ctx, c.DatabaseURL)
	if err != nil {
		return err
	}
	var tables int64
	err = db.Read.WithContext(ctx).Raw("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()").Scan(&tables).Error
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	if tables > 0 && !force {
		return fmt.Errorf("the database has %d tables; empty it, or say --force", tables)
	}
	return load(ctx, client, path)
}

// restoreKeys puts the keys of a backup in their place. Other keys that are
// there stay unless force is set: they may be the only copy.
func restoreKeys(from string, c config.Config, force bool) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	folder := c.Path("keys")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	for _, entry := range entries {
		if err := restoreKey(filepath.Join(from, entry.Name()), filepath.Join(folder, entry.Name()), force); err != nil {
			return err
		}
	}
	return nil
}

func restoreKey(from, to string, force bool) error {
	old, err := os.ReadFile(to)
	if err == nil {
		backup, err := os.ReadFile(from)
		switch {
		case err != nil || bytes.Equal(old, backup):
			return err
		case !force:
			return fmt.Errorf("%s holds another key", to)
		}
		if err := moveAside(to); err != nil {
			return err
		}
	}
	return copyFile(from, to)
}

// report says what was restored.
func report(ctx context.Context, c config.Config) error {
	db, err := database.Open(ctx, c.DatabaseURL)
	if err != nil {
		return err
	}
	has, knows, err := database.SchemaVersion(ctx, db)
	if err == nil && has > knows {
		err = fmt.Errorf("the backup is of a newer hufen: its schema is at %d, this program knows %d", has, knows)
	}
	if err == nil {
		fmt.Printf("restored, the schema is at version %d; run hufen verify\n", has)
	}
	return errors.Join(err, db.Close())
}
