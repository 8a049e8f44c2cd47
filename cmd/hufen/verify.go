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
With --seal the database also has to be the one that somebody kept a seal of, in
a file of hufen seal export or with the text of the QR code on the board.
Exit code 0: all is as it has to be. 1: something is wrong, its first rows are
printed; or the check could not be done.`,
	run: verify,
}

// errWrong says that verify found something; what it is has been printed.
var errWrong = errors.New("the ledger is not in order")

func verify(ctx context.Context, flags *flag.FlagSet, args []string) error {
	asJSON := flags.Bool("json", false, "print the report as JSON")
	sealFile := flags.String("seal", "", "file with a seal somebody kept")
	if _, err := parse(flags, args, 0, 0); err != nil {
		return err
	}
	c, err := settings()
	if err != nil {
		return err
	}
	kept, err := keptSeal(*sealFile)
	if err != nil {
		return err
	}
	db, err := database.Open(ctx, c.DatabaseURL)
	if err != nil {
		return err
	}
	defer db.Close()
	result, err := proof.Run(ctx, db, proof.Options{Kept: kept, Zone: c.Zone})
	if err != nil {
		return err
	}
	report, seals := &result.Report, result.Seals
	if *asJSON {
		err = json.NewEncoder(os.Stdout).Encode(struct {
			*ledger.Report
			Seals *ledger.SealSummary
		}{report, seals})
	} else {
		printReport(report)
		printSeals(seals, kept, report.Clean())
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

// keptSeal reads the seal somebody kept, nil without a file.
func keptSeal(path string) (*ledger.Kept, error) {
	if path == "" {
		return nil, nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	kept, err := ledger.ParseKept(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return kept, nil
}

func printSeals(s *ledger.SealSummary, kept *ledger.Kept, clean bool) {
	fmt.Printf("%d requests are in %d seals, %d wait for the next one\n", s.Sealed, s.Height, s.Waiting)
	for _, note := range s.Notes {
		fmt.Println("note:", note)
	}
	if kept != nil && clean {
		fmt.Printf("the past is that of the kept seal %d, %s\n", kept.Height, kept.Hash.Short())
	}
}
