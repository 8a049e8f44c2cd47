package settlement

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/id"
	"hufen/internal/points"
)

// Get returns a settlement the actor may see; else NotFound "settlement.unknown".
func (s *Service) Get(ctx context.Context, actor auth.Actor, settlementID id.ID) (*Settlement, error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return nil, err
	}
	found, err := loadOne(ctx, s.db.Read, settlementID)
	if err != nil {
		return nil, err
	}
	if found == nil || !sees(tree, actor, found.ShopID, found.DivisionID) {
		return nil, unknown()
	}
	return found, nil
}

// May lists the acts that are the actor's to do with a settlement as it is now.
func (s *Service) May(ctx context.Context, actor auth.Actor, found *Settlement) ([]string, error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return nil, err
	}
	acts := []string{}
	for _, act := range []string{Submit, Approve, Reject, Pay} {
		if s.may(tree, actor, found, Act{Act: act, PaidOn: s.today()}, false) == nil {
			acts = append(acts, act)
		}
	}
	return acts, nil
}

// Cursor is the place of a settlement in the list.
type Cursor struct {
	Month calendar.Month
	ID    id.ID
}

// Filter says which settlements to list.
type Filter struct {
	ShopID     id.ID          // zero: every shop the actor reads
	DivisionID id.ID          // zero: the whole scope
	Month      calendar.Month // zero: all
	State      State          // empty: all
	After      Cursor         // zero: from the newest month
	Limit      int
}

// List returns settlements, newest month first, and one more than the limit
// where there are more. It returns NotFound "division.unknown" for a division
// outside the scope; a shop outside of it has none.
func (s *Service) List(ctx context.Context, actor auth.Actor, f Filter) ([]*Settlement, error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return nil, err
	}
	where, args, err := scope(tree, actor, f)
	if err != nil || where == "" {
		return nil, err
	}
	if !f.ShopID.IsZero() {
		where, args = where+" AND s.shop_id = ?", append(args, f.ShopID[:])
	}
	if f.Month != 0 {
		where, args = where+" AND s.month = ?", append(args, int64(f.Month))
	}
	if f.State != "" {
		where += ` AND (SELECT a.act FROM settlement_acts a WHERE a.settlement_id = s.id ORDER BY a.step DESC LIMIT 1) = ?`
		args = append(args, actOf(f.State))
	}
	if !f.After.ID.IsZero() {
		where += " AND (s.month < ? OR s.month = ? AND s.id < ?)"
		args = append(args, int64(f.After.Month), int64(f.After.Month), f.After.ID[:])
	}
	return query(ctx, s.db.Read, where+" ORDER BY s.month DESC, s.id DESC LIMIT ?", append(args, f.Limit+1)...)
}

// actOf is the act that leads to a state.
func actOf(state State) string {
	for act, to := range after {
		if to == state {
			return act
		}
	}
	return ""
}

// scope returns the condition of what the actor reads, empty where that is
// nothing.
func scope(tree *division.Tree, actor auth.Actor, f Filter) (string, []any, error) {
	divisions := actor.Divisions(readers...)
	if !f.DivisionID.IsZero() {
		if !actor.Covers(tree, f.DivisionID, readers...) {
			return "", nil, division.Unknown().At("?division")
		}
		divisions = []id.ID{f.DivisionID}
	}
	if slices.Contains(divisions, id.ID{}) {
		return " WHERE 1 = 1", nil, nil
	}
	var either []string
	var args []any
	if len(divisions) > 0 {
		either = append(either, "p.division_id IN (SELECT division_id FROM division_ancestors WHERE ancestor_id IN ("+database.Placeholders(len(divisions))+"))")
		args = append(args, database.IDs(divisions)...)
	}
	if shops := ownShops(actor); len(shops) > 0 && f.DivisionID.IsZero() {
		either = append(either, "s.shop_id IN ("+database.Placeholders(len(shops))+")")
		args = append(args, database.IDs(shops)...)
	}
	switch len(either) {
	case 0:
		return "", nil, nil
	case 1:
		return " WHERE " + either[0], args, nil
	}
	return " WHERE (" + either[0] + " OR " + either[1] + ")", args, nil
}

func ownShops(actor auth.Actor) []id.ID {
	var ids []id.ID
	for _, g := range actor.Grants {
		if g.Role == auth.Shopkeeper && !g.ShopID.IsZero() {
			ids = append(ids, g.ShopID)
		}
	}
	return ids
}

// Line is one kind of goods of a settlement at one price.
type Line struct {
	Name       string
	Unit       string
	UnitPoints points.Points
	Back       bool // taken back after an earlier settlement; Quantity and the rest are below zero
	Quantity   int64
	Points     points.Points
	Fen        int64 // at the value of a point on the days; what was rounded per redemption may differ by some fen
}

// Lines adds up the goods of a settlement, the most points first, what was taken
// back last.
func (s *Service) Lines(ctx context.Context, settlementID id.ID) ([]Line, error) {
	return lines(ctx, s.db.Read, settlementID)
}

func lines(ctx context.Context, db *gorm.DB, settlementID id.ID) ([]Line, error) {
	var list []Line
	err := database.Scan(ctx, db, `
		SELECT g.name, g.unit, g.unit_points, r.point_value_fen, CASE WHEN t.points < 0 THEN 1 ELSE 0 END AS back,
		       SUM(g.quantity), SUM(g.points) AS total
		FROM settlement_items t JOIN redemptions r ON r.id = t.redemption_id JOIN redemption_items g ON g.redemption_id = r.id
		WHERE t.settlement_id = ?
		GROUP BY g.name, g.unit, g.unit_points, r.point_value_fen, back
		ORDER BY back, total DESC, g.name, g.unit, g.unit_points`, []any{settlementID[:]}, func(rows *sql.Rows) error {
		var l Line
		var value, back int64
		if err := rows.Scan(&l.Name, &l.Unit, &l.UnitPoints, &value, &back, &l.Quantity, &l.Points); err != nil {
			return err
		}
		l.Fen = (int64(l.Points)*value + 50) / 100
		if back == 1 {
			l.Back, l.Quantity, l.Points, l.Fen = true, -l.Quantity, -l.Points, -l.Fen
		}
		list = append(list, l)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("add up settlement: %w", err)
	}
	return list, nil
}
