package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
	"hufen/internal/points"
)

// A walk reads the book once, in the order of ids, a page at a time: requests,
// their entries with the lines, their place in a seal, and beside them what the
// trades keep under the same ids. Pages are read and recomputed by several
// workers at once; what depends on the page before (chains of accounts, trees of
// seals) is folded together in the order of the pages.

// Selection says which rows a page holds: those whose ids begin at one and end
// before another, or a few.
type Selection struct {
	from, to id.ID // to is zero at the end
	ids      []any
}

// Where returns the condition on a column that holds ids of requests, with its
// arguments.
func (s Selection) Where(column string) (string, []any) {
	switch {
	case s.ids != nil:
		marks, args := database.List(s.ids)
		return column + " IN (" + marks + ")", args
	case s.to.IsZero():
		return column + " >= ?", []any{s.from[:]}
	}
	return column + " >= ? AND " + column + " < ?", []any{s.from[:], s.to[:]}
}

// Page is a piece of the book.
type Page struct {
	Selection
	Records []Record // in the order of their ids
}

// Record is what there is under one id. Any of it may be missing where somebody
// tampered.
type Record struct {
	ID      id.ID
	Request *Leaf
	Entry   *Entry

	sealed           bool
	height, position int64
}

// Height returns the seal the record is in, 0 for none.
func (r *Record) Height() int64 { return r.height }

// Part recomputes what a trade keeps under the ids of a page.
type Part func(ctx context.Context, tx *gorm.DB, page *Page, r *Report) error

// Scope says what is verified beside the book itself.
type Scope struct {
	Facts    Facts                   // nil: seals are left out
	Parts    []Part                  // of the trades
	Kept     *Kept                   // a seal somebody kept
	Since    int64                   // height of a seal: what it holds is left out
	Progress func(done, total int64) // called now and then, from one goroutine at a time

	sealsOnly bool
}

// pageSize is how many requests a page holds.
const pageSize = 4000

// listSize is how many ids a page holds that names them.
const listSize = 512

// walk is one verification.
type walk struct {
	Scope
	report   *Report
	accounts *accountBook
	seals    *sealWalk // nil: left out

	mu     sync.Mutex
	lists  [][]any // of ids that are older than what is read in order
	next   id.ID   // where the next page begins
	pages  int     // given out
	over   bool
	folded int // pages
	turn   *sync.Cond
	failed error
	trial  points.Points
	done   int64 // requests
	total  int64
}

// VerifyIn recomputes the book in snapshots of one state, with one worker each,
// and adds what is wrong to the report. It never repairs. The summary says how
// far the seals reach, and is nil where they are left out.
func VerifyIn(ctx context.Context, txs []*gorm.DB, r *Report, scope Scope) (*SealSummary, error) {
	w := &walk{Scope: scope, report: r}
	w.turn = sync.NewCond(&w.mu)
	if err := w.open(ctx, txs[0]); err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	var workers sync.WaitGroup
	for _, tx := range txs {
		workers.Go(func() { w.work(ctx, tx) })
	}
	workers.Wait()
	if w.failed != nil {
		return nil, fmt.Errorf("verify: %w", w.failed)
	}
	summary, err := w.finish(ctx, txs[0])
	if err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	return summary, nil
}

// open reads what the workers need from the beginning.
func (w *walk) open(ctx context.Context, tx *gorm.DB) error {
	if err := tx.Raw(`SELECT COUNT(*) FROM requests`).Row().Scan(&w.total); err != nil {
		return err
	}
	var err error
	if w.accounts, err = loadAccounts(ctx, tx, w.Since > 0); err != nil {
		return err
	}
	if w.Facts != nil {
		if w.seals, err = w.openSeals(ctx, tx); err != nil {
			return err
		}
	}
	if w.Since > 0 {
		return w.selectNew(ctx, tx)
	}
	return nil
}

// work takes pages until there are none left.
func (w *walk) work(ctx context.Context, tx *gorm.DB) {
	d := newDesk(w)
	for {
		number, selection, more, err := w.take(ctx, tx)
		if err == nil && more {
			err = d.read(ctx, tx, selection)
		}
		if err == nil && more {
			err = d.check(ctx, tx)
		}
		if err != nil {
			w.fail(err)
			return
		}
		if !more {
			return
		}
		if !w.fold(ctx, tx, number, d) {
			return
		}
	}
}

