package settlement

import (
	"context"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/ledger"
)

// approval is an approval on its way through the posting path.
type approval struct {
	actor        auth.Actor
	settlementID id.ID
	request      ledger.Request

	settlement *Settlement
	err        error
}

// Request says what is asked for.
func (a *approval) Request() ledger.Request { return a.request }

// Fail says that the request was refused.
func (a *approval) Fail(err error) { a.settlement, a.err = nil, err }

// Approve accepts a submitted settlement and moves its points from the shop's
// account to the town's, both or neither. A town official does it who did not
// draw it up or submit it. The same request again returns the first outcome.
// Faults: NotFound "settlement.unknown", Refused "settlement.not_submitted",
// "settlement.already_decided", "settlement.same_person" and
// "settlement.person_only", Conflict "request.id_reused"; Unavailable if the
// outcome is not known, and then the same id is to be sent again.
func (s *Service) Approve(ctx context.Context, actor auth.Actor, requestID, settlementID id.ID) (*Settlement, error) {
	if requestID.IsZero() {
		return nil, fault.New(fault.Invalid, "request.id_missing").At("/id")
	}
	hash := ledger.NewCanonical("hufen/request/settlement/1").ID(requestID).ID(actor.ID).ID(settlementID).Sum()
	a := &approval{actor: actor, settlementID: settlementID,
		request: ledger.Request{ID: requestID, Kind: "settlement", Hash: hash, ActorID: actor.ID}}
	if err := s.approvals.Submit(ctx, a); err != nil {
		return nil, err
	}
	return a.settlement, a.err
}

// postApprovals decides a group in one transaction: hold the shops, read the
// settlements, decide each, write entries and acts.
func (s *Service) postApprovals(ctx context.Context, tx *gorm.DB, asked []*approval) error {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return err
	}
	ids := make([]id.ID, len(asked))
	for i, a := range asked {
		ids[i] = a.settlementID
	}
	if err := lockShopsOf(ctx, tx, ids); err != nil {
		return err
	}
	found, err := load(ctx, tx, ids)
	if err != nil {
		return err
	}
	taken, err := actsTaken(ctx, tx, asked)
	if err != nil {
		return err
	}
	batch, err := ledger.Lock(ctx, tx, s.now(), nil)
	if err != nil {
		return err
	}
	if err := batch.NotBefore(ctx, townsOf(found)...); err != nil {
		return err
	}
	var acts []Act
	for _, a := range asked {
		act, err := s.approveOne(tree, batch, found[a.settlementID], taken[a.request.ID], a)
		if refusal, ok := fault.As(err); ok {
			batch.Reject(a.request, refusal)
			continue
		}
		if err != nil {
			return err
		}
		acts = append(acts, act)
	}
	if err := batch.Write(ctx); err != nil {
		return err
	}
	if err := insertActs(ctx, tx, acts); err != nil {
		return err
	}
	for _, a := range asked {
		if a.err == nil {
			if err := auth.Audit(ctx, tx, a.actor, a.settlement.event(a.settlement.Acts[2])); err != nil {
				return err
			}
		}
	}
	return nil
}

// townsOf returns the towns that pay.
func townsOf(found map[id.ID]*Settlement) []id.ID {
	towns := make([]id.ID, 0, len(found))
	for _, s := range found {
		towns = append(towns, s.TownID)
	}
	return towns
}

// actsTaken tells which of the ids belong to other acts.
func actsTaken(ctx context.Context, tx *gorm.DB, asked []*approval) (map[id.ID]bool, error) {
	taken := make(map[id.ID]bool)
	for _, a := range asked {
		_, found, err := readAct(ctx, tx, a.request.ID)
		if err != nil {
			return nil, err
		}
		taken[a.request.ID] = found
	}
	return taken, nil
}

// approveOne puts the entry into the batch, or refuses it. What was said before
// is forgotten.
func (s *Service) approveOne(tree *division.Tree, batch *ledger.Batch, found *Settlement, taken bool, a *approval) (Act, error) {
	a.settlement, a.err = nil, nil
	if taken {
		a.err = reused()
		return Act{}, a.err
	}
	act := Act{ID: a.request.ID, Act: Approve, ActorID: a.actor.ID, ActorName: a.actor.Name, At: batch.At()}
	if a.err = s.may(tree, a.actor, found, act, false); a.err != nil {
		return Act{}, a.err
	}
	err := batch.Post(a.request, &ledger.Entry{
		ID: act.ID, Kind: ledger.Settlement, EffectiveAt: act.At, VillageID: found.TownID, ActorID: act.ActorID,
		SourceHash: found.ContentHash, Lines: ledger.Settle(found.ShopID, found.TownID, found.Points),
	})
	if err != nil {
		return Act{}, err
	}
	a.settlement = found
	return found.add(act), nil
}

// replayApprovals fills in what was approved before.
func (s *Service) replayApprovals(ctx context.Context, tx *gorm.DB, asked []*approval) error {
	for _, a := range asked {
		found, err := loadOne(ctx, tx, a.settlementID)
		if err != nil {
			return err
		}
		found.Replayed = true
		a.settlement, a.err = found, nil
	}
	return nil
}
