package trace

import (
	"cmp"
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/division"
	"hufen/internal/i18n"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
)

// walk is one trace being followed, in one state of the database.
type walk struct {
	ctx     context.Context
	tx      *gorm.DB
	tree    *division.Tree
	actor   auth.Actor
	lang    i18n.Lang
	zone    *time.Location
	trace   *Trace
	books   map[id.ID]*book
	entries map[id.ID]*entry
	labels  map[id.ID]place
	this    id.ID // the step that was asked for, where it is not the subject itself
}

// follow finds out what an id is and goes both ways from there.
func (w *walk) follow(of id.ID) error {
	entryID, settlementID, dropOffID, err := w.resolve(of)
	if err != nil {
		return err
	}
	switch {
	case !entryID.IsZero():
		err = w.followEntry(entryID)
	case !settlementID.IsZero():
		err = w.followSettlement(settlementID, of)
	case !dropOffID.IsZero():
		err = w.followWaiting(dropOffID)
	default:
		err = Unknown()
	}
	if err != nil {
		return err
	}
	return w.finish()
}

// resolve says which entry, settlement or waiting drop-off an id belongs to.
func (w *walk) resolve(of id.ID) (entryID, settlementID, dropOffID id.ID, err error) {
	find := func(query string, arg id.ID) (found id.ID) {
		if err == nil {
			found, err = w.one(query, arg)
		}
		return found
	}
	if settlementID = find(`SELECT settlement_id FROM settlement_acts WHERE id = ?`, of); !settlementID.IsZero() || err != nil {
		return entryID, settlementID, dropOffID, err
	}
	if settlementID = find(`SELECT id FROM settlements WHERE id = ?`, of); !settlementID.IsZero() || err != nil {
		return entryID, settlementID, dropOffID, err
	}
	if entryID = find(`SELECT id FROM entries WHERE id = ?`, of); !entryID.IsZero() || err != nil {
		return entryID, settlementID, dropOffID, err
	}
	if entryID = find(`SELECT e.id FROM adjustment_acts a JOIN entries e ON e.id = a.id WHERE a.adjustment_id = ?`, of); !entryID.IsZero() {
		return entryID, settlementID, dropOffID, err
	}
	dropOffID = find(`SELECT id FROM drop_offs WHERE id = ?`, of)
	if dropOffID.IsZero() {
		dropOffID = find(`SELECT drop_off_id FROM drop_off_reviews WHERE id = ?`, of)
	}
	if dropOffID.IsZero() {
		dropOffID = find(`SELECT drop_off_id FROM drop_off_objections WHERE id = ?`, of)
	}
	if !dropOffID.IsZero() { // one that waited got its points with its review
		entryID = find(`SELECT e.id FROM drop_off_reviews v JOIN entries e ON e.id = v.id WHERE v.drop_off_id = ?`, dropOffID)
	}
	return entryID, settlementID, dropOffID, err
}

// followEntry follows an entry; a reversal together with what it takes back.
func (w *walk) followEntry(entryID id.ID) error {
	if err := w.load(entryID); err != nil {
		return err
	}
	e := w.entries[entryID]
	if e.reverses.Valid {
		w.this, entryID = e.id, e.reverses.ID
		if err := w.load(entryID); err != nil {
			return err
		}
		if e = w.entries[entryID]; e == nil {
			return Unknown()
		}
	}
	if !w.seesEntry(e) {
		return Unknown()
	}
	if w.this.IsZero() {
		w.this = e.id
	}
	w.subject(e)
	return w.bothWays(e)
}

// subject says what the trace is of.
func (w *walk) subject(e *entry) {
	w.trace.Subject = kindOf(e)
	for _, sign := range []points.Points{1, -1} {
		l, ok := e.household(sign)
		if !ok {
			continue
		}
		w.trace.Points = l.points
		if w.seesHousehold(l.owner) {
			w.trace.HouseholdID = l.owner
		}
	}
}

func kindOf(e *entry) string {
	if e.kind == ledger.DropOff {
		return Award
	}
	return e.kind
}

// hit is an entry that points came from or went to, and how many: which parts of
// it.
type hit struct {
	entryID id.ID
	amount  points.Points
	parts   []span
}

func hitOf(s share) hit { return hit{s.entryID, s.amount, []span{{s.at, s.at + s.amount}}} }

// bothWays adds what was before an entry, the entry, and what came after.
func (w *walk) bothWays(e *entry) error {
	var before, after []hit
	if l, ok := e.household(-1); ok && w.seesHousehold(l.owner) {
		if err := w.backward(l.accountID, e.id, span{0, -l.points}, &before); err != nil {
			return err
		}
	}
	if l, ok := e.household(1); ok && w.seesHousehold(l.owner) {
		if err := w.forward(l.accountID, e.id, span{0, l.points}, &after); err != nil {
			return err
		}
	}
	before, after = w.together(before), w.together(after)
	if err := w.load(idsOf(before, after)...); err != nil {
		return err
	}
	if err := w.addOrigins(e, before); err != nil {
		return err
	}
	if err := w.addEntries(append([]hit{{entryID: e.id}}, after...)); err != nil {
		return err
	}
	if err := w.addReversal(e); err != nil {
		return err
	}
	if err := w.addSettled(e, after); err != nil {
		return err
	}
	w.flow(e, after)
	return nil
}

