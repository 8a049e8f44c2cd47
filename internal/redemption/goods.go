package redemption

import (
	"context"
	"fmt"
	"strings"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/points"
)

// Goods is one kind of goods a shop gives for points.
type Goods struct {
	ID        id.ID
	ShopID    id.ID
	Name      string
	Unit      string // 块, 瓶, 袋 …
	Points    points.Points
	Stock     int64
	Active    bool // false: hidden
	UpdatedAt calendar.Micros
	Later     []Price // prices of days to come
}

// Price is what goods cost from a day on.
type Price struct {
	From   calendar.Day
	Points points.Points
}

func unknownGoods() *fault.Fault { return fault.New(fault.NotFound, "goods.unknown") }

// NewGoods is goods to be added to a shop.
type NewGoods struct {
	ID     id.ID // made by the client
	ShopID id.ID
	Name   string
	Unit   string
	Points points.Points
	Stock  int64 // what is there already
}

// AddGoods adds goods to a shop, at a price from today on. The same ID and
// content again returns the stored goods with replayed set. Faults: NotFound
// "shop.unknown" outside the actor's scope, Invalid "goods.name_missing",
// "goods.price_not_positive" and "goods.stock_negative", Conflict
// "request.id_reused".
func (s *Service) AddGoods(ctx context.Context, actor auth.Actor, in NewGoods) (goods Goods, replayed bool, err error) {
	shop, err := s.managed(ctx, s.db.Read, actor, in.ShopID)
	if err != nil {
		return Goods{}, false, err
	}
	if err := in.clean(); err != nil {
		return Goods{}, false, err
	}
	now := s.now()
	wanted := Goods{ID: in.ID, ShopID: shop.ID, Name: in.Name, Unit: in.Unit, Points: in.Points, Stock: in.Stock, Active: true, UpdatedAt: now}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		goods, replayed = wanted, false
		err := insertGoods(ctx, tx, wanted)
		if database.IsDuplicate(err) {
			replayed = true
			goods, err = sameGoods(ctx, tx, in)
			return err
		}
		if err != nil {
			return err
		}
		return s.stockUp(ctx, tx, actor, shop, wanted)
	})
	return goods, replayed, err
}

// stockUp writes the first price and the first stock of new goods.
func (s *Service) stockUp(ctx context.Context, tx *gorm.DB, actor auth.Actor, shop Shop, g Goods) error {
	if err := setPrice(ctx, tx, actor, g, Price{calendar.DayOf(g.UpdatedAt, s.zone), g.Points}); err != nil {
		return err
	}
	if g.Stock > 0 {
		if err := insertMoves(ctx, tx, [][]any{moveRow(g.ID, g.ID, g.Stock, Delivery, actor.ID, g.UpdatedAt)}); err != nil {
			return err
		}
	}
	return auth.Audit(ctx, tx, actor, auth.Event{Action: "goods.create", ObjectKind: "goods", ObjectID: g.ID,
		DivisionID: shop.DivisionID, Detail: g.detail()})
}

// detail is what the audit log keeps of new goods.
func (g Goods) detail() string {
	return fmt.Sprintf("%s (%s): %s points, stock %d", g.Name, g.Unit, g.Points, g.Stock)
}

// clean puts the texts in order and refuses what cannot be.
func (in *NewGoods) clean() error {
	in.Name, in.Unit = strings.TrimSpace(in.Name), strings.TrimSpace(in.Unit)
	var faults []*fault.Fault
	if in.Name == "" {
		faults = append(faults, fault.New(fault.Invalid, "goods.name_missing").At("/name"))
	}
	if in.Unit == "" {
		faults = append(faults, fault.New(fault.Invalid, "goods.unit_missing").At("/unit"))
	}
	if in.Points <= 0 {
		faults = append(faults, fault.New(fault.Invalid, "goods.price_not_positive").At("/points"))
	}
	if in.Stock < 0 {
		faults = append(faults, fault.New(fault.Invalid, "goods.stock_negative").At("/stock"))
	}
	if joined := fault.Join(faults...); joined != nil {
		return joined
	}
	return nil
}

// sameGoods returns the stored goods if they were added with this content,
// whatever was changed since.
func sameGoods(ctx context.Context, tx *gorm.DB, in NewGoods) (Goods, error) {
	stored, err := lockOneGoods(ctx, tx, in.ID)
	if err != nil {
		return Goods{}, err
	}
	noted, _, _, err := auth.Noted(ctx, tx, "goods.create", in.ID)
	if err != nil {
		return Goods{}, err
	}
	asked := Goods{Name: in.Name, Unit: in.Unit, Points: in.Points, Stock: in.Stock}
	if stored.ShopID != in.ShopID || noted.Detail != asked.detail() {
		return Goods{}, reused()
	}
	return stored, nil
}

// managed returns a shop the actor sets up; else NotFound "shop.unknown".
func (s *Service) managed(ctx context.Context, db *gorm.DB, actor auth.Actor, shopID id.ID) (Shop, error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return Shop{}, err
	}
	found, err := shopsByID(ctx, db, []id.ID{shopID})
	if err != nil {
		return Shop{}, err
	}
	if shop, ok := found[shopID]; ok && actor.Covers(tree, shop.DivisionID, managers...) {
		return shop, nil
	}
	return Shop{}, unknownShop()
}

