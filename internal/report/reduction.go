package report

import (
	"context"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// Against says what a period is compared with.
type Against string

// What a period is compared with.
const (
	SignedBaseline Against = "signed_baseline"
	Tickets        Against = "tickets"
)

// Query asks for the reduction of a period.
type Query struct {
	DivisionID id.ID // zero: the actor's whole scope
	From, To   calendar.Month
	// Base months, as many as reported ones, whose tickets are compared with;
	// zero: the signed baselines.
	BaseFrom, BaseTo calendar.Month
}

func (q Query) against() Against {
	if q.BaseFrom != 0 || q.BaseTo != 0 {
		return Tickets
	}
	return SignedBaseline
}

func (q Query) period() period { return period{q.From, q.To} }
func (q Query) base() period   { return period{q.BaseFrom, q.BaseTo} }

// check returns the first thing that is wrong with the months.
func (q Query) check() *fault.Fault {
	if f := q.period().check("?from"); f != nil || q.against() == SignedBaseline {
		return f
	}
	if f := q.base().check("?base_from"); f != nil {
		return f
	}
	if len(q.base().months()) != len(q.period().months()) {
		return fault.New(fault.Invalid, "report.unequal_periods").At("?base_to")
	}
	return nil
}

// Reduction is the report of 减量率 per village.
type Reduction struct {
	Query
	Against        Against
	TargetPermille int64
	FormulaVersion int
	Total          *Row  // nil without villages
	Towns          []Row // where there is more than one
	Rows           []Row // villages, in the order of the tree
}

// Row is the figures of a village, or of all villages of a town or district.
// A sum is over the villages that count: those whose rate could be computed,
// the same ones on both sides.
type Row struct {
	Division      division.Division
	Reduction     Rate // per capita, the headline
	Raw           Rate
	Diverted      Rate // 分流率
	Participation Rate
	Reached       bool // the target, by the exact rate

	CoverageDays, Days                         int64 // with a ticket; all. In sums: of all villages
	DisposalGrams                              int64
	FoodGrams, RecyclableGrams, HazardousGrams int64
	PersonDays                                 int64
	BaselineGrams, BaselinePersonDays          int64
	ActiveHouseholds, ParticipatingHouseholds  int64 // over several months: household-months
	Estimated                                  bool  // some of it from counted buckets
	Villages, VillagesCounted, VillagesReached int   // sums only
	Formula                                    Sentence
}

// Reduction computes the report. It returns NotFound "division.unknown" outside
// the actor's scope and Invalid faults about the months.
func (s *Service) Reduction(ctx context.Context, actor auth.Actor, q Query) (*Reduction, error) {
	if f := q.check(); f != nil {
		return nil, f
	}
	sc, err := s.scope(ctx, actor, q.DivisionID, q.period().first())
	if err != nil {
		return nil, err
	}
	report := &Reduction{Query: q, Against: q.against(), FormulaVersion: FormulaVersion}
	report.TargetPermille, err = s.divisions.Setting(ctx, division.ReductionTarget, sc.root.ID, q.period().last())
	if err != nil {
		return nil, err
	}
	found, err := readFacts(ctx, s.db.Read, sc.ids(), q)
	if err != nil {
		return nil, err
	}
	for _, village := range sc.villages {
		r := rules{Query: q, target: report.TargetPermille, today: s.today()}
		if r.coverage, err = s.divisions.Setting(ctx, division.Coverage, village.ID, q.period().last()); err != nil {
			return nil, err
		}
		report.Rows = append(report.Rows, r.row(village, found[village.ID]))
	}
	report.sum(sc)
	return report, nil
}

// sum adds the totals of the towns and of everything.
func (report *Reduction) sum(sc scope) {
	if len(report.Rows) == 0 {
		return
	}
	r := rules{Query: report.Query, target: report.TargetPermille}
	report.Total = new(r.total(sc.root, report.Rows))
	for rows := report.Rows; len(rows) > 0; {
		town := townOf(sc.tree, rows[0])
		n := 1
		for n < len(rows) && townOf(sc.tree, rows[n]).ID == town.ID {
			n++
		}
		if n == len(report.Rows) {
			return
		}
		report.Towns = append(report.Towns, r.total(town, rows[:n]))
		rows = rows[n:]
	}
}

// townOf returns the town of a village; one that has none stands for itself.
func townOf(tree *division.Tree, row Row) division.Division {
	if town, ok := tree.At(row.Division.ID, division.Town); ok {
		return town
	}
	return row.Division
}
