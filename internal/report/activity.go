package report

import (
	"context"
	"database/sql"
	"maps"
	"strings"

	"golang.org/x/sync/errgroup"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/id"
	"hufen/internal/points"
)

// ActivityRow is what a month's credited drop-offs add up to in a division;
// category "*" counts visits, and households that came at least once.
type ActivityRow struct {
	Division   division.Division
	Month      calendar.Month
	Category   string
	DropOffs   int64
	Grams      int64
	Points     points.Points
	Households int64
}

// ActivityQuery asks for the drop-offs of a period.
type ActivityQuery struct {
	DivisionID id.ID // zero: the actor's whole scope
	From, To   calendar.Month
	Level      division.Level // rows per Village, Town or District; "" is Village
}

// Activity reports the drop-offs per month, class and division, months in
// order, divisions in the order of the tree. It returns NotFound
// "division.unknown" outside the actor's scope and Invalid faults about the
// months.
func (s *Service) Activity(ctx context.Context, actor auth.Actor, q ActivityQuery) ([]ActivityRow, error) {
	p := period{q.From, q.To}
	if f := p.check("?from"); f != nil {
		return nil, f
	}
	sc, err := s.scope(ctx, actor, q.DivisionID, p.first())
	if err != nil || len(sc.villages) == 0 {
		return nil, err
	}
	sums, err := s.addActivity(ctx, sc, q)
	if err != nil {
		return nil, err
	}
	var rows []ActivityRow
	for _, month := range p.months() {
		var last id.ID
		for _, village := range sc.villages {
			d := sc.at(village, q.Level)
			if d.ID == last {
				continue
			}
			last = d.ID
			sum, ok := sums[activityKey{month, d.ID}]
			if !ok {
				continue
			}
			for i, c := range sum {
				if c.DropOffs > 0 {
					rows = append(rows, ActivityRow{d, month, rollupCategories[i], c.DropOffs, c.Grams, points.Points(c.Points), c.Households})
				}
			}
		}
	}
	return rows, nil
}

type activityKey struct {
	month    calendar.Month
	division id.ID
}

// at returns the division of a level a village's figures go to; the village
// itself where there is none.
func (sc scope) at(village division.Division, level division.Level) division.Division {
	if d, ok := sc.tree.At(village.ID, level); ok {
		return d
	}
	return village
}

// addActivity reads the monthly sums, both halves of the period at the same
// time, and adds them up by division. Towns and districts are added up by the
// database: 20 towns are 480 rows where 500 villages are 12,000.
func (s *Service) addActivity(ctx context.Context, sc scope, q ActivityQuery) (map[activityKey][5]RollupCell, error) {
	target := make(map[id.ID]id.ID, len(sc.villages))
	for _, village := range sc.villages {
		d := sc.at(village, q.Level)
		target[village.ID], target[village.ParentID] = d.ID, d.ID
	}
	byParent := q.Level != "" && q.Level != division.Village && sc.inTowns()
	halves := period{q.From, q.To}.halves()
	found := make([]map[activityKey][5]RollupCell, len(halves))
	together, ctx := errgroup.WithContext(ctx)
	for i, half := range halves {
		sums := make(map[activityKey][5]RollupCell)
		found[i] = sums
		together.Go(func() error {
			return each(ctx, s.db.Read, "months of drop-offs", activitySQL(byParent, len(sc.villages)),
				database.IDs(sc.ids(), half.from, half.to), func(rows *sql.Rows) error {
					var from id.ID
					var key activityKey
					classes, err := scanRollup(rows, &from, &key.month)
					key.division = target[from]
					for i, c := range sums[key] {
						classes[i] = classes[i].plus(c)
					}
					sums[key] = classes
					return err
				})
		})
	}
	err := together.Wait()
	for _, sums := range found[1:] {
		maps.Copy(found[0], sums) // of other months
	}
	return found[0], err
}

// activitySQL reads the months of villages, or adds them up by what the villages
// lie in.
func activitySQL(byParent bool, villages int) string {
	where := ` WHERE r.village_id IN (` + database.Placeholders(villages) + `) AND r.period BETWEEN ? AND ?`
	if !byParent {
		return `SELECT r.village_id, r.period, ` + strings.Join(rollupSums, ", ") + ` FROM rollups r` + where
	}
	return `SELECT d.parent_id, r.period, SUM(` + strings.Join(rollupSums, "), SUM(") + `)
		  FROM rollups r JOIN divisions d ON d.id = r.village_id` + where + ` GROUP BY d.parent_id, r.period`
}

// inTowns reports whether every village lies directly in a town.
func (sc scope) inTowns() bool {
	for _, village := range sc.villages {
		if town, ok := sc.tree.At(village.ID, division.Town); !ok || town.ID != village.ParentID {
			return false
		}
	}
	return true
}
