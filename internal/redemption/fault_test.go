package redemption_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/redemption"
)

// The database fails at every statement in turn, in each way it asks to begin
// anew. What was asked for is done all the same, once.
func TestService_StatementFails(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db, 100_000)
		w.freely(1_000_000)
		faulty, faults := dbtest.Faulty(t, db)
		service := redemption.New(faulty, w.divisions, w.houses, calendar.Shanghai)
		defer service.Close()
		redeem := func() (*redemption.Redemption, error) { return service.Redeem(ctx, w.keeper, w.buy(0, w.soap, 1)) }
		reverse := func(r *redemption.Redemption) error {
			_, err := service.Reverse(ctx, w.keeper, id.New(), r.ID, "拿错了")
			return err
		}
		count := func(do func() error) int {
			t.Helper()
			faults.Reset()
			if err := do(); err != nil {
				t.Fatal(err)
			}
			return faults.Statements()
		}
		var r *redemption.Redemption
		redeems := count(func() (err error) { r, err = redeem(); return err })
		reverses := count(func() error { return reverse(r) })
		if redeems < 10 || reverses < 8 {
			t.Fatalf("%d and %d statements", redeems, reverses)
		}
		for _, cause := range append(dbtest.Retryable(db.Dialect), dbtest.ErrConnectionLost) {
			for n := 1; n <= max(redeems, reverses); n++ {
				faults.FailAt(n, cause)
				r, err := redeem()
				if err != nil {
					t.Fatalf("statement %d failed with %v: %v", n, cause, err)
				}
				faults.FailAt(n, cause)
				if err := reverse(r); err != nil {
					t.Fatalf("statement %d of a reversal failed with %v: %v", n, cause, err)
				}
			}
		}
		if w.balance(0) != 100_000 || w.stock(w.soap) != 1000 {
			t.Errorf("balance %s, stock %d", w.balance(0), w.stock(w.soap))
		}
		for i, lose := range []func(){faults.LoseCommit, faults.LoseReply, func() { faults.FailCommit(dbtest.Retryable(db.Dialect)[0]) }} {
			lose()
			if _, err := redeem(); err != nil {
				t.Errorf("way %d: %v", i, err)
			}
		}
		if w.balance(0) != 100_000-3*1200 || w.stock(w.soap) != 997 {
			t.Errorf("after lost commits: balance %s, stock %d", w.balance(0), w.stock(w.soap))
		}
		w.mustVerify()
	})
}

// Ids with the same last bits do not get the same receipt number.
func TestService_Redeem_SameNumber(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, 100_000)
		w.freely(1_000_000)
		seen := make(map[string]bool)
		bits := id.New()
		for range 3 {
			in := w.buy(0, w.soap, 1)
			copy(in.ID[12:], bits[12:])
			r, err := w.Redeem(context.Background(), w.keeper, in)
			if err != nil {
				t.Fatal(err)
			}
			if seen[r.Number] {
				t.Errorf("number %s twice", r.Number)
			}
			seen[r.Number] = true
		}
		longest := 0
		for number := range seen {
			longest = max(longest, len(number))
		}
		if longest < len("20260714-7K3M9QX") {
			t.Errorf("numbers %v", seen)
		}
		w.mustVerify()
	})
}

// notYetProved are columns no hash or sum covers; seals will.
var notYetProved = map[string]bool{
	"redemption_items.line_no": true, // only their order counts
	"stock_moves.recorded_at":  true, "stock_moves.actor_id": true, "stock_moves.id": true, "stock_moves.reason": true,
}

// Somebody with rights on the database changes one value, or deletes one row,
// of a fact: verify finds it.
func TestVerify_Tampering(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db, 100_000)
		var last *redemption.Redemption
		for range 3 {
			in := w.buy(0, w.soap, 2)
			in.PhotoID = w.photo(w.keeper.ID)
			in.Items = append(in.Items, redemption.Line{GoodsID: w.rice.ID, Quantity: 1})
			var err error
			if last, err = w.Redeem(ctx, w.keeper, in); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.Reverse(ctx, w.keeper, id.New(), last.ID, "x"); err != nil {
			t.Fatal(err)
		}
		w.mustVerify()
		tried := 0
		for table, key := range map[string]string{"redemptions": "id", "redemption_items": "redemption_id", "stock_moves": "id"} {
			types, err := db.Read.Migrator().ColumnTypes(table)
			if err != nil {
				t.Fatal(err)
			}
			statements := []string{"DELETE FROM " + table}
			for _, c := range types {
				if !notYetProved[table+"."+c.Name()] {
					statements = append(statements, "UPDATE "+table+" SET "+c.Name()+" = "+other(c))
				}
			}
			for _, statement := range statements {
				for _, end := range []string{"ASC", "DESC"} {
					where := fmt.Sprintf(" WHERE %s = (SELECT k FROM (SELECT %s AS k FROM %s ORDER BY %s %s LIMIT 1) one)", key, key, table, key, end)
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
		if tried < 40 {
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
		if c.Name() == "confirm_method" {
			return "'pin'"
		}
		return "'x'"
	}
	return c.Name() + " + 1"
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
		if err := errors.Join(ledger.Verify(ctx, tx, &r), redemption.Verify(ctx, tx, &r)); err != nil {
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
