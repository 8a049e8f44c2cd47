package budget_test

import (
	"context"
	"testing"
	"time"

	"hufen/internal/auth"
	"hufen/internal/budget"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/ledger/ledgertest"
	"hufen/internal/points"
)

var ctx = context.Background()

// world is a town with two villages in August 2026.
type world struct {
	*budget.Service
	t                  *testing.T
	db                 *database.DB
	town, north, south id.ID
	wang               auth.Actor
}

func newWorld(t *testing.T, db *database.DB) *world {
	w := &world{t: t, db: db, town: id.New(), north: id.New(), south: id.New()}
	dbtest.Exec(w.t, w.db, "INSERT INTO divisions (id, level, name, code, valid_from, updated_at) VALUES (?, 'town', '碑庙镇', '511702102', 20200101, 1)", w.town[:])
	dbtest.Exec(w.t, w.db, "INSERT INTO division_ancestors (ancestor_id, division_id, distance) VALUES (?, ?, 0)", w.town[:], w.town[:])
	for _, village := range []id.ID{w.north, w.south} {
		dbtest.Exec(w.t, w.db, "INSERT INTO divisions (id, parent_id, level, name, code, valid_from, updated_at) VALUES (?, ?, 'village', ?, '', 20200101, 1)", village[:], w.town[:], village.String())
		dbtest.Exec(w.t, w.db, "INSERT INTO division_ancestors (ancestor_id, division_id, distance) VALUES (?, ?, 0)", village[:], village[:])
		dbtest.Exec(w.t, w.db, "INSERT INTO division_ancestors (ancestor_id, division_id, distance) VALUES (?, ?, 1)", w.town[:], village[:])
	}
	w.wang = auth.Actor{ID: id.New(), Kind: auth.Person, Grants: []auth.Grant{{Role: auth.TownOfficial, DivisionID: w.town}}}
	w.Service = budget.New(db, division.New(db, calendar.Shanghai), calendar.Shanghai)
	w.RunAt(func() calendar.Micros {
		return calendar.Day(20260815).Start(calendar.Shanghai) + calendar.Micros(12*time.Hour/time.Microsecond)
	})
	return w
}

// give says what a village gave in a month.
func (w *world) give(village id.ID, month calendar.Month, amount points.Points) {
	w.t.Helper()
	dbtest.Exec(w.t, w.db, `DELETE FROM rollups WHERE village_id = ? AND period = ?`, village[:], int64(month))
	dbtest.Exec(w.t, w.db, `INSERT INTO rollups (village_id, period, drop_offs, grams, points, households, food_drop_offs, food_grams, food_points,
		recyclable_drop_offs, recyclable_grams, recyclable_points, hazardous_drop_offs, hazardous_grams, hazardous_points,
		residual_drop_offs, residual_grams, residual_points) VALUES (?, ?, 1, 1, ?, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)`, village[:], int64(month), int64(amount))
}

func (w *world) set(division id.ID, period string, from calendar.Month, amount points.Points, atFull string) budget.Budget {
	w.t.Helper()
	made, _, err := w.Set(ctx, w.wang, budget.Budget{ID: id.New(), DivisionID: division, Period: period, ValidFrom: from, Points: amount, AtFull: atFull})
	if err != nil {
		w.t.Fatal(err)
	}
	return made
}

func (w *world) standing(division id.ID) (used points.Points, state string) {
	w.t.Helper()
	list, err := w.List(ctx, w.wang, division, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, one := range list {
		if one.Division.ID == division {
			return one.Used, one.State()
		}
	}
	return 0, ""
}

func TestService_List(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.give(w.north, 202608, 700)
		w.give(w.south, 202607, 50)
		w.give(w.south, 202606, 1_000_000) // the quarter before
		w.set(w.town, budget.Quarter, 202608, 1000, budget.Warn)
		if used, state := w.standing(w.town); used != 750 || state != "ok" {
			t.Errorf("used %s, %s", used, state)
		}
		w.give(w.south, 202608, 50)
		if used, state := w.standing(w.town); used != 800 || state != "near" {
			t.Errorf("used %s, %s", used, state)
		}
		w.give(w.south, 202608, 250)
		if used, state := w.standing(w.town); used != 1000 || state != "full" {
			t.Errorf("used %s, %s", used, state)
		}
		w.set(w.north, budget.Month, 202609, 10, budget.Warn)
		if _, state := w.standing(w.north); state != "" {
			t.Errorf("a budget of September holds in August: %s", state)
		}
		w.set(w.town, budget.Month, 202608, 0, budget.Warn)
		if _, state := w.standing(w.town); state != "" {
			t.Errorf("an ended budget holds: %s", state)
		}
	})
}

