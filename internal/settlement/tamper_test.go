package settlement_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"gorm.io/gorm"

	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/id"
	"hufen/internal/ledger"
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
		tried := 0
		for table, key := range map[string]string{"settlements": "id", "settlement_items": "entry_id", "settlement_claims": "entry_id", "settlement_acts": "id"} {
			types, err := db.Read.Migrator().ColumnTypes(table)
			w.must(err)
			statements := []string{"DELETE FROM " + table}
			for _, c := range types {
				statements = append(statements, "UPDATE "+table+" SET "+c.Name()+" = "+other(c))
			}
			for _, statement := range statements {
				for n := range 11 {
					where := fmt.Sprintf(" WHERE %s = (SELECT k FROM (SELECT %s AS k FROM %s ORDER BY %s LIMIT 1 OFFSET %d) one)", key, key, table, key, n)
					found, changed := tamper(t, db, statement+where)
					if changed {
						tried++
					}
					if changed && !found {
						t.Errorf("%s%s was not found", statement, where)
					}
				}
			}
		}
		if tried < 100 {
			t.Errorf("only %d changes were tried", tried)
		}
	})
}

// other is an expression of another value for a column.
func other(c gorm.ColumnType) string {
	switch kind := strings.ToLower(c.DatabaseTypeName()); {
	case kind == "blob" || kind == "binary":
		if strings.HasSuffix(c.Name(), "_hash") {
			return "x'" + strings.Repeat("a5", 32) + "'"
		}
		return "x'" + strings.Repeat("a5", 16) + "'"
	case kind == "text" || kind == "varchar":
		return "'x'"
	}
	return "COALESCE(" + c.Name() + ", 0) + 1"
}

var errUndo = errors.New("undo")

// tamper makes a change, verifies, and takes the change back.
func tamper(t *testing.T, db *database.DB, statement string) (found, changed bool) {
	t.Helper()
	err := db.InTx(context.Background(), func(ctx context.Context, tx *gorm.DB) error {
		result, err := database.Exec(ctx, tx, statement)
		if err != nil {
			return errUndo // a constraint stood in the way
		}
		if n, _ := result.RowsAffected(); n == 0 {
			return errUndo
		}
		changed = true
		var r ledger.Report
		if err := verifyAll(ctx, tx, &r); err != nil {
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
