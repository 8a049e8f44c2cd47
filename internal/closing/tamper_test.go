package closing_test

import (
	"fmt"
	"testing"

	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/id"
	"hufen/internal/ledger/ledgertest"
)

// Somebody with rights on the database changes one value, or deletes one row, of
// the closings and of the book by month: verify finds it.
func TestVerify_Tampering(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.award(noon(20260630), 0, 10_000)
		w.award(noon(20260715), 2, 6_000)
		w.close(july)
		the(w.AskReopening(ctx, w.zhang, id.New(), w.town, july, "漏了一张磅单"))
		the(w.Reopen(ctx, w.chen, id.New(), w.town, july))
		w.close(july)
		w.award(noon(20260820), 2, 100)
		w.close(august)
		w.mustVerify()
		account := w.account(0)
		ledgertest.Tamper(t, db, dbtest.Tampering{Rows: 6, AtLeast: 60, Tables: map[string]dbtest.Table{
			"closing_acts": {Key: "id"}, "closing_villages": {Key: "act_id"}, "closing_figures": {Key: "act_id"},
			"book_seals": {Key: "height"}, "book_days": {Key: "day"}, "book_months": {Key: "month"},
		}, Statements: []string{
			"UPDATE account_balances SET closed_until = closed_until + 1",
			fmt.Sprintf("UPDATE account_balances SET closed_until = 0 WHERE account_id = x'%x'", account.ID[:]),
			"UPDATE closing_figures SET value = value - 1 WHERE name = 'opening'",
		}}, checks...)
	})
}
