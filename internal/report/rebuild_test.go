package report_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/division"
	"hufen/internal/dropoff"
	"hufen/internal/household"
	"hufen/internal/id"
	"hufen/internal/report"
)

// town is a village with households whose drop-offs go through the real posting
// path.
type town struct {
	*dropoff.Service
	t              *testing.T
	db             *database.DB
	village        id.ID
	codes          []string
	cleaner, cadre auth.Actor
}

func newTown(t *testing.T, db *database.DB, households int) *town {
	t.Helper()
	w := &town{t: t, db: db, village: id.New()}
	keys, err := household.OpenKeys(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w.cleaner = auth.Actor{ID: id.New(), Kind: auth.Person, Grants: []auth.Grant{{Role: auth.Cleaner, DivisionID: w.village}}}
	w.cadre = auth.Actor{ID: id.New(), Kind: auth.Person, Grants: []auth.Grant{{Role: auth.Cadre, DivisionID: w.village}}}
	dbtest.Exec(w.t, w.db, `INSERT INTO divisions (id, level, name, code, valid_from, updated_at) VALUES (?, 'village', '青竹湾村', '511702108201', 20000101, 1)`, w.village)
	for i := range households {
		householdID, cardID := id.New(), id.New()
		code := keys.Code(cardID, 1)
		hash := code.Hash()
		dbtest.Exec(w.t, w.db, `INSERT INTO households (id, village_id, division_id, house_number, member_count, opened_at, updated_at) VALUES (?,?,?,?,2,1,1)`,
			householdID, w.village, w.village, fmt.Sprint(i))
		dbtest.Exec(w.t, w.db, `INSERT INTO cards (id, household_id, version, code_hash, issued_at, issued_by) VALUES (?,?,1,?,1,?)`, cardID, householdID, hash[:], w.cadre.ID)
		w.codes = append(w.codes, code.String())
	}
	divisions := division.New(db, calendar.Shanghai)
	w.Service = dropoff.New(db, divisions, calendar.Shanghai)
	t.Cleanup(w.Service.Close)
	_, _, err = w.AddTariff(context.Background(), auth.SystemActor("test"), dropoff.NewTariff{ID: id.New(), DivisionID: w.village, ValidFrom: divisions.Today(),
		Rules: []dropoff.Rule{
			{Item: "food", Category: "food", NameZh: "厨余", NameEn: "Kitchen", Basis: dropoff.PerGrade, PerCount: 1, Grades: dropoff.Grades{Excellent: 1000}},
			{Item: "recyclable.paper", Category: "recyclable", NameZh: "废纸", NameEn: "Paper", Basis: dropoff.PerKg, Points: 200, PerCount: 1},
			{Item: "recyclable.glass", Category: "recyclable", NameZh: "玻璃", NameEn: "Glass", Basis: dropoff.PerKg, Points: 100, PerCount: 1},
		},
		Caps: []dropoff.Cap{{Period: "day", Category: dropoff.AllCategories, Points: 2000}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// drop records paper, glass and kitchen waste of household i.
func (w *town) drop(i int, paper, glass int64) *dropoff.DropOff {
	w.t.Helper()
	d, err := w.Record(context.Background(), w.cleaner, dropoff.Input{ID: id.New(), CardCode: w.codes[i], HappenedAt: calendar.Now(),
		Items: []dropoff.ItemInput{{Item: "recyclable.paper", Grams: &paper}, {Item: "recyclable.glass", Grams: &glass}, {Item: "food", Grade: "excellent"}}})
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

func (w *town) differences() []report.RollupDifference {
	w.t.Helper()
	var found []report.RollupDifference
	err := w.db.Snapshot(context.Background(), func(ctx context.Context, tx *gorm.DB) error {
		months, err := report.RollupMonths(ctx, tx)
		for _, month := range months {
			var some []report.RollupDifference
			if err == nil {
				some, err = report.CheckRollups(ctx, tx, month)
			}
			found = append(found, some...)
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

func TestRebuild(t *testing.T) {
	ctx := context.Background()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newTown(t, db, 6)
		month := calendar.MonthOf(calendar.Now(), calendar.Shanghai)
		w.drop(0, 1000, 500)
		w.drop(0, 7000, 500) // cut by the cap
		back := w.drop(1, 1000, 500)
		if _, err := w.Reverse(ctx, w.cleaner, id.New(), back.ID, "错了"); err != nil {
			t.Fatal(err)
		}
		held, refused, undone := w.drop(2, 30_000, 1), w.drop(3, 30_000, 1), w.drop(4, 30_000, 1) // above 10 kg a person: wait for a cadre
		for _, d := range []*dropoff.DropOff{held, refused, undone} {
			if d.Status != dropoff.Pending {
				t.Fatalf("got %+v", d)
			}
			if _, err := w.Review(ctx, w.cadre, dropoff.Review{ID: id.New(), DropOffID: d.ID, Accept: d != refused, Reason: "看过"}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.Reverse(ctx, w.cadre, id.New(), undone.ID, "还是不对"); err != nil {
			t.Fatal(err)
		}
		w.drop(5, 30_000, 1) // waits
		if found := w.differences(); len(found) > 0 {
			t.Fatalf("the posting path and the facts differ: %+v", found)
		}

		dbtest.Exec(w.t, w.db, `UPDATE rollups SET food_grams = food_grams + 1 WHERE period < 1000000`)
		dbtest.Exec(w.t, w.db, `UPDATE rollups SET recyclable_drop_offs = 0, recyclable_grams = 0, recyclable_points = 0 WHERE period > 999999`)
		dbtest.Exec(w.t, w.db, `UPDATE rollups SET households = 9 WHERE period < 1000000`)
		found := w.differences()
		if len(found) != 3 || found[0].Stored.Households != 9 || found[0].Computed.Households != 2 || found[0].Computed.DropOffs != 3 {
			t.Errorf("got %+v", found)
		}
		if err := report.Rebuild(ctx, db, month); err != nil {
			t.Fatal(err)
		}
		if found := w.differences(); len(found) > 0 {
			t.Errorf("after the rebuild: %+v", found)
		}
		w.drop(5, 100, 100)
		if found := w.differences(); len(found) > 0 {
			t.Errorf("a drop-off after the rebuild: %+v", found)
		}
	})
}

// Drop-offs go on while the rollups are rebuilt, and none is lost or counted
// twice.
func TestRebuild_race(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newTown(t, db, 8)
		month := calendar.MonthOf(calendar.Now(), calendar.Shanghai)
		var wg sync.WaitGroup
		for i := range w.codes {
			wg.Go(func() {
				for range 15 {
					w.drop(i, 100, 100)
				}
			})
		}
		for range 8 {
			if err := report.Rebuild(context.Background(), db, month); err != nil {
				t.Error(err)
			}
		}
		wg.Wait()
		if found := w.differences(); len(found) > 0 {
			t.Errorf("got %+v", found)
		}
	})
}
