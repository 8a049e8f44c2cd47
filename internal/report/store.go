package report

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"
	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
)

// readFacts reads everything a reduction report needs with one statement per
// table, whatever the number of villages and months, the tables at the same
// time. A village without any rows has zero facts, and the months it lacks are
// named.
func readFacts(ctx context.Context, db *gorm.DB, villages []id.ID, q Query) (map[id.ID]facts, error) {
	found := make(map[id.ID]facts, len(villages))
	if len(villages) == 0 {
		return found, nil
	}
	var now map[id.ID]tickets
	var population map[id.ID]people
	var visits map[id.ID]visitors
	var bases map[id.ID]base
	together, ctx := errgroup.WithContext(ctx)
	together.Go(func() (err error) { population, err = readPeople(ctx, db, villages, q.period()); return err })
	together.Go(func() (err error) { now, err = readTickets(ctx, db, villages, q.period()); return err })
	together.Go(func() (err error) { visits, err = readVisitors(ctx, db, villages, q.period()); return err })
	together.Go(func() (err error) { bases, err = readBases(ctx, db, villages, q); return err })
	if err := together.Wait(); err != nil {
		return nil, err
	}
	for _, village := range villages {
		found[village] = facts{now[village], population[village], visits[village], bases[village]}
	}
	return found, nil
}

// readBases reads what the period is compared with.
func readBases(ctx context.Context, tx *gorm.DB, villages []id.ID, q Query) (map[id.ID]base, error) {
	if q.against() == SignedBaseline {
		return readSigned(ctx, tx, villages, q.period())
	}
	tickets, err := readTickets(ctx, tx, villages, q.base())
	if err != nil {
		return nil, err
	}
	population, err := readPeople(ctx, tx, villages, q.base())
	if err != nil {
		return nil, err
	}
	bases := make(map[id.ID]base, len(villages))
	for _, village := range villages {
		t, p := tickets[village], population[village]
		bases[village] = base{grams: t.residual, personDays: p.personDays, opening: p.opening, tickets: t}
	}
	return bases, nil
}

// each runs a query and scans its rows one by one.
func each(ctx context.Context, tx *gorm.DB, what, query string, args []any, scan func(*sql.Rows) error) error {
	if err := database.Scan(ctx, tx, query, args, scan); err != nil {
		return fmt.Errorf("read %s: %w", what, err)
	}
	return nil
}

// in returns "IN (?,…)" for the villages.
func in(villages []id.ID) string { return `IN (` + database.Placeholders(len(villages)) + `)` }

// readTickets adds up the tickets of each village over a period.
func readTickets(ctx context.Context, tx *gorm.DB, villages []id.ID, p period) (map[id.ID]tickets, error) {
	found := make(map[id.ID]tickets, len(villages))
	err := each(ctx, tx, "months of tickets", `
		SELECT village_id, SUM(residual_grams), SUM(food_grams), SUM(recyclable_grams), SUM(hazardous_grams),
		       SUM(residual_tickets), SUM(sorted_tickets), MAX(estimated), SUM(days),
		       SUM(CASE WHEN residual_tickets > 0 THEN 1 ELSE 0 END), MIN(coverage_permille * 1000000 + month)
		  FROM weigh_in_months
		 WHERE village_id `+in(villages)+` AND month BETWEEN ? AND ?
		 GROUP BY village_id`, database.IDs(villages, p.from, p.to), func(rows *sql.Rows) error {
		var village id.ID
		var t tickets
		var least int64
		err := rows.Scan(&village, &t.residual, &t.food, &t.recyclable, &t.hazardous, &t.residualTickets, &t.sortedTickets,
			&t.estimated, &t.days, &t.months, &least)
		t.least, t.leastPermille = calendar.Month(least%1_000_000), least/1_000_000
		found[village] = t
		return err
	})
	if err != nil {
		return nil, err
	}
	return found, nameMissing(ctx, tx, villages, p, found)
}

// nameMissing finds the first month without tickets of each village that has
// such a month.
func nameMissing(ctx context.Context, tx *gorm.DB, villages []id.ID, p period, found map[id.ID]tickets) error {
	months := p.months()
	has := map[id.ID]map[calendar.Month]bool{}
	var some []id.ID
	for _, village := range villages {
		switch t := found[village]; t.months {
		case int64(len(months)):
		case 0:
			t.without = p.from
			found[village] = t
		default:
			some, has[village] = append(some, village), map[calendar.Month]bool{}
		}
	}
	if len(some) == 0 {
		return nil
	}
	err := each(ctx, tx, "months with tickets", `
		SELECT village_id, month FROM weigh_in_months
		 WHERE village_id `+in(some)+` AND month BETWEEN ? AND ? AND residual_tickets > 0`, database.IDs(some, p.from, p.to), func(rows *sql.Rows) error {
		var village id.ID
		var month calendar.Month
		err := rows.Scan(&village, &month)
		has[village][month] = true
		return err
	})
	for _, village := range some {
		t := found[village]
		t.without = firstWithout(months, has[village])
		found[village] = t
	}
	return err
}

func firstWithout(months []calendar.Month, has map[calendar.Month]bool) calendar.Month {
	for _, month := range months {
		if !has[month] {
			return month
		}
	}
	return 0
}

