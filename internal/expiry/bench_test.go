package expiry_test

import (
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"

	"gorm.io/gorm"

	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/expiry"
	"hufen/internal/id"
	"hufen/internal/ledger"
)

const (
	benchLots   = 100_000
	benchAwards = 5 // in the lot, and one since
)

// What it takes to let 100,000 lots run out, one of each household, a tenth of
// which was given points since. Each iteration is all of them:
//
//	go test -run - -bench Run -benchtime 1x ./internal/expiry
func BenchmarkRun(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *database.DB{"SQLite": dbtest.OpenSQLite, "MariaDB": dbtest.OpenMariaDB} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				w := newWorld(b, open(b))
				households := w.many(benchLots)
				w.rule(w.town, expiry.YearEnd, 0, 20270101)
				w.day(20271201)
				for range benchAwards {
					w.awardAll(households)
				}
				w.day(20280101)
				w.awardAll(households[:benchLots/10])
				before := processorTime(b)
				b.StartTimer()
				done, err := w.Run(ctx)
				b.StopTimer()
				b.ReportMetric(float64((processorTime(b)-before).Microseconds())/benchLots, "cpu-µs/lot")
				if err != nil || done.Accounts != benchLots || done.Points != benchLots*benchAwards*10 {
					b.Fatalf("%+v, %v", done, err)
				}
				b.ReportMetric(benchLots*float64(b.N)/b.Elapsed().Seconds(), "lots/s")
				var r ledger.Report
				started := b.Elapsed()
				b.StartTimer()
				w.must(w.db.Snapshot(ctx, func(ctx context.Context, tx *gorm.DB) error { return expiry.Verify(ctx, tx, &r) }))
				b.StopTimer()
				b.ReportMetric(benchLots/(b.Elapsed()-started).Seconds(), "verified/s")
				if !r.Clean() {
					b.Fatalf("%+v", r.Findings)
				}
			}
		})
	}
}

// processorTime is this program's, which for SQLite is all there is.
func processorTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// many writes households of the north.
func (w *world) many(n int) []id.ID {
	ids := make([]id.ID, n)
	rows := make([][]any, n)
	for i := range ids {
		ids[i] = id.New()
		rows[i] = []any{ids[i][:], w.north[:], w.north[:], fmt.Sprint(i), 3, 1, 1}
	}
	w.must(w.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		return database.InsertRows(ctx, tx, "households", []string{"id", "village_id", "division_id", "house_number", "member_count", "opened_at", "updated_at"}, rows)
	}))
	return ids
}

// awardAll gives each household 0.10 points, a thousand at a time.
func (w *world) awardAll(households []id.ID) {
	for at := 0; at < len(households); at += 1000 {
		part := households[at:min(at+1000, len(households))]
		w.must(w.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
			accounts := make([]ledger.Account, len(part))
			for i, householdID := range part {
				accounts[i] = ledger.HouseholdAccount(householdID, w.north)
			}
			batch, err := ledger.Lock(ctx, tx, w.now, accounts)
			if err != nil {
				return err
			}
			for _, householdID := range part {
				entry := &ledger.Entry{ID: id.New(), Kind: ledger.DropOff, EffectiveAt: w.now, VillageID: w.north, ActorID: w.official.ID,
					Lines: ledger.Award(householdID, w.north, 10)}
				if err := batch.Post(ledger.Request{ID: entry.ID, Kind: entry.Kind, ActorID: entry.ActorID}, entry); err != nil {
					return err
				}
			}
			return batch.Write(ctx)
		}))
	}
}
