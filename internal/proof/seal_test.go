package proof_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/dropoff"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/proof"
	"hufen/internal/redemption"
)

var errUndone = errors.New("undone")

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
		for table, columns := range map[string][]string{
			"requests":              {"request_hash", "error_code", "error_detail", "actor_id", "recorded_at"},
			"accounts":              {"kind", "village_id", "opened_at"},
			"drop_off_holds":        {"household_id", "village_id", "reason", "held_at"},
			"drop_off_reviews":      {"decision", "earned", "cut", "reason", "reviewer_id", "recorded_at"},
			"drop_off_review_items": {"grams", "pieces", "grade", "earned", "cut"},
		} {
			for _, column := range columns {
				for _, row := range w.rowsOf(table) {
					if !w.tampered(table, column, row) {
						t.Errorf("%s.%s of %x was not found", table, column, row)
					}
				}
			}
		}
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

// rowsOf returns the keys of a table's rows.
func (w *town) rowsOf(table string) (keys [][]byte) {
	w.t.Helper()
	rows, err := database.Query(context.Background(), w.db.Read, "SELECT "+keyOf(table)+" FROM "+table)
	must(w.t, err)
	defer rows.Close()
	for rows.Next() {
		var key []byte
		must(w.t, rows.Scan(&key))
		keys = append(keys, key)
	}
	must(w.t, rows.Err())
	return keys
}

func keyOf(table string) string {
	if table == "requests" || table == "accounts" {
		return "id"
	}
	return "drop_off_id"
}

// tampered changes a value, verifies, and takes the change back.
func (w *town) tampered(table, column string, row []byte) (found bool) {
	w.t.Helper()
	err := w.db.InTx(context.Background(), func(ctx context.Context, tx *gorm.DB) error {
		other := "x'" + fmt.Sprintf("%064x", 0xa7) + "'"
		switch column {
		case "actor_id", "reviewer_id", "household_id", "village_id":
			other = "x'00112233445566778899aabbccddeeff'"
		case "error_code", "error_detail", "kind", "reason", "grade":
			other = "'payable'"
			if table == "accounts" {
				other = "'other'"
			}
		case "decision":
			other = "CASE decision WHEN 'accepted' THEN 'refused' ELSE 'accepted' END"
		case "recorded_at", "held_at", "opened_at", "earned", "cut", "grams", "pieces":
			other = column + " + 1"
		}
		if _, err := database.Exec(ctx, tx, "UPDATE "+table+" SET "+column+" = "+other+" WHERE "+keyOf(table)+" = ?", row); err != nil {
			return err
		}
		var r ledger.Report
		_, err := ledger.VerifySeals(ctx, tx, &r, proof.Facts, nil)
		found = !r.Clean()
		return errors.Join(err, errUndone)
	})
	if !errors.Is(err, errUndone) {
		w.t.Fatal(err)
	}
	return found
}
