package proof

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"hufen/internal/database"
	"hufen/internal/id"
	"hufen/internal/ledger"
)

// Facts hashes what stands behind requests that no entry vouches for: a drop-off
// that waits with the reason it does, an objection, a review with the items it
// credits, and what was adjusted. It is what seals cover beside the ledger.
func Facts(ctx context.Context, tx *gorm.DB, requests []*ledger.Leaf) (map[id.ID]ledger.Hash, error) {
	var waiting, decided, objected, adjusted, closed, budgeted []any
	for _, q := range requests {
		switch {
		case isAdjustment(q):
			adjusted = append(adjusted, q.ID[:])
		case q.Outcome == "pending":
			waiting = append(waiting, q.ID[:])
		case q.Outcome == "posted" && (q.Kind == "review" || q.Kind == "reversal"):
			decided = append(decided, q.ID[:])
		case q.Outcome == "posted" && q.Kind == "objection":
			objected = append(objected, q.ID[:])
		case q.Outcome == "posted" && q.Kind == "closing":
			closed = append(closed, q.ID[:])
		case q.Outcome == "posted" && q.Kind == "budget":
			budgeted = append(budgeted, q.ID[:])
		}
	}
	found := make(map[id.ID]ledger.Hash)
	if err := addHolds(ctx, tx, waiting, found); err != nil {
		return nil, fmt.Errorf("read holds to seal: %w", err)
	}
	if err := addReviews(ctx, tx, decided, found); err != nil {
		return nil, fmt.Errorf("read reviews to seal: %w", err)
	}
	if err := addObjections(ctx, tx, objected, found); err != nil {
		return nil, fmt.Errorf("read objections to seal: %w", err)
	}
	if err := addAdjustments(ctx, tx, adjusted, found); err != nil {
		return nil, fmt.Errorf("read adjustments to seal: %w", err)
	}
	if err := addClosings(ctx, tx, closed, found); err != nil {
		return nil, fmt.Errorf("read closings to seal: %w", err)
	}
	if err := addBudgets(ctx, tx, budgeted, found); err != nil {
		return nil, fmt.Errorf("read budgets to seal: %w", err)
	}
	return found, nil
}

// isAdjustment reports whether a request is one to adjust points, to take
// something back late, or to decide about either.
func isAdjustment(q *ledger.Leaf) bool {
	return q.Outcome != "rejected" && (q.Kind == "adjustment" || q.Kind == "approval" || q.Kind == "refusal") ||
		q.Outcome == "pending" && q.Kind == "reversal"
}

// addAdjustments hashes acts on adjustments by their ids, each over the
// adjustment and the act; both chain everything before them.
func addAdjustments(ctx context.Context, tx *gorm.DB, ids []any, found map[id.ID]ledger.Hash) error {
	return eachPart(ctx, tx, ids, `
		SELECT t.id, a.content_hash, t.act_hash FROM adjustment_acts t LEFT JOIN adjustments a ON a.id = t.adjustment_id
		WHERE t.id IN (%s)`, func(rows *sql.Rows) error {
		var actID id.ID
		var content, act []byte
		if err := rows.Scan(&actID, &content, &act); err != nil {
			return err
		}
		found[actID] = ledger.NewCanonical("hufen/adjustment-fact/1").ID(actID).Bytes(content).Bytes(act).Sum()
		return nil
	})
}

// addClosings takes the hashes of acts on months by their ids; they are over all
// acts of the town before, and the figures.
func addClosings(ctx context.Context, tx *gorm.DB, ids []any, found map[id.ID]ledger.Hash) error {
	return eachPart(ctx, tx, ids, `SELECT id, act_hash FROM closing_acts WHERE id IN (%s)`, func(rows *sql.Rows) error {
		var actID id.ID
		var hash []byte
		err := rows.Scan(&actID, &hash)
		found[actID] = ledger.NewCanonical("hufen/closing-fact/1").ID(actID).Bytes(hash).Sum()
		return err
	})
}

// addBudgets hashes budgets by their ids.
func addBudgets(ctx context.Context, tx *gorm.DB, ids []any, found map[id.ID]ledger.Hash) error {
	return eachPart(ctx, tx, ids, `
		SELECT id, division_id, period, valid_from, points, at_full, recorded_at, actor_id FROM budgets WHERE id IN (%s)`, func(rows *sql.Rows) error {
		var budgetID, divisionID, actorID id.ID
		var period, atFull string
		var from, amount, recordedAt int64
		err := rows.Scan(&budgetID, &divisionID, &period, &from, &amount, &atFull, &recordedAt, &actorID)
		found[budgetID] = ledger.NewCanonical("hufen/budget/1").ID(budgetID).ID(divisionID).Text(period).Number(from).Number(amount).Text(atFull).
			Number(recordedAt).ID(actorID).Sum()
		return err
	})
}

