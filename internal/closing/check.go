package closing

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
	"hufen/internal/points"
)

// What stands in the way of closing a month.
const (
	Pending   = "pending"     // drop-offs of the month wait for a decision, in a village
	Proposed  = "adjustments" // adjustments and late reversals wait for the second person, in a village
	Unsealed  = "unsealed"    // something recorded before the end of the month is in no seal
	Unsettled = "unsettled"   // redemptions of the month are in no settlement, at a shop
	Unclean   = "verify"      // the last verification found something
	Differs   = "differs"     // what is kept and what it is made of do not agree
)

// Blocker is something that stands in the way, with how often and where.
type Blocker struct {
	Kind  string
	Count int64
	ID    id.ID // of the village or shop
	Name  string
}

// blockers looks what stands in the way of closing a town's month. For what is in
// no seal it looks at the end of the month only; finish looks at all of it. What
// is kept is held against what it is made of unless that was done in the last age.
func (s *Service) blockers(ctx context.Context, p place, month calendar.Month, age time.Duration) ([]Blocker, error) {
	var found []Blocker
	differing := func(ctx context.Context, p place, month calendar.Month) ([]Blocker, error) {
		return s.looks.share(ctx, lookAt{p.town.ID, month}, age, func(ctx context.Context) ([]Blocker, error) { return s.differing(ctx, p, month) })
	}
	for _, look := range []func(context.Context, place, calendar.Month) ([]Blocker, error){s.pending, s.proposed, s.unsettled, differing, s.unclean} {
		some, err := look(ctx, p, month)
		if err != nil {
			return nil, fmt.Errorf("check %s: %w", month, err)
		}
		found = append(found, some...)
	}
	n, err := s.unsealed(ctx, p, s.endOf(month).Add(-tailMargin), s.endOf(month))
	if err != nil || n == 0 {
		return found, err
	}
	return append(found, Blocker{Kind: Unsealed, Count: n}), nil
}

// pending counts the drop-offs of the month that nobody has decided, by village.
func (s *Service) pending(ctx context.Context, p place, month calendar.Month) ([]Blocker, error) {
	marks, args := database.List(database.IDs(p.villages))
	return s.count(ctx, Pending, `
		SELECT h.village_id, v.name, COUNT(*)
		FROM drop_off_holds h JOIN drop_offs d ON d.id = h.drop_off_id JOIN divisions v ON v.id = h.village_id
		LEFT JOIN drop_off_reviews r ON r.drop_off_id = h.drop_off_id
		WHERE h.village_id IN (`+marks+`) AND d.month = ? AND r.id IS NULL
		GROUP BY h.village_id, v.name ORDER BY v.name`, append(args, int64(month))...)
}

// proposed counts the adjustments and late reversals, by village, that nobody has
// decided and that were proposed by the end of the month, or would take back what
// happened in it. Changes of households never wait: each is done at once or not.
func (s *Service) proposed(ctx context.Context, p place, month calendar.Month) ([]Blocker, error) {
	marks, args := database.List(database.IDs(p.villages))
	return s.count(ctx, Proposed, `
		SELECT a.village_id, v.name, COUNT(*)
		FROM adjustments a JOIN divisions v ON v.id = a.village_id
		JOIN adjustment_acts t ON t.adjustment_id = a.id AND t.act = 'propose'
		LEFT JOIN adjustment_acts u ON u.adjustment_id = a.id AND u.step = 2
		LEFT JOIN drop_offs d ON a.object_kind = 'drop_off' AND d.id = a.object_id
		LEFT JOIN redemptions r ON a.object_kind = 'redemption' AND r.id = a.object_id
		LEFT JOIN adjustments o ON a.object_kind = 'adjustment' AND o.id = a.object_id
		WHERE a.village_id IN (`+marks+`) AND u.id IS NULL AND (a.day <= ? OR d.month <= ? OR r.month <= ? OR o.day <= ?)
		GROUP BY a.village_id, v.name ORDER BY v.name`,
		append(args, int64(month.Last()), int64(month), int64(month), int64(month.Last()))...)
}

// unsettled finds the town's shops to which the month still owes something that
// is in no settlement. Where more was taken back than redeemed nothing can be
// drawn up, and it is left for the next month.
func (s *Service) unsettled(ctx context.Context, p place, month calendar.Month) ([]Blocker, error) {
	marks, args := database.List(database.IDs(p.all))
	return s.count(ctx, Unsettled, `
		SELECT s.id, s.name, COUNT(*)
		FROM shops s JOIN redemptions r ON r.shop_id = s.id
		LEFT JOIN settlement_claims c ON c.entry_id = r.id
		LEFT JOIN entries x ON x.reverses_id = r.id
		WHERE s.division_id IN (`+marks+`) AND r.month <= ? AND c.entry_id IS NULL AND x.id IS NULL
		GROUP BY s.id, s.name
		HAVING SUM(r.points) > COALESCE((
			SELECT SUM(b.points) FROM redemptions b JOIN entries t ON t.reverses_id = b.id
			JOIN settlement_claims p ON p.entry_id = b.id LEFT JOIN settlement_claims q ON q.entry_id = t.id
			WHERE b.shop_id = s.id AND q.entry_id IS NULL), 0)
		ORDER BY s.name`, append(args, int64(month))...)
}

