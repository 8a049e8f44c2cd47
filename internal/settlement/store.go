package settlement

import (
	"context"
	"database/sql"
	"fmt"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/ledger"
)

// shop is what a settlement needs to know of one.
type shop struct {
	id, divisionID id.ID
	name           string
}

// lockShop returns a shop and keeps its other settlements waiting; the zero shop
// if there is none.
func lockShop(ctx context.Context, tx *gorm.DB, shopID id.ID) (s shop, err error) {
	err = database.Scan(ctx, tx, `SELECT id, division_id, name FROM shops WHERE id = ?`+database.ForUpdate(tx), []any{shopID[:]},
		func(rows *sql.Rows) error { return rows.Scan(&s.id, &s.divisionID, &s.name) })
	if err != nil {
		return s, fmt.Errorf("lock shop: %w", err)
	}
	return s, nil
}

// lockShopsOf keeps everybody else from acting on settlements of these shops.
func lockShopsOf(ctx context.Context, tx *gorm.DB, settlementIDs []id.ID) error {
	marks, args := database.List(database.IDs(settlementIDs))
	var shops []id.ID
	err := database.Scan(ctx, tx, `SELECT DISTINCT shop_id FROM settlements WHERE id IN (`+marks+`)`, args, func(rows *sql.Rows) error {
		var shopID id.ID
		err := rows.Scan(&shopID)
		shops = append(shops, shopID)
		return err
	})
	if err != nil {
		return fmt.Errorf("find shops of settlements: %w", err)
	}
	if len(shops) == 0 {
		return nil
	}
	marks, args = database.List(database.IDs(shops))
	err = database.Scan(ctx, tx, `SELECT id FROM shops WHERE id IN (`+marks+`) ORDER BY id`+database.ForUpdate(tx), args,
		func(*sql.Rows) error { return nil })
	if err != nil {
		return fmt.Errorf("lock shops: %w", err)
	}
	return nil
}

