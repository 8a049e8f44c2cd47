package adjustment

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"strings"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
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
	account            id.NullID     // what the household may spend
	seq                int64         // of the entry's line there; 0: it has none
	undoneSeq          int64         // of the line there that the entry takes back; 0: none

	// Behind which line there it was posted, where its entry has none.
	first, last int64
}

// verifyClawback follows what each household owes: only reversals add to it,
// only awards work it off, no more of an award than the set share, and never
// more than is owed. Which came first is told by the lines of the household's
// account, numbered under its lock. Instants do not tell: the clocks of two
// instances may disagree by days.
func verifyClawback(ctx context.Context, tx *gorm.DB, r *ledger.Report) error {
	shares, err := settingHistory(ctx, tx, division.ClawbackShare)
	if err != nil {
		return err
	}
	var lines []*owing
	err = database.Scan(ctx, tx, `
		SELECT a.code, e.id, e.village_id, e.kind, e.recorded_at, l.points,
		       -(SELECT COALESCE(SUM(g.points), 0) FROM entry_lines g JOIN accounts i ON i.id = g.account_id WHERE g.entry_id = e.id AND i.kind = 'issued'),
		       h.id, COALESCE(o.account_seq, 0), COALESCE(u.account_seq, 0)
		FROM accounts a CROSS JOIN entry_lines l ON l.account_id = a.id JOIN entries e ON e.id = l.entry_id
		LEFT JOIN accounts h ON h.code = REPLACE(a.code, ':clawback', '')
		LEFT JOIN entry_lines o ON o.entry_id = e.id AND o.account_id = h.id
		LEFT JOIN entry_lines u ON u.entry_id = e.reverses_id AND u.account_id = h.id
		WHERE a.kind = 'clawback' ORDER BY a.code, e.id`, nil, func(rows *sql.Rows) error {
		o := &owing{}
		lines = append(lines, o)
		return rows.Scan(&o.code, &o.entryID, &o.villageID, &o.kind, &o.recordedAt, &o.points, &o.awarded, &o.account, &o.seq, &o.undoneSeq)
	})
	if err != nil {
		return fmt.Errorf("verify clawback: %w", err)
	}
	for _, o := range lines {
		if err := o.place(ctx, tx); err != nil {
			return fmt.Errorf("verify clawback: %w", err)
		}
		o.verify(shares, r)
	}
	for len(lines) > 0 {
		code := lines[0].code
		next := slices.IndexFunc(lines, func(o *owing) bool { return o.code != code })
		if next < 0 {
			next = len(lines)
		}
		verifyDebt(lines[:next], shares, r)
		lines = lines[next:]
	}
	return verifyOwners(ctx, tx, r)
}

// place finds behind which lines of the household's account an entry without one
// may have been posted. What takes an award back and leaves it all as a debt came
// behind the award, and when nothing was there.
func (o *owing) place(ctx context.Context, tx *gorm.DB) error {
	o.last = math.MaxInt64 - 1
	if o.seq != 0 || o.kind != ledger.Reversal || !o.account.Valid {
		return nil
	}
	if o.undoneSeq == 0 { // the award was worked off to the last hundredth
		o.first = 0
		return nil
	}
	return tx.Raw(`SELECT COALESCE(MIN(account_seq), 0), COALESCE(MAX(account_seq), ?) FROM entry_lines
		WHERE account_id = ? AND balance_after = 0 AND account_seq >= ?`, o.last, o.account.ID[:], o.undoneSeq).Row().Scan(&o.first, &o.last)
}

// verifyDebt follows what one household owed from line to line. Where the place
// of a line is not certain, it is assumed where it does least harm.
func verifyDebt(lines []*owing, shares history, r *ledger.Report) {
	for _, o := range lines {
		if o.seq == 0 || o.points <= 0 {
			continue
		}
		most, least := owedBehind(lines, o.seq)
		if most < 0 {
			r.Find("clawback_sum", o.entryID, "%s works off %s more than is owed", o.code, -most)
			return
		}
		if least > 0 && o.kind == ledger.DropOff && !o.wholeShare(shares) {
			r.Find("clawback_share", o.entryID, "works off %s of %s, which is no set share, and more is owed", o.points, o.awarded)
		}
	}
	if most, _ := owedBehind(lines, math.MaxInt64); most < 0 {
		r.Find("clawback_sum", lines[len(lines)-1].entryID, "%s works off %s more than is owed", lines[0].code, -most)
	}
}

// owedBehind returns what can have been owed at most and at least behind a line
// of the household's account, from 0 on where all is in order.
func owedBehind(lines []*owing, seq int64) (most, least points.Points) {
	for _, o := range lines {
		surely, perhaps := o.last < seq, o.first < seq
		if o.seq != 0 {
			surely = o.seq <= seq
			perhaps = surely
		}
		if surely || perhaps && o.points < 0 {
			most -= o.points
		}
		if surely || perhaps && o.points > 0 {
			least -= o.points
		}
	}
	return most, least
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
	err := database.Scan(ctx, tx, `
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