// differing holds the balances of the town's households against the book by
// month, and what else is kept of the month against what it is made of.
func (s *Service) differing(ctx context.Context, p place, month calendar.Month) ([]Blocker, error) {
	marks, args := database.List(database.IDs(p.villages))
	var found []Blocker
	err := s.db.Snapshot(ctx, func(ctx context.Context, tx *gorm.DB) error {
		found = nil
		held, err := s.everything(ctx, tx)
		if err != nil {
			return err
		}
		kept := make(map[id.ID]points.Points)
		err = database.Scan(ctx, tx, `
			SELECT a.village_id, SUM(b.balance) FROM accounts a JOIN account_balances b ON b.account_id = a.id
			WHERE a.village_id IN (`+marks+`) AND a.kind = 'household' GROUP BY a.village_id`, args, func(rows *sql.Rows) error {
			var villageID id.ID
			var sum points.Points
			err := rows.Scan(&villageID, &sum)
			kept[villageID] = sum
			return err
		})
		for i, villageID := range p.villages {
			if held[villageID]["household"] != kept[villageID] {
				found = append(found, Blocker{Differs, 1, villageID, p.names[i]})
			}
		}
		return err
	})
	if err != nil || s.sources.Check == nil {
		return found, err
	}
	n, err := s.sources.Check(ctx, p.villages, month)
	if err == nil && n > 0 {
		found = append(found, Blocker{Kind: Differs, Count: int64(n)})
	}
	return found, err
}

// unclean says what the last verification found, whatever it is about: somebody
// has to look first.
func (s *Service) unclean(ctx context.Context, _ place, _ calendar.Month) ([]Blocker, error) {
	var found []Blocker
	err := database.Scan(ctx, s.db.Read, `SELECT findings FROM verify_runs ORDER BY id DESC LIMIT 1`, nil, func(rows *sql.Rows) error {
		b := Blocker{Kind: Unclean}
		err := rows.Scan(&b.Count)
		if b.Count > 0 {
			found = append(found, b)
		}
		return err
	})
	return found, err
}

// forever is a day that no entry is recorded on.
const forever calendar.Day = 9000_01_01

// everything adds up all that was recorded, by clocks up to Apart apart.
func (s *Service) everything(ctx context.Context, tx *gorm.DB) (balances, error) {
	return s.balancesAt(ctx, tx, forever, Apart)
}

// unsealed counts what was recorded in a time on accounts of the town's villages
// and is in no seal.
func (s *Service) unsealed(ctx context.Context, p place, from, until calendar.Micros) (n int64, err error) {
	waiting, err := readIDs(ctx, s.db.Read, `
		SELECT q.id FROM requests q LEFT JOIN seal_items i ON i.id = q.id
		WHERE q.recorded_at >= ? AND q.recorded_at < ? AND i.id IS NULL`, int64(from), int64(until))
	if err != nil {
		return 0, fmt.Errorf("find what is not sealed: %w", err)
	}
	villages, places := database.List(database.IDs(p.villages))
	for some := range slices.Chunk(waiting, 500) {
		marks, args := database.List(database.IDs(some))
		err := database.Scan(ctx, s.db.Read, `
			SELECT COUNT(DISTINCT l.entry_id) FROM entry_lines l JOIN accounts a ON a.id = l.account_id
			WHERE l.entry_id IN (`+marks+`) AND a.village_id IN (`+villages+`)`, append(args, places...), func(rows *sql.Rows) error {
			var mine int64
			err := rows.Scan(&mine)
			n += mine
			return err
		})
		if err != nil {
			return 0, fmt.Errorf("count what is not sealed: %w", err)
		}
	}
	return n, nil
}

// count runs a query of id, name and number.
func (s *Service) count(ctx context.Context, kind, query string, args ...any) ([]Blocker, error) {
	var found []Blocker
	err := database.Scan(ctx, s.db.Read, query, args, func(rows *sql.Rows) error {
		b := Blocker{Kind: kind}
		err := rows.Scan(&b.ID, &b.Name, &b.Count)
		found = append(found, b)
		return err
	})
	return found, err
}
