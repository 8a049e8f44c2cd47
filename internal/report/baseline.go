package report

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// BaselineState is how far a baseline has come.
type BaselineState string

// The states of a baseline.
const (
	Draft      BaselineState = "draft"
	Locked     BaselineState = "locked"     // one person stands for the figures
	Signed     BaselineState = "signed"     // another one too: in force
	Superseded BaselineState = "superseded" // a later version is signed
)

// Baseline is one version of what a village sent to disposal in a month before
// the programme. The highest signed version of a calendar month is in force.
type Baseline struct {
	ID            id.ID
	VillageID     id.ID
	Month         calendar.Month // that was measured
	CalendarMonth int            // 1 to 12: the months it is the base of
	Version       int
	DisposalGrams int64
	PersonDays    int64
	Method        string // how it was measured
	Source        string // the file or book it comes from
	Reason        string // why there is a later version
	CreatedAt     calendar.Micros
	CreatedBy     id.ID
	Creator       string // names; empty for the service itself
	State         BaselineState
	LockedBy      id.ID
	Locker        string
	LockedAt      calendar.Micros // zero: not locked
	SignedBy      id.ID
	Signer        string
	SignedAt      calendar.Micros // zero: not signed
}

// NewBaseline is a baseline as it is handed in. What is zero is worked out from
// the month's tickets and from the dated member counts.
type NewBaseline struct {
	ID            id.ID // made by the client
	VillageID     id.ID
	Month         calendar.Month
	DisposalGrams int64
	PersonDays    int64
	Method        string
	Source        string
	Reason        string
}

// Above these a baseline cannot be a village's, and sums of many would overflow.
const (
	maxBaselineGrams      = 1_000_000_000_000 // 1,000,000 t
	maxBaselinePersonDays = 1_000_000_000
)

// maxBaselineText is the longest method, source or reason, in characters.
const maxBaselineText = 200

// CreateBaseline stores the next version for the village and calendar month; a
// later one than the first needs a reason. The same id and content again return
// the stored version with replayed true, other content is a Conflict
// "request.id_reused". It returns NotFound "division.unknown" outside the scope
// and Invalid faults: "baseline.month_not_over", "baseline.no_tickets",
// "baseline.few_tickets" and "baseline.no_person_days" where the month's own
// data do not suffice, "baseline.reason_missing".
func (s *Service) CreateBaseline(ctx context.Context, actor auth.Actor, in NewBaseline) (b Baseline, replayed bool, err error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return b, false, err
	}
	if !actor.Covers(tree, in.VillageID, Writers...) {
		return b, false, division.Unknown().At("/village_id")
	}
	if d, _ := tree.Get(in.VillageID); d.Level != division.Village {
		return b, false, fault.New(fault.Invalid, "collection.not_village", "name", d.Name).At("/village_id")
	}
	in.Method, in.Source, in.Reason = strings.TrimSpace(in.Method), strings.TrimSpace(in.Source), strings.TrimSpace(in.Reason)
	if f := in.fault(s.today()); f != nil {
		return b, false, f
	}
	coverage, err := s.divisions.Setting(ctx, division.Coverage, in.VillageID, in.Month.Last())
	if err != nil {
		return b, false, err
	}
	for range 20 { // somebody may take the version's number meanwhile
		err = s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
			b, replayed, err = s.createBaseline(ctx, tx, actor, in, coverage)
			return err
		})
		if !database.IsDuplicate(err) {
			break
		}
	}
	return b, replayed, err
}

func (in NewBaseline) fault(today calendar.Day) *fault.Fault {
	var faults []*fault.Fault
	if !in.Month.Valid() || in.Month.Last() >= today {
		faults = append(faults, fault.New(fault.Invalid, "baseline.month_not_over").At("/month"))
	}
	for _, text := range []struct{ value, code, pointer string }{
		{in.Method, "baseline.method_missing", "/method"}, {in.Source, "baseline.source_missing", "/source"}, {in.Reason, "", "/reason"},
	} {
		switch {
		case text.value == "" && text.code != "":
			faults = append(faults, fault.New(fault.Invalid, text.code).At(text.pointer))
		case utf8.RuneCountInString(text.value) > maxBaselineText:
			faults = append(faults, fault.New(fault.Invalid, "baseline.text_too_long", "limit", maxBaselineText).At(text.pointer))
		}
	}
	if in.DisposalGrams < 0 || in.PersonDays < 0 {
		faults = append(faults, fault.New(fault.Invalid, "baseline.not_positive").At("/disposal_grams"))
	}
	if in.DisposalGrams > maxBaselineGrams {
		faults = append(faults, fault.New(fault.Invalid, "baseline.too_large").At("/disposal_grams"))
	}
	if in.PersonDays > maxBaselinePersonDays {
		faults = append(faults, fault.New(fault.Invalid, "baseline.too_large").At("/person_days"))
	}
	all := fault.Join(faults...)
	if all != nil && len(all.Details) == 1 {
		return all.Details[0]
	}
	return all
}

