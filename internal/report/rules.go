package report

import (
	"hufen/internal/calendar"
	"hufen/internal/division"
)

// rules are what a row is computed by.
type rules struct {
	Query
	target   int64 // permille
	coverage int64 // permille of the days of each month that need a ticket
	today    calendar.Day
}

// row computes the figures of a village.
func (r rules) row(village division.Division, f facts) Row {
	row := Row{
		Division: village, CoverageDays: f.now.days, Days: int64(r.period().days()),
		DisposalGrams: f.now.residual, FoodGrams: f.now.food, RecyclableGrams: f.now.recyclable, HazardousGrams: f.now.hazardous,
		PersonDays: f.people.personDays, BaselineGrams: f.base.grams, BaselinePersonDays: f.base.personDays,
		ActiveHouseholds: f.people.households, ParticipatingHouseholds: f.visitors.households,
		Estimated: f.now.estimated || f.base.tickets.estimated,
	}
	if f.base.without != 0 {
		row.BaselineGrams, row.BaselinePersonDays = 0, 0 // of some months only
	}
	row.Raw, row.Reduction = r.rates(f)
	row.Diverted = r.diverted(f)
	row.Participation = r.participation(f)
	row.Reached = row.Reduction.reaches(r.target)
	row.Formula = row.formula()
	return row
}

// rates returns raw and per-capita reduction.
func (r rules) rates(f facts) (raw, perCapita Rate) {
	if gap, found := r.gap(f); found {
		return gap, gap
	}
	raw = reduction(f.now.residual, 1, f.base.grams, 1)
	switch {
	case f.people.opening <= 0 || f.people.personDays <= 0:
		return raw, missing(NotComputable, sentence("report.no_person_days", "month", r.From.String()))
	case f.base.personDays <= 0 || r.against() == Tickets && f.base.opening <= 0:
		return raw, missing(NotComputable, sentence("report.no_person_days", "month", r.BaseFrom.String()))
	}
	return raw, reduction(f.now.residual, f.people.personDays, f.base.grams, f.base.personDays)
}

// gap finds the first thing that keeps both rates from being computed.
func (r rules) gap(f facts) (Rate, bool) {
	if f.now.without != 0 {
		return missing(NotComputable, sentence("report.no_tickets", "month", f.now.without.String())), true
	}
	if rate, found := r.baseGap(f.base); found {
		return rate, true
	}
	if rate, found := r.incomplete(f.now); found {
		return rate, true
	}
	if r.against() == Tickets {
		return r.incomplete(f.base.tickets)
	}
	return Rate{}, false
}

func (r rules) baseGap(b base) (Rate, bool) {
	switch {
	case r.against() == Tickets && b.tickets.without != 0:
		return missing(NotComputable, sentence("report.no_tickets", "month", b.tickets.without.String())), true
	case b.without != 0 && b.unsigned:
		return missing(NotComputable, sentence("report.baseline_unsigned", "month", b.without.String())), true
	case b.without != 0:
		return missing(NotComputable, sentence("report.no_baseline", "month", b.without.String())), true
	case b.grams <= 0:
		return missing(NotComputable, sentence("report.base_is_zero")), true
	}
	return Rate{}, false
}

// incomplete says whether the tickets have too many gaps: a month that is not
// over, or one with fewer days with tickets than the threshold asks for.
func (r rules) incomplete(t tickets) (Rate, bool) {
	if r.today <= r.period().last() {
		return missing(Incomplete, sentence("report.month_running", "month", r.To.String())), true
	}
	if t.leastPermille >= r.coverage {
		return Rate{}, false
	}
	code := "report.few_tickets"
	if r.From != r.To {
		code = "report.few_tickets_in_month"
	}
	return missing(Incomplete, sentence(code, "month", t.least.String(), "days", t.least.Days(),
		"covered", coveredDays(t.least, t.leastPermille))), true
}

// diverted returns (K+R+H) ÷ (D+K+R+H).
func (r rules) diverted(f facts) Rate {
	switch {
	case f.now.without != 0:
		return missing(NotComputable, sentence("report.no_tickets", "month", f.now.without.String()))
	case f.now.sortedTickets == 0:
		return missing(NotComputable, sentence("report.no_sorted_tickets"))
	case f.now.residual+f.now.sorted() == 0:
		return missing(NotComputable, sentence("report.nothing_weighed"))
	}
	if rate, found := r.incomplete(f.now); found {
		return rate
	}
	return share(f.now.sorted(), f.now.residual+f.now.sorted())
}

