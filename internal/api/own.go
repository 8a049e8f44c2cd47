package api

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"hufen/internal/expiry"
	"hufen/internal/household"
	"hufen/internal/id"
	"hufen/internal/ledger"
)

// own returns the household that opened its page.
func (s *Server) own(c echo.Context) (household.Brief, error) {
	householdID := actorOf(c).HouseholdID
	found, err := household.Briefs(c.Request().Context(), s.DB.Read, []id.ID{householdID})
	if err != nil {
		return household.Brief{}, err
	}
	brief, ok := found[householdID]
	if !ok {
		return household.Brief{}, household.Unknown()
	}
	return brief, nil
}

// GetOwnHousehold shows a household its balance.
func (s *Server) GetOwnHousehold(c echo.Context) error {
	answer, found, err := s.ownPages.Get(c.Request().Context(), actorOf(c).HouseholdID)
	if err != nil {
		return err
	}
	if !found {
		return household.Unknown()
	}
	return c.JSON(http.StatusOK, answer)
}

// ownAnswers are what households see first, read together for those who look at
// the same time.
func (s *Server) ownAnswers(ctx context.Context, householdIDs []id.ID) (map[id.ID]OwnHousehold, error) {
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return nil, err
	}
	briefs, err := household.Briefs(ctx, s.DB.Read, householdIDs)
	if err != nil {
		return nil, err
	}
	accounts := make(map[id.ID]ledger.Account, len(briefs))
	for householdID, brief := range briefs {
		accounts[householdID] = ledger.HouseholdAccount(householdID, brief.VillageID)
	}
	balances, err := ledger.BalancesOf(ctx, s.DB.Read, slices.Collect(maps.Values(accounts)))
	if err != nil {
		return nil, err
	}
	month := s.Divisions.Today().Month()
	earned, err := s.DropOffs.MonthEarned(ctx, householdIDs, month)
	if err != nil {
		return nil, err
	}
	redeemed, err := s.Redemptions.MonthRedeemed(ctx, householdIDs, month)
	if err != nil {
		return nil, err
	}
	holders := make([]expiry.Holder, 0, len(briefs))
	for householdID, brief := range briefs {
		holders = append(holders, expiry.Holder{HouseholdID: householdID, VillageID: brief.VillageID})
	}
	next, err := s.Expiries.NextOf(ctx, holders)
	if err != nil {
		return nil, err
	}
	expired, err := s.Expiries.ExpiredIn(ctx, holders, month)
	if err != nil {
		return nil, err
	}
	answers := make(map[id.ID]OwnHousehold, len(briefs))
	for householdID, brief := range briefs {
		answers[householdID] = OwnHousehold{Household: householdBrief(tree, brief), Balance: Points(balances[accounts[householdID].ID]),
			MonthEarned: Points(earned[householdID].Points), MonthRedeemed: Points(redeemed[householdID].Points),
			Expiry: nextExpiryAnswer(next, householdID), MonthExpired: optional(Points(expired[householdID]))}
	}
	return answers, nil
}

// GetOwnTariff shows today's points for each class.
func (s *Server) GetOwnTariff(c echo.Context) error {
	brief, err := s.own(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return err
	}
	t, err := s.DropOffs.TariffOn(ctx, brief.DivisionID, s.Divisions.Today())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, tariffAnswer(tree, t))
}

// GetOwnGoods shows what the shops of the town give.
func (s *Server) GetOwnGoods(c echo.Context) error {
	brief, err := s.own(c)
	if err != nil {
		return err
	}
	shops, err := s.Redemptions.GoodsFor(c.Request().Context(), brief.DivisionID)
	if err != nil {
		return err
	}
	items := make([]ShopGoods, len(shops))
	for i, shop := range shops {
		items[i] = ShopGoods{Shop: shopBrief(shop.Shop), Goods: goodsAnswers(shop.Goods)}
	}
	return c.JSON(http.StatusOK, ShopGoodsList{Items: items})
}
