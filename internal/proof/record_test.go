package proof_test

import (
	"context"
	"testing"
	"time"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/ledger"
	"hufen/internal/proof"
)

// A verification of what is new finds what is wrong there, says what it does not
// look at, and begins at a seal that was found in order.
func TestRun_Since(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newTown(t, db)
		w.everything()
		sealer := ledger.NewSealer(db, ledger.NewKeyring(t.TempDir()), proof.Facts)
		seal := func() {
			t.Helper()
			_, err := sealer.SealAll(ctx)
			must(t, err)
		}
		seal()
		if height, err := proof.LastClean(ctx, db.Read); height != 0 || err != nil {
			t.Fatalf("%d, %v", height, err)
		}
		whole, err := proof.Run(ctx, db, proof.Options{})
		must(t, err)
		if !whole.Clean() || len(whole.NotCovered) != 0 {
			t.Fatalf("found %v, not covered %v", whole.Findings, whole.NotCovered)
		}
		_, err = proof.Record(ctx, db, whole)
		must(t, err)
		w.everything()
		seal()
		w.everything()
		height, err := proof.LastClean(ctx, db.Read)
		must(t, err)
		if height != whole.Seals.Height {
			t.Fatalf("seal %d was verified last, not %d", height, whole.Seals.Height)
		}
		since := func() *proof.Result {
			t.Helper()
			r, err := proof.Run(ctx, db, proof.Options{Since: height})
			must(t, err)
			return r
		}
		if r := since(); !r.Clean() || len(r.NotCovered) == 0 || r.Seals.Since != height {
			t.Errorf("found %v, not covered %v, %d entries", r.Findings, r.NotCovered, r.Entries)
		}
		change := func(statement string, args ...any) {
			t.Helper()
			must(t, db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
				_, err := database.Exec(ctx, tx, statement, args...)
				return err
			}))
		}
		newest := newestLine(t, db)
		change(`UPDATE entry_lines SET points = points + 1 WHERE entry_id = ? AND account_seq IS NOT NULL`, newest)
		if r := since(); r.Clean() {
			t.Error("a change of the newest entry was not found")
		}
		change(`UPDATE entry_lines SET points = points - 1 WHERE entry_id = ? AND account_seq IS NOT NULL`, newest)
		change(`UPDATE account_balances SET balance = balance + 1`)
		if r := since(); r.Clean() {
			t.Error("a changed balance was not found")
		}
	})
}

func newestLine(t *testing.T, db *database.DB) []byte {
	t.Helper()
	var entryID []byte
	must(t, db.Read.Raw(`SELECT entry_id FROM entry_lines WHERE account_seq IS NOT NULL ORDER BY entry_id DESC LIMIT 1`).Row().Scan(&entryID))
	return entryID
}

// Everything is verified every night while that is quick, and at least every
// week; what was found is kept.
func TestNightly(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newTown(t, db)
		w.everything()
		_, err := ledger.NewSealer(db, ledger.NewKeyring(t.TempDir()), proof.Facts).SealAll(ctx)
		must(t, err)
		night := calendar.Micros(time.Date(2030, 7, 1, 2, 30, 0, 0, calendar.Shanghai).UnixMicro())
		run := func(at calendar.Micros, want bool) *proof.Recorded {
			t.Helper()
			r, err := proof.Nightly(ctx, db, at, calendar.Shanghai)
			must(t, err)
			if (r != nil) != want {
				t.Fatalf("%+v", r)
			}
			return r
		}
		run(night.Add(9*time.Hour), false)
		if r := run(night, true); !r.OK() || r.SinceHeight != 0 || r.Height == 0 {
			t.Errorf("%+v", r)
		}
		must(t, db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
			_, err := database.Exec(ctx, tx, `UPDATE account_balances SET balance = balance + 1`)
			return err
		}))
		if r := run(night.Add(24*time.Hour), true); r.OK() || len(r.Findings) == 0 {
			t.Errorf("%+v", r)
		}
		runs, err := proof.Runs(ctx, db.Read, 10)
		must(t, err)
		if len(runs) != 2 || runs[0].OK() || len(runs[0].Findings) == 0 || !runs[1].OK() {
			t.Errorf("%+v", runs)
		}
	})
}
