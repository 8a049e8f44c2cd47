package proof_test

import (
	"context"
	"encoding/hex"
	"slices"
	"testing"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/closing"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/division"
	"hufen/internal/dropoff"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/proof"
)

// Sums on record are recounted by their weighed sums: each changed cell is found
// and named, also where what one cell lost another one won. Awards by a review,
// and what was taken back, are part of it.
func TestRun_NamesSumsOnRecord(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newTown(t, db)
		w.everything()
		cadre := auth.Actor{ID: id.New(), Kind: auth.Person, Grants: []auth.Grant{{Role: auth.Cadre, DivisionID: w.village}}}
		for i, grams := range []int64{3000, 100, 60_000} {
			_, code := w.newHousehold()
			d, err := w.dropOffs.Record(ctx, w.cleaner, dropoff.Input{ID: id.New(), CardCode: code, HappenedAt: calendar.Now(),
				Items: []dropoff.ItemInput{{Item: "paper", Grams: &grams}, {Item: "paper", Grams: &grams}}})
			must(t, err)
			if i == 1 {
				_, err = w.dropOffs.Reverse(ctx, w.cleaner, id.New(), d.ID, "错了")
				must(t, err)
			}
		}
		var pending id.ID
		must(t, db.Read.Raw(`SELECT h.drop_off_id FROM drop_off_holds h LEFT JOIN drop_off_reviews r ON r.drop_off_id = h.drop_off_id
			WHERE r.id IS NULL LIMIT 1`).Row().Scan(&pending))
		_, err := w.dropOffs.Review(ctx, cadre, dropoff.Review{ID: id.New(), DropOffID: pending, Accept: true})
		must(t, err)
		_, err = w.dropOffs.Reverse(ctx, cadre, id.New(), pending, "还是不对")
		must(t, err)
		_, err = ledger.NewSealer(db, ledger.NewKeyring(t.TempDir()), proof.Facts).SealAll(ctx)
		must(t, err)
		_, err = closing.New(db, division.New(db, calendar.Shanghai), calendar.Shanghai, closing.Sources{}).Book(ctx)
		must(t, err)
		checks := func() []string {
			r, err := proof.Run(ctx, db, proof.Options{})
			must(t, err)
			var names []string
			for _, f := range r.Findings {
				names = append(names, f.Check)
			}
			return slices.Compact(names)
		}
		if found := checks(); len(found) > 0 {
			t.Fatalf("found %v", found)
		}
		for _, c := range []struct{ change, back, check string }{
			{`UPDATE household_awards SET points = points + 100 WHERE period < 1000000`, `UPDATE household_awards SET points = points - 100 WHERE period < 1000000`, "household_awards"},
			{`UPDATE household_awards SET drop_offs = drop_offs + 1 WHERE period < 1000000`, `UPDATE household_awards SET drop_offs = drop_offs - 1 WHERE period < 1000000`, "household_awards"},
			{`UPDATE rollups SET households = households + 1 WHERE period < 1000000`, `UPDATE rollups SET households = households - 1 WHERE period < 1000000`, "rollup"},
			{`UPDATE rollups SET grams = grams + 1 WHERE period > 1000000`, `UPDATE rollups SET grams = grams - 1 WHERE period > 1000000`, "rollup"},
			{`UPDATE rollups SET recyclable_points = recyclable_points + 1, points = points - 1`, `UPDATE rollups SET recyclable_points = recyclable_points - 1, points = points + 1`, "rollup"},
			{`UPDATE rollups SET food_drop_offs = 4294967296`, `UPDATE rollups SET food_drop_offs = 0`, "rollup"},
			{`UPDATE rollups SET period = period - 1`, `UPDATE rollups SET period = period + 1`, "rollup"},
			{`UPDATE rollups SET village_id = x'00000000000000000000000000000001'`, `UPDATE rollups SET village_id = x'` + hex.EncodeToString(w.village[:]) + `'`, "rollup"},
			{`UPDATE book_days SET points = points + 1`, `UPDATE book_days SET points = points - 1`, "book_days"},
			{`UPDATE book_months SET points = points + 1`, `UPDATE book_months SET points = points - 1`, "book_months"},
		} {
			w.exec(c.change)
			if found := checks(); !slices.Equal(found, []string{c.check}) {
				t.Errorf("%s: found %v", c.change, found)
			}
			w.exec(c.back)
		}
		w.exec(`INSERT INTO rollups SELECT x'00000000000000000000000000000001', period, drop_offs, grams, points, households,
			food_drop_offs, food_grams, food_points, recyclable_drop_offs, recyclable_grams, recyclable_points,
			hazardous_drop_offs, hazardous_grams, hazardous_points, residual_drop_offs, residual_grams, residual_points FROM rollups`)
		if found := checks(); !slices.Equal(found, []string{"rollup"}) {
			t.Errorf("rollups of no village: found %v", found)
		}
	})
}

func (w *town) exec(statement string) {
	w.t.Helper()
	must(w.t, w.db.InTx(context.Background(), func(ctx context.Context, tx *gorm.DB) error {
		_, err := database.Exec(ctx, tx, statement)
		return err
	}))
}
