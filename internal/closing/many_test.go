package closing_test

import (
	"context"
	"testing"
	"time"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/id"
	"hufen/internal/ledger"
)

// What is outstanding is right where 500 villages have five years of books, and
// a month is closed where a town has 20,000 households; how long it takes is told.
func TestService_Many(t *testing.T) {
	if testing.Short() {
		t.Skip("writes five years of books")
	}
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.must(db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error { return fill(ctx, tx, w) }))
		w.award(noon(20260715), 0, 10_000)
		w.seal()
		begun := time.Now()
		the(w.Book(ctx))
		booked := time.Since(begun)
		begun = time.Now()
		found := the(w.Liability(ctx, w.chen, w.town, 20260731))
		told := time.Since(begun)
		if found.Total.Points != 10_000 {
			t.Errorf("%+v", found.Total)
		}
		begun = time.Now()
		the(w.Close(ctx, w.zhang, id.New(), w.town, july))
		t.Logf("booked a seal in %s, told what is outstanding in %s, closed in %s", booked, told, time.Since(begun))
	})
}

// fill writes five years of books of 500 other villages, and accounts of 20,000
// households of the town.
func fill(ctx context.Context, tx *gorm.DB, w *world) error {
	var months, days, accounts, held [][]any
	for range 500 {
		village := id.New()
		for month := calendar.Month(202107); month < 202608; month = month.Next() {
			for _, kind := range []string{"drop_off", "redemption", "reversal"} {
				months = append(months, []any{int64(month), village[:], "household", kind, 5})
			}
		}
		for day := calendar.Day(20260701); day < 20260801; day = day.Next() {
			days = append(days, []any{int64(day), village[:], "household", "drop_off", 5})
		}
	}
	for range 20_000 {
		account := ledger.HouseholdAccount(id.New(), w.south)
		accounts = append(accounts, []any{account.ID[:], account.Code, account.Kind, w.south[:], 0, 1})
		held = append(held, []any{account.ID[:], 0, 0, 0, make([]byte, 32)})
	}
	for _, t := range []struct {
		table   string
		columns []string
		rows    [][]any
	}{
		{"book_months", []string{"month", "owner_id", "account_kind", "entry_kind", "points"}, months},
		{"book_days", []string{"day", "owner_id", "account_kind", "entry_kind", "points"}, days},
		{"accounts", []string{"id", "code", "kind", "village_id", "floor", "opened_at"}, accounts},
		{"account_balances", []string{"account_id", "balance", "floor", "version", "head_hash"}, held},
	} {
		if err := database.InsertRows(ctx, tx, t.table, t.columns, t.rows); err != nil {
			return err
		}
	}
	return nil
}
