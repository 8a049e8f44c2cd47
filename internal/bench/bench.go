// Package bench measures the finished program as its users meet it: it starts
// the real binary on a database of its own, drives it over HTTP from a closed
// loop of connections, and holds what comes out against a floor program that
// writes the same rows with plain database/sql in the same run. It owns the
// made-up district it loads and the load generator; it decides nothing: no test
// and no exit code depends on a time, only on answers and on the ledger.
package bench

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Options say how much to measure. The zero value is not usable; begin with
// DefaultOptions.
type Options struct {
	Duration    time.Duration // of one measured row
	WarmUp      time.Duration // before it, not counted
	Connections []int         // of the rows for single requests
	Batchers    []int         // connections of the rows for batches of 100
	Households  int           // with cards; rounded up to whole villages
	Only        string        // "sqlite" or "mariadb"; empty for both
	What        string        // names of parts, separated by commas; "all" for every one
	Lots        int           // points that run out, of a household each
	Redemptions int           // in one settlement
	Binary      string        // the program to start; this one where empty
}

// DefaultOptions measure what issue and documentation quote.
func DefaultOptions() Options {
	return Options{
		Duration: 3 * time.Second, WarmUp: 500 * time.Millisecond,
		Connections: []int{1, 16, 64, 256}, Batchers: []int{4, 8}, Households: 10_000,
		What: partLoad, Lots: 100_000, Redemptions: 50_000,
	}
}

// Flags lets the command line change the options.
func (o *Options) Flags(f *flag.FlagSet) {
	f.DurationVar(&o.Duration, "duration", o.Duration, "length of one measured row")
	f.DurationVar(&o.WarmUp, "warm-up", o.WarmUp, "load before each row that is not counted")
	f.IntVar(&o.Households, "households", o.Households, "households with cards")
	f.StringVar(&o.Only, "only", o.Only, "sqlite or mariadb; both where empty")
	f.StringVar(&o.What, "what", o.What, "parts to measure: load, sealing, expiry, settlement, or all")
	f.IntVar(&o.Lots, "lots", o.Lots, "lots that expire")
	f.IntVar(&o.Redemptions, "redemptions", o.Redemptions, "redemptions in the settlement")
	f.Func("connections", "connections of single requests, e.g. 1,16,64,256", numbers(&o.Connections))
	f.Func("batchers", "connections that send batches of 100, e.g. 4,8", numbers(&o.Batchers))
}

// The parts of a measurement.
const (
	partLoad       = "load" // everything over HTTP, and verify
	partSealing    = "sealing"
	partExpiry     = "expiry"
	partSettlement = "settlement"
)

func (o *Options) does(part string) bool {
	return o.What == "all" || slices.Contains(strings.Split(o.What, ","), part)
}

// check returns an error if there is nothing to measure.
func (o *Options) check() error {
	for name := range strings.SplitSeq(o.What, ",") {
		if !slices.Contains([]string{"all", partLoad, partSealing, partExpiry, partSettlement}, name) {
			return fmt.Errorf("bench: there is no part %q to measure", name)
		}
	}
	return nil
}

func numbers(into *[]int) func(string) error {
	return func(text string) error {
		*into = nil
		for part := range strings.SplitSeq(text, ",") {
			n, err := strconv.Atoi(strings.TrimSpace(part))
			if err != nil || n < 1 {
				return fmt.Errorf("%q is not a number of connections", part)
			}
			*into = append(*into, n)
		}
		return nil
	}
}

// Run measures SQLite, and MariaDB where HUFEN_TEST_MYSQL names a server, and
// prints the figures as they come. It returns an error if an answer was not a
// success or a ledger does not verify.
func Run(ctx context.Context, o Options, out io.Writer) error {
	if o.Binary == "" {
		binary, err := os.Executable()
		if err != nil {
			return fmt.Errorf("bench: find the program: %w", err)
		}
		o.Binary = binary
	}
	if err := o.check(); err != nil {
		return err
	}
	defer slog.SetLogLoggerLevel(slog.SetLogLoggerLevel(slog.LevelWarn))
	fmt.Fprintf(out, "hufen bench, %s, %s, %d cores shared with the load generator and the database\n",
		time.Now().Format("2006-01-02 15:04"), runtime.Version(), runtime.NumCPU())
	fmt.Fprintf(out, "closed loop over keep-alive connections, %s a row after %s of warm-up\n", o.Duration, o.WarmUp)
	var wrong []error
	for _, k := range kinds {
		if o.Only != "" && !strings.EqualFold(o.Only, k.name) {
			continue
		}
		if err := measure(ctx, o, k, out); err != nil {
			wrong = append(wrong, fmt.Errorf("bench on %s: %w", k.name, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(wrong...)
}

// measure runs the parts that were asked for on one kind of database.
func measure(ctx context.Context, o Options, k kind, out io.Writer) error {
	r := &run{Options: o, out: out}
	var parts []func(context.Context) error
	if o.does(partLoad) || o.does(partSealing) {
		parts = append(parts, r.overHTTP)
	}
	if o.does(partExpiry) {
		parts = append(parts, r.expiry)
	}
	if o.does(partSettlement) {
		parts = append(parts, r.settlement)
	}
	for _, part := range parts {
		err := r.on(ctx, k, part)
		if errors.Is(err, errNoServer) {
			fmt.Fprintf(out, "\n%s: not measured, %v\n", k.name, err)
			return nil
		}
		if err != nil {
			return err
		}
	}
	r.table.behind(out)
	return r.refused
}

// on runs a part on a bed of its own.
func (r *run) on(ctx context.Context, k kind, part func(context.Context) error) (err error) {
	if r.bed, err = newBed(ctx, k); err != nil {
		return err
	}
	defer r.bed.remove(r.out)
	return part(ctx)
}

// overHTTP starts the service and measures what is asked of it.
func (r *run) overHTTP(ctx context.Context) error {
	steps := []func(context.Context) error{r.load, r.open}
	if r.does(partLoad) {
		steps = append(steps, r.httpAlone, r.dropOffs, r.redemptions, r.storms, r.batches, r.balances)
	}
	if r.does(partSealing) {
		steps = append(steps, r.sealing)
	}
	if steps = append(steps, r.restart, r.verify); r.does(partLoad) {
		steps = append(steps, r.reports)
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return errors.Join(err, r.stop())
		}
	}
	return r.stop()
}
