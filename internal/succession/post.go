package succession

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/fault"
	"hufen/internal/household"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
)

// order is a change on its way through the posting path.
type order struct {
	actor   auth.Actor
	in      Input
	request ledger.Request

	change *Change
	err    error
}

// Request says what is asked for.
func (o *order) Request() ledger.Request { return o.request }

// Fail says that the request was refused.
func (o *order) Fail(err error) { o.change, o.err = nil, err }

// Record changes a household: people, points, cards and PINs, together or not at
// all. Whoever does it looks after both households and the new place. The same
// request again returns the first outcome.
//
// Faults: NotFound "household.unknown" and "division.unknown"; Conflict
// "household.number_taken", "request.id_reused"; Refused "household.closed",
// "household.not_closed" (a rest), "household_change.target_closed", "….nobody",
// "….counted_later" where people are counted anew after the day, "….waiting"
// and "….proposed" where drop-offs or adjustments wait for a decision, "….members", "….too_many_points",
// "….too_many", "….same_place", "….no_rest"; Invalid for single fields;
// Unavailable if the outcome is not known, and then the same id is to be sent
// again.
func (s *Service) Record(ctx context.Context, actor auth.Actor, in Input) (*Change, error) {
	hash := in.requestHash(actor.ID) // as it was sent: a day left out is the same request tomorrow
	if err := in.check(s.today()); err != nil {
		return nil, err
	}
	o := &order{actor: actor, in: in, request: ledger.Request{ID: in.ID, Kind: ledger.HouseholdChange, Hash: hash, ActorID: actor.ID}}
	if err := s.changes.Submit(ctx, o); err != nil {
		return nil, err
	}
	return o.change, o.err
}

// post does the changes one after the other.
func (s *Service) post(ctx context.Context, tx *gorm.DB, orders []*order) error {
	for _, o := range orders {
		if err := s.postOne(ctx, tx, o); err != nil {
			return err
		}
	}
	return nil
}

// postOne locks the households, then their accounts, decides, and writes entry,
// row, people, cards and PINs.
func (s *Service) postOne(ctx context.Context, tx *gorm.DB, o *order) error {
	o.change, o.err = nil, nil
	from, to, err := s.parts(ctx, tx, o.actor, o.in)
	if err != nil {
		return s.refuse(ctx, tx, o, err)
	}
	plan, batch, err := s.decide(ctx, tx, o, from, to)
	if err != nil {
		return s.refuse(ctx, tx, o, err)
	}
	plan.recordedAt(batch.At())
	c := &plan.Change
	if err := batch.Post(o.request, &ledger.Entry{
		ID: c.ID, Kind: ledger.HouseholdChange, EffectiveAt: c.RecordedAt, VillageID: c.Place.VillageID, ActorID: c.ActorID,
		SourceHash: c.ContentHash, Lines: c.lines(),
	}); err != nil {
		return err
	}
	if err := batch.Write(ctx); err != nil {
		return err
	}
	if err := insertChange(ctx, tx, c); err != nil {
		return err
	}
	if err := s.carryOut(ctx, tx, o, plan); err != nil {
		return err
	}
	o.change = c
	return auth.Audit(ctx, tx, o.actor, auth.Event{Action: "household." + string(c.Kind), ObjectKind: "household", ObjectID: c.HouseholdID,
		DivisionID: c.Place.DivisionID, Detail: c.detail()})
}

// refuse keeps a refusal, so that the same id is refused again; anything else is
// returned.
func (s *Service) refuse(ctx context.Context, tx *gorm.DB, o *order, err error) error {
	refusal, ok := fault.As(err)
	if !ok {
		return err
	}
	batch, err := ledger.Lock(ctx, tx, s.now(), nil)
	if err != nil {
		return err
	}
	batch.Reject(o.request, refusal)
	o.err = refusal
	return batch.Write(ctx)
}

// decide plans twice: once to know which accounts there are to lock, and once
// with what they hold then.
func (s *Service) decide(ctx context.Context, tx *gorm.DB, o *order, from, to *household.Part) (*Plan, *ledger.Batch, error) {
	var batch *ledger.Batch
	holds := func(h household.Brief) (points.Points, points.Points, error) { return held(ctx, tx, h, batch) }
	plan, err := s.plan(ctx, tx, o.actor, o.in, from, to, holds)
	if err != nil {
		return nil, nil, err
	}
	accounts := []ledger.Account{plan.From.account()}
	if plan.To != nil {
		accounts = append(accounts, plan.To.account())
	}
	if batch, err = ledger.Lock(ctx, tx, s.now(), accounts); err != nil {
		return nil, nil, err
	}
	plan, err = s.plan(ctx, tx, o.actor, o.in, from, to, holds)
	return plan, batch, err
}

func (s *Side) account() ledger.Account {
	return ledger.HouseholdAccount(s.HouseholdID, s.Place.VillageID)
}

// carryOut does to people, cards and PINs what the plan says.
func (s *Service) carryOut(ctx context.Context, tx *gorm.DB, o *order, p *Plan) error {
	c, from := p.Change, p.From.part
	if c.founds() {
		founding := o.in.founding(c.Members)
		found := s.households.Found
		if c.Kind == Move {
			found = func(ctx context.Context, tx *gorm.DB, actor auth.Actor, in household.NewHousehold, cardID id.ID) error {
				return s.households.Resettle(ctx, tx, actor, from, in, cardID)
			}
		}
		if err := found(ctx, tx, o.actor, founding, o.in.New.CardID); err != nil {
			return err
		}
	}
	switch {
	case c.closes():
		if err := s.households.Leave(ctx, tx, o.actor, from, c.From, c.Reason); err != nil {
			return err
		}
	case c.Kind == Move:
		return s.households.Relocate(ctx, tx, from, c.TargetPlace.DivisionID, c.TargetPlace.HouseNumber)
	case c.Kind == Split:
		return s.stay(ctx, tx, o, p)
	}
	if c.Kind == Merge {
		return s.households.Recount(ctx, tx, o.actor, p.To.part, c.From, p.To.MembersAfter)
	}
	return nil
}

// stay makes the household of a split smaller.
func (s *Service) stay(ctx context.Context, tx *gorm.DB, o *order, p *Plan) error {
	from := p.From.part
	if err := s.households.Recount(ctx, tx, o.actor, from, p.Change.From, p.From.MembersAfter); err != nil {
		return err
	}
	if o.in.CardID.IsZero() {
		return nil
	}
	return s.households.Reissue(ctx, tx, o.actor, from, o.in.CardID, p.Change.Reason)
}

// detail is what the audit log keeps beside the ids.
func (c *Change) detail() string {
	text := fmt.Sprintf("change %s: %d people from %s, %s points", c.ID, c.Members, c.From, c.Points)
	if c.TargetID.Valid {
		text += " to " + c.TargetID.ID.String()
	}
	return text + "; " + c.Reason
}

// replay fills in changes that were recorded before.
func (s *Service) replay(ctx context.Context, tx *gorm.DB, orders []*order) error {
	for _, o := range orders {
		found, err := queryChanges(ctx, tx, "c.id = ?", o.in.ID)
		if err != nil {
			return err
		}
		if len(found) != 1 {
			return fmt.Errorf("replay household change %s: not found", o.in.ID)
		}
		found[0].Replayed = true
		o.change, o.err = found[0], nil
	}
	return nil
}
