package settlement_test

import (
	"context"
	"testing"
	"time"

	"gorm.io/gorm"

	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/settlement"
)

// A settlement of 50,000 redemptions is drawn up, rejected, drawn up again and
// approved.
func TestService_Many(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 50,000 redemptions")
	}
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		const many = 50_000
		w.must(db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error { return many50k(ctx, tx, w) }))
		begun := time.Now()
		s := w.submitted(july)
		took := time.Since(begun)
		if s.Items != many {
			t.Errorf("%d items", s.Items)
		}
		begun = time.Now()
		the(w.Reject(ctx, w.wang, id.New(), s.ID, "x"))
		rejected := time.Since(begun)
		s = w.submitted(july)
		begun = time.Now()
		the(w.Approve(ctx, w.wang, id.New(), s.ID))
		t.Logf("%d redemptions: drawn up and submitted in %s, rejected in %s, approved in %s", many, took, rejected, time.Since(begun))
		begun = time.Now()
		var r ledger.Report
		w.must(db.Snapshot(ctx, func(ctx context.Context, tx *gorm.DB) error { return settlement.Verify(ctx, tx, &r) }))
		for _, f := range r.Findings {
			if f.Check != "settlement_payable" { // the redemptions have no entries here
				t.Errorf("verify: %+v", f)
			}
		}
		t.Logf("verified in %s", time.Since(begun))
	})
}

// many50k writes redemptions without entries.
func many50k(ctx context.Context, tx *gorm.DB, w *world) error {
	rows := make([][]any, 50_000)
	for i := range rows {
		r := id.New()
		rows[i] = []any{r[:], r.String()[12:], r[:], r[:], w.village[:], w.shop.ID[:], r[:], 1, 20260715, 202607, 1200, 5, 60, "none", make([]byte, 32)}
	}
	return database.InsertRows(ctx, tx, "redemptions", []string{"id", "number", "household_id", "card_id", "village_id", "shop_id", "cashier_id",
		"recorded_at", "day", "month", "points", "point_value_fen", "fen", "confirm_method", "content_hash"}, rows)
}
