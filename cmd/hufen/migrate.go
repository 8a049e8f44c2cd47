package main

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"hufen/internal/database"
)

var migrateCommand = command{
	name:    "migrate",
	summary: "bring the schema up to date and stop",
	help: `
serve does this by itself. Use it where the service's own database user may not
change the schema: run it as another user, with DATABASE_URL.`,
	run: migrate,
}

func migrate(ctx context.Context, flags *flag.FlagSet, args []string) error {
	if _, err := parse(flags, args, 0, 0); err != nil {
		return err
	}
	c, err := settings()
	if err != nil {
		return err
	}
	db, err := database.Open(ctx, c.DatabaseURL)
	if err != nil {
		return err
	}
	if err := database.Migrate(ctx, db); err != nil {
		return errors.Join(err, db.Close())
	}
	has, _, err := database.SchemaVersion(ctx, db)
	if err == nil {
		fmt.Printf("the schema is at version %d\n", has)
	}
	return errors.Join(err, db.Close())
}
