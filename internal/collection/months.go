package collection

import (
	"cmp"
	"math/bits"
	"slices"

	"hufen/internal/calendar"
	"hufen/internal/id"
)

// share is the part of a ticket that falls into one month.
type share struct {
	month calendar.Month
	grams int64
	bits  int64 // bit d-1: day d of the month is covered
	days  int64
	rest  int64 // what rounding down left over
}

// split divides a net weight over the months of from … to by their days. The
// parts are whole grams and add up to net exactly: each is rounded down, and
// the grams left over go to the largest remainders, the earlier month first.
func split(net int64, from, to calendar.Day) []share {
	shares := monthsOf(from, to)
	days := int64(to.Sub(from) + 1)
	left := net
	for i := range shares {
		s := &shares[i]
		s.grams, s.rest = net*s.days/days, net*s.days%days
		left -= s.grams
	}
	byRest := make([]*share, len(shares))
	for i := range shares {
		byRest[i] = &shares[i]
	}
	slices.SortStableFunc(byRest, func(a, b *share) int { return cmp.Compare(b.rest, a.rest) })
	for _, s := range byRest[:min(left, int64(len(byRest)))] { // more only where somebody wrote days that no month has
		s.grams++
	}
	return shares
}

// monthsOf returns the months from … to touches, with the days it covers.
func monthsOf(from, to calendar.Day) []share {
	var shares []share
	for month := from.Month(); month <= to.Month(); month = month.Next() {
		first, last := max(from, month.First()), min(to, month.Last())
		days := int64(last-first) + 1
		shares = append(shares, share{month: month, days: days, bits: (1<<days - 1) << (first%100 - 1)})
	}
	return shares
}

// cellKey names a row of weigh_in_months.
type cellKey struct {
	village id.ID
	month   calendar.Month
}

func (k cellKey) compare(other cellKey) int {
	return cmp.Or(slices.Compare(k.village[:], other.village[:]), cmp.Compare(k.month, other.month))
}

// cell is a row of weigh_in_months: what the tickets in force say of a month.
type cell struct {
	residual, food, recyclable, hazardous int64 // grams
	residualTickets, sortedTickets        int64
	estimated                             bool
	bits                                  int64
}

// add adds a ticket's share.
func (c *cell) add(s share, w WeighIn) {
	if w.Category == Residual {
		c.residual += s.grams
		c.residualTickets++
		c.estimated = c.estimated || w.Method == Buckets
		c.bits |= s.bits
		return
	}
	c.sortedTickets++
	switch w.Category {
	case Food:
		c.food += s.grams
	case Recyclable:
		c.recyclable += s.grams
	case Hazardous:
		c.hazardous += s.grams
	}
}

// days returns how many days of the month have a ticket for residual waste.
func (c *cell) days() int64 { return int64(bits.OnesCount64(uint64(c.bits))) }

// coverage returns the share of the month's days that have one, in permille,
// rounded down.
func (c *cell) coverage(month calendar.Month) int64 { return c.days() * 1000 / int64(month.Days()) }

// cellsOf returns the cells a ticket has a part in.
func cellsOf(w WeighIn) []cellKey {
	if w.Void {
		return nil
	}
	var keys []cellKey
	for _, s := range monthsOf(w.From, w.To) {
		keys = append(keys, cellKey{w.VillageID, s.month})
	}
	return keys
}

// distinctKeys sorts the keys and drops what stands there twice. Cells are
// always locked in this order.
func distinctKeys(keys []cellKey) []cellKey {
	slices.SortFunc(keys, cellKey.compare)
	return slices.Compact(keys)
}

// empty returns cells without tickets.
func empty(keys []cellKey) map[cellKey]*cell {
	cells := make(map[cellKey]*cell, len(keys))
	for _, key := range keys {
		cells[key] = &cell{}
	}
	return cells
}

// addUp adds tickets to those of the cells they have a part in.
func addUp(cells map[cellKey]*cell, tickets []WeighIn) {
	for _, w := range tickets {
		for _, s := range split(w.NetGrams, w.From, w.To) {
			if c := cells[cellKey{w.VillageID, s.month}]; c != nil {
				c.add(s, w)
			}
		}
	}
}
