package adjustment

import (
	"context"
	"strings"
	"unicode/utf8"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
)

const (
	// maxReason is the longest reason, in characters.
	maxReason = 200
	// mostPoints bounds one adjustment: a hundred thousand points.
	mostPoints points.Points = 100_000_00
)

// NewAdjustment is an adjustment to be made.
type NewAdjustment struct {
	ID          id.ID // made by the client
	HouseholdID id.ID
	Points      points.Points // what the household gets; below zero: gives
	Reason      string
	PhotoID     id.NullID // a photo the actor took
}

// NewReversal is something to be taken back by two persons.
type NewReversal struct {
	ID         id.ID  // made by the client
	ObjectKind string // DropOff, Redemption or Manual
	ObjectID   id.ID
	Reason     string
	PhotoID    id.NullID
}

// Create gives a household points, or takes them. Within what one person alone
// may move for a household in a month, a dated setting, it is posted at once,
// else it waits for a second person. A cadre or official of the household's
// division may. The same ID and content again returns the first outcome.
//
// Faults: NotFound "household.unknown" outside the actor's scope and
// "photo.unknown" for somebody else's photo, Invalid "adjustment.no_points",
// "adjustment.too_many_points", "adjustment.reason_missing" and
// "adjustment.too_long", Refused "household.closed",
// "adjustment.person_only" and "ledger.insufficient_points", Conflict
// "request.id_reused".
func (s *Service) Create(ctx context.Context, actor auth.Actor, in NewAdjustment) (*Adjustment, error) {
	if in.Points == 0 {
		return nil, fault.New(fault.Invalid, "adjustment.no_points").At("/points")
	}
	if in.Points > mostPoints || in.Points < -mostPoints {
		return nil, fault.New(fault.Invalid, "adjustment.too_many_points", "limit_points", int64(mostPoints)).At("/points")
	}
	var err error
	if in.Reason, err = reasonOf(in.Reason); err != nil {
		return nil, err
	}
	hash := ledger.NewCanonical("hufen/request/adjustment/1").ID(in.ID).ID(actor.ID).ID(in.HouseholdID).Points(in.Points).
		Text(in.Reason).NullID(in.PhotoID).Sum()
	return s.submit(ctx, &step{actor: actor, adjustmentID: in.ID,
		request: ledger.Request{ID: in.ID, Kind: Manual, Hash: hash, ActorID: actor.ID},
		do: func(ctx context.Context, tx *gorm.DB, tree *division.Tree, one *step) error {
			return s.create(ctx, tx, tree, one, in)
		}})
}

// reasonOf is a reason as it is kept.
func reasonOf(text string) (string, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return "", fault.New(fault.Invalid, "adjustment.reason_missing").At("/reason")
	case utf8.RuneCountInString(text) > maxReason:
		return "", fault.New(fault.Invalid, "adjustment.too_long", "limit", maxReason).At("/reason")
	}
	return text, nil
}

func (s *Service) create(ctx context.Context, tx *gorm.DB, tree *division.Tree, one *step, in NewAdjustment) error {
	house, err := findHousehold(ctx, tx, in.HouseholdID)
	if err != nil {
		return err
	}
	if !one.actor.Covers(tree, house.divisionID, creators...) {
		house.id = id.ID{} // does not exist for the actor
	}
	batch, err := ledger.Lock(ctx, tx, s.now(), house.accounts())
	if err != nil {
		return err
	}
	now, err := findHousehold(ctx, tx, in.HouseholdID) // as it is now that nobody else can close it
	if err != nil {
		return err
	}
	house.closed = now.closed
	a := &Adjustment{ID: in.ID, Kind: Manual, HouseholdID: house.id, VillageID: house.villageID, TownID: townOf(tree, house.villageID),
		Points: in.Points, Reason: in.Reason, PhotoID: in.PhotoID, Day: calendar.DayOf(batch.At(), s.zone)}
	if err := mayCreate(ctx, tx, one.actor, house, in.PhotoID); err != nil {
		return one.refused(ctx, batch, err)
	}
	if err := s.limits(ctx, tx, a); err != nil {
		return err
	}
	act := Act{ID: a.ID, Act: Post, ActorID: one.actor.ID, ActorName: one.actor.Name, At: batch.At()}
	a.ContentHash = a.contentHash()
	if magnitude(a.Points)+a.Alone > a.Limit {
		act.Act = Propose
	}
	if err := one.enter(batch, a, act); err != nil {
		return one.refused(ctx, batch, err)
	}
	one.adjustment = a
	if err := batch.Write(ctx); err != nil {
		return err
	}
	return write(ctx, tx, one.actor, a, a.add(act))
}

// mayCreate says why the actor may not adjust a household's points, or nil.
func mayCreate(ctx context.Context, tx *gorm.DB, actor auth.Actor, house house, photo id.NullID) error {
	switch {
	case house.id.IsZero():
		return fault.New(fault.NotFound, "household.unknown").At("/household_id")
	case actor.Kind != auth.Person:
		return fault.New(fault.Refused, "adjustment.person_only")
	case house.closed:
		return fault.New(fault.Refused, "household.closed").At("/household_id")
	}
	return ownPhoto(ctx, tx, actor, photo)
}

