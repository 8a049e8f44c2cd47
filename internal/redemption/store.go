package redemption

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
)

var (
	redemptionColumns = []string{"id", "number", "household_id", "card_id", "village_id", "shop_id", "cashier_id", "recorded_at",
		"day", "month", "points", "point_value_fen", "fen", "confirm_method", "confirm_id", "content_hash"}
	itemColumns  = []string{"redemption_id", "line_no", "goods_id", "name", "unit", "quantity", "unit_points", "points"}
	goodsColumns = []string{"id", "shop_id", "name", "unit", "points", "stock", "active", "updated_at"}
)

func (r *Redemption) row() []any {
	return []any{r.ID[:], r.Number, r.HouseholdID[:], r.CardID[:], r.VillageID[:], r.ShopID[:], r.CashierID[:], int64(r.RecordedAt),
		int64(r.Day), int64(r.Month), int64(r.Points), r.PointValueFen, r.Fen, r.ConfirmMethod, database.OrNull(r.ConfirmID), r.ContentHash[:]}
}

func (g *Goods) row() []any {
	return []any{g.ID[:], g.ShopID[:], g.Name, g.Unit, int64(g.Points), g.Stock, flag(g.Active), int64(g.UpdatedAt)}
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// sortedIDs returns the ids of a set in the one order in which rows are locked.
func sortedIDs(set map[id.ID]bool) []id.ID {
	ids := make([]id.ID, 0, len(set))
	for i := range set {
		ids = append(ids, i)
	}
	slices.SortFunc(ids, func(a, b id.ID) int { return slices.Compare(a[:], b[:]) })
	return ids
}

func eachIDPair(ctx context.Context, tx *gorm.DB, query string, args []any, each func(a, b id.ID)) error {
	rows, err := database.Query(ctx, tx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var a, b id.ID
		if err := rows.Scan(&a, &b); err != nil {
			return err
		}
		each(a, b)
	}
	return rows.Err()
}

const selectShops = `SELECT id, division_id, name, opened_on, COALESCE(closed_on, 0), updated_at FROM shops s`

func queryShops(ctx context.Context, db *gorm.DB, rest string, args ...any) ([]Shop, error) {
	rows, err := database.Query(ctx, db, selectShops+rest, args...)
	if err != nil {
		return nil, fmt.Errorf("read shops: %w", err)
	}
	defer rows.Close()
	var shops []Shop
	for rows.Next() {
		var s Shop
		if err := rows.Scan(&s.ID, &s.DivisionID, &s.Name, &s.OpenedOn, &s.ClosedOn, &s.UpdatedAt); err != nil {
			return nil, fmt.Errorf("read shops: %w", err)
		}
		shops = append(shops, s)
	}
	return shops, rows.Err()
}

// shopsByID returns shops by id; unknown ids are not in the map.
func shopsByID(ctx context.Context, db *gorm.DB, ids []id.ID) (map[id.ID]Shop, error) {
	marks, args := database.List(database.IDs(ids))
	shops, err := queryShops(ctx, db, ` WHERE id IN (`+marks+`)`, args...)
	found := make(map[id.ID]Shop, len(shops))
	for _, s := range shops {
		found[s.ID] = s
	}
	return found, err
}

// lockShop returns a shop and keeps others from changing it, or NotFound
// "shop.unknown".
func lockShop(ctx context.Context, tx *gorm.DB, shopID id.ID) (Shop, error) {
	shops, err := queryShops(ctx, tx, ` WHERE id = ?`+database.ForUpdate(tx), shopID[:])
	if err != nil {
		return Shop{}, err
	}
	if len(shops) == 0 {
		return Shop{}, unknownShop()
	}
	return shops[0], nil
}

// listShops returns the shops inside any of the divisions, the zero id standing
// for all.
func listShops(ctx context.Context, db *gorm.DB, scope []id.ID, f ShopFilter) ([]Shop, error) {
	if len(scope) == 0 {
		return nil, nil
	}
	where, args := ` WHERE 1 = 1`, []any(nil)
	if !slices.Contains(scope, id.ID{}) {
		where = ` WHERE division_id IN (SELECT division_id FROM division_ancestors WHERE ancestor_id IN (` + database.Placeholders(len(scope)) + `))`
		args = database.IDs(scope)
	}
	if !f.AfterID.IsZero() {
		where += ` AND (name > ? OR name = ? AND id > ?)`
		args = append(args, f.AfterName, f.AfterName, f.AfterID[:])
	}
	return queryShops(ctx, db, where+` ORDER BY name, id LIMIT ?`, append(args, f.Limit+1)...)
}

func insertShop(ctx context.Context, tx *gorm.DB, s Shop) error {
	return database.InsertRows(ctx, tx, "shops", []string{"id", "division_id", "name", "opened_on", "updated_at"},
		[][]any{{s.ID[:], s.DivisionID[:], s.Name, int64(s.OpenedOn), int64(s.UpdatedAt)}})
}

func updateShop(ctx context.Context, tx *gorm.DB, s Shop) error {
	var closed any
	if s.ClosedOn != 0 {
		closed = int64(s.ClosedOn)
	}
	_, err := database.Exec(ctx, tx, `UPDATE shops SET name = ?, closed_on = ?, updated_at = ? WHERE id = ?`,
		s.Name, closed, int64(s.UpdatedAt), s.ID[:])
	if err != nil {
		return fmt.Errorf("write shop: %w", err)
	}
	return nil
}

// queryGoods reads goods with the price in force on a day. goods.points is only
// as new as the last change and stands in where no price is dated.
func queryGoods(ctx context.Context, db *gorm.DB, day calendar.Day, rest string, args ...any) ([]Goods, error) {
	rows, err := database.Query(ctx, db, `
		SELECT g.id, g.shop_id, g.name, g.unit, g.stock, g.active, g.updated_at,
		       COALESCE((SELECT p.points FROM goods_prices p WHERE p.goods_id = g.id AND p.from_day <= ?
		                 ORDER BY p.from_day DESC LIMIT 1), g.points)
		FROM goods g WHERE `+rest, append([]any{int64(day)}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("read goods: %w", err)
	}
	defer rows.Close()
	var list []Goods
	for rows.Next() {
		var g Goods
		if err := rows.Scan(&g.ID, &g.ShopID, &g.Name, &g.Unit, &g.Stock, &g.Active, &g.UpdatedAt, &g.Points); err != nil {
			return nil, fmt.Errorf("read goods: %w", err)
		}
		list = append(list, g)
	}
	return list, rows.Err()
}

// lockGoods reads goods at the prices of a day and locks them, in one order.
func lockGoods(ctx context.Context, tx *gorm.DB, day calendar.Day, ids []id.ID) (*shelf, error) {
	return readShelf(ctx, tx, day, ids, database.ForUpdate(tx))
}

func readShelf(ctx context.Context, db *gorm.DB, day calendar.Day, ids []id.ID, lock string) (*shelf, error) {
	s := &shelf{goods: make(map[id.ID]*Goods, len(ids)), moved: make(map[id.ID]bool)}
	if len(ids) == 0 {
		return s, nil
	}
	marks, args := database.List(database.IDs(ids))
	list, err := queryGoods(ctx, db, day, `g.id IN (`+marks+`) ORDER BY g.id`+lock, args...)
	for i := range list {
		s.goods[list[i].ID] = &list[i]
	}
	return s, err
}

// lockOneGoods returns goods as they are stored and keeps others from changing
// them, or NotFound "goods.unknown".
func lockOneGoods(ctx context.Context, tx *gorm.DB, goodsID id.ID) (Goods, error) {
	list, err := queryGoods(ctx, tx, 0, `g.id = ?`+database.ForUpdate(tx), goodsID[:])
	if err != nil {
		return Goods{}, err
	}
	if len(list) == 0 {
		return Goods{}, unknownGoods()
	}
	return list[0], nil
}

// goodsWhere reads goods with the price in force on a day and the later ones.
func goodsWhere(ctx context.Context, db *gorm.DB, day calendar.Day, rest string, args ...any) ([]Goods, error) {
	list, err := queryGoods(ctx, db, day, rest, args...)
	if err != nil || len(list) == 0 {
		return list, err
	}
	at := make(map[id.ID]*Goods, len(list))
	ids := make([]any, len(list))
	for i := range list {
		at[list[i].ID], ids[i] = &list[i], list[i].ID[:]
	}
	rows, err := database.Query(ctx, db, `
		SELECT goods_id, from_day, points FROM goods_prices
		WHERE goods_id IN (`+database.Placeholders(len(ids))+`) AND from_day > ? ORDER BY goods_id, from_day`, append(ids, int64(day))...)
	if err != nil {
		return nil, fmt.Errorf("read prices: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var goodsID id.ID
		var p Price
		if err := rows.Scan(&goodsID, &p.From, &p.Points); err != nil {
			return nil, fmt.Errorf("read prices: %w", err)
		}
		at[goodsID].Later = append(at[goodsID].Later, p)
	}
	return list, rows.Err()
}

func insertGoods(ctx context.Context, tx *gorm.DB, g Goods) error {
	return database.InsertRows(ctx, tx, "goods", goodsColumns, [][]any{g.row()})
}

func updateGoods(ctx context.Context, tx *gorm.DB, g Goods) error {
	_, err := database.Exec(ctx, tx, `
		UPDATE goods SET name = ?, unit = ?, points = ?, stock = ?, active = ?, updated_at = ? WHERE id = ?`,
		g.Name, g.Unit, int64(g.Points), g.Stock, flag(g.Active), int64(g.UpdatedAt), g.ID[:])
	if err != nil {
		return fmt.Errorf("write goods: %w", err)
	}
	return nil
}

// setPrice gives goods a price from a day on; the last one given for a day holds.
func setPrice(ctx context.Context, tx *gorm.DB, actor auth.Actor, g Goods, p Price) error {
	err := database.Upsert(ctx, tx, "goods_prices", []string{"goods_id", "from_day", "points", "recorded_at", "actor_id"},
		[]string{"goods_id", "from_day"}, []database.Set{{Column: "points"}, {Column: "recorded_at"}, {Column: "actor_id"}},
		[][]any{{g.ID[:], int64(p.From), int64(p.Points), int64(calendar.Now()), actor.ID[:]}})
	if err != nil {
		return fmt.Errorf("write price: %w", err)
	}
	return nil
}

// storedMove returns a stock move somebody asked for, and who.
func storedMove(ctx context.Context, tx *gorm.DB, moveID id.ID) (m StockMove, actorID id.ID, found bool, err error) {
	err = tx.Raw(`SELECT id, goods_id, delta, reason, actor_id FROM stock_moves WHERE id = ? ORDER BY goods_id LIMIT 1`, moveID[:]).
		Row().Scan(&m.ID, &m.GoodsID, &m.Delta, &m.Reason, &actorID)
	if errors.Is(err, sql.ErrNoRows) {
		return m, actorID, false, nil
	}
	if err != nil {
		return m, actorID, false, fmt.Errorf("read stock move: %w", err)
	}
	return m, actorID, true, nil
}

const selectRedemptions = `
	SELECT r.id, r.number, r.household_id, r.card_id, r.village_id, r.shop_id, r.cashier_id, r.recorded_at, r.day, r.month,
	       r.points, r.point_value_fen, r.fen, r.confirm_method, r.confirm_id, r.content_hash,
	       COALESCE(s.name, ''), COALESCE(u.name, ''), x.id
	FROM redemptions r
	LEFT JOIN shops s ON s.id = r.shop_id
	LEFT JOIN users u ON u.id = r.cashier_id
	LEFT JOIN entries x ON x.reverses_id = r.id`

// query reads redemptions with their items and whether they were reversed.
func query(ctx context.Context, db *gorm.DB, rest string, args ...any) ([]*Redemption, error) {
	rows, err := database.Query(ctx, db, selectRedemptions+rest, args...)
	if err != nil {
		return nil, fmt.Errorf("read redemptions: %w", err)
	}
	defer rows.Close()
	var list []*Redemption
	for rows.Next() {
		r, err := scanRedemption(rows)
		if err != nil {
			return nil, fmt.Errorf("read redemptions: %w", err)
		}
		list = append(list, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read redemptions: %w", err)
	}
	return list, loadItems(ctx, db, list)
}

func scanRedemption(rows *sql.Rows) (*Redemption, error) {
	var r Redemption
	var hash []byte
	err := rows.Scan(&r.ID, &r.Number, &r.HouseholdID, &r.CardID, &r.VillageID, &r.ShopID, &r.CashierID, &r.RecordedAt, &r.Day, &r.Month,
		&r.Points, &r.PointValueFen, &r.Fen, &r.ConfirmMethod, &r.ConfirmID, &hash, &r.ShopName, &r.CashierName, &r.reversalID)
	if err != nil {
		return nil, err
	}
	copy(r.ContentHash[:], hash)
	r.Status = Posted
	if r.reversalID.Valid {
		r.Status = Reversed
	}
	return &r, nil
}

func loadItems(ctx context.Context, db *gorm.DB, list []*Redemption) error {
	if len(list) == 0 {
		return nil
	}
	byID := make(map[id.ID]*Redemption, len(list))
	ids := make([]id.ID, len(list))
	for i, r := range list {
		byID[r.ID], ids[i] = r, r.ID
	}
	rows, err := database.Query(ctx, db, `
		SELECT redemption_id, goods_id, name, unit, quantity, unit_points, points
		FROM redemption_items WHERE redemption_id IN (`+database.Placeholders(len(ids))+`)
		ORDER BY redemption_id, line_no`, database.IDs(ids)...)
	if err != nil {
		return fmt.Errorf("read redemption items: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var redemptionID id.ID
		var i Item
		if err := rows.Scan(&redemptionID, &i.GoodsID, &i.Name, &i.Unit, &i.Quantity, &i.UnitPoints, &i.Points); err != nil {
			return fmt.Errorf("read redemption items: %w", err)
		}
		byID[redemptionID].Items = append(byID[redemptionID].Items, i)
	}
	return rows.Err()
}

// load returns redemptions by id.
func load(ctx context.Context, db *gorm.DB, ids []id.ID) (map[id.ID]*Redemption, error) {
	found := make(map[id.ID]*Redemption, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	list, err := query(ctx, db, ` WHERE r.id IN (`+database.Placeholders(len(ids))+`)`, database.IDs(ids)...)
	for _, r := range list {
		found[r.ID] = r
	}
	return found, err
}

// addBalances fills in what the households held right after.
func addBalances(ctx context.Context, db *gorm.DB, list []*Redemption) error {
	ids := make([]id.ID, len(list))
	for i, r := range list {
		ids[i] = r.ID
	}
	after, err := ledger.PlacesOf(ctx, db, ids)
	if err != nil {
		return err
	}
	for _, r := range list {
		if place, ok := after[r.ID]; ok {
			r.leave(place, -r.Points)
		}
	}
	return nil
}

// sum adds up redemptions that were not reversed.
func sum(ctx context.Context, db *gorm.DB, where string, args ...any) (Totals, error) {
	var t Totals
	rows, err := database.Query(ctx, db, `
		SELECT COUNT(*), COALESCE(SUM(r.points), 0), COALESCE(SUM(r.fen), 0)
		FROM redemptions r LEFT JOIN entries x ON x.reverses_id = r.id`+where+` AND x.id IS NULL`, args...)
	if err != nil {
		return t, fmt.Errorf("add up redemptions: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&t.Redemptions, &t.Points, &t.Fen); err != nil {
			return t, fmt.Errorf("add up redemptions: %w", err)
		}
	}
	return t, rows.Err()
}

func sumByHousehold(ctx context.Context, db *gorm.DB, householdIDs []id.ID, month calendar.Month) (map[id.ID]Totals, error) {
	marks, args := database.List(database.IDs(householdIDs))
	rows, err := database.Query(ctx, db, `
		SELECT r.household_id, COUNT(*), SUM(r.points), SUM(r.fen)
		FROM redemptions r LEFT JOIN entries x ON x.reverses_id = r.id
		WHERE r.household_id IN (`+marks+`) AND r.month = ? AND x.id IS NULL
		GROUP BY r.household_id`, append(args, int64(month))...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	sums := make(map[id.ID]Totals, len(householdIDs))
	for rows.Next() {
		var householdID id.ID
		var sum Totals
		if err := rows.Scan(&householdID, &sum.Redemptions, &sum.Points, &sum.Fen); err != nil {
			return nil, err
		}
		sums[householdID] = sum
	}
	return sums, rows.Err()
}

// Totals add up redemptions that were not reversed.
type Totals struct {
	Redemptions int64
	Points      points.Points
	Fen         int64
}
