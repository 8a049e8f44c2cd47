package dropoff

import (
	"context"
	"database/sql"
	"fmt"

	"gorm.io/gorm"

	"hufen/internal/database"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
)

// Verify recomputes every drop-off: its hash, its items, their price by the
// tariff's version, and its award in the ledger. It adds what is wrong to the
// report and never repairs. It goes through the book for that; whoever does so
// anyway takes NewRecount.
func Verify(ctx context.Context, tx *gorm.DB, r *ledger.Report) error {
	c, err := NewRecount(ctx, tx)
	if err != nil {
		return err
	}
	if _, err := ledger.VerifyIn(ctx, []*gorm.DB{tx}, r, ledger.Scope{Parts: []ledger.Part{c.Page, ledger.Picks(Picks)}}); err != nil {
		return err
	}
	if err := c.VerifyRest(ctx, tx, r); err != nil {
		return err
	}
	_, err = c.VerifySums(ctx, tx, r)
	return err
}

// VerifyRest checks what the pages do not hold: reviews and objections. It may
// run beside the walk.
func (c *Recount) VerifyRest(ctx context.Context, tx *gorm.DB, r *ledger.Report) error {
	counted := &counts{seed: c.seed}
	err := walkReviews(ctx, tx, func(v *reviewed) {
		v.verify(c.tariffs[v.tariffID], r)
		if v.accepted && !v.reversed {
			d := v.dropOff
			d.Items, d.Earned, d.Cut = v.items, v.earned, v.cut
			counted.add(&d, 1)
		}
	})
	if err != nil {
		return err
	}
	c.take(counted)
	for _, q := range awardQueries {
		if err := r.FindIDs(ctx, tx, q.check, q.text, q.sql); err != nil {
			return err
		}
	}
	return nil
}

func verifyDropOff(d *DropOff, tariff *Tariff, r *ledger.Report) {
	if d.contentHash() != d.ContentHash {
		r.Find("drop_off_hash", d.ID, "the drop-off does not hash to what it says")
	}
	var earned, cut points.Points
	for i, item := range d.Items {
		earned += item.Earned
		cut += item.Cut
		if tariff == nil {
			continue
		}
		price, ok := tariff.priceOf(item)
		if !ok || price != item.Earned || item.Cut < 0 || item.Cut > item.Earned {
			r.Find("drop_off_price", d.ID, "item %d earned %s, by the tariff it is %s", i+1, item.Earned, price)
		}
	}
	if tariff == nil {
		r.Find("drop_off_tariff", d.ID, "its tariff is missing")
	}
	if len(d.Items) == 0 || earned != d.Earned || cut != d.Cut {
		r.Find("drop_off_items", d.ID, "its %d items add up to %s less %s, not %s less %s", len(d.Items), earned, cut, d.Earned, d.Cut)
	}
}

// reviewed is a review with the items it credits, beside those that were
// recorded.
type reviewed struct {
	dropOffID, tariffID id.ID
	dropOff             DropOff // whose it is, where and when
	accepted, reversed  bool
	earned, cut         points.Points // as the review says
	recorded            points.Points // what was recorded
	items               []Item
	unmatched           int // lines that only one side has
}

// walkReviews reads all reviews with their items, in the order of the drop-offs.
func walkReviews(ctx context.Context, tx *gorm.DB, each func(*reviewed)) error {
	rows, err := database.Query(ctx, tx, `
		SELECT r.drop_off_id, d.tariff_id, r.decision, r.earned, r.cut, d.earned, i.item, i.category,
		       ri.grams, ri.pieces, ri.grade, ri.earned, ri.cut, d.household_id, d.village_id, d.day, d.month, x.id IS NOT NULL
		FROM drop_off_reviews r
		JOIN drop_offs d ON d.id = r.drop_off_id
		LEFT JOIN drop_off_items i ON i.drop_off_id = r.drop_off_id
		LEFT JOIN drop_off_review_items ri ON ri.drop_off_id = r.drop_off_id AND ri.line_no = i.line_no
		LEFT JOIN entries x ON x.reverses_id = r.id
		ORDER BY r.drop_off_id, i.line_no`)
	if err != nil {
		return fmt.Errorf("verify reviews: %w", err)
	}
	defer rows.Close()
	var current *reviewed
	for rows.Next() {
		v, item, err := scanReviewed(rows)
		if err != nil {
			return fmt.Errorf("verify reviews: %w", err)
		}
		if current == nil || current.dropOffID != v.dropOffID {
			if current != nil {
				each(current)
			}
			current = v
		}
		if item == nil {
			current.unmatched++
		} else {
			current.items = append(current.items, *item)
		}
	}
	if current != nil {
		each(current)
	}
	return rows.Err()
}

