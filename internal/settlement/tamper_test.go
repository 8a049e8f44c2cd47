package settlement_test

import (
	"testing"

	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/id"
	"hufen/internal/ledger/ledgertest"
)

// Somebody with rights on the database changes one value, or deletes one row:
// verify finds it.
func TestVerify_Tampering(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		wrong := w.redeem(1)
		w.redeem(2)
		the(w.Reject(ctx, w.zhang, id.New(), w.submitted(july).ID, "小票缺一张"))
		s := w.submitted(july)
		the(w.Approve(ctx, w.wang, id.New(), s.ID))
		the(w.Pay(ctx, w.chen, id.New(), s.ID, "2026-0803-17", 20260803))
		w.takeBack(wrong)
		w.redeem(5)
		w.today = noon(20260903)
		the(w.Approve(ctx, w.zhang, id.New(), w.submitted(202608).ID))
		w.mustVerify()
		ledgertest.Tamper(t, db, dbtest.Tampering{Rows: 11, AtLeast: 100, Tables: map[string]dbtest.Table{
			"settlements": {Key: "id"}, "settlement_items": {Key: "entry_id"}, "settlement_claims": {Key: "entry_id"}, "settlement_acts": {Key: "id"},
		}}, checks...)
	})
}