// forward follows a part of what an entry gave to an account.
func (w *walk) forward(accountID, entryID id.ID, part span, found *[]hit) error {
	b, err := w.book(accountID)
	if err != nil {
		return err
	}
	at, ok := b.at[entryID]
	if !ok {
		return nil
	}
	for _, s := range b.spentOn(at, part) {
		*found = append(*found, hitOf(s))
		if err := w.load(s.entryID); err != nil {
			return err
		}
		next := w.entries[s.entryID]
		if next == nil || next.kind != ledger.HouseholdChange {
			continue
		}
		if to, ok := next.household(1); ok && w.seesHousehold(to.owner) {
			if err := w.forward(to.accountID, s.entryID, span{s.at, s.at + s.amount}, found); err != nil {
				return err
			}
		}
	}
	return nil
}

// backward follows a part of what an entry took from an account.
func (w *walk) backward(accountID, entryID id.ID, part span, found *[]hit) error {
	b, err := w.book(accountID)
	if err != nil {
		return err
	}
	at, ok := b.at[entryID]
	if !ok {
		return nil
	}
	for _, s := range b.cameFrom(at, part) {
		*found = append(*found, hitOf(s))
		if err := w.load(s.entryID); err != nil {
			return err
		}
		last := w.entries[s.entryID]
		if last == nil || last.kind != ledger.HouseholdChange {
			continue
		}
		if from, ok := last.household(-1); ok && w.seesHousehold(from.owner) {
			if err := w.backward(from.accountID, s.entryID, span{s.at, s.at + s.amount}, found); err != nil {
				return err
			}
		}
	}
	return nil
}

// together adds up hits of the same entry and keeps the first of many.
func (w *walk) together(hits []hit) []hit {
	var sums []hit
	for _, h := range hits {
		i := slices.IndexFunc(sums, func(s hit) bool { return s.entryID == h.entryID })
		if i < 0 {
			sums = append(sums, h)
		} else {
			sums[i].amount += h.amount
			sums[i].parts = append(sums[i].parts, h.parts...)
		}
	}
	if len(sums) > most {
		sums, w.trace.More = sums[:most], true
	}
	return sums
}

func idsOf(lists ...[]hit) (ids []id.ID) {
	for _, list := range lists {
		for _, h := range list {
			ids = append(ids, h.entryID)
		}
	}
	return ids
}

// add puts a step into the trace.
func (w *walk) add(s Step) {
	s.This = s.Kind != DropOff && s.ID == w.this
	w.trace.Steps = append(w.trace.Steps, s)
}

// rank orders what happened at the same moment.
var rank = map[string]int{DropOff: 1, Hold: 2, Review: 3, Award: 4, Reversal: 6, Settlement: 7, Payment: 8}

// finish orders the steps and finds the newest seal among them.
func (w *walk) finish() error {
	slices.SortStableFunc(w.trace.Steps, func(a, b Step) int {
		return cmp.Or(cmp.Compare(a.RecordedAt, b.RecordedAt), cmp.Compare(cmp.Or(rank[a.Kind], 5), cmp.Or(rank[b.Kind], 5)))
	})
	var height int64
	for _, s := range w.trace.Steps {
		if s.Height > 0 {
			w.trace.Sealed++
		}
		height = max(height, s.Height)
	}
	if height == 0 {
		return nil
	}
	var err error
	w.trace.Seal, err = ledger.SealAt(w.ctx, w.tx, height)
	return err
}

// flow says how far the points have come.
func (w *walk) flow(e *entry, after []hit) {
	var settled, paid int64
	var spent, other points.Points
	for _, s := range w.trace.Steps {
		switch s.Kind {
		case Settlement:
			settled += s.ShareFen
		case Payment:
			paid += s.ShareFen
		}
	}
	add := func(stage string, p points.Points, fen int64) {
		w.trace.Flow = append(w.trace.Flow, Amount{stage, p, fen})
	}
	if l, ok := e.household(1); ok && e.kind != ledger.HouseholdChange {
		var gone points.Points
		for _, h := range after {
			switch next := w.entries[h.entryID]; {
			case next.kind == ledger.Redemption:
				spent += h.amount
			case next.kind != ledger.HouseholdChange:
				other += h.amount
			default:
				if _, handedOn := next.household(1); !handedOn {
					other += h.amount
				} else if to, _ := next.household(1); !w.seesHousehold(to.owner) {
					other += h.amount
				}
			}
		}
		gone = spent + other
		add("got", l.points, 0)
		add("spent", spent, 0)
		if other > 0 {
			add("other", other, 0)
		}
		if left := l.points - gone; left > 0 && !w.trace.More {
			add("left", left, 0)
		}
	} else if l, ok := e.household(-1); ok {
		add("spent", -l.points, 0)
	}
	if settled > 0 || paid > 0 {
		add("settled", 0, settled)
		add("paid", 0, paid)
	}
}