func scanReviewed(rows *sql.Rows) (*reviewed, *Item, error) {
	var v reviewed
	var decision string
	var item, category, grade sql.NullString
	var grams, pieces, earned, cut sql.NullInt64
	if err := rows.Scan(&v.dropOffID, &v.tariffID, &decision, &v.earned, &v.cut, &v.recorded, &item, &category,
		&grams, &pieces, &grade, &earned, &cut, &v.dropOff.HouseholdID, &v.dropOff.VillageID, &v.dropOff.Day, &v.dropOff.Month, &v.reversed); err != nil {
		return nil, nil, err
	}
	v.accepted = decision == accepted
	if !grams.Valid {
		return &v, nil, nil
	}
	return &v, &Item{Item: item.String, Category: category.String, Grams: grams.Int64, Pieces: pieces.Int64, Grade: grade.String,
		Earned: points.Points(earned.Int64), Cut: points.Points(cut.Int64)}, nil
}

// verify prices what was accepted again, corrected or not, by the tariff of the
// drop-off's day. A refusal says what was recorded and credits nothing.
func (v *reviewed) verify(tariff *Tariff, r *ledger.Report) {
	if !v.accepted {
		if len(v.items) > 0 || v.earned != v.recorded {
			r.Find("drop_off_review", v.dropOffID, "was refused, but says %s with %d items", v.earned, len(v.items))
		}
		return
	}
	var earned, cut points.Points
	for i, item := range v.items {
		earned += item.Earned
		cut += item.Cut
		if tariff == nil {
			continue
		}
		price, ok := tariff.priceOf(item)
		if !ok || price != item.Earned || item.Cut < 0 || item.Cut > item.Earned {
			r.Find("drop_off_review_price", v.dropOffID, "item %d is credited with %s, by the tariff it is %s", i+1, item.Earned, price)
		}
	}
	if v.unmatched > 0 || earned != v.earned || cut != v.cut {
		r.Find("drop_off_review_items", v.dropOffID, "its %d items add up to %s less %s, not %s less %s", len(v.items), earned, cut, v.earned, v.cut)
	}
}

// priceOf prices a stored item again.
func (t *Tariff) priceOf(item Item) (points.Points, bool) {
	rule, ok := t.Rule(item.Item)
	if !ok || rule.Category != item.Category {
		return 0, false
	}
	price, refusal := rule.price(ItemInput{Item: item.Item, Grams: &item.Grams, Pieces: &item.Pieces, Grade: item.Grade})
	return price, refusal == nil
}

// Picks find requests and entries that have nothing behind them.
var Picks = []ledger.Pick{
	{Check: "drop_off_review", Text: "was asked for, is not there; or the other way round", Kinds: []string{"review"}, SQL: `
		SELECT q.id FROM requests q LEFT JOIN drop_off_reviews r ON r.id = q.id
		WHERE %s AND (q.outcome = 'rejected') <> (r.id IS NULL) LIMIT 1000`},
	{Check: "drop_off_objection", Text: "was asked for, is not there; or the other way round", Kinds: []string{"objection"}, SQL: `
		SELECT q.id FROM requests q LEFT JOIN drop_off_objections o ON o.id = q.id
		WHERE %s AND (q.outcome = 'rejected') <> (o.id IS NULL) LIMIT 1000`},
}

