// Package proof recomputes everything there is: the ledger and the facts behind
// it. It is what `hufen verify` runs.
package proof

import (
	"context"

	"gorm.io/gorm"

	"hufen/internal/database"
	"hufen/internal/dropoff"
	"hufen/internal/ledger"
	"hufen/internal/redemption"
)

// Verify recomputes the whole database in one snapshot, while the service may
// go on writing. The report is clean, or names what is wrong; nothing is ever
// repaired.
func Verify(ctx context.Context, db *database.DB) (*ledger.Report, error) {
	var r ledger.Report
	err := db.Snapshot(ctx, func(ctx context.Context, tx *gorm.DB) error {
		for _, check := range []func(context.Context, *gorm.DB, *ledger.Report) error{
			ledger.Verify, dropoff.Verify, redemption.Verify,
		} {
			if err := check(ctx, tx, &r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &r, nil
}
