package succession

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/fault"
	"hufen/internal/household"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
)

// Plan is what a change does: shown before, and done.
type Plan struct {
	Change Change
	From   Side
	To     *Side         // nil where nobody gets anything
	Share  points.Points // of a split: the share by heads, rounded down
}

// Side is one of the two households, before and after.
type Side struct {
	HouseholdID                 id.ID
	Place                       Place
	MaskedName                  string
	MembersBefore, MembersAfter int
	BalanceBefore, BalanceAfter points.Points
	Closed                      bool // after the change
	Founded                     bool // by the change
	Card                        CardFate
	PINKept                     bool // it has one, before and after
	part                        *household.Part
}

// CardFate is what becomes of a card.
type CardFate string

// The fates.
const (
	CardNone    CardFate = "none"
	CardKept    CardFate = "kept"
	CardRevoked CardFate = "revoked"
	CardNew     CardFate = "new"
)

// holdings says what a household has, and owes.
type holdings func(household.Brief) (balance, debt points.Points, err error)

// parts locks the households that take part.
func (s *Service) parts(ctx context.Context, tx *gorm.DB, actor auth.Actor, in Input) (from, to *household.Part, err error) {
	ids := []id.ID{in.HouseholdID}
	if !in.TargetID.IsZero() && in.Kind != Split && in.Kind != Move {
		ids = append(ids, in.TargetID)
	}
	found, err := s.households.Parts(ctx, tx, actor, ids...)
	if err != nil {
		return nil, nil, err
	}
	if len(ids) > 1 {
		to = found[in.TargetID]
	}
	return found[in.HouseholdID], to, nil
}

// plan decides what a change does, or returns the fault that stands in its way.
func (s *Service) plan(ctx context.Context, tx *gorm.DB, actor auth.Actor, in Input, from, to *household.Part, of holdings) (*Plan, error) {
	if err := mayChange(in, from, to); err != nil {
		return nil, err
	}
	balance, debt, err := of(from.Brief)
	if err != nil {
		return nil, err
	}
	p := &Plan{Change: Change{ID: in.ID, Kind: in.Kind, HouseholdID: in.HouseholdID, From: in.From, Place: placeOf(from.Brief),
		Reason: in.Reason, ActorID: actor.ID, ActorName: actor.Name}}
	count := from.CountOn(in.From)
	p.From = Side{HouseholdID: from.ID, Place: p.Change.Place, MaskedName: from.MaskedName, MembersBefore: count, MembersAfter: count,
		BalanceBefore: balance, BalanceAfter: balance, Card: fateOf(from.Card), PINKept: from.HasPIN, part: from}
	if to != nil {
		held, _, err := of(to.Brief)
		if err != nil {
			return nil, err
		}
		n := to.CountOn(in.From)
		p.To = &Side{HouseholdID: to.ID, Place: placeOf(to.Brief), MaskedName: to.MaskedName, MembersBefore: n, MembersAfter: n,
			BalanceBefore: held, BalanceAfter: held, Card: fateOf(to.Card), PINKept: to.HasPIN, part: to}
	}
	if err := s.fill(ctx, tx, actor, in, p, debt); err != nil {
		return nil, err
	}
	return p, p.nothingWaits(ctx, tx)
}

// nothingWaits refuses to close a household with drop-offs or adjustments nobody
// has decided.
func (p *Plan) nothingWaits(ctx context.Context, tx *gorm.DB) error {
	if !p.Change.closes() {
		return nil
	}
	waiting, err := countWaiting(ctx, tx, p.Change.HouseholdID)
	if err == nil && waiting > 0 {
		return fault.New(fault.Refused, "household_change.waiting", "drop_offs", waiting)
	}
	if err != nil {
		return err
	}
	proposed, err := countProposed(ctx, tx, p.Change.HouseholdID)
	if err == nil && proposed > 0 {
		return fault.New(fault.Refused, "household_change.proposed", "adjustments", proposed)
	}
	return err
}

func placeOf(h household.Brief) Place { return Place{h.VillageID, h.DivisionID, h.HouseNumber} }

