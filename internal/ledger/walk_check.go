package ledger

import (
	"context"
	"slices"
	"strings"

	"gorm.io/gorm"

	"hufen/internal/id"
	"hufen/internal/points"
)

// checkBook recomputes the entries of the page and holds them against what was
// asked for.
func (d *desk) checkBook(ctx context.Context, tx *gorm.DB) error {
	var unexplained, reversals []id.ID
	for i := range d.page.Records {
		rec := &d.page.Records[i]
		if rec.Entry != nil {
			d.report.Entries++
			d.checkEntry(rec.Entry)
			if rec.Entry.ReversesID.Valid {
				reversals = append(reversals, rec.ID)
			}
		}
		if d.checkRequest(rec) {
			unexplained = append(unexplained, rec.ID)
		}
	}
	for i := range d.orphans {
		d.report.Find("orphan_line", d.orphans[i].EntryID, "a line of an entry that is not there")
	}
	for some := range slices.Chunk(unexplained, listSize) {
		if err := d.findUnexplained(ctx, tx, some); err != nil {
			return err
		}
	}
	for some := range slices.Chunk(reversals, listSize) {
		if err := verifyReversals(ctx, tx, &d.report, some); err != nil {
			return err
		}
	}
	return nil
}

// checkEntry recomputes an entry and those of its lines that stand in no chain
// (ledger.md §6: 1, 6).
func (d *desk) checkEntry(e *Entry) {
	if !balanced(e.Lines) {
		d.report.Find("balance", e.ID, "its %d lines do not balance", len(e.Lines))
	}
	d.buffer.b = d.buffer.b[:0]
	if e.appendTo(&d.buffer).Sum() != e.ContentHash {
		d.report.Find("content_hash", e.ID, "the entry does not hash to what it says")
	}
	if (e.Kind == Reversal) != e.ReversesID.Valid {
		d.report.Find("reversal_kind", e.ID, "is a reversal that names nothing, or the other way round")
	}
	if e.Kind != HouseholdChange && e.accountsOf(kindHousehold) > 1 {
		d.report.Find("transfer", e.ID, "points went from household to household, and no household change says why")
	}
	for i := range e.Lines {
		l := &e.Lines[i]
		if l.Seq != 0 {
			continue
		}
		d.buffer.b = d.buffer.b[:0]
		if l.appendTo(&d.buffer, Hash{}, e.ID, i+1).Sum() != l.Hash {
			d.report.Find("line_hash", e.ID, "line %d does not hash to what it says", i+1)
		}
	}
}

// checkRequest holds a request against its entry, both ways (ledger.md §6: 8). It
// returns whether the request was answered as posted and has no entry, for which
// there has to be a reason.
func (d *desk) checkRequest(rec *Record) (unexplained bool) {
	q, e := rec.Request, rec.Entry
	switch {
	case e != nil && (q == nil || q.Outcome != posted):
		d.report.Find("entry_without_request", rec.ID, "nobody asked for this entry")
		return false
	case q == nil:
		return false // named by a seal only
	case e != nil && !becomes(q.Kind, e.Kind), e == nil && !strings.Contains(requestKinds+noted, " "+q.Kind+" "):
		d.report.Find("request_kind", q.ID, "asks for another kind of thing than it became")
	}
	return e == nil && q.Outcome == posted && q.Kind != "objection" && q.Kind != "refusal" && !strings.Contains(noted, " "+q.Kind+" ")
}

// requestKinds are what can be asked for and refused, or wait, without an entry.
const requestKinds = " drop_off review reversal objection redemption settlement adjustment approval refusal expiry household_change "

// becomes reports whether a request of a kind may become an entry of another.
func becomes(request, entry string) bool {
	switch request {
	case "review":
		return entry == DropOff
	case "approval":
		return entry == "adjustment" || entry == Reversal
	}
	return entry == request
}

// findUnexplained finds requests that were answered as posted, have no entry and
// are not reviews that refused.
func (d *desk) findUnexplained(ctx context.Context, tx *gorm.DB, ids []id.ID) error {
	marks, args := listOf(ids)
	return findIDs(ctx, tx, &d.report, "request_without_entry", "was answered as posted, its entry is missing", `
		SELECT q.id FROM requests q
		LEFT JOIN drop_off_reviews v ON v.id = q.id AND v.decision = 'refused'
		WHERE q.id IN (`+marks+`) AND v.id IS NULL ORDER BY q.id`, args...)
}

// accountsOf counts the different accounts of a kind that the entry moves.
func (e *Entry) accountsOf(kind string) (n int) {
	for i := range e.Lines {
		account := &e.Lines[i].Account
		if account.Kind == kind && !slices.ContainsFunc(e.Lines[:i], func(l Line) bool { return l.Account.ID == account.ID }) {
			n++
		}
	}
	return n
}

// Awarded returns what the entry moves for a household: what it may spend, and
// what works off what it owes.
func (e *Entry) Awarded() (sum points.Points) {
	for i := range e.Lines {
		if account := &e.Lines[i].Account; account.Floored || account.Kind == kindClawback {
			sum += e.Lines[i].Points
		}
	}
	return sum
}
