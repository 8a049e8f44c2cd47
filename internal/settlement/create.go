package settlement

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/ledger"
)

// NewSettlement is a statement to be drawn up.
type NewSettlement struct {
	ID     id.ID // made by the client
	ShopID id.ID
	Month  calendar.Month
}

// Create draws up a shop's statement for a month that is over: every redemption
// up to its end that is in no other settlement and was not taken back, and as
// negative items those that were taken back after their settlement was approved.
// Its keeper or a town official may. The same ID and content again returns the
// stored settlement with Replayed set.
//
// Faults: NotFound "shop.unknown" outside the actor's scope, Invalid
// "settlement.month_not_over", Refused "settlement.exists" where the month has a
// statement that was not rejected, "settlement.nothing" where there is nothing to
// settle, "settlement.not_positive" where more was taken back than redeemed,
// Conflict "request.id_reused".
func (s *Service) Create(ctx context.Context, actor auth.Actor, in NewSettlement) (*Settlement, error) {
	if in.ID.IsZero() {
		return nil, fault.New(fault.Invalid, "request.id_missing").At("/id")
	}
	if !in.Month.Valid() || in.Month.Last() >= s.today() {
		return nil, fault.New(fault.Invalid, "settlement.month_not_over").At("/month")
	}
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return nil, err
	}
	var made *Settlement
	err = s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		shop, err := lockShop(ctx, tx, in.ShopID)
		if err != nil {
			return err
		}
		if shop.id.IsZero() || !actor.HasShop(shop.id) && !actor.Covers(tree, shop.divisionID, approvers...) {
			return fault.New(fault.NotFound, "shop.unknown").At("/shop_id")
		}
		if made, err = stored(ctx, tx, actor, in); made != nil || err != nil {
			return err
		}
		made, err = s.drawUp(ctx, tx, tree, actor, shop, in)
		return err
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

// stored returns the settlement that was drawn up under this id, or nil.
func stored(ctx context.Context, tx *gorm.DB, actor auth.Actor, in NewSettlement) (*Settlement, error) {
	found, err := loadOne(ctx, tx, in.ID)
	if err != nil || found == nil {
		return nil, err
	}
	created, _ := found.Act(Create)
	if found.ShopID != in.ShopID || found.Month != in.Month || created.ActorID != actor.ID {
		return nil, reused()
	}
	found.Replayed = true
	return found, nil
}

func (s *Service) drawUp(ctx context.Context, tx *gorm.DB, tree *division.Tree, actor auth.Actor, shop shop, in NewSettlement) (*Settlement, error) {
	made := &Settlement{ID: in.ID, ShopID: shop.id, ShopName: shop.name, DivisionID: shop.divisionID,
		TownID: townOf(tree, shop.divisionID), Month: in.Month}
	var err error
	if made.Version, err = nextVersion(ctx, tx, in.ShopID, in.Month); err != nil {
		return nil, err
	}
	if err := claimItems(ctx, tx, made); err != nil {
		return nil, err
	}
	if err := made.addUp(ctx, tx); err != nil {
		return nil, err
	}
	switch {
	case made.Items == 0:
		return nil, fault.New(fault.Refused, "settlement.nothing", "month", in.Month.String()).At("/month")
	case made.Points <= 0 || made.Fen < 0:
		return nil, fault.New(fault.Refused, "settlement.not_positive").At("/month")
	}
	made.ContentHash = made.contentHash()
	if err := insertSettlement(ctx, tx, made); err != nil {
		return nil, err
	}
	act := made.add(Act{ID: made.ID, Act: Create, ActorID: actor.ID, ActorName: actor.Name, At: s.now()})
	if err := insertActs(ctx, tx, []Act{act}); err != nil {
		return nil, err
	}
	return made, auth.Audit(ctx, tx, actor, made.event(act))
}

// addUp reads the items in their order, one at a time, and fills in their
// number, sum and hash.
func (s *Settlement) addUp(ctx context.Context, tx *gorm.DB) error {
	s.Items, s.Points, s.Fen, s.ItemsHash = 0, 0, 0, ledger.Hash{}
	return eachItem(ctx, tx, s.ID, func(i Item) {
		s.Items++
		s.Points += i.Points
		s.Fen += i.Fen
		s.ItemsHash = i.hashAfter(s.ItemsHash)
	})
}

func (s *Settlement) event(a Act) auth.Event {
	detail := fmt.Sprintf("%s %s: %d items, %s points, %d fen", s.ShopName, s.Month, s.Items, s.Points, s.Fen)
	if a.Detail != "" {
		detail += ", " + a.Detail
	}
	if a.PaidOn != 0 {
		detail += ", " + a.PaidOn.String()
	}
	return auth.Event{Action: "settlement." + a.Act, ObjectKind: "settlement", ObjectID: s.ID, DivisionID: s.DivisionID, Detail: detail}
}
