package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"hufen/internal/api"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/export"
	"hufen/internal/ledger"
	"hufen/internal/proof"
	"hufen/migrations"
)

var verifyCommand = command{
	name:    "verify",
	summary: "recompute everything and say what is wrong",
	help: `
Reads one snapshot; the service may go on running. Nothing is ever repaired.
With --seal the database also has to be the one that somebody kept a seal of, in
a file of hufen seal export or with the text of the QR code on the board.
With --incremental only what came since the last clean verification that was
kept is recomputed; what that leaves out is listed. The service keeps one every
night, this command with --record.
With --file a file of hufen export is verified: no service, no network and no
settings are needed.
With --receipt the code on a receipt is looked up, and the seal it is in is
recomputed.
Exit code 0: all is as it has to be. 1: something is wrong, its first rows are
printed; or the check could not be done. 2: the command line was wrong.`,
	run: verify,
}

// errWrong says that verify found something; what it is has been printed.
var errWrong = errors.New("the ledger is not in order")

// errReceipt says that a receipt was not found as it was given out; what became of
// it has been printed.
var errReceipt = errors.New("the receipt is not proved")

// verifyOptions are what follows hufen verify.
type verifyOptions struct {
	json, incremental, record bool
	since                     int64
	seal, file, receipt       string
}

func verify(ctx context.Context, flags *flag.FlagSet, args []string) error {
	var o verifyOptions
	flags.BoolVar(&o.json, "json", false, "print the report as JSON")
	flags.StringVar(&o.seal, "seal", "", "file with a seal somebody kept")
	flags.BoolVar(&o.incremental, "incremental", false, "only what came since the last clean verification that was kept")
	flags.Int64Var(&o.since, "since", 0, "only what came since the seal of this height")
	flags.BoolVar(&o.record, "record", false, "keep the result, for the page of auditors")
	flags.StringVar(&o.file, "file", "", "a file of hufen export instead of the service's database")
	flags.StringVar(&o.receipt, "receipt", "", "code of a receipt")
	if _, err := parse(flags, args, 0, 0); err != nil {
		return err
	}
	if o.seal != "" && (o.incremental || o.since > 0) {
		return usageError("a kept seal wants everything verified, not --incremental or --since")
	}
	if o.receipt != "" && (o.seal != "" || o.incremental || o.since > 0 || o.record) {
		return usageError("one receipt is looked up: no --seal, --incremental, --since or --record")
	}
	if o.file != "" && o.record {
		return usageError("a file is not written to: no --record")
	}
	kept, err := keptSeal(o.seal)
	if err != nil {
		return err
	}
	db, err := openToVerify(ctx, o.file)
	if err != nil {
		return err
	}
	if o.receipt != "" {
		return errors.Join(verifyReceipt(ctx, db, o), db.Close())
	}
	return errors.Join(verifyDatabase(ctx, db, o, kept), db.Close())
}

// openToVerify opens a file of hufen export, or without one the service's
// database.
func openToVerify(ctx context.Context, file string) (*database.DB, error) {
	if file != "" {
		return export.Open(ctx, file)
	}
	c, err := settings()
	if err != nil {
		return nil, err
	}
	return openFilled(ctx, c)
}

// foundReceipt is what became of a receipt, for programs.
type foundReceipt struct {
	OK    bool      `json:"ok"`
	State string    `json:"state"` // as /receipts/{code} says it
	Seal  *seenSeal `json:"seal,omitempty"`
	Good  *bool     `json:"seal_good,omitempty"` // the seal was recomputed, and its signature is good
}

// seenSeal names a seal.
type seenSeal struct {
	Height int64       `json:"height"`
	Hash   ledger.Hash `json:"hash"`
}

