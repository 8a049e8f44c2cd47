package household

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
)

// PopulationDifference is a day on which a village's population changes otherwise
// than its households do.
type PopulationDifference struct {
	VillageID        id.ID
	Day              calendar.Day
	Stored, Computed PopulationChange
}

// PopulationChange is how many people and households a village has more than the
// day before.
type PopulationChange struct{ Persons, Households int64 }

// CheckPopulation adds the member counts of all households up and compares them
// with what the reports count person-days by.
func CheckPopulation(ctx context.Context, tx *gorm.DB) ([]PopulationDifference, error) {
	computed, err := countedPopulation(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("check population: %w", err)
	}
	type change struct {
		populationKey
		populationChange
	}
	stored, err := collect(ctx, tx, func(c *change) []any { return []any{&c.village, &c.day, &c.persons, &c.households} },
		"SELECT village_id, day, persons, households FROM population_changes")
	if err != nil {
		return nil, fmt.Errorf("check population: %w", err)
	}
	var differences []PopulationDifference
	add := func(key populationKey, stored, computed populationChange) {
		if stored != computed {
			differences = append(differences, PopulationDifference{key.village, key.day, PopulationChange{stored.persons, stored.households},
				PopulationChange{computed.persons, computed.households}})
		}
	}
	for _, s := range stored {
		add(s.populationKey, s.populationChange, computed[s.populationKey])
		delete(computed, s.populationKey)
	}
	for key, c := range computed {
		add(key, populationChange{}, c)
	}
	return differences, nil
}

// countedPopulation reads the counts household by household.
func countedPopulation(ctx context.Context, tx *gorm.DB) (population, error) {
	rows, err := database.Query(ctx, tx, `
		SELECT m.household_id, h.village_id, m.from_day, m.member_count
		FROM household_members m JOIN households h ON h.id = m.household_id ORDER BY m.household_id, m.from_day`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	people := population{}
	var current, village id.ID
	var counts []MemberCount
	for rows.Next() {
		var householdID, villageID id.ID
		var m MemberCount
		if err := rows.Scan(&householdID, &villageID, &m.From, &m.Count); err != nil {
			return nil, err
		}
		if householdID != current {
			people.add(village, counts, +1)
			current, village, counts = householdID, villageID, counts[:0]
		}
		counts = append(counts, m)
	}
	people.add(village, counts, +1)
	return people, rows.Err()
}
