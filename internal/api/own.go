package api

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

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
	brief, err := s.own(c)
	if err != nil {
		return err
	}
	answer, err := s.ownAnswer(c.Request().Context(), brief)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, answer)
}

func (s *Server) ownAnswer(ctx context.Context, brief household.Brief) (OwnHousehold, error) {
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return OwnHousehold{}, err
	}
	balance, err := ledger.BalanceOf(ctx, s.DB.Read, ledger.HouseholdAccount(brief.ID, brief.VillageID))
	if err != nil {
		return OwnHousehold{}, err
	}
	month := s.Divisions.Today().Month()
	earned, err := s.DropOffs.MonthEarned(ctx, brief.ID, month)
	if err != nil {
		return OwnHousehold{}, err
	}
	redeemed, err := s.Redemptions.MonthRedeemed(ctx, brief.ID, month)
	return OwnHousehold{Household: householdBrief(tree, brief), Balance: Points(balance),
		MonthEarned: Points(earned), MonthRedeemed: Points(redeemed)}, err
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
