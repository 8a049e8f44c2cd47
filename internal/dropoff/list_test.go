package dropoff_test

import (
	"testing"

	"hufen/internal/auth"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/dropoff"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// The totals of a list by village were those without its first village: the
// sixteen bytes of its id became sixteen numbers on their way to the statement.
func TestService_List_Totals(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx, w := t.Context(), newWorld(t, db, 2)
		for i := range 2 {
			if _, err := w.Record(ctx, w.cleaner, w.paper(i, 2500)); err != nil {
				t.Fatal(err)
			}
		}
		d := w.divisions.Today()
		want := dropoff.Totals{DropOffs: 2, Households: 2, Grams: 5000, Credited: 1000}
		for _, f := range []dropoff.Filter{{Day: d, Limit: 10}, {Day: d, DivisionID: w.village, Limit: 1}} {
			list, totals, err := w.List(ctx, w.cadre, f)
			if err != nil || len(list) == 0 || totals != want {
				t.Errorf("%d drop-offs, %+v, %v; want %+v", len(list), totals, err, want)
			}
		}
		if _, totals, err := w.List(ctx, w.cleaner, dropoff.Filter{Day: d, Limit: 10}); err != nil || totals != want {
			t.Errorf("the cleaner's own: %+v, %v", totals, err)
		}
	})
}

// A cleaner who asks for a division gets the own drop-offs there, and learns
// nothing of divisions elsewhere.
func TestService_List_CleanerByDivision(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx, w := t.Context(), newWorld(t, db, 1)
		if _, err := w.Record(ctx, w.cleaner, w.paper(0, 2500)); err != nil {
			t.Fatal(err)
		}
		day := w.divisions.Today()
		list, _, err := w.List(ctx, w.cleaner, dropoff.Filter{Day: day, DivisionID: w.village, Limit: 10})
		if err != nil || len(list) != 1 {
			t.Errorf("%d drop-offs, %v", len(list), err)
		}
		for _, elsewhere := range []id.ID{w.town, id.New()} {
			if _, _, err := w.List(ctx, w.cleaner, dropoff.Filter{Day: day, DivisionID: elsewhere, Limit: 10}); !fault.Is(err, "division.unknown") {
				t.Errorf("elsewhere: %v", err)
			}
		}
	})
}

// Somebody of one village group does not see the drop-offs of the whole village.
func TestService_List_Group(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx, w := t.Context(), newWorld(t, db, 1)
		if _, err := w.Record(ctx, w.cleaner, w.paper(0, 2500)); err != nil {
			t.Fatal(err)
		}
		group := id.New()
		dbtest.Insert(w.t, w.db, "divisions", "id, parent_id, level, name, code, valid_from, updated_at", group[:], w.village[:], "group", "一组", "", 20200101, 1)
		w.divisions.Forget()
		leader := auth.Actor{ID: id.New(), Kind: auth.Person, Grants: []auth.Grant{{Role: auth.Cadre, DivisionID: group}}}
		for _, asked := range []id.ID{{}, group} {
			list, totals, err := w.List(ctx, leader, dropoff.Filter{Day: w.divisions.Today(), DivisionID: asked, Limit: 10})
			if err != nil || len(list) != 0 || totals != (dropoff.Totals{}) {
				t.Errorf("%d drop-offs, %+v, %v", len(list), totals, err)
			}
		}
		if list, _, err := w.List(ctx, w.cadre, dropoff.Filter{Day: w.divisions.Today(), DivisionID: group, Limit: 10}); err != nil || len(list) != 1 {
			t.Errorf("the village's cadre sees %d, %v", len(list), err)
		}
	})
}
