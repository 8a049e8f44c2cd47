package bench

import (
	"fmt"
	"io"
	"runtime"
	"time"
)

// The names of the measured rows.
const (
	httpAlone   = "HTTP alone" // /healthz: what the machine gives at all
	dropOffs    = "drop-offs"
	redemptions = "redemptions"
	batches     = "batches of 100"
	oneShop     = "one shop"      // redemptions, all of them there
	oneHome     = "one household" // drop-offs, all of them its own
	balances    = "own balance"
)

// row is one measured line of the table.
type row struct {
	what    string
	callers int
	tally   tally
	floor   *tally  // of the floor program under as many callers; nil where there is none
	memory  int64   // of the service afterwards, in bytes
	group   float64 // postings written together, on average
}

// ratio returns the share of the floor's rate, 0 where there is none.
func (r row) ratio() float64 {
	if r.floor == nil || r.floor.units == 0 {
		return 0
	}
	return r.tally.rate() / r.floor.rate()
}

// table prints rows as they are measured and remembers them.
type table struct {
	rows    []row
	memory  int64         // of the service at its highest
	slowest time.Duration // of the reports, at the median
	sealing float64       // share of the drop-offs that sealing them costs
	settled time.Duration // how long the settlement took
}

func (t *table) begin(out io.Writer) {
	fmt.Fprintf(out, "%-14s %5s %7s %7s %7s %6s  %7s %5s  %5s %5s %5s %5s  %4s %4s %6s\n", "", "", "", "", "", "",
		"", "", "CPU", "µs", "each:", "", "ours", "rest", "serve")
	fmt.Fprintf(out, "%-14s %5s %7s %7s %7s %6s  %7s %5s  %5s %5s %5s %5s  %4s %4s %6s\n", "", "conns", "/s", "p50 ms", "p99 ms", "group",
		"floor/s", "ratio", "serve", "datab", "load", "floor", "%", "%", "RSS MB")
}

func (t *table) add(out io.Writer, r row) {
	t.rows = append(t.rows, r)
	floor, ratio, floorCPU := "", "", ""
	if r.floor != nil {
		floor, ratio = fmt.Sprintf("%.0f", r.floor.rate()), fmt.Sprintf("%.2f", r.ratio())
		floorCPU = r.floor.each(r.floor.cpu.ours())
	}
	used := r.tally.cpu
	share := func(used time.Duration) float64 {
		return 100 * used.Seconds() / r.tally.took.Seconds() / float64(runtime.NumCPU())
	}
	fmt.Fprintf(out, "%-14s %5d %7.0f %7.1f %7.1f %6.0f  %7s %5s  %5s %5s %5s %5s  %4.0f %4.0f %6d\n", r.what, r.callers, r.tally.rate(),
		milliseconds(r.tally.quantile(0.5)), milliseconds(r.tally.quantile(0.99)), r.group, floor, ratio,
		r.tally.each(used.service), r.tally.each(used.database), r.tally.each(used.generator), floorCPU, share(used.ours()), share(used.others()), r.memory>>20)
}

// each returns the microseconds of CPU time for one unit.
func (t *tally) each(used time.Duration) string {
	return fmt.Sprintf("%.0f", float64(used.Microseconds())/float64(max(t.units, 1)))
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// target is what a row has to reach on 2 cores with everything on one machine.
type target struct {
	what    string
	callers int
	rate    float64
	p99     time.Duration
}

var targets = []target{
	{dropOffs, 16, 3_000, 0},
	{dropOffs, 64, 6_000, 40 * time.Millisecond},
	{dropOffs, 256, 7_500, 0},
	{balances, 64, 10_000, 0},
}

// The other targets, for every row they fit.
const (
	leastRatio       = 0.6
	leastRedemptions = 0.8 // of the drop-offs under as many callers
	mostMemory       = 150 << 20
	slowestReport    = 50 * time.Millisecond
	mostSealing      = 0.1
	mostSettling     = 10 * time.Second
)

// behind says which targets were missed. It says so and no more: on another
// machine they mean nothing.
func (t *table) behind(out io.Writer) {
	var missed []string
	say := func(format string, args ...any) { missed = append(missed, fmt.Sprintf(format, args...)) }
	for _, r := range t.rows {
		for _, want := range targets {
			if want.what != r.what || want.callers != r.callers {
				continue
			}
			if r.tally.rate() < want.rate {
				say("%s at %d: %.0f/s, wanted %.0f", r.what, r.callers, r.tally.rate(), want.rate)
			}
			if p99 := r.tally.quantile(0.99); want.p99 > 0 && p99 > want.p99 {
				say("%s at %d: p99 %.1f ms, wanted %.0f", r.what, r.callers, milliseconds(p99), milliseconds(want.p99))
			}
		}
		if ratio := r.ratio(); ratio > 0 && ratio < leastRatio {
			say("%s at %d: %.2f of the floor, wanted %.2f", r.what, r.callers, ratio, leastRatio)
		}
		if share := t.shareOfDropOffs(r); share > 0 && share < leastRedemptions {
			say("redemptions at %d: %.2f of the drop-offs, wanted %.2f", r.callers, share, leastRedemptions)
		}
	}
	if t.memory > mostMemory {
		say("memory of serve: %d MB, wanted at most %d", t.memory>>20, mostMemory>>20)
	}
	if t.slowest > slowestReport {
		say("slowest report: %.1f ms, wanted %.0f", milliseconds(t.slowest), milliseconds(slowestReport))
	}
	if t.sealing > mostSealing {
		say("sealing: %.1f %% of the drop-offs, wanted at most %.0f", 100*t.sealing, 100*mostSealing)
	}
	if t.settled > mostSettling {
		say("settlement: %.1f s, wanted %.0f", t.settled.Seconds(), mostSettling.Seconds())
	}
	if len(missed) == 0 {
		fmt.Fprintln(out, "every target is reached")
	}
	for _, m := range missed {
		fmt.Fprintln(out, "behind target:", m)
	}
}

// shareOfDropOffs returns the rate of redemptions against that of drop-offs
// under as many callers, 0 for other rows.
func (t *table) shareOfDropOffs(r row) float64 {
	if r.what != redemptions {
		return 0
	}
	for _, other := range t.rows {
		if other.what == dropOffs && other.callers == r.callers {
			return r.tally.rate() / other.tally.rate()
		}
	}
	return 0
}
