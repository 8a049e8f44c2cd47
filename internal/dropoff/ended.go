package dropoff

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"hufen/internal/database"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/ledger"
)

// stillOpen refuses the drop-offs of households that were closed while the group
// waited for their accounts. The card was looked up before; who closes a household
// holds its account and leaves nothing on it, so only empty ones are asked again.
// SQLite writes one transaction after the other, from before the card is looked
// up: there it cannot happen.
func (s *Service) stillOpen(ctx context.Context, tx *gorm.DB, batch *ledger.Batch, records []*record) error {
	if s.db.Dialect == database.SQLite {
		return nil
	}
	empty := make(map[id.ID][]*record)
	var ids []any
	for _, r := range records {
		if r.err != nil || batch.Balance(r.account) != 0 {
			continue
		}
		if empty[r.card.HouseholdID] == nil {
			ids = append(ids, r.card.HouseholdID[:])
		}
		empty[r.card.HouseholdID] = append(empty[r.card.HouseholdID], r)
	}
	if len(ids) == 0 {
		return nil
	}
	marks, args := database.List(ids)
	err := database.Each(ctx, tx, func(row database.Row) error {
		for _, r := range empty[row.ID(0)] {
			r.err = fault.New(fault.Refused, "household.closed").At("/card_code")
		}
		return nil
	}, `SELECT id FROM households WHERE id IN (`+marks+`) AND closed_at <> 0`, args...)
	if err != nil {
		return fmt.Errorf("read closed households: %w", err)
	}
	return nil
}
