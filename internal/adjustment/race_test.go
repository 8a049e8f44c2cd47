package adjustment_test

import (
	"sync"
	"testing"

	"hufen/internal/adjustment"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// The same request twenty times at once, at two instances: done once.
func TestService_Twins(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		services := []*adjustment.Service{w.Service, w.service(db)}
		at20 := func(what string, do func(*adjustment.Service) (*adjustment.Adjustment, error)) {
			t.Helper()
			var all sync.WaitGroup
			for i := range 20 {
				all.Go(func() {
					if _, err := do(services[i%2]); err != nil {
						t.Errorf("%s: %v", what, err)
					}
				})
			}
			all.Wait()
		}
		small, large := w.give(1000), w.give(8000)
		at20("small", func(s *adjustment.Service) (*adjustment.Adjustment, error) { return s.Create(ctx, w.cadre, small) })
		at20("large", func(s *adjustment.Service) (*adjustment.Adjustment, error) { return s.Create(ctx, w.cadre, large) })
		w.mustHold(1000, 0)
		approval := id.New()
		at20("approve", func(s *adjustment.Service) (*adjustment.Adjustment, error) {
			return s.Approve(ctx, w.wang, approval, large.ID)
		})
		w.mustHold(9000, 0)
		back := takeBack(adjustment.Manual, large.ID)
		at20("propose", func(s *adjustment.Service) (*adjustment.Adjustment, error) {
			return s.ProposeReversal(ctx, w.cadre, back)
		})
		approval = id.New()
		at20("reverse", func(s *adjustment.Service) (*adjustment.Adjustment, error) {
			return s.Approve(ctx, w.zhang, approval, back.ID)
		})
		w.mustHold(1000, 0)
		w.mustVerify()
	})
}

// Two approvers and somebody who refuses at once: one of them is first, the
// others hear it.
func TestService_DecidersRace(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		services := []*adjustment.Service{w.Service, w.service(db), w.service(db)}
		for range 10 {
			before := w.balance()
			a := the(w.Create(ctx, w.cadre, w.give(6000)))
			var all sync.WaitGroup
			errs := make([]error, 3)
			all.Go(func() { _, errs[0] = services[0].Approve(ctx, w.zhang, id.New(), a.ID) })
			all.Go(func() { _, errs[1] = services[1].Approve(ctx, w.wang, id.New(), a.ID) })
			all.Go(func() { _, errs[2] = services[2].Refuse(ctx, w.wang, id.New(), a.ID, "x") })
			all.Wait()
			won := 0
			for _, err := range errs {
				if err == nil {
					won++
				} else {
					w.mustFault("the others", err, "adjustment.already_decided")
				}
			}
			want := before + 6000
			if errs[2] == nil {
				want = before
			}
			if won != 1 || w.balance() != want {
				t.Errorf("%d decided, the balance is %s, want %s", won, w.balance(), want)
			}
		}
		w.mustVerify()
	})
}

// A drop-off is taken back while its points are spent: either they are gone and
// owed, or the shop hears that they are not there.
func TestService_ReversalRacesSpending(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.set(division.ClawbackShare, 0)
		for range 10 {
			before, owed := w.balance(), w.clawback()
			d := w.bring(3)
			a := the(w.ProposeReversal(ctx, w.cadre, takeBack(adjustment.DropOff, d.ID)))
			var all sync.WaitGroup
			var approved, bought error
			all.Go(func() { _, approved = w.Approve(ctx, w.wang, id.New(), a.ID) })
			all.Go(func() { _, bought = w.tryBuy(1) })
			all.Wait()
			if approved != nil {
				t.Fatal(approved)
			}
			switch {
			case bought == nil:
				w.mustHold(before, owed-300)
			case fault.Is(bought, "ledger.insufficient_points"):
				w.mustHold(before, owed)
			default:
				t.Fatal(bought)
			}
		}
		w.mustVerify()
	})
}

// Two people adjust at once, each within the limit and together above it: one of
// the two waits.
func TestService_LimitRaces(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		services := []*adjustment.Service{w.Service, w.service(db)}
		var all sync.WaitGroup
		made := make([]*adjustment.Adjustment, 10)
		for i := range made {
			all.Go(func() { made[i] = the(services[i%2].Create(ctx, w.cadre, w.give(1000))) })
		}
		all.Wait()
		posted := 0
		for _, a := range made {
			if a.State() == adjustment.Posted {
				posted++
			}
		}
		if posted != 5 {
			t.Errorf("%d of 10 points each were posted under a limit of 50", posted)
		}
		w.mustHold(5000, 0)
		w.mustVerify()
	})
}
