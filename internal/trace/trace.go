// Package trace follows points from the bin to the payment, and back: from any
// drop-off, entry, redemption, household change, settlement or payment to what
// was before and what came after. It reads the tables of others and writes
// nothing. Which redemption an award was spent on is a reading, first in first
// out on the household's account; the ledger itself only knows balances.
package trace

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/i18n"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
)

// The kinds of step.
const (
	DropOff         = "drop_off"
	Hold            = "hold"
	Review          = "review"
	Award           = "award"
	Redemption      = "redemption"
	Reversal        = "reversal"
	Adjustment      = "adjustment"
	Expiry          = "expiry"
	HouseholdChange = "household_change"
	Settlement      = "settlement"
	Payment         = "payment"
)

// Trace is what was before and after something, in the order it happened.
type Trace struct {
	ID          id.ID
	Subject     string        // the kind of what was asked for
	Points      points.Points // of it; below zero where they were spent
	Fen         int64         // of settlements and payments
	HouseholdID id.ID         // whose points they are; zero where they are many's
	Steps       []Step
	Flow        []Amount
	More        bool         // there were too many steps to show
	Sealed      int          // steps that are in a seal
	Seal        *ledger.Seal // the newest of them
}

// Step is one thing that happened.
type Step struct {
	Kind       string
	ID         id.ID
	EntryID    id.NullID // where points moved
	At         calendar.Micros
	RecordedAt calendar.Micros
	Points     points.Points // that it moved
	Fen        int64         // settlements and payments: of the whole statement, 0 where the reader may not know
	Share      points.Points // how many of the points that are followed
	ShareFen   int64
	By         []string
	Number     string // of the receipt, statement or payment
	Facts      []Fact
	Hash       string // the beginning of its content hash, as it stands in the ledger
	Height     int64  // of its seal; 0: not yet
	This       bool   // what was asked for
}

// Fact is a line of what a step is about, in the reader's language.
type Fact struct{ Label, Value string }

// Amount is how much of what was asked for has come how far.
type Amount struct {
	Stage  string // got, spent, other, left, settled, paid
	Points points.Points
	Fen    int64
}

// readers see what happened to the households of their division, payers what
// the shops of theirs were paid.
var (
	readers = []auth.Role{auth.Cadre, auth.TownOfficial, auth.DistrictOfficial, auth.Finance, auth.Auditor, auth.Administrator}
	payers  = []auth.Role{auth.TownOfficial, auth.DistrictOfficial, auth.Finance, auth.Auditor, auth.Administrator}
)

// most bounds the steps of one kind that are followed.
const most = 40

// Service follows points.
type Service struct {
	db        *database.DB
	divisions *division.Service
	zone      *time.Location
}

// New returns the service of a database.
func New(db *database.DB, divisions *division.Service, zone *time.Location) *Service {
	return &Service{db: db, divisions: divisions, zone: zone}
}

// Unknown is the answer for what does not exist or lies outside the actor's
// scope: a NotFound fault "trace.unknown".
func Unknown() *fault.Fault { return fault.New(fault.NotFound, "trace.unknown") }

// Follow returns the trace of an id: of a drop-off, entry, review, redemption,
// reversal, adjustment, household change, settlement or payment. What lies
// outside the actor's scope is not in it; a household sees what is its own. The
// fault is NotFound "trace.unknown".
func (s *Service) Follow(ctx context.Context, actor auth.Actor, lang i18n.Lang, of id.ID) (t *Trace, err error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return nil, err
	}
	err = s.db.Snapshot(ctx, func(ctx context.Context, tx *gorm.DB) error {
		w := &walk{ctx: ctx, tx: tx, tree: tree, actor: actor, lang: lang, zone: s.zone, trace: &Trace{ID: of},
			books: map[id.ID]*book{}, entries: map[id.ID]*entry{}}
		t = w.trace
		return w.follow(of)
	})
	if _, ok := fault.As(err); err != nil && !ok {
		return nil, fmt.Errorf("trace %s: %w", of, err)
	}
	if err != nil {
		return nil, err
	}
	return t, nil
}
