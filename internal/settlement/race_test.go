package settlement_test

import (
	"sync"
	"testing"

	"hufen/internal/auth"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/settlement"
)

// Twenty people decide, pay and draw up at once on two instances: each step is
// done once.
func TestService_Races(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.redeem(2)
		services := []*settlement.Service{w.Service, w.service(db)}
		at := func(n int, do func(s *settlement.Service, n int) error) (done int) {
			var all sync.WaitGroup
			var mu sync.Mutex
			for i := range n {
				all.Go(func() {
					err := do(services[i%2], i)
					mu.Lock()
					defer mu.Unlock()
					if err == nil {
						done++
					} else if _, ok := fault.As(err); !ok {
						t.Errorf("number %d: %v", i, err)
					}
				})
			}
			all.Wait()
			return done
		}
		if n := at(8, func(s *settlement.Service, _ int) error {
			_, err := s.Create(ctx, w.keeper, settlement.NewSettlement{ID: id.New(), ShopID: w.shop.ID, Month: july})
			return err
		}); n != 1 {
			t.Fatalf("drawn up %d times", n)
		}
		s := the(w.List(ctx, w.keeper, settlement.Filter{Limit: 10}))[0]
		the(w.Submit(ctx, w.keeper, id.New(), s.ID))
		if n := at(20, func(service *settlement.Service, n int) error {
			official := person(auth.Grant{Role: auth.TownOfficial, DivisionID: w.town})
			if n%5 == 4 {
				_, err := service.Reject(ctx, official, id.New(), s.ID, "不对")
				return err
			}
			_, err := service.Approve(ctx, official, id.New(), s.ID)
			return err
		}); n != 1 {
			t.Errorf("decided %d times", n)
		}
		if found := the(w.Get(ctx, w.auditor, s.ID)); found.State() == settlement.Rejected {
			s = w.submitted(july)
			the(w.Approve(ctx, w.wang, id.New(), s.ID))
		}
		if n := at(8, func(service *settlement.Service, n int) error {
			_, err := service.Pay(ctx, person(auth.Grant{Role: auth.Finance, DivisionID: w.town}), id.New(), s.ID, "凭证", 20260803)
			return err
		}); n != 1 {
			t.Errorf("paid %d times", n)
		}
		if w.owed() != 0 {
			t.Errorf("the town still owes %s", w.owed())
		}
		w.mustVerify()
	})
}

// One approval sent twenty times at once is one approval, and all hear so.
func TestService_Approve_SameID(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.redeem(2)
		s, request := w.submitted(july), id.New()
		services := []*settlement.Service{w.Service, w.service(db)}
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				if found, err := services[i%2].Approve(ctx, w.wang, request, s.ID); err != nil || found.State() != settlement.Approved {
					t.Errorf("number %d: %+v, %v", i, found, err)
				}
			})
		}
		all.Wait()
		w.mustVerify()
	})
}

// Statements are drawn up and approved while redemptions are taken back: every
// point ends where it belongs.
func TestService_RacingReversals(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		for month := july; month < 202611; month = month.Next() {
			w.today = noon(month.Next().First())
			w.redeem(3)
			wrong, late := w.redeem(1), w.redeem(2)
			var both sync.WaitGroup
			both.Go(func() { w.takeBack(wrong) })
			s := w.submitted(month)
			both.Go(func() { w.takeBack(late) })
			the(w.Approve(ctx, w.wang, id.New(), s.ID))
			both.Wait()
		}
		w.today = noon(20261201)
		w.redeem(20)
		the(w.Approve(ctx, w.wang, id.New(), w.submitted(202611).ID))
		if w.owed() != 0 {
			t.Errorf("the town still owes %s", w.owed())
		}
		w.mustVerify()
	})
}

// The database fails at every statement of an approval, in each way it asks to
// begin anew, and its COMMIT or the reply to it is lost: approved and posted
// together all the same, once.
func TestService_Approve_StatementFails(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		faulty, faults := dbtest.Faulty(t, db)
		service := w.service(faulty)
		month := july
		approve := func(spoil func()) {
			t.Helper()
			w.today = noon(month.Next().First())
			w.redeem(1)
			s := w.submitted(month)
			month = month.Next()
			spoil()
			if s, err := service.Approve(ctx, w.wang, id.New(), s.ID); err != nil || s.State() != settlement.Approved {
				t.Fatalf("got %+v, %v", s, err)
			}
		}
		approve(faults.Reset)
		statements := faults.Statements()
		if statements < 6 {
			t.Fatalf("%d statements", statements)
		}
		for _, cause := range []error{dbtest.Retryable(db.Dialect)[0], dbtest.ErrConnectionLost} {
			for n := 1; n <= statements; n++ {
				approve(func() { faults.FailAt(n, cause) })
			}
		}
		approve(faults.LoseCommit)
		approve(faults.LoseReply)
		if w.owed() != 0 {
			t.Errorf("the town still owes %s", w.owed())
		}
		w.mustVerify()
	})
}
