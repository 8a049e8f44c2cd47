package expiry_test

import (
	"context"
	"testing"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/expiry"
	"hufen/internal/id"
	"hufen/internal/ledger/ledgertest"
)

// Points that had to run out and did not, though the job noted that it was done:
// verify names the accounts, and only those.
func TestVerifyDone_NotRunOut(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		kept, later, spent, back := w.house(w.north), w.house(w.north), w.house(w.north), w.house(w.north)
		slept, awake := w.house(w.south), w.house(w.south)
		year := w.rule(w.town, expiry.YearEnd, 0, 20270101)
		idle := w.rule(w.south, expiry.Idle, 5, 20270101)
		w.day(20270601)
		for _, h := range []*house{kept, spent, back, slept, awake} {
			h.award(1000)
		}
		spent.spend(600)
		bought := back.spend(1000)
		for range 12 {
			awake.award(10)
		}
		w.day(20280102)
		later.award(500)
		for range 12 {
			kept.award(10)
		}
		spent.award(700)
		spent.spend(400) // all of 2027
		awake.spend(10)
		w.note(w.north, year.ID, 20271231)
		w.note(w.south, idle.ID, 20280101)
		w.day(20280105)
		back.unspend(bought, 1000) // came back when the job had been
		w.mustFind("expiry_due", kept.account().ID, slept.account().ID)
		w.note(w.north, year.ID, 20271230)
		w.mustFind("expiry_mark", w.north)
		w.note(w.north, id.New(), 20271231)
		w.mustFind("expiry_mark", w.north)
	})
}

// An award recorded by a slow clock when the year was over and the job had been
// is no fault.
func TestVerifyDone_SlowClock(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		h := w.house(w.north)
		w.rule(w.town, expiry.YearEnd, 0, 20270101)
		w.day(20280102)
		w.run()
		w.day(20271230)
		h.award(100)
		w.mustVerify()
	})
}

// A job that was not done is no fault, but noted when the book went on for more
// than a week.
func TestVerifyDone_Overdue(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		h := w.house(w.north)
		w.rule(w.north, expiry.YearEnd, 0, 20270101)
		w.day(20270601)
		h.award(100)
		for _, c := range []struct {
			day   calendar.Day
			notes int
		}{{20280105, 0}, {20280111, 1}} {
			w.day(c.day)
			h.award(1)
			w.mustVerify()
			if got := w.notes(); len(got) != c.notes {
				t.Errorf("%s: got %q", c.day, got)
			}
		}
		w.run()
		if got := w.notes(); len(got) != 0 {
			t.Errorf("done: got %q", got)
		}
		w.mustVerify()
	})
}

// note writes that the job was done, whether it was or not.
func (w *world) note(villageID, ruleID id.ID, doneOn calendar.Day) {
	w.t.Helper()
	w.must(w.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		if _, err := database.Exec(ctx, tx, `DELETE FROM expiry_marks WHERE village_id = ?`, villageID[:]); err != nil {
			return err
		}
		return database.InsertRows(ctx, tx, "expiry_marks", []string{"village_id", "rule_id", "done_on"}, [][]any{{villageID[:], ruleID[:], int64(doneOn)}})
	}))
}

// mustFind wants findings of a check about these rows, and no others of it.
func (w *world) mustFind(check string, rows ...id.ID) {
	w.t.Helper()
	want := make(map[string]bool)
	for _, row := range rows {
		want[row.String()] = true
	}
	for _, f := range w.findings() {
		if f.Check == check && !want[f.ID] {
			w.t.Errorf("found %s %s: %s", f.Check, f.ID, f.Text)
		}
		if f.Check == check {
			delete(want, f.ID)
		}
	}
	for row := range want {
		w.t.Errorf("%s %s was not found", check, row)
	}
}

func (w *world) notes() []string {
	w.t.Helper()
	return ledgertest.Verify(w.t, w.db, checks...).Notes
}
