package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"

	"hufen/internal/app"
	"hufen/internal/auth"
	"hufen/internal/division"
	"hufen/internal/household"
	"hufen/internal/i18n"
	"hufen/internal/id"
)

var cardsCommand = command{
	name:    "cards",
	summary: "print sheets of household cards, as a page on standard output",
	help: `
hufen cards --village 610204107201 > cards.html
hufen cards --village 610204107201 --group 3组 > cards.html

Ten cards on an A4 sheet, for printing from a browser. Households without a card
get one; the others' are printed again. The address on the cards is PUBLIC_URL.`,
	run: cards,
}

func cards(ctx context.Context, flags *flag.FlagSet, args []string) error {
	village := flags.String("village", "", "code of the village, 12 digits")
	group := flags.String("group", "", "name of a village group; the whole village where absent")
	lang := flags.String("lang", string(i18n.Default), "language of the line on how to use the card: zh-CN or en")
	if _, err := parse(flags, args, 0, 0); err != nil {
		return err
	}
	if *village == "" {
		return usageError("--village is needed")
	}
	c, err := settings()
	if err != nil {
		return err
	}
	a, err := openMigrated(ctx, c)
	if err != nil {
		return err
	}
	return errors.Join(printCards(ctx, a, *village, *group, i18n.Match(*lang)), a.Close())
}

func printCards(ctx context.Context, a *app.App, village, group string, lang i18n.Lang) error {
	place, err := divisionByCode(ctx, a.Divisions, village)
	if err == nil && group != "" {
		place, err = groupByName(ctx, a.Divisions, place, group)
	}
	if err != nil {
		return err
	}
	sheet, err := a.Households.EnsureCards(ctx, auth.SystemActor("hufen cards"), household.Selection{DivisionID: place})
	if err != nil {
		return err
	}
	out := bufio.NewWriter(os.Stdout)
	err = household.WriteSheet(out, sheet, household.SheetOptions{PublicURL: a.Config.PublicURL, Lang: lang, Inline: true})
	return errors.Join(err, out.Flush())
}

// groupByName returns the group of a village with a name.
func groupByName(ctx context.Context, divisions *division.Service, village id.ID, name string) (id.ID, error) {
	tree, err := divisions.Tree(ctx)
	if err != nil {
		return id.ID{}, err
	}
	for _, d := range tree.Children(village) {
		if d.Name == name {
			return d.ID, nil
		}
	}
	return id.ID{}, fmt.Errorf("the village has no group called %s", name)
}
