package redemption_test

import (
	"context"
	"testing"

	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/id"
	"hufen/internal/ledger/ledgertest"
	"hufen/internal/redemption"
)

// Somebody with rights on the database changes one value, or deletes one row,
// of a fact: verify finds it.
func TestVerify_Tampering(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db, 100_000)
		var last *redemption.Redemption
		for range 3 {
			in := w.buy(0, w.soap, 2)
			in.PhotoID = w.photo(w.keeper.ID)
			in.Items = append(in.Items, redemption.Line{GoodsID: w.rice.ID, Quantity: 1})
			var err error
			if last, err = w.Redeem(ctx, w.keeper, in); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.Reverse(ctx, w.keeper, id.New(), last.ID, "x"); err != nil {
			t.Fatal(err)
		}
		w.mustVerify()
		ledgertest.Tamper(t, db, dbtest.Tampering{Rows: 2, AtLeast: 40, Tables: map[string]dbtest.Table{
			"redemptions":      {Key: "id"},
			"redemption_items": {Key: "redemption_id", Except: "line_no"},             // only their order counts
			"stock_moves":      {Key: "id", Except: "recorded_at actor_id id reason"}, // who, when and why is in no hash
		}, Values: map[string][]string{"confirm_method": {"'pin'"}}}, checks...)
	})
}
