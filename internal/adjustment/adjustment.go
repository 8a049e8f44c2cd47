// Package adjustment owns the points that people move by hand: grants and
// corrections of a household, and drop-offs, redemptions and adjustments that
// are taken back after the time in which one person may do so. Small adjustments
// are posted at once; the others, and every late reversal, wait until a second
// person approves. Each of them is in the list that is posted for everybody.
package adjustment

import (
	"context"
	"time"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/dropoff"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
	"hufen/internal/redemption"
)

// State is how far an adjustment is.
type State string

// The states.
const (
	Proposed State = "proposed" // waits for a second person
	Posted   State = "posted"
	Refused  State = "refused"
	Reversed State = "reversed" // was posted, and taken back by another one
)

// The kinds of adjustment, which are also the kinds of their entries.
const (
	Manual   = ledger.Adjustment
	Reversal = ledger.Reversal
)

// What a reversal takes back.
const (
	DropOff    = ledger.DropOff
	Redemption = ledger.Redemption
)

// The acts.
const (
	Post    = "post"    // by one person, within the limit
	Propose = "propose" // for a second person to decide
	Approve = "approve"
	Refuse  = "refuse"
)

// steps number the acts; an adjustment has one act of each step at most.
var steps = map[string]int{Post: 1, Propose: 1, Approve: 2, Refuse: 2}

// after is the state an act leads to.
var after = map[string]State{Post: Posted, Propose: Proposed, Approve: Posted, Refuse: Refused}

// The roles. Who creates an adjustment never approves it.
var (
	readers   = []auth.Role{auth.Cadre, auth.TownOfficial, auth.DistrictOfficial, auth.Finance, auth.Auditor, auth.Administrator}
	creators  = []auth.Role{auth.Cadre, auth.TownOfficial, auth.DistrictOfficial}
	approvers = []auth.Role{auth.TownOfficial, auth.DistrictOfficial}
)

// Adjustment is points that somebody gives to a household or takes from it.
type Adjustment struct {
	ID          id.ID
	Kind        string
	ObjectKind  string    // reversals: what is taken back
	ObjectID    id.NullID // reversals: the drop-off, redemption or adjustment
	ReversesID  id.NullID // reversals: the entry of it
	HouseholdID id.ID
	VillageID   id.ID
	TownID      id.ID
	Points      points.Points // what the household gets; below zero: gives
	Reason      string
	PhotoID     id.NullID
	Limit       points.Points // what one person alone may move in a month, as it was
	Alone       points.Points // what one person alone had moved in the month before
	Day         calendar.Day  // on which it was created
	ContentHash ledger.Hash
	Acts        []Act // in the order of their steps

	reversedBy id.NullID
	Replayed   bool // the answer to a request seen before
}

// Act is what somebody did with an adjustment.
type Act struct {
	ID           id.ID // where points moved also the id of the entry
	AdjustmentID id.ID
	Act          string
	ActorID      id.ID
	ActorName    string // empty for the service itself
	At           calendar.Micros
	Detail       string      // why it was refused
	Hash         ledger.Hash // over the act before and this one
}

// State is what the last act led to.
func (a *Adjustment) State() State {
	if a.reversedBy.Valid {
		return Reversed
	}
	return after[a.Acts[len(a.Acts)-1].Act]
}

// EntryID is the entry that moved the points, if they moved.
func (a *Adjustment) EntryID() (id.ID, bool) {
	last := a.Acts[len(a.Acts)-1]
	return last.ID, after[last.Act] == Posted
}

// contentHash is over every column of the adjustment.
func (a *Adjustment) contentHash() ledger.Hash {
	return ledger.NewCanonical("hufen/adjustment/1").ID(a.ID).Text(a.Kind).Text(a.ObjectKind).NullID(a.ObjectID).NullID(a.ReversesID).
		ID(a.HouseholdID).ID(a.VillageID).ID(a.TownID).Points(a.Points).Text(a.Reason).NullID(a.PhotoID).
		Points(a.Limit).Points(a.Alone).Number(int64(a.Day)).Sum()
}

