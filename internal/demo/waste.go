package demo

import (
	"math/rand/v2"

	"hufen/internal/calendar"
)

// Published figures of rural waste: 72 % of it rots, and households sold some of
// the rest to dealers before anybody gave points for it.
const (
	kitchenShare    = 0.72
	soldBefore      = 0.06
	soldMeanwhile   = 0.03
	daysKept        = 3 // kitchen waste is kept so long at most
	weighbridgeStep = 10_000
)

// season is how much more or less waste a month of the year has: festivals and
// melons make more.
func season(month calendar.Month) float64 {
	return []float64{1.01, 1.10, 0.97, 0.96, 0.99, 1.02, 1.06, 1.07, 1.01, 1.00, 0.97, 0.99}[month.OfYear()-1]
}

// heap is what of a village's waste waits for a lorry, in grams.
type heap struct {
	residual, food, recyclable, hazardous int64
}

// people returns how many live in a village on a day.
func (v *village) people(day calendar.Day) int {
	n := 0
	for _, h := range v.homes {
		if h.lives(day) {
			n += h.members
		}
	}
	return n
}

// discard adds a day's waste to the heap. What households brought that day was
// part of it and goes another way.
func (v *village) discard(day calendar.Day, dice *rand.Rand, sold float64, brought heap) {
	everything := float64(v.people(day)) * v.wasteKg * 1000 * season(day.Month()) * max(0.7, around(dice, 1, 0.06))
	away := brought.food + brought.recyclable + brought.hazardous
	v.waste.residual += max(0, int64(everything*(1-sold))-away)
	v.waste.food += brought.food
	v.waste.recyclable += brought.recyclable
	v.waste.hazardous += brought.hazardous
}
