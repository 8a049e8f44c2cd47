package adjustment_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"gorm.io/gorm"

	"hufen/internal/adjustment"
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
		d := w.bring(20)
		r := w.buy(5)
		photo := id.New()
		w.insert("photos", "id, actor_id, content_type, sha256, bytes, created_at", photo[:], w.cadre.ID[:], "image/png", make([]byte, 32), []byte("x"), 1)
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
		tried := 0
		for _, table := range []string{"adjustments", "adjustment_acts"} {
			types, err := db.Read.Migrator().ColumnTypes(table)
			w.must(err)
			statements := []string{"DELETE FROM " + table}
			for _, c := range types {
				statements = append(statements, "UPDATE "+table+" SET "+c.Name()+" = "+other(c))
			}
			for _, statement := range statements {
				for n := range 14 {
					where := fmt.Sprintf(" WHERE id = (SELECT k FROM (SELECT id AS k FROM %s ORDER BY id LIMIT 1 OFFSET %d) one)", table, n)
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
		if tried < 150 {
			t.Errorf("only %d changes were tried", tried)
		}
		t.Logf("%d changes", tried)
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
