package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"hufen/internal/calendar"
	"hufen/internal/id"
	"hufen/internal/points"
	"hufen/internal/redemption"
)

// confirmFrom is from where on a household has to confirm, until yesterday; from
// today on it always has to. setRules says so to the town.
const confirmFrom points.Points = 1000_00

// errand is a household on its way to the shop.
type errand struct {
	home *home
	in   redemption.Input
	done *redemption.Redemption
}

// shopping is a day in the shops: deliveries on Mondays, and customers at noon,
// in the afternoon and before closing time.
func (t *town) shopping(ctx context.Context, day calendar.Day, dice *rand.Rand) error {
	if day == t.today {
		return t.shoppingSoFar(ctx, dice)
	}
	if day.Weekday() == time.Monday {
		t.clock.set(t.at(day, 11, 30))
		if err := t.deliver(ctx, dice); err != nil {
			return err
		}
	}
	for _, hour := range []int{12, 16, 18} {
		t.clock.set(t.at(day, hour, dice.IntN(50)))
		done, err := t.serve(ctx, t.customers(0.05, dice))
		if err != nil {
			return err
		}
		if hour == 16 && len(done) > 0 && chance(dice, 0.1) {
			if err := t.giveBack(ctx, done[0], dice); err != nil {
				return err
			}
		}
	}
	return nil
}

// shoppingSoFar is the shops' day until now.
func (t *town) shoppingSoFar(ctx context.Context, dice *rand.Rand) error {
	t.clock.set(max(t.clock.now(), t.now.Add(-3*time.Minute)))
	done, err := t.serve(ctx, t.customers(0.06, dice))
	if err != nil || len(done) == 0 {
		return err
	}
	return t.giveBack(ctx, done[0], dice)
}

// customers are the households that have saved enough and go today.
func (t *town) customers(share float64, dice *rand.Rand) []*errand {
	var errands []*errand
	for _, v := range t.villages {
		for _, h := range v.homes {
			if h.balance >= h.saves && h.lives(calendar.DayOf(t.clock.now(), t.zone)) && chance(dice, share) {
				if e := t.basket(h, dice); e != nil {
					errands = append(errands, e)
				}
			}
		}
	}
	return errands
}

// basket picks goods the household can pay, as long as there is enough on the
// shelf; nil where nothing fits.
func (t *town) basket(h *home, dice *rand.Rand) *errand {
	budget := h.balance
	if h.isShown() {
		budget = max(0, budget-800_00) // keeps some for who looks at its page
	}
	e := &errand{home: h, in: redemption.Input{ID: newID(t.clock.now(), dice), CardCode: h.card.String(), ShopID: h.village.shop.id}}
	var total points.Points
	for _, k := range dice.Perm(len(h.village.shop.shelf)) {
		g := h.village.shop.shelf[k]
		most := min(int64((budget-total)/g.points), g.stock, 3)
		if most < 1 || len(e.in.Items) == 3 {
			continue
		}
		quantity := 1 + dice.Int64N(most)
		e.in.Items = append(e.in.Items, redemption.Line{GoodsID: g.id, Quantity: quantity})
		g.stock -= quantity
		total += g.points * points.Points(quantity)
		if total*10 > budget*6 {
			break
		}
	}
	if len(e.in.Items) == 0 {
		return nil
	}
	switch always := calendar.DayOf(t.clock.now(), t.zone) == t.today; {
	case total < confirmFrom && !always:
	case h.hasPIN:
		e.in.PIN = PIN
	default:
		e.in.PhotoID = id.Some(newID(t.clock.now(), dice))
	}
	return e
}

// serve redeems for all customers at once.
func (t *town) serve(ctx context.Context, errands []*errand) ([]*errand, error) {
	errs := make([]error, len(errands))
	var group sync.WaitGroup
	for i, e := range errands {
		group.Go(func() { errs[i] = t.redeem(ctx, e) })
	}
	group.Wait()
	for i, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("%s: %w", errands[i].home.village.shop.name, err)
		}
		errands[i].home.balance = errands[i].done.Balance
	}
	return errands, nil
}

func (t *town) redeem(ctx context.Context, e *errand) (err error) {
	keeper := e.home.village.shop.keeper
	if e.in.PhotoID.Valid {
		if _, err := t.dropOffs.AddPhoto(ctx, keeper, e.in.PhotoID.ID, picture(e.in.PhotoID.ID)); err != nil {
			return err
		}
	}
	e.done, err = t.redemptions.Redeem(ctx, keeper, e.in)
	return err
}

// giveBack cancels a redemption a little later.
func (t *town) giveBack(ctx context.Context, e *errand, dice *rand.Rand) error {
	t.clock.set(min(t.clock.now().Add(2*time.Minute), max(t.now, t.clock.now())))
	back, err := t.redemptions.Reverse(ctx, e.home.village.shop.keeper, newID(t.clock.now(), dice), e.in.ID, "拿错了，换一样")
	if err != nil {
		return err
	}
	e.home.balance = back.Balance
	for _, line := range e.in.Items {
		for _, g := range e.home.village.shop.shelf {
			if g.id == line.GoodsID {
				g.stock += line.Quantity
			}
		}
	}
	return nil
}

// deliver fills the shelves that run empty.
func (t *town) deliver(ctx context.Context, dice *rand.Rand) error {
	for _, s := range t.shops {
		for _, g := range s.shelf {
			if g.stock >= deliveryTo/3 {
				continue
			}
			move := redemption.StockMove{ID: newID(t.clock.now(), dice), GoodsID: g.id, Delta: deliveryTo - g.stock, Reason: redemption.Delivery}
			if _, _, err := t.redemptions.MoveStock(ctx, s.keeper, move); err != nil {
				return err
			}
			g.stock = deliveryTo
		}
	}
	return nil
}
