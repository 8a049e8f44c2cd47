package collection

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
)

// Difference is a cell of weigh_in_months that does not agree with the tickets
// in force.
type Difference struct {
	Month     calendar.Month
	VillageID id.ID
	Category  Category
	Stored    int64 // grams on record
	Computed  int64 // grams the tickets add up to
}

// CheckMonths compares every cell of weigh_in_months with the tickets in force,
// grams, number of tickets, days and all, and returns those that differ. Run it
// in a database.Snapshot.
func CheckMonths(ctx context.Context, tx *gorm.DB) ([]Difference, error) {
	tickets, err := readNets(ctx, tx, `w.void = 0 AND `+inForce)
	if err != nil {
		return nil, err
	}
	stored, err := readCells(ctx, tx)
	if err != nil {
		return nil, err
	}
	var keys []cellKey
	for key := range stored {
		keys = append(keys, key)
	}
	for _, w := range tickets {
		keys = append(keys, cellsOf(w)...)
	}
	keys = distinctKeys(keys)
	computed := addUp(keys, tickets)
	var found []Difference
	for _, key := range keys {
		if was, is := stored[key], *computed[key]; was != is {
			found = append(found, Difference{key.month, key.village, key.category, was.grams, is.grams})
		}
	}
	return found, nil
}

func readCells(ctx context.Context, tx *gorm.DB) (map[cellKey]cell, error) {
	rows, err := database.Query(ctx, tx, `
		SELECT month, village_id, category, net_grams, tickets, estimated, day_bits FROM weigh_in_months`)
	if err != nil {
		return nil, fmt.Errorf("read weigh-in months: %w", err)
	}
	defer rows.Close()
	cells := map[cellKey]cell{}
	for rows.Next() {
		var key cellKey
		var c cell
		if err := rows.Scan(&key.month, &key.village, &key.category, &c.grams, &c.tickets, &c.estimated, &c.bits); err != nil {
			return nil, fmt.Errorf("read weigh-in months: %w", err)
		}
		cells[key] = c
	}
	return cells, rows.Err()
}