// limits fills in what one person alone may move, and has moved, in the month.
func (s *Service) limits(ctx context.Context, tx *gorm.DB, a *Adjustment) error {
	limit, err := s.divisions.Setting(ctx, division.AdjustmentLimit, a.VillageID, a.Day)
	if err != nil {
		return err
	}
	a.Limit = points.Points(limit)
	a.Alone, err = movedAlone(ctx, tx, a.HouseholdID, a.Day.Month())
	return err
}

// enter puts a new adjustment into the batch: its entry, or its wait. What
// would be refused today is not proposed either.
func (one *step) enter(batch *ledger.Batch, a *Adjustment, act Act) error {
	if act.Act == Propose {
		if missing := -a.Points - batch.Balance(a.account()); missing > 0 {
			return fault.New(fault.Refused, "ledger.insufficient_points", "missing_points", int64(missing)).At("/points")
		}
		batch.Hold(one.request)
		return nil
	}
	return batch.Post(one.request, &ledger.Entry{ID: a.ID, Kind: Manual, EffectiveAt: act.At, VillageID: a.VillageID,
		ActorID: act.ActorID, Reason: a.Reason, SourceHash: a.ContentHash,
		Lines: ledger.Adjust(a.HouseholdID, a.VillageID, a.TownID, a.Points)})
}

// ProposeReversal asks for a drop-off, redemption or adjustment to be taken
// back, however old it is; nothing moves until a second person approves. A cadre
// or official of the household's village may, for a redemption also the shop's
// keeper. The same ID and content again returns the first outcome.
//
// Faults: NotFound "drop_off.unknown", "redemption.unknown" or
// "adjustment.unknown" outside the actor's scope and "photo.unknown", Invalid
// "adjustment.reason_missing" and "adjustment.too_long", Refused
// "adjustment.person_only" and "adjustment.nothing_to_reverse" where no points
// moved, Conflict "adjustment.already_reversed", "adjustment.reversal_proposed"
// and "request.id_reused".
func (s *Service) ProposeReversal(ctx context.Context, actor auth.Actor, in NewReversal) (*Adjustment, error) {
	var err error
	if in.Reason, err = reasonOf(in.Reason); err != nil {
		return nil, err
	}
	hash := ledger.NewCanonical("hufen/request/late-reversal/1").ID(in.ID).ID(actor.ID).Text(in.ObjectKind).ID(in.ObjectID).
		Text(in.Reason).NullID(in.PhotoID).Sum()
	return s.submit(ctx, &step{actor: actor, adjustmentID: in.ID,
		request: ledger.Request{ID: in.ID, Kind: Reversal, Hash: hash, ActorID: actor.ID},
		do: func(ctx context.Context, tx *gorm.DB, tree *division.Tree, one *step) error {
			return s.proposeReversal(ctx, tx, tree, one, in)
		}})
}

func (s *Service) proposeReversal(ctx context.Context, tx *gorm.DB, tree *division.Tree, one *step, in NewReversal) error {
	found, err := s.findObject(ctx, tx, in.ObjectKind, in.ObjectID)
	if err != nil {
		return err
	}
	batch, err := ledger.Lock(ctx, tx, s.now(), found.accounts())
	if err != nil {
		return err
	}
	if found, err = s.findObject(ctx, tx, in.ObjectKind, in.ObjectID); err != nil { // as it is now that nobody else can decide
		return err
	}
	if err := mayReverse(ctx, tx, tree, one.actor, found, in); err != nil {
		return one.refused(ctx, batch, err)
	}
	a := &Adjustment{ID: in.ID, Kind: Reversal, ObjectKind: in.ObjectKind, ObjectID: id.Some(in.ObjectID), ReversesID: id.Some(found.entryID),
		HouseholdID: found.householdID, VillageID: found.villageID, TownID: found.townOf(tree), Points: found.points, Reason: in.Reason,
		PhotoID: in.PhotoID, Day: calendar.DayOf(batch.At(), s.zone)}
	if err := s.limits(ctx, tx, a); err != nil {
		return err
	}
	a.ContentHash = a.contentHash()
	batch.Hold(one.request)
	one.adjustment = a
	if err := batch.Write(ctx); err != nil {
		return err
	}
	act := a.add(Act{ID: a.ID, Act: Propose, ActorID: one.actor.ID, ActorName: one.actor.Name, At: batch.At()})
	return write(ctx, tx, one.actor, a, act)
}

// mayReverse says why the actor may not ask for something to be taken back, or
// nil.
func mayReverse(ctx context.Context, tx *gorm.DB, tree *division.Tree, actor auth.Actor, found object, in NewReversal) error {
	if !found.known() || !actor.Covers(tree, found.villageID, creators...) && !(found.redemption != nil && actor.HasShop(found.redemption.ShopID)) {
		return fault.New(fault.NotFound, in.ObjectKind+".unknown").At("/object_id")
	}
	if actor.Kind != auth.Person {
		return fault.New(fault.Refused, "adjustment.person_only")
	}
	if err := found.reversible(); err != nil {
		return err
	}
	open, err := proposedReversal(ctx, tx, found.entryID)
	if err != nil {
		return err
	}
	if open {
		return fault.New(fault.Conflict, "adjustment.reversal_proposed")
	}
	return ownPhoto(ctx, tx, actor, in.PhotoID)
}

func magnitude(p points.Points) points.Points { return max(p, -p) }
