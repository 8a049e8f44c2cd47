package adjustment

import (
	"context"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/ledger"
)

// Approve posts an adjustment that waits. A town or district official does it
// who did not propose it. The same request again returns the first outcome.
// Faults: NotFound "adjustment.unknown", Refused "adjustment.same_person",
// "adjustment.person_only", "household.closed" and "ledger.insufficient_points"
// where the household does not hold what is to be taken any more, Conflict
// "adjustment.already_decided", "adjustment.already_reversed" and
// "request.id_reused"; Unavailable if the outcome is not known, and then the
// same id is to be sent again.
func (s *Service) Approve(ctx context.Context, actor auth.Actor, requestID, adjustmentID id.ID) (*Adjustment, error) {
	return s.decide(ctx, actor, "approval", Act{ID: requestID, AdjustmentID: adjustmentID, Act: Approve})
}

// Refuse leaves an adjustment that waits for ever undone. A town or district
// official does it who did not propose it. The same request again returns the
// first outcome. Faults: as Approve, and Invalid "adjustment.reason_missing" and
// "adjustment.too_long".
func (s *Service) Refuse(ctx context.Context, actor auth.Actor, requestID, adjustmentID id.ID, reason string) (*Adjustment, error) {
	reason, err := reasonOf(reason)
	if err != nil {
		return nil, err
	}
	return s.decide(ctx, actor, "refusal", Act{ID: requestID, AdjustmentID: adjustmentID, Act: Refuse, Detail: reason})
}

func (s *Service) decide(ctx context.Context, actor auth.Actor, kind string, act Act) (*Adjustment, error) {
	act.ActorID, act.ActorName = actor.ID, actor.Name
	hash := ledger.NewCanonical("hufen/request/adjustment-decision/1").ID(act.ID).ID(actor.ID).ID(act.AdjustmentID).
		Text(act.Act).Text(act.Detail).Sum()
	return s.submit(ctx, &step{actor: actor, adjustmentID: act.AdjustmentID,
		request: ledger.Request{ID: act.ID, Kind: kind, Hash: hash, ActorID: actor.ID},
		do: func(ctx context.Context, tx *gorm.DB, tree *division.Tree, one *step) error {
			return s.decideOne(ctx, tx, tree, one, act)
		}})
}

// decideOne holds the household, looks again, and decides.
func (s *Service) decideOne(ctx context.Context, tx *gorm.DB, tree *division.Tree, one *step, act Act) error {
	found, err := loadOne(ctx, tx, act.AdjustmentID)
	if err != nil {
		return err
	}
	var accounts []ledger.Account
	if found != nil {
		accounts = append(accounts, found.account())
	}
	batch, err := ledger.Lock(ctx, tx, s.now(), accounts)
	if err != nil {
		return err
	}
	if found, err = loadOne(ctx, tx, act.AdjustmentID); err != nil { // as it is now that nobody else can decide
		return err
	}
	act.At = batch.At()
	if err := s.may(tree, one.actor, found); err != nil {
		return one.refused(ctx, batch, err)
	}
	var back object
	if act.Act == Refuse {
		batch.Settle(one.request)
	} else if back, err = s.approve(ctx, tx, batch, one, found, act); err != nil {
		return one.refused(ctx, batch, err)
	}
	one.adjustment = found
	if err := batch.Write(ctx); err != nil {
		return err
	}
	act = found.add(act)
	if err := insertActs(ctx, tx, []Act{act}); err != nil {
		return err
	}
	if err := s.undo(ctx, tx, back, act); err != nil {
		return err
	}
	return auth.Audit(ctx, tx, one.actor, found.event(act))
}

// may says why the actor may not decide about an adjustment now, or nil.
func (s *Service) may(tree *division.Tree, actor auth.Actor, found *Adjustment) error {
	if found == nil || !actor.Covers(tree, found.VillageID, approvers...) {
		return unknown()
	}
	if actor.Kind != auth.Person {
		return fault.New(fault.Refused, "adjustment.person_only")
	}
	if last := found.Acts[len(found.Acts)-1]; last.Act != Propose {
		return fault.New(fault.Conflict, "adjustment.already_decided", "name", last.ActorName, "day", calendar.DayOf(last.At, s.zone).String())
	}
	if found.Acts[0].ActorID == actor.ID {
		return fault.New(fault.Refused, "adjustment.same_person")
	}
	return nil
}

// approve puts the entry of an adjustment into the batch and returns what it
// takes back, if it does.
func (s *Service) approve(ctx context.Context, tx *gorm.DB, batch *ledger.Batch, one *step, found *Adjustment, act Act) (object, error) {
	entry := &ledger.Entry{ID: act.ID, Kind: found.Kind, EffectiveAt: act.At, VillageID: found.VillageID, ActorID: act.ActorID,
		Reason: found.Reason, SourceHash: found.ContentHash}
	if found.Kind == Manual {
		house, err := findHousehold(ctx, tx, found.HouseholdID)
		if err != nil {
			return object{}, err
		}
		if house.closed {
			return object{}, fault.New(fault.Refused, "household.closed")
		}
		entry.Lines = ledger.Adjust(found.HouseholdID, found.VillageID, found.TownID, found.Points)
		return object{}, batch.Post(one.request, entry)
	}
	back, err := s.findObject(ctx, tx, found.ObjectKind, found.ObjectID.ID)
	if err != nil {
		return object{}, err
	}
	if err := back.reversible(); err != nil {
		return object{}, err
	}
	entry.ReversesID, entry.EffectiveAt = found.ReversesID, back.effectiveAt(act.At)
	entry.Lines = back.lines(batch.Balance(found.account()))
	return back, batch.Post(one.request, entry)
}

// May lists what is the actor's to do with an adjustment as it is now: Approve,
// Refuse, or Reversal to ask for it to be taken back.
func (s *Service) May(ctx context.Context, actor auth.Actor, found *Adjustment) ([]string, error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return nil, err
	}
	may := []string{}
	if s.may(tree, actor, found) == nil {
		may = append(may, Approve, Refuse)
	}
	if found.Kind == Manual && found.State() == Posted && actor.Kind == auth.Person && actor.Covers(tree, found.VillageID, creators...) {
		may = append(may, Reversal)
	}
	return may, nil
}
