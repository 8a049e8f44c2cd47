package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"hufen/internal/app"
	"hufen/internal/auth"
	"hufen/internal/i18n"
	"hufen/internal/intake"
)

var importCommand = command{
	name:     "import",
	argument: "divisions|households|weighins FILE",
	summary:  "take in a list from a spreadsheet, after checking every row",
	help: `
hufen import households --division 610204107 roster.xlsx               check only
hufen import households --division 610204107 --apply good roster.xlsx  store the good rows
hufen import weighins --map map.json --apply all tickets.csv           all rows or none

FILE is .xlsx, or CSV in UTF-8, GBK or GB18030. Without --apply nothing is
stored. Importing the same file twice changes nothing. --map names a JSON file
that says where the columns of a foreign list are.`,
	run: runImport,
}

var (
	importKinds = map[string]intake.Kind{"divisions": intake.Divisions, "households": intake.Households, "weighins": intake.WeighIns}
	importModes = map[string]intake.Mode{"": "", "good": intake.GoodRows, "all": intake.AllRows}
)

func runImport(ctx context.Context, flags *flag.FlagSet, args []string) error {
	code := flags.String("division", "", "code of the division that rows are confined to")
	mapping := flags.String("map", "", "JSON file that says where the columns are")
	apply := flags.String("apply", "", "good: store the good rows, all: all rows or none; empty: check only")
	rest, err := parse(flags, args, 2, 2)
	if err != nil {
		return err
	}
	kind, known := importKinds[rest[0]]
	mode, knownMode := importModes[*apply]
	if !known || !knownMode {
		return usageError("want divisions, households or weighins, and --apply good or all")
	}
	options := intake.Options{Mode: mode, FileName: filepath.Base(rest[1]), Progress: progress}
	if *mapping != "" {
		text, err := os.ReadFile(*mapping)
		if err != nil {
			return err
		}
		options.Mapping = string(text)
	}
	file, err := os.ReadFile(rest[1])
	if err != nil {
		return err
	}
	c, err := settings()
	if err != nil {
		return err
	}
	a, err := openMigrated(ctx, c)
	if err != nil {
		return err
	}
	return errors.Join(importFile(ctx, a, kind, *code, file, options), a.Close())
}

func importFile(ctx context.Context, a *app.App, kind intake.Kind, code string, file []byte, options intake.Options) error {
	var err error
	if options.DivisionID, err = divisionByCode(ctx, a.Divisions, code); err != nil {
		return err
	}
	result, err := a.Intake.Run(ctx, auth.SystemActor("hufen import"), kind, file, options)
	fmt.Fprintln(os.Stderr)
	for _, row := range result.Wrong {
		reason := i18n.Sentence(i18n.Default, row.Fault.Code, row.Fault.Args)
		fmt.Println(i18n.Sentence(i18n.Default, "import.row", map[string]any{"row": row.Number, "reason": reason}))
	}
	if err != nil {
		return err
	}
	counts := result.Import.Counts
	fmt.Printf("%d rows: %d new, %d changed, %d the same, %d wrong\n", counts.Total, counts.Created, counts.Changed, counts.Same, counts.Wrong)
	if options.Mode == "" {
		fmt.Println("nothing was stored; say --apply good or --apply all")
	}
	return nil
}

// progress shows on one line how far an import is.
func progress(imp intake.Import) {
	fmt.Fprintf(os.Stderr, "\r%s %d of %d rows ", imp.State, imp.Counts.Done, imp.Counts.Total)
}
