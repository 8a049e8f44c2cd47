package closing_test

import (
	"context"
	"testing"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/closing"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/ledger/ledgertest"
)

// What a closed month counted of its drop-offs is recomputed from what was recorded
// by then; what came late, or was taken back, changes today's figures and not
// those.
func TestVerifyCounted(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.award(noon(20260701), 0, 10_000) // the book begins
		first := w.counted(noon(20260715), 1000, 200)
		w.counted(noon(20260720), 500, 100)
		w.roll(2, 1500, 300, 2)
		w.close(july)
		clean := func(what string) {
			t.Helper()
			for _, f := range ledgertest.Verify(t, db, verifyCounted).Findings {
				t.Errorf("%s: %s %s", what, f.Check, f.Text)
			}
		}
		clean("closed")
		w.counted(noon(20260920), 700, 140) // of July, recorded long after it was closed on 3 September
		w.roll(3, 2200, 440, 3)
		clean("late")
		back := id.New()
		dbtest.Insert(t, db, "entries", "id, kind, effective_at, recorded_at, village_id, actor_id, reverses_id, source_hash, content_hash",
			back[:], "reversal", 1, int64(noon(20260921)), w.north[:], w.zhang.ID[:], first[:], make([]byte, 32), make([]byte, 32))
		w.roll(2, 1200, 240, 2)
		clean("taken back")
		ledgertest.Tamper(t, db, dbtest.Tampering{Statements: []string{
			"UPDATE closing_figures SET value = value + 1 WHERE name = 'grams'",
			"UPDATE closing_figures SET value = value - 1 WHERE name = 'recyclable_grams'",
			"UPDATE closing_figures SET value = value + 1 WHERE name = 'visits'",
			"UPDATE closing_figures SET value = value - 1 WHERE name = 'credited'",
			"UPDATE closing_figures SET value = 9 WHERE name = 'households'",
			"DELETE FROM closing_figures WHERE name = 'grams'",
		}}, verifyCounted)
	})
}

func verifyCounted(ctx context.Context, tx *gorm.DB, r *ledger.Report) error {
	kept, err := closing.ReadKept(ctx, tx)
	for i := range kept {
		kept[i].VerifyCounted(r)
	}
	return err
}

// counted is a drop-off of paper in the north in July that was credited.
func (w *world) counted(recordedAt calendar.Micros, grams, credited int64) id.ID {
	w.t.Helper()
	d, home := id.New(), id.New()
	dbtest.Insert(w.t, w.db, "drop_offs", "id, household_id, card_id, village_id, cleaner_id, tariff_id, happened_at, recorded_at, day, month, earned, cut, cut_period, status, content_hash",
		d[:], home[:], d[:], w.north[:], d[:], d[:], 1, int64(recordedAt), 20260715, 202607, credited, 0, "", "credited", make([]byte, 32))
	dbtest.Insert(w.t, w.db, "drop_off_items", "drop_off_id, line_no, item, category, grams, pieces, grade, earned, cut", d[:], 1, "paper", "recyclable", grams, 0, "", credited, 0)
	return d
}

// roll writes what the drop-offs of the north in July add up to.
func (w *world) roll(visits, grams, credited, households int64) {
	w.t.Helper()
	w.must(w.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		_, err := database.Exec(ctx, tx, `DELETE FROM rollups WHERE village_id = ?`, w.north[:])
		return err
	}))
	dbtest.Insert(w.t, w.db, "rollups", `village_id, period, drop_offs, grams, points, households, food_drop_offs, food_grams, food_points,
		recyclable_drop_offs, recyclable_grams, recyclable_points, hazardous_drop_offs, hazardous_grams, hazardous_points,
		residual_drop_offs, residual_grams, residual_points`, w.north[:], 202607, visits, grams, credited, households, 0, 0, 0, visits, grams, credited, 0, 0, 0, 0, 0, 0)
}
