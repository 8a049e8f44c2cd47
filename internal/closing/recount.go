package closing

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"time"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
)

// Recount adds the lines of the ledger up again by day, beside a walk through
// the book. It grows with the cells of the book by day, by 85 bytes each, not with
// the lines.
type Recount struct {
	zone   *time.Location
	owners map[id.ID]id.ID // of accounts without a village
	booked map[int64]bool  // seals in the book by month

	mu   sync.Mutex
	days daySums // of booked seals
	all  sums    // by month
}

// NewRecount returns a recount that has met no page yet. Months begin in zone.
func NewRecount(ctx context.Context, tx *gorm.DB, zone *time.Location) (*Recount, error) {
	c := &Recount{zone: zone, owners: map[id.ID]id.ID{}, booked: map[int64]bool{}, days: newDaySums(), all: sums{}}
	err := database.Each(ctx, tx, func(row database.Row) error {
		owner, _ := ownerOf(row.Text(1)) // a code that names nobody is found by its account's id
		c.owners[row.ID(0)] = owner
		return nil
	}, `SELECT id, code FROM accounts WHERE village_id IS NULL`)
	if err != nil {
		return nil, fmt.Errorf("read owners of accounts: %w", err)
	}
	err = database.Each(ctx, tx, func(row database.Row) error {
		c.booked[row.Int(0)] = true
		return nil
	}, `SELECT height FROM book_seals`)
	if err != nil {
		return nil, fmt.Errorf("read booked seals: %w", err)
	}
	return c, nil
}

// Page adds the lines of a page up. It is a ledger.Part.
func (c *Recount) Page(_ context.Context, _ *gorm.DB, p *ledger.Page, _ *ledger.Report) error {
	booked, others := sums{}, sums{} // by day
	var day calendar.Day
	var from, until calendar.Micros // of day
	for i := range p.Records {
		e := p.Records[i].Entry
		if e == nil {
			continue
		}
		if e.RecordedAt < from || e.RecordedAt >= until {
			day = calendar.DayOf(e.RecordedAt, c.zone)
			from, until = day.Start(c.zone), day.Next().Start(c.zone)
		}
		to := others
		if c.booked[p.Records[i].Height()] {
			to = booked
		}
		for k := range e.Lines {
			if l := &e.Lines[k]; l.Account.Kind != "" { // "": an account that is not there
				to[cell{int32(day), c.ownerOf(&l.Account), l.Account.Kind, e.Kind}] += l.Points
			}
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for at, amount := range booked {
		c.days.add(at, amount)
		c.all[at.ofMonth()] += amount
	}
	for at, amount := range others {
		c.all[at.ofMonth()] += amount
	}
	return nil
}

func (c *Recount) ownerOf(a *ledger.Account) id.ID {
	if a.VillageID.Valid {
		return a.VillageID.ID
	}
	return c.owners[a.ID]
}

// ofMonth is the cell of the month of a day.
func (c cell) ofMonth() cell {
	c.period = int32(calendar.Day(c.period).Month())
	return c
}

// verifyBook holds the book against the lines: those of booked seals have to be
// in it.
func (c *Recount) verifyBook(ctx context.Context, tx *gorm.DB, r *ledger.Report) error {
	if err := verifySeals(ctx, tx, r); err != nil {
		return err
	}
	months := sums{}
	for at, amount := range c.days.all() {
		months[at.ofMonth()] += amount
	}
	if err := verifyCells(ctx, tx, r, "book_days", "day", &c.days); err != nil {
		return err
	}
	return verifyCells(ctx, tx, r, "book_months", "month", months)
}

// daySums are sums of which there are many: a kind is a number in them.
type daySums struct {
	sums    map[dayCell]points.Points
	kinds   []string
	numbers map[string]uint16
}

// dayCell is a cell with the numbers of its kinds.
type dayCell struct {
	ownerID        id.ID
	day            int32
	account, entry uint16
}

func newDaySums() daySums {
	return daySums{sums: make(map[dayCell]points.Points), numbers: make(map[string]uint16)}
}

// number returns the number of a kind, a new one for a new kind.
func (s *daySums) number(kind string) uint16 {
	n, known := s.numbers[kind]
	if !known {
		n = uint16(len(s.kinds))
		s.kinds, s.numbers[kind] = append(s.kinds, kind), n
	}
	return n
}

func (s *daySums) add(c cell, amount points.Points) {
	s.sums[dayCell{c.ownerID, c.period, s.number(c.account), s.number(c.entry)}] += amount
}

func (s *daySums) take(c cell) points.Points {
	account, known := s.numbers[c.account]
	entry, also := s.numbers[c.entry]
	if !known || !also { // no line has such a kind
		return 0
	}
	at := dayCell{c.ownerID, c.period, account, entry}
	amount := s.sums[at]
	delete(s.sums, at)
	return amount
}

func (s *daySums) all() iter.Seq2[cell, points.Points] {
	return func(yield func(cell, points.Points) bool) {
		for at, amount := range s.sums {
			if !yield(cell{at.day, at.ownerID, s.kinds[at.account], s.kinds[at.entry]}, amount) {
				return
			}
		}
	}
}
