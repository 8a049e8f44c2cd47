// Package report owns the figures: baselines (基准量) and what is computed from
// them, 减量率 before all others. It reads the tables of the rest of the house
// (tickets and drop-offs as monthly sums, population, tariffs' outcome) and
// writes baselines and, when told to, the sums again from the facts.
//
// Every figure is worked out in whole grams and person-days; only the last
// division makes a fraction, and only its text is rounded. A figure that the
// data cannot prove is never a number: it has a reason.
package report

import (
	"context"
	"time"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// FormulaVersion is the version of the rules by which the rates are computed.
// It is published with every figure.
const FormulaVersion = 1

// Roles that may read reports, write baselines, and sign them.
var (
	Readers = []auth.Role{auth.Cadre, auth.TownOfficial, auth.DistrictOfficial, auth.Finance, auth.Auditor, auth.Administrator}
	Writers = []auth.Role{auth.TownOfficial, auth.DistrictOfficial, auth.Administrator}
	Signers = []auth.Role{auth.TownOfficial, auth.DistrictOfficial, auth.Auditor, auth.Administrator}
)

// Service computes reports and keeps baselines.
type Service struct {
	db        *database.DB
	divisions *division.Service
	zone      *time.Location
	now       func() calendar.Micros
}

// New returns the service of a database. Days are counted in zone.
func New(db *database.DB, divisions *division.Service, zone *time.Location) *Service {
	return &Service{db: db, divisions: divisions, zone: zone, now: calendar.Now}
}

// RunAt sets the clock of the service, before its first use: the baselines of a
// demo town were signed months ago.
func (s *Service) RunAt(now func() calendar.Micros) { s.now = now }

func (s *Service) today() calendar.Day { return calendar.DayOf(s.now(), s.zone) }

// scope is the part of the tree a report is about.
type scope struct {
	tree     *division.Tree
	root     division.Division // the asked division, the actor's only one, or the lowest one above all villages
	villages []division.Division
}

// ids returns the villages' ids.
func (s scope) ids() []id.ID {
	ids := make([]id.ID, len(s.villages))
	for i, d := range s.villages {
		ids[i] = d.ID
	}
	return ids
}

// scope returns the villages below a division that have not ended before a day;
// with the zero division those of the actor's whole scope. Outside of it the
// answer is NotFound "division.unknown".
func (s *Service) scope(ctx context.Context, actor auth.Actor, under id.ID, day calendar.Day) (scope, error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return scope{}, err
	}
	tops := actor.Divisions(Readers...)
	if !under.IsZero() {
		if !actor.Covers(tree, under, Readers...) {
			return scope{}, division.Unknown()
		}
		if village, ok := tree.Village(under); ok && actor.Covers(tree, village.ID, Readers...) { // not from a group's own staff
			under = village.ID
		}
		tops = []id.ID{under}
	}
	sc := scope{tree: tree}
	for _, village := range tree.Villages(tops...) {
		if village.ValidTo >= day {
			sc.villages = append(sc.villages, village)
		}
	}
	if len(tops) == 1 {
		sc.root, _ = tree.Get(tops[0])
	}
	if sc.root.ID.IsZero() {
		sc.root = lowestAbove(tree, sc.villages)
	}
	return sc, nil
}

// lowestAbove returns the lowest division that contains all the villages.
func lowestAbove(tree *division.Tree, villages []division.Division) division.Division {
	if len(villages) == 0 {
		return division.Division{}
	}
	common := tree.Path(villages[0].ID)
	for _, village := range villages[1:] {
		path := tree.Path(village.ID)
		n := 0
		for n < len(common) && n < len(path) && common[n].ID == path[n].ID {
			n++
		}
		common = common[:n]
	}
	if len(common) == 0 {
		return division.Division{}
	}
	return common[len(common)-1]
}

// maxMonths is the longest period of a report.
const maxMonths = 60

// period is a run of whole months.
type period struct{ from, to calendar.Month }

func (p period) first() calendar.Day { return p.from.First() }
func (p period) last() calendar.Day  { return p.to.Last() }
func (p period) days() int           { return p.last().Sub(p.first()) + 1 }

func (p period) months() []calendar.Month {
	var months []calendar.Month
	for month := p.from; month <= p.to; month = month.Next() {
		months = append(months, month)
	}
	return months
}

// halves returns the period in two, or one month as it is.
func (p period) halves() []period {
	if p.from == p.to {
		return []period{p}
	}
	middle := p.from.AddMonths((len(p.months()) - 1) / 2)
	return []period{{p.from, middle}, {middle.Next(), p.to}}
}

// check returns an Invalid fault "report.no_month", "report.months_reversed" or
// "report.too_many_months".
func (p period) check(pointer string) *fault.Fault {
	switch {
	case !p.from.Valid() || !p.to.Valid():
		return fault.New(fault.Invalid, "report.no_month").At(pointer)
	case p.to < p.from:
		return fault.New(fault.Invalid, "report.months_reversed").At(pointer)
	case p.from.AddMonths(maxMonths) <= p.to:
		return fault.New(fault.Invalid, "report.too_many_months", "limit", maxMonths).At(pointer)
	}
	return nil
}
