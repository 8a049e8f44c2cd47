package ledger

import (
	"context"
	"path/filepath"
	"testing"

	"gorm.io/gorm"

	"hufen/internal/database"
	"hufen/internal/database/dbtest"
)

// Every column and every row of what is sealed, and of the seals: a change is
// found, with nothing but the database at hand.
func TestVerifySeals_Tampering(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		v := newVault(t, db) // with four seals, the third a rotation
		v.most = 9
		v.post(5)
		v.seal(v.Sealer)
		if _, err := v.Rotate(context.Background()); err != nil {
			t.Fatal(err)
		}
		v.post(3)
		v.seal(v.Sealer)
		v.mustVerify(nil)
		dbtest.Tamper(t, db, dbtest.Tampering{Rows: 2, AtLeast: 90, Tables: map[string]dbtest.Table{
			"requests": {Key: "id"}, "entries": {Key: "id"}, "entry_lines": {Key: "line_hash"}, "accounts": {Key: "id"},
			"seals": {Key: "height"}, "seal_items": {Key: "id"}, "seal_totals": {Key: "points"}, "seal_keys": {Key: "id"},
		}, Values: map[string][]string{"outcome": {"'pending'"}}, Statements: []string{
			`INSERT INTO requests (id, kind, request_hash, outcome, actor_id, recorded_at)
				SELECT x'0198c0de000070008000000000000009', kind, request_hash, 'rejected', actor_id, 1 FROM requests ORDER BY id LIMIT 1`,
			`INSERT INTO seal_items (id, height, position) VALUES (x'0198c0de000070008000000000000009', 1, 9)`,
			`INSERT INTO seal_totals (height, kind, points) VALUES (1, 'adjusted', 1)`,
			`INSERT INTO seals (height, prev_hash, merkle_root, request_count, entry_count, request_total, entry_total,
					trial_balance_hash, until_at, sealed_at, key_id, signature)
				SELECT height + 1, merkle_root, merkle_root, 0, 0, request_total, entry_total, trial_balance_hash, until_at, sealed_at, key_id, signature
				FROM seals ORDER BY height DESC LIMIT 1`,
			`INSERT INTO seal_keys (id, public_key, from_height, vouched_by, signature, created_at)
				SELECT '0011223344556677', public_key, from_height + 1, id, signature, created_at FROM seal_keys ORDER BY from_height DESC LIMIT 1`,
		}}, func(ctx context.Context, tx *gorm.DB) (bool, error) {
			var r Report
			if err := Verify(ctx, tx, &r); err != nil {
				return false, err
			}
			_, err := VerifySeals(ctx, tx, &r, noFacts, nil)
			return !r.Clean(), err
		})
	})
}

// The newest rows go without a trace in the database; the kept seal tells.
func TestVerifySeals_NewestGone(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		v := newVault(t, db)
		v.post(2)
		v.seal(v.Sealer)
		before, _ := v.keep()
		v.post(2)
		v.seal(v.Sealer)
		file, board := v.keep()
		v.mustVerify(file)
		dbtest.Exec(v.t, v.db, `DELETE FROM account_balances WHERE account_id IN (SELECT account_id FROM entry_lines l JOIN seal_items i ON i.id = l.entry_id WHERE i.height = 2)`)
		dbtest.Exec(v.t, v.db, `DELETE FROM accounts WHERE floor = 0 AND id NOT IN (SELECT account_id FROM account_balances)`)
		for table, key := range map[string]string{"entry_lines": "entry_id", "entries": "id", "requests": "id"} {
			dbtest.Exec(v.t, v.db, `DELETE FROM `+table+` WHERE `+key+` IN (SELECT id FROM seal_items WHERE height = 2)`)
		}
		for _, table := range []string{"seal_items", "seal_totals", "seals"} {
			dbtest.Exec(v.t, v.db, `DELETE FROM `+table+` WHERE height = 2`)
		}
		v.mustVerify(nil)
		v.mustVerify(before)
		for name, kept := range map[string]*Kept{"File": file, "Board": board} {
			if r, _ := v.verify(kept); r.Count["kept_seal"] != 1 {
				t.Errorf("%s: found %v", name, r.Count)
			}
		}
	})
}

// An insider with rights on the database, and even with the keys of seals,
// changes an award and computes every hash, chain, seal and signature anew. Only
// what was kept outside tells, whether signed by the true key or another.
func TestVerifySeals_AllComputedAnew(t *testing.T) {
	for _, own := range []bool{false, true} {
		t.Run(map[bool]string{false: "TrueKey", true: "OwnKey"}[own], func(t *testing.T) {
			dbtest.Run(t, func(t *testing.T, db *database.DB) {
				v := newVault(t, db)
				v.post(4)
				v.seal(v.Sealer)
				file, board := v.keep()
				for _, table := range []string{"seal_items", "seal_totals", "seals", "seal_keys"} {
					dbtest.Exec(v.t, v.db, `DELETE FROM `+table)
				}
				dbtest.Exec(v.t, v.db, `UPDATE requests SET actor_id = ? WHERE outcome = 'posted'`, v.village[:])
				dbtest.Exec(v.t, v.db, `UPDATE entries SET actor_id = ?`, v.village[:])
				v.recompute()
				if own {
					v.dataDir = filepath.Join(t.TempDir(), "own")
				}
				v.seal(v.another(db))
				v.mustVerify(nil)
				for name, kept := range map[string]*Kept{"File": file, "Board": board} {
					if r, _ := v.verify(kept); r.Count["kept_seal"] != 1 || own && r.Count["kept_key"] != 1 {
						t.Errorf("%s: found %v", name, r.Count)
					}
				}
			})
		})
	}
}

// recompute writes the content hash of every entry as it is now.
func (v *vault) recompute() {
	v.t.Helper()
	d := newDesk(&walk{accounts: &accountBook{}})
	if err := d.read(context.Background(), v.db.Read, Selection{}); err != nil {
		v.t.Fatal(err)
	}
	for i := range d.entries {
		e := &d.entries[i]
		hash := e.contentHash()
		dbtest.Exec(v.t, v.db, `UPDATE entries SET content_hash = ? WHERE id = ?`, hash[:], e.ID[:])
	}
}