// nextVersion numbers a new statement of a month; it returns Refused
// "settlement.exists" where one was not rejected.
func nextVersion(ctx context.Context, tx *gorm.DB, shopID id.ID, month calendar.Month) (int, error) {
	version, live := 0, 0
	err := database.Scan(ctx, tx, `
		SELECT s.version, CASE WHEN a.id IS NULL THEN 1 ELSE 0 END
		FROM settlements s LEFT JOIN settlement_acts a ON a.settlement_id = s.id AND a.act = 'reject'
		WHERE s.shop_id = ? AND s.month = ?`, []any{shopID[:], int64(month)}, func(rows *sql.Rows) error {
		var v, l int
		err := rows.Scan(&v, &l)
		version, live = max(version, v), live+l
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("number settlement: %w", err)
	}
	if live > 0 {
		return 0, fault.New(fault.Refused, "settlement.exists", "month", month.String()).At("/month")
	}
	return version + 1, nil
}

// claimItems fills a settlement: what the shop redeemed up to the end of its
// month and is in no other one, and what was taken back after its settlement was
// approved. A settlement that may still be rejected lets go of its redemptions,
// so what was taken back of it waits.
func claimItems(ctx context.Context, tx *gorm.DB, s *Settlement) error {
	for _, step := range []struct {
		sql  string
		args []any
	}{
		{`INSERT INTO settlement_items (settlement_id, entry_id, redemption_id, points, fen)
			SELECT ?, r.id, r.id, r.points, r.fen
			FROM redemptions r
			LEFT JOIN settlement_claims c ON c.entry_id = r.id
			LEFT JOIN entries x ON x.reverses_id = r.id
			WHERE r.shop_id = ? AND r.day <= ? AND c.entry_id IS NULL AND x.id IS NULL`, []any{s.ID[:], s.ShopID[:], int64(s.Month.Last())}},
		{`INSERT INTO settlement_items (settlement_id, entry_id, redemption_id, points, fen)
			SELECT ?, x.id, r.id, -r.points, -r.fen
			FROM settlements p
			JOIN settlement_acts a ON a.settlement_id = p.id AND a.act = 'approve'
			JOIN settlement_claims i ON i.settlement_id = p.id
			JOIN redemptions r ON r.id = i.entry_id
			JOIN entries x ON x.reverses_id = r.id
			LEFT JOIN settlement_claims c ON c.entry_id = x.id
			WHERE p.shop_id = ? AND c.entry_id IS NULL`, []any{s.ID[:], s.ShopID[:]}},
		{`INSERT INTO settlement_claims (entry_id, settlement_id)
			SELECT entry_id, settlement_id FROM settlement_items WHERE settlement_id = ?`, []any{s.ID[:]}},
	} {
		if _, err := database.Exec(ctx, tx, step.sql, step.args...); err != nil {
			return fmt.Errorf("fill settlement: %w", err)
		}
	}
	return nil
}

// releaseItems leaves the items of a rejected settlement to others.
func releaseItems(ctx context.Context, tx *gorm.DB, settlementID id.ID) error {
	if _, err := database.Exec(ctx, tx, `DELETE FROM settlement_claims WHERE settlement_id = ?`, settlementID[:]); err != nil {
		return fmt.Errorf("release settlement: %w", err)
	}
	return nil
}

func eachItem(ctx context.Context, db *gorm.DB, settlementID id.ID, take func(Item)) error {
	err := database.Scan(ctx, db, `
		SELECT entry_id, redemption_id, points, fen FROM settlement_items
		WHERE settlement_id = ? ORDER BY entry_id`, []any{settlementID[:]}, func(rows *sql.Rows) error {
		var i Item
		if err := rows.Scan(&i.EntryID, &i.RedemptionID, &i.Points, &i.Fen); err != nil {
			return err
		}
		take(i)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read settlement items: %w", err)
	}
	return nil
}

func insertSettlement(ctx context.Context, tx *gorm.DB, s *Settlement) error {
	err := database.InsertRows(ctx, tx, "settlements",
		[]string{"id", "shop_id", "town_id", "month", "version", "items", "points", "fen", "items_hash", "content_hash"},
		[][]any{{s.ID[:], s.ShopID[:], s.TownID[:], int64(s.Month), s.Version, s.Items, int64(s.Points), s.Fen, s.ItemsHash[:], s.ContentHash[:]}})
	if err != nil {
		return fmt.Errorf("write settlement: %w", err)
	}
	return nil
}

func insertActs(ctx context.Context, tx *gorm.DB, acts []Act) error {
	rows := make([][]any, len(acts))
	for i, a := range acts {
		var sole, paidOn any = a.ActorID[:], nil
		if a.Act == Submit {
			sole = nil
		}
		if a.PaidOn != 0 {
			paidOn = int64(a.PaidOn)
		}
		rows[i] = []any{a.ID[:], a.SettlementID[:], steps[a.Act], a.Act, a.ActorID[:], sole, int64(a.At), a.Detail, paidOn, a.Hash[:]}
	}
	err := database.InsertRows(ctx, tx, "settlement_acts", []string{"id", "settlement_id", "step", "act", "actor_id", "sole_id",
		"acted_at", "detail", "paid_on", "act_hash"}, rows)
	if err != nil {
		return fmt.Errorf("write settlement acts: %w", err)
	}
	return nil
}

const selectSettlements = `
	SELECT s.id, s.shop_id, COALESCE(p.name, ''), p.division_id, s.town_id, s.month, s.version, s.items, s.points, s.fen, s.items_hash, s.content_hash
	FROM settlements s LEFT JOIN shops p ON p.id = s.shop_id`

// query reads settlements with their acts.
func query(ctx context.Context, db *gorm.DB, rest string, args ...any) ([]*Settlement, error) {
	var list []*Settlement
	err := database.Scan(ctx, db, selectSettlements+rest, args, func(rows *sql.Rows) error {
		var s Settlement
		var place id.NullID
		var items, content []byte
		err := rows.Scan(&s.ID, &s.ShopID, &s.ShopName, &place, &s.TownID, &s.Month, &s.Version, &s.Items, &s.Points, &s.Fen, &items, &content)
		s.ItemsHash, s.ContentHash, s.DivisionID = ledger.HashOf(items), ledger.HashOf(content), place.ID
		list = append(list, &s)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read settlements: %w", err)
	}
	return list, loadActs(ctx, db, list)
}

const selectActs = `
	SELECT a.id, a.settlement_id, a.act, a.actor_id, COALESCE(u.name, ''), a.acted_at, a.detail, COALESCE(a.paid_on, 0), a.act_hash
	FROM settlement_acts a LEFT JOIN users u ON u.id = a.actor_id`

func scanAct(rows *sql.Rows) (a Act, err error) {
	var hash []byte
	err = rows.Scan(&a.ID, &a.SettlementID, &a.Act, &a.ActorID, &a.ActorName, &a.At, &a.Detail, &a.PaidOn, &hash)
	a.Hash = ledger.HashOf(hash)
	return a, err
}

func loadActs(ctx context.Context, db *gorm.DB, list []*Settlement) error {
	if len(list) == 0 {
		return nil
	}
	byID := make(map[id.ID]*Settlement, len(list))
	ids := make([]id.ID, len(list))
	for i, s := range list {
		byID[s.ID], ids[i] = s, s.ID
	}
	marks, args := database.List(database.IDs(ids))
	err := database.Scan(ctx, db, selectActs+` WHERE a.settlement_id IN (`+marks+`) ORDER BY a.settlement_id, a.step`, args, func(rows *sql.Rows) error {
		a, err := scanAct(rows)
		if s := byID[a.SettlementID]; s != nil {
			s.Acts = append(s.Acts, a)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("read settlement acts: %w", err)
	}
	return nil
}

func readAct(ctx context.Context, tx *gorm.DB, actID id.ID) (a Act, found bool, err error) {
	err = database.Scan(ctx, tx, selectActs+` WHERE a.id = ?`, []any{actID[:]}, func(rows *sql.Rows) error {
		found = true
		a, err = scanAct(rows)
		return err
	})
	if err != nil {
		return a, false, fmt.Errorf("read settlement act: %w", err)
	}
	return a, found, nil
}

// load returns settlements by id; unknown ids are not in the map.
func load(ctx context.Context, db *gorm.DB, ids []id.ID) (map[id.ID]*Settlement, error) {
	marks, args := database.List(database.IDs(ids))
	list, err := query(ctx, db, ` WHERE s.id IN (`+marks+`)`, args...)
	found := make(map[id.ID]*Settlement, len(list))
	for _, s := range list {
		found[s.ID] = s
	}
	return found, err
}

// loadOne returns a settlement, or nil if there is none.
func loadOne(ctx context.Context, db *gorm.DB, settlementID id.ID) (*Settlement, error) {
	found, err := load(ctx, db, []id.ID{settlementID})
	return found[settlementID], err
}
