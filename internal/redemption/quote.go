package redemption

import (
	"context"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
)

// QuoteInput is what a shop wants to know the price of.
type QuoteInput struct {
	CardCode string
	ShopID   id.ID
	Items    []Line
}

// Quote is what a redemption would come to. The balance is not part of it: the
// shop learns whether it is enough, and how much is missing.
type Quote struct {
	Points        points.Points
	Missing       points.Points // 0: enough
	ConfirmNeeded bool
}

// Quote prices goods for a household and writes nothing. Faults are those of
// Redeem.
func (s *Service) Quote(ctx context.Context, actor auth.Actor, in QuoteInput) (Quote, error) {
	o, err := newBasket(actor, in.CardCode, in.ShopID, in.Items)
	if err != nil {
		return Quote{}, err
	}
	now := s.now()
	day := calendar.DayOf(now, s.zone)
	if err := s.find(ctx, s.db.Read, day, []*order{o}); err != nil {
		return Quote{}, err
	}
	if o.err != nil {
		return Quote{}, o.err
	}
	shelf, err := readShelf(ctx, s.db.Read, day, goodsOf([]*order{o}), "")
	if err != nil {
		return Quote{}, err
	}
	r, err := s.priced(ctx, now, shelf, o)
	if err != nil {
		return Quote{}, err
	}
	balance, err := ledger.BalanceOf(ctx, s.db.Read, o.account())
	if err != nil {
		return Quote{}, err
	}
	needed, err := s.confirmNeeded(ctx, o.shop, r)
	return Quote{Points: r.Points, Missing: max(0, r.Points-balance), ConfirmNeeded: needed}, err
}
