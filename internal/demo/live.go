package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"hufen/internal/calendar"
	"hufen/internal/dropoff"
	"hufen/internal/household"
	"hufen/internal/succession"
)

// live is the programme, day by day until now.
func (t *town) live(ctx context.Context) error {
	if err := t.comeAndGo(ctx); err != nil {
		return err
	}
	var tickets []ticket
	for day := t.start; day <= t.today; day = day.Next() {
		if month := t.closes(day); month != 0 {
			if err := t.closeBooks(ctx, day, month); err != nil {
				return err
			}
		}
		if err := t.sendMislaid(ctx, day); err != nil {
			return fmt.Errorf("%s: %w", day, err)
		}
		list, err := t.oneDay(ctx, day)
		if err != nil {
			return fmt.Errorf("%s: %w", day, err)
		}
		tickets = append(tickets, list...)
		if day != day.Month().Last() && day != t.today.AddDays(-1) {
			continue
		}
		if err := t.handIn(ctx, day.Month(), tickets); err != nil {
			return err
		}
		tickets = nil
	}
	return nil
}

// comeAndGo lets people return to the first village and leave the second and
// third for work, as the programme begins: the rate by head is not the raw one.
func (t *town) comeAndGo(ctx context.Context) error {
	t.clock.set(t.at(t.start, 8, 0))
	for i, change := range []struct{ every, by int }{{10, +1}, {14, -1}, {20, -1}} {
		for n, h := range t.villages[i].homes {
			if count := h.members + change.by; n%change.every == 7 && count > 0 {
				if err := t.resize(ctx, h, count, t.start); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// resize changes how many live in a household from a day on.
func (t *town) resize(ctx context.Context, h *home, count int, from calendar.Day) error {
	_, err := t.households.Change(ctx, h.village.cadre, h.id, household.Change{MemberCount: &count, From: &from})
	h.members = count
	return err
}

// oneDay is a day: the rounds, the shops, the cadres' evening, and the lorries,
// which come tomorrow morning for what today's are not weighed of yet.
func (t *town) oneDay(ctx context.Context, day calendar.Day) ([]ticket, error) {
	h := t.morning(day)
	if day == t.today {
		h = t.sofar()
	}
	mood := t.mood(day)
	rounds := make([][]*visit, len(t.villages))
	var tickets []ticket
	for i, v := range t.villages {
		dice := t.dice("round", int(day)*10+i)
		rounds[i] = t.round(v, day, h, dice, mood)
		v.discard(day, dice, soldMeanwhile, brought(rounds[i]))
		if day < t.today {
			tickets = append(tickets, t.collect(v, day, dice)...)
		}
	}
	t.mislay(day, rounds)
	t.foresee(day, rounds[0])
	if err := t.photograph(ctx, rounds); err != nil {
		return nil, err
	}
	t.clock.set(h.sent)
	if err := t.record(ctx, rounds); err != nil {
		return nil, err
	}
	dice, visits := t.dice("day", int(day)), slices.Concat(rounds...)
	if err := t.takeBack(ctx, rounds, day, h.sent, dice); err != nil {
		return nil, err
	}
	for _, do := range []func(context.Context, calendar.Day, *rand.Rand) error{t.shopping, t.evening, t.changeHomes} {
		if err := do(ctx, day, dice); err != nil {
			return nil, err
		}
	}
	t.keepWaiting(visits)
	return tickets, nil
}

// foresee makes sure that the first village's cadre has something to decide: a
// feast yesterday, a slip of the finger today.
func (t *town) foresee(day calendar.Day, visits []*visit) {
	if day < t.today.AddDays(-1) || len(visits) == 0 {
		return
	}
	v := visits[len(visits)/3]
	v.feast, v.slip = day < t.today, day == t.today
	v.input.Items[0].Grams = new(int64(v.home.members)*5_000 + 3_460)
}

// takeBack is what a cleaner does who held the wrong card under the camera: now
// and then, and today, the last of a round is undone a minute later.
func (t *town) takeBack(ctx context.Context, rounds [][]*visit, day calendar.Day, sent calendar.Micros, dice *rand.Rand) error {
	visits := rounds[dice.IntN(len(rounds))]
	if day == t.today {
		visits = rounds[0]
	} else if !chance(dice, 0.12) {
		return nil
	}
	if len(visits) == 0 || visits[len(visits)-1].dropOff.Status != dropoff.Credited {
		return nil
	}
	v := visits[len(visits)-1]
	t.clock.set(min(sent.Add(time.Minute), t.now))
	d, err := t.dropOffs.Reverse(ctx, v.home.village.cleaner, newID(t.clock.now(), dice), v.input.ID, "扫错了户卡")
	if err != nil {
		return err
	}
	v.home.balance, v.dropOff = d.Balance, d
	return nil
}

// mood is how many come out on a day: fewer on Sundays, few when it pours.
func (t *town) mood(day calendar.Day) float64 {
	dice := t.dice("weather", int(day))
	mood := min(1.08, around(dice, 1, 0.05))
	if day.Weekday() == time.Sunday {
		mood *= 0.88
	}
	if chance(dice, 0.06) {
		mood *= 0.55
	}
	return mood
}

// held is a drop-off that waits for a cadre.
type held struct {
	*visit
	since calendar.Day
}

// keepWaiting notes what waits for the cadres from now on.
func (t *town) keepWaiting(visits []*visit) {
	for _, v := range visits {
		if v.dropOff.Status == dropoff.Pending {
			t.waiting = append(t.waiting, held{v, v.dropOff.Day})
		}
	}
}

// evening is when the cadres look at what waits: not all of it at once.
func (t *town) evening(ctx context.Context, day calendar.Day, dice *rand.Rand) error {
	if day == t.today {
		return nil
	}
	t.clock.set(t.at(day, 20, 15))
	return t.decide(ctx, dice, func(w held) bool { return w.since.AddDays(4) <= day && chance(dice, 0.6) })
}

// decide has the cadres decide what is due.
func (t *town) decide(ctx context.Context, dice *rand.Rand, due func(held) bool) error {
	var later []held
	for _, w := range t.waiting {
		if !due(w) {
			later = append(later, w)
			continue
		}
		reason := "村里办席，宴席剩下的，属实"
		if w.slip {
			reason = "重量多输了一位"
		}
		d, err := t.dropOffs.Review(ctx, w.home.village.cadre, dropoff.Review{ID: newID(t.clock.now(), dice), DropOffID: w.input.ID, Accept: !w.slip, Reason: reason})
		if err != nil {
			return err
		}
		w.home.balance += d.Credited
	}
	t.waiting = later
	return nil
}

// changeHomes is what happens in families: cards are lost, children born, people
// leave for work, and one household moves away.
func (t *town) changeHomes(ctx context.Context, day calendar.Day, dice *rand.Rand) error {
	if day == t.today {
		return nil
	}
	v := t.villages[dice.IntN(len(t.villages))]
	h := v.homes[dice.IntN(len(v.homes))]
	n := day.Sub(t.start)
	if n == 50 {
		return t.moveAway(ctx, t.villages[0].homes[len(t.villages[0].homes)-1], day, dice)
	}
	switch {
	case !h.lives(day) || h.isShown():
		return nil
	case n%20 == 12:
		return t.replaceCard(ctx, h, dice)
	case n%9 == 5:
		return t.resize(ctx, h, max(1, h.members+1-2*dice.IntN(2)), day)
	}
	return nil
}

// moveAway closes a household, which gives up its points.
func (t *town) moveAway(ctx context.Context, h *home, day calendar.Day, dice *rand.Rand) error {
	h.gone = day
	_, err := t.successions.Record(ctx, h.village.cadre, succession.Input{ID: newID(t.clock.now(), dice), Kind: succession.Close,
		HouseholdID: h.id, From: day, Reason: "全家搬到外地"})
	return err
}

func (t *town) replaceCard(ctx context.Context, h *home, dice *rand.Rand) error {
	card, _, err := t.households.Replace(ctx, h.village.cadre, h.cardID, newID(t.clock.now(), dice), "户卡丢失")
	if err != nil {
		return err
	}
	h.card, h.cardID = t.Keys.Code(card.ID, card.Version), card.ID
	return nil
}
