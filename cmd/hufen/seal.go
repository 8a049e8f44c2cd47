package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"hufen/internal/app"
	"hufen/internal/calendar"
	"hufen/internal/i18n"
	"hufen/internal/ledger"
	"hufen/internal/proof"
)

var sealCommand = command{
	name:     "seal",
	argument: "show|export FILE|now|rotate",
	summary:  "show and keep what makes a changed past visible",
	help: `
The service seals by itself, every minute; a seal is signed and freezes all that
was recorded before. Whoever keeps one can check the database of any later day:
hufen verify --seal FILE.

hufen seal show                          the newest seal
hufen seal show --print > seal.html      a page for the village board
hufen seal show --day 2026-07-31         the last seal of a day, also for export
hufen seal export FILE                   a file to keep outside of this house
hufen seal now                           seal all that is there, at once
hufen seal rotate                        go on with a new key, signed by the old one
hufen seal rotate --lost                 the old key is lost; verify will say so`,
	run: seal,
}

// sealOptions are what follows hufen seal.
type sealOptions struct {
	print, lost bool
	height      int64
	day, lang   string
}

func seal(ctx context.Context, flags *flag.FlagSet, args []string) error {
	var o sealOptions
	flags.BoolVar(&o.print, "print", false, "show: write a page for the village board")
	flags.Int64Var(&o.height, "height", 0, "show, export: this seal instead of the newest")
	flags.StringVar(&o.day, "day", "", "show, export: the last seal of this day, 2026-07-31")
	flags.StringVar(&o.lang, "lang", string(i18n.Default), "show: language, zh-CN or en")
	flags.BoolVar(&o.lost, "lost", false, "rotate: the old key is lost")
	rest, err := parse(flags, args, 1, 2)
	if err != nil {
		return err
	}
	do, known := map[string]func(context.Context, *app.App, sealOptions, string) error{
		"show": showSeal, "export": exportSeal, "now": sealNow, "rotate": rotateKey,
	}[rest[0]]
	if !known {
		return usageError("want show, export, now or rotate, not " + rest[0])
	}
	file := ""
	if (len(rest) == 2) != (rest[0] == "export") {
		return usageError("wrong number of arguments")
	} else if len(rest) == 2 {
		file = rest[1]
	}
	c, err := settings()
	if err != nil {
		return err
	}
	a, err := openMigrated(ctx, c)
	if err != nil {
		return err
	}
	return errors.Join(do(ctx, a, o, file), a.Close())
}

// chosenSeal returns the seal that the options name.
func chosenSeal(ctx context.Context, a *app.App, o sealOptions) (*ledger.Seal, error) {
	switch {
	case o.height != 0 && o.day != "":
		return nil, usageError("want --height or --day, not both")
	case o.height != 0:
		return ledger.SealAt(ctx, a.DB.Read, o.height)
	case o.day != "":
		day, err := calendar.ParseDay(o.day)
		if err != nil {
			return nil, usageError("--day wants a day as 2026-07-31")
		}
		return ledger.SealBefore(ctx, a.DB.Read, day.Next().Start(a.Config.Zone))
	}
	return ledger.NewestSeal(ctx, a.DB.Read)
}

func showSeal(ctx context.Context, a *app.App, o sealOptions, _ string) error {
	s, err := chosenSeal(ctx, a, o)
	if err != nil {
		return err
	}
	if o.print {
		out := bufio.NewWriter(os.Stdout)
		return errors.Join(proof.WriteBoard(out, s, a.Config.Zone, i18n.Match(o.lang)), out.Flush())
	}
	printSeal(s, a.Config.Zone, i18n.Match(o.lang))
	return nil
}

func printSeal(s *ledger.Seal, zone *time.Location, lang i18n.Lang) {
	hash := s.Hash()
	fmt.Printf("seal       %d of %s\n", s.Height, s.SealedAt.Time().In(zone).Format(time.RFC3339))
	fmt.Printf("short      %s\n", hash.Short())
	fmt.Printf("hash       %s\n", hex.EncodeToString(hash[:]))
	fmt.Printf("root       %s\n", hex.EncodeToString(s.Root[:]))
	fmt.Printf("before     %s\n", hex.EncodeToString(s.PrevHash[:]))
	fmt.Printf("requests   %d, in all %d\n", s.Requests, s.RequestTotal)
	fmt.Printf("entries    %d, in all %d\n", s.Entries, s.EntryTotal)
	fmt.Printf("until      %s\n", s.UntilAt.Time().In(zone).Format(time.RFC3339))
	for _, t := range s.Totals {
		fmt.Printf("balance    %12s  %s\n", t.Points, proof.AccountsName(t.Kind, lang))
	}
	fmt.Printf("key        %s\n", s.KeyID)
	fmt.Printf("signature  %s\n", hex.EncodeToString(s.Signature))
}

func exportSeal(ctx context.Context, a *app.App, o sealOptions, path string) error {
	s, err := chosenSeal(ctx, a, o)
	if err != nil {
		return err
	}
	keys, err := ledger.SealKeys(ctx, a.DB.Read)
	if err != nil {
		return err
	}
	content, err := s.File(keys)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	fmt.Printf("wrote %s: seal %d, %s\n", path, s.Height, s.Hash().Short())
	return nil
}

func sealNow(ctx context.Context, a *app.App, _ sealOptions, _ string) error {
	n, err := a.Sealer().SealAll(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("%d requests were sealed\n", n)
	return nil
}

func rotateKey(ctx context.Context, a *app.App, o sealOptions, _ string) error {
	sealer := a.Sealer()
	rotate := sealer.Rotate
	if o.lost {
		rotate = sealer.ReplaceLost
	}
	key, err := rotate(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("key %s signs from seal %d on\n%s: keep a copy apart from the database, and copy it to every instance\n",
		key.ID, key.FromHeight, ledger.NewKeyring(a.Config.DataDir).Path(key.ID))
	return nil
}
