package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
	"hufen/internal/points"
)

// desk is where a worker reads and recomputes one page after the other. What it
// holds is used again for the next one.
type desk struct {
	walk *walk
	page Page

	leaves  []Leaf
	entries []Entry
	lines   []Line
	orphans []orphanLine
	items   []sealItem
	words   words

	report Report
	trial  points.Points
	sealed []sealedLeaf
	buffer Canonical
}

// orphanLine is a line whose entry is not there.
type orphanLine struct {
	EntryID id.ID
	Line    Line
}

// sealItem is the place of a request in a seal.
type sealItem struct {
	id               id.ID
	height, position int64
}

// sealedLeaf is a leaf on its way into the tree of its seal.
type sealedLeaf struct {
	leaf   *Leaf
	height int64
	hash   Hash // of the leaf, as in the tree
}

func newDesk(w *walk) *desk { return &desk{walk: w, words: words{}} }

// words keeps one copy of texts that come again and again.
type words map[string]string

func (w words) of(row database.Row, i int) string {
	switch v := row[i].(type) {
	case []byte:
		if word, ok := w[string(v)]; ok {
			return word
		}
	case string:
		if len(v) == 0 {
			return ""
		}
	}
	word := row.Text(i)
	if len(w) < 1000 {
		w[word] = word
	}
	return word
}

// read reads the page of a selection.
func (d *desk) read(ctx context.Context, tx *gorm.DB, s Selection) error {
	d.leaves, d.entries, d.lines, d.orphans, d.items, d.sealed = d.leaves[:0], d.entries[:0], d.lines[:0], d.orphans[:0], d.items[:0], d.sealed[:0]
	d.report, d.trial = Report{}, 0
	d.page = Page{Selection: s, Records: d.page.Records[:0]}
	for _, read := range []func(context.Context, *gorm.DB) error{d.readRequests, d.readEntries, d.readLines, d.readSealItems} {
		if err := read(ctx, tx); err != nil {
			return err
		}
	}
	d.join()
	return nil
}

func (d *desk) readRequests(ctx context.Context, tx *gorm.DB) error {
	where, args := d.page.Where("id")
	return database.Each(ctx, tx, func(row database.Row) error {
		d.leaves = append(d.leaves, Leaf{ID: row.ID(0), Kind: d.words.of(row, 1), RequestHash: HashOf(row.Bytes(2)), Outcome: d.words.of(row, 3),
			ErrorCode: d.words.of(row, 4), ErrorDetail: row.Text(5), ActorID: row.ID(6), RecordedAt: calendar.Micros(row.Int(7)), present: true})
		return nil
	}, `SELECT id, kind, request_hash, outcome, error_code, error_detail, actor_id, recorded_at FROM requests WHERE `+where+` ORDER BY id`, args...)
}

func (d *desk) readEntries(ctx context.Context, tx *gorm.DB) error {
	where, args := d.page.Where("id")
	return database.Each(ctx, tx, func(row database.Row) error {
		d.entries = append(d.entries, Entry{ID: row.ID(0), Kind: d.words.of(row, 1), EffectiveAt: calendar.Micros(row.Int(2)),
			RecordedAt: calendar.Micros(row.Int(3)), VillageID: row.ID(4), ActorID: row.ID(5), ReversesID: row.NullID(6), Reason: row.Text(7),
			SourceHash: HashOf(row.Bytes(8)), ContentHash: HashOf(row.Bytes(9))})
		return nil
	}, `SELECT id, kind, effective_at, recorded_at, village_id, actor_id, reverses_id, reason, source_hash, content_hash
		FROM entries WHERE `+where+` ORDER BY id`, args...)
}

// readLines reads the lines, each into its entry.
func (d *desk) readLines(ctx context.Context, tx *gorm.DB) error {
	where, args := d.page.Where("entry_id")
	at, first := 0, 0 // the entry, and its first line
	finish := func() {
		if at < len(d.entries) {
			d.entries[at].Lines = d.lines[first:len(d.lines):len(d.lines)]
		}
		at, first = at+1, len(d.lines)
	}
	err := database.Each(ctx, tx, func(row database.Row) error {
		entryID := row.ID(0)
		for at < len(d.entries) && bytes.Compare(d.entries[at].ID[:], entryID[:]) < 0 {
			finish()
		}
		l := Line{Points: points.Points(row.Int(3)), Seq: row.Int(4), BalanceAfter: points.Points(row.Int(5)), Hash: HashOf(row.Bytes(6))}
		l.Account.ID = row.ID(2)
		d.trial += l.Points
		d.report.Lines++
		if at == len(d.entries) || d.entries[at].ID != entryID {
			d.orphans = append(d.orphans, orphanLine{entryID, l})
			return nil
		}
		if row.Null(4) != (l.Seq == 0) || row.Null(4) != row.Null(5) {
			d.report.Find("account_seq", entryID, "a number or a balance where there is none, or the other way round")
		}
		d.walk.accounts.name(&l)
		d.lines = append(d.lines, l)
		if n := len(d.lines) - first; row.Int(1) != int64(n) {
			d.report.Find("entry_lines", entryID, "line %d stands where line %d should", row.Int(1), n)
		}
		return nil
	}, `SELECT entry_id, line_no, account_id, points, account_seq, balance_after, line_hash
		FROM entry_lines WHERE `+where+` ORDER BY entry_id, line_no`, args...)
	for at < len(d.entries) {
		finish()
	}
	return err
}

