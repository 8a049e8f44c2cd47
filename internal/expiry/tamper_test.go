package expiry_test

import (
	"context"
	"testing"

	"gorm.io/gorm"

	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/expiry"
	"hufen/internal/ledger/ledgertest"
)

// Somebody with rights on the database changes one value, or deletes one row:
// verify finds it.
func TestVerify_Tampering(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		a, b, c := w.house(w.north), w.house(w.north), w.house(w.south)
		w.rule(w.town, expiry.YearEnd, 2, 20270101)
		w.rule(w.south, expiry.Idle, 5, 20270101)
		w.day(20270601)
		a.award(1000)
		b.award(500)
		c.award(300)
		w.day(20280115)
		a.award(400)
		spent := a.spend(150)
		b.unspend(b.spend(20), 20)
		w.day(20280301)
		a.award(5)
		w.run()
		a.unspend(spent, 150)
		w.mustVerify()
		ledgertest.Tamper(t, db, dbtest.Tampering{Rows: 3, AtLeast: 50, Values: map[string][]string{
			"mode":        {"'none'", "CASE mode WHEN 'idle' THEN 'year_end' ELSE 'idle' END"},
			"time_zone":   {"'x'", "'Europe/Zurich'"},
			"months":      {"months + 1", "months - 1"},
			"valid_from":  {"valid_from + 1", "valid_from - 1"},
			"recorded_at": {"recorded_at + 1", "recorded_at - 1"},
			"points":      {"points + 1", "points - 1"},
			"expires_on":  {"expires_on + 1", "expires_on - 1"},
			"through_seq": {"through_seq + 1", "through_seq - 1"},
		}, Tables: map[string]dbtest.Table{"expiry_rules": {Key: "id"}, "expiries": {Key: "entry_id"}}}, checks...)
	})
}

// An insider who also computes every hash anew still cannot take more than the
// lot: verify knows what was left of it.
func TestVerify_WrongAmount(t *testing.T) {
	for name, forge := range map[string]func(w *world, e *expiry.Expiry){
		"expiry_points": func(_ *world, e *expiry.Expiry) { e.Points++ },
		"expiry_lot":    func(_ *world, e *expiry.Expiry) { e.Through-- },
		"expiry_day":    func(_ *world, e *expiry.Expiry) { e.ExpiresOn = 20271130 },
		"expiry_early":  func(w *world, _ *expiry.Expiry) { w.day(20271231) },
		"expiry_rule":   func(w *world, e *expiry.Expiry) { e.RuleID = w.rule(w.south, expiry.YearEnd, 1, 20280101).ID },
	} {
		t.Run(name, func(t *testing.T) {
			db := dbtest.OpenSQLite(t)
			w := newWorld(t, db)
			h := w.house(w.north)
			rule := w.rule(w.town, expiry.YearEnd, 0, 20270101)
			w.day(20270601)
			h.award(1000)
			h.spend(10)
			w.day(20280101)
			e := &expiry.Expiry{HouseholdID: h.id, VillageID: h.village, RuleID: rule.ID, ExpiresOn: 20271231, Through: 2, Points: 990}
			forge(w, e)
			h.award(50)
			w.must(db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error { return expiry.Forge(ctx, tx, w.Service, e) }))
			for _, f := range w.findings() {
				if f.ID == e.EntryID.String() && f.Check == name {
					return
				}
			}
			t.Errorf("not found: %+v", w.findings())
		})
	}
}
