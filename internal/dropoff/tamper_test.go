package dropoff_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"gorm.io/gorm"

	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/division"
	"hufen/internal/dropoff"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/proof"
)

var errUndo = errors.New("undo")

// notProved are columns no hash or sum covers.
var notProved = map[string]bool{
	"drop_off_items.line_no":        true, // only their order counts
	"account_balances.closed_until": true, // held against the closings by closing.Verify
}

// Somebody with rights on the database changes one value, or deletes one row,
// of a fact: verify finds it.
func TestVerify_Tampering(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db, 3)
		for i := range 3 {
			for range 3 {
				if _, err := w.Record(ctx, w.cleaner, w.paper(i, 1100)); err != nil {
					t.Fatal(err)
				}
			}
		}
		held, err := w.Record(ctx, w.cleaner, w.paper(0, 30_000))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Review(ctx, w.cadre, dropoff.Review{ID: id.New(), DropOffID: held.ID, Accept: true}); err != nil {
			t.Fatal(err)
		}
		w.credits(division.CreditRecyclable, 7, w.divisions.Today())
		for i, grams := range []int64{700, 800, 900} {
			posted := w.mustRecord(w.paper(i, grams))
			if i == 0 {
				continue // stays posted
			}
			if _, err := w.Object(ctx, w.cadre, id.New(), posted.ID, "称多了"); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Review(ctx, w.cadre, dropoff.Review{ID: id.New(), DropOffID: posted.ID, Accept: i == 1, Reason: "复称",
				Corrections: []dropoff.Correction{{Line: 1, Grams: &grams}}[:2-i]}); err != nil {
				t.Fatal(err)
			}
		}
		w.credits(division.CreditRecyclable, division.AtOnce, w.divisions.Today())
		undone, err := w.Record(ctx, w.cleaner, w.paper(1, 500))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Reverse(ctx, w.cleaner, id.New(), undone.ID, "记错了"); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Record(ctx, w.cleaner, w.paper(2, 1_000_000)); err == nil {
			t.Fatal("a tonne was recorded")
		}
		if _, err := ledger.NewSealer(db, ledger.NewKeyring(t.TempDir()), proof.Facts).SealAll(ctx); err != nil {
			t.Fatal(err)
		}
		mustVerify(t, db)

		tampered, missed := 0, 0
		try := func(what, statement string, args ...any) {
			found, changed := tamper(t, db, statement, args...)
			if !changed {
				return
			}
			tampered++
			if !found {
				missed++
				t.Errorf("%s was not found", what)
			}
		}
		for _, table := range []string{"accounts", "account_balances", "requests", "entries", "entry_lines", "drop_offs", "drop_off_items",
			"drop_off_reviews", "drop_off_review_items", "drop_off_holds", "drop_off_objections", "drop_off_postings"} {
			for _, column := range columnsOf(t, db, table) {
				if !notProved[table+"."+column.name] {
					for _, end := range []string{"ASC", "DESC"} {
						try(table+"."+column.name, fmt.Sprintf("UPDATE %s SET %s = %s WHERE %s", table, column.name, column.other, oneRow(db, table, end)))
					}
				}
			}
			for _, end := range []string{"ASC", "DESC"} {
				try("a row of "+table, "DELETE FROM "+table+" WHERE "+oneRow(db, table, end))
			}
		}
		t.Logf("%d changes, %d not found", tampered, missed)
		if tampered < 100 {
			t.Errorf("only %d changes were tried", tampered)
		}
	})
}

// tamper makes a change, verifies, and takes the change back.
func tamper(t *testing.T, db *database.DB, statement string, args ...any) (found, changed bool) {
	t.Helper()
	err := db.InTx(context.Background(), func(ctx context.Context, tx *gorm.DB) error {
		result, err := database.Exec(ctx, tx, statement, args...)
		if err != nil {
			return errUndo // a constraint stood in the way
		}
		if n, _ := result.RowsAffected(); n == 0 {
			return errUndo
		}
		changed = true
		var r ledger.Report
		if err := errors.Join(ledger.Verify(ctx, tx, &r), dropoff.Verify(ctx, tx, &r)); err != nil {
			return err
		}
		if _, err := ledger.VerifySeals(ctx, tx, &r, proof.Facts, nil); err != nil {
			return err
		}
		found = !r.Clean()
		return errUndo
	})
	if !errors.Is(err, errUndo) {
		t.Fatalf("%s: %v", statement, err)
	}
	return found, changed
}

// oneRow is the condition for the first or last row of a table.
func oneRow(db *database.DB, table, end string) string {
	key := map[string]string{"accounts": "id", "account_balances": "account_id", "requests": "id", "entries": "id", "entry_lines": "line_hash",
		"drop_offs": "id", "drop_off_items": "drop_off_id", "drop_off_reviews": "drop_off_id", "drop_off_review_items": "drop_off_id", "drop_off_holds": "drop_off_id",
		"drop_off_objections": "drop_off_id", "drop_off_postings": "drop_off_id"}[table]
	return fmt.Sprintf("%s = (SELECT k FROM (SELECT %s AS k FROM %s ORDER BY %s %s LIMIT 1) one)", key, key, table, key, end)
}

type column struct{ name, other string }

// columnsOf returns a table's columns, each with an expression of another value.
func columnsOf(t *testing.T, db *database.DB, table string) []column {
	t.Helper()
	types, err := db.Read.Migrator().ColumnTypes(table)
	if err != nil {
		t.Fatal(err)
	}
	var columns []column
	for _, c := range types {
		other := "COALESCE(" + c.Name() + ", 0) + 1"
		switch c.DatabaseTypeName() {
		case "BLOB", "blob", "BINARY", "binary":
			other = "x'00112233445566778899aabbccddeeff'"
			if n, ok := c.Length(); ok && n == 32 || len(c.Name()) > 5 && c.Name()[len(c.Name())-5:] == "_hash" {
				other = "x'00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff'"
			}
		case "TEXT", "text", "VARCHAR", "varchar":
			other = "'x'"
		}
		columns = append(columns, column{c.Name(), other})
	}
	return columns
}
