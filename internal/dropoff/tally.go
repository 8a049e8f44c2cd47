package dropoff

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
	"hufen/internal/points"
)

// tally counts what the credited drop-offs of a group add up to: per household
// for the caps, per village for the reports. It is written in the group's
// transaction, so that caps and reports are never behind the ledger.
type tally struct {
	before map[awardKey]award // as read under the households' locks
	awards map[awardKey]award // what the group adds
	days   map[cellKey]cell
	months map[cellKey]cell
}

type awardKey struct {
	householdID id.ID
	period      int32 // yyyymmdd or yyyymm
}

type award struct {
	dropOffs, grams int64
	points          points.Points
	byCategory      [4]points.Points // in the order of Categories
}

type cellKey struct {
	period    int32 // day or month
	villageID id.ID
	category  string
}

type cell struct {
	dropOffs, grams int64
	points          points.Points
	households      int64
}

// loadTally reads what the households earned on the days and in the months that
// count for caps of no longer period than longest: month or year. Their accounts
// are locked by now, so nobody else changes it.
func loadTally(ctx context.Context, tx *gorm.DB, days map[id.ID][]calendar.Day, longest string) (*tally, error) {
	t := &tally{before: make(map[awardKey]award), awards: make(map[awardKey]award),
		days: make(map[cellKey]cell), months: make(map[cellKey]cell)}
	if len(days) == 0 {
		return t, nil
	}
	var households, periods []any
	wanted := make(map[int32]bool)
	for householdID, list := range days {
		households = append(households, householdID[:])
		for _, day := range list {
			wanted[int32(day)] = true
			for _, month := range counted(longest, day) {
				wanted[month] = true
			}
		}
	}
	for p := range wanted {
		periods = append(periods, p)
	}
	inHouseholds, households := database.List(households)
	inPeriods, periods := database.List(periods)
	rows, err := database.Query(ctx, tx, `
		SELECT household_id, period, drop_offs, grams, points,
		       food_points, recyclable_points, hazardous_points, residual_points
		FROM household_awards
		WHERE household_id IN (`+inHouseholds+`)
		  AND period IN (`+inPeriods+`)`, append(households, periods...)...)
	if err != nil {
		return nil, fmt.Errorf("read awards: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var k awardKey
		var a award
		if err := rows.Scan(&k.householdID, &k.period, &a.dropOffs, &a.grams, &a.points,
			&a.byCategory[0], &a.byCategory[1], &a.byCategory[2], &a.byCategory[3]); err != nil {
			return nil, fmt.Errorf("read awards: %w", err)
		}
		t.before[k] = a
	}
	return t, rows.Err()
}

// counted returns the periods whose awards a cap of that kind adds up: the day,
// the month, or the months of the year.
func counted(kind string, day calendar.Day) []int32 {
	month := int32(day.Month())
	switch kind {
	case "day":
		return []int32{int32(day)}
	case "month":
		return []int32{month}
	}
	months := make([]int32, 12)
	for i := range months {
		months[i] = month/100*100 + int32(i) + 1
	}
	return months
}

// award returns what a household earned in a day or month, the group so far
// included.
func (t *tally) award(householdID id.ID, period int32) award {
	k := awardKey{householdID, period}
	return t.before[k].plus(t.awards[k])
}

// earned returns what counts against a cap.
func (t *tally) earned(householdID id.ID, c Cap, day calendar.Day) points.Points {
	var sum points.Points
	for _, period := range counted(c.Period, day) {
		a := t.award(householdID, period)
		if c.Category == AllCategories {
			sum += a.points
		} else {
			sum += a.byCategory[slices.Index(Categories, c.Category)]
		}
	}
	return sum
}

func (a award) plus(b award) award {
	sum := award{dropOffs: a.dropOffs + b.dropOffs, grams: a.grams + b.grams, points: a.points + b.points}
	for i := range sum.byCategory {
		sum.byCategory[i] = a.byCategory[i] + b.byCategory[i]
	}
	return sum
}

// credit counts a drop-off (sign 1), or takes it out again (sign -1).
func (t *tally) credit(d *DropOff, sign int64) {
	all := award{dropOffs: sign}
	classes := make(map[string]cell, len(d.Items)+1)
	for _, item := range d.Items {
		kept := points.Points(sign) * (item.Earned - item.Cut)
		c := classes[item.Category]
		classes[item.Category] = cell{dropOffs: sign, grams: c.grams + sign*item.Grams, points: c.points + kept}
		all.grams += sign * item.Grams
		all.points += kept
		all.byCategory[slices.Index(Categories, item.Category)] += kept
	}
	month := int32(d.Month)
	visits := t.award(d.HouseholdID, month).dropOffs
	for _, period := range []int32{int32(d.Day), month} {
		k := awardKey{d.HouseholdID, period}
		t.awards[k] = t.awards[k].plus(all)
	}
	classes[AllCategories] = cell{dropOffs: sign, grams: all.grams, points: all.points,
		households: participates(visits+sign) - participates(visits)}
	for category, c := range classes {
		day, month := cellKey{int32(d.Day), d.VillageID, category}, cellKey{month, d.VillageID, category}
		t.days[day] = t.days[day].plus(c)
		t.months[month] = t.months[month].plus(c)
	}
}

// participates counts a household once, however often it came.
func participates(visits int64) int64 { return min(max(visits, 0), 1) }

func (c cell) plus(other cell) cell {
	return cell{c.dropOffs + other.dropOffs, c.grams + other.grams, c.points + other.points, c.households + other.households}
}

// awardSums are the columns of household_awards that add up; the classes in the
// order of Categories.
var awardSums = []string{"drop_offs", "grams", "points", "food_points", "recyclable_points", "hazardous_points", "residual_points"}

// write adds the group to the tables, in one order everywhere.
func (t *tally) write(ctx context.Context, tx *gorm.DB) error {
	add := func(columns ...string) []database.Set {
		sets := make([]database.Set, len(columns))
		for i, column := range columns {
			sets[i] = database.Set{Column: column, Add: true}
		}
		return sets
	}
	var awards [][]any
	for _, k := range slices.SortedFunc(maps.Keys(t.awards), awardKey.compare) {
		a := t.awards[k]
		awards = append(awards, []any{k.householdID[:], k.period, a.dropOffs, a.grams, int64(a.points),
			int64(a.byCategory[0]), int64(a.byCategory[1]), int64(a.byCategory[2]), int64(a.byCategory[3])})
	}
	if err := database.Upsert(ctx, tx, "household_awards", append([]string{"household_id", "period"}, awardSums...),
		[]string{"household_id", "period"}, add(awardSums...), awards); err != nil {
		return fmt.Errorf("write awards: %w", err)
	}
	if err := database.Upsert(ctx, tx, "rollup_days",
		[]string{"day", "village_id", "category", "drop_offs", "grams", "points"},
		[]string{"day", "village_id", "category"}, add("drop_offs", "grams", "points"), cellRows(t.days, false)); err != nil {
		return fmt.Errorf("write daily rollup: %w", err)
	}
	if err := database.Upsert(ctx, tx, "rollup_months",
		[]string{"month", "village_id", "category", "drop_offs", "grams", "points", "households"},
		[]string{"month", "village_id", "category"}, add("drop_offs", "grams", "points", "households"), cellRows(t.months, true)); err != nil {
		return fmt.Errorf("write monthly rollup: %w", err)
	}
	return nil
}

func cellRows(cells map[cellKey]cell, withHouseholds bool) [][]any {
	rows := make([][]any, 0, len(cells))
	for _, k := range slices.SortedFunc(maps.Keys(cells), cellKey.compare) {
		c := cells[k]
		row := []any{k.period, k.villageID[:], k.category, c.dropOffs, c.grams, int64(c.points)}
		if withHouseholds {
			row = append(row, c.households)
		}
		rows = append(rows, row)
	}
	return rows
}

func (k awardKey) compare(other awardKey) int {
	return cmp.Or(bytes.Compare(k.householdID[:], other.householdID[:]), cmp.Compare(k.period, other.period))
}

func (k cellKey) compare(other cellKey) int {
	return cmp.Or(bytes.Compare(k.villageID[:], other.villageID[:]), cmp.Compare(k.period, other.period),
		cmp.Compare(k.category, other.category))
}
