package report

import (
	"context"
	"database/sql"
	"strings"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/division"
	"hufen/internal/id"
	"hufen/internal/points"
)

// trendMonths is the length of a village's trend.
const trendMonths = 24

// Village is the report of a village's month.
type Village struct {
	Division       division.Division
	Month          calendar.Month
	Row            Row
	TargetPermille int64
	Baseline       *Baseline // in force for the calendar month; nil: none
	Population     []Step
	Days           []DayCell
	Trend          []TrendMonth // up to this month, from the first with tickets on
}

// Step is a stretch of days without a change of population.
type Step struct {
	From, To   calendar.Day
	Persons    int64
	Households int64
}

// DayCell is what a day's credited drop-offs add up to; category "*" counts
// visits.
type DayCell struct {
	Day      calendar.Day
	Category string
	DropOffs int64
	Grams    int64
	Points   points.Points
}

// TrendMonth is one month of the trend.
type TrendMonth struct {
	Month                     calendar.Month
	Reduction                 Rate
	DisposalGrams             int64
	GramsPerPersonDay         float64 // zero: not known
	BaselineGramsPerPersonDay float64 // zero: not known
}

// Village reports a village's month. It returns NotFound "division.unknown" for
// what is no village or lies outside the actor's scope.
func (s *Service) Village(ctx context.Context, actor auth.Actor, villageID id.ID, month calendar.Month) (*Village, error) {
	window := period{month.AddMonths(1 - trendMonths), month}
	if f := window.check("?month"); f != nil {
		return nil, f
	}
	sc, err := s.scope(ctx, actor, villageID, 0)
	if err != nil {
		return nil, err
	}
	if sc.root.Level != division.Village {
		return nil, division.Unknown()
	}
	h, err := readHistory(ctx, s.db.Read, sc.root.ID, window)
	if err != nil {
		return nil, err
	}
	v := &Village{Division: sc.root, Month: month, Population: h.steps(month)}
	for _, m := range h.monthsShown(window) {
		row, target, err := s.monthRow(ctx, sc.root, h, m)
		if err != nil {
			return nil, err
		}
		v.Trend = append(v.Trend, trendOf(m, row, h.baselines[int(m.OfYear())]))
		v.Row, v.TargetPermille = row, target // of the last month in the end
	}
	if b, ok := h.baselines[int(month.OfYear())]; ok && b.State == Signed {
		v.Baseline = &b
	}
	v.Days, err = readDays(ctx, s.db.Read, sc.root.ID, month)
	return v, err
}

// monthRow computes one month of a village by the rules of that month.
func (s *Service) monthRow(ctx context.Context, village division.Division, h history, month calendar.Month) (Row, int64, error) {
	r := rules{Query: Query{From: month, To: month}, today: s.today()}
	var err error
	if r.target, err = s.divisions.Setting(ctx, division.ReductionTarget, village.ID, month.Last()); err != nil {
		return Row{}, 0, err
	}
	if r.coverage, err = s.divisions.Setting(ctx, division.Coverage, village.ID, month.Last()); err != nil {
		return Row{}, 0, err
	}
	return r.row(village, h.facts(month)), r.target, nil
}

func trendOf(month calendar.Month, row Row, b Baseline) TrendMonth {
	t := TrendMonth{Month: month, Reduction: row.Reduction, DisposalGrams: row.DisposalGrams}
	if row.PersonDays > 0 && row.CoverageDays > 0 {
		t.GramsPerPersonDay = float64(row.DisposalGrams) / float64(row.PersonDays)
	}
	if b.State == Signed {
		t.BaselineGramsPerPersonDay = float64(b.DisposalGrams) / float64(b.PersonDays)
	}
	return t
}

// history is what a village's months are made of.
type history struct {
	tickets   map[calendar.Month]tickets
	visitors  map[calendar.Month]visitors
	changes   []change
	baselines map[int]Baseline // by calendar month: the signed one, else one that waits
}

// change is a row of population_changes.
type change struct {
	day                 calendar.Day
	persons, households int64
}

// facts of a month, as readFacts would read them.
func (h history) facts(month calendar.Month) facts {
	f := facts{now: h.tickets[month], people: h.people(month), visitors: h.visitors[month]}
	if f.now.months == 0 {
		f.now.without = month
	}
	b, ok := h.baselines[int(month.OfYear())]
	if ok && b.State == Signed {
		f.base = base{grams: b.DisposalGrams, personDays: b.PersonDays}
	} else {
		f.base = base{without: month, unsigned: ok}
	}
	return f
}

