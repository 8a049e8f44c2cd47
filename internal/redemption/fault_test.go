package redemption_test

import (
	"context"
	"testing"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/id"
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