func (d *desk) readSealItems(ctx context.Context, tx *gorm.DB) error {
	if d.walk.seals == nil && d.walk.Parts == nil {
		return nil
	}
	where, args := d.page.Where("id")
	return database.Each(ctx, tx, func(row database.Row) error {
		d.items = append(d.items, sealItem{row.ID(0), row.Int(1), row.Int(2)})
		return nil
	}, `SELECT id, height, position FROM seal_items WHERE `+where+` ORDER BY id`, args...)
}

// join puts together what has the same id.
func (d *desk) join() {
	var q, e, i int
	for q < len(d.leaves) || e < len(d.entries) || i < len(d.items) {
		var r Record
		first := true
		least := func(found id.ID) {
			if first || bytes.Compare(found[:], r.ID[:]) < 0 {
				r.ID, first = found, false
			}
		}
		if q < len(d.leaves) {
			least(d.leaves[q].ID)
		}
		if e < len(d.entries) {
			least(d.entries[e].ID)
		}
		if i < len(d.items) {
			least(d.items[i].id)
		}
		if q < len(d.leaves) && d.leaves[q].ID == r.ID {
			r.Request = &d.leaves[q]
			q++
		}
		if e < len(d.entries) && d.entries[e].ID == r.ID {
			r.Entry = &d.entries[e]
			e++
		}
		if i < len(d.items) && d.items[i].id == r.ID {
			r.sealed, r.height, r.position = true, d.items[i].height, d.items[i].position
			i++
		}
		d.page.Records = append(d.page.Records, r)
	}
}

// check recomputes the page.
func (d *desk) check(ctx context.Context, tx *gorm.DB) error {
	if !d.walk.sealsOnly {
		if err := d.checkBook(ctx, tx); err != nil {
			return err
		}
		for _, part := range d.walk.Parts {
			if err := part(ctx, tx, &d.page, &d.report); err != nil {
				return err
			}
		}
	}
	if d.walk.seals == nil {
		return nil
	}
	return d.sealLeaves(ctx, tx)
}

// sealLeaves computes the leaves of the page, for the trees of their seals.
func (d *desk) sealLeaves(ctx context.Context, tx *gorm.DB) error {
	var leaves []*Leaf
	for i := range d.page.Records {
		r := &d.page.Records[i]
		if !r.sealed {
			continue
		}
		l := r.Request
		if l == nil {
			l = &Leaf{ID: r.ID}
		}
		if r.Entry != nil {
			l.hasEntry, l.Entry = true, r.Entry.ContentHash
		}
		l.position = r.position
		leaves = append(leaves, l)
		d.sealed = append(d.sealed, sealedLeaf{leaf: l, height: r.height})
	}
	if err := addFacts(ctx, tx, d.walk.Facts, leaves); err != nil {
		return fmt.Errorf("facts behind requests: %w", err)
	}
	next := 0
	for i := range d.page.Records {
		if r := &d.page.Records[i]; r.sealed {
			d.sealed[next].hash = d.leafHash(d.sealed[next].leaf, r.Entry)
			next++
		}
	}
	return nil
}

// leafHash is the hash of a leaf in the tree (RFC 6962 §2.1).
func (d *desk) leafHash(l *Leaf, e *Entry) Hash {
	d.buffer.b = append(d.buffer.b[:0], 0)
	var lines []Line
	if e != nil {
		lines = e.Lines
	}
	l.appendTo(&d.buffer, len(lines))
	for i := range lines {
		a := d.walk.accounts.of(lines[i].Account.ID)
		line := LeafLine{Hash: lines[i].Hash}
		if a != nil {
			line.Kind, line.VillageID, line.OpenedAt = a.kind, a.villageID, a.openedAt
		}
		line.appendTo(&d.buffer)
	}
	return sha256.Sum256(d.buffer.b)
}