// A used-up budget holds the drop-offs of its villages and period, and nobody
// else's.
func TestService_Full(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.give(w.north, 202608, 700)
		full := func(village id.ID, month calendar.Month) bool { return w.Full(ctx, village, month) }
		if full(w.north, 202608) {
			t.Error("full without a budget")
		}
		w.set(w.north, budget.Month, 202608, 500, budget.Warn)
		if full(w.north, 202608) {
			t.Error("holds where it should only warn")
		}
		w.set(w.north, budget.Month, 202608, 500, budget.Hold)
		if !full(w.north, 202608) || full(w.north, 202607) || full(w.south, 202608) {
			t.Error("the village's budget of August")
		}
		w.set(w.north, budget.Month, 202608, 900, budget.Hold)
		if full(w.north, 202608) {
			t.Error("holds though there is more now")
		}
		w.set(w.town, budget.Year, 202608, 700, budget.Hold)
		if !full(w.south, 202608) || !full(w.south, 202609) || full(w.south, 202607) {
			t.Error("the town's budget of the year")
		}
	})
}

func TestService_Set(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		made := w.set(w.town, budget.Month, 202608, 1000, budget.Warn)
		if _, replayed, err := w.Set(ctx, w.wang, made); !replayed || err != nil {
			t.Errorf("again: %v, %v", replayed, err)
		}
		try := func(what string, actor auth.Actor, change func(*budget.Budget), code string) {
			t.Helper()
			in := made
			in.ID = id.New()
			change(&in)
			if _, _, err := w.Set(ctx, actor, in); !fault.Is(err, code) {
				t.Errorf("%s: got %v, want %s", what, err, code)
			}
		}
		try("other content", w.wang, func(b *budget.Budget) { b.ID, b.Points = made.ID, 5 }, "request.id_reused")
		try("the past", w.wang, func(b *budget.Budget) { b.ValidFrom = 202607 }, "budget.past_month")
		try("below zero", w.wang, func(b *budget.Budget) { b.Points = -1 }, "budget.points")
		try("elsewhere", w.wang, func(b *budget.Budget) { b.DivisionID = id.New() }, "division.unknown")
		cadre := auth.Actor{ID: id.New(), Kind: auth.Person, Grants: []auth.Grant{{Role: auth.Cadre, DivisionID: w.town}}}
		try("a cadre", cadre, func(*budget.Budget) {}, "budget.not_yours")
		w.set(w.north, budget.Year, 202609, 5, budget.Hold)
		ledgertest.MustVerify(t, db)
	})
}

// Somebody changes, removes or adds a budget in the database: verify finds it.
func TestVerify_Tampering(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.set(w.town, budget.Month, 202608, 1000, budget.Warn)
		ledgertest.MustVerify(t, db, budget.Verify)
		ledgertest.Tamper(t, db, dbtest.Tampering{Rows: 1, AtLeast: 10, Tables: map[string]dbtest.Table{"budgets": {Key: "id"}}, Values: map[string][]string{
			"period": {"'year'"}, "at_full": {"'hold'"}, "valid_from": {"valid_from + 1"},
		}, Statements: []string{
			"INSERT INTO budgets SELECT actor_id, division_id, period, valid_from, points, at_full, recorded_at, actor_id FROM budgets",
		}}, budget.Verify)
	})
}
