package household

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// CardState is what the posting path has to know of a card.
type CardState struct {
	CardID          id.ID
	HouseholdID     id.ID
	VillageID       id.ID
	DivisionID      id.ID // the village group, or the village
	MemberCount     int
	RevokedAt       calendar.Micros // 0: live
	Replaced        bool            // revoked in favour of a new card
	HouseholdClosed bool
}

// Usable returns nil for a live card of an open household, else a Refused fault
// "card.replaced" or "card.revoked" with the day it happened (Asia/Shanghai),
// or "household.closed".
func (c CardState) Usable() error { return c.usableIn(calendar.Shanghai) }

func (c CardState) usableIn(zone *time.Location) error {
	switch day := calendar.DayOf(c.RevokedAt, zone); {
	case c.HouseholdClosed: // says more than that its card went with it
		return fault.New(fault.Refused, "household.closed")
	case c.RevokedAt != 0 && c.Replaced:
		return fault.New(fault.Refused, "card.replaced", "day", day.String())
	case c.RevokedAt != 0:
		return fault.New(fault.Refused, "card.revoked", "day", day.String())
	}
	return nil
}

// CardsByHash returns the cards with these code hashes, in one statement.
// Unknown hashes are not in the map.
func CardsByHash(ctx context.Context, tx *gorm.DB, hashes [][32]byte) (map[[32]byte]CardState, error) {
	if len(hashes) == 0 {
		return nil, nil
	}
	args := make([]any, len(hashes))
	for i := range hashes {
		args[i] = hashes[i][:]
	}
	marks, args := database.List(args)
	rows, err := database.Query(ctx, tx, `
		SELECT c.code_hash, c.id, c.household_id, h.village_id, h.division_id, h.member_count,
		       COALESCE(c.revoked_at, 0), c.replaced_by IS NOT NULL, h.closed_at <> 0
		  FROM cards c
		  JOIN households h ON h.id = c.household_id
		 WHERE c.code_hash IN (`+marks+`)`, args...)
	if err != nil {
		return nil, fmt.Errorf("find cards: %w", err)
	}
	defer rows.Close()
	found := make(map[[32]byte]CardState, len(hashes))
	for rows.Next() {
		var hash []byte
		var c CardState
		if err := rows.Scan(&hash, &c.CardID, &c.HouseholdID, &c.VillageID, &c.DivisionID, &c.MemberCount,
			&c.RevokedAt, &c.Replaced, &c.HouseholdClosed); err != nil {
			return nil, fmt.Errorf("find cards: %w", err)
		}
		found[[32]byte(hash)] = c
	}
	return found, rows.Err()
}
