package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"hufen/internal/division"
	"hufen/internal/id"
	"hufen/internal/points"
	"hufen/internal/redemption"
)

// shopCursor is the place of a shop in a list.
type shopCursor struct {
	Name string `json:"n"`
	ID   id.ID  `json:"i"`
}

// ListShops lists the shops in scope by name.
func (s *Server) ListShops(c echo.Context, params ListShopsParams) error {
	ctx := c.Request().Context()
	var after shopCursor
	if err := readCursor(params.Cursor, &after); err != nil {
		return err
	}
	limit := limitOf(params.Limit)
	shops, err := s.Redemptions.Shops(ctx, actorOf(c), redemption.ShopFilter{
		DivisionID: orZero(params.Division), AfterName: after.Name, AfterID: after.ID, Limit: limit})
	if err != nil {
		return err
	}
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return err
	}
	shops, next := page(shops, limit, func(shop redemption.Shop) any { return shopCursor{shop.Name, shop.ID} })
	items := make([]Shop, len(shops))
	for i, shop := range shops {
		items[i] = shopAnswer(tree, shop)
	}
	return c.JSON(http.StatusOK, ShopList{Items: items, NextCursor: next})
}

func shopAnswer(tree *division.Tree, shop redemption.Shop) Shop {
	return Shop{Id: shop.ID, Name: shop.Name, Division: divisionBrief(tree, shop.DivisionID), OpenedOn: shop.OpenedOn,
		ClosedOn: optional(shop.ClosedOn)}
}

func shopBrief(shop redemption.Shop) ShopBrief { return ShopBrief{Id: shop.ID, Name: shop.Name} }

// CreateShop opens a shop.
func (s *Server) CreateShop(c echo.Context) error {
	var req NewShop
	if err := bind(c, &req); err != nil {
		return err
	}
	ctx := c.Request().Context()
	shop, replayed, err := s.Redemptions.CreateShop(ctx, actorOf(c),
		redemption.NewShop{ID: req.Id, DivisionID: req.DivisionId, Name: req.Name})
	if err != nil {
		return err
	}
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return err
	}
	return created(c, replayed, shopAnswer(tree, shop))
}

// UpdateShop renames or closes a shop.
func (s *Server) UpdateShop(c echo.Context, shopID PathId) error {
	var req ShopChange
	if err := bind(c, &req); err != nil {
		return err
	}
	ctx := c.Request().Context()
	shop, err := s.Redemptions.ChangeShop(ctx, actorOf(c), shopID, redemption.ShopChange{Name: req.Name, ClosedOn: req.ClosedOn})
	if err != nil {
		return err
	}
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, shopAnswer(tree, shop))
}

// ListGoods lists the goods of a shop.
func (s *Server) ListGoods(c echo.Context, shopID PathId) error {
	goods, err := s.Redemptions.GoodsOf(c.Request().Context(), actorOf(c), shopID)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, GoodsList{Items: goodsAnswers(goods)})
}

func goodsAnswers(goods []redemption.Goods) []Goods {
	answers := make([]Goods, len(goods))
	for i, g := range goods {
		answers[i] = goodsAnswer(g)
	}
	return answers
}

func goodsAnswer(g redemption.Goods) Goods {
	answer := Goods{Id: g.ID, ShopId: g.ShopID, Name: g.Name, Unit: g.Unit, Points: Points(g.Points), Stock: g.Stock, Active: g.Active}
	if len(g.Later) > 0 {
		later := make([]LaterPrice, len(g.Later))
		for i, p := range g.Later {
			later[i] = LaterPrice{From: p.From, Points: Points(p.Points)}
		}
		answer.Later = &later
	}
	return answer
}

// CreateGoods adds goods to a shop.
func (s *Server) CreateGoods(c echo.Context, shopID PathId) error {
	var req NewGoods
	if err := bind(c, &req); err != nil {
		return err
	}
	g, replayed, err := s.Redemptions.AddGoods(c.Request().Context(), actorOf(c), redemption.NewGoods{
		ID: req.Id, ShopID: shopID, Name: req.Name, Unit: req.Unit, Points: points.Points(req.Points), Stock: req.Stock})
	if err != nil {
		return err
	}
	return created(c, replayed, goodsAnswer(g))
}

// UpdateGoods renames, shows or hides goods, or gives them a price.
func (s *Server) UpdateGoods(c echo.Context, goodsID PathId) error {
	var req GoodsChange
	if err := bind(c, &req); err != nil {
		return err
	}
	g, err := s.Redemptions.ChangeGoods(c.Request().Context(), actorOf(c), goodsID, redemption.GoodsChange{
		Name: req.Name, Unit: req.Unit, Active: req.Active, Points: (*points.Points)(req.Points), From: req.From})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, goodsAnswer(g))
}

// MoveStock notes a delivery or a count.
func (s *Server) MoveStock(c echo.Context, goodsID PathId) error {
	var req NewStockMove
	if err := bind(c, &req); err != nil {
		return err
	}
	g, replayed, err := s.Redemptions.MoveStock(c.Request().Context(), actorOf(c),
		redemption.StockMove{ID: req.Id, GoodsID: goodsID, Delta: req.Delta, Reason: string(req.Reason)})
	if err != nil {
		return err
	}
	return created(c, replayed, goodsAnswer(g))
}
