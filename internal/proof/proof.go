// Package proof recomputes everything there is: the ledger, the facts behind it,
// and what the reports are made of. It is what `hufen verify` runs.
package proof

import (
	"context"

	"gorm.io/gorm"

	"hufen/internal/collection"
	"hufen/internal/database"
	"hufen/internal/dropoff"
	"hufen/internal/expiry"
	"hufen/internal/ledger"
	"hufen/internal/redemption"
	"hufen/internal/report"
	"hufen/internal/settlement"
	"hufen/internal/succession"
)

// Verify recomputes the whole database in one snapshot, while the service may
// go on writing. The report is clean, or names what is wrong; nothing is ever
// repaired.
func Verify(ctx context.Context, db *database.DB) (*ledger.Report, error) {
	r, _, err := VerifyKept(ctx, db, nil)
	return r, err
}

// VerifyKept is Verify that also holds today's database against a seal somebody
// kept, nil for none, and says how far the seals reach.
func VerifyKept(ctx context.Context, db *database.DB, kept *ledger.Kept) (*ledger.Report, *ledger.SealSummary, error) {
	var r ledger.Report
	var summary *ledger.SealSummary
	err := db.Snapshot(ctx, func(ctx context.Context, tx *gorm.DB) error {
		for _, check := range []func(context.Context, *gorm.DB, *ledger.Report) error{
			ledger.Verify, dropoff.Verify, redemption.Verify, settlement.Verify, expiry.Verify, succession.Verify, verifyRollups, verifyWeighIns,
		} {
			if err := check(ctx, tx, &r); err != nil {
				return err
			}
		}
		var err error
		summary, err = ledger.VerifySeals(ctx, tx, &r, Facts, kept)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return &r, summary, nil
}

func verifyRollups(ctx context.Context, tx *gorm.DB, r *ledger.Report) error {
	months, err := report.RollupMonths(ctx, tx)
	if err != nil {
		return err
	}
	for _, month := range months {
		differences, err := report.CheckRollups(ctx, tx, month)
		if err != nil {
			return err
		}
		for _, d := range differences {
			r.Find("rollup", d.VillageID, "%d %s says %+v, the drop-offs add up to %+v", d.Period, d.Category, d.Stored, d.Computed)
		}
	}
	return nil
}

func verifyWeighIns(ctx context.Context, tx *gorm.DB, r *ledger.Report) error {
	months, err := collection.CheckMonths(ctx, tx)
	if err != nil {
		return err
	}
	for _, d := range months {
		r.Find("weigh_in_month", d.VillageID, "%s says %d g of residual waste, its tickets add up to %d g", d.Month, d.Stored, d.Computed)
	}
	baselines, err := report.CheckBaselines(ctx, tx)
	if err != nil {
		return err
	}
	for _, baselineID := range baselines {
		r.Find("baseline", baselineID, "is in force though it is not the highest signed version, or the other way round")
	}
	return nil
}