// GoodsChange is what is to be different; nil stays.
type GoodsChange struct {
	Name   *string
	Unit   *string
	Active *bool
	Points *points.Points // a price, from the day From on
	From   *calendar.Day  // nil: today
}

// ChangeGoods renames, shows or hides goods, or gives them a price from today or
// a later day on. Faults: NotFound "goods.unknown" outside the actor's scope,
// Invalid "goods.name_missing", "goods.price_not_positive",
// "goods.price_missing" and "goods.price_in_past".
func (s *Service) ChangeGoods(ctx context.Context, actor auth.Actor, goodsID id.ID, change GoodsChange) (goods Goods, err error) {
	price, err := s.price(change)
	if err != nil {
		return Goods{}, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		g, err := lockOneGoods(ctx, tx, goodsID)
		if err != nil {
			return err
		}
		shop, err := s.managed(ctx, tx, actor, g.ShopID)
		if fault.Is(err, "shop.unknown") {
			return unknownGoods()
		}
		if err != nil {
			return err
		}
		said, err := g.apply(change)
		if err != nil {
			return err
		}
		if price != nil {
			said = append(said, fmt.Sprintf("%s points from %s", price.Points, price.From))
			if err := setPrice(ctx, tx, actor, g, *price); err != nil {
				return err
			}
			if price.From == s.today() {
				g.Points = price.Points
			}
		}
		if len(said) == 0 {
			return nil
		}
		g.UpdatedAt = s.now()
		if err := updateGoods(ctx, tx, g); err != nil {
			return err
		}
		return auth.Audit(ctx, tx, actor, auth.Event{Action: "goods.change", ObjectKind: "goods", ObjectID: g.ID,
			DivisionID: shop.DivisionID, Detail: g.Name + ": " + strings.Join(said, ", ")})
	})
	if err != nil {
		return Goods{}, err
	}
	return s.goods(ctx, goodsID)
}

// goods returns goods as they are now.
func (s *Service) goods(ctx context.Context, goodsID id.ID) (Goods, error) {
	list, err := goodsWhere(ctx, s.db.Write, s.today(), "g.id = ?", goodsID[:])
	if err != nil || len(list) == 0 {
		return Goods{}, err
	}
	return list[0], nil
}

// price returns the price of a change, nil where it has none.
func (s *Service) price(change GoodsChange) (*Price, error) {
	if change.Points == nil {
		if change.From != nil {
			return nil, fault.New(fault.Invalid, "goods.price_missing").At("/points")
		}
		return nil, nil
	}
	price := Price{From: s.today(), Points: *change.Points}
	if price.Points <= 0 {
		return nil, fault.New(fault.Invalid, "goods.price_not_positive").At("/points")
	}
	if change.From != nil {
		if *change.From < price.From {
			return nil, fault.New(fault.Invalid, "goods.price_in_past", "day", price.From.String()).At("/from")
		}
		price.From = *change.From
	}
	return &price, nil
}

// apply changes texts and visibility and says what is different for the audit
// log.
func (g *Goods) apply(change GoodsChange) (said []string, err error) {
	for _, text := range []struct {
		label string
		from  *string
		to    *string
	}{{"name", &g.Name, change.Name}, {"unit", &g.Unit, change.Unit}} {
		if text.to == nil || strings.TrimSpace(*text.to) == *text.from {
			continue
		}
		wanted := strings.TrimSpace(*text.to)
		if wanted == "" {
			return nil, fault.New(fault.Invalid, "goods."+text.label+"_missing").At("/" + text.label)
		}
		said = append(said, fmt.Sprintf("%s %s → %s", text.label, *text.from, wanted))
		*text.from = wanted
	}
	if change.Active != nil && *change.Active != g.Active {
		g.Active = *change.Active
		said = append(said, map[bool]string{true: "shown", false: "hidden"}[g.Active])
	}
	return said, nil
}

// GoodsOf lists the goods of a shop, the cheapest first and hidden ones last. It returns NotFound
// "shop.unknown" outside the actor's scope.
func (s *Service) GoodsOf(ctx context.Context, actor auth.Actor, shopID id.ID) ([]Goods, error) {
	if _, err := s.Shop(ctx, actor, shopID); err != nil {
		return nil, err
	}
	return goodsWhere(ctx, s.db.Read, s.today(), "g.shop_id = ? ORDER BY g.active DESC, g.points, g.name, g.id", shopID[:])
}

// ShopGoods is a shop with what it gives.
type ShopGoods struct {
	Shop  Shop
	Goods []Goods
}

// GoodsFor lists what the open shops of a division's town give, hidden goods left
// out.
func (s *Service) GoodsFor(ctx context.Context, divisionID id.ID) ([]ShopGoods, error) {
	shops, err := s.ShopsServing(ctx, divisionID)
	if err != nil || len(shops) == 0 {
		return nil, err
	}
	list := make([]ShopGoods, len(shops))
	at := make(map[id.ID]*ShopGoods, len(shops))
	ids := make([]any, len(shops))
	for i, shop := range shops {
		list[i].Shop = shop
		at[shop.ID], ids[i] = &list[i], shop.ID[:]
	}
	goods, err := goodsWhere(ctx, s.db.Read, s.today(),
		"g.active = 1 AND g.shop_id IN ("+database.Placeholders(len(ids))+") ORDER BY g.shop_id, g.points, g.name, g.id", ids...)
	for _, g := range goods {
		at[g.ShopID].Goods = append(at[g.ShopID].Goods, g)
	}
	return list, err
}
