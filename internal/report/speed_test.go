package report

import (
	"context"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/division"
	"hufen/internal/i18n"
	"hufen/internal/id"
)

// A county of 20 towns and 500 villages, 24 months of tickets, and the rollups
// of 20 million drop-offs. It is not a timed test: it logs what a report costs.
// The rollups are as large for 20 million drop-offs as for a thousand.
func TestService_Reduction_county(t *testing.T) {
	if testing.Short() {
		t.Skip("500 villages")
	}
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.county(20, 25)
		county := auth.Actor{Kind: auth.Person, Grants: []auth.Grant{{Role: auth.DistrictOfficial, DivisionID: w.district}}}
		for _, c := range []struct {
			name string
			run  func() error
		}{
			{"a month", func() error { return w.count(county, Query{From: 202607, To: 202607}, 500) }},
			{"24 months", func() error { return w.count(county, Query{From: 202408, To: 202607}, 500) }},
			{"a year against a year", func() error {
				return w.count(county, Query{From: 202508, To: 202607, BaseFrom: 202408, BaseTo: 202507}, 500)
			}},
			{"a town, 24 months", func() error {
				return w.count(county, Query{DivisionID: w.townOf(3), From: 202408, To: 202607}, 25)
			}},
			{"24 months as .xlsx", func() error {
				report, err := w.Reduction(context.Background(), county, Query{From: 202408, To: 202607})
				if err != nil {
					return err
				}
				tree, err := w.divisions.Tree(context.Background())
				if err != nil {
					return err
				}
				return report.WriteXLSX(io.Discard, tree, i18n.Chinese)
			}},
			{"a village's page", func() error {
				_, err := w.Village(context.Background(), county, w.villageOf(3, 4), 202607)
				return err
			}},
			{"activity of 20 towns, 24 months", func() error {
				_, err := w.Activity(context.Background(), county, ActivityQuery{From: 202408, To: 202607, Level: division.Town})
				return err
			}},
			{"activity of 500 villages, a month", func() error {
				_, err := w.Activity(context.Background(), county, ActivityQuery{From: 202607, To: 202607})
				return err
			}},
		} {
			var took []time.Duration
			for range 9 {
				start := time.Now()
				if err := c.run(); err != nil {
					t.Fatal(err)
				}
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			t.Logf("%-34s %6.1f ms (fastest %.1f)", c.name, took[4].Seconds()*1000, took[0].Seconds()*1000)
		}
	})
}

// count asks for a report and checks that every village counts.
func (w *world) count(actor auth.Actor, q Query, villages int) error {
	report, err := w.Reduction(context.Background(), actor, q)
	if err != nil {
		return err
	}
	if report.Total.VillagesCounted != villages || report.Total.Participation.State != OK || report.Total.Diverted.State != OK {
		return fmt.Errorf("%d villages count: %+v", report.Total.VillagesCounted, report.Rows[0])
	}
	return nil
}

func (w *world) townOf(town int) id.ID { return w.codeOf(fmt.Sprintf("511703%03d", 100+town)) }
func (w *world) villageOf(town, village int) id.ID {
	return w.codeOf(fmt.Sprintf("511703%03d%03d", 100+town, 200+village))
}

func (w *world) codeOf(code string) id.ID {
	tree, err := w.divisions.Tree(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	d, _ := tree.ByCode(code)
	return d.ID
}

// county replaces the district by one with towns and villages, tickets of 36
// months, a population that changes every month, signed baselines, and rollups.
func (w *world) county(towns, villages int) {
	w.t.Helper()
	w.district = id.New()
	w.division(w.district, id.ID{}, division.District, "511703", "达川区")
	var divisions, months, rollups, people, baselines, signatures, inForce [][]any
	for town := range towns {
		townID := id.New()
		divisions = append(divisions, []any{townID, w.district, "town", fmt.Sprintf("511703%03d", 100+town), fmt.Sprintf("第%d镇", town), 20000101, 99991231, 1})
		for n := range villages {
			v := id.New()
			divisions = append(divisions, []any{v, townID, "village", fmt.Sprintf("511703%03d%03d", 100+town, 200+n), fmt.Sprintf("第%d村", n), 20000101, 99991231, 1})
			for month := calendar.Month(202308); month <= 202607; month = month.Next() {
				all := month.Days()
				months = append(months, []any{v, month, 8_900_000 + n, 4_000_000, 1_200_000, 100_000, 60, 30, 0, int64(1)<<all - 1, all, 1000})
				c := RollupCell{1700, 4_000_000, 500_000, 200}
				rollups = append(rollups, rollupRow(v, int32(month), c, c, c, c, c))
			}
			for day := calendar.Day(20260701); day <= 20260731; day = day.Next() {
				c := RollupCell{60, 130_000, 20_000, 0}
				rollups = append(rollups, rollupRow(v, int32(day), c, c, c, c, c))
			}
			people = append(people, []any{v, 20230101, 1050, 300})
			for day := calendar.Day(20230108); day <= 20260731; day = day.AddDays(30) {
				people = append(people, []any{v, day, n%3 - 1, 0})
			}
			for m := 1; m <= 12; m++ {
				b := id.New()
				baselines = append(baselines, []any{b, v, 202200 + m, m, 1, 12_400_000, 32_550, "过磅", "台账", "", 1, v})
				inForce = append(inForce, []any{v, m, b, 12_400_000, 32_550})
				signatures = append(signatures, []any{b, "lock", w.zhao.ID, 1}, []any{b, "sign", w.liu.ID, 1})
			}
		}
	}
	w.insert("divisions", []string{"id", "parent_id", "level", "code", "name", "valid_from", "valid_to", "updated_at"}, divisions...)
	w.insert("weigh_in_months", []string{"village_id", "month", "residual_grams", "food_grams", "recyclable_grams", "hazardous_grams",
		"residual_tickets", "sorted_tickets", "estimated", "day_bits", "days", "coverage_permille"}, months...)
	w.insert("rollups", append([]string{"village_id", "period"}, rollupSums...), rollups...)
	w.insert("population_changes", []string{"village_id", "day", "persons", "households"}, people...)
	w.insert("baselines", []string{"id", "village_id", "month", "calendar_month", "version", "disposal_grams", "person_days", "method", "source", "reason",
		"created_at", "created_by"}, baselines...)
	w.insert("baselines_in_force", []string{"village_id", "calendar_month", "baseline_id", "disposal_grams", "person_days"}, inForce...)
	w.insert("baseline_signatures", []string{"baseline_id", "act", "actor_id", "signed_at"}, signatures...)
	w.divisions.Forget()
}