func (h history) people(month calendar.Month) people {
	var p people
	for i, step := range h.steps(month) {
		if i == 0 {
			p.opening = step.Persons
		}
		p.personDays += step.Persons * int64(step.To-step.From+1)
		p.households = step.Households
	}
	return p
}

// steps returns the population of a month, one step for each stretch of days.
func (h history) steps(month calendar.Month) []Step {
	steps := []Step{{From: month.First(), To: month.Last()}}
	for _, c := range h.changes {
		if c.day > month.Last() {
			break
		}
		last := &steps[len(steps)-1]
		if c.day > month.First() {
			steps = append(steps, Step{From: c.day, To: month.Last(), Persons: last.Persons, Households: last.Households})
			steps[len(steps)-2].To = c.day.AddDays(-1)
			last = &steps[len(steps)-1]
		}
		last.Persons += c.persons
		last.Households += c.households
	}
	return steps
}

// monthsShown returns the window from its first month with tickets on; its last
// month in any case.
func (h history) monthsShown(window period) []calendar.Month {
	months := window.months()
	for len(months) > 1 && h.tickets[months[0]].months == 0 {
		months = months[1:]
	}
	return months
}

func readHistory(ctx context.Context, tx *gorm.DB, village id.ID, window period) (history, error) {
	h := history{tickets: map[calendar.Month]tickets{}, visitors: map[calendar.Month]visitors{}, baselines: map[int]Baseline{}}
	for _, read := range []func(context.Context, *gorm.DB, id.ID, period) error{h.readTickets, h.readVisitors, h.readChanges, h.readBaselines} {
		if err := read(ctx, tx, village, window); err != nil {
			return h, err
		}
	}
	return h, nil
}

func (h *history) readTickets(ctx context.Context, tx *gorm.DB, village id.ID, window period) error {
	return each(ctx, tx, "months of tickets", `
		SELECT month, residual_grams, food_grams, recyclable_grams, hazardous_grams, residual_tickets, sorted_tickets, estimated, days, coverage_permille
		  FROM weigh_in_months WHERE village_id = ? AND month BETWEEN ? AND ?`, []any{village, window.from, window.to}, func(rows *sql.Rows) error {
		var t tickets
		err := rows.Scan(&t.least, &t.residual, &t.food, &t.recyclable, &t.hazardous, &t.residualTickets, &t.sortedTickets, &t.estimated, &t.days, &t.leastPermille)
		t.months = min(t.residualTickets, 1)
		h.tickets[t.least] = t
		return err
	})
}

func (h *history) readVisitors(ctx context.Context, tx *gorm.DB, village id.ID, window period) error {
	return each(ctx, tx, "months of drop-offs", `
		SELECT period, households FROM rollups WHERE village_id = ? AND period BETWEEN ? AND ?`,
		[]any{village, window.from, window.to}, func(rows *sql.Rows) error {
			var month calendar.Month
			v := visitors{months: 1}
			err := rows.Scan(&month, &v.households)
			h.visitors[month] = v
			return err
		})
}

func (h *history) readChanges(ctx context.Context, tx *gorm.DB, village id.ID, window period) error {
	return each(ctx, tx, "population", `
		SELECT day, persons, households FROM population_changes WHERE village_id = ? AND day <= ? ORDER BY day`,
		[]any{village, window.last()}, func(rows *sql.Rows) error {
			var c change
			err := rows.Scan(&c.day, &c.persons, &c.households)
			h.changes = append(h.changes, c)
			return err
		})
}

func (h *history) readBaselines(ctx context.Context, tx *gorm.DB, village id.ID, _ period) error {
	list, err := queryBaselines(ctx, tx, `b.village_id = ? AND NOT `+newerSigned, village)
	for _, b := range list {
		if h.baselines[b.CalendarMonth].State != Signed {
			h.baselines[b.CalendarMonth] = b
		}
	}
	return err
}

func readDays(ctx context.Context, tx *gorm.DB, village id.ID, month calendar.Month) ([]DayCell, error) {
	var cells []DayCell
	err := each(ctx, tx, "days of drop-offs", `
		SELECT period, `+strings.Join(rollupSums, ", ")+` FROM rollups
		 WHERE village_id = ? AND period BETWEEN ? AND ? ORDER BY period`,
		[]any{village, month.First(), month.Last()}, func(rows *sql.Rows) error {
			var day calendar.Day
			classes, err := scanRollup(rows, &day)
			for i, c := range classes {
				if c.DropOffs > 0 {
					cells = append(cells, DayCell{day, rollupCategories[i], c.DropOffs, c.Grams, points.Points(c.Points)})
				}
			}
			return err
		})
	return cells, err
}
