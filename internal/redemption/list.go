package redemption

import (
	"context"
	"fmt"
	"slices"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// readers see what was redeemed in their division.
var readers = []auth.Role{auth.Cadre, auth.TownOfficial, auth.DistrictOfficial, auth.Finance, auth.Auditor, auth.Administrator}

// sees reports whether the actor may read a redemption: one of the own shop, or
// one whose household or shop lies in a division the actor reads.
func sees(tree *division.Tree, actor auth.Actor, r *Redemption, shop Shop) bool {
	return actor.HasShop(r.ShopID) || actor.Covers(tree, r.VillageID, readers...) || actor.Covers(tree, shop.DivisionID, readers...)
}

// Get returns a redemption the actor may see, with the balance right after it;
// else NotFound "redemption.unknown".
func (s *Service) Get(ctx context.Context, actor auth.Actor, redemptionID id.ID) (*Redemption, error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return nil, err
	}
	found, err := load(ctx, s.db.Read, []id.ID{redemptionID})
	if err != nil {
		return nil, err
	}
	unknown := fault.New(fault.NotFound, "redemption.unknown")
	r := found[redemptionID]
	if r == nil {
		return nil, unknown
	}
	shops, err := shopsByID(ctx, s.db.Read, []id.ID{r.ShopID})
	if err != nil {
		return nil, err
	}
	if !sees(tree, actor, r, shops[r.ShopID]) {
		return nil, unknown
	}
	return r, addBalances(ctx, s.db.Read, []*Redemption{r})
}

// Filter says which redemptions of a day to list.
type Filter struct {
	ShopID id.ID        // zero: all the actor may see
	Day    calendar.Day // local day
	Before id.ID        // zero: from the newest
	Limit  int
}

// List returns the redemptions of a day, newest first, and one more than the
// limit where there are more, with the day's totals: of a shop, or of all the
// actor's shops or villages. It returns NotFound "shop.unknown" for a shop
// outside the scope.
func (s *Service) List(ctx context.Context, actor auth.Actor, f Filter) ([]*Redemption, Totals, error) {
	where, args, err := s.where(ctx, actor, f)
	if err != nil || where == "" {
		return nil, Totals{}, err
	}
	totals, err := sum(ctx, s.db.Read, where, args...)
	if err != nil {
		return nil, Totals{}, err
	}
	if !f.Before.IsZero() {
		where += " AND r.id < ?"
		args = append(args, f.Before[:])
	}
	list, err := query(ctx, s.db.Read, where+" ORDER BY r.id DESC LIMIT ?", append(args, f.Limit+1)...)
	return list, totals, err
}

// where returns the condition of a list, empty if the actor sees no shop.
func (s *Service) where(ctx context.Context, actor auth.Actor, f Filter) (string, []any, error) {
	shops, villages, err := s.visible(ctx, actor, f.ShopID)
	if err != nil || len(shops) == 0 {
		return "", nil, err
	}
	where := " WHERE r.shop_id IN (" + database.Placeholders(len(shops)) + ") AND r.day = ?"
	args := database.IDs(shops, int64(f.Day))
	if len(villages) > 0 {
		where += " AND r.village_id IN (" + database.Placeholders(len(villages)) + ")"
		args = append(args, database.IDs(villages)...)
	}
	return where, args, nil
}

// visible returns the shops an actor reads, and the villages where the scope is
// smaller than what those shops serve: who reads a village sees what its
// households redeemed in the shops of the town.
func (s *Service) visible(ctx context.Context, actor auth.Actor, shopID id.ID) (shops, villages []id.ID, err error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return nil, nil, err
	}
	if !shopID.IsZero() {
		return []id.ID{shopID}, nil, s.readable(ctx, tree, actor, shopID)
	}
	if !actor.Has(readers...) {
		return ownShops(actor), nil, nil
	}
	scope := actor.Divisions(readers...)
	towns := make([]id.ID, len(scope))
	for i, d := range scope {
		towns[i] = served(tree, d)
	}
	if !slices.Equal(towns, scope) {
		for _, village := range tree.Villages(scope...) {
			villages = append(villages, village.ID)
		}
	}
	list, err := listShops(ctx, s.db.Read, towns, ShopFilter{Limit: mostShops})
	for _, shop := range list {
		shops = append(shops, shop.ID)
	}
	return shops, villages, err
}

// readable returns NotFound "shop.unknown" unless the actor reads all of a shop.
func (s *Service) readable(ctx context.Context, tree *division.Tree, actor auth.Actor, shopID id.ID) error {
	if actor.HasShop(shopID) {
		return nil
	}
	found, err := shopsByID(ctx, s.db.Read, []id.ID{shopID})
	if err != nil {
		return err
	}
	if shop, ok := found[shopID]; !ok || !actor.Covers(tree, shop.DivisionID, readers...) {
		return unknownShop().At("?shop")
	}
	return nil
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

// ByID returns redemptions by id, for statements. Ids without one are left out.
func (s *Service) ByID(ctx context.Context, ids []id.ID) (map[id.ID]*Redemption, error) {
	return load(ctx, s.db.Read, ids)
}

// MonthRedeemed returns what households redeemed in a month; those who did not
// are not in the map.
func (s *Service) MonthRedeemed(ctx context.Context, householdIDs []id.ID, month calendar.Month) (map[id.ID]Totals, error) {
	redeemed, err := sumByHousehold(ctx, s.db.Read, householdIDs, month)
	if err != nil {
		return nil, fmt.Errorf("redeemed in %s: %w", month, err)
	}
	return redeemed, nil
}
