// Package ledgertest holds what tests that move points end with.
package ledgertest

import (
	"context"
	"testing"

	"gorm.io/gorm"

	"hufen/internal/database"
	"hufen/internal/ledger"
)

// MustVerify fails the test unless the whole book is in order.
func MustVerify(t testing.TB, db *database.DB) {
	t.Helper()
	var r ledger.Report
	err := db.Snapshot(context.Background(), func(ctx context.Context, tx *gorm.DB) error { return ledger.Verify(ctx, tx, &r) })
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Findings {
		t.Errorf("verify: %s %s: %s", f.Check, f.ID, f.Text)
	}
}