func fateOf(card *household.Card) CardFate {
	if card == nil {
		return CardNone
	}
	return CardKept
}

// mayChange refuses what the state of the households does not allow.
func mayChange(in Input, from, to *household.Part) error {
	if closed := from.ClosedAt != 0; closed != (in.Kind == Rest) {
		if closed {
			return fault.New(fault.Refused, "household.closed")
		}
		return fault.New(fault.Refused, "household.not_closed")
	}
	if to != nil && to.ClosedAt != 0 {
		return fault.New(fault.Refused, "household_change.target_closed").At("/target_id")
	}
	if in.Kind == Rest {
		return nil
	}
	if from.CountOn(in.From) == 0 {
		return fault.New(fault.Refused, "household_change.nobody", "day", in.From.String()).At("/from")
	}
	for _, part := range []*household.Part{from, to} {
		if part == nil || part == to && in.Kind != Merge {
			continue
		}
		if later := part.CountedLater(in.From); later != 0 {
			return fault.New(fault.Refused, "household_change.counted_later", "day", later.String()).At("/from")
		}
	}
	return nil
}

// fill moves people and points by the rule of the kind.
func (s *Service) fill(ctx context.Context, tx *gorm.DB, actor auth.Actor, in Input, p *Plan, debt points.Points) error {
	switch in.Kind {
	case Split:
		if err := p.split(in); err != nil {
			return err
		}
	case Merge:
		p.Change.Members, p.Change.Points, p.Change.Debt = p.From.MembersBefore, p.From.BalanceBefore, debt
	case Close, Rest:
		p.Change.Points, p.Change.Debt = p.From.BalanceBefore, debt
		if in.Kind == Rest && p.Change.Points == 0 && debt == 0 {
			return fault.New(fault.Refused, "household_change.no_rest")
		}
	case Move:
		p.Change.Members = p.From.MembersBefore
	}
	if in.Kind == Split || in.Kind == Move {
		if err := s.settle(ctx, tx, actor, in, p, debt); err != nil {
			return err
		}
	}
	return p.finish(in)
}

// split gives those who go their share: by heads, rounded down to a hundredth of
// a point, unless it was agreed upon. What the household owes stays with those
// who stay.
func (p *Plan) split(in Input) error {
	if in.Members < 1 || in.Members >= p.From.MembersBefore {
		return fault.New(fault.Refused, "household_change.members", "members", p.From.MembersBefore).At("/members")
	}
	p.Share = p.From.BalanceBefore * points.Points(in.Members) / points.Points(p.From.MembersBefore)
	p.Change.Members, p.Change.Points = in.Members, p.Share
	if in.Points != nil {
		p.Change.Points = *in.Points
	}
	if p.Change.Points > p.From.BalanceBefore {
		return fault.New(fault.Refused, "household_change.too_many_points", "balance_points", int64(p.From.BalanceBefore)).At("/points")
	}
	return nil
}

// settle finds the place of those who go.
func (s *Service) settle(ctx context.Context, tx *gorm.DB, actor auth.Actor, in Input, p *Plan, debt points.Points) error {
	founding := in.founding(p.Change.Members)
	if in.Kind == Move { // its people are known; the fields only have to pass
		founding.HeadName, founding.Phone = "户", ""
	}
	village, err := s.households.CheckPlace(ctx, actor, &founding)
	if err != nil {
		return atPlace(err)
	}
	place := Place{village.ID, founding.DivisionID, founding.HouseNumber}
	if place == p.From.Place {
		return fault.New(fault.Refused, "household_change.same_place").At("/place/house_number")
	}
	taken, err := household.HouseTaken(ctx, tx, place.DivisionID, place.HouseNumber)
	if err != nil {
		return err
	}
	if taken {
		return fault.New(fault.Conflict, "household.number_taken", "house_number", place.HouseNumber).At("/place/house_number")
	}
	p.Change.TargetPlace = place
	if in.Kind == Move && village.ID == p.From.Place.VillageID {
		return nil
	}
	if in.Kind == Move {
		p.Change.Points, p.Change.Debt = p.From.BalanceBefore, debt
	}
	p.To = &Side{HouseholdID: in.New.HouseholdID, Place: place, Founded: true, Card: CardNew, PINKept: in.Kind == Move && p.From.PINKept}
	if in.Kind == Move {
		p.To.MaskedName = p.From.MaskedName
	} else {
		p.To.MaskedName = household.MaskName(founding.HeadName)
	}
	return nil
}

