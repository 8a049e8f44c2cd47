package trace

import (
	"database/sql"
	"encoding/hex"
	"fmt"
	"slices"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/i18n"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
)

// short is the beginning of a hash as it stands on the board.
func short(hash []byte) string {
	if len(hash) < 8 {
		return ""
	}
	text := hex.EncodeToString(hash[:8])
	return text[:4] + " " + text[4:8] + " " + text[8:12] + " " + text[12:]
}

// dropOff is a drop-off with what became of it.
type dropOff struct {
	id, entryID, householdID id.ID
	happenedAt, recordedAt   calendar.Micros
	earned, cut              points.Points
	hash                     []byte
	pointName, cleaner       string
	facts                    []Fact
}

// dropOffs reads the drop-offs behind entries, by entry; those that wait under
// their own id.
func (w *walk) dropOffs(ids []id.ID) (map[id.ID]*dropOff, error) {
	found, byID := map[id.ID]*dropOff{}, map[id.ID]*dropOff{}
	if len(ids) == 0 {
		return found, nil
	}
	marks, args := database.List(database.IDs(ids))
	err := database.Scan(w.ctx, w.tx, `
		SELECT d.id, COALESCE(v.id, d.id), d.household_id, d.happened_at, d.recorded_at, d.earned, d.cut, d.content_hash, COALESCE(p.name, ''), COALESCE(u.name, '')
		FROM drop_offs d LEFT JOIN drop_off_reviews v ON v.drop_off_id = d.id AND v.decision = 'accepted'
		LEFT JOIN collection_points p ON p.id = d.point_id LEFT JOIN users u ON u.id = d.cleaner_id
		WHERE d.id IN (`+marks+`) OR d.id IN (SELECT drop_off_id FROM drop_off_reviews WHERE id IN (`+marks+`))`,
		append(slices.Clone(args), args...), func(rows *sql.Rows) error {
			var d dropOff
			err := rows.Scan(&d.id, &d.entryID, &d.householdID, &d.happenedAt, &d.recordedAt, &d.earned, &d.cut, &d.hash, &d.pointName, &d.cleaner)
			found[d.entryID], byID[d.id] = &d, &d
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("read drop-offs: %w", err)
	}
	return found, w.dropOffFacts(byID)
}

// dropOffFacts adds what was dropped off, each item with its points.
func (w *walk) dropOffFacts(byID map[id.ID]*dropOff) error {
	if len(byID) == 0 {
		return nil
	}
	var ids []id.ID
	for dropOffID := range byID {
		ids = append(ids, dropOffID)
	}
	marks, args := database.List(database.IDs(ids))
	err := database.Scan(w.ctx, w.tx, `
		SELECT i.drop_off_id, COALESCE(r.name_zh, i.item), COALESCE(r.name_en, i.item), i.grams, i.pieces, i.grade, i.earned
		FROM drop_off_items i JOIN drop_offs d ON d.id = i.drop_off_id
		LEFT JOIN tariff_rules r ON r.tariff_id = d.tariff_id AND r.item = i.item
		WHERE i.drop_off_id IN (`+marks+`) ORDER BY i.drop_off_id, i.line_no`, args, func(rows *sql.Rows) error {
		var dropOffID id.ID
		var zh, en, grade string
		var grams, pieces int64
		var earned points.Points
		if err := rows.Scan(&dropOffID, &zh, &en, &grams, &pieces, &grade, &earned); err != nil {
			return err
		}
		d := byID[dropOffID]
		d.facts = append(d.facts, Fact{w.itemText(zh, en, grams, pieces, grade), earned.String()})
		return nil
	})
	if err != nil {
		return fmt.Errorf("read items: %w", err)
	}
	for _, d := range byID {
		if d.cut > 0 {
			d.facts = append(d.facts, Fact{w.say("trace.cut"), signed(-d.cut)})
		}
	}
	return nil
}

func (w *walk) itemText(zh, en string, grams, pieces int64, grade string) string {
	text := zh
	if w.lang == i18n.English {
		text = en
	}
	switch {
	case grams > 0:
		text = w.say("statement.weight", "item", text, "item_grams", grams)
	case pieces > 0:
		text = w.say("statement.pieces", "item", text, "pieces", pieces)
	}
	if grade != "" {
		text += " · " + w.say("statement.grade."+grade)
	}
	return text
}

// dropOffStep is the visit itself.
func (w *walk) dropOffStep(d *dropOff, share points.Points) (Step, error) {
	height, err := w.heightOf(d.id)
	s := Step{Kind: DropOff, ID: d.id, At: d.happenedAt, RecordedAt: d.recordedAt, Points: d.earned, Share: share,
		By: w.person(d.cleaner), Hash: short(d.hash), Height: height}
	s.Facts = w.whose(d.householdID)
	if d.pointName != "" {
		s.Facts = append(s.Facts, Fact{w.say("trace.point"), d.pointName})
	}
	s.Facts = append(s.Facts, d.facts...)
	return s, err
}

// whose names the household of a step, unless the whole trace is about it.
func (w *walk) whose(householdID id.ID) []Fact {
	if householdID == w.trace.HouseholdID {
		return nil
	}
	return []Fact{{w.say("trace.household"), w.houseName(householdID)}}
}

// addDropOff adds a visit, why it waited and who decided.
func (w *walk) addDropOff(d *dropOff) error {
	s, err := w.dropOffStep(d, 0)
	if err != nil {
		return err
	}
	w.add(s)
	err = database.Scan(w.ctx, w.tx, `SELECT held_at FROM drop_off_holds WHERE drop_off_id = ?`, []any{d.id[:]}, func(rows *sql.Rows) error {
		hold := Step{Kind: Hold, ID: d.id, Hash: s.Hash, Height: s.Height}
		err := rows.Scan(&hold.At)
		hold.RecordedAt = hold.At
		w.trace.Steps = append(w.trace.Steps, hold)
		return err
	})
	if err != nil {
		return fmt.Errorf("read hold: %w", err)
	}
	err = database.Scan(w.ctx, w.tx, `
		SELECT v.id, v.decision, v.earned - v.cut, v.reason, v.recorded_at, COALESCE(u.name, ''), COALESCE(s.height, 0)
		FROM drop_off_reviews v LEFT JOIN users u ON u.id = v.reviewer_id LEFT JOIN seal_items s ON s.id = v.id
		WHERE v.drop_off_id = ?`, []any{d.id[:]}, func(rows *sql.Rows) error {
		review := Step{Kind: Review}
		var decision, reason, by string
		err := rows.Scan(&review.ID, &decision, &review.Points, &reason, &review.At, &by, &review.Height)
		review.RecordedAt, review.By = review.At, w.person(by)
		review.Facts = append(review.Facts, Fact{w.say("trace.decision"), w.say("trace.decision." + decision)})
		if reason != "" {
			review.Facts = append(review.Facts, Fact{w.say("trace.reason"), reason})
		}
		w.trace.Steps = append(w.trace.Steps, review)
		return err
	})
	if err != nil {
		return fmt.Errorf("read review: %w", err)
	}
	return nil
}

// followWaiting shows a drop-off that has no points yet, or never gets any.
func (w *walk) followWaiting(dropOffID id.ID) error {
	found, err := w.dropOffs([]id.ID{dropOffID})
	if err != nil {
		return err
	}
	for _, d := range found {
		if !w.seesHousehold(d.householdID) {
			return Unknown()
		}
		w.this, w.trace.Subject, w.trace.Points, w.trace.HouseholdID = d.id, DropOff, d.earned-d.cut, d.householdID
		if err := w.addDropOff(d); err != nil {
			return err
		}
		w.trace.Steps[0].This = true
	}
	return nil
}

// addOrigins adds where what an entry spent came from, and the visit behind what
// it gave.
func (w *walk) addOrigins(e *entry, before []hit) error {
	found, err := w.dropOffs(append(idsOf(before), e.id))
	if err != nil {
		return err
	}
	if d := found[e.id]; d != nil {
		if err := w.addDropOff(d); err != nil {
			return err
		}
	}
	var rest []hit
	for _, h := range before {
		d := found[h.entryID]
		if d == nil {
			rest = append(rest, h)
			continue
		}
		s, err := w.dropOffStep(d, h.amount)
		if err != nil {
			return err
		}
		s.EntryID = id.Some(h.entryID)
		w.add(s)
	}
	return w.addEntries(rest)
}

// addEntries adds a step for each entry.
func (w *walk) addEntries(hits []hit) error {
	if err := w.load(idsOf(hits)...); err != nil {
		return err
	}
	for _, h := range hits {
		e := w.entries[h.entryID]
		if e == nil {
			continue
		}
		s := Step{Kind: kindOf(e), ID: e.id, EntryID: id.Some(e.id), At: e.effectiveAt, RecordedAt: e.recordedAt, Share: h.amount,
			Hash: short(e.hash), Height: e.height}
		if l, ok := e.household(1); ok {
			s.Points = l.points
		}
		if l, ok := e.household(-1); ok {
			s.Points = l.points
		}
		if err := w.describe(&s, e); err != nil {
			return err
		}
		w.add(s)
	}
	return nil
}

// addReversal adds the entry that takes one back, if the points did not lead to
// it already.
func (w *walk) addReversal(e *entry) error {
	by, err := w.one(`SELECT id FROM entries WHERE reverses_id = ?`, e.id)
	if err != nil || by.IsZero() || slices.ContainsFunc(w.trace.Steps, func(s Step) bool { return s.ID == by }) {
		return err
	}
	return w.addEntries([]hit{{entryID: by}})
}

// describe tells what an entry is about.
func (w *walk) describe(s *Step, e *entry) error {
	name, err := w.one2(`SELECT COALESCE(name, '') FROM users WHERE id = ?`, e.actorID)
	if err != nil {
		return err
	}
	s.By = w.person(name)
	switch e.kind {
	case ledger.Redemption:
		return w.describeRedemption(s)
	case ledger.HouseholdChange:
		err = w.describeChange(s)
	case Adjustment:
		reason, err := w.one2(`SELECT a.reason FROM adjustment_acts t JOIN adjustments a ON a.id = t.adjustment_id WHERE t.id = ?`, e.id)
		if err != nil {
			return err
		}
		w.reason(s, reason)
	}
	w.reason(s, e.reason)
	for _, l := range e.lines {
		s.Facts = append(s.Facts, Fact{w.accountName(l), signed(l.points)})
	}
	return err
}

func (w *walk) reason(s *Step, reason string) {
	if reason != "" {
		s.Facts = append(s.Facts, Fact{w.say("trace.reason"), reason})
	}
}

func signed(p points.Points) string {
	if p > 0 {
		return "+" + p.String()
	}
	return "−" + (-p).String()
}

// one2 returns the text a query finds.
func (w *walk) one2(query string, arg id.ID) (found string, err error) {
	err = database.Scan(w.ctx, w.tx, query, []any{arg[:]}, func(rows *sql.Rows) error { return rows.Scan(&found) })
	return found, err
}

// accountName names an account for the reader.
func (w *walk) accountName(l line) string {
	switch l.kind {
	case "household":
		return w.houseName(l.owner)
	case "payable":
		if shop, err := w.shop(l.owner); err == nil && shop.name != "" {
			return shop.name
		}
	}
	if code := "trace.account." + l.kind; i18n.Known(code) {
		return w.say(code)
	}
	return w.say("seal.accounts." + l.kind)
}

func (w *walk) describeChange(s *Step) error {
	return database.Scan(w.ctx, w.tx, `SELECT kind, household_id, target_id, members, reason FROM household_changes WHERE id = ?`, []any{s.ID[:]}, func(rows *sql.Rows) error {
		var kind, reason string
		var from id.ID
		var to id.NullID
		var members int
		if err := rows.Scan(&kind, &from, &to, &members, &reason); err != nil {
			return err
		}
		s.Facts = append(s.Facts, Fact{w.say("trace.change"), w.say("trace.change." + kind)}, Fact{w.say("trace.change.from"), w.houseName(from)})
		if to.Valid {
			s.Facts = append(s.Facts, Fact{w.say("trace.change.to"), w.houseName(to.ID)})
		}
		if members > 0 {
			s.Facts = append(s.Facts, Fact{w.say("trace.change.members"), fmt.Sprint(members)})
		}
		if w.seesHousehold(from) {
			w.reason(s, reason)
		}
		return nil
	})
}

func (w *walk) describeRedemption(s *Step) error {
	var shopID, householdID id.ID
	var confirm string
	err := database.Scan(w.ctx, w.tx, `SELECT number, household_id, shop_id, confirm_method FROM redemptions WHERE id = ?`, []any{s.ID[:]}, func(rows *sql.Rows) error {
		return rows.Scan(&s.Number, &householdID, &shopID, &confirm)
	})
	if err != nil {
		return fmt.Errorf("read redemption: %w", err)
	}
	err = database.Scan(w.ctx, w.tx, `SELECT name, quantity, unit, points FROM redemption_items WHERE redemption_id = ? ORDER BY line_no`, []any{s.ID[:]}, func(rows *sql.Rows) error {
		var name, unit string
		var quantity int64
		var p points.Points
		err := rows.Scan(&name, &quantity, &unit, &p)
		s.Facts = append(s.Facts, Fact{w.say("statement.goods", "name", name, "quantity", quantity, "unit", unit), p.String()})
		return err
	})
	if err != nil {
		return fmt.Errorf("read goods: %w", err)
	}
	shop, err := w.shop(shopID)
	s.Facts = append(s.Facts, w.whose(householdID)...)
	s.Facts = append(s.Facts, Fact{w.say("trace.shop"), shop.name}, Fact{w.say("trace.confirm"), w.say("trace.confirm." + confirm)})
	return err
}

// shop is a shop as a step names it.
type shop struct {
	id, divisionID id.ID
	name           string
}

func (w *walk) shop(shopID id.ID) (s shop, err error) {
	err = database.Scan(w.ctx, w.tx, `SELECT id, division_id, name FROM shops WHERE id = ?`, []any{shopID[:]}, func(rows *sql.Rows) error {
		return rows.Scan(&s.id, &s.divisionID, &s.name)
	})
	return s, err
}
