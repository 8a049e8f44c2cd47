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

// Apart is how far the clocks of two instances may disagree: who closed a month
// and who recorded what came late need not be the same.
const Apart = 7 * 24 * time.Hour

// Kept is what was kept of a village when a month was closed.
type Kept struct {
	ActID     id.ID
	VillageID id.ID
	Month     calendar.Month
	At        calendar.Micros // when it was closed, by the clock of whoever did
	Figures   map[string]int64

	now          map[string]int64 // what its drop-offs add up to today
	fewest, most []int64          // by which that can have been more and less then, in the order of rollupFigures
}

// ReadKept returns what was kept at every closing, with what is needed to
// recompute it.
func ReadKept(ctx context.Context, tx *gorm.DB) ([]Kept, error) {
	acts, err := queryActs(ctx, tx, "")
	if err != nil {
		return nil, err
	}
	acts = slices.DeleteFunc(acts, func(a Act) bool { return a.Act != Close })
	if len(acts) == 0 {
		return nil, nil
	}
	figures, err := readAll(ctx, tx)
	if err != nil {
		return nil, err
	}
	since, err := readLater(ctx, tx, acts)
	if err != nil {
		return nil, fmt.Errorf("verify closings: %w", err)
	}
	var kept []Kept
	for _, a := range acts {
		mine := byVillage(figures[a.ID])
		today, err := rollupsOf(ctx, tx, slices.Collect(maps.Keys(mine)), a.Month)
		if err != nil {
			return nil, err
		}
		now := byVillage(today)
		for villageID, was := range mine {
			fewest, most := since[cellOf{villageID, a.Month}].bounds(a.At.Add(Apart))
			kept = append(kept, Kept{a.ID, villageID, a.Month, a.At, was, now[villageID], fewest, most})
		}
	}
	return kept, nil
}

// VerifyCounted recomputes what was kept of the drop-offs: what they add up to
// today, which is verified elsewhere, less what was recorded since. What was
// recorded before the end of the month was in; what was recorded more than a week
// after the closing was not; in between either may be, so the figure has to lie
// within those bounds.
func (k *Kept) VerifyCounted(r *ledger.Report) {
	for _, name := range rollupFigures {
		was := k.Figures[name]
		if least, most := k.counted(name); was < least || was > most {
			r.Find("closing_counted", k.ActID, "%s of %s says %d; it is %d today, and what came since cannot make up for that", name, k.VillageID, was, k.now[name])
		}
	}
}

// counted returns the least and the most that a figure of the drop-offs can have
// been.
func (k *Kept) counted(name string) (least, most int64) {
	i := slices.Index(rollupFigures, name)
	return k.now[name] - k.fewest[i], k.now[name] + k.most[i]
}

// Visitors returns the least and the most households that can have come.
func (k *Kept) Visitors() (least, most int64) { return k.counted("households") }

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