// founding is the household that comes about.
func (in *Input) founding(members int) household.NewHousehold {
	return household.NewHousehold{ID: in.New.HouseholdID, DivisionID: in.New.DivisionID, HouseNumber: in.New.HouseNumber,
		HeadName: in.New.HeadName, Phone: in.New.Phone, MemberCount: members, From: in.From, Consent: in.New.Consent}
}

// atPlace says of a fault of a new household where in the request it is.
func atPlace(err error) error {
	f, ok := fault.As(err)
	if !ok {
		return err
	}
	moved := *f
	if f.Pointer != "" {
		moved.Pointer = "/place" + f.Pointer
	}
	moved.Details = nil
	for _, d := range f.Details {
		one := *d
		one.Pointer = "/place" + d.Pointer
		moved.Details = append(moved.Details, &one)
	}
	return &moved
}

// finish works out how both sides stand after the change.
func (p *Plan) finish(in Input) error {
	c := &p.Change
	if p.To != nil {
		c.TargetID, c.TargetPlace = id.Some(p.To.HouseholdID), p.To.Place
		p.To.BalanceAfter += c.Points
		p.To.MembersAfter += c.Members
		if f := household.CheckMemberCount(p.To.MembersAfter); f != nil {
			return fault.New(fault.Refused, "household_change.too_many", "limit", f.Args["limit"]).At("/target_id")
		}
	}
	p.From.BalanceAfter -= c.Points
	switch {
	case c.closes():
		p.From.MembersAfter, p.From.Closed, p.From.PINKept = 0, true, false
		if p.From.Card == CardKept {
			p.From.Card = CardRevoked
		}
	case c.Kind == Split:
		p.From.MembersAfter -= c.Members
		if !in.CardID.IsZero() {
			p.From.Card, p.From.PINKept = CardNew, false
		}
	case c.Kind == Move:
		p.From.Place = c.TargetPlace
	case c.Kind == Rest:
		p.From.Closed = true
	}
	return nil
}

// Preview says what a change would do, and changes nothing. Its faults are those
// of Record.
func (s *Service) Preview(ctx context.Context, actor auth.Actor, in Input) (*Plan, error) {
	if err := in.check(s.today()); err != nil {
		return nil, err
	}
	var p *Plan
	err := s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		from, to, err := s.parts(ctx, tx, actor, in)
		if err != nil {
			return err
		}
		p, err = s.plan(ctx, tx, actor, in, from, to, func(h household.Brief) (points.Points, points.Points, error) {
			return held(ctx, tx, h, nil)
		})
		return err
	})
	if _, ok := fault.As(err); err != nil && !ok {
		return nil, fmt.Errorf("preview household change: %w", err)
	}
	return p, err
}

// held reads what a household has and owes; by the batch where its account is
// locked.
func held(ctx context.Context, tx *gorm.DB, h household.Brief, batch *ledger.Batch) (balance, debt points.Points, err error) {
	account := ledger.HouseholdAccount(h.ID, h.VillageID)
	if batch != nil {
		return batch.Balance(account), batch.Owed(account), nil
	}
	if debt, err = ledger.OwedBy(ctx, tx, account); err != nil {
		return 0, 0, err
	}
	balance, err = ledger.BalanceOf(ctx, tx, account)
	return balance, debt, err
}

// recordedAt stamps a plan that is done.
func (p *Plan) recordedAt(at calendar.Micros) {
	p.Change.RecordedAt = at
	p.Change.ContentHash = p.Change.contentHash()
}
