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
	if err := VerifyRest(ctx, tx, r); err != nil {
		return err
	}
	return r.FindPicks(ctx, tx, Picks)
}

// VerifyRest is Verify without Picks, for whoever walks through the book anyway.
func VerifyRest(ctx context.Context, tx *gorm.DB, r *ledger.Report) error {
	asked := make(map[id.ID]ledger.Hash)
	if err := database.Scan(ctx, tx, `
		SELECT q.id, q.request_hash FROM budgets b CROSS JOIN requests q ON q.id = b.id WHERE q.kind = 'budget' AND q.outcome = 'posted'`, nil, scanHash(asked)); err != nil {
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
	}
	return r.FindIDs(ctx, tx, "budget", "was recorded at another instant than its request", `
		SELECT b.id FROM budgets b CROSS JOIN requests q ON q.id = b.id WHERE q.recorded_at <> b.recorded_at LIMIT 1000`)
}

// Picks find requests and entries that have nothing behind them.
var Picks = []ledger.Pick{
	{Check: "budget", Text: "was set and is not there", Kinds: []string{"budget"}, SQL: `
		SELECT q.id FROM requests q LEFT JOIN budgets b ON b.id = q.id
		WHERE %s AND q.outcome = 'posted' AND b.id IS NULL LIMIT 1000`},
}
