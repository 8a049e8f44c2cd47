// Package dropoff owns what happens at the collection point: drop-offs and
// their items, the tariff that prices them, the caps that bound them, and the
// review of those that look wrong. Points are moved by the ledger, in the same
// transaction.
package dropoff

import (
	"context"
	"fmt"
	"time"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/household"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
)

// The states of a drop-off.
const (
	Credited = "credited"
	Pending  = "pending" // waits for a cadre
	Refused  = "refused" // by a cadre
	Reversed = "reversed"
)

// Limits of one drop-off, whatever the programme says.
const (
	mostItems = 20
	mostBatch = 500
	mostGroup = 200 // posted in one transaction
)

// DropOff is one visit of one household to one point.
type DropOff struct {
	ID            id.ID
	HouseholdID   id.ID
	CardID        id.ID
	VillageID     id.ID
	PointID       id.NullID // NULL: picked up at the door
	CleanerID     id.ID
	DeviceID      id.NullID
	DeviceSeq     int64 // the phone's own count, 0 where it has none
	TariffID      id.ID
	HappenedAt    calendar.Micros
	RecordedAt    calendar.Micros
	Day           calendar.Day // local day of HappenedAt
	Month         calendar.Month
	Earned        points.Points // before caps
	Cut           points.Points // by caps
	CutPeriod     string        // the cap that cut: day, month, year or ""
	Status        string
	Items         []Item
	ContentHash   ledger.Hash
	TariffVersion int

	Credited     points.Points // what the household got; 0 while pending
	Balance      points.Points // right after the award, where HasBalance
	HasBalance   bool
	Place        ledger.Place // of the award on the household's account, where one drop-off was asked for
	ReviewReason string       // why it waits, or why it was refused
	Replayed     bool         // the answer to a request seen before

	ObjectionUntil calendar.Day // last day of the objection period; 0 where there is none
	Objection      string       // why somebody objected, "" if nobody did
	ReviewNote     string       // what the reviewer wrote
	ReviewerID     id.NullID    // who decided

	recorded recorded // as first answered, whatever was decided later
	awardID  id.ID    // the entry that gave the points, where there is one

	overBudget bool // its objection period is over, and a budget was used up
}

// recorded is what a review may change afterwards.
type recorded struct {
	status, holdReason string
	earned, cut        points.Points
	items              []Item
}

// Item is one class or countable thing of a drop-off.
type Item struct {
	Item     string
	Category string
	Grams    int64 // 0 where not weighed
	Pieces   int64 // 0 where not counted
	Grade    string
	Earned   points.Points
	Cut      points.Points
	PhotoID  id.NullID
}

// Input is a drop-off as the cleaner's phone sends it.
type Input struct {
	ID         id.ID // made by the phone, UUIDv7
	CardCode   string
	PointID    id.NullID
	HappenedAt calendar.Micros
	DeviceID   id.NullID
	DeviceSeq  int64
	Items      []ItemInput
}

// ItemInput is one item as the phone sends it. What is nil was not given.
type ItemInput struct {
	Item    string
	Grams   *int64
	Pieces  *int64
	Grade   string
	PhotoID id.NullID
}

// Service records drop-offs.
type Service struct {
	db        *database.DB
	divisions *division.Service
	zone      *time.Location
	now       func() calendar.Micros
	tariffs   *book
	places    places
	records   *ledger.Writer[*record]
	decisions *ledger.Writer[*decision]

	budgetFull func(ctx context.Context, villageID id.ID, month calendar.Month) bool // nil: there are no budgets
	budgetRoom func(ctx context.Context) (Room, error)                               // nil: there are no budgets
}

// New starts the posting path of drop-offs. zone is where days begin.
func New(db *database.DB, divisions *division.Service, zone *time.Location) *Service {
	s := &Service{db: db, divisions: divisions, zone: zone, now: calendar.Now, tariffs: newBook(db)}
	s.records = ledger.NewWriter(db, mostGroup, ledger.Desk[*record]{Post: s.post, Replay: s.replay})
	s.decisions = ledger.NewWriter(db, mostGroup, ledger.Desk[*decision]{Post: s.decide, Replay: s.replayDecisions})
	return s
}

// RunAt makes the service live at another time than now, for simulations. It is
// called before the first drop-off.
func (s *Service) RunAt(now func() calendar.Micros) { s.now = now }

// WatchBudget makes drop-offs wait for a review, with the reason over_budget,
// while full says that a budget of their village and month is used up. It is
// called before the first drop-off.
// Those whose objection period is over are credited while there is room.
func (s *Service) WatchBudget(full func(ctx context.Context, villageID id.ID, month calendar.Month) bool, room func(ctx context.Context) (Room, error)) {
	s.budgetFull, s.budgetRoom = full, room
}

// Room takes points for a village and month from what its budgets have left, and
// reports whether one that makes drop-offs wait was not used up before. A nil
// Room has room for everything.
type Room func(villageID id.ID, month calendar.Month, amount points.Points) bool

// Close posts what was accepted and stops.
func (s *Service) Close() {
	s.records.Close()
	s.decisions.Close()
}

