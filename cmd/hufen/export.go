package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"hufen/internal/app"
	"hufen/internal/division"
	"hufen/internal/export"
	"hufen/internal/i18n"
	"hufen/internal/id"
)

var exportCommand = command{
	name:     "export",
	argument: "FILE.db|FILE.zip",
	summary:  "write the book to a file for auditors or a spreadsheet",
	help: `
FILE.db is one SQLite file with all facts, seals and public keys; people are
masked, secrets left out. hufen verify --file FILE.db checks it anywhere, with no
service and no network.
FILE.zip has tables (CSV) that a spreadsheet opens: every line of every
household's account with the code of its receipt, drop-offs, redemptions, seals;
with --division those of one division.
Both are of one moment; the service may go on running. FILE must not exist.`,
	run: exportBook,
}

func exportBook(ctx context.Context, flags *flag.FlagSet, args []string) error {
	code := flags.String("division", "", "FILE.zip: code of the division, e.g. 511702102")
	lang := flags.String("lang", string(i18n.Default), "FILE.zip: language, zh-CN or en")
	rest, err := parse(flags, args, 1, 1)
	if err != nil {
		return err
	}
	path := rest[0]
	kind := filepath.Ext(path)
	if kind != ".db" && kind != ".zip" || kind == ".db" && *code != "" {
		return usageError("want FILE.db, or FILE.zip which may be of one --division")
	}
	c, err := settings()
	if err != nil {
		return err
	}
	a, err := openMigrated(ctx, c)
	if err != nil {
		return err
	}
	if kind == ".db" {
		bar := newBar(os.Stderr)
		err = export.WriteFile(ctx, a.DB, path, bar.show)
		bar.clear()
	} else {
		err = exportSheets(ctx, a, path, *code, i18n.Match(*lang))
	}
	if err := errors.Join(err, a.Close()); err != nil {
		return err
	}
	fmt.Println("wrote", path)
	return nil
}

func exportSheets(ctx context.Context, a *app.App, path, code string, lang i18n.Lang) error {
	s := export.Sheets{Zone: a.Config.Zone, Lang: lang}
	if code != "" {
		tree, err := a.Divisions.Tree(ctx)
		if err != nil {
			return err
		}
		if s.Villages, err = villagesOf(tree, code); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = export.WriteSheets(ctx, a.DB, f, s)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// villagesOf returns the villages of the division with a code.
func villagesOf(tree *division.Tree, code string) ([]id.ID, error) {
	found, ok := tree.ByCode(code)
	if !ok {
		return nil, fmt.Errorf("there is no division with the code %s", code)
	}
	villages := []id.ID{}
	for _, v := range tree.Villages(found.ID) {
		villages = append(villages, v.ID)
	}
	return villages, nil
}
