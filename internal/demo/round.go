package demo

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"time"

	"hufen/internal/calendar"
	"hufen/internal/dropoff"
	"hufen/internal/id"
)

// visit is one household's drop-off of a round, and what became of it.
type visit struct {
	home    *home
	input   dropoff.Input
	feast   bool // far too heavy, and true
	slip    bool // far too heavy, and mistyped
	dropOff *dropoff.DropOff
}

// hours is when a round begins and ends, and when the phone has a network again.
type hours struct {
	from, to, sent calendar.Micros
	share          float64 // of the households that are reached by then
}

// morning is a round's usual hours.
func (t *town) morning(day calendar.Day) hours {
	return hours{t.at(day, 6, 25), t.at(day, 10, 40), t.at(day, 10, 50), 1}
}

// sofar is today's round: as far as it is now, and at night a short one before
// dawn, so that there is something to see at every hour.
func (t *town) sofar() hours {
	h := t.morning(t.today)
	if h.sent <= t.now {
		return h
	}
	midnight := t.today.Start(t.zone)
	h.sent = t.now
	h.to = max(midnight, t.now.Add(-5*time.Minute))
	h.from = max(midnight, min(h.from, h.to.Add(-2*time.Hour)))
	h.share = min(1, max(0.4, float64(h.to-h.from)/float64(4*time.Hour/time.Microsecond)))
	return h
}

// round is a day's round of a village: who comes, with what, and when.
func (t *town) round(v *village, day calendar.Day, h hours, dice *rand.Rand, mood float64) []*visit {
	var visits []*visit
	for _, home := range v.homes {
		if !home.takesPart || !home.lives(day) || day < t.start.AddDays(home.joins) || !chance(dice, home.comes*mood) {
			continue
		}
		visits = append(visits, &visit{home: home})
	}
	turn := dice.IntN(len(visits) + 1) // not every round begins in the first group
	visits = append(visits[turn:], visits[:turn]...)
	visits = visits[:int(math.Ceil(float64(len(visits))*h.share))]
	at, step := h.from, (h.to-h.from)/calendar.Micros(len(visits)+1)
	for _, visit := range visits {
		at += 1 + calendar.Micros(dice.Int64N(int64(max(1, 2*step-1))))
		t.fill(visit, day, min(at, h.to), dice)
	}
	return visits
}

// fill makes up what a household brings.
func (t *town) fill(visit *visit, day calendar.Day, at calendar.Micros, dice *rand.Rand) {
	h, v := visit.home, visit.home.village
	v.sent++
	in := dropoff.Input{
		ID: newID(at, dice), CardCode: h.card.String(), HappenedAt: at, DeviceID: id.Some(v.phone), DeviceSeq: v.sent,
		Items: []dropoff.ItemInput{{Item: "food", Grams: new(h.kitchenGrams(day, dice))}},
	}
	h.last = day
	if !chance(dice, v.atDoor) {
		in.PointID = id.Some(v.points[dice.IntN(len(v.points))])
	}
	if chance(dice, 0.55) {
		in.Items = append(in.Items, dropoff.ItemInput{Item: "residual", Grade: h.grade(dice)})
	}
	if chance(dice, 0.13) {
		in.Items = append(in.Items, recyclable(dice))
	}
	if chance(dice, 0.01) {
		in.Items = append(in.Items, dropoff.ItemInput{Item: "battery", Pieces: new(1 + dice.Int64N(4))})
	}
	switch doubt := dice.Float64(); {
	case doubt < 0.0006: // what a feast leaves behind
		visit.feast = true
		in.Items[0].Grams = new(int64(h.members)*5_000 + 2_000 + 10*dice.Int64N(600))
	case doubt < 0.0012: // a digit too many
		visit.slip = true
		in.Items[0].Grams = new(min(59_000, int64(h.members)*5_000+4_000+10*dice.Int64N(900)))
	}
	visit.input = in
}

