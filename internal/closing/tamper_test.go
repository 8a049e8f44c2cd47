package closing_test

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
		tried := 0
		for table, key := range map[string]string{"closing_acts": "id", "closing_villages": "act_id", "closing_figures": "act_id",
			"book_seals": "height", "book_days": "day", "book_months": "month"} {
			types, err := db.Read.Migrator().ColumnTypes(table)
			w.must(err)
			statements := []string{"DELETE FROM " + table}
			for _, c := range types {
				statements = append(statements, "UPDATE "+table+" SET "+c.Name()+" = "+other(c))
			}
			for _, statement := range statements {
				for n := range 6 {
					where := fmt.Sprintf(" WHERE %s = (SELECT k FROM (SELECT DISTINCT %s AS k FROM %s ORDER BY %s LIMIT 1 OFFSET %d) one)", key, key, table, key, n)
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
		account := w.account(0)
		for _, statement := range []string{
			"UPDATE account_balances SET closed_until = closed_until + 1",
			"UPDATE account_balances SET closed_until = 0 WHERE account_id = " + fmt.Sprintf("x'%x'", account.ID[:]),
			"UPDATE closing_figures SET value = value - 1 WHERE name = 'opening'",
		} {
			if found, changed := tamper(t, db, statement); !found || !changed {
				t.Errorf("%s: changed %v, found %v", statement, changed, found)
			}
		}
		if tried < 60 {
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
