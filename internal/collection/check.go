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
	VillageID id.ID
	Month     calendar.Month
	Stored    int64 // grams of residual waste on record
	Computed  int64 // grams the tickets add up to
}

// CheckMonths compares every cell of weigh_in_months with the tickets in force,
// all of its columns, and returns those that differ. Run it
// in a database.Snapshot.
func CheckMonths(ctx context.Context, tx *gorm.DB) ([]Difference, error) {
	tickets, err := readNets(ctx, tx, `w.void = 0 AND `+inForce)
	if err != nil {
		return nil, err
	}
	stored, err := readCells(ctx, tx, `1 = 1`)
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
	computed := empty(keys)
	addUp(computed, tickets)
	var found []Difference
	for _, key := range keys {
		if was, is := stored[key], *computed[key]; was != is {
			found = append(found, Difference{key.village, key.month, was.residual, is.residual})
		}
	}
	return found, nil
}

func readCells(ctx context.Context, tx *gorm.DB, where string, args ...any) (map[cellKey]cell, error) {
	rows, err := database.Query(ctx, tx, `
		SELECT village_id, month, residual_grams, food_grams, recyclable_grams, hazardous_grams, residual_tickets, sorted_tickets,
		       estimated, day_bits, days, coverage_permille
		  FROM weigh_in_months WHERE `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read weigh-in months: %w", err)
	}
	defer rows.Close()
	cells := map[cellKey]cell{}
	for rows.Next() {
		var key cellKey
		var c cell
		var days, coverage int64
		if err := rows.Scan(&key.village, &key.month, &c.residual, &c.food, &c.recyclable, &c.hazardous, &c.residualTickets, &c.sortedTickets,
			&c.estimated, &c.bits, &days, &coverage); err != nil {
			return nil, fmt.Errorf("read weigh-in months: %w", err)
		}
		if days != c.days() || coverage != c.coverage(key.month) {
			c.bits = ^c.bits // agrees with no ticket
		}
		cells[key] = c
	}
	return cells, rows.Err()
}
