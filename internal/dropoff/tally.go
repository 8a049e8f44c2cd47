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
	before  map[awardKey]award // as read under the households' locks
	awards  map[awardKey]award // what the group adds
	rollups map[rollupKey]rollup
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

type rollupKey struct {
	villageID id.ID
	period    int32 // yyyymmdd or yyyymm
}

// rollup is what a village's drop-offs of a day or month add up to: all
// together, and each class in the order of Categories.
type rollup struct {
	all        cell
	households int64 // that came at least once, by the month
	byCategory [4]cell
}

type cell struct {
	dropOffs, grams int64
	points          points.Points
}

// loadTally reads what the households earned on the days and in the months that
// count for caps of no longer period than longest: month or year. Their accounts
// are locked by now, so nobody else changes it.
func loadTally(ctx context.Context, tx *gorm.DB, days map[id.ID][]calendar.Day, longest string) (*tally, error) {
	t := &tally{before: make(map[awardKey]award), awards: make(map[awardKey]award), rollups: make(map[rollupKey]rollup)}
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
	day := rollup{all: cell{dropOffs: sign}}
	for _, item := range d.Items {
		class := slices.Index(Categories, item.Category)
		kept := points.Points(sign) * (item.Earned - item.Cut)
		all.grams += sign * item.Grams
		all.points += kept
		all.byCategory[class] += kept
		day.byCategory[class].dropOffs = sign
		day.byCategory[class].grams += sign * item.Grams
		day.byCategory[class].points += kept
	}
	day.all.grams, day.all.points = all.grams, all.points
	month := int32(d.Month)
	visits := t.award(d.HouseholdID, month).dropOffs
	for _, period := range []int32{int32(d.Day), month} {
		k := awardKey{d.HouseholdID, period}
		t.awards[k] = t.awards[k].plus(all)
	}
	today := rollupKey{d.VillageID, int32(d.Day)}
	t.rollups[today] = t.rollups[today].plus(day)
	thisMonth := rollupKey{d.VillageID, month}
	day.households = participates(visits+sign) - participates(visits)
	t.rollups[thisMonth] = t.rollups[thisMonth].plus(day)
}

// participates counts a household once, however often it came.
func participates(visits int64) int64 { return min(max(visits, 0), 1) }

func (c cell) plus(other cell) cell {
	return cell{c.dropOffs + other.dropOffs, c.grams + other.grams, c.points + other.points}
}

func (r rollup) plus(other rollup) rollup {
	sum := rollup{all: r.all.plus(other.all), households: r.households + other.households}
	for i := range sum.byCategory {
		sum.byCategory[i] = r.byCategory[i].plus(other.byCategory[i])
	}
	return sum
}

// The columns that add up; the classes in the order of Categories.
var (
	awardSums  = []string{"drop_offs", "grams", "points", "food_points", "recyclable_points", "hazardous_points", "residual_points"}
	rollupSums = []string{"drop_offs", "grams", "points", "households",
		"food_drop_offs", "food_grams", "food_points", "recyclable_drop_offs", "recyclable_grams", "recyclable_points",
		"hazardous_drop_offs", "hazardous_grams", "hazardous_points", "residual_drop_offs", "residual_grams", "residual_points"}
)

// write adds the group to the tables, in one order everywhere.
func (t *tally) write(ctx context.Context, tx *gorm.DB) error {
	if err := addTo(ctx, tx, "household_awards", []string{"household_id", "period"}, awardSums, t.awardRows()); err != nil {
		return fmt.Errorf("write awards: %w", err)
	}
	if err := addTo(ctx, tx, "rollups", []string{"village_id", "period"}, rollupSums, t.rollupRows()); err != nil {
		return fmt.Errorf("write rollups: %w", err)
	}
	return nil
}

// addTo adds to the sums of rows, or begins them.
func addTo(ctx context.Context, tx *gorm.DB, table string, key, sums []string, rows [][]any) error {
	sets := make([]database.Set, len(sums))
	for i, column := range sums {
		sets[i] = database.Set{Column: column, Add: true}
	}
	return database.Upsert(ctx, tx, table, slices.Concat(key, sums), key, sets, rows)
}

func (t *tally) awardRows() [][]any {
	rows := make([][]any, 0, len(t.awards))
	for _, k := range slices.SortedFunc(maps.Keys(t.awards), awardKey.compare) {
		a := t.awards[k]
		rows = append(rows, []any{k.householdID[:], k.period, a.dropOffs, a.grams, int64(a.points),
			int64(a.byCategory[0]), int64(a.byCategory[1]), int64(a.byCategory[2]), int64(a.byCategory[3])})
	}
	return rows
}

func (t *tally) rollupRows() [][]any {
	rows := make([][]any, 0, len(t.rollups))
	for _, k := range slices.SortedFunc(maps.Keys(t.rollups), rollupKey.compare) {
		r := t.rollups[k]
		row := append(make([]any, 0, 2+len(rollupSums)), k.villageID[:], k.period,
			r.all.dropOffs, r.all.grams, int64(r.all.points), r.households)
		for _, c := range r.byCategory {
			row = append(row, c.dropOffs, c.grams, int64(c.points))
		}
		rows = append(rows, row)
	}
	return rows
}

func (k awardKey) compare(other awardKey) int {
	return cmp.Or(bytes.Compare(k.householdID[:], other.householdID[:]), cmp.Compare(k.period, other.period))
}

func (k rollupKey) compare(other rollupKey) int {
	return cmp.Or(bytes.Compare(k.villageID[:], other.villageID[:]), cmp.Compare(k.period, other.period))
}
