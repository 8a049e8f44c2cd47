package redemption

import (
	"context"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/ledger"
)

// reversal takes a redemption back, on its way through the posting path.
type reversal struct {
	actor        auth.Actor
	redemptionID id.ID
	reason       string
	request      ledger.Request

	redemption *Redemption
	err        error
}

// Request says what is asked for.
func (v *reversal) Request() ledger.Request { return v.request }

// Fail says that the request was refused.
func (v *reversal) Fail(err error) { v.redemption, v.err = nil, err }

// Reverse takes a redemption back by an opposite entry, on the day it was made
// and by a keeper of its shop; points and stock go back. The balance of the
// answer is the one after it. The same request again returns the first outcome.
// Faults: NotFound "redemption.unknown", Conflict "redemption.already_reversed",
// Refused "redemption.undo_too_late" from the next day on.
func (s *Service) Reverse(ctx context.Context, actor auth.Actor, requestID, redemptionID id.ID, reason string) (*Redemption, error) {
	if requestID.IsZero() {
		return nil, fault.New(fault.Invalid, "request.id_missing").At("/id")
	}
	hash := ledger.NewCanonical("hufen/request/redemption-reversal/1").ID(requestID).ID(actor.ID).ID(redemptionID).Text(reason).Sum()
	v := &reversal{actor: actor, redemptionID: redemptionID, reason: reason,
		request: ledger.Request{ID: requestID, Kind: "reversal", Hash: hash, ActorID: actor.ID}}
	if err := s.reversals.Submit(ctx, v); err != nil {
		return nil, err
	}
	return v.redemption, v.err
}

// reverse decides a group in one transaction: find the redemptions, lock their
// households, look again, lock the goods, decide each, write.
func (s *Service) reverse(ctx context.Context, tx *gorm.DB, asked []*reversal) error {
	ids := reversedIDs(asked)
	found, err := load(ctx, tx, ids)
	if err != nil {
		return err
	}
	var accounts []ledger.Account
	goods := make(map[id.ID]bool)
	for _, r := range found {
		accounts = append(accounts, ledger.HouseholdAccount(r.HouseholdID, r.VillageID), ledger.ShopAccount(r.ShopID))
		for _, item := range r.Items {
			goods[item.GoodsID] = true
		}
	}
	batch, err := ledger.Lock(ctx, tx, s.now(), accounts)
	if err != nil {
		return err
	}
	now := batch.At()
	if found, err = load(ctx, tx, ids); err != nil { // as they are now that nobody else can decide
		return err
	}
	shelf, err := lockGoods(ctx, tx, calendar.DayOf(now, s.zone), sortedIDs(goods))
	if err != nil {
		return err
	}
	var moves [][]any
	for _, v := range asked {
		v.redemption, v.err = nil, nil
		r := found[v.redemptionID]
		err := s.reverseOne(batch, r, v)
		if refusal, ok := fault.As(err); ok {
			v.err = refusal
			batch.Reject(v.request, refusal)
			continue
		}
		if err != nil {
			return err
		}
		shelf.putBack(r)
		for _, item := range r.Items {
			moves = append(moves, moveRow(v.request.ID, item.GoodsID, item.Quantity, moveReversal, v.actor.ID, now))
		}
	}
	if err := batch.Write(ctx); err != nil {
		return err
	}
	if err := insertMoves(ctx, tx, moves); err != nil {
		return err
	}
	return shelf.write(ctx, tx)
}

// reverseOne puts the opposite entry into the batch, or refuses it.
func (s *Service) reverseOne(batch *ledger.Batch, r *Redemption, v *reversal) error {
	if r == nil || !v.actor.HasShop(r.ShopID) {
		return fault.New(fault.NotFound, "redemption.unknown")
	}
	if r.Status == Reversed {
		return fault.New(fault.Conflict, "redemption.already_reversed")
	}
	if r.Day != calendar.DayOf(batch.At(), s.zone) {
		return fault.New(fault.Refused, "redemption.undo_too_late", "day", r.Day.String())
	}
	entry := &ledger.Entry{
		ID: v.request.ID, Kind: ledger.Reversal, EffectiveAt: batch.At(), VillageID: r.VillageID, ActorID: v.actor.ID,
		ReversesID: id.Some(r.ID), Reason: v.reason, SourceHash: r.ContentHash,
		Lines: ledger.GiveBack(r.HouseholdID, r.VillageID, r.ShopID, r.Points),
	}
	if err := batch.Post(v.request, entry); err != nil {
		return err
	}
	r.Status, r.reversalID = Reversed, id.Some(v.request.ID)
	r.leave(entry.Place(), r.Points)
	v.redemption = r
	return nil
}

func reversedIDs(asked []*reversal) []id.ID {
	ids := make([]id.ID, len(asked))
	for i, v := range asked {
		ids[i] = v.redemptionID
	}
	return ids
}

// replayReversals fills in what was reversed before.
func (s *Service) replayReversals(ctx context.Context, tx *gorm.DB, asked []*reversal) error {
	found, err := load(ctx, tx, reversedIDs(asked))
	if err != nil {
		return err
	}
	entries := make([]id.ID, len(asked))
	for i, v := range asked {
		entries[i] = v.request.ID
	}
	after, err := ledger.PlacesOf(ctx, tx, entries)
	if err != nil {
		return err
	}
	for _, v := range asked {
		again := *found[v.redemptionID]
		again.leave(after[v.request.ID], again.Points)
		again.Replayed = true
		v.redemption, v.err = &again, nil
	}
	return nil
}
