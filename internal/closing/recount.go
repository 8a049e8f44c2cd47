package closing

import (
	"context"
	"fmt"
	"sync"
	"time"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
	"hufen/internal/ledger"
)

// Recount adds the lines of the ledger up again by day, beside a walk through
// the book. It grows with the cells of the book by day, not with the lines.
type Recount struct {
	zone   *time.Location
	owners map[id.ID]id.ID // of accounts without a village
	booked map[int64]bool  // seals in the book by month

	mu   sync.Mutex
	days sums // of booked seals
	all  sums // by month
}

// NewRecount returns a recount that has met no page yet. Months begin in zone.
func NewRecount(ctx context.Context, tx *gorm.DB, zone *time.Location) (*Recount, error) {
	c := &Recount{zone: zone, owners: map[id.ID]id.ID{}, booked: map[int64]bool{}, days: sums{}, all: sums{}}
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
		c.days[at] += amount
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
	for at, amount := range c.days {
		months[at.ofMonth()] += amount
	}
	if err := verifyCells(ctx, tx, r, "book_days", "day", c.days); err != nil {
		return err
	}
	return verifyCells(ctx, tx, r, "book_months", "month", months)
}
