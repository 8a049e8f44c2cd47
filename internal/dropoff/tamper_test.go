package dropoff_test

import (
	"context"
	"fmt"
	"testing"

	"gorm.io/gorm"

	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/division"
	"hufen/internal/dropoff"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/ledger/ledgertest"
	"hufen/internal/proof"
)

// Somebody with rights on the database changes one value, or deletes one row,
// of a fact: verify finds it.
func TestVerify_Tampering(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db, 3)
		for i := range 3 {
			for range 3 {
				if _, err := w.Record(ctx, w.cleaner, w.paper(i, 1100)); err != nil {
					t.Fatal(err)
				}
			}
		}
		held, err := w.Record(ctx, w.cleaner, w.paper(0, 30_000))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Review(ctx, w.cadre, dropoff.Review{ID: id.New(), DropOffID: held.ID, Accept: true}); err != nil {
			t.Fatal(err)
		}
		w.credits(division.CreditRecyclable, 7, w.divisions.Today())
		for i, grams := range []int64{700, 800, 900} {
			posted := w.mustRecord(w.paper(i, grams))
			if i == 0 {
				continue // stays posted
			}
			if _, err := w.Object(ctx, w.cadre, id.New(), posted.ID, "称多了"); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Review(ctx, w.cadre, dropoff.Review{ID: id.New(), DropOffID: posted.ID, Accept: i == 1, Reason: "复称",
				Corrections: []dropoff.Correction{{Line: 1, Grams: &grams}}[:2-i]}); err != nil {
				t.Fatal(err)
			}
		}
		w.credits(division.CreditRecyclable, division.AtOnce, w.divisions.Today())
		undone, err := w.Record(ctx, w.cleaner, w.paper(1, 500))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Reverse(ctx, w.cleaner, id.New(), undone.ID, "记错了"); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Record(ctx, w.cleaner, w.paper(2, 1_000_000)); err == nil {
			t.Fatal("a tonne was recorded")
		}
		if _, err := ledger.NewSealer(db, ledger.NewKeyring(t.TempDir()), proof.Facts).SealAll(ctx); err != nil {
			t.Fatal(err)
		}
		mustVerify(t, db)

		ledgertest.Tamper(t, db, dbtest.Tampering{Rows: 2, AtLeast: 100, Tables: map[string]dbtest.Table{
			"accounts":              {Key: "id"},
			"account_balances":      {Key: "account_id", Except: "closed_until"}, // held against the closings by closing.Verify
			"requests":              {Key: "id"},
			"entries":               {Key: "id"},
			"entry_lines":           {Key: "line_hash"},
			"drop_offs":             {Key: "id"},
			"drop_off_items":        {Key: "drop_off_id", Except: "line_no"}, // only their order counts
			"drop_off_reviews":      {Key: "drop_off_id"},
			"drop_off_review_items": {Key: "drop_off_id"},
			"drop_off_holds":        {Key: "drop_off_id"},
			"drop_off_objections":   {Key: "drop_off_id"},
			"drop_off_postings":     {Key: "drop_off_id"},
		}}, append(checks, sealed)...)
	})
}

// sealed checks the seals.
func sealed(ctx context.Context, tx *gorm.DB, r *ledger.Report) error {
	_, err := ledger.VerifySeals(ctx, tx, r, proof.Facts, nil)
	return err
}

// Verify prices corrected items again and holds objection periods against what
// became of them, without any seal.
func TestVerify_TamperingWithReviews(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx, w := t.Context(), newWorld(t, db, 3)
		w.credits(division.CreditRecyclable, 2, w.divisions.Today())
		for i := range 3 {
			w.mustRecord(w.paper(i, 1000))
		}
		list, err := w.Posted(ctx, w.cadre, id.ID{}, id.ID{}, 3)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Object(ctx, w.cadre, id.New(), list[0].ID, "太轻"); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Review(ctx, w.cadre, dropoff.Review{ID: id.New(), DropOffID: list[0].ID, Accept: true, Reason: "复称",
			Corrections: []dropoff.Correction{{Line: 1, Grams: grams(3000)}}}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Object(ctx, w.cadre, id.New(), list[1].ID, "没分"); err != nil {
			t.Fatal(err)
		}
		mustVerify(t, db)
		ledgertest.Tamper(t, db, dbtest.Tampering{AtLeast: 16, Statements: []string{
			"UPDATE drop_off_review_items SET grams = 4000",
			"UPDATE drop_off_review_items SET earned = earned + 100",
			"UPDATE drop_off_review_items SET cut = cut + 100",
			"UPDATE drop_off_reviews SET earned = earned + 100",
			"UPDATE drop_off_reviews SET reviewer_id = x'00000000000070008000000000000001'",
			"UPDATE drop_off_reviews SET reviewer_id = (SELECT cleaner_id FROM drop_offs WHERE id = drop_off_id)",
			"UPDATE drop_off_reviews SET recorded_at = recorded_at + 1",
			"DELETE FROM drop_off_review_items",
			"DELETE FROM drop_off_objections",
			"UPDATE drop_off_objections SET actor_id = x'00112233445566778899aabbccddeeff'",
			"UPDATE drop_off_holds SET objection_until = NULL",
			"UPDATE drop_off_holds SET objection_until = objection_until + 1",
			"UPDATE drop_off_holds SET reason = 'review_class'",
			"DELETE FROM drop_off_postings",
			"UPDATE drop_off_postings SET objection_until = objection_until - 1",
			fmt.Sprintf("INSERT INTO drop_off_postings (drop_off_id, village_id, objection_until) VALUES (x'%x', x'%x', 20260101)", list[1].ID[:], w.village[:]),
		}}, dropoff.Verify)
	})
}
