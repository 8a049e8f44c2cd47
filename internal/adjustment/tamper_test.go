package adjustment_test

import (
	"context"
	"testing"

	"gorm.io/gorm"

	"hufen/internal/adjustment"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/division"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/ledger/ledgertest"
)

// Somebody with rights on the database changes one value, or deletes one row:
// verify finds it.
func TestVerify_Tampering(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		d := w.bring(20)
		r := w.buy(5)
		photo := id.New()
		dbtest.Insert(w.t, w.db, "photos", "id, actor_id, content_type, sha256, bytes, created_at", photo[:], w.cadre.ID[:], "image/png", make([]byte, 32), []byte("x"), 1)
		small := w.give(1000)
		small.PhotoID = id.Some(photo)
		the(w.Create(ctx, w.cadre, small))
		the(w.Create(ctx, w.cadre, w.give(-200)))
		large := the(w.Create(ctx, w.cadre, w.give(9000)))
		the(w.Approve(ctx, w.wang, id.New(), large.ID))
		the(w.Refuse(ctx, w.zhang, id.New(), the(w.Create(ctx, w.cadre, w.give(8000))).ID, "没有凭据"))
		the(w.Create(ctx, w.cadre, w.give(7000)))
		for _, in := range []adjustment.NewReversal{takeBack(adjustment.DropOff, d.ID), takeBack(adjustment.Redemption, r.ID), takeBack(adjustment.Manual, large.ID)} {
			the(w.Approve(ctx, w.wang, id.New(), the(w.ProposeReversal(ctx, w.zhang, in)).ID))
		}
		w.mustVerify()
		ledgertest.Tamper(t, db, dbtest.Tampering{Rows: 14, AtLeast: 150, Tables: map[string]dbtest.Table{
			"adjustments": {Key: "id"}, "adjustment_acts": {Key: "id"},
		}}, checks...)
	})
}

// Somebody with rights on the database lets a household off its debt, or works
// off more than the share: verify finds it.
func TestVerify_TamperingWithDebts(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.set(division.ClawbackShare, 400)
		d := w.bring(20)
		w.buy(5)
		the(w.Approve(ctx, w.wang, id.New(), the(w.ProposeReversal(ctx, w.cadre, takeBack(adjustment.DropOff, d.ID))).ID))
		w.bring(10)
		w.mustVerify()
		ledgertest.Tamper(t, db, dbtest.Tampering{AtLeast: 4, Statements: []string{
			"UPDATE account_balances SET owed = 0 WHERE owed > 0",
			"UPDATE account_balances SET owed = owed + 1",
			"UPDATE entry_lines SET points = points + 1 WHERE account_id IN (SELECT id FROM accounts WHERE kind = 'clawback')",
			"UPDATE settings SET value = 100, recorded_at = 1 WHERE name = 'clawback_share_permille'",
		}}, checks...)
		// An insider who posts an award that works off all of the debt at once.
		w.must(db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
			account := ledger.HouseholdAccount(w.household, w.village)
			batch, err := ledger.Lock(ctx, tx, calendar.Now(), []ledger.Account{account})
			if err != nil {
				return err
			}
			entry := &ledger.Entry{ID: id.New(), Kind: ledger.DropOff, EffectiveAt: batch.At(), VillageID: w.village, ActorID: w.cadre.ID,
				Lines: ledger.AwardWorkingOff(w.household, w.village, 1500, 900)}
			if err := batch.Post(ledger.Request{ID: entry.ID, Kind: "drop_off", ActorID: w.cadre.ID}, entry); err != nil {
				return err
			}
			return batch.Write(ctx)
		}))
		if ledgertest.Verify(t, db, checks...).Count["clawback_share"] == 0 {
			t.Error("more than the share worked off was not found")
		}
	})
}
