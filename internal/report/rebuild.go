package report

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
)

// A drop-off counts in the rollups while its award stands: it was credited, at
// once or by an accepted review, and not taken back by a reversal of that
// entry. The rollups are kept by the posting path; here they are added up again from the facts, to compare and to repair.

// villagesPerRebuild bounds how long one transaction keeps drop-offs waiting.
const villagesPerRebuild = 25

// Rebuild adds the rollups of a month up again and replaces those on record, a
// few villages at a time. Drop-offs may be recorded meanwhile.
func Rebuild(ctx context.Context, db *database.DB, month calendar.Month) error {
	villages, err := allVillages(ctx, db.Read)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(villages, villagesPerRebuild) {
		if err := rebuild(ctx, db, some, month); err != nil {
			return fmt.Errorf("rebuild rollups of %s: %w", month, err)
		}
	}
	return nil
}

// rebuild deletes the cells and writes them anew in one transaction. Deleting
// first keeps drop-offs that are on their way waiting for the cells they add
// to. One that creates a cell between deleting and adding up is committed by
// then, so its cell is a duplicate, and everything is done again.
func rebuild(ctx context.Context, db *database.DB, villages []id.ID, month calendar.Month) error {
	var err error
	for range 20 {
		err = db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
			if err := deleteRollups(ctx, tx, villages, month); err != nil {
				return err
			}
			computed, err := addRollups(ctx, tx, villages, month)
			if err != nil {
				return err
			}
			return computed.insert(ctx, tx)
		})
		if !database.IsDuplicate(err) {
			break
		}
	}
	return err
}

// RollupDifference is a cell of the rollups that does not agree with the
// drop-offs. Period is a day (yyyymmdd) or a month (yyyymm).
type RollupDifference struct {
	Period    int32
	VillageID id.ID
	Category  string
	Stored    RollupCell
	Computed  RollupCell
}

// RollupCell is what a cell of the rollups counts.
type RollupCell struct {
	DropOffs, Grams, Points, Households int64
}

func (c RollupCell) plus(other RollupCell) RollupCell {
	return RollupCell{c.DropOffs + other.DropOffs, c.Grams + other.Grams, c.Points + other.Points, c.Households + other.Households}
}

// CheckRollups compares the rollups of a month with the drop-offs and writes
// nothing. Run it in a database.Snapshot. A cell without drop-offs is the same
// as none.
func CheckRollups(ctx context.Context, tx *gorm.DB, month calendar.Month) ([]RollupDifference, error) {
	villages, err := allVillages(ctx, tx)
	if err != nil {
		return nil, err
	}
	var found []RollupDifference
	for some := range slices.Chunk(villages, villagesPerRebuild) {
		computed, err := addRollups(ctx, tx, some, month)
		if err != nil {
			return nil, err
		}
		stored, err := readRollups(ctx, tx, some, month)
		if err != nil {
			return nil, err
		}
		found = append(found, compare(stored, computed)...)
	}
	return found, nil
}

// RollupMonths returns the months that have rollups or drop-offs, in order.
func RollupMonths(ctx context.Context, tx *gorm.DB) ([]calendar.Month, error) {
	var months []calendar.Month
	err := each(ctx, tx, "months", `SELECT DISTINCT period FROM rollups WHERE period < 1000000 UNION SELECT DISTINCT month FROM drop_offs ORDER BY 1`, nil,
		func(rows *sql.Rows) error {
			var month calendar.Month
			err := rows.Scan(&month)
			months = append(months, month)
			return err
		})
	return months, err
}

func compare(stored, computed rollups) []RollupDifference {
	keys := map[rollupKey]bool{}
	for key := range stored {
		keys[key] = true
	}
	for key := range computed {
		keys[key] = true
	}
	var found []RollupDifference
	for _, key := range slices.SortedFunc(maps.Keys(keys), rollupKey.compare) {
		if was, is := stored.at(key), computed.at(key); was != is {
			found = append(found, RollupDifference{key.period, key.village, key.category, was, is})
		}
	}
	return found
}

// rollups are the cells of days and months; the period tells which.
type rollups map[rollupKey]*RollupCell

type rollupKey struct {
	period   int32 // yyyymmdd or yyyymm
	village  id.ID
	category string
}

func (k rollupKey) compare(other rollupKey) int {
	return cmp.Or(bytes.Compare(k.village[:], other.village[:]), cmp.Compare(k.period, other.period), cmp.Compare(k.category, other.category))
}

func (r rollups) at(key rollupKey) RollupCell {
	if c := r[key]; c != nil {
		return *c
	}
	return RollupCell{}
}

// cell returns a cell to count in.
func (r rollups) cell(key rollupKey) *RollupCell {
	if r[key] == nil {
		r[key] = &RollupCell{}
	}
	return r[key]
}

// add adds to the cell of a day and to that of its month.
func (r rollups) add(day calendar.Day, village id.ID, category string, c RollupCell) {
	for _, period := range []int32{int32(day), int32(day.Month())} {
		cell := r.cell(rollupKey{period, village, category})
		*cell = cell.plus(c)
	}
}