// Record stores a drop-off and posts its award, together or not at all.
// Recording the same ID again returns the first outcome, with Replayed set.
//
// It returns an Invalid fault for input that cannot be right, and stores
// nothing; a Refused fault, for ever, where the card is dead
// ("card.revoked", "card.replaced"), the programme has no tariff for the item
// ("drop_off.unknown_item") or the weight or time is out of bounds; NotFound
// "card.unknown" for a card outside the actor's divisions; Conflict
// "request.id_reused" if the ID was used with other content; Unavailable if the
// outcome is not known, and then the same ID is to be sent again.
func (s *Service) Record(ctx context.Context, actor auth.Actor, in Input) (*DropOff, error) {
	outcomes := s.RecordAll(ctx, actor, []Input{in})
	return outcomes[0].DropOff, outcomes[0].Err
}

// Outcome is what became of one drop-off of a batch: one of the two is set.
type Outcome struct {
	DropOff *DropOff
	Err     error // as for Record
}

// RecordAll records up to 500 drop-offs and returns one outcome each, in the
// order given. One that is refused does not hold up the others.
func (s *Service) RecordAll(ctx context.Context, actor auth.Actor, inputs []Input) []Outcome {
	outcomes := make([]Outcome, len(inputs))
	records := make([]*record, 0, len(inputs))
	places := make([]int, 0, len(inputs))
	for i, in := range inputs {
		r, err := newRecord(actor, in)
		if err != nil {
			outcomes[i].Err = err
			continue
		}
		records = append(records, r)
		places = append(places, i)
	}
	if len(records) == 0 {
		return outcomes
	}
	err := s.records.Submit(ctx, records...)
	for i, r := range records {
		outcomes[places[i]] = r.outcome(err)
	}
	return outcomes
}

// newRecord checks what can be checked without knowing anything. What it
// refuses was never asked for: it is not stored, and the ID stays free.
func newRecord(actor auth.Actor, in Input) (*record, error) {
	code, err := household.ParseCode(in.CardCode)
	if err != nil {
		f, _ := fault.As(err)
		return nil, f.At("/card_code")
	}
	if in.ID.IsZero() {
		return nil, fault.New(fault.Invalid, "request.id_missing").At("/id")
	}
	if len(in.Items) == 0 || len(in.Items) > mostItems {
		return nil, fault.New(fault.Invalid, "drop_off.item_count", "maximum", mostItems).At("/items")
	}
	if in.HappenedAt <= 0 {
		return nil, fault.New(fault.Invalid, "drop_off.time_missing").At("/happened_at")
	}
	for i, item := range in.Items {
		if err := item.check(); err != nil {
			return nil, err.At(fmt.Sprintf("/items/%d%s", i, err.Pointer))
		}
	}
	r := &record{actor: actor, in: in, codeHash: code.Hash()}
	r.request = ledger.Request{ID: in.ID, Kind: "drop_off", Hash: in.hash(actor.ID, r.codeHash), ActorID: actor.ID}
	return r, nil
}

// check refuses numbers that no scale and no hand can produce.
func (i ItemInput) check() *fault.Fault {
	switch {
	case i.Grams != nil && *i.Grams <= 0:
		return fault.New(fault.Invalid, "drop_off.weight_not_positive", "grams", *i.Grams).At("/grams")
	case i.Pieces != nil && *i.Pieces <= 0:
		return fault.New(fault.Invalid, "drop_off.pieces_not_positive", "pieces", *i.Pieces).At("/pieces")
	case i.Grade != "" && !isGrade(i.Grade):
		return fault.New(fault.Invalid, "drop_off.unknown_grade").At("/grade")
	}
	return nil
}

// hash is over everything that was asked for, so that a retry is told from
// another drop-off under the same id.
func (in *Input) hash(actorID id.ID, codeHash [32]byte) ledger.Hash {
	c := ledger.NewCanonical("hufen/request/drop-off/1").ID(in.ID).ID(actorID).Bytes(codeHash[:]).NullID(in.PointID).
		Instant(in.HappenedAt).NullID(in.DeviceID).Number(in.DeviceSeq).Number(int64(len(in.Items)))
	for _, item := range in.Items {
		c.Text(item.Item).Number(orZero(item.Grams)).Number(orZero(item.Pieces)).Text(item.Grade).NullID(item.PhotoID)
	}
	return c.Sum()
}

// contentHash is over every column of the drop-off and its items.
func (d *DropOff) contentHash() ledger.Hash {
	c := ledger.NewCanonical("hufen/drop-off/1").ID(d.ID).ID(d.HouseholdID).ID(d.CardID).ID(d.VillageID).
		NullID(d.PointID).ID(d.CleanerID).NullID(d.DeviceID).Number(d.DeviceSeq).ID(d.TariffID).
		Instant(d.HappenedAt).Instant(d.RecordedAt).Number(int64(d.Day)).Number(int64(d.Month)).
		Points(d.Earned).Points(d.Cut).Text(d.CutPeriod).Text(d.Status).Number(int64(len(d.Items)))
	for i, item := range d.Items {
		c.Number(int64(i + 1)).Text(item.Item).Text(item.Category).Number(item.Grams).Number(item.Pieces).
			Text(item.Grade).Points(item.Earned).Points(item.Cut).NullID(item.PhotoID)
	}
	return c.Sum()
}

// Grams returns the weight of all items.
func (d *DropOff) Grams() int64 {
	var grams int64
	for _, item := range d.Items {
		grams += item.Grams
	}
	return grams
}

func orZero(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}
