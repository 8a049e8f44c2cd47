// Package settlement owns what a town pays its shops: the monthly statement of a
// shop's redemptions, who drew it up, submitted, approved and paid it. A
// statement is drawn up from redemptions that are in no other one; what is taken
// back after it was approved is deducted from the next. An approval moves the
// points from the shop's account to the town's, in the same transaction.
package settlement

import (
	"time"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
)

// State is how far a settlement is.
type State string

// The states. A rejected settlement stays as it is; its redemptions go into a
// new one.
const (
	Draft     State = "draft"
	Submitted State = "submitted"
	Approved  State = "approved"
	Rejected  State = "rejected"
	Paid      State = "paid"
)

// The acts that lead from state to state.
const (
	Create  = "create"
	Submit  = "submit"
	Approve = "approve"
	Reject  = "reject"
	Pay     = "pay"
)

// steps number the acts; a settlement has one act of each step at most.
var steps = map[string]int{Create: 1, Submit: 2, Approve: 3, Reject: 3, Pay: 4}

// after is the state an act leads to.
var after = map[string]State{Create: Draft, Submit: Submitted, Approve: Approved, Reject: Rejected, Pay: Paid}

// The roles. Who draws up, approves and pays a settlement are three people.
var (
	readers   = []auth.Role{auth.TownOfficial, auth.DistrictOfficial, auth.Finance, auth.Auditor, auth.Administrator}
	approvers = []auth.Role{auth.TownOfficial}
	payers    = []auth.Role{auth.Finance}
)

// Settlement is a shop's statement for a month.
type Settlement struct {
	ID          id.ID
	ShopID      id.ID
	ShopName    string
	DivisionID  id.ID // where the shop stands
	TownID      id.ID // that pays
	Month       calendar.Month
	Version     int // above 1: drawn up again after a rejection
	Items       int
	Points      points.Points
	Fen         int64 // what the town pays
	ItemsHash   ledger.Hash
	ContentHash ledger.Hash
	Acts        []Act // in the order of their steps
	Replayed    bool  // the answer to a request seen before
}

// Act is what somebody did with a settlement.
type Act struct {
	ID           id.ID
	SettlementID id.ID
	Act          string
	ActorID      id.ID
	ActorName    string // empty for the service itself
	At           calendar.Micros
	Detail       string       // why it was rejected, or the reference of the payment
	PaidOn       calendar.Day // payments only
	Hash         ledger.Hash  // over the act before and this one
}

// State is what the last act led to.
func (s *Settlement) State() State {
	if len(s.Acts) == 0 {
		return Draft
	}
	return after[s.Acts[len(s.Acts)-1].Act]
}

// Act returns the act of a kind, if there was one.
func (s *Settlement) Act(kind string) (Act, bool) {
	for _, a := range s.Acts {
		if a.Act == kind {
			return a, true
		}
	}
	return Act{}, false
}

// Number is what people call the statement, e.g. 202607-7K3M9Q.
func (s *Settlement) Number() string { return number(s.Month, s.ID) }

// contentHash is over every column of the settlement; its items come in by their
// own hash.
func (s *Settlement) contentHash() ledger.Hash {
	return ledger.NewCanonical("hufen/settlement/1").ID(s.ID).ID(s.ShopID).ID(s.TownID).Number(int64(s.Month)).
		Number(int64(s.Version)).Number(int64(s.Items)).Points(s.Points).Number(s.Fen).Bytes(s.ItemsHash[:]).Sum()
}

// hashAfter chains an act to what was before it: the settlement for the first.
func (a *Act) hashAfter(before ledger.Hash) ledger.Hash {
	return ledger.NewCanonical("hufen/settlement-act/1").Bytes(before[:]).ID(a.ID).ID(a.SettlementID).Text(a.Act).ID(a.ActorID).
		Instant(a.At).Text(a.Detail).Number(int64(a.PaidOn)).Sum()
}

// add chains an act to the settlement.
func (s *Settlement) add(a Act) Act {
	before := s.ContentHash
	if n := len(s.Acts); n > 0 {
		before = s.Acts[n-1].Hash
	}
	a.SettlementID = s.ID
	a.Hash = a.hashAfter(before)
	s.Acts = append(s.Acts, a)
	return a
}

// Item is a redemption in a settlement, or a negative one for a redemption that
// was settled before and then taken back.
type Item struct {
	EntryID      id.ID // of the redemption or its reversal
	RedemptionID id.ID
	Points       points.Points
	Fen          int64
}

// hashAfter chains an item to the one before.
func (i *Item) hashAfter(before ledger.Hash) ledger.Hash {
	return ledger.NewCanonical("hufen/settlement-item/1").Bytes(before[:]).ID(i.EntryID).ID(i.RedemptionID).
		Points(i.Points).Number(i.Fen).Sum()
}

// Service draws up settlements and sees them through to payment.
type Service struct {
	db        *database.DB
	divisions *division.Service
	zone      *time.Location
	now       func() calendar.Micros
	approvals *ledger.Writer[*approval]
}

// mostGroup bounds the approvals that are posted in one transaction.
const mostGroup = 50

// New starts the posting path of approvals. zone is where months begin.
func New(db *database.DB, divisions *division.Service, zone *time.Location) *Service {
	s := &Service{db: db, divisions: divisions, zone: zone, now: calendar.Now}
	s.approvals = ledger.NewWriter(db, mostGroup, ledger.Desk[*approval]{Post: s.postApprovals, Replay: s.replayApprovals})
	return s
}

// RunAt sets the clock of the service, before its first use: a demo town has
// settled for months.
func (s *Service) RunAt(now func() calendar.Micros) { s.now = now }

// Close posts what was accepted and stops.
func (s *Service) Close() { s.approvals.Close() }

func (s *Service) today() calendar.Day { return calendar.DayOf(s.now(), s.zone) }

func (s *Service) dayOf(at calendar.Micros) string { return calendar.DayOf(at, s.zone).String() }

func unknown() *fault.Fault { return fault.New(fault.NotFound, "settlement.unknown") }

func reused() *fault.Fault { return fault.New(fault.Conflict, "request.id_reused").At("/id") }

// sees reports whether the actor reads a shop's settlements: the own shop's, or
// those of a division the actor looks after.
func sees(tree *division.Tree, actor auth.Actor, shopID, divisionID id.ID) bool {
	return actor.HasShop(shopID) || actor.Covers(tree, divisionID, readers...)
}

// townOf is the town that pays a shop, or the shop's division above towns.
func townOf(tree *division.Tree, divisionID id.ID) id.ID {
	if town, ok := tree.At(divisionID, division.Town); ok {
		return town.ID
	}
	return divisionID
}

// Crockford's base32: no I, L, O or U to be misread.
const numberDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// number is the month and the last 30 bits of the id, which are random.
func number(month calendar.Month, settlementID id.ID) string {
	bits := uint64(0)
	for _, b := range settlementID[8:] {
		bits = bits<<8 | uint64(b)
	}
	text := []byte(month.String()[:4] + month.String()[5:] + "-")
	for i := range 6 {
		text = append(text, numberDigits[bits>>(5*i)&31])
	}
	return string(text)
}