// kitchenGrams is the kitchen waste a household brings: that of the days since
// it came last, less what goes to the hens and what is not separated. The scale
// shows steps of 10 g.
func (h *home) kitchenGrams(day calendar.Day, dice *rand.Rand) int64 {
	days := 1
	if h.last != 0 {
		days = min(daysKept, max(1, day.Sub(h.last)))
	}
	kilos := float64(h.members*days) * h.village.wasteKg * kitchenShare * season(day.Month()) * h.brings
	return max(50, int64(kilos*math.Exp(around(dice, -0.03, 0.25))*100)*10)
}

// grade is how well the residual waste was separated.
func (h *home) grade(dice *rand.Rand) string {
	switch luck := h.care*0.6 + dice.Float64()*0.4; {
	case luck > 0.55:
		return dropoff.Excellent
	case luck > 0.30:
		return dropoff.Good
	case luck > 0.10:
		return dropoff.Fair
	}
	return dropoff.Poor
}

func recyclable(dice *rand.Rand) dropoff.ItemInput {
	grams := func(item string, least, most int64) dropoff.ItemInput {
		return dropoff.ItemInput{Item: item, Grams: new(least + 10*dice.Int64N((most-least)/10))}
	}
	pieces := func(item string, least, most int64) dropoff.ItemInput {
		return dropoff.ItemInput{Item: item, Pieces: new(least + dice.Int64N(most-least))}
	}
	switch dice.IntN(9) {
	case 0, 1, 2:
		return grams("recyclable.paper", 300, 2_600)
	case 3:
		return grams("recyclable.plastic", 100, 900)
	case 4:
		return grams("recyclable.metal", 100, 700)
	case 5:
		return grams("recyclable.glass", 400, 1_600)
	case 6:
		return pieces("bottle", 6, 30)
	case 7:
		return pieces("bag", 25, 90)
	}
	return pieces("cigarette_box", 8, 36)
}

// gramsOfPiece is what a counted thing weighs, for the heap.
var gramsOfPiece = map[string]int64{"bottle": 22, "bag": 4, "cigarette_box": 6, "battery": 23}

// brought adds up what the visits really brought.
func brought(visits []*visit) heap {
	var sum heap
	for _, visit := range visits {
		for i, item := range visit.input.Items {
			var grams int64
			if item.Grams != nil {
				grams = *item.Grams
			}
			if item.Pieces != nil {
				grams = *item.Pieces * gramsOfPiece[item.Item]
			}
			switch {
			case item.Item == "residual":
			case item.Item == "battery":
				sum.hazardous += grams
			case i > 0:
				sum.recyclable += grams
			case visit.slip:
				sum.food += grams / 10
			default:
				sum.food += grams
			}
		}
	}
	return sum
}

// record sends the rounds of all villages at once, as phones do that were out of
// reach until then.
func (t *town) record(ctx context.Context, rounds [][]*visit) error {
	errs := make([]error, len(rounds))
	var group sync.WaitGroup
	for i, visits := range rounds {
		if len(visits) == 0 {
			continue
		}
		group.Go(func() { errs[i] = t.send(ctx, t.villages[i], visits) })
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// send records a village's round and keeps the balances and what waits.
func (t *town) send(ctx context.Context, v *village, visits []*visit) error {
	inputs := make([]dropoff.Input, len(visits))
	for i, visit := range visits {
		inputs[i] = visit.input
	}
	for i, outcome := range t.dropOffs.RecordAll(ctx, v.cleaner, inputs) {
		if outcome.Err != nil {
			return fmt.Errorf("%s %s %s: %w", v.name, visits[i].home.group, visits[i].home.number, outcome.Err)
		}
		visits[i].dropOff = outcome.DropOff
		if outcome.DropOff.HasBalance {
			visits[i].home.balance = outcome.DropOff.Balance
		}
	}
	return nil
}
