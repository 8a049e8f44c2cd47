// Package proof recomputes everything there is: the ledger, the facts behind it,
// and what the reports are made of. It is what `hufen verify` runs.
package proof

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"gorm.io/gorm"

	"hufen/internal/adjustment"
	"hufen/internal/budget"
	"hufen/internal/calendar"
	"hufen/internal/closing"
	"hufen/internal/collection"
	"hufen/internal/database"
	"hufen/internal/dropoff"
	"hufen/internal/expiry"
	"hufen/internal/ledger"
	"hufen/internal/redemption"
	"hufen/internal/report"
	"hufen/internal/settlement"
	"hufen/internal/succession"
)

// Options say how to verify. The zero value is everything there is.
type Options struct {
	Kept     *ledger.Kept            // a seal somebody kept
	Since    int64                   // height of a seal: what it and those before it hold is not looked at again
	Progress func(done, total int64) // requests; called now and then, from one goroutine at a time
	Zone     *time.Location          // where months begin; nil: the default
	Aside    bool                    // one thing after the other, because there is other work to do

	exported bool // the database is an exported file
}

// Result is what a verification found.
type Result struct {
	ledger.Report
	Seals      *ledger.SealSummary
	NotCovered []string // what was not looked at, in English
	BeganAt    calendar.Micros
	EndedAt    calendar.Micros
}

// rest are the checks beside the walk through the book. One of whole goes over
// all rows there are, so it is left out where only the new ones are looked at.
var rest = []struct {
	check func(context.Context, *gorm.DB, *ledger.Report) error
	whole string // what is not covered without it
}{
	{settlement.VerifyRest, ""},
	{adjustment.VerifyRest, ""},
	{budget.VerifyRest, ""},
	{expiry.VerifyRest, ""},
	{expiry.VerifyDone, "whether all ran out that had to"},
	{succession.VerifyRest, ""},
	{verifyKept, "what was kept of drop-offs, tickets and people of closed months"},
	{verifyWeighIns, ""},
	{redemption.VerifyRest, "stock, and how redemptions were confirmed"},
	{dropoff.VerifyPhotos, thePhotos},
}

// thePhotos are not covered either in an exported file, which leaves them out.
const thePhotos = "the photos"

// picks are the queries of all trades about requests and entries.
var picks = slices.Concat(settlement.Picks, adjustment.Picks, budget.Picks, expiry.Picks, succession.Picks, dropoff.Picks, closing.Picks)

// Verify recomputes the whole database in one snapshot, while the service may
// go on writing. The report is clean, or names what is wrong; nothing is ever
// repaired.
func Verify(ctx context.Context, db *database.DB) (*ledger.Report, error) {
	result, err := Run(ctx, db, Options{})
	if err != nil {
		return nil, err
	}
	return &result.Report, nil
}

// Run is Verify with options, and says how far the seals reach. It works on all
// processors unless it is done aside.
func Run(ctx context.Context, db *database.DB, o Options) (*Result, error) {
	result := &Result{BeganAt: calendar.Now()}
	o.exported = db.Write == nil
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	snapshots := runtime.GOMAXPROCS(0) + 1
	if o.Aside {
		snapshots = 1
	}
	err := db.Snapshots(ctx, snapshots, "requests", func(ctx context.Context, txs []*gorm.DB) error {
		c, err := newRecounts(ctx, txs[0], o)
		if err != nil {
			return err
		}
		last := len(txs) - 1
		if last == 0 {
			err = errors.Join(result.walk(ctx, txs, o, c), result.checkRest(ctx, txs[0], o, c))
		} else {
			err = result.walkBeside(ctx, cancel, txs[:last], txs[last], o, c)
		}
		if err != nil {
			return err
		}
		return result.checkSums(ctx, txs[0], o, c)
	})
	result.EndedAt = calendar.Now()
	return result, err
}

