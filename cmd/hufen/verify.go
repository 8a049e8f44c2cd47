package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"

	"hufen/internal/database"
	"hufen/internal/ledger"
	"hufen/internal/proof"
)

var verifyCommand = command{
	name:    "verify",
	summary: "recompute everything and say what is wrong",
	help: `
Reads one snapshot; the service may go on running. Nothing is ever repaired.
Exit code 0: all is as it has to be. 1: something is wrong, its first rows are
printed; or the check could not be done.`,
	run: verify,
}

// errWrong says that verify found something; what it is has been printed.
var errWrong = errors.New("the ledger is not in order")

func verify(ctx context.Context, flags *flag.FlagSet, args []string) error {
	asJSON := flags.Bool("json", false, "print the report as JSON")
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
	defer db.Close()
	report, err := proof.Verify(ctx, db)
	if err != nil {
		return err
	}
	if *asJSON {
		err = json.NewEncoder(os.Stdout).Encode(report)
	} else {
		printReport(report)
	}
	if err == nil && !report.Clean() {
		err = errWrong
	}
	return err
}

func printReport(r *ledger.Report) {
	fmt.Printf("%d entries with %d lines were recomputed\n", r.Entries, r.Lines)
	for _, f := range r.Findings {
		fmt.Printf("%-22s %s  %s\n", f.Check, f.ID, f.Text)
	}
	for _, check := range slices.Sorted(maps.Keys(r.Count)) {
		fmt.Printf("%-22s %d found\n", check, r.Count[check])
	}
	if r.Clean() {
		fmt.Println("everything is in order")
	}
}
