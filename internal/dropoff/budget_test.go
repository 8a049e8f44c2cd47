package dropoff_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/budget"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/dropoff"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/ledger/ledgertest"
)

// What comes when the village's budget is used up waits for a review; one that
// earns nothing needs none.
func TestService_Record_OverBudget(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, 2)
		budgets := budget.New(db, w.divisions, calendar.Shanghai)
		w.WatchBudget(budgets.Full, roomOf(budgets))
		record := func(in dropoff.Input, status, reason string) {
			t.Helper()
			d, err := w.Record(t.Context(), w.cleaner, in)
			if err != nil {
				t.Fatal(err)
			}
			if d.Status != status || d.ReviewReason != reason {
				t.Errorf("got %s %q, want %s %q", d.Status, d.ReviewReason, status, reason)
			}
		}
		record(w.paper(0, 2000), dropoff.Credited, "")
		_, _, err := budgets.Set(t.Context(), auth.SystemActor("test"), budget.Budget{ID: id.New(), DivisionID: w.village, Period: budget.Month,
			ValidFrom: w.divisions.Today().Month(), Points: 400, AtFull: budget.Hold})
		if err != nil {
			t.Fatal(err)
		}
		record(w.paper(1, 2000), dropoff.Pending, "over_budget")
		nothing := w.paper(1, 1)
		nothing.Items = []dropoff.ItemInput{{Item: "food", Grade: "poor"}}
		record(nothing, dropoff.Credited, "")
		if w.balance(1) != 0 {
			t.Errorf("balance %s", w.balance(1))
		}
		ledgertest.MustVerify(t, db)
	})
}

func roomOf(budgets *budget.Service) func(context.Context) (dropoff.Room, error) {
	return func(ctx context.Context) (dropoff.Room, error) {
		room, err := budgets.Room(ctx)
		return room.Take, err
	}
}

// An objection period that ends when the budget is used up: what there is room
// for is credited, the rest waits for a cadre, with the budget as the reason.
// What was given by hand counts.
func TestService_CreditPosted_OverBudget(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, 4)
		budgets := budget.New(db, w.divisions, calendar.Shanghai)
		w.WatchBudget(budgets.Full, roomOf(budgets))
		now := calendar.Now()
		w.RunAt(func() calendar.Micros { return now })
		dbtest.Insert(w.t, w.db, "division_ancestors", "ancestor_id, division_id, distance", w.village[:], w.village[:], 0)
		settingID, adjustmentID := id.New(), id.New()
		dbtest.Insert(w.t, w.db, "settings", "id, division_id, name, value, valid_from, recorded_at, actor_id", settingID[:], w.town[:], "credit_recyclable", 5, 20200101, 1, w.town[:])
		w.divisions.Forget()
		var brought []*dropoff.DropOff
		for i := range 4 {
			d, err := w.Record(t.Context(), w.cleaner, w.paper(i, 2000))
			if err != nil || !d.Posted() {
				t.Fatalf("%+v, %v", d, err)
			}
			brought = append(brought, d)
		}
		_, _, err := budgets.Set(t.Context(), auth.SystemActor("test"), budget.Budget{ID: id.New(), DivisionID: w.village, Period: budget.Month,
			ValidFrom: w.divisions.Today().Month(), Points: 1000, AtFull: budget.Hold})
		if err != nil {
			t.Fatal(err)
		}
		dbtest.Insert(w.t, w.db, "adjustments", "id, kind, household_id, village_id, town_id, points, reason, limit_points, alone_points, day, content_hash",
			adjustmentID[:], "adjustment", w.households[3][:], w.village[:], w.town[:], 250, "x", 0, 0, int64(w.divisions.Today()), make([]byte, 32))
		dbtest.Insert(w.t, w.db, "adjustment_acts", "id, adjustment_id, step, act, actor_id, acted_at, act_hash", adjustmentID[:], adjustmentID[:], 1, "post", w.cadre.ID[:], 1, make([]byte, 32))
		now = now.Add(6 * 24 * time.Hour)
		credited, err := w.CreditPosted(t.Context())
		if err != nil || credited != 2 {
			t.Errorf("credited %d, want 2: %v", credited, err)
		}
		for i, in := range brought {
			d, err := w.Get(t.Context(), w.cadre, in.ID)
			if err != nil {
				t.Fatal(err)
			}
			if i < 2 && d.Status != dropoff.Credited || i >= 2 && (d.Status != dropoff.Pending || d.ReviewReason != "over_budget" || d.Posted() || d.Objection != "") {
				t.Errorf("%d is %s, %q, posted %v", i, d.Status, d.ReviewReason, d.Posted())
			}
		}
		if credited, err = w.CreditPosted(t.Context()); err != nil || credited != 0 {
			t.Errorf("credited %d again: %v", credited, err)
		}
		if _, err := w.Object(t.Context(), w.cadre, id.New(), brought[2].ID, "x"); !fault.Is(err, "drop_off.not_posted") {
			t.Errorf("objected: %v", err)
		}
		ledgertest.MustVerify(t, db)
		if found := findings(t, db, "UPDATE budgets SET at_full = 'warn'"); found["drop_off_objection"] != 2 {
			t.Errorf("a wait for no budget: found %v", found)
		}
		for _, accept := range []bool{true, false} {
			if _, err := w.Review(t.Context(), w.cadre, dropoff.Review{ID: id.New(), DropOffID: brought[2].ID, Accept: accept, Reason: "x"}); (err == nil) != accept {
				t.Errorf("accept %v: %v", accept, err)
			}
		}
		if w.balance(2) != 400 {
			t.Errorf("balance %s", w.balance(2))
		}
		ledgertest.MustVerify(t, db)
	})
}

// findings makes a change, verifies, and takes the change back.
func findings(t *testing.T, db *database.DB, statement string) map[string]int {
	t.Helper()
	var r ledger.Report
	undo := errors.New("undo")
	err := db.InTx(t.Context(), func(ctx context.Context, tx *gorm.DB) error {
		if _, err := database.Exec(ctx, tx, statement); err != nil {
			return err
		}
		return errors.Join(dropoff.Verify(ctx, tx, &r), undo)
	})
	if !errors.Is(err, undo) {
		t.Fatal(err)
	}
	return r.Count
}