// awardQueries find drop-offs and entries that do not belong to each other.
var awardQueries = []struct{ check, text, sql string }{
	{"drop_off_award", "the review's award is not what it says", `
		SELECT r.drop_off_id FROM drop_off_reviews r LEFT JOIN entry_lines l ON l.entry_id = r.id AND l.account_seq IS NOT NULL
		WHERE r.decision = 'accepted' AND COALESCE(l.points, 0) <> r.earned - r.cut
			AND COALESCE(l.points, 0) + COALESCE((SELECT SUM(c.points) FROM entry_lines c JOIN accounts a ON a.id = c.account_id AND a.kind = 'clawback'
				WHERE c.entry_id = r.id), 0) <> r.earned - r.cut LIMIT 1000`},
	{"drop_off_review", "was reviewed by who recorded it", `
		SELECT r.drop_off_id FROM drop_off_reviews r CROSS JOIN requests q ON q.id = r.id AND q.kind = 'review'
		CROSS JOIN drop_offs d ON d.id = r.drop_off_id WHERE d.cleaner_id = r.reviewer_id LIMIT 1000`},
	{"drop_off_review", "nobody asked for this review", `
		SELECT r.id FROM drop_off_reviews r LEFT JOIN requests q ON q.id = r.id AND q.outcome = 'posted' AND q.actor_id = r.reviewer_id
			AND q.recorded_at = r.recorded_at AND (q.kind = 'review' OR q.kind = 'reversal' AND r.decision = 'refused')
		WHERE q.id IS NULL LIMIT 1000`},
	{"drop_off_review", "was accepted by a person in its objection period, or by the service outside of one", `
		SELECT r.drop_off_id FROM drop_off_reviews r JOIN drop_off_holds h ON h.drop_off_id = r.drop_off_id
		LEFT JOIN drop_off_objections o ON o.drop_off_id = r.drop_off_id
		WHERE r.decision = 'accepted' AND (h.objection_until IS NOT NULL AND o.drop_off_id IS NULL)
			<> (r.reviewer_id = x'00000000000070008000000000000001') LIMIT 1000`},
	{"drop_off_hold", "an objection period without its last day, or the other way round", `
		SELECT drop_off_id FROM drop_off_holds WHERE (reason = 'objection_period') <> (objection_until IS NOT NULL) LIMIT 1000`},
	{"drop_off_objection", "nobody asked for this objection, or its drop-off had no objection period", `
		SELECT o.id FROM drop_off_objections o
		LEFT JOIN requests q ON q.id = o.id AND q.kind = 'objection' AND q.actor_id = o.actor_id AND q.recorded_at = o.recorded_at
		LEFT JOIN drop_off_holds h ON h.drop_off_id = o.drop_off_id AND h.objection_until IS NOT NULL
		WHERE q.id IS NULL OR h.drop_off_id IS NULL LIMIT 1000`},
	{"drop_off_objection", "waits for a budget, and none that makes drop-offs wait was set for its village", `
		SELECT o.id FROM drop_off_objections o JOIN drop_offs d ON d.id = o.drop_off_id
		WHERE o.actor_id = x'00000000000070008000000000000001' AND (o.reason <> 'over_budget' OR NOT EXISTS (
			SELECT 1 FROM budgets b JOIN division_ancestors v ON v.ancestor_id = b.division_id
			WHERE v.division_id = d.village_id AND b.at_full = 'hold' AND b.valid_from <= d.month)) LIMIT 1000`},
	{"drop_off_posting", "is in its objection period and not on the list of those, or the other way round", `
		SELECT drop_off_id FROM (
			SELECT h.drop_off_id, h.village_id, h.objection_until, 1 AS n FROM drop_off_holds h
			WHERE h.objection_until IS NOT NULL
			  AND NOT EXISTS (SELECT 1 FROM drop_off_reviews r WHERE r.drop_off_id = h.drop_off_id)
			  AND NOT EXISTS (SELECT 1 FROM drop_off_objections o WHERE o.drop_off_id = h.drop_off_id)
			UNION ALL SELECT drop_off_id, village_id, objection_until, -1 FROM drop_off_postings
		) both_sides GROUP BY drop_off_id, village_id, objection_until HAVING SUM(n) <> 0 LIMIT 1000`},
	{"drop_off_review_items", "items of a review or of a line that is not there", `
		SELECT ri.drop_off_id FROM drop_off_review_items ri LEFT JOIN drop_off_reviews r ON r.drop_off_id = ri.drop_off_id
		LEFT JOIN drop_off_items i ON i.drop_off_id = ri.drop_off_id AND i.line_no = ri.line_no
		WHERE r.drop_off_id IS NULL OR i.drop_off_id IS NULL LIMIT 1000`},
	{"drop_off_review", "a review of a drop-off that did not wait", `
		SELECT r.drop_off_id FROM drop_off_reviews r LEFT JOIN drop_offs d ON d.id = r.drop_off_id AND d.status = 'pending'
		WHERE d.id IS NULL LIMIT 1000`},
}
