package ledger

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
)

// Pick is a query for requests or entries of some kinds that should not be. The
// kinds are rare and have no index, so a walk through the book, which meets all
// rows anyway, asks about those of each page.
type Pick struct {
	Check, Text string
	Entries     bool     // it is about entries e, not requests q
	Kinds       []string // of those
	SQL         string   // returns ids; %s stands for the condition on which rows
}

// Picks returns the part of a walk that asks about the rows of each page.
func Picks(picks []Pick) Part {
	wanted := make(map[string]bool)
	for _, pick := range picks {
		for _, kind := range pick.Kinds {
			wanted[kind] = true
		}
	}
	return func(ctx context.Context, tx *gorm.DB, p *Page, r *Report) error {
		requests, entries := make(map[string][]any), make(map[string][]any)
		for i := range p.Records {
			rec := &p.Records[i]
			if q := rec.Request; q != nil && wanted[q.Kind] {
				requests[q.Kind] = append(requests[q.Kind], rec.ID[:])
			}
			if e := rec.Entry; e != nil && wanted[e.Kind] {
				entries[e.Kind] = append(entries[e.Kind], rec.ID[:])
			}
		}
		for _, pick := range picks {
			from, column := requests, "q.id"
			if pick.Entries {
				from, column = entries, "e.id"
			}
			for _, kind := range pick.Kinds {
				for some := range slices.Chunk(from[kind], listSize) {
					where, args := Selection{ids: some}.Where(column)
					if err := findIDs(ctx, tx, r, pick.Check, pick.Text, fmt.Sprintf(pick.SQL, where), args...); err != nil {
						return err
					}
				}
			}
		}
		return nil
	}
}

// FindPicks asks about all rows there are, without a walk.
func (r *Report) FindPicks(ctx context.Context, tx *gorm.DB, picks []Pick) error {
	for _, pick := range picks {
		where := "q.kind"
		if pick.Entries {
			where = "e.kind"
		}
		where += " IN ('" + strings.Join(pick.Kinds, "', '") + "')"
		if err := findIDs(ctx, tx, r, pick.Check, pick.Text, fmt.Sprintf(pick.SQL, where)); err != nil {
			return err
		}
	}
	return nil
}