// participation returns households with a drop-off ÷ registered households.
func (r rules) participation(f facts) Rate { return participation(f.visitors, f.people.households) }

func participation(v visitors, registered int64) Rate {
	switch {
	case v.months == 0:
		return missing(NotComputable, sentence("report.no_drop_offs"))
	case registered <= 0:
		return missing(NotComputable, sentence("report.no_households"))
	case v.households > registered:
		return missing(NotComputable, sentence("report.more_than_registered", "households", v.households, "registered", registered))
	}
	return share(v.households, registered)
}

// total adds up the villages of a town or district. Both sides are over the same
// villages: those with a headline, or where no village has one those with a raw
// rate.
func (r rules) total(d division.Division, rows []Row) Row {
	counts := func(row Row) bool { return row.Reduction.State == OK }
	headline := anyRow(rows, counts)
	if !headline {
		counts = func(row Row) bool { return row.Raw.State == OK }
	}
	t := Row{Division: d, Villages: len(rows)}
	var sorted, generated int64 // of the villages that count and have a share
	var v visitors
	var registered int64
	for _, row := range rows {
		t.CoverageDays, t.Days = t.CoverageDays+row.CoverageDays, t.Days+row.Days
		if row.Participation.State == OK {
			v.months, v.households, registered = 1, v.households+row.ParticipatingHouseholds, registered+row.ActiveHouseholds
		}
		if !counts(row) {
			continue
		}
		t.add(row)
		if row.Diverted.State == OK {
			sum := row.FoodGrams + row.RecyclableGrams + row.HazardousGrams
			sorted, generated = sorted+sum, generated+sum+row.DisposalGrams
		}
	}
	t.ActiveHouseholds, t.ParticipatingHouseholds = registered, v.households
	t.Participation = participation(v, registered)
	t.Raw, t.Reduction = t.rates(headline)
	t.Diverted = missing(NotComputable, sentence("report.no_sorted_tickets"))
	if generated > 0 {
		t.Diverted = share(sorted, generated)
	}
	t.Reached = t.Reduction.reaches(r.target)
	t.Formula = t.formula()
	return t
}

func anyRow(rows []Row, is func(Row) bool) bool {
	for _, row := range rows {
		if is(row) {
			return true
		}
	}
	return false
}

// add adds a village that counts.
func (t *Row) add(row Row) {
	t.VillagesCounted++
	if row.Reached {
		t.VillagesReached++
	}
	t.DisposalGrams += row.DisposalGrams
	t.FoodGrams += row.FoodGrams
	t.RecyclableGrams += row.RecyclableGrams
	t.HazardousGrams += row.HazardousGrams
	t.PersonDays += row.PersonDays
	t.BaselineGrams += row.BaselineGrams
	t.BaselinePersonDays += row.BaselinePersonDays
	t.Estimated = t.Estimated || row.Estimated
}

// rates of a sum; a headline needs villages that have one.
func (t *Row) rates(headline bool) (raw, perCapita Rate) {
	if t.VillagesCounted == 0 {
		none := missing(NotComputable, sentence("report.no_village_counts"))
		return none, none
	}
	raw = reduction(t.DisposalGrams, 1, t.BaselineGrams, 1)
	if !headline {
		return raw, missing(NotComputable, sentence("report.no_population"))
	}
	return raw, reduction(t.DisposalGrams, t.PersonDays, t.BaselineGrams, t.BaselinePersonDays)
}

// formula puts the numbers into the formula.
func (t *Row) formula() Sentence {
	switch {
	case t.Reduction.State == OK:
		return sentence("report.formula", "disposal", kilograms(t.DisposalGrams), "person_days", grouped(t.PersonDays),
			"baseline", kilograms(t.BaselineGrams), "baseline_person_days", grouped(t.BaselinePersonDays), "rate", t.Reduction.Text())
	case t.Raw.State == OK:
		return sentence("report.formula_raw", "disposal", kilograms(t.DisposalGrams), "baseline", kilograms(t.BaselineGrams), "rate", t.Raw.Text())
	}
	return Sentence{}
}