func (w *walk) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failed = errors.Join(w.failed, err)
	w.turn.Broadcast()
}

// take gives out the next page.
func (w *walk) take(ctx context.Context, tx *gorm.DB) (number int, s Selection, more bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over || w.failed != nil {
		return 0, s, false, nil
	}
	number = w.pages
	w.pages++
	if len(w.lists) > 0 {
		s.ids, w.lists = w.lists[0], w.lists[1:]
		return number, s, true, nil
	}
	s.from = w.next
	err = database.Each(ctx, tx, func(row database.Row) error {
		s.to = row.ID(0)
		return nil
	}, `SELECT id FROM requests WHERE id >= ? ORDER BY id LIMIT 1 OFFSET ?`, w.next[:], int64(pageSize))
	w.next, w.over = s.to, s.to.IsZero()
	return number, s, true, err
}

// fold waits for the pages before, and adds this one to what they say.
func (w *walk) fold(ctx context.Context, tx *gorm.DB, number int, d *desk) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.folded != number && w.failed == nil {
		w.turn.Wait()
	}
	if w.failed != nil {
		return false
	}
	w.report.Add(&d.report)
	w.trial += d.trial
	w.done += int64(len(d.leaves))
	err := w.foldLines(ctx, tx, d)
	if err == nil && w.seals != nil {
		err = w.seals.fold(ctx, tx, d)
	}
	if w.Progress != nil {
		w.Progress(w.done, w.total)
	}
	w.folded++
	w.failed = err
	w.turn.Broadcast()
	return err == nil
}

// foldLines follows the chains of the accounts.
func (w *walk) foldLines(ctx context.Context, tx *gorm.DB, d *desk) error {
	if w.sealsOnly {
		return nil
	}
	for i := range d.entries {
		e := &d.entries[i]
		for j := range e.Lines {
			if err := w.accounts.follow(ctx, tx, e.ID, j+1, &e.Lines[j], w.report); err != nil {
				return err
			}
		}
	}
	for i := range d.orphans {
		w.accounts.touch(&d.orphans[i].Line)
	}
	return nil
}

// finish checks what shows only at the end.
func (w *walk) finish(ctx context.Context, tx *gorm.DB) (*SealSummary, error) {
	if !w.sealsOnly {
		if w.trial != 0 {
			w.report.Find("trial_balance", book{}, "all lines add up to %s instead of 0", w.trial)
		}
		if err := w.accounts.finish(ctx, tx, w.report); err != nil {
			return nil, err
		}
	}
	if w.seals == nil {
		return nil, nil
	}
	return w.seals.finish(ctx, tx)
}

// selectNew finds what was recorded after the seal that a verification begins
// at: rows with newer ids are read in order, older ones one by one.
func (w *walk) selectNew(ctx context.Context, tx *gorm.DB) error {
	since := w.seals.before
	w.next = firstID(since.UntilAt.Add(-sealMargin))
	var ids []id.ID
	collect := func(row database.Row) error {
		if found := row.ID(0); bytes.Compare(found[:], w.next[:]) < 0 {
			ids = append(ids, found)
		}
		return nil
	}
	if err := database.Each(ctx, tx, collect, `SELECT id FROM seal_items WHERE height > ?`, since.Height); err != nil {
		return err
	}
	if err := database.Each(ctx, tx, collect, `
		SELECT q.id FROM requests q LEFT JOIN seal_items i ON i.id = q.id WHERE q.recorded_at >= ? AND i.id IS NULL`,
		int64(since.UntilAt.Add(-sealGrace))); err != nil {
		return err
	}
	slices.SortFunc(ids, func(a, b id.ID) int { return bytes.Compare(a[:], b[:]) })
	for some := range slices.Chunk(slices.Compact(ids), listSize) {
		w.lists = append(w.lists, database.IDs(some))
	}
	var newer int64
	err := tx.Raw(`SELECT COUNT(*) FROM requests WHERE id >= ?`, w.next[:]).Row().Scan(&newer)
	w.total = newer + int64(len(ids))
	return err
}

// firstID is the smallest id that is made at an instant.
func firstID(at calendar.Micros) id.ID {
	var first id.ID
	ms := uint64(max(at, 0)) / 1000
	for i := range 6 {
		first[i] = byte(ms >> (8 * (5 - i)))
	}
	return first
}
