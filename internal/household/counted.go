package household

import (
	"context"
	"database/sql"
	"fmt"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
)

// MostMembers is the largest household.
const MostMembers = maxMembers

// Counted are the member counts of a household, oldest first, with when each was
// recorded. A count that another one replaced is not kept.
type Counted struct {
	VillageID id.ID
	OpenedAt  calendar.Micros
	Counts    []RecordedCount
}

// RecordedCount is a member count and when it was recorded.
type RecordedCount struct {
	MemberCount
	RecordedAt calendar.Micros
}

// EachCounted calls take for every household. What it gets is valid until the next
// call.
func EachCounted(ctx context.Context, tx *gorm.DB, take func(*Counted)) error {
	var current id.ID
	var h Counted
	err := database.Scan(ctx, tx, `
		SELECT m.household_id, h.village_id, h.opened_at, m.from_day, m.member_count, m.recorded_at
		FROM household_members m JOIN households h ON h.id = m.household_id ORDER BY m.household_id, m.from_day`, nil, func(rows *sql.Rows) error {
		var householdID, villageID id.ID
		var openedAt calendar.Micros
		var c RecordedCount
		if err := rows.Scan(&householdID, &villageID, &openedAt, &c.From, &c.Count, &c.RecordedAt); err != nil {
			return err
		}
		if householdID != current {
			if len(h.Counts) > 0 {
				take(&h)
			}
			current, h = householdID, Counted{villageID, openedAt, h.Counts[:0]}
		}
		h.Counts = append(h.Counts, c)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read member counts: %w", err)
	}
	if len(h.Counts) > 0 {
		take(&h)
	}
	return nil
}
