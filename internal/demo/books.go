package demo

import (
	"context"
	"fmt"
	"math/rand/v2"

	"hufen/internal/calendar"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/settlement"
)

// Months are closed on the sixth of the next one. The last whole month waits for
// whoever looks at the town; what it lacks is to be seen there.
const closingDay = 6

// closes is the month whose books are closed on a day, 0 for none.
func (t *town) closes(day calendar.Day) calendar.Month {
	month := day.Month().AddMonths(-1)
	if month < t.start.Month() || month.AddMonths(1) >= t.today.Month() || day != month.Next().First().AddDays(closingDay-1) {
		return 0
	}
	return month
}

// closeBooks is what a month's end asks for: the shops are settled with, the
// cadres decide what waits, everything is sealed, and the month is closed.
func (t *town) closeBooks(ctx context.Context, day calendar.Day, month calendar.Month) error {
	dice := t.dice("books", int(month))
	for i, s := range t.shops {
		t.clock.set(t.at(day, 8, 10+i))
		if err := t.settle(ctx, s, month, i == 1 && month > t.start.Month(), dice); err != nil {
			return err
		}
	}
	t.clock.set(t.at(day, 9, 0))
	if err := t.decide(ctx, dice, func(w held) bool { return w.since.Month() <= month }); err != nil {
		return err
	}
	t.clock.set(t.at(day, 9, 30))
	if _, err := t.Sealer.Seal(ctx); err != nil {
		return err
	}
	if _, err := t.closings.Close(ctx, t.finance, newID(t.clock.now(), dice), t.id, month); err != nil {
		return fmt.Errorf("close %s: %w", month, err)
	}
	return nil
}

// settle has a shop's month drawn up by its keeper and handed in, and unless the
// town lets it lie, approved and paid.
func (t *town) settle(ctx context.Context, s *shop, month calendar.Month, lies bool, dice *rand.Rand) error {
	next := func() id.ID { return newID(t.clock.now(), dice) }
	made, err := t.settlements.Create(ctx, s.keeper, settlement.NewSettlement{ID: next(), ShopID: s.id, Month: month})
	if fault.Is(err, "settlement.nothing") {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := t.settlements.Submit(ctx, s.keeper, next(), made.ID); err != nil || lies {
		return err
	}
	if _, err := t.settlements.Approve(ctx, t.official, next(), made.ID); err != nil {
		return err
	}
	today := calendar.DayOf(t.clock.now(), t.zone)
	_, err = t.settlements.Pay(ctx, t.finance, next(), made.ID, "农商行转账 "+today.String(), today)
	return err
}

// The second village's phone loses the end of the first month's last round, and
// finds it again when the month is closed.
const (
	mislaid = 6 // drop-offs
	found   = closingDay + 2
)

// mislay takes from the rounds of a day what is sent days later.
func (t *town) mislay(day calendar.Day, rounds [][]*visit) {
	if day != t.start.Month().Last() {
		return
	}
	n := max(0, len(rounds[1])-mislaid)
	rounds[1], t.mislaid = rounds[1][:n], rounds[1][n:]
}

// sendMislaid sends it: the drop-offs count for the day they happened on, their
// points are given now.
func (t *town) sendMislaid(ctx context.Context, day calendar.Day) error {
	if day != t.start.Month().Next().First().AddDays(found-1) || len(t.mislaid) == 0 {
		return nil
	}
	t.clock.set(t.at(day, 9, 0))
	for _, v := range t.mislaid {
		v.input.CardCode = v.home.card.String() // some have a new one
	}
	if err := t.send(ctx, t.villages[1], t.mislaid); err != nil {
		return err
	}
	t.keepWaiting(t.mislaid)
	return nil
}
