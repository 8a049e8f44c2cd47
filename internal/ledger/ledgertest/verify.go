// Package ledgertest holds what tests that move points end with.
package ledgertest

import (
	"context"
	"testing"

	"gorm.io/gorm"

	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/ledger"
)

// Check is a part of verify.
type Check = func(ctx context.Context, tx *gorm.DB, r *ledger.Report) error

// Verify runs the checks in one snapshot; without any, the ledger's own.
func Verify(t testing.TB, db *database.DB, checks ...Check) (r ledger.Report) {
	t.Helper()
	if len(checks) == 0 {
		checks = []Check{ledger.Verify}
	}
	err := db.Snapshot(context.Background(), func(ctx context.Context, tx *gorm.DB) error { return run(ctx, tx, &r, checks) })
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// MustVerify fails the test unless everything Verify checks is in order.
func MustVerify(t testing.TB, db *database.DB, checks ...Check) {
	t.Helper()
	for _, f := range Verify(t, db, checks...).Findings {
		t.Errorf("verify: %s %s: %s", f.Check, f.ID, f.Text)
	}
}

// Tamper fails the test for each change that the checks do not find.
func Tamper(t testing.TB, db *database.DB, with dbtest.Tampering, checks ...Check) {
	t.Helper()
	dbtest.Tamper(t, db, with, func(ctx context.Context, tx *gorm.DB) (bool, error) {
		var r ledger.Report
		err := run(ctx, tx, &r, checks)
		return !r.Clean(), err
	})
}

func run(ctx context.Context, tx *gorm.DB, r *ledger.Report, checks []Check) error {
	for _, check := range checks {
		if err := check(ctx, tx, r); err != nil {
			return err
		}
	}
	return nil
}
