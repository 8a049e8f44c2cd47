package ledger

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/points"
)

// tree computes the root of RFC 6962 §2.1 from one leaf after the other; it keeps
// the roots of its complete parts only.
type tree struct {
	parts []Hash
	sizes []int64
}

// add puts a leaf's hash at the end.
func (t *tree) add(leaf Hash) {
	t.parts, t.sizes = append(t.parts, leaf), append(t.sizes, 1)
	for n := len(t.parts); n > 1 && t.sizes[n-1] == t.sizes[n-2]; n = len(t.parts) {
		t.join()
	}
}

// join makes one part of the last two.
func (t *tree) join() {
	n := len(t.parts)
	var b [1 + 2*sha256.Size]byte
	b[0] = 1
	copy(b[1:], t.parts[n-2][:])
	copy(b[1+sha256.Size:], t.parts[n-1][:])
	t.parts[n-2] = sha256.Sum256(b[:])
	t.sizes[n-2] += t.sizes[n-1]
	t.parts, t.sizes = t.parts[:n-1], t.sizes[:n-1]
}

// root returns the root over all leaves, and ends the tree.
func (t *tree) root() Hash {
	for len(t.parts) > 1 {
		t.join()
	}
	if len(t.parts) == 0 {
		return sha256.Sum256(nil)
	}
	return t.parts[0]
}

// rebuilt is a seal as its rows make it today.
type rebuilt struct {
	tree              tree
	requests, entries int64
	recorded          []calendar.Micros
	sums              map[string]points.Points
}

// openSeals begins a walk through the seals, behind the one that is not looked
// at again.
func (w *walk) openSeals(ctx context.Context, tx *gorm.DB) (*sealWalk, error) {
	keys, err := SealKeys(ctx, tx)
	if err != nil {
		return nil, err
	}
	s := &sealWalk{report: w.report, kept: w.Kept, keys: keys, before: &Seal{}, sums: map[string]points.Points{}, open: map[int64]*rebuilt{}}
	if s.newest, _, err = firstSeal(ctx, tx, "1 = 1 ORDER BY height DESC LIMIT 1"); errors.Is(err, ErrNoSeal) {
		s.newest, err = &Seal{}, nil
	}
	if err == nil && w.Since > 0 {
		if s.before, err = SealAt(ctx, tx, w.Since); err == nil {
			s.hash, s.sums, s.since = s.before.Hash(), s.before.sums(), w.Since
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read seals: %w", err)
	}
	s.checkKeys()
	return s, nil
}

// fold puts the leaves of a page into the trees of their seals, and checks the
// seals that are complete.
func (w *sealWalk) fold(ctx context.Context, tx *gorm.DB, d *desk) error {
	next := 0
	for i := range d.page.Records {
		rec := &d.page.Records[i]
		if !rec.sealed {
			if q := rec.Request; q != nil {
				w.waiting++
				if q.RecordedAt < w.newest.UntilAt.Add(-sealGrace) {
					w.report.Find("unsealed", q.ID, "was recorded long before the newest seal and is in none")
				}
			}
			continue
		}
		w.add(rec, d.sealed[next].leaf, d.sealed[next].hash)
		next++
	}
	return w.advance(ctx, tx, false)
}

func (w *sealWalk) add(rec *Record, l *Leaf, hash Hash) {
	if rec.height <= w.since {
		return
	}
	if rec.height <= w.before.Height || rec.height > w.newest.Height {
		w.report.Find("seal_orphan", rec.ID, "is in a seal that is not there, or was complete without it")
		return
	}
	s := w.open[rec.height]
	if s == nil {
		s = &rebuilt{sums: map[string]points.Points{}}
		w.open[rec.height] = s
	}
	if l.position != s.requests {
		w.report.Find("seal_position", sealName(rec.height), "%s stands at %d instead of %d", rec.ID, l.position, s.requests)
	}
	if !l.present {
		w.report.Find("seal_missing", sealName(rec.height), "request %s is gone", rec.ID)
	}
	s.tree.add(hash)
	s.requests++
	s.recorded = append(s.recorded, l.RecordedAt)
	if rec.Entry != nil {
		s.entries++
		for i := range rec.Entry.Lines {
			s.sums[rec.Entry.Lines[i].Account.Kind] += rec.Entry.Lines[i].Points
		}
	}
}

// advance checks the next seals as long as they are complete; at the end also
// those that are not.
func (w *sealWalk) advance(ctx context.Context, tx *gorm.DB, all bool) error {
	for {
		if len(w.ahead) == 0 {
			if w.before.Height >= w.newest.Height {
				return nil
			}
			if err := w.readAhead(ctx, tx); err != nil || len(w.ahead) == 0 {
				return err
			}
		}
		s := w.ahead[0]
		made := w.open[s.seal.Height]
		if !all && (made == nil && s.seal.Requests > 0 || made != nil && made.requests < s.seal.Requests) {
			return nil
		}
		if made == nil {
			made = &rebuilt{}
		}
		delete(w.open, s.seal.Height)
		w.check(s.seal, s.trial, made)
		w.ahead = w.ahead[1:]
	}
}

// aheadSeal is a seal with the hash it names for its trial balance.
type aheadSeal struct {
	seal  *Seal
	trial Hash
}

// readAhead reads the next seals with their totals.
func (w *sealWalk) readAhead(ctx context.Context, tx *gorm.DB) error {
	rows, err := database.Query(ctx, tx, `SELECT `+sealColumns+` FROM seals WHERE height > ? ORDER BY height LIMIT ?`, w.before.Height, sealsTogether)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		s, trial, err := scanSeal(rows)
		if err != nil {
			return err
		}
		w.ahead = append(w.ahead, aheadSeal{s, trial})
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || len(w.ahead) == 0 {
		return err
	}
	next := 0
	return database.Each(ctx, tx, func(row database.Row) error {
		for next < len(w.ahead) && w.ahead[next].seal.Height < row.Int(0) {
			next++
		}
		if next < len(w.ahead) && w.ahead[next].seal.Height == row.Int(0) {
			w.ahead[next].seal.Totals = append(w.ahead[next].seal.Totals, Total{row.Text(1), points.Points(row.Int(2))})
		}
		return nil
	}, `SELECT height, kind, points FROM seal_totals WHERE height >= ? AND height <= ? ORDER BY height, kind`,
		w.ahead[0].seal.Height, w.ahead[len(w.ahead)-1].seal.Height)
}

// finish checks the rest of the seals, and what shows only at the end.
func (w *sealWalk) finish(ctx context.Context, tx *gorm.DB) (*SealSummary, error) {
	if err := w.advance(ctx, tx, true); err != nil {
		return nil, err
	}
	w.checkEnd()
	if err := findOrphanTotals(ctx, tx, w.report); err != nil {
		return nil, err
	}
	return w.summary(), nil
}
