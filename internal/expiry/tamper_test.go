package expiry_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"gorm.io/gorm"

	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/expiry"
	"hufen/internal/ledger"
)

// Somebody with rights on the database changes one value, or deletes one row:
// verify finds it.
func TestVerify_Tampering(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		a, b, c := w.house(w.north), w.house(w.north), w.house(w.south)
		w.rule(w.town, expiry.YearEnd, 2, 20270101)
		w.rule(w.south, expiry.Idle, 5, 20270101)
		w.day(20270601)
		a.award(1000)
		b.award(500)
		c.award(300)
		w.day(20280115)
		a.award(400)
		spent := a.spend(150)
		b.unspend(b.spend(20), 20)
		w.day(20280301)
		a.award(5)
		w.run()
		a.unspend(spent, 150)
		w.mustVerify()
		tried := 0
		for table, key := range map[string]string{"expiry_rules": "id", "expiries": "entry_id"} {
			types, err := db.Read.Migrator().ColumnTypes(table)
			w.must(err)
			statements := []string{"DELETE FROM " + table}
			for _, column := range types {
				for _, value := range others(column) {
					statements = append(statements, "UPDATE "+table+" SET "+column.Name()+" = "+value)
				}
			}
			for _, statement := range statements {
				for n := range 3 {
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
		if tried < 50 {
			t.Errorf("only %d changes were tried", tried)
		}
		t.Logf("%d changes", tried)
	})
}

// An insider who also computes every hash anew still cannot take more than the
// lot: verify knows what was left of it.
func TestVerify_WrongAmount(t *testing.T) {
	for name, forge := range map[string]func(w *world, e *expiry.Expiry){
		"expiry_points": func(_ *world, e *expiry.Expiry) { e.Points++ },
		"expiry_lot":    func(_ *world, e *expiry.Expiry) { e.Through-- },
		"expiry_day":    func(_ *world, e *expiry.Expiry) { e.ExpiresOn = 20271130 },
		"expiry_early":  func(w *world, _ *expiry.Expiry) { w.day(20271231) },
		"expiry_rule":   func(w *world, e *expiry.Expiry) { e.RuleID = w.rule(w.south, expiry.YearEnd, 1, 20280101).ID },
	} {
		t.Run(name, func(t *testing.T) {
			db := dbtest.OpenSQLite(t)
			w := newWorld(t, db)
			h := w.house(w.north)
			rule := w.rule(w.town, expiry.YearEnd, 0, 20270101)
			w.day(20270601)
			h.award(1000)
			h.spend(10)
			w.day(20280101)
			e := &expiry.Expiry{HouseholdID: h.id, VillageID: h.village, RuleID: rule.ID, ExpiresOn: 20271231, Through: 2, Points: 990}
			forge(w, e)
			h.award(50)
			w.must(db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error { return expiry.Forge(ctx, tx, w.Service, e) }))
			for _, f := range w.findings() {
				if f.ID == e.EntryID.String() && f.Check == name {
					return
				}
			}
			t.Errorf("not found: %+v", w.findings())
		})
	}
}

// others are expressions of other values for a column.
func others(c gorm.ColumnType) []string {
	switch kind := strings.ToLower(c.DatabaseTypeName()); {
	case kind == "blob" || kind == "binary":
		if strings.HasSuffix(c.Name(), "_hash") {
			return []string{"x'" + strings.Repeat("a5", 32) + "'"}
		}
		return []string{"x'" + strings.Repeat("a5", 16) + "'"}
	case c.Name() == "mode":
		return []string{"'none'", "CASE mode WHEN 'idle' THEN 'year_end' ELSE 'idle' END"}
	case kind == "text" || kind == "varchar":
		return []string{"'x'", "'Europe/Zurich'"}
	}
	return []string{c.Name() + " + 1", c.Name() + " - 1"}
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