// verifyReceipt looks a receipt up, and proves the seal it is in.
func verifyReceipt(ctx context.Context, db *database.DB, o verifyOptions) error {
	receipt, err := ledger.ParseReceipt(o.receipt)
	if err != nil {
		return err
	}
	w, err := ledger.WitnessOf(ctx, db.Read, receipt)
	if err != nil {
		return err
	}
	found := foundReceipt{OK: true, State: string(api.Sealed)}
	var said []string
	switch {
	case !w.Found:
		found, err = foundReceipt{State: string(api.Unknown)}, errReceipt
		said = append(said, "this receipt is not in the book")
	case !w.Unchanged:
		found, err = foundReceipt{State: string(api.Changed)}, errWrong
		said = append(said, "the line of this receipt is in the book, but it was changed")
	case w.Seal == nil:
		found.State = string(api.Waiting)
		said = append(said, "this receipt is in the book, unchanged; it waits for the next seal")
	default:
		if found.OK, err = w.ProveSealed(ctx, db.Read, proof.Facts); err != nil {
			return err
		}
		found.Seal, found.Good = &seenSeal{w.Seal.Height, w.Seal.Hash()}, &found.OK
		said = append(said, fmt.Sprintf("this receipt is in the book, unchanged, in seal %d, %s", w.Seal.Height, w.Seal.Hash().Short()))
		if found.OK {
			said = append(said, "the seal was recomputed and its signature is good")
		} else {
			said, err = append(said, "that seal is not over what the book holds today, or not signed by its key"), errWrong
		}
	}
	if o.json {
		return errors.Join(json.NewEncoder(os.Stdout).Encode(found), err)
	}
	fmt.Println(strings.Join(said, "\n"))
	return err
}

func verifyDatabase(ctx context.Context, db *database.DB, o verifyOptions, kept *ledger.Kept) error {
	if o.incremental {
		height, err := proof.LastClean(ctx, db.Read)
		if err != nil {
			return err
		}
		if height == 0 {
			return errors.New("no clean verification was kept: verify everything first, with --record")
		}
		o.since = height
	}
	bar := newBar(os.Stderr)
	result, err := proof.Run(ctx, db, proof.Options{Kept: kept, Since: o.since, Progress: bar.show})
	bar.clear()
	if err != nil {
		return err
	}
	var around environment
	if o.file == "" {
		if around, err = environmentOf(ctx, db); err != nil {
			return err
		}
	}
	if o.record {
		if _, err := proof.Record(ctx, db, result); err != nil {
			return err
		}
	}
	if o.json {
		err = printJSON(result, around, o.file != "")
	} else {
		printResult(result, kept)
		if o.file == "" {
			around.print()
		}
	}
	if err == nil && (!result.Clean() || len(around.problems()) > 0) {
		err = errWrong
	}
	return err
}

// environment is what has to hold around the data.
type environment struct {
	Durability database.Durability `json:"durability"`
	Grants     database.Grants     `json:"grants"`
}

func environmentOf(ctx context.Context, db *database.DB) (e environment, err error) {
	if e.Durability, err = db.Durability(ctx); err != nil {
		return e, err
	}
	e.Grants, err = db.Grants(ctx, migrations.InsertOnly)
	return e, err
}

func (e environment) problems() []string {
	return append(slices.Clip(e.Durability.Problems), e.Grants.Problems...)
}

func (e environment) print() {
	fmt.Printf("%s %s\n", e.Durability.Dialect, e.Durability.Version)
	for _, problem := range e.problems() {
		fmt.Println("environment:", problem)
	}
	switch {
	case e.Grants.Restricted:
		fmt.Println("the account cannot change or delete what happened")
	case e.Durability.Dialect == database.MySQL && len(e.Grants.Problems) == 0:
		fmt.Println("note: the account may change what happened; see hufen help migrate, --grants")
	}
}

// verification is the result for programs, in the words of the API's Verification.
type verification struct {
	OK          bool                  `json:"ok"`
	BeganAt     calendar.Micros       `json:"began_at"`
	EndedAt     calendar.Micros       `json:"ended_at"`
	Whole       bool                  `json:"whole"`
	SinceHeight int64                 `json:"since_height"`
	Height      int64                 `json:"height"` // of the newest seal, 0 where there is none
	SealHash    ledger.Hash           `json:"seal_hash"`
	UntilAt     calendar.Micros       `json:"until_at"` // what was recorded until then is sealed
	Entries     int64                 `json:"entries"`
	Lines       int64                 `json:"lines"`
	Sealed      int64                 `json:"sealed"`
	Waiting     int64                 `json:"waiting"` // requests in no seal yet
	Found       int                   `json:"found"`
	FoundBy     map[string]int        `json:"found_by_check"`
	Findings    []verificationFinding `json:"findings"` // the first of each check
	Notes       []string              `json:"notes"`    // what is no fault but has to be known
	NotCovered  []string              `json:"not_covered"`
	Environment *environment          `json:"environment,omitempty"` // not of a file
}

