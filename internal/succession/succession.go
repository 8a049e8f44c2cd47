// Package succession owns what becomes of a household that splits, is merged into
// another, moves, or comes to its end: who counts where from which day, what
// happens to its points, its card and its PIN. Each change is one entry in the
// ledger, also where no points move, and one row that names both households, so
// that its history is read from either side. Points go from household to
// household in no other way.
package succession

import (
	"strings"
	"time"
	"unicode/utf8"

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

// Kind is what happens to a household.
type Kind string

// The kinds.
const (
	Split Kind = "split" // some of its people become a household of their own
	Merge Kind = "merge" // all its people join another one
	Move  Kind = "move"  // all its people go to another house, group or village
	Close Kind = "close" // nobody is left
	Rest  Kind = "rest"  // points that came after it was closed
)

// Change is what happened to a household.
type Change struct {
	ID          id.ID // also of its entry
	Kind        Kind
	HouseholdID id.ID
	TargetID    id.NullID    // where people or points went: a household
	From        calendar.Day // the first day of the new member counts
	Members     int          // who went
	Points      points.Points
	Debt        points.Points // clawback that went with them
	Place       Place         // of the household, before
	TargetPlace Place         // of the target, or where the household is now; empty where nobody got anything
	Reason      string
	ActorID     id.ID
	ActorName   string // empty for the service itself
	RecordedAt  calendar.Micros
	ContentHash ledger.Hash
	Replayed    bool // the answer to a request seen before
}

// Place is where a household lives.
type Place struct {
	VillageID   id.ID
	DivisionID  id.ID // the group, or the village
	HouseNumber string
}

// contentHash is over every column.
func (c *Change) contentHash() ledger.Hash {
	return ledger.NewCanonical("hufen/household-change/1").ID(c.ID).Text(string(c.Kind)).ID(c.HouseholdID).NullID(c.TargetID).
		Number(int64(c.From)).Number(int64(c.Members)).Points(c.Points).Points(c.Debt).
		ID(c.Place.VillageID).ID(c.Place.DivisionID).Text(c.Place.HouseNumber).
		ID(c.TargetPlace.VillageID).ID(c.TargetPlace.DivisionID).Text(c.TargetPlace.HouseNumber).
		Text(c.Reason).ID(c.ActorID).Instant(c.RecordedAt).Sum()
}

// lines are what the change moves in the ledger: nothing where a household moves
// inside its village.
func (c *Change) lines() []ledger.Line {
	from := ledger.Owner{HouseholdID: c.HouseholdID, VillageID: c.Place.VillageID}
	if !c.TargetID.Valid {
		return ledger.GiveUp(from, c.Points, c.Debt)
	}
	return ledger.HandOn(from, ledger.Owner{HouseholdID: c.TargetID.ID, VillageID: c.TargetPlace.VillageID}, c.Points, c.Debt)
}

// closes reports whether the household is closed by the change.
func (c *Change) closes() bool {
	return c.Kind == Merge || c.Kind == Close || c.Kind == Move && c.TargetID.Valid
}

// founds reports whether the target is a new household.
func (c *Change) founds() bool { return c.Kind == Split || c.Kind == Move && c.TargetID.Valid }

// Input is what is asked for.
type Input struct {
	ID          id.ID // made by the client
	Kind        Kind
	HouseholdID id.ID
	From        calendar.Day // zero: today
	Reason      string
	TargetID    id.ID          // merge: who takes them in; close and rest: who inherits, zero for nobody
	New         *NewPlace      // split and move
	Members     int            // split: how many go
	Points      *points.Points // split: what goes with them; nil: their share by heads, rounded down
	CardID      id.ID          // split: the new card of those who stay; zero: they keep card and PIN
}

// NewPlace is where those who go will live.
type NewPlace struct {
	HouseholdID id.ID // made by the client; of the household that comes about
	CardID      id.ID // made by the client; of its card
	DivisionID  id.ID
	HouseNumber string
	HeadName    string // split only, as are the next two; who moves keeps name, phone and consent
	Phone       string
	Consent     bool
}

// mostReason is the longest reason, in characters.
const mostReason = 200

// check puts the input into its usual form.
func (in *Input) check(today calendar.Day) error {
	if in.From == 0 {
		in.From = today
	}
	in.Reason = strings.TrimSpace(in.Reason)
	faults := []*fault.Fault{household.CheckFrom(in.From, today)}
	if in.ID.IsZero() {
		faults = append(faults, fault.New(fault.Invalid, "request.id_missing").At("/id"))
	}
	if n := utf8.RuneCountInString(in.Reason); n < 2 || n > mostReason {
		faults = append(faults, fault.New(fault.Invalid, "household_change.reason", "limit", mostReason).At("/reason"))
	}
	faults = append(faults, in.checkKind()...)
	if f := fault.Join(faults...); f != nil {
		return f
	}
	return nil
}

func (in *Input) checkKind() (faults []*fault.Fault) {
	add := func(code, at string) { faults = append(faults, fault.New(fault.Invalid, code).At(at)) }
	switch in.Kind {
	case Split, Move:
		if in.New == nil || in.New.HouseholdID.IsZero() || in.New.CardID.IsZero() {
			add("household_change.no_place", "/place")
		}
	case Merge:
		if in.TargetID.IsZero() {
			add("household_change.no_target", "/target_id")
		}
	case Close, Rest:
	default:
		add("household_change.kind", "/kind")
	}
	if in.TargetID == in.HouseholdID {
		add("household_change.same_household", "/target_id")
	}
	if in.Points != nil && *in.Points < 0 {
		add("household_change.points_negative", "/points")
	}
	return faults
}

// requestHash is over everything that was asked for, and by whom.
func (in *Input) requestHash(actorID id.ID) ledger.Hash {
	c := ledger.NewCanonical("hufen/request/household-change/1").ID(in.ID).ID(actorID).Text(string(in.Kind)).ID(in.HouseholdID).
		Number(int64(in.From)).Text(in.Reason).ID(in.TargetID).Number(int64(in.Members)).ID(in.CardID)
	if in.Points != nil {
		c.Points(*in.Points)
	}
	if n := in.New; n != nil {
		consent := int64(0)
		if n.Consent {
			consent = 1
		}
		c.ID(n.HouseholdID).ID(n.CardID).ID(n.DivisionID).Text(n.HouseNumber).Text(n.HeadName).Text(n.Phone).Number(consent)
	}
	return c.Sum()
}

// Service changes households.
type Service struct {
	db         *database.DB
	divisions  *division.Service
	households *household.Service
	zone       *time.Location
	now        func() calendar.Micros
	changes    *ledger.Writer[*order]
}

// together is how many changes share a transaction: each stands alone.
const together = 1

// New starts the posting path of changes. zone is where days begin.
func New(db *database.DB, divisions *division.Service, households *household.Service, zone *time.Location) *Service {
	s := &Service{db: db, divisions: divisions, households: households, zone: zone, now: calendar.Now}
	s.changes = ledger.NewWriter(db, together, ledger.Desk[*order]{Post: s.post, Replay: s.replay})
	return s
}

// RunAt sets the clock of the service, before its first use.
func (s *Service) RunAt(now func() calendar.Micros) { s.now = now }

// Close posts what was accepted and stops.
func (s *Service) Close() { s.changes.Close() }

func (s *Service) today() calendar.Day { return calendar.DayOf(s.now(), s.zone) }

// readers see the changes of the households of their division.
var readers = []auth.Role{auth.Cadre, auth.TownOfficial, auth.DistrictOfficial, auth.Finance, auth.Auditor, auth.Administrator}
