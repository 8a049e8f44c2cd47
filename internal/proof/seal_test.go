package proof_test

import (
	"context"
	"testing"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/dropoff"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/ledger/ledgertest"
	"hufen/internal/proof"
	"hufen/internal/redemption"
)

// What no entry vouches for is sealed too: refused requests, drop-offs that
// wait, reviews. A change of any column is found though all other checks pass.
func TestSeals_CoverWhatHasNoEntry(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newTown(t, db)
		w.everything()
		sealer := ledger.NewSealer(db, ledger.NewKeyring(t.TempDir()), proof.Facts)
		if n, err := sealer.SealAll(ctx); err != nil || n == 0 {
			t.Fatalf("%d were sealed, %v", n, err)
		}
		mustProve(t, db)
		ledgertest.Tamper(t, db, dbtest.Tampering{Rows: 20, AtLeast: 60, Tables: map[string]dbtest.Table{
			"requests":              {Key: "id", Only: "request_hash error_code error_detail actor_id recorded_at"},
			"accounts":              {Key: "id", Only: "kind village_id opened_at"},
			"drop_off_holds":        {Key: "drop_off_id", Only: "household_id village_id reason held_at"},
			"drop_off_reviews":      {Key: "drop_off_id", Only: "decision earned cut reason reviewer_id recorded_at"},
			"drop_off_review_items": {Key: "drop_off_id", Only: "grams pieces grade earned cut"},
		}, Values: map[string][]string{
			"decision": {"CASE decision WHEN 'accepted' THEN 'refused' ELSE 'accepted' END"},
		}}, func(ctx context.Context, tx *gorm.DB, r *ledger.Report) error {
			_, err := ledger.VerifySeals(ctx, tx, r, proof.Facts, nil)
			return err
		})
	})
}

// everything records a drop-off, one that is reviewed and accepted, one that is
// refused, one that waits, a redemption, and one there are no points for.
func (w *town) everything() {
	ctx := context.Background()
	cadre := auth.Actor{ID: id.New(), Kind: auth.Person, Grants: []auth.Grant{{Role: auth.Cadre, DivisionID: w.village}}}
	_, code := w.newHousehold()
	drop := func(grams int64) *dropoff.DropOff {
		d, err := w.dropOffs.Record(ctx, w.cleaner, dropoff.Input{ID: id.New(), CardCode: code, HappenedAt: calendar.Now(),
			Items: []dropoff.ItemInput{{Item: "paper", Grams: &grams}}})
		must(w.t, err)
		return d
	}
	drop(5000)
	held := int64(60_000)
	waiting := make([]*dropoff.DropOff, 3)
	for i := range 3 {
		for waiting[i] == nil {
			if d := drop(held); d.Status == dropoff.Pending {
				waiting[i] = d
			}
		}
	}
	_, err := w.dropOffs.Review(ctx, cadre, dropoff.Review{ID: id.New(), DropOffID: waiting[0].ID, Accept: true})
	must(w.t, err)
	_, err = w.dropOffs.Review(ctx, cadre, dropoff.Review{ID: id.New(), DropOffID: waiting[1].ID, Reason: "称错了"})
	must(w.t, err)
	for _, quantity := range []int64{1, 1000} {
		_, err = w.redemptions.Redeem(ctx, w.keeper, redemption.Input{ID: id.New(), CardCode: code, ShopID: w.shop,
			Items: []redemption.Line{{GoodsID: w.soap, Quantity: quantity}}})
		if (err == nil) != (quantity == 1) {
			w.t.Fatal(err)
		}
	}
}
