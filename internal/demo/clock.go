package demo

import (
	"encoding/binary"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"hufen/internal/calendar"
	"hufen/internal/id"
)

// clock is the time in the town. The services of the simulation live by it.
type clock struct{ at atomic.Int64 }

func (c *clock) now() calendar.Micros { return calendar.Micros(c.at.Load()) }

func (c *clock) set(at calendar.Micros) { c.at.Store(int64(at)) }

// dice returns the random numbers of one part of the town's life. Every part has
// its own, so that what one of them uses up changes no other.
func (t *town) dice(part string, n int) *rand.Rand {
	var mixed uint64 = 14695981039346656037 // FNV-1a
	for _, b := range []byte(part) {
		mixed = (mixed ^ uint64(b)) * 1099511628211
	}
	return rand.New(rand.NewPCG(t.seed, mixed+uint64(n)*0x9e3779b97f4a7c15))
}

// newID makes the identifier a phone would have made at an instant: a UUID of
// version 7 whose random bits come from the dice.
func newID(at calendar.Micros, dice *rand.Rand) id.ID {
	var made id.ID
	binary.BigEndian.PutUint64(made[:8], uint64(at/1000)<<16|0x7000|uint64(at%1000)*4096/1000)
	binary.BigEndian.PutUint64(made[8:], dice.Uint64()>>2|1<<63)
	return made
}

// at returns an instant of a day.
func (t *town) at(day calendar.Day, hour, minute int) calendar.Micros {
	return day.Start(t.zone).Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
}

// chance is true with a probability.
func chance(dice *rand.Rand, p float64) bool { return dice.Float64() < p }

// around returns a number near mean, seldom further off than three times spread.
func around(dice *rand.Rand, mean, spread float64) float64 { return mean + dice.NormFloat64()*spread }
