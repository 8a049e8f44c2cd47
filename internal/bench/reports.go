package bench

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
)

// The rows that two years of the whole district leave in the tables that reports
// read: 500 villages × 24 months, as many as 20 million drop-offs.
// The drop-offs themselves are left out; no report looks at them.
const (
	reportMonths   = 24
	dropOffsOfCell = 20_000_000 / (towns * villagesPerTown * reportMonths)
)

// lastMonth is the newest month the reports cover.
func lastMonth() calendar.Month {
	return calendar.MonthOf(calendar.Now(), calendar.Shanghai).AddMonths(-1)
}

// fillReports writes the months of every village, a signed baseline for each
// month of the year, and people where no household is on record.
func fillReports(ctx context.Context, db *database.DB, d *district) error {
	l := &loader{now: calendar.Now()}
	rollups := l.table("rollups", append([]string{"village_id", "period"}, rollupSums...)...)
	weighIns := l.table("weigh_in_months", "village_id", "month", "residual_grams", "food_grams", "recyclable_grams", "hazardous_grams",
		"residual_tickets", "sorted_tickets", "estimated", "day_bits", "days", "coverage_permille")
	baselines := l.table("baselines", "id", "village_id", "month", "calendar_month", "version", "disposal_grams", "person_days",
		"method", "source", "created_at", "created_by")
	inForce := l.table("baselines_in_force", "village_id", "calendar_month", "baseline_id", "disposal_grams", "person_days")
	signatures := l.table("baseline_signatures", "baseline_id", "act", "actor_id", "signed_at")
	population := l.table("population_changes", "village_id", "day", "persons", "households")
	for _, v := range d.villages[d.inhabited:] {
		population.add(v.id[:], int32(openedOn), membersPerHousehold*householdsPerVillage, householdsPerVillage)
	}
	from := lastMonth().AddMonths(1 - reportMonths)
	for i := range d.villages {
		v := d.villages[i].id
		for month := from; month <= lastMonth(); month = month.Next() {
			const grams, points = 2_000_000, 1_000_000
			rollups.add(v[:], int32(month), dropOffsOfCell, 4*grams, 4*points, householdsPerVillage*3/4,
				dropOffsOfCell, grams, points, dropOffsOfCell, grams, points, dropOffsOfCell, grams, points, dropOffsOfCell, grams, points)
			days := month.Days()
			weighIns.add(v[:], int32(month), 8_900_000, 4_000_000, 1_200_000, 100_000, days, days, 0, int64(1)<<days-1, days, 1000)
		}
		for month := from.AddMonths(-12); month < from; month = month.Next() {
			b, calendarMonth := id.New(), int32(month)%100
			baselines.add(b[:], v[:], int32(month), calendarMonth, 1, 12_400_000, 32_550, "过磅", "台账", int64(l.now), auth.SystemID[:])
			inForce.add(v[:], calendarMonth, b[:], 12_400_000, 32_550)
			signatures.add(b[:], "lock", auth.SystemID[:], int64(l.now))
			signatures.add(b[:], "sign", d.id[:], int64(l.now))
		}
	}
	return l.write(ctx, db)
}

// leastCalls is how often each report is asked for at least.
const leastCalls = 5

// reports times the district's reports, one caller at a time.
func (r *run) reports(ctx context.Context) error {
	db, err := database.Open(ctx, r.bed.service)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := fillReports(ctx, db, r.district); err != nil {
		return err
	}
	c, err := dial(r.service.address)
	if err != nil {
		return err
	}
	defer c.close()
	last := lastMonth()
	fmt.Fprintf(r.out, "\n%-28s %7s %7s %7s   over %d villages, rollups as of 20 million drop-offs\n",
		"reports", "p50 ms", "p99 ms", "KB", len(r.district.villages))
	for _, report := range []struct {
		what, path string
		from       calendar.Month
	}{
		{"reduction, a month", "/api/v1/reports/reduction?from=%s&to=%s", last},
		{"reduction, 24 months", "/api/v1/reports/reduction?from=%s&to=%s", last.AddMonths(1 - reportMonths)},
		{"activity, a month", "/api/v1/reports/activity?from=%s&to=%s", last},
		{"activity of towns, 24 months", "/api/v1/reports/activity?level=town&from=%s&to=%s", last.AddMonths(1 - reportMonths)},
	} {
		q := request{method: http.MethodGet, cookie: r.district.official, path: fmt.Sprintf(report.path, report.from, last)}
		if err := r.timeReport(ctx, c, report.what, &q); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) timeReport(ctx context.Context, c *client, what string, q *request) error {
	var t tally
	var a answer
	for end := time.Now().Add(r.Duration); len(t.latencies) < leastCalls || time.Now().Before(end); {
		began := time.Now()
		var err error
		if a, err = c.do(q); err != nil {
			return err
		}
		if a.status != http.StatusOK {
			return fmt.Errorf("%s answered %d: %.400s", q.path, a.status, a.body)
		}
		t.latencies = append(t.latencies, time.Since(began))
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	slices.Sort(t.latencies)
	fmt.Fprintf(r.out, "%-28s %7.1f %7.1f %7d\n", what, milliseconds(t.quantile(0.5)), milliseconds(t.quantile(0.99)), len(a.body)>>10)
	r.table.slowest = max(r.table.slowest, t.quantile(0.5))
	return nil
}
