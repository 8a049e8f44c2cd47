package collection

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
)

// addToMonths adds new tickets to the cells of weigh_in_months they have a part
// in. The cells are locked before they are read, so that of two tickets for one
// month both are counted.
func addToMonths(ctx context.Context, tx *gorm.DB, tickets []WeighIn) error {
	var keys []cellKey
	for _, w := range tickets {
		keys = append(keys, cellsOf(w)...)
	}
	if keys = distinctKeys(keys); len(keys) == 0 {
		return nil
	}
	if err := upsertCells(ctx, tx, keys, nil); err != nil {
		return fmt.Errorf("lock weigh-in months: %w", err)
	}
	cells := map[cellKey]*cell{}
	villages, first, last := reach(keys)
	for some := range slices.Chunk(villages, villagesPerStatement) {
		stored, err := readCells(ctx, tx, `village_id IN (`+database.Placeholders(len(some))+`) AND month BETWEEN ? AND ?`,
			append(anys(some), first.Month(), last.Month())...)
		if err != nil {
			return err
		}
		for key, c := range stored {
			cells[key] = &c
		}
	}
	addUp(cells, tickets)
	if err := upsertCells(ctx, tx, keys, cells); err != nil {
		return fmt.Errorf("write weigh-in months: %w", err)
	}
	return nil
}

// refreshMonths makes cells of weigh_in_months agree with the tickets in force
// after some of them have changed. The cells are locked first.
func refreshMonths(ctx context.Context, tx *gorm.DB, keys []cellKey) error {
	keys = distinctKeys(keys)
	if len(keys) == 0 {
		return nil
	}
	if err := upsertCells(ctx, tx, keys, nil); err != nil {
		return fmt.Errorf("lock weigh-in months: %w", err)
	}
	tickets, err := readCounting(ctx, tx, keys)
	if err != nil {
		return err
	}
	cells := empty(keys)
	addUp(cells, tickets)
	if err := upsertCells(ctx, tx, keys, cells); err != nil {
		return fmt.Errorf("write weigh-in months: %w", err)
	}
	return dropEmptyCells(ctx, tx, keys, cells)
}

// villagesPerStatement bounds the parameters of one query.
const villagesPerStatement = 1000

// cellColumns are the columns of weigh_in_months behind its key.
var cellColumns = []string{"residual_grams", "food_grams", "recyclable_grams", "hazardous_grams", "residual_tickets", "sorted_tickets",
	"estimated", "day_bits", "days", "coverage_permille"}

// upsertCells writes cells, or with no cells only makes sure that they are there
// and locked.
func upsertCells(ctx context.Context, tx *gorm.DB, keys []cellKey, cells map[cellKey]*cell) error {
	rows := make([][]any, len(keys))
	for i, key := range keys {
		c := cells[key]
		if c == nil {
			c = &cell{}
		}
		rows[i] = []any{key.village, key.month, c.residual, c.food, c.recyclable, c.hazardous, c.residualTickets, c.sortedTickets,
			c.estimated, c.bits, c.days(), c.coverage(key.month)}
	}
	sets := []database.Set{{Column: "days", Add: true}} // adds nothing
	if cells != nil {
		sets = nil
		for _, column := range cellColumns {
			sets = append(sets, database.Set{Column: column})
		}
	}
	return database.Upsert(ctx, tx, "weigh_in_months", append([]string{"village_id", "month"}, cellColumns...),
		[]string{"village_id", "month"}, sets, rows)
}

// readCounting reads the tickets in force that may have a part in the cells: of
// one day within them, or reported for a period that reaches into them.
func readCounting(ctx context.Context, tx *gorm.DB, keys []cellKey) ([]WeighIn, error) {
	villages, first, last := reach(keys)
	var tickets []WeighIn
	for some := range slices.Chunk(villages, villagesPerStatement) {
		where := `w.village_id IN (` + database.Placeholders(len(some)) + `) AND w.void = 0 AND ` + inForce
		ofDays, err := readNets(ctx, tx, where+` AND w.method IN ('scale', 'buckets') AND w.from_day BETWEEN ? AND ?`, append(anys(some), first, last)...)
		if err != nil {
			return nil, err
		}
		reported, err := readNets(ctx, tx, where+` AND w.method = 'report' AND w.from_day BETWEEN ? AND ? AND w.to_day >= ?`,
			append(anys(some), first.AddDays(-maxPeriodDays), last, first)...)
		if err != nil {
			return nil, err
		}
		tickets = append(append(tickets, ofDays...), reported...)
	}
	return tickets, nil
}

// readNets reads what addUp needs of tickets, and nothing else.
func readNets(ctx context.Context, tx *gorm.DB, where string, args ...any) ([]WeighIn, error) {
	rows, err := database.Query(ctx, tx, `
		SELECT w.village_id, w.category, w.from_day, w.to_day, w.net_grams, w.method FROM weigh_ins w WHERE `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read weigh-ins of months: %w", err)
	}
	defer rows.Close()
	var tickets []WeighIn
	for rows.Next() {
		var w WeighIn
		if err := rows.Scan(&w.VillageID, &w.Category, &w.From, &w.To, &w.NetGrams, &w.Method); err != nil {
			return nil, fmt.Errorf("read weigh-ins of months: %w", err)
		}
		tickets = append(tickets, w)
	}
	return tickets, rows.Err()
}

// reach returns the distinct villages of sorted cells and the days they span.
func reach(keys []cellKey) (villages []id.ID, first, last calendar.Day) {
	first, last = keys[0].month.First(), keys[0].month.Last()
	for i, key := range keys {
		if i == 0 || key.village != keys[i-1].village {
			villages = append(villages, key.village)
		}
		first, last = min(first, key.month.First()), max(last, key.month.Last())
	}
	return villages, first, last
}

// dropEmptyCells removes cells whose last ticket is gone.
func dropEmptyCells(ctx context.Context, tx *gorm.DB, keys []cellKey, cells map[cellKey]*cell) error {
	for _, key := range keys {
		if *cells[key] != (cell{}) {
			continue
		}
		if _, err := database.Exec(ctx, tx, `DELETE FROM weigh_in_months WHERE village_id = ? AND month = ?`, key.village, key.month); err != nil {
			return fmt.Errorf("drop empty weigh-in month: %w", err)
		}
	}
	return nil
}
