package dropoff_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/dropoff"
	"hufen/internal/ledger"
	"hufen/internal/ledger/ledgertest"
)

// checks are what verify checks of drop-offs and what they stand on.
var checks = []ledgertest.Check{ledger.Verify, dropoff.Verify}

func mustVerify(t *testing.T, db *database.DB) {
	t.Helper()
	ledgertest.MustVerify(t, db, checks...)
}

// The database fails at every statement in turn, in each way it asks to begin
// anew. The drop-off is recorded all the same, once.
func TestService_Record_StatementFails(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, 1)
		faulty, faults := dbtest.Faulty(t, db)
		service := dropoff.New(faulty, w.divisions, calendar.Shanghai)
		defer service.Close()
		faults.Reset()
		if _, err := service.Record(context.Background(), w.cleaner, w.paper(0, 10)); err != nil {
			t.Fatal(err)
		}
		statements := faults.Statements()
		if statements < 8 {
			t.Fatalf("a drop-off took %d statements", statements)
		}
		recorded := 1
		for _, cause := range append(dbtest.Retryable(db.Dialect), dbtest.ErrConnectionLost) {
			for n := 1; n <= statements; n++ {
				faults.FailAt(n, cause)
				if _, err := service.Record(context.Background(), w.cleaner, w.paper(0, 10)); err != nil {
					t.Errorf("statement %d failed with %v: %v", n, cause, err)
				}
				recorded++
			}
		}
		if got, want := int(w.balance(0)), 2*recorded; got != want {
			t.Errorf("balance %d, want %d", got, want)
		}
		mustVerify(t, db)
	})
}

// The reply to COMMIT is lost, or COMMIT itself: the service finds out which
// and answers as if nothing had happened.
func TestService_Record_CommitLost(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, 1)
		faulty, faults := dbtest.Faulty(t, db)
		service := dropoff.New(faulty, w.divisions, calendar.Shanghai)
		defer service.Close()
		for i, lose := range []func(){faults.LoseCommit, faults.LoseReply, func() { faults.FailCommit(dbtest.Retryable(db.Dialect)[0]) }} {
			lose()
			if _, err := service.Record(context.Background(), w.cleaner, w.paper(0, 100)); err != nil {
				t.Errorf("way %d: %v", i, err)
			}
			if got := w.balance(0); int(got) != 20*(i+1) {
				t.Errorf("way %d: balance %s", i, got)
			}
		}
		mustVerify(t, db)
	})
}

// One item the database cannot take does not hold up its neighbours.
func TestService_RecordAll_BadNeighbour(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, 8)
		faulty, faults := dbtest.Faulty(t, db)
		service := dropoff.New(faulty, w.divisions, calendar.Shanghai)
		defer service.Close()
		inputs := make([]dropoff.Input, 8)
		for i := range inputs {
			inputs[i] = w.paper(i, 100)
		}
		faults.FailAt(3, errors.New("disk on fire"))
		for i, o := range service.RecordAll(context.Background(), w.cleaner, inputs) {
			if o.Err != nil {
				t.Errorf("drop-off %d: %v", i, o.Err)
			}
		}
		mustVerify(t, db)
	})
}

// A balance that somebody with rights on the database set back does not make its
// neighbours fail, nor an old number of the account come twice.
func TestService_RecordAll_NumberTaken(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, 4)
		inputs := func() []dropoff.Input {
			return []dropoff.Input{w.paper(0, 100), w.paper(1, 100), w.paper(2, 100), w.paper(3, 100)}
		}
		for _, o := range w.RecordAll(context.Background(), w.cleaner, inputs()) {
			if o.Err != nil {
				t.Fatal(o.Err)
			}
		}
		account := ledger.HouseholdAccount(w.households[1], w.village)
		shift := func(by int) {
			err := db.InTx(context.Background(), func(ctx context.Context, tx *gorm.DB) error {
				_, err := database.Exec(ctx, tx, "UPDATE account_balances SET version = version + ? WHERE account_id = ?", by, account.ID[:])
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		shift(-1)
		for i, o := range w.RecordAll(context.Background(), w.cleaner, inputs()) {
			if (o.Err != nil) != (i == 1) {
				t.Errorf("drop-off %d: %v", i, o.Err)
			}
		}
		shift(1)
		mustVerify(t, db)
	})
}

// Two instances, many callers, the same few households: nothing is lost and
// nothing counted twice.
func TestService_Record_TwoInstances(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		const callers, each, households = 16, 25, 5
		w := newWorld(t, db, households)
		other := dropoff.New(dbtest.Again(t, db), w.divisions, calendar.Shanghai)
		defer other.Close()
		var wg sync.WaitGroup
		for caller := range callers {
			service := []*dropoff.Service{w.Service, other}[caller%2]
			wg.Go(func() {
				for i := range each {
					if _, err := service.Record(context.Background(), w.cleaner, w.paper((caller+i)%households, 10)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		total := 0
		for i := range households {
			total += int(w.balance(i))
		}
		if total != callers*each*2 {
			t.Errorf("balances add up to %d, want %d", total, callers*each*2)
		}
		mustVerify(t, db)
	})
}