// walkBeside walks through the book in some snapshots while the other checks go
// on in another.
func (result *Result) walkBeside(ctx context.Context, cancel func(), txs []*gorm.DB, aside *gorm.DB, o Options, c *recounts) error {
	var rest sync.WaitGroup
	beside := &Result{}
	var failed error
	rest.Go(func() {
		if failed = beside.checkRest(ctx, aside, o, c); failed != nil {
			cancel()
		}
	})
	err := result.walk(ctx, txs, o, c)
	if err != nil {
		cancel()
	}
	rest.Wait()
	result.Add(&beside.Report)
	result.NotCovered = append(result.NotCovered, beside.NotCovered...)
	return errors.Join(failed, err)
}

// recounts add up beside the walk what is on record as a sum.
type recounts struct {
	dropOffs *dropoff.Recount
	book     *closing.Recount
}

func newRecounts(ctx context.Context, tx *gorm.DB, o Options) (*recounts, error) {
	dropOffs, err := dropoff.NewRecount(ctx, tx)
	if err != nil {
		return nil, err
	}
	book, err := closing.NewRecount(ctx, tx, cmp.Or(o.Zone, calendar.Shanghai))
	return &recounts{dropOffs, book}, err
}

func (result *Result) walk(ctx context.Context, txs []*gorm.DB, o Options, c *recounts) (err error) {
	parts := []ledger.Part{c.dropOffs.Page, redemption.Pages, ledger.Picks(picks)}
	if o.Since == 0 {
		parts = append(parts, c.book.Page)
	}
	result.Seals, err = ledger.VerifyIn(ctx, txs, &result.Report, ledger.Scope{
		Facts: Facts, Parts: parts, Kept: o.Kept, Since: o.Since, Progress: o.Progress})
	if o.Since > 0 {
		result.NotCovered = append(result.NotCovered, fmt.Sprintf("what seals 1 to %d hold", o.Since))
	}
	return err
}

func (result *Result) checkRest(ctx context.Context, tx *gorm.DB, o Options, recount *recounts) error {
	for _, c := range rest {
		if o.Since > 0 && c.whole != "" || o.exported && c.whole == thePhotos {
			result.NotCovered = append(result.NotCovered, c.whole)
			continue
		}
		if err := c.check(ctx, tx, &result.Report); err != nil {
			return err
		}
	}
	if o.Since > 0 {
		return nil
	}
	return recount.dropOffs.VerifyRest(ctx, tx, &result.Report)
}

// checkSums checks what needs all pages: sums on record.
func (result *Result) checkSums(ctx context.Context, tx *gorm.DB, o Options, c *recounts) error {
	if o.Since > 0 {
		result.NotCovered = append(result.NotCovered, "what the book adds up to by month, and closed months",
			"reviews, objections and what counts against the caps", "what the reports are made of")
		return nil
	}
	if err := c.book.Verify(ctx, tx, &result.Report); err != nil {
		return err
	}
	months, err := c.dropOffs.VerifySums(ctx, tx, &result.Report)
	if err != nil {
		return err
	}
	for _, month := range months {
		if err := verifyRollups(ctx, tx, month, &result.Report); err != nil {
			return err
		}
	}
	return nil
}

// verifyRollups names the rollups of a month that are not what its drop-offs add
// up to.
func verifyRollups(ctx context.Context, tx *gorm.DB, month calendar.Month, r *ledger.Report) error {
	differences, err := report.CheckRollups(ctx, tx, month)
	if err != nil {
		return err
	}
	for _, d := range differences {
		r.Find("rollup", d.VillageID, "%d %s says %+v, the drop-offs add up to %+v", d.Period, d.Category, d.Stored, d.Computed)
	}
	if len(differences) == 0 && r.Count["household_awards"] == 0 {
		r.Find("rollup", month, "holds what belongs to no village")
	}
	return nil
}

func verifyWeighIns(ctx context.Context, tx *gorm.DB, r *ledger.Report) error {
	months, err := collection.CheckMonths(ctx, tx)
	if err != nil {
		return err
	}
	for _, d := range months {
		r.Find("weigh_in_month", d.VillageID, "%s says %d g of residual waste, its tickets add up to %d g", d.Month, d.Stored, d.Computed)
	}
	baselines, err := report.CheckBaselines(ctx, tx)
	if err != nil {
		return err
	}
	for _, baselineID := range baselines {
		r.Find("baseline", baselineID, "is in force though it is not the highest signed version, or the other way round")
	}
	return nil
}