// verificationFinding is a row that is wrong.
type verificationFinding struct {
	Check string `json:"check"`
	Row   string `json:"row"`
	Text  string `json:"text"`
}

func printJSON(result *proof.Result, around environment, ofFile bool) error {
	seals := result.Seals
	r := verification{OK: result.Clean() && len(around.problems()) == 0, BeganAt: result.BeganAt, EndedAt: result.EndedAt, Whole: seals.Since == 0,
		SinceHeight: seals.Since, Height: seals.Height, SealHash: seals.Hash, UntilAt: seals.UntilAt, Entries: result.Entries, Lines: result.Lines,
		Sealed: seals.Sealed, Waiting: seals.Waiting, FoundBy: map[string]int{}, Findings: make([]verificationFinding, len(result.Findings)),
		Notes: append(append([]string{}, result.Notes...), seals.Notes...), NotCovered: append([]string{}, result.NotCovered...)}
	for check, n := range result.Count {
		r.FoundBy[check], r.Found = n, r.Found+n
	}
	for i, f := range result.Findings {
		r.Findings[i] = verificationFinding{f.Check, f.ID, f.Text}
	}
	if !ofFile {
		r.Environment = &around
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

func printResult(result *proof.Result, kept *ledger.Kept) {
	r := &result.Report
	took := time.Duration(result.EndedAt-result.BeganAt) * time.Microsecond
	fmt.Printf("%d entries with %d lines were recomputed in %s\n", r.Entries, r.Lines, took.Round(10*time.Millisecond))
	for _, f := range r.Findings {
		fmt.Printf("%-22s %s  %s\n", f.Check, f.ID, f.Text)
	}
	for _, check := range slices.Sorted(maps.Keys(r.Count)) {
		fmt.Printf("%-22s %d found\n", check, r.Count[check])
	}
	if r.Clean() {
		fmt.Println("everything is in order")
	}
	for _, note := range r.Notes {
		fmt.Println("note:", note)
	}
	for _, left := range result.NotCovered {
		fmt.Println("not looked at:", left)
	}
	printSeals(result.Seals, kept, r.Clean())
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
	if s.Height > 0 {
		fmt.Printf("the newest seal is %s; compare it with the board\n", s.Hash.Short())
	}
	for _, note := range s.Notes {
		fmt.Println("note:", note)
	}
	if kept != nil && clean {
		fmt.Printf("the past is that of the kept seal %d, %s\n", kept.Height, kept.Hash.Short())
	}
}

// bar shows on a terminal how far something is.
type bar struct {
	to    io.Writer // nil: not a terminal
	began time.Time
	drawn time.Time
}

func newBar(f *os.File) *bar {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return &bar{}
	}
	return &bar{to: f, began: time.Now()}
}

// barWidth is in characters.
const barWidth = 30

func (b *bar) show(done, total int64) {
	now := time.Now()
	if b.to == nil || total == 0 || now.Sub(b.drawn) < 100*time.Millisecond {
		return
	}
	b.drawn = now
	full := int(min(done, total) * barWidth / total)
	rate := float64(done) / now.Sub(b.began).Seconds()
	left := time.Duration(float64(total-done) / rate * float64(time.Second))
	fmt.Fprintf(b.to, "\r[%s%s] %d of %d, %.0f/s, %s left ", strings.Repeat("#", full), strings.Repeat(".", barWidth-full), done, total, rate, max(left, 0).Round(time.Second))
}

func (b *bar) clear() {
	if b.to != nil {
		fmt.Fprintf(b.to, "\r%s\r", strings.Repeat(" ", barWidth+60))
	}
}
