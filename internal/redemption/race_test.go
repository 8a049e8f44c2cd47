package redemption_test

import (
	"context"
	"sync"
	"testing"

	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/fault"
	"hufen/internal/redemption"
)

func tally(t *testing.T, done <-chan error) map[string]int {
	t.Helper()
	got := make(map[string]int)
	for err := range done {
		f, refused := fault.As(err)
		switch {
		case err == nil:
			got["posted"]++
		case refused:
			got[f.Code]++
		default:
			t.Error(err)
		}
	}
	return got
}

func TestService_Redeem_TwentyTwins(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db, 1200) // enough for one
		w.freely(1_000_000)
		services := []*redemption.Service{w.Service, w.service(dbtest.Again(t, db))}
		in := w.buy(0, w.soap, 1)
		var wg sync.WaitGroup
		fresh := make(chan bool, 20)
		for i := range 20 {
			wg.Go(func() {
				r, err := services[i%2].Redeem(ctx, w.keeper, in)
				if err != nil {
					t.Error(err)
					return
				}
				fresh <- !r.Replayed
			})
		}
		wg.Wait()
		close(fresh)
		first := 0
		for f := range fresh {
			if f {
				first++
			}
		}
		if first != 1 || w.balance(0) != 0 || w.stock(w.soap) != 999 {
			t.Errorf("%d answers say redeemed, balance %s, stock %d", first, w.balance(0), w.stock(w.soap))
		}
		w.mustVerify()
	})
}

// 100 redemptions at once on points for 37, on two instances: 37, not one more
// and not one less.
func TestService_Redeem_HundredAtOnce(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db, 37*1200+1199)
		w.freely(1_000_000)
		services := []*redemption.Service{w.Service, w.service(dbtest.Again(t, db))}
		var wg sync.WaitGroup
		done := make(chan error, 100)
		for i := range 100 {
			in := w.buy(0, w.soap, 1)
			wg.Go(func() {
				_, err := services[i%2].Redeem(ctx, w.keeper, in)
				done <- err
			})
		}
		wg.Wait()
		close(done)
		if got := tally(t, done); got["posted"] != 37 || got["ledger.insufficient_points"] != 63 {
			t.Errorf("got %v", got)
		}
		if w.balance(0) != 1199 || w.stock(w.soap) != 963 {
			t.Errorf("balance %s, stock %d", w.balance(0), w.stock(w.soap))
		}
		w.mustVerify()
	})
}

func TestService_Redeem_LastFive(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db, 100_000, 100_000, 100_000, 100_000)
		w.freely(1_000_000)
		oil := w.add("菜油", "瓶", 3000, 5)
		services := []*redemption.Service{w.Service, w.service(dbtest.Again(t, db))}
		var wg sync.WaitGroup
		done := make(chan error, 20)
		for i := range 20 {
			in := w.buy(i%4, oil, 1)
			in.Items = append(in.Items, redemption.Line{GoodsID: w.soap.ID, Quantity: 1})
			wg.Go(func() {
				_, err := services[i%2].Redeem(ctx, w.keeper, in)
				done <- err
			})
		}
		wg.Wait()
		close(done)
		if got := tally(t, done); got["posted"] != 5 || got["redemption.out_of_stock"] != 15 {
			t.Errorf("got %v", got)
		}
		if w.stock(oil) != 0 || w.stock(w.soap) != 995 {
			t.Errorf("%d oil, %d soap", w.stock(oil), w.stock(w.soap))
		}
		w.mustVerify()
	})
}
