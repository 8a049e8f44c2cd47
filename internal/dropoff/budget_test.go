package dropoff_test

import (
	"testing"

	"hufen/internal/auth"
	"hufen/internal/budget"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/dropoff"
	"hufen/internal/id"
	"hufen/internal/ledger/ledgertest"
)

// What comes when the village's budget is used up waits for a review; one that
// earns nothing needs none.
func TestService_Record_OverBudget(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, 2)
		budgets := budget.New(db, w.divisions, calendar.Shanghai)
		w.WatchBudget(budgets.Full)
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