// factsTogether is how many facts are read together.
const factsTogether = 512

func addHolds(ctx context.Context, tx *gorm.DB, ids []any, found map[id.ID]ledger.Hash) error {
	return eachPart(ctx, tx, ids, `
		SELECT d.id, d.content_hash, h.household_id, h.village_id, h.reason, h.held_at, h.objection_until
		FROM drop_offs d LEFT JOIN drop_off_holds h ON h.drop_off_id = d.id
		WHERE d.id IN (%s)`, func(rows *sql.Rows) error {
		var dropOffID id.ID
		var householdID, villageID id.NullID
		var content []byte
		var reason sql.NullString
		var heldAt, until sql.NullInt64
		if err := rows.Scan(&dropOffID, &content, &householdID, &villageID, &reason, &heldAt, &until); err != nil {
			return err
		}
		c := ledger.NewCanonical("hufen/hold/1").ID(dropOffID).Bytes(content).NullID(householdID).NullID(villageID).
			Text(reason.String).Number(heldAt.Int64)
		if until.Valid { // holds without an objection period hash as they did before there were any
			c.Number(until.Int64)
		}
		found[dropOffID] = c.Sum()
		return nil
	})
}

// addReviews hashes reviews by the ids of their requests, each over the review
// and its items in order.
func addReviews(ctx context.Context, tx *gorm.DB, ids []any, found map[id.ID]ledger.Hash) error {
	reviews := make(map[id.ID]*ledger.Canonical)
	err := eachPart(ctx, tx, ids, `
		SELECT v.id, v.drop_off_id, v.decision, v.earned, v.cut, v.reason, v.reviewer_id, v.recorded_at,
		       COALESCE(i.line_no, 0), COALESCE(i.grams, 0), COALESCE(i.pieces, 0), COALESCE(i.grade, ''), COALESCE(i.earned, 0), COALESCE(i.cut, 0)
		FROM drop_off_reviews v LEFT JOIN drop_off_review_items i ON i.drop_off_id = v.drop_off_id
		WHERE v.id IN (%s) ORDER BY v.id, i.line_no`, func(rows *sql.Rows) error {
		var reviewID, dropOffID, reviewerID id.ID
		var decision, reason, grade string
		var earned, cut, recordedAt, lineNo, grams, pieces, itemEarned, itemCut int64
		if err := rows.Scan(&reviewID, &dropOffID, &decision, &earned, &cut, &reason, &reviewerID, &recordedAt,
			&lineNo, &grams, &pieces, &grade, &itemEarned, &itemCut); err != nil {
			return err
		}
		if reviews[reviewID] == nil {
			reviews[reviewID] = ledger.NewCanonical("hufen/review/1").ID(reviewID).ID(dropOffID).Text(decision).Number(earned).Number(cut).
				Text(reason).ID(reviewerID).Number(recordedAt)
		}
		if lineNo != 0 {
			reviews[reviewID].Number(lineNo).Number(grams).Number(pieces).Text(grade).Number(itemEarned).Number(itemCut)
		}
		return nil
	})
	for reviewID, c := range reviews {
		found[reviewID] = c.Sum()
	}
	return err
}

// addObjections hashes objections by the ids of their requests.
func addObjections(ctx context.Context, tx *gorm.DB, ids []any, found map[id.ID]ledger.Hash) error {
	return eachPart(ctx, tx, ids, `
		SELECT id, drop_off_id, reason, actor_id, recorded_at FROM drop_off_objections WHERE id IN (%s)`, func(rows *sql.Rows) error {
		var objectionID, dropOffID, actorID id.ID
		var reason string
		var recordedAt int64
		if err := rows.Scan(&objectionID, &dropOffID, &reason, &actorID, &recordedAt); err != nil {
			return err
		}
		found[objectionID] = ledger.NewCanonical("hufen/objection/1").ID(objectionID).ID(dropOffID).Text(reason).ID(actorID).Number(recordedAt).Sum()
		return nil
	})
}

// eachPart runs a query for parts of the ids and calls each for every row.
func eachPart(ctx context.Context, tx *gorm.DB, ids []any, query string, each func(*sql.Rows) error) error {
	for part := range slices.Chunk(ids, factsTogether) {
		marks, args := database.List(part)
		rows, err := database.Query(ctx, tx, fmt.Sprintf(query, marks), args...)
		if err != nil {
			return err
		}
		for rows.Next() {
			if err := each(rows); err != nil {
				rows.Close()
				return err
			}
		}
		if err := rows.Err(); err != nil {
			return err
		}
	}
	return nil
}
