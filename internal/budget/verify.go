package budget

import (
	"context"

	"gorm.io/gorm"

	"hufen/internal/database"
	"hufen/internal/id"
	"hufen/internal/ledger"
)

// Verify holds every budget against the request it came by, which is sealed. It
// never repairs.
func Verify(ctx context.Context, tx *gorm.DB, r *ledger.Report) error {
	asked := make(map[id.ID]ledger.Hash)
	if err := database.Scan(ctx, tx, `SELECT id, request_hash FROM requests WHERE kind = 'budget' AND outcome = 'posted'`, nil, scanHash(asked)); err != nil {
		return err
	}
	budgets, err := readBudgets(ctx, tx)
	if err != nil {
		return err
	}
	for _, b := range budgets {
		if asked[b.ID] != b.request().Hash {
			r.Find("budget", b.ID, "is not what was asked for")
		}
		delete(asked, b.ID)
	}
	for budgetID := range asked {
		r.Find("budget", budgetID, "was set and is not there")
	}
	return r.FindIDs(ctx, tx, "budget", "was recorded at another instant than its request", `
		SELECT b.id FROM budgets b JOIN requests q ON q.id = b.id WHERE q.recorded_at <> b.recorded_at LIMIT 1000`)
}
