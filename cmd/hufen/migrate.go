package main

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"hufen/internal/database"
	"hufen/migrations"
)

var migrateCommand = command{
	name:    "migrate",
	summary: "bring the schema up to date and stop",
	help: `
serve does this by itself. Use it where the service's own MySQL account may not
change the schema: run it with the DATABASE_URL of one that may, then let the
service have what --grants prints. Tables of what happened are then written
once and never changed, whatever the program does.

hufen migrate --grants "'hufen'@'10.0.0.%'" | mariadb -u root`,
	run: migrate,
}

func migrate(ctx context.Context, flags *flag.FlagSet, args []string) error {
	account := flags.String("grants", "", "print the statements that give this MySQL account what the service needs")
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
	err = database.Migrate(ctx, db)
	switch {
	case err != nil:
	case *account != "":
		err = printGrants(ctx, db, c.DatabaseURL, *account)
	default:
		err = printVersion(ctx, db)
	}
	return errors.Join(err, db.Close())
}

func printVersion(ctx context.Context, db *database.DB) error {
	has, _, err := database.SchemaVersion(ctx, db)
	if err == nil {
		fmt.Printf("the schema is at version %d\n", has)
	}
	return err
}

func printGrants(ctx context.Context, db *database.DB, url, account string) error {
	client, isMySQL, err := database.ClientOf(url)
	if err != nil || !isMySQL {
		return errors.Join(err, errors.New("only MySQL knows accounts"))
	}
	var tables []string
	err = db.Read.WithContext(ctx).Raw("SELECT table_name FROM information_schema.tables WHERE table_schema = ? ORDER BY table_name", client.Name).Scan(&tables).Error
	if err != nil {
		return err
	}
	for _, statement := range migrations.Grants(client.Name, account, tables) {
		fmt.Println(statement + ";")
	}
	return nil
}
