package adjustment

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/division"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
)

// owing is a line on a clawback account with the entry it belongs to.
type owing struct {
	entryID, villageID id.ID
	kind, code         string
	recordedAt         calendar.Micros
	points             points.Points // below zero: owed; above: worked off
	awarded            points.Points // by the whole entry
}

// verifyClawback follows what each household owes: only reversals add to it,
// only awards work it off, no more of an award than the set share, and never
// more than is owed.
func verifyClawback(ctx context.Context, tx *gorm.DB, r *ledger.Report) error {
	shares, err := settingHistory(ctx, tx, division.ClawbackShare)
	if err != nil {
		return err
	}
	var account string
	var owed points.Points // by the account so far; never below zero
	var at calendar.Micros
	var last id.ID
	settle := func() {
		if owed < 0 {
			r.Find("clawback_sum", last, "%s works off %s more than is owed", account, -owed)
		}
	}
	var full []func() // works off less than the share: then all that was owed
	err = each(ctx, tx, `
		SELECT a.code, e.id, e.village_id, e.kind, e.recorded_at, l.points,
		       -(SELECT COALESCE(SUM(g.points), 0) FROM entry_lines g JOIN accounts i ON i.id = g.account_id WHERE g.entry_id = e.id AND i.kind = 'issued')
		FROM accounts a CROSS JOIN entry_lines l ON l.account_id = a.id JOIN entries e ON e.id = l.entry_id
		WHERE a.kind = 'clawback' ORDER BY a.code, e.recorded_at, l.points, e.id`, nil, func(rows *sql.Rows) error {
		var o owing
		if err := rows.Scan(&o.code, &o.entryID, &o.villageID, &o.kind, &o.recordedAt, &o.points, &o.awarded); err != nil {
			return err
		}
		if o.code != account || o.recordedAt != at {
			settle()
			for _, check := range full {
				check()
			}
			full = full[:0]
		}
		if o.code != account {
			account, owed = o.code, 0
		}
		owed -= o.points
		at, last = o.recordedAt, o.entryID
		o.verify(shares, r)
		if o.points > 0 && o.kind == ledger.DropOff && !o.wholeShare(shares) {
			full = append(full, func() {
				if owed > 0 {
					r.Find("clawback_share", o.entryID, "works off %s of %s, which is no set share, and more is owed", o.points, o.awarded)
				}
			})
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("verify clawback: %w", err)
	}
	settle()
	for _, check := range full {
		check()
	}
	return verifyOwners(ctx, tx, r)
}

func (o *owing) verify(shares history, r *ledger.Report) {
	switch {
	case o.kind == ledger.HouseholdChange: // hands the debt on; succession holds its sums
		return
	case o.points < 0 && o.kind != ledger.Reversal || o.points > 0 && o.kind != ledger.DropOff:
		r.Find("clawback_kind", o.entryID, "a %s moves %s on %s", o.kind, o.points, o.code)
	}
	if most := shareOf(o.awarded, slices.Max(shares.values(o.villageID, o.recordedAt))); o.points > max(most, 0) {
		r.Find("clawback_share", o.entryID, "works off %s of %s, at most %s were to be", o.points, o.awarded, most)
	}
}

// wholeShare reports whether the line is exactly a share that may have held.
func (o *owing) wholeShare(shares history) bool {
	return slices.ContainsFunc(shares.values(o.villageID, o.recordedAt), func(permille int64) bool {
		return shareOf(o.awarded, permille) == o.points
	})
}

func shareOf(award points.Points, permille int64) points.Points {
	return award * points.Points(permille) / 1000
}

// verifyOwners finds lines on the clawback account of another household than
// the one the drop-off, redemption or adjustment is about.
func verifyOwners(ctx context.Context, tx *gorm.DB, r *ledger.Report) error {
	err := each(ctx, tx, `
		SELECT a.code, e.id, COALESCE(d.household_id, v.household_id, m.household_id)
		FROM accounts a CROSS JOIN entry_lines l ON l.account_id = a.id JOIN entries e ON e.id = l.entry_id
		LEFT JOIN drop_offs d ON d.id = COALESCE(e.reverses_id, e.id)
		LEFT JOIN drop_off_reviews w ON w.id = COALESCE(e.reverses_id, e.id)
		LEFT JOIN drop_offs v ON v.id = w.drop_off_id
		LEFT JOIN adjustment_acts t ON t.id = e.reverses_id
		LEFT JOIN adjustments m ON m.id = t.adjustment_id
		WHERE a.kind = 'clawback'`, nil, func(rows *sql.Rows) error {
		var code string
		var entryID id.ID
		var owner id.NullID
		if err := rows.Scan(&code, &entryID, &owner); err != nil {
			return err
		}
		if owner.Valid && !strings.HasPrefix(code, "household:"+owner.ID.String()) {
			r.Find("clawback_owner", entryID, "is about household %s and moves %s", owner.ID, code)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("verify clawback: %w", err)
	}
	return nil
}