// addRollups adds the rollups of a month up from the facts. Outside of a
// snapshot each statement sees what was committed before it, so a drop-off may
// be in the later ones only; then rebuild meets its cells as duplicates.
func addRollups(ctx context.Context, tx *gorm.DB, villages []id.ID, month calendar.Month) (rollups, error) {
	cells := rollups{}
	where := database.IDs(villages, month.First(), month.Last())
	err := each(ctx, tx, "credited drop-offs", creditedSQL(`SELECT d.village_id, d.day, COUNT(*)`, ``, len(villages))+`
		 GROUP BY d.village_id, d.day`, where, func(rows *sql.Rows) error {
		var village id.ID
		var day calendar.Day
		var c RollupCell
		err := rows.Scan(&village, &day, &c.DropOffs)
		cells.add(day, village, "*", c)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = each(ctx, tx, "credited items", creditedSQL(`
		SELECT d.village_id, d.day, i.category, COUNT(DISTINCT d.id), SUM(COALESCE(ri.grams, i.grams)),
		       SUM(COALESCE(ri.earned, i.earned) - COALESCE(ri.cut, i.cut))`, `
		  JOIN drop_off_items i ON i.drop_off_id = d.id
		  LEFT JOIN drop_off_review_items ri ON ri.drop_off_id = d.id AND ri.line_no = i.line_no AND r.id IS NOT NULL`, len(villages))+`
		 GROUP BY d.village_id, d.day, i.category`, where, func(rows *sql.Rows) error {
		var village id.ID
		var day calendar.Day
		var category string
		var c RollupCell
		err := rows.Scan(&village, &day, &category, &c.DropOffs, &c.Grams, &c.Points)
		cells.add(day, village, category, c)
		cells.add(day, village, "*", RollupCell{Grams: c.Grams, Points: c.Points})
		return err
	})
	if err != nil {
		return nil, err
	}
	err = each(ctx, tx, "households that took part", creditedSQL(`SELECT d.village_id, COUNT(DISTINCT d.household_id)`, ``, len(villages))+`
		 GROUP BY d.village_id`, where, func(rows *sql.Rows) error {
		var village id.ID
		var households int64
		err := rows.Scan(&village, &households)
		cells.cell(rollupKey{int32(month), village, "*"}).Households = households
		return err
	})
	return cells, err
}

// creditedSQL selects from the drop-offs that count.
func creditedSQL(columns, join string, villages int) string {
	return columns + `
		  FROM drop_offs d
		  LEFT JOIN drop_off_reviews r ON r.drop_off_id = d.id AND r.decision = 'accepted'
		  LEFT JOIN entries e ON e.reverses_id = COALESCE(r.id, d.id)` + join + `
		 WHERE d.village_id IN (` + database.Placeholders(villages) + `) AND d.day BETWEEN ? AND ?
		   AND (d.status = 'credited' OR r.id IS NOT NULL) AND e.id IS NULL`
}

// daysAndMonth selects a month's own row and those of its days.
const daysAndMonth = `(period = ? OR period BETWEEN ? AND ?)`

func readRollups(ctx context.Context, tx *gorm.DB, villages []id.ID, month calendar.Month) (rollups, error) {
	cells := rollups{}
	err := each(ctx, tx, "rollups", `
		SELECT village_id, period, `+strings.Join(rollupSums, ", ")+`
		  FROM rollups WHERE village_id `+in(villages)+` AND `+daysAndMonth,
		database.IDs(villages, month, month.First(), month.Last()), func(rows *sql.Rows) error {
			var village id.ID
			var period int32
			classes, err := scanRollup(rows, &village, &period)
			for i, category := range rollupCategories {
				cells[rollupKey{period, village, category}] = &classes[i]
			}
			return err
		})
	return cells, err
}

func deleteRollups(ctx context.Context, tx *gorm.DB, villages []id.ID, month calendar.Month) error {
	_, err := database.Exec(ctx, tx, `DELETE FROM rollups WHERE village_id `+in(villages)+` AND `+daysAndMonth,
		database.IDs(villages, month, month.First(), month.Last())...)
	return err
}

func (r rollups) insert(ctx context.Context, tx *gorm.DB) error {
	var rows [][]any
	for _, key := range slices.SortedFunc(maps.Keys(r), rollupKey.compare) {
		if key.category != "*" {
			continue
		}
		row := []any{key.village, key.period, r[key].Households}
		for _, category := range rollupCategories {
			c := r.at(rollupKey{key.period, key.village, category})
			row = append(row, c.DropOffs, c.Grams, c.Points)
		}
		rows = append(rows, row)
	}
	return database.InsertRows(ctx, tx, "rollups", append([]string{"village_id", "period"}, rollupSums...), rows)
}

func allVillages(ctx context.Context, tx *gorm.DB) ([]id.ID, error) {
	var villages []id.ID
	err := each(ctx, tx, "villages", `SELECT id FROM divisions WHERE level = 'village' ORDER BY id`, nil, func(rows *sql.Rows) error {
		var village id.ID
		err := rows.Scan(&village)
		villages = append(villages, village)
		return err
	})
	return villages, err
}
