package redemption

import (
	"context"
	"database/sql"
	"fmt"

	"gorm.io/gorm"

	"hufen/internal/database"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
)

// Verify recomputes every redemption: its hash, its goods, what it is worth, its
// entry in the ledger and the stock it moved. It adds what is wrong to the report
// and never repairs.
func Verify(ctx context.Context, tx *gorm.DB, r *ledger.Report) error {
	if err := walk(ctx, tx, func(red *Redemption) { verifyRedemption(red, r) }); err != nil {
		return err
	}
	for _, q := range verifyQueries {
		if err := r.FindIDs(ctx, tx, q.check, q.text, q.sql); err != nil {
			return err
		}
	}
	return nil
}

// walk reads all redemptions with their items in the order of their ids.
func walk(ctx context.Context, tx *gorm.DB, each func(*Redemption)) error {
	rows, err := database.Query(ctx, tx, `
		SELECT r.id, r.number, r.household_id, r.card_id, r.village_id, r.shop_id, r.cashier_id, r.recorded_at, r.day, r.month,
		       r.points, r.point_value_fen, r.fen, r.confirm_method, r.confirm_id, r.content_hash,
		       i.goods_id, i.name, i.unit, i.quantity, i.unit_points, i.points
		FROM redemptions r LEFT JOIN redemption_items i ON i.redemption_id = r.id
		ORDER BY r.id, i.line_no`)
	if err != nil {
		return fmt.Errorf("verify redemptions: %w", err)
	}
	defer rows.Close()
	var current *Redemption
	for rows.Next() {
		r, item, err := scanWithItem(rows)
		if err != nil {
			return fmt.Errorf("verify redemptions: %w", err)
		}
		if current == nil || current.ID != r.ID {
			if current != nil {
				each(current)
			}
			current = r
		}
		if item != nil {
			current.Items = append(current.Items, *item)
		}
	}
	if current != nil {
		each(current)
	}
	return rows.Err()
}

func scanWithItem(rows *sql.Rows) (*Redemption, *Item, error) {
	var r Redemption
	var hash []byte
	var goodsID id.NullID
	var name, unit sql.NullString
	var quantity, unitPoints, itemPoints sql.NullInt64
	err := rows.Scan(&r.ID, &r.Number, &r.HouseholdID, &r.CardID, &r.VillageID, &r.ShopID, &r.CashierID, &r.RecordedAt, &r.Day, &r.Month,
		&r.Points, &r.PointValueFen, &r.Fen, &r.ConfirmMethod, &r.ConfirmID, &hash,
		&goodsID, &name, &unit, &quantity, &unitPoints, &itemPoints)
	if err != nil {
		return nil, nil, err
	}
	copy(r.ContentHash[:], hash)
	if !goodsID.Valid {
		return &r, nil, nil
	}
	return &r, &Item{GoodsID: goodsID.ID, Name: name.String, Unit: unit.String, Quantity: quantity.Int64,
		UnitPoints: points.Points(unitPoints.Int64), Points: points.Points(itemPoints.Int64)}, nil
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
	{"redemption_entry", "its entry is missing or is for another fact", `
		SELECT r.id FROM redemptions r
		LEFT JOIN entries e ON e.id = r.id AND e.kind = 'redemption' AND e.source_hash = r.content_hash
			AND e.village_id = r.village_id AND e.effective_at = r.recorded_at AND e.actor_id = r.cashier_id
		WHERE e.id IS NULL LIMIT 1000`},
	{"redemption_entry", "an entry without a redemption", `
		SELECT e.id FROM entries e LEFT JOIN redemptions r ON r.id = e.id WHERE e.kind = 'redemption' AND r.id IS NULL LIMIT 1000`},
	{"redemption_points", "its household did not pay what it cost", `
		SELECT r.id FROM redemptions r LEFT JOIN entry_lines l ON l.entry_id = r.id AND l.account_seq IS NOT NULL
		WHERE COALESCE(l.points, 0) <> -r.points LIMIT 1000`},
	{"redemption_request", "was asked for, is not there; or the other way round", `
		SELECT q.id FROM requests q LEFT JOIN redemptions r ON r.id = q.id
		WHERE q.kind = 'redemption' AND (q.outcome = 'rejected') <> (r.id IS NULL) LIMIT 1000`},
	{"redemption_request", "nobody asked for this redemption", `
		SELECT r.id FROM redemptions r LEFT JOIN requests q ON q.id = r.id AND q.kind = 'redemption' WHERE q.id IS NULL LIMIT 1000`},
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
