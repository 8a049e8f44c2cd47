package closing

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"slices"
	"time"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
)

// Verify is a recount with a walk through the book of its own; whoever walks
// through it anyway takes NewRecount.
func Verify(ctx context.Context, tx *gorm.DB, zone *time.Location, r *ledger.Report) error {
	c, err := NewRecount(ctx, tx, zone)
	if err != nil {
		return err
	}
	if _, err := ledger.VerifyIn(ctx, []*gorm.DB{tx}, r, ledger.Scope{Parts: []ledger.Part{c.Page, ledger.Picks(Picks)}}); err != nil {
		return err
	}
	return c.Verify(ctx, tx, r)
}

// Verify holds the book by day and month against the lines of all pages, and
// every closing against it: what was closed has its villages, its acts
// follow each other, its figures hash and recompute, a month begins with what
// the one before left, nothing is recorded into it, and its accounts know. It
// never repairs.
func (c *Recount) Verify(ctx context.Context, tx *gorm.DB, r *ledger.Report) error {
	if err := c.verifyBook(ctx, tx, r); err != nil {
		return fmt.Errorf("verify the book by month: %w", err)
	}
	acts, err := queryActs(ctx, tx, "")
	if err != nil {
		return err
	}
	if err := verifyActs(ctx, tx, r, c.zone, acts, c.all); err != nil {
		return fmt.Errorf("verify closings: %w", err)
	}
	if err := r.FindIDs(ctx, tx, "closing_request", "an act that nobody asked for", `
		SELECT c.id FROM closing_acts c LEFT JOIN requests q ON q.id = c.id AND q.kind = 'closing' AND q.outcome = 'posted'
			AND q.actor_id = c.actor_id AND q.recorded_at = c.acted_at
		WHERE q.id IS NULL LIMIT 1000`); err != nil {
		return err
	}
	return verifyFences(ctx, tx, r, acts)
}

// Picks find requests and entries that have nothing behind them.
var Picks = []ledger.Pick{
	{Check: "closing_request", Text: "was asked for, and the act is not there", Kinds: []string{"closing"}, SQL: `
		SELECT q.id FROM requests q LEFT JOIN closing_acts c ON c.id = q.id
		WHERE %s AND q.outcome = 'posted' AND c.id IS NULL LIMIT 1000`},
}

// seal names a seal in findings.
type seal int64

func (h seal) String() string { return fmt.Sprintf("seal %d", int64(h)) }

func verifySeals(ctx context.Context, tx *gorm.DB, r *ledger.Report) error {
	next := int64(1)
	return database.Scan(ctx, tx, `SELECT b.height, s.height FROM book_seals b LEFT JOIN seals s ON s.height = b.height ORDER BY b.height`, nil, func(rows *sql.Rows) error {
		var height int64
		var known sql.NullInt64
		err := rows.Scan(&height, &known)
		if height != next || !known.Valid {
			r.Find("book_seal", seal(height), "stands in the book by month where seal %d should", next)
		}
		next = height + 1
		return err
	})
}

// computed are cells as the lines make them.
type computed interface {
	take(cell) points.Points // and forgets it
	all() iter.Seq2[cell, points.Points]
}

func verifyCells(ctx context.Context, tx *gorm.DB, r *ledger.Report, table, period string, c computed) error {
	err := database.Scan(ctx, tx, `SELECT `+period+`, owner_id, account_kind, entry_kind, points FROM `+table, nil, func(rows *sql.Rows) error {
		var at cell
		var kept points.Points
		if err := rows.Scan(&at.period, &at.ownerID, &at.account, &at.entry, &kept); err != nil {
			return err
		}
		if is := c.take(at); is != kept {
			r.Find(table, at.ownerID, "%d %s %s says %s, its lines add up to %s", at.period, at.account, at.entry, kept, is)
		}
		return nil
	})
	for at, is := range c.all() {
		if is != 0 {
			r.Find(table, at.ownerID, "%d %s %s is missing, its lines add up to %s", at.period, at.account, at.entry, is)
		}
	}
	return err
}

// verifyActs walks the acts of each town in their order.
func verifyActs(ctx context.Context, tx *gorm.DB, r *ledger.Report, zone *time.Location, acts history, all sums) error {
	figures, err := readAll(ctx, tx)
	if err != nil {
		return err
	}
	villages, err := readBegun(ctx, tx)
	if err != nil {
		return err
	}
	var h history
	known := make(map[id.ID]bool)
	for _, a := range acts {
		known[a.ID] = true
		if len(h) > 0 && h[0].TownID != a.TownID {
			h = nil
		}
		verifyAct(r, zone, h, a)
		switch a.Act {
		case begin:
			begun := villages[a.ID]
			if hashVillages(begun.divisions) != a.FiguresHash || begun.otherUntil(a.UntilAt) {
				r.Find("closing_villages", a.ID, "is about other villages than it says")
			}
		case Close:
			kept := figures[a.ID]
			if hashFigures(kept) != a.FiguresHash {
				r.Find("closing_figures", a.ID, "its figures do not hash to what it says")
			}
			verifyFigures(r, h, a, kept, figures, all)
		}
		h = append(h, a)
	}
	for actID := range figures {
		if known[actID] {
			continue
		}
		r.Find("closing_figures", actID, "figures of a closing that is not there")
	}
	for actID := range villages {
		if known[actID] {
			continue
		}
		r.Find("closing_villages", actID, "villages of a closing that is not there")
	}
	return nil
}

