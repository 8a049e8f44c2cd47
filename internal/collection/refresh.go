package collection

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"hufen/internal/database"
	"hufen/internal/id"
)

// refreshMonths makes cells of weigh_in_months agree with the tickets in force.
// The cells are locked first, so that of two tickets for one month the second
// transaction counts both.
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
	cells := addUp(keys, tickets)
	if err := upsertCells(ctx, tx, keys, cells); err != nil {
		return fmt.Errorf("write weigh-in months: %w", err)
	}
	return dropEmptyCells(ctx, tx, keys, cells)
}

// villagesPerStatement bounds the parameters of one query.
const villagesPerStatement = 1000

// upsertCells writes cells, or with no cells only makes sure that they are there
// and locked.
func upsertCells(ctx context.Context, tx *gorm.DB, keys []cellKey, cells map[cellKey]*cell) error {
	rows := make([][]any, len(keys))
	for i, key := range keys {
		c := cells[key]
		if c == nil {
			c = &cell{}
		}
		rows[i] = []any{key.month, key.village, string(key.category), c.grams, c.tickets, c.estimated, c.bits}
	}
	sets := []database.Set{{Column: "net_grams"}, {Column: "tickets"}, {Column: "estimated"}, {Column: "day_bits"}}
	if cells == nil {
		sets = []database.Set{{Column: "tickets", Add: true}} // adds nothing
	}
	return database.Upsert(ctx, tx, "weigh_in_months", []string{"month", "village_id", "category", "net_grams", "tickets", "estimated", "day_bits"},
		[]string{"month", "village_id", "category"}, sets, rows)
}

// readCounting reads the tickets in force that may have a part in the cells.
func readCounting(ctx context.Context, tx *gorm.DB, keys []cellKey) ([]WeighIn, error) {
	villages, categories := namesOf(keys)
	first, last := keys[0].month.First(), keys[len(keys)-1].month.Last()
	var tickets []WeighIn
	for len(villages) > 0 {
		n := min(len(villages), villagesPerStatement)
		args := append(anys(villages[:n]), categories...)
		args = append(args, first.AddDays(-maxPeriodDays), last, first)
		read, err := readNets(ctx, tx, `
			w.village_id IN (`+database.Placeholders(n)+`) AND w.category IN (`+database.Placeholders(len(categories))+`)
			AND w.from_day BETWEEN ? AND ? AND w.to_day >= ? AND w.void = 0 AND `+inForce, args...)
		if err != nil {
			return nil, err
		}
		tickets, villages = append(tickets, read...), villages[n:]
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

// namesOf returns the distinct villages and categories of cells.
func namesOf(keys []cellKey) (villages []id.ID, categories []any) {
	seenVillage, seenCategory := map[id.ID]bool{}, map[Category]bool{}
	for _, key := range keys {
		if !seenVillage[key.village] {
			seenVillage[key.village] = true
			villages = append(villages, key.village)
		}
		if !seenCategory[key.category] {
			seenCategory[key.category] = true
			categories = append(categories, string(key.category))
		}
	}
	return villages, categories
}

// dropEmptyCells removes cells whose last ticket is gone.
func dropEmptyCells(ctx context.Context, tx *gorm.DB, keys []cellKey, cells map[cellKey]*cell) error {
	for _, key := range keys {
		if cells[key].tickets > 0 {
			continue
		}
		if _, err := database.Exec(ctx, tx, `DELETE FROM weigh_in_months WHERE month = ? AND village_id = ? AND category = ?`,
			key.month, key.village, string(key.category)); err != nil {
			return fmt.Errorf("drop empty weigh-in month: %w", err)
		}
	}
	return nil
}
