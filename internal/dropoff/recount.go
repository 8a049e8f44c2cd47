package dropoff

import (
	"context"
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"strings"
	"sync"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
)

// Recount recomputes drop-offs beside a walk through the book, and adds up what
// counts against the caps and in the reports. It does not keep those sums: every
// cell has a random weight, and what is kept is the weighed sum of a month. Two
// sets of cells that differ weigh the same by a chance of about one in 2⁴⁰; a month
// whose sums differ is added up again cell by cell. So it needs no memory
// for households, villages or days.
type Recount struct {
	tariffs map[id.ID]*Tariff
	seed    maphash.Seed

	mu     sync.Mutex
	counts counts // of the drop-offs, less those on record
}

// NewRecount returns a recount that has met no page yet.
func NewRecount(ctx context.Context, tx *gorm.DB) (*Recount, error) {
	tariffs, err := tariffsByID(ctx, tx)
	seed := maphash.MakeSeed()
	return &Recount{tariffs: tariffs, seed: seed, counts: counts{seed: seed}}, err
}

// take adds counts of a part.
func (c *Recount) take(some *counts) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for month, s := range some.months {
		sums := c.counts.of(month)
		sums.awards += s.awards
		sums.rollups += s.rollups
	}
}

// counts are the weighed sums of months.
type counts struct {
	seed   maphash.Seed
	months map[calendar.Month]*weighed
}

// weighed are the sums of a month, modulo 2⁶⁴.
type weighed struct {
	awards  uint64 // what counts against the caps, by household with its village
	rollups uint64 // what the reports are made of, by village
}

func (c *counts) of(month calendar.Month) *weighed {
	if c.months == nil {
		c.months = make(map[calendar.Month]*weighed)
	}
	if c.months[month] == nil {
		c.months[month] = &weighed{}
	}
	return c.months[month]
}

// weighedCell is a cell: a column of a household's or a village's period. A rollup
// has no household.
type weighedCell struct {
	householdID, villageID id.ID
	period                 int32
	column                 int32
}

// weigh returns an amount times the weight of its cell, which is odd, so that one
// changed cell alone always shows.
func (c *counts) weigh(at weighedCell, amount int64) uint64 {
	return uint64(amount) * (maphash.Comparable(c.seed, at) | 1)
}

// The columns of a household's month; those of a rollup are rollupSums.
const (
	countedDropOffs = iota
	countedPoints
)

// The first columns of rollupSums, and how many each class has.
const (
	rollupDropOffs = iota
	rollupGrams
	rollupPoints
	rollupHouseholds
	rollupClasses
	classColumns = 3
)

// award adds to what counts against the caps of a household.
func (c *counts) award(householdID, villageID id.ID, month calendar.Month, dropOffs int64, earned points.Points) {
	at := weighedCell{householdID, villageID, int32(month), countedDropOffs}
	sum := c.weigh(at, dropOffs)
	at.column = countedPoints
	c.of(month).awards += sum + c.weigh(at, int64(earned))
}

// rollup adds to a column of a village's day or month.
func (c *counts) rollup(villageID id.ID, period int32, column int, amount int64) {
	if amount != 0 {
		c.of(monthOf(period)).rollups += c.weigh(weighedCell{villageID: villageID, period: period, column: int32(column)}, amount)
	}
}

// monthOf is the month of a period, which is a day (yyyymmdd) or a month
// (yyyymm).
func monthOf(period int32) calendar.Month {
	if period < firstDay {
		return calendar.Month(period)
	}
	return calendar.Day(period).Month()
}

// firstDay is above all months, and below all days.
const firstDay = 1_000_000

// add counts a drop-off with its items as they were credited (sign 1), or takes
// it out again (sign -1).
func (c *counts) add(d *DropOff, sign int64) {
	c.award(d.HouseholdID, d.VillageID, d.Month, sign, points.Points(sign)*(d.Earned-d.Cut))
	columns := make([]int64, len(rollupSums))
	columns[rollupDropOffs] = sign
	for _, item := range d.Items {
		grams, kept := sign*item.Grams, sign*int64(item.Earned-item.Cut)
		columns[rollupGrams] += grams
		columns[rollupPoints] += kept
		if class := slices.Index(Categories, item.Category); class >= 0 { // another class is found by its price
			first := rollupClasses + class*classColumns
			columns[first+rollupDropOffs] = sign
			columns[first+rollupGrams] += grams
			columns[first+rollupPoints] += kept
		}
	}
	for column, amount := range columns {
		c.rollup(d.VillageID, int32(d.Day), column, amount)
		c.rollup(d.VillageID, int32(d.Day.Month()), column, amount)
	}
}