func (s *Service) createBaseline(ctx context.Context, tx *gorm.DB, actor auth.Actor, in NewBaseline, coverage int64) (Baseline, bool, error) {
	if stored, found, err := in.replay(ctx, tx); found || err != nil {
		return stored, found, err
	}
	b := Baseline{ID: in.ID, VillageID: in.VillageID, Month: in.Month, CalendarMonth: int(in.Month.OfYear()),
		DisposalGrams: in.DisposalGrams, PersonDays: in.PersonDays, Method: in.Method, Source: in.Source, Reason: in.Reason,
		CreatedAt: s.now(), CreatedBy: actor.ID, Creator: actor.Name, State: Draft}
	var err error
	if b.Version, err = nextVersion(ctx, tx, b); err != nil {
		return b, false, err
	}
	if b.Version > 1 && b.Reason == "" {
		if stored, found, err := in.replay(ctx, tx); found || err != nil { // the version before is a twin that was faster
			return stored, found, err
		}
		return b, false, fault.New(fault.Invalid, "baseline.reason_missing", "version", b.Version).At("/reason")
	}
	if err := b.measure(ctx, tx, coverage); err != nil {
		return b, false, err
	}
	if err := insertBaseline(ctx, tx, b); err != nil {
		return b, false, err
	}
	return b, false, auth.Audit(ctx, tx, actor, b.event("baseline.create", fmt.Sprintf("%d g, %d person-days, %s, %s %s",
		b.DisposalGrams, b.PersonDays, b.Method, b.Source, b.Reason)))
}

// replay returns the version with the input's id, if there is one. With other
// content it is a Conflict "request.id_reused".
func (in NewBaseline) replay(ctx context.Context, tx *gorm.DB) (stored Baseline, found bool, err error) {
	stored, found, err = readBaseline(ctx, tx, in.ID)
	if found && err == nil && !in.says(stored) {
		return stored, false, fault.New(fault.Conflict, "request.id_reused").At("/id")
	}
	return stored, found, err
}

// says reports whether a stored version is what was handed in. What was worked
// out is no difference.
func (in NewBaseline) says(b Baseline) bool {
	return in.VillageID == b.VillageID && in.Month == b.Month && in.Method == b.Method && in.Source == b.Source && in.Reason == b.Reason &&
		(in.DisposalGrams == 0 || in.DisposalGrams == b.DisposalGrams) && (in.PersonDays == 0 || in.PersonDays == b.PersonDays)
}

// measure fills in what was left to the month's own data.
func (b *Baseline) measure(ctx context.Context, tx *gorm.DB, coverage int64) error {
	month, villages := period{b.Month, b.Month}, []id.ID{b.VillageID}
	if b.DisposalGrams == 0 {
		found, err := readTickets(ctx, tx, villages, month)
		if err != nil {
			return err
		}
		t := found[b.VillageID]
		switch {
		case t.without != 0 || t.residual == 0:
			return fault.New(fault.Invalid, "baseline.no_tickets", "month", b.Month.String()).At("/disposal_grams")
		case t.leastPermille < coverage:
			return fault.New(fault.Invalid, "baseline.few_tickets", "month", b.Month.String(), "days", b.Month.Days(), "covered", t.days).At("/disposal_grams")
		}
		b.DisposalGrams = t.residual
	}
	if b.PersonDays == 0 {
		found, err := readPeople(ctx, tx, villages, month)
		if err != nil {
			return err
		}
		p := found[b.VillageID]
		if p.opening <= 0 || p.personDays <= 0 {
			return fault.New(fault.Invalid, "baseline.no_person_days", "month", b.Month.String()).At("/person_days")
		}
		b.PersonDays = p.personDays
	}
	return nil
}

func (b Baseline) event(action, detail string) auth.Event {
	return auth.Event{Action: action, ObjectKind: "baseline", ObjectID: b.ID, DivisionID: b.VillageID,
		Detail: fmt.Sprintf("%s version %d: %s", b.Month, b.Version, detail)}
}

// LockBaseline makes the actor stand for a baseline; doing it again changes
// nothing. It returns NotFound "baseline.unknown", and Refused
// "baseline.superseded", "baseline.already_locked" or "baseline.person_only".
func (s *Service) LockBaseline(ctx context.Context, actor auth.Actor, baselineID id.ID) (Baseline, error) {
	return s.act(ctx, actor, baselineID, "lock", Writers, func(b Baseline) (done bool, err error) {
		if b.State == Draft {
			return false, nil
		}
		if b.LockedBy == actor.ID {
			return true, nil
		}
		return false, fault.New(fault.Refused, "baseline.already_locked", "name", b.Locker, "day", s.dayOf(b.LockedAt))
	})
}

