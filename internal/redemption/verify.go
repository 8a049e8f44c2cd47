package redemption

import (
	"context"

	"gorm.io/gorm"

	"hufen/internal/ledger"
	"hufen/internal/points"
)

// Verify recomputes every redemption: its hash, its goods, what it is worth, its
// entry in the ledger and the stock it moved. It adds what is wrong to the report
// and never repairs. It goes through the book for that; whoever does so anyway
// takes Pages, and VerifyRest.
func Verify(ctx context.Context, tx *gorm.DB, r *ledger.Report) error {
	if _, err := ledger.VerifyIn(ctx, []*gorm.DB{tx}, r, ledger.Scope{Parts: []ledger.Part{Pages}}); err != nil {
		return err
	}
	return VerifyRest(ctx, tx, r)
}

// VerifyRest checks what Pages does not: how redemptions were confirmed, and
// stock.
func VerifyRest(ctx context.Context, tx *gorm.DB, r *ledger.Report) error {
	for _, q := range verifyQueries {
		if err := r.FindIDs(ctx, tx, q.check, q.text, q.sql); err != nil {
			return err
		}
	}
	return nil
}

func verifyRedemption(red *Redemption, r *ledger.Report) {
	if red.contentHash() != red.ContentHash {
		r.Find("redemption_hash", red.ID, "the redemption does not hash to what it says")
	}
	var total points.Points
	for i, item := range red.Items {
		total += item.Points
		if item.Points != item.UnitPoints*points.Points(item.Quantity) {
			r.Find("redemption_price", red.ID, "item %d costs %s, %d at %s are another sum", i+1, item.Points, item.Quantity, item.UnitPoints)
		}
	}
	if total != red.Points {
		r.Find("redemption_items", red.ID, "its %d items add up to %s, not %s", len(red.Items), total, red.Points)
	}
	if fen := fenOf(red.Points, red.PointValueFen); fen != red.Fen {
		r.Find("redemption_fen", red.ID, "is worth %d fen, not %d", fen, red.Fen)
	}
}

// verifyQueries find redemptions, entries and stock that do not belong to each
// other.
var verifyQueries = []struct{ check, text, sql string }{
	{"redemption_proof", "the photo or the cadre's code it was confirmed by is not marked as used by it", `
		SELECT r.id FROM redemptions r
		LEFT JOIN photo_uses p ON p.photo_id = r.confirm_id AND p.used_by = r.id
		LEFT JOIN confirmations c ON c.id = r.confirm_id AND c.used_by = r.id AND c.household_id = r.household_id
		WHERE r.confirm_method = 'photo' AND p.photo_id IS NULL OR r.confirm_method = 'cadre' AND c.id IS NULL
			OR r.confirm_method IN ('pin', 'none') AND r.confirm_id IS NOT NULL LIMIT 1000`},
	{"redemption_stock", "did not take its goods from the stock", `
		SELECT i.redemption_id FROM redemption_items i
		LEFT JOIN stock_moves m ON m.id = i.redemption_id AND m.goods_id = i.goods_id AND m.delta = -i.quantity AND m.reason = 'redemption'
		WHERE m.id IS NULL LIMIT 1000`},
	{"redemption_stock", "stock that went without a redemption", `
		SELECT m.id FROM stock_moves m LEFT JOIN redemption_items i ON i.redemption_id = m.id AND i.goods_id = m.goods_id
		WHERE m.reason = 'redemption' AND i.redemption_id IS NULL LIMIT 1000`},
	{"redemption_stock", "was reversed, and its goods did not come back", `
		SELECT i.redemption_id FROM redemption_items i JOIN entries x ON x.reverses_id = i.redemption_id
		LEFT JOIN stock_moves m ON m.id = x.id AND m.goods_id = i.goods_id AND m.delta = i.quantity AND m.reason = 'reversal'
		WHERE m.id IS NULL LIMIT 1000`},
	{"redemption_stock", "stock that came back without a reversal", `
		SELECT m.id FROM stock_moves m LEFT JOIN entries x ON x.id = m.id
		LEFT JOIN redemption_items i ON i.redemption_id = x.reverses_id AND i.goods_id = m.goods_id
		WHERE m.reason = 'reversal' AND i.redemption_id IS NULL LIMIT 1000`},
	{"goods_stock", "the stock is not what its moves add up to", `
		SELECT g.id FROM goods g LEFT JOIN (SELECT goods_id, SUM(delta) AS sum FROM stock_moves GROUP BY goods_id) m ON m.goods_id = g.id
		WHERE g.stock <> COALESCE(m.sum, 0) LIMIT 1000`},
}