// takeBack takes out the drop-offs whose awards entries of the page reverse.
func (c *pageCheck) takeBack(ctx context.Context, tx *gorm.DB, records []ledger.Record) error {
	var reversed []any
	for i := range records {
		if e := records[i].Entry; e != nil && e.ReversesID.Valid {
			reversed = append(reversed, e.ReversesID.ID[:])
		}
	}
	for some := range slices.Chunk(reversed, 512) {
		marks, args := database.List(some)
		var d DropOff
		err := database.Each(ctx, tx, func(row database.Row) error {
			if dropOffID := row.ID(0); dropOffID != d.ID {
				if !d.ID.IsZero() {
					c.counts.add(&d, -1)
				}
				d = DropOff{ID: dropOffID, HouseholdID: row.ID(1), VillageID: row.ID(2), Day: calendar.Day(row.Int(3)), Month: calendar.Month(row.Int(4)),
					Earned: points.Points(row.Int(5)), Cut: points.Points(row.Int(6))}
			}
			if !row.Null(7) {
				d.Items = append(d.Items, Item{Category: row.Text(7), Grams: row.Int(8), Earned: points.Points(row.Int(9)), Cut: points.Points(row.Int(10))})
			}
			return nil
		}, `SELECT d.id, d.household_id, d.village_id, d.day, d.month, d.earned, d.cut, i.category, i.grams, i.earned, i.cut
			FROM drop_offs d LEFT JOIN drop_off_items i ON i.drop_off_id = d.id
			WHERE d.id IN (`+marks+`) AND d.status = 'credited' ORDER BY d.id, i.line_no`, args...)
		if err != nil {
			return err
		}
		if !d.ID.IsZero() {
			c.counts.add(&d, -1)
		}
	}
	return nil
}

// VerifySums holds what counts against the caps, and what the reports are made
// of, against the drop-offs of all pages and reviews. It names the households,
// and returns the months whose rollups have to be looked at.
func (c *Recount) VerifySums(ctx context.Context, tx *gorm.DB, r *ledger.Report) ([]calendar.Month, error) {
	if err := c.takeStored(ctx, tx); err != nil {
		return nil, fmt.Errorf("verify what drop-offs add up to: %w", err)
	}
	var differing []calendar.Month
	named := false
	for _, month := range slices.Sorted(maps.Keys(c.counts.months)) {
		s := c.counts.months[month]
		if s.awards != 0 && !named {
			named = true
			if err := r.FindIDs(ctx, tx, "household_awards", "what counts against the caps is not what was credited", awardSumsSQL); err != nil {
				return nil, err
			}
		}
		if s.rollups != 0 {
			differing = append(differing, month)
		}
	}
	return differing, nil
}

// takeStored takes what is on record out of the counts. The households of a
// village's month are those with a drop-off that counts.
func (c *Recount) takeStored(ctx context.Context, tx *gorm.DB) error {
	err := database.Each(ctx, tx, func(row database.Row) error {
		villageID, month, dropOffs := row.ID(1), calendar.Month(row.Int(2)), row.Int(3)
		c.counts.award(row.ID(0), villageID, month, -dropOffs, -points.Points(row.Int(4)))
		if dropOffs > 0 {
			c.counts.rollup(villageID, int32(month), rollupHouseholds, 1)
		}
		return nil
	}, `SELECT a.household_id, h.village_id, a.period, a.drop_offs, a.points
		FROM household_awards a LEFT JOIN households h ON h.id = a.household_id WHERE a.period < ?`, int64(firstDay))
	if err != nil {
		return err
	}
	return database.Each(ctx, tx, func(row database.Row) error {
		for column := range rollupSums {
			c.counts.rollup(row.ID(0), int32(row.Int(1)), column, -row.Int(2+column))
		}
		return nil
	}, `SELECT village_id, period, `+strings.Join(rollupSums, ", ")+` FROM rollups`)
}

// awardSumsSQL names households whose months differ.
const awardSumsSQL = `
	SELECT household_id FROM (
		SELECT household_id, month AS period, earned - cut AS points, 1 AS drop_offs FROM drop_offs d
		WHERE status = 'credited' AND NOT EXISTS (SELECT 1 FROM entries x WHERE x.reverses_id = d.id)
		UNION ALL
		SELECT d.household_id, d.month, r.earned - r.cut, 1 FROM drop_offs d JOIN drop_off_reviews r ON r.drop_off_id = d.id
		WHERE r.decision = 'accepted' AND NOT EXISTS (SELECT 1 FROM entries x WHERE x.reverses_id = r.id)
		UNION ALL
		SELECT household_id, period, -points, -drop_offs FROM household_awards WHERE period < 1000000
	) both_sides GROUP BY household_id, period HAVING SUM(points) <> 0 OR SUM(drop_offs) <> 0 LIMIT 1000`