// SignBaseline puts a locked baseline in force; doing it again changes nothing.
// It returns NotFound "baseline.unknown", and Refused "baseline.superseded",
// "baseline.not_locked", "baseline.same_person", "baseline.already_signed" or
// "baseline.person_only".
func (s *Service) SignBaseline(ctx context.Context, actor auth.Actor, baselineID id.ID) (Baseline, error) {
	return s.act(ctx, actor, baselineID, "sign", Signers, func(b Baseline) (done bool, err error) {
		switch {
		case b.State == Draft:
			return false, fault.New(fault.Refused, "baseline.not_locked")
		case b.SignedAt != 0 && b.SignedBy == actor.ID:
			return true, nil
		case b.SignedAt != 0:
			return false, fault.New(fault.Refused, "baseline.already_signed", "name", b.Signer, "day", s.dayOf(b.SignedAt))
		case b.LockedBy == actor.ID:
			return false, fault.New(fault.Refused, "baseline.same_person")
		}
		return false, nil
	})
}

func (s *Service) dayOf(at calendar.Micros) string { return calendar.DayOf(at, s.zone).String() }

// act adds a signature if may allows it. Of two people at once the table's
// unique keys let one through.
func (s *Service) act(ctx context.Context, actor auth.Actor, baselineID id.ID, act string, roles []auth.Role, may func(Baseline) (bool, error)) (b Baseline, err error) {
	if actor.Kind == auth.Machine {
		return b, fault.New(fault.Refused, "baseline.person_only")
	}
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return b, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		if b, err = findBaseline(ctx, tx, tree, actor, baselineID, roles); err != nil {
			return err
		}
		if done, err := mayAct(b, may); err != nil || done {
			return err
		}
		if err := insertSignature(ctx, tx, baselineID, act, actor.ID, s.now()); err != nil && !database.IsDuplicate(err) {
			return err
		} else if err != nil { // somebody was faster: say who
			if b, err = findBaseline(ctx, tx, tree, actor, baselineID, roles); err != nil {
				return err
			}
			_, err = mayAct(b, may)
			return err
		}
		if act == "sign" {
			if err := putInForce(ctx, tx, b); err != nil {
				return err
			}
		}
		if b, err = findBaseline(ctx, tx, tree, actor, baselineID, roles); err != nil {
			return err
		}
		return auth.Audit(ctx, tx, actor, b.event("baseline."+act, fmt.Sprintf("%d g, %d person-days", b.DisposalGrams, b.PersonDays)))
	})
	return b, err
}

func mayAct(b Baseline, may func(Baseline) (bool, error)) (bool, error) {
	if b.State == Superseded {
		return false, fault.New(fault.Refused, "baseline.superseded", "version", b.Version)
	}
	return may(b)
}

func findBaseline(ctx context.Context, tx *gorm.DB, tree *division.Tree, actor auth.Actor, baselineID id.ID, roles []auth.Role) (Baseline, error) {
	b, found, err := readBaseline(ctx, tx, baselineID)
	if err != nil {
		return b, err
	}
	if !found || !actor.Covers(tree, b.VillageID, roles...) {
		return b, fault.New(fault.NotFound, "baseline.unknown")
	}
	return b, nil
}

// BaselineCursor is the place of a baseline in the list.
type BaselineCursor struct {
	Code          string // of the village
	VillageID     id.ID
	CalendarMonth int
	Version       int
}

// BaselineFilter says which baselines a list shows.
type BaselineFilter struct {
	DivisionID id.ID          // zero: the actor's whole scope
	After      BaselineCursor // zero: from the first on
	Limit      int
}

// Baselines lists the versions in force and those that wait, by village and
// calendar month, with the cursor of the last one and whether there are more.
func (s *Service) Baselines(ctx context.Context, actor auth.Actor, f BaselineFilter) (list []Baseline, last BaselineCursor, more bool, err error) {
	sc, err := s.scope(ctx, actor, f.DivisionID, 0)
	if err != nil || len(sc.villages) == 0 {
		return nil, last, false, err
	}
	list, err = listBaselines(ctx, s.db.Read, sc.ids(), f)
	if more = len(list) > f.Limit; more {
		list = list[:f.Limit]
	}
	if n := len(list); n > 0 {
		b := list[n-1]
		village, _ := sc.tree.Get(b.VillageID)
		last = BaselineCursor{village.Code, b.VillageID, b.CalendarMonth, b.Version}
	}
	return list, last, more, err
}
