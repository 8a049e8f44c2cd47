package redemption

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/points"
)

// Why stock moves.
const (
	Delivery = "delivery"
	Count    = "count" // the difference found at a count

	moveRedemption = "redemption"
	moveReversal   = "reversal"
)

// StockMove is a delivery, or the difference found at a count.
type StockMove struct {
	ID      id.ID // made by the client
	GoodsID id.ID
	Delta   int64
	Reason  string // Delivery or Count
}

// MoveStock changes the stock of goods, for the shop's keeper or those who set
// the shop up. The same ID and content again returns the goods with replayed
// set. Faults: NotFound "goods.unknown" outside the actor's scope, Invalid
// "goods.move_of_nothing" and "goods.delivery_negative", Refused
// "goods.stock_too_low" with what is "left", Conflict "request.id_reused".
func (s *Service) MoveStock(ctx context.Context, actor auth.Actor, move StockMove) (goods Goods, replayed bool, err error) {
	if err := move.check(); err != nil {
		return Goods{}, false, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		if goods, err = lockOneGoods(ctx, tx, move.GoodsID); err != nil {
			return err
		}
		shop, err := s.stocked(ctx, tx, actor, goods.ShopID)
		if err != nil {
			return err
		}
		if replayed, err = moved(ctx, tx, actor, move); replayed || err != nil {
			return err
		}
		if goods.Stock+move.Delta < 0 {
			return fault.New(fault.Refused, "goods.stock_too_low", "name", goods.Name, "left", goods.Stock).At("/delta")
		}
		goods.Stock += move.Delta
		goods.UpdatedAt = s.now()
		if err := updateGoods(ctx, tx, goods); err != nil {
			return err
		}
		row := moveRow(move.ID, goods.ID, move.Delta, move.Reason, actor.ID, goods.UpdatedAt)
		if err := insertMoves(ctx, tx, [][]any{row}); err != nil {
			return err
		}
		return auth.Audit(ctx, tx, actor, auth.Event{Action: "stock.move", ObjectKind: "goods", ObjectID: goods.ID,
			DivisionID: shop.DivisionID, Detail: fmt.Sprintf("%s: %s %+d, now %d", goods.Name, move.Reason, move.Delta, goods.Stock)})
	})
	if err != nil {
		return Goods{}, false, err
	}
	goods, err = s.goods(ctx, goods.ID)
	return goods, replayed, err
}

func (m StockMove) check() error {
	switch {
	case m.ID.IsZero():
		return fault.New(fault.Invalid, "request.id_missing").At("/id")
	case m.Delta == 0:
		return fault.New(fault.Invalid, "goods.move_of_nothing").At("/delta")
	case m.Reason == Delivery && m.Delta < 0:
		return fault.New(fault.Invalid, "goods.delivery_negative").At("/delta")
	}
	return nil
}

// stocked returns a shop whose stock the actor may move; else NotFound
// "goods.unknown".
func (s *Service) stocked(ctx context.Context, tx *gorm.DB, actor auth.Actor, shopID id.ID) (Shop, error) {
	if actor.HasShop(shopID) {
		found, err := shopsByID(ctx, tx, []id.ID{shopID})
		return found[shopID], err
	}
	shop, err := s.managed(ctx, tx, actor, shopID)
	if fault.Is(err, "shop.unknown") {
		return Shop{}, unknownGoods()
	}
	return shop, err
}

// moved reports whether the move was done before.
func moved(ctx context.Context, tx *gorm.DB, actor auth.Actor, move StockMove) (bool, error) {
	stored, actorID, found, err := storedMove(ctx, tx, move.ID)
	if err != nil || !found {
		return false, err
	}
	if stored != move || actorID != actor.ID {
		return false, reused()
	}
	return true, nil
}

// shelf is the locked goods of a group, with the stock as the group has moved it
// so far.
type shelf struct {
	goods map[id.ID]*Goods
	moved map[id.ID]bool
}

// item prices a line, or refuses it: the goods are not the shop's
// ("goods.unknown"), hidden ("goods.hidden") or not enough
// ("redemption.out_of_stock" with the name and how many are left).
func (s *shelf) item(shopID id.ID, line Line) (Item, *fault.Fault) {
	g := s.goods[line.GoodsID]
	switch {
	case g == nil || g.ShopID != shopID:
		return Item{}, unknownGoods().At("/goods_id")
	case !g.Active:
		return Item{}, fault.New(fault.Refused, "goods.hidden", "name", g.Name).At("/goods_id")
	case g.Stock < line.Quantity:
		return Item{}, fault.New(fault.Refused, "redemption.out_of_stock",
			"name", g.Name, "left", g.Stock, "unit", g.Unit).At("/quantity")
	}
	return Item{GoodsID: g.ID, Name: g.Name, Unit: g.Unit, Quantity: line.Quantity,
		UnitPoints: g.Points, Points: g.Points * points.Points(line.Quantity)}, nil
}

// take takes what a redemption gives.
func (s *shelf) take(r *Redemption) { s.move(r, -1) }

// putBack returns what a redemption gave.
func (s *shelf) putBack(r *Redemption) { s.move(r, +1) }

func (s *shelf) move(r *Redemption, sign int64) {
	for _, item := range r.Items {
		s.goods[item.GoodsID].Stock += sign * item.Quantity
		s.moved[item.GoodsID] = true
	}
}

// write stores the stock that moved. The rows are locked, so that the other
// columns are as they were read.
func (s *shelf) write(ctx context.Context, tx *gorm.DB) error {
	var rows [][]any
	for _, goodsID := range sortedIDs(s.moved) {
		rows = append(rows, s.goods[goodsID].row())
	}
	err := database.Upsert(ctx, tx, "goods", goodsColumns, []string{"id"}, []database.Set{{Column: "stock"}}, rows)
	if err != nil {
		return fmt.Errorf("write stock: %w", err)
	}
	return nil
}

func moveRow(moveID, goodsID id.ID, delta int64, reason string, actorID id.ID, at calendar.Micros) []any {
	return []any{moveID[:], goodsID[:], delta, reason, actorID[:], int64(at)}
}

func insertMoves(ctx context.Context, tx *gorm.DB, rows [][]any) error {
	err := database.InsertRows(ctx, tx, "stock_moves", []string{"id", "goods_id", "delta", "reason", "actor_id", "recorded_at"}, rows)
	if err != nil {
		return fmt.Errorf("write stock moves: %w", err)
	}
	return nil
}