// hashAfter chains an act to what was before it: the adjustment for the first.
func (a *Act) hashAfter(before ledger.Hash) ledger.Hash {
	return ledger.NewCanonical("hufen/adjustment-act/1").Bytes(before[:]).ID(a.ID).ID(a.AdjustmentID).Text(a.Act).ID(a.ActorID).
		Instant(a.At).Text(a.Detail).Sum()
}

// add chains an act to the adjustment.
func (a *Adjustment) add(act Act) Act {
	before := a.ContentHash
	if n := len(a.Acts); n > 0 {
		before = a.Acts[n-1].Hash
	}
	act.AdjustmentID = a.ID
	act.Hash = act.hashAfter(before)
	a.Acts = append(a.Acts, act)
	return act
}

func (a *Adjustment) account() ledger.Account {
	return ledger.HouseholdAccount(a.HouseholdID, a.VillageID)
}

// Service keeps adjustments and posts them.
type Service struct {
	db          *database.DB
	divisions   *division.Service
	dropOffs    *dropoff.Service
	redemptions *redemption.Service
	zone        *time.Location
	now         func() calendar.Micros
	writer      *ledger.Writer[*step]
}

// New starts the posting path of adjustments. zone is where days begin.
func New(db *database.DB, divisions *division.Service, dropOffs *dropoff.Service, redemptions *redemption.Service, zone *time.Location) *Service {
	s := &Service{db: db, divisions: divisions, dropOffs: dropOffs, redemptions: redemptions, zone: zone, now: calendar.Now}
	s.writer = ledger.NewWriter(db, 1, ledger.Desk[*step]{Post: s.post, Replay: s.replay})
	return s
}

// RunAt sets the clock of the service, before its first use.
func (s *Service) RunAt(now func() calendar.Micros) { s.now = now }

// Close posts what was accepted and stops.
func (s *Service) Close() { s.writer.Close() }

// step is what somebody asks for on its way through the posting path.
type step struct {
	actor        auth.Actor
	adjustmentID id.ID
	request      ledger.Request
	do           func(context.Context, *gorm.DB, *division.Tree, *step) error

	adjustment *Adjustment
	err        error
}

// Request says what is asked for.
func (s *step) Request() ledger.Request { return s.request }

// Fail says that the request was refused.
func (s *step) Fail(err error) { s.adjustment, s.err = nil, err }

func (s *Service) submit(ctx context.Context, one *step) (*Adjustment, error) {
	if one.request.ID.IsZero() {
		return nil, fault.New(fault.Invalid, "request.id_missing").At("/id")
	}
	if err := s.writer.Submit(ctx, one); err != nil {
		return nil, err
	}
	return one.adjustment, one.err
}

// post does each step; what was said before is forgotten.
func (s *Service) post(ctx context.Context, tx *gorm.DB, asked []*step) error {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return err
	}
	for _, one := range asked {
		one.adjustment, one.err = nil, nil
		if err := one.do(ctx, tx, tree, one); err != nil {
			return err
		}
	}
	return nil
}

// replay fills in what was done before.
func (s *Service) replay(ctx context.Context, tx *gorm.DB, asked []*step) error {
	for _, one := range asked {
		found, err := loadOne(ctx, tx, one.adjustmentID)
		if err != nil {
			return err
		}
		found.Replayed = true
		one.adjustment, one.err = found, nil
	}
	return nil
}

// decided writes a step's refusal, if it is one.
func (one *step) refused(ctx context.Context, batch *ledger.Batch, err error) error {
	refusal, ok := fault.As(err)
	if !ok {
		return err
	}
	one.adjustment, one.err = nil, refusal
	batch.Reject(one.request, refusal)
	return batch.Write(ctx)
}

func unknown() *fault.Fault { return fault.New(fault.NotFound, "adjustment.unknown") }

// townOf is the town a village belongs to, or the village itself without one.
func townOf(tree *division.Tree, villageID id.ID) id.ID {
	if town, ok := tree.At(villageID, division.Town); ok {
		return town.ID
	}
	return villageID
}
