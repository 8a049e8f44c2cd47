package closing

import (
	"context"
	"database/sql"
	"fmt"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
	"hufen/internal/points"
)

// The figures of a village's month out of the book: what its households held at
// the beginning and the end, and what moved it, "entry." and the kind of entry,
// all by the instant they were recorded. They can be worked out at any time and
// do not change any more once the month is closed.
const (
	opening     = "opening"
	closingLeft = "closing"
	clawback    = "clawback" // what households have still to work off at the end
	entryPrefix = "entry."
)

// The figures of a village's month out of the drop-offs, by the day they
// happened: what comes late, or is taken back, changes them afterwards.
var rollupFigures = []string{"visits", "households", "grams", "credited", "food_grams", "recyclable_grams", "hazardous_grams", "residual_grams"}

// figuresOf works out the figures of villages in a month, as of now.
func (s *Service) figuresOf(ctx context.Context, townID id.ID, villages []id.ID, month calendar.Month) ([]figure, error) {
	var figures []figure
	err := s.db.Snapshot(ctx, func(ctx context.Context, tx *gorm.DB) error {
		figures = nil
		book, err := s.bookFigures(ctx, tx, villages, month)
		if err != nil {
			return err
		}
		counted, err := rollupsOf(ctx, tx, villages, month)
		figures = append(book, counted...)
		return err
	})
	if err != nil || s.sources.Figures == nil {
		return figures, err
	}
	reported, err := s.sources.Figures(ctx, townID, month)
	if err != nil {
		return nil, err
	}
	for _, villageID := range villages {
		for name, value := range reported[villageID] {
			figures = append(figures, figure{villageID, name, value})
		}
	}
	sortFigures(figures)
	return figures, nil
}

// bookFigures adds up the book by month, and what is not in it yet.
func (s *Service) bookFigures(ctx context.Context, tx *gorm.DB, villages []id.ID, month calendar.Month) ([]figure, error) {
	held := newBook(villages)
	marks, args := database.List(database.IDs(villages))
	err := database.Scan(ctx, tx, `
		SELECT month, owner_id, account_kind, entry_kind, points FROM book_months
		WHERE month <= ? AND owner_id IN (`+marks+`) AND account_kind IN ('household', 'clawback')`, append([]any{int64(month)}, args...),
		func(rows *sql.Rows) error {
			var c cell
			var amount points.Points
			err := rows.Scan(&c.period, &c.ownerID, &c.account, &c.entry, &amount)
			held.take(c, month, amount)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("read the book by month: %w", err)
	}
	err = s.tail(ctx, tx, s.endOf(month), tailMargin, func(l line) {
		l.cell.period = int32(calendar.MonthOf(l.at, s.zone))
		held.take(l.cell, month, l.points)
	})
	return held.figures(), err
}

// book are the figures of villages out of the book.
type book map[id.ID]map[string]int64

func newBook(villages []id.ID) book {
	b := make(book, len(villages))
	for _, villageID := range villages {
		b[villageID] = map[string]int64{opening: 0, closingLeft: 0, clawback: 0}
	}
	return b
}

// take adds what stands in a cell to the figures of a month, if it is one of the
// villages and of the month or before.
func (b book) take(c cell, month calendar.Month, amount points.Points) {
	mine := b[c.ownerID]
	if mine == nil || calendar.Month(c.period) > month {
		return
	}
	switch {
	case c.account == "clawback":
		mine[clawback] -= int64(amount)
	case c.account != "household":
	case calendar.Month(c.period) < month:
		mine[opening] += int64(amount)
		mine[closingLeft] += int64(amount)
	default:
		mine[entryPrefix+c.entry] += int64(amount)
		mine[closingLeft] += int64(amount)
	}
}

func (b book) figures() []figure {
	var figures []figure
	for villageID, mine := range b {
		for name, value := range mine {
			figures = append(figures, figure{villageID, name, value})
		}
	}
	sortFigures(figures)
	return figures
}

// rollupsOf reads what the drop-offs of a month add up to. It is the only place
// that reads the rollups here.
func rollupsOf(ctx context.Context, tx *gorm.DB, villages []id.ID, month calendar.Month) ([]figure, error) {
	marks, args := database.List(database.IDs(villages))
	var figures []figure
	err := database.Scan(ctx, tx, `
		SELECT village_id, drop_offs, households, grams, points, food_grams, recyclable_grams, hazardous_grams, residual_grams
		FROM rollups WHERE period = ? AND village_id IN (`+marks+`)`, append([]any{int64(month)}, args...), func(rows *sql.Rows) error {
		var villageID id.ID
		values := make([]int64, len(rollupFigures))
		to := []any{&villageID}
		for i := range values {
			to = append(to, &values[i])
		}
		err := rows.Scan(to...)
		for i, name := range rollupFigures {
			figures = append(figures, figure{villageID, name, values[i]})
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read rollups: %w", err)
	}
	return figures, nil
}