// readPeople adds up the person-days of each village over a period: every
// change counts from its day to the last one.
func readPeople(ctx context.Context, tx *gorm.DB, villages []id.ID, p period) (map[id.ID]people, error) {
	months := p.months()
	found := make(map[id.ID]people, len(villages))
	err := each(ctx, tx, "population before", `
		SELECT village_id, SUM(persons), SUM(households) FROM population_changes
		 WHERE village_id `+in(villages)+` AND day <= ?
		 GROUP BY village_id`, database.IDs(villages, p.first()), func(rows *sql.Rows) error {
		var village id.ID
		var one people
		err := rows.Scan(&village, &one.opening, &one.households)
		one.personDays = one.opening * int64(p.days())
		one.households *= int64(len(months))
		found[village] = one
		return err
	})
	if err != nil {
		return nil, err
	}
	// The database has no calendar, so what a change weighs is written into the
	// statement: the days, and the ends of months, from it to the end.
	days := byMonth(months, func(i int) int { return p.last().Sub(months[i].First()) + 2 })
	ends := byMonth(months, func(i int) int { return len(months) - i })
	return found, each(ctx, tx, "population within", `
		SELECT village_id, SUM(persons * (`+days+` - day % 100)), SUM(households * `+ends+`) FROM population_changes
		 WHERE village_id `+in(villages)+` AND day BETWEEN ? AND ?
		 GROUP BY village_id`, database.IDs(villages, p.first().Next(), p.last()), func(rows *sql.Rows) error {
		var village id.ID
		var personDays, households int64
		err := rows.Scan(&village, &personDays, &households)
		one := found[village]
		one.personDays, one.households = one.personDays+personDays, one.households+households
		found[village] = one
		return err
	})
}

// byMonth writes an expression that has a value for each month a column day may
// lie in, as a search that halves the months.
func byMonth(months []calendar.Month, value func(i int) int) string {
	var search func(from, to int) string
	search = func(from, to int) string {
		if to-from == 1 {
			return strconv.Itoa(value(from))
		}
		middle := (from + to) / 2
		return `CASE WHEN day < ` + strconv.Itoa(int(months[middle].First())) + ` THEN ` + search(from, middle) + ` ELSE ` + search(middle, to) + ` END`
	}
	return search(0, len(months))
}

// readVisitors adds up the households that took part, month by month.
func readVisitors(ctx context.Context, tx *gorm.DB, villages []id.ID, p period) (map[id.ID]visitors, error) {
	found := make(map[id.ID]visitors, len(villages))
	err := each(ctx, tx, "months of drop-offs", `
		SELECT village_id, SUM(households), COUNT(*) FROM rollups
		 WHERE village_id `+in(villages)+` AND period BETWEEN ? AND ?
		 GROUP BY village_id`, database.IDs(villages, p.from, p.to), func(rows *sql.Rows) error {
		var village id.ID
		var v visitors
		err := rows.Scan(&village, &v.households, &v.months)
		found[village] = v
		return err
	})
	return found, err
}

// readSigned adds up the baselines in force that belong to the months of a
// period; a calendar month that occurs twice counts twice.
func readSigned(ctx context.Context, tx *gorm.DB, villages []id.ID, p period) (map[id.ID]base, error) {
	var times [13]int
	for _, month := range p.months() {
		times[month.OfYear()]++
	}
	var weights, bits strings.Builder
	for month, n := range times {
		if n > 0 {
			weights.WriteString(` WHEN ` + strconv.Itoa(month) + ` THEN ` + strconv.Itoa(n))
			bits.WriteString(` WHEN ` + strconv.Itoa(month) + ` THEN ` + strconv.Itoa(1<<month))
		}
	}
	weight := `CASE calendar_month` + weights.String() + ` ELSE 0 END`
	found, has := make(map[id.ID]base, len(villages)), make(map[id.ID]int, len(villages))
	err := each(ctx, tx, "baselines in force", `
		SELECT village_id, SUM(disposal_grams * `+weight+`), SUM(person_days * `+weight+`),
		       SUM(CASE calendar_month`+bits.String()+` ELSE 0 END)
		  FROM baselines_in_force
		 WHERE village_id `+in(villages)+`
		 GROUP BY village_id`, database.IDs(villages), func(rows *sql.Rows) error {
		var village id.ID
		var b base
		var months int
		err := rows.Scan(&village, &b.grams, &b.personDays, &months)
		found[village], has[village] = b, months
		return err
	})
	if err != nil {
		return nil, err
	}
	return found, nameUnsigned(ctx, tx, villages, p, found, has)
}

// nameUnsigned finds the first month of each village that has no signed
// baseline, and whether one is waiting.
func nameUnsigned(ctx context.Context, tx *gorm.DB, villages []id.ID, p period, found map[id.ID]base, has map[id.ID]int) error {
	var lacking []id.ID
	for _, village := range villages {
		for _, month := range p.months() {
			if has[village]&(1<<month.OfYear()) == 0 {
				b := found[village]
				b.without = month
				found[village], lacking = b, append(lacking, village)
				break
			}
		}
	}
	if len(lacking) == 0 {
		return nil
	}
	return each(ctx, tx, "unsigned baselines", `
		SELECT DISTINCT village_id, calendar_month FROM baselines WHERE village_id `+in(lacking), database.IDs(lacking), func(rows *sql.Rows) error {
		var village id.ID
		var month int
		err := rows.Scan(&village, &month)
		if b := found[village]; int(b.without.OfYear()) == month {
			b.unsigned = true
			found[village] = b
		}
		return err
	})
}
