package ledger

import (
	"context"
	"fmt"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
)

// A month that is closed for a village stays as it is: no entry is recorded into
// it any more, however slow the clock of an instance is. Each account with a
// running balance carries the end of its newest closed month, closed_until. The
// posting path reads it with the lock it takes anyway, and records what it posts
// no earlier. Who closes a month writes it to every account of the village, so
// that a posting is either done before, and in the figures, or knows.
//
// Two things have no account yet, or none with a balance: the first entry of a
// household, and an approved settlement. They ask for the fence of their village
// or town in a statement of their own, after they have written or locked a row
// that the closing waits for: the new account, the shop.

// NotBefore makes sure that the batch is recorded in no month that is closed for
// one of the villages or towns. Lock has done so for its accounts; it is for
// entries on accounts without a running balance, and is called before anything
// is posted, and under a lock that closing a month waits for.
func (b *Batch) NotBefore(ctx context.Context, divisions ...id.ID) error {
	if len(divisions) == 0 {
		return nil
	}
	marks, args := database.List(database.IDs(divisions))
	rows, err := database.Query(ctx, b.tx, `
		SELECT division_id, MAX(until_at) FROM closing_villages WHERE division_id IN (`+marks+`) GROUP BY division_id`, args...)
	if err != nil {
		return fmt.Errorf("read closed months: %w", err)
	}
	defer rows.Close()
	b.fences = make(map[id.ID]calendar.Micros)
	for rows.Next() {
		var divisionID id.ID
		var until calendar.Micros
		if err := rows.Scan(&divisionID, &until); err != nil {
			return fmt.Errorf("read closed months: %w", err)
		}
		b.fences[divisionID] = until
		b.at = max(b.at, until)
	}
	return rows.Err()
}
