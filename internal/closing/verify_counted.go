package closing

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
)

// apart is how far the clocks of two instances may disagree: who closed a month
// and who recorded what came late need not be the same.
const apart = 7 * 24 * time.Hour

// VerifyCounted recomputes what was kept of the drop-offs when a month was closed:
// what they add up to today, which is verified elsewhere, less what was recorded
// since. What was recorded before the end of the month was in; what was recorded
// more than a week after the closing was not; in between either may be, so the
// figure has to lie within those bounds. The rates, and what was weighed, stay as
// the seal holds them.
func VerifyCounted(ctx context.Context, tx *gorm.DB, r *ledger.Report) error {
	acts, err := queryActs(ctx, tx, "")
	if err != nil {
		return err
	}
	acts = slices.DeleteFunc(acts, func(a Act) bool { return a.Act != Close })
	if len(acts) == 0 {
		return nil
	}
	figures, err := readAll(ctx, tx)
	if err != nil {
		return err
	}
	since, err := readLater(ctx, tx, acts)
	if err != nil {
		return fmt.Errorf("verify closings: %w", err)
	}
	for _, a := range acts {
		mine := byVillage(figures[a.ID])
		today, err := rollupsOf(ctx, tx, slices.Collect(maps.Keys(mine)), a.Month)
		if err != nil {
			return err
		}
		now := byVillage(today)
		for villageID, kept := range mine {
			fewest, most := since[cellOf{villageID, a.Month}].bounds(a.At.Add(apart))
			for i, name := range rollupFigures {
				if was, is := kept[name], now[villageID][name]; was < is-fewest[i] || was > is+most[i] {
					r.Find("closing_counted", a.ID, "%s of %s says %d; it is %d today, and what came since cannot make up for that", name, villageID, was, is)
				}
			}
		}
	}
	return nil
}

// cellOf is a village's month.
type cellOf struct {
	villageID id.ID
	month     calendar.Month
}

// later is an award for a month that was recorded when it was over, or the taking
// back of one.
type later struct {
	dropOffID, householdID id.ID
	at                     calendar.Micros
	back                   bool
	counts                 []int64 // in the order of rollupFigures
}

type laters []*later

// bounds returns by how much a figure can have been smaller and larger when the
// month was closed than it is today: none of what was given since need have been
// in it, all of what was taken back may have been. What certainly came afterwards
// is certain both ways.
func (l laters) bounds(surely calendar.Micros) (fewest, most []int64) {
	fewest, most = make([]int64, len(rollupFigures)), make([]int64, len(rollupFigures))
	homes := [2]map[id.ID]bool{{}, {}}
	for _, one := range l {
		certain := one.at > surely
		for i, n := range one.counts {
			switch {
			case rollupFigures[i] == "households": // below: a household counts once
			case one.back:
				most[i] += n
				if certain {
					fewest[i] -= n
				}
			default:
				fewest[i] += n
				if certain {
					most[i] -= n
				}
			}
		}
		if one.back {
			homes[1][one.householdID] = true
		} else {
			homes[0][one.householdID] = true
		}
	}
	i := slices.Index(rollupFigures, "households")
	fewest[i], most[i] = int64(len(homes[0])), int64(len(homes[1]))
	return fewest, most
}

// readLater reads what was recorded for closed months when they were over. Most
// months have little of it.
func readLater(ctx context.Context, tx *gorm.DB, acts history) (map[cellOf]laters, error) {
	until := make(map[calendar.Month]calendar.Micros)
	for _, a := range acts {
		until[a.Month] = a.UntilAt
	}
	var cases strings.Builder
	for month, end := range until {
		fmt.Fprintf(&cases, " WHEN %d THEN %d", int32(month), int64(end))
	}
	// Nothing is recorded at the last instant there is: other months are open.
	over := fmt.Sprintf("COALESCE(CASE d.month%s END, %d)", cases.String(), int64(math.MaxInt64))
	found := make(map[cellOf]laters)
	byID := make(map[id.ID]laters)
	for _, q := range []struct {
		back bool
		sql  string
	}{
		{false, `d.recorded_at FROM drop_offs d WHERE d.status = 'credited' AND d.recorded_at >= ` + over},
		{false, `r.recorded_at FROM drop_off_reviews r JOIN drop_offs d ON d.id = r.drop_off_id WHERE r.decision = 'accepted' AND r.recorded_at >= ` + over},
		{true, `e.recorded_at FROM entries e JOIN drop_offs d ON d.id = e.reverses_id WHERE e.reverses_id IS NOT NULL AND e.recorded_at >= ` + over},
		{true, `e.recorded_at FROM entries e JOIN drop_off_reviews r ON r.id = e.reverses_id JOIN drop_offs d ON d.id = r.drop_off_id
			WHERE e.reverses_id IS NOT NULL AND e.recorded_at >= ` + over},
	} {
		err := database.Scan(ctx, tx, `SELECT d.id, d.village_id, d.month, d.household_id, `+q.sql, nil, func(rows *sql.Rows) error {
			var c cellOf
			l := &later{back: q.back, counts: make([]int64, len(rollupFigures))}
			l.counts[0] = 1
			err := rows.Scan(&l.dropOffID, &c.villageID, &c.month, &l.householdID, &l.at)
			found[c] = append(found[c], l)
			byID[l.dropOffID] = append(byID[l.dropOffID], l)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	for some := range slices.Chunk(slices.Collect(maps.Keys(byID)), 500) {
		if err := countItems(ctx, tx, some, byID); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// countItems adds what drop-offs weigh and give, as a review corrected it.
func countItems(ctx context.Context, tx *gorm.DB, ids []id.ID, byID map[id.ID]laters) error {
	marks, args := database.List(database.IDs(ids))
	return database.Scan(ctx, tx, `
		SELECT i.drop_off_id, i.category, COALESCE(c.grams, i.grams), COALESCE(c.earned, i.earned) - COALESCE(c.cut, i.cut)
		FROM drop_off_items i LEFT JOIN drop_off_review_items c ON c.drop_off_id = i.drop_off_id AND c.line_no = i.line_no
		WHERE i.drop_off_id IN (`+marks+`)`, args, func(rows *sql.Rows) error {
		var dropOffID id.ID
		var category string
		var grams int64
		var credited points.Points
		err := rows.Scan(&dropOffID, &category, &grams, &credited)
		for _, l := range byID[dropOffID] {
			for i, name := range rollupFigures {
				switch name {
				case "grams", category + "_grams":
					l.counts[i] += grams
				case "credited":
					l.counts[i] += int64(credited)
				}
			}
		}
		return err
	})
}
