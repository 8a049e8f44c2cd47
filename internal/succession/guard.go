package succession

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/ledger"
)

// MayClose refuses to close a household in passing while anything is left of it:
// points, a debt, drop-offs or adjustments that nobody has decided. What becomes
// of those is said by a change of the kind Close, Merge or Move. It locks the
// household's account, so nothing comes in before the transaction ends. It is
// for household.GuardClosing, and returns Refused "household.not_empty" and
// "household_change.waiting".
func (s *Service) MayClose(ctx context.Context, tx *gorm.DB, householdID, villageID id.ID) error {
	account := ledger.HouseholdAccount(householdID, villageID)
	batch, err := ledger.Lock(ctx, tx, s.now(), []ledger.Account{account})
	if err != nil {
		return err
	}
	if held, owed := batch.Balance(account), batch.Owed(account); held != 0 || owed != 0 {
		return fault.New(fault.Refused, "household.not_empty", "balance_points", int64(held), "owed_points", int64(owed)).At("/closed")
	}
	waiting, err := countWaiting(ctx, tx, householdID)
	if err != nil {
		return err
	}
	if waiting > 0 {
		return fault.New(fault.Refused, "household_change.waiting", "drop_offs", waiting).At("/closed")
	}
	proposed, err := countProposed(ctx, tx, householdID)
	if err == nil && proposed > 0 {
		return fault.New(fault.Refused, "household_change.proposed", "adjustments", proposed).At("/closed")
	}
	return err
}

// countProposed counts the adjustments and late reversals of a household that wait
// for their second person.
func countProposed(ctx context.Context, tx *gorm.DB, householdID id.ID) (n int64, err error) {
	err = tx.WithContext(ctx).Raw(`
		SELECT COUNT(*) FROM adjustments a JOIN adjustment_acts t ON t.adjustment_id = a.id AND t.act = 'propose'
		LEFT JOIN adjustment_acts u ON u.adjustment_id = a.id AND u.step = 2
		WHERE a.household_id = ? AND u.id IS NULL`, householdID[:]).Row().Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count adjustments that wait: %w", err)
	}
	return n, nil
}