func verifyAct(r *ledger.Report, zone *time.Location, h history, a Act) {
	again := h.add(Act{ID: a.ID, Month: a.Month, TownID: a.TownID, Act: a.Act, ActorID: a.ActorID, AskerID: a.AskerID, At: a.At,
		UntilAt: a.Month.Next().First().Start(zone), Reason: a.Reason, FiguresHash: a.FiguresHash})
	if again.Hash != a.Hash || again.Seq != a.Seq || again.Step != a.Step || again.UntilAt != a.UntilAt {
		r.Find("closing_act", a.ID, "does not follow from the act before it")
	}
	if order[(a.Step-1+len(order))%len(order)] != a.Act {
		r.Find("closing_act", a.ID, "stands where another act should")
	}
	if a.Act == Reopen && (a.AskerID.ID != h.last(a.Month).ActorID || a.AskerID.ID == a.ActorID) {
		r.Find("closing_reopened", a.ID, "was not re-opened by two people")
	}
	allowed := a.Act
	if allowed == begin {
		allowed = Close
	}
	if err := h.refusal(allowed, a.Month, a.ActorID); err != nil {
		r.Find("closing_act", a.ID, "was not possible then: %v", err)
	}
}

// verifyFigures recomputes the figures out of the book, and holds the opening
// against what the month before left.
func verifyFigures(r *ledger.Report, h history, a Act, kept []figure, figures map[id.ID][]figure, all sums) {
	mine := byVillage(kept)
	villages := make([]id.ID, 0, len(mine))
	for villageID := range mine {
		villages = append(villages, villageID)
	}
	again := newBook(villages)
	for c, amount := range all {
		again.take(c, a.Month, amount)
	}
	for villageID, computed := range again {
		for name, is := range computed {
			if was, ok := mine[villageID][name]; was != is || !ok && is != 0 {
				r.Find("closing_recorded", a.ID, "%s of %s says %d, what was recorded by then adds up to %d", name, villageID, was, is)
			}
		}
	}
	before, ok := h.closing(a.Month.AddMonths(-1))
	if !ok {
		return
	}
	left := byVillage(figures[before.ID])
	for villageID := range mine {
		if last, ok := left[villageID]; ok && last[closingLeft] != mine[villageID][opening] {
			r.Find("closing_opening", a.ID, "%s begins with %d, the month before left %d", villageID, mine[villageID][opening], last[closingLeft])
		}
	}
}

func readAll(ctx context.Context, tx *gorm.DB) (map[id.ID][]figure, error) {
	found := make(map[id.ID][]figure)
	err := database.Scan(ctx, tx, `SELECT act_id, village_id, name, value FROM closing_figures`, nil, func(rows *sql.Rows) error {
		var actID id.ID
		var f figure
		err := rows.Scan(&actID, &f.villageID, &f.name, &f.value)
		found[actID] = append(found[actID], f)
		return err
	})
	for _, figures := range found {
		sortFigures(figures)
	}
	return found, err
}

// begun are the divisions of a beginning.
type begun struct {
	divisions []id.ID
	until     []calendar.Micros
}

func (b begun) otherUntil(until calendar.Micros) bool {
	return slices.ContainsFunc(b.until, func(at calendar.Micros) bool { return at != until })
}

func readBegun(ctx context.Context, tx *gorm.DB) (map[id.ID]begun, error) {
	found := make(map[id.ID]begun)
	err := database.Scan(ctx, tx, `SELECT act_id, division_id, until_at FROM closing_villages`, nil, func(rows *sql.Rows) error {
		var actID, divisionID id.ID
		var until calendar.Micros
		err := rows.Scan(&actID, &divisionID, &until)
		b := found[actID]
		found[actID] = begun{append(b.divisions, divisionID), append(b.until, until)}
		return err
	})
	return found, err
}

// verifyFences holds what accounts know against what was closed. While a closing
// is under way, or broke off, some know already.
func verifyFences(ctx context.Context, tx *gorm.DB, r *ledger.Report, acts history) error {
	closed, begun := make(map[id.ID]calendar.Micros), make(map[id.ID]calendar.Micros)
	finished := make(map[id.ID]bool)
	for i, a := range acts {
		if a.Act == Close {
			for k := i - 1; k >= 0 && acts[k].TownID == a.TownID; k-- {
				if acts[k].Month == a.Month && acts[k].Act == begin {
					finished[acts[k].ID] = true
					break
				}
			}
		}
	}
	err := database.Scan(ctx, tx, `SELECT division_id, act_id, until_at FROM closing_villages`, nil, func(rows *sql.Rows) error {
		var divisionID, actID id.ID
		var until calendar.Micros
		err := rows.Scan(&divisionID, &actID, &until)
		begun[divisionID] = max(begun[divisionID], until)
		if finished[actID] {
			closed[divisionID] = max(closed[divisionID], until)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("verify closed months: %w", err)
	}
	err = database.Scan(ctx, tx, `SELECT b.account_id, a.village_id, b.closed_until FROM account_balances b JOIN accounts a ON a.id = b.account_id`, nil, func(rows *sql.Rows) error {
		var accountID id.ID
		var villageID id.NullID
		var until calendar.Micros
		err := rows.Scan(&accountID, &villageID, &until)
		if until != closed[villageID.ID] && until != begun[villageID.ID] {
			r.Find("account_closed_until", accountID, "says that its months are closed up to another instant than its village's")
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("verify closed months: %w", err)
	}
	return nil
}
