package proof_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"gorm.io/gorm"

	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/export"
	"hufen/internal/ledger"
	"hufen/internal/proof"
)

// What is exported is verified as the database is, with no service; names and
// secrets are not in it.
func TestExport(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newTown(t, db)
		w.everything()
		sealer := ledger.NewSealer(db, ledger.NewKeyring(t.TempDir()), proof.Facts)
		_, err := sealer.SealAll(ctx)
		must(t, err)
		householdID, code := w.newHousehold()
		userID := w.cleaner.ID
		must(t, db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
			if err := database.InsertRows(ctx, tx, "household_people", []string{"household_id", "head_name", "phone", "updated_at"},
				[][]any{{householdID[:], "王秀英", "13800001111", 1}}); err != nil {
				return err
			}
			return database.InsertRows(ctx, tx, "users", []string{"id", "login", "name", "kind", "password_hash", "totp_secret", "created_at", "updated_at"},
				[][]any{{userID[:], "lixiaofang", "李小芳", "person", "geheimnis", "totpgeheim", 1, 1}})
		}))
		path := filepath.Join(t.TempDir(), "town.db")
		tables := int64(0)
		must(t, export.WriteFile(ctx, db, path, func(done, _ int64) { tables = done }))
		if err := export.WriteFile(ctx, db, path, nil); err == nil {
			t.Error("a file was overwritten")
		}
		verified := verifyFile(t, path)
		whole, err := proof.Run(ctx, db, proof.Options{})
		must(t, err)
		if !verified.Clean() || verified.Entries != whole.Entries || verified.Seals.Hash != whole.Seals.Hash || tables < 70 {
			t.Fatalf("%d entries of %d, %d tables, found %v", verified.Entries, whole.Entries, tables, verified.Findings)
		}
		content, err := os.ReadFile(path)
		must(t, err)
		for _, secret := range []string{"王秀英", "13800001111", "李小芳", "lixiaofang", "geheimnis", "totpgeheim", code} {
			if bytes.Contains(content, []byte(secret)) {
				t.Errorf("%s is in the file", secret)
			}
		}
		if !bytes.Contains(content, []byte("王*英")) {
			t.Error("masked names are not in the file")
		}
		if _, err := export.Open(ctx, filepath.Join(t.TempDir(), "none.db")); err == nil {
			t.Error("a file that is not there was opened")
		}
	})
}

// Whatever is changed in an exported file is found.
func TestExport_Tampering(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		newTown(t, db).everything()
		_, err := ledger.NewSealer(db, ledger.NewKeyring(t.TempDir()), proof.Facts).SealAll(ctx)
		must(t, err)
		path := filepath.Join(t.TempDir(), "town.db")
		must(t, export.WriteFile(ctx, db, path, nil))
		tried, missed := 0, 0
		for _, statement := range []string{
			`UPDATE entries SET reason = 'x'`, `UPDATE entries SET actor_id = randomblob(16)`, `UPDATE entry_lines SET points = points + 1 WHERE account_seq IS NOT NULL`,
			`UPDATE drop_off_items SET grams = grams + 1`, `UPDATE drop_offs SET household_id = randomblob(16)`, `UPDATE redemptions SET points = points + 100`,
			`UPDATE redemption_items SET name = 'x'`, `UPDATE requests SET recorded_at = recorded_at + 1`, `UPDATE account_balances SET balance = balance + 1`,
			`UPDATE seals SET merkle_root = randomblob(32)`, `UPDATE seals SET signature = randomblob(64)`, `UPDATE tariff_rules SET points = points + 1`,
			`DELETE FROM requests WHERE id = (SELECT MAX(id) FROM requests)`, `DELETE FROM entries WHERE id = (SELECT MIN(id) FROM entries)`,
			`DELETE FROM seal_items`, `DELETE FROM drop_off_holds`, `UPDATE goods SET stock = stock + 1`,
		} {
			tried++
			if found := verifyFile(t, tamperedCopy(t, path, statement)); found.Clean() {
				missed++
				t.Errorf("%s was not found", statement)
			}
		}
		t.Logf("%d changes, %d not found", tried, missed)
	})
}

func verifyFile(t *testing.T, path string) *proof.Result {
	t.Helper()
	ctx := context.Background()
	must(t, os.Chmod(path, 0o400))
	db, err := export.Open(ctx, path)
	must(t, err)
	defer db.Close()
	r, err := proof.Run(ctx, db, proof.Options{})
	must(t, err)
	if beside, _ := filepath.Glob(path + "-*"); len(beside) > 0 {
		t.Errorf("%v were written", beside)
	}
	return r
}

var copies int

// tamperedCopy copies a file and changes it.
func tamperedCopy(t *testing.T, path, statement string) string {
	t.Helper()
	copies++
	other := filepath.Join(t.TempDir(), fmt.Sprintf("copy%d.db", copies))
	content, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(other, content, 0o600))
	db, err := database.Open(context.Background(), other)
	must(t, err)
	err = db.InTx(context.Background(), func(ctx context.Context, tx *gorm.DB) error {
		result, err := database.Exec(ctx, tx, statement)
		if err == nil {
			if n, _ := result.RowsAffected(); n == 0 {
				t.Errorf("%s changed nothing", statement)
			}
		}
		return err
	})
	must(t, err)
	must(t, db.Close())
	return other
}
