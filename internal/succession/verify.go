package succession

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"hufen/internal/database"
	"hufen/internal/household"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
)

// Verify recomputes every change: its hash, the lines of its entry, and that what
// one household gave is what the other got; that who left is gone; and that the
// people of every village add up. That points go from household to household in
// no other way is found by the ledger's own walk. It adds what is wrong to the
// report and never repairs.
func Verify(ctx context.Context, tx *gorm.DB, r *ledger.Report) error {
	if err := VerifyRest(ctx, tx, r); err != nil {
		return err
	}
	return r.FindPicks(ctx, tx, Picks)
}

// VerifyRest is Verify without Picks, for whoever walks through the book anyway.
func VerifyRest(ctx context.Context, tx *gorm.DB, r *ledger.Report) error {
	list, err := queryChanges(ctx, tx, "1 = 1")
	if err != nil {
		return err
	}
	if err := verifyLines(ctx, tx, list, r); err != nil {
		return err
	}
	for _, q := range verifyQueries {
		if err := r.FindIDs(ctx, tx, q.check, q.text, q.sql); err != nil {
			return err
		}
	}
	differences, err := household.CheckPopulation(ctx, tx)
	if err != nil {
		return err
	}
	for _, d := range differences {
		r.Find("population", d.VillageID, "on %s it changes by %d people and %d households, by its households by %d and %d",
			d.Day, d.Stored.Persons, d.Stored.Households, d.Computed.Persons, d.Computed.Households)
	}
	return nil
}

// verifyLines holds each change against its own hash and against the lines of its
// entry.
func verifyLines(ctx context.Context, tx *gorm.DB, list []*Change, r *ledger.Report) error {
	type line struct{ entry, account id.ID }
	moved := make(map[line]points.Points)
	for _, c := range list {
		if c.contentHash() != c.ContentHash {
			r.Find("household_change_hash", c.ID, "the change does not hash to what it says")
		}
		for _, l := range c.lines() {
			moved[line{c.ID, l.Account.ID}] += l.Points
		}
	}
	rows, err := database.Query(ctx, tx, `
		SELECT l.entry_id, l.account_id, l.points FROM household_changes c CROSS JOIN entry_lines l ON l.entry_id = c.id`)
	if err != nil {
		return fmt.Errorf("verify household changes: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var at line
		var sum points.Points
		if err := rows.Scan(&at.entry, &at.account, &sum); err != nil {
			return fmt.Errorf("verify household changes: %w", err)
		}
		moved[at] -= sum
	}
	for at, difference := range moved {
		if difference != 0 {
			r.Find("household_change_lines", at.entry, "its entry moves other points than the change, by %s", difference)
		}
	}
	return rows.Err()
}

// Picks find requests and entries that have nothing behind them.
var Picks = []ledger.Pick{
	{Check: "household_change_entry", Text: "an entry without a household change", Entries: true, Kinds: []string{"household_change"}, SQL: `
		SELECT e.id FROM entries e LEFT JOIN household_changes c ON c.id = e.id
		WHERE %s AND c.id IS NULL LIMIT 1000`},
}

// verifyQueries find changes, entries and households that do not belong to each
// other.
var verifyQueries = []struct{ check, text, sql string }{
	{"household_change_entry", "its entry is missing or is for another fact", `
		SELECT c.id FROM household_changes c
		LEFT JOIN entries e ON e.id = c.id AND e.kind = 'household_change' AND e.source_hash = c.content_hash
			AND e.village_id = c.village_id AND e.actor_id = c.actor_id AND e.recorded_at = c.recorded_at
		WHERE e.id IS NULL LIMIT 1000`},
	{"household_change_open", "left, and its household is open, or not there", `
		SELECT c.id FROM household_changes c LEFT JOIN households h ON h.id = c.household_id AND h.closed_at > 0
		WHERE (c.kind IN ('merge', 'close', 'rest') OR c.kind = 'move' AND c.target_id IS NOT NULL) AND h.id IS NULL LIMIT 1000`},
	{"household_change_after", "is a drop-off for a household that had left", `
		SELECT e.id FROM household_changes c JOIN entry_lines l ON l.entry_id = c.id AND l.points < 0
		JOIN accounts a ON a.id = l.account_id AND a.kind = 'household'
		JOIN entry_lines n ON n.account_id = l.account_id AND n.account_seq > l.account_seq JOIN entries e ON e.id = n.entry_id
		WHERE (c.kind IN ('merge', 'close') OR c.kind = 'move' AND c.target_id IS NOT NULL) AND e.kind = 'drop_off' LIMIT 1000`},
	{"household_change_target", "names a household that is not there", `
		SELECT c.id FROM household_changes c LEFT JOIN households h ON h.id = c.household_id
		LEFT JOIN households t ON t.id = c.target_id
		WHERE h.id IS NULL OR c.target_id IS NOT NULL AND t.id IS NULL LIMIT 1000`},
	{"household_change_card", "left, and its card lives", `
		SELECT d.id FROM cards d JOIN household_changes c ON c.household_id = d.household_id
		WHERE d.revoked_at IS NULL AND (c.kind IN ('merge', 'close') OR c.kind = 'move' AND c.target_id IS NOT NULL) LIMIT 1000`},
}
