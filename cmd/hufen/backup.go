package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"hufen/internal/config"
	"hufen/internal/database"
)

var backupCommand = command{
	name:     "backup",
	argument: "FILE",
	summary:  "write the whole database to a file, while the service runs",
	help: `
SQLite: a compact copy as of one moment. MySQL: what mariadb-dump or mysqldump
writes in one transaction. FILE must not exist; it appears when it is complete.

The keys, from which the codes of all cards are made, are left out unless
--with-keys is given: then they are in FILE.keys. Whoever has both can print
every card. Keep them apart.`,
	run: backup,
}

func backup(ctx context.Context, flags *flag.FlagSet, args []string) error {
	withKeys := flags.Bool("with-keys", false, "copy the keys to FILE.keys as well")
	rest, err := parse(flags, args, 1, 1)
	if err != nil {
		return err
	}
	c, err := settings()
	if err != nil {
		return err
	}
	path := rest[0]
	if err := backupDatabase(ctx, c, path); err != nil {
		return err
	}
	fmt.Println("wrote", path)
	if !*withKeys {
		return nil
	}
	if err := copyFolder(c.Path("keys"), path+".keys"); err != nil {
		return fmt.Errorf("copy the keys: %w", err)
	}
	fmt.Println("wrote", path+".keys")
	return nil
}

func backupDatabase(ctx context.Context, c config.Config, path string) error {
	db, err := openFilled(ctx, c)
	if err != nil {
		return err
	}
	client, isMySQL, err := database.ClientOf(c.DatabaseURL)
	switch {
	case err != nil:
	case isMySQL:
		err = dump(ctx, client, path)
	default:
		err = db.Backup(ctx, path)
	}
	return errors.Join(err, db.Close())
}

// openFilled opens a database that is there already: a wrong DATA_DIR must not
// become an empty database, whose backup is empty and whose ledger is in order.
func openFilled(ctx context.Context, c config.Config) (*database.DB, error) {
	file, isFile, err := database.FileOf(c.DatabaseURL)
	if err != nil {
		return nil, err
	}
	if isFile && !exists(file) {
		return nil, fmt.Errorf("there is no database at %s; see DATA_DIR and DATABASE_URL", file)
	}
	db, err := database.Open(ctx, c.DatabaseURL)
	if err != nil {
		return nil, err
	}
	has, _, err := database.SchemaVersion(ctx, db)
	if err == nil && has == 0 {
		err = errors.New("the database is empty; see DATA_DIR and DATABASE_URL")
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// copyFolder copies the files of a folder to a new one that only the owner may
// read.
func copyFolder(from, to string) error {
	if err := os.Mkdir(to, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.Type().IsRegular() {
			if err := copyFile(filepath.Join(from, entry.Name()), filepath.Join(to, entry.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// copyFile copies a small file that must not exist yet, down to the disk.
func copyFile(from, to string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
