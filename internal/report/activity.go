package report

import (
	"context"
	"database/sql"

	"hufen/internal/auth"
	"hufen/internal/calendar"
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
			for _, category := range activityCategories {
				if row := sums[activityKey{month, d.ID, category}]; row != nil {
					rows = append(rows, *row)
				}
			}
		}
	}
	return rows, nil
}

// activityCategories are the categories of the rollups, visits first.
var activityCategories = []string{"*", "food", "recyclable", "hazardous", "residual"}

type activityKey struct {
	month    calendar.Month
	division id.ID
	category string
}

// at returns the division of a level a village's figures go to; the village
// itself where there is none.
func (sc scope) at(village division.Division, level division.Level) division.Division {
	if d, ok := sc.tree.At(village.ID, level); ok {
		return d
	}
	return village
}

// addActivity reads the monthly sums and adds them up by division. Towns and
// districts are added up by the database: 20 towns are 2,400 rows where 500
// villages are 60,000.
func (s *Service) addActivity(ctx context.Context, sc scope, q ActivityQuery) (map[activityKey]*ActivityRow, error) {
	target := make(map[id.ID]division.Division, len(sc.villages))
	key, join := `r.village_id`, ``
	byParent := q.Level != "" && q.Level != division.Village && sc.inTowns()
	if byParent {
		key, join = `d.parent_id`, ` JOIN divisions d ON d.id = r.village_id`
	}
	for _, village := range sc.villages {
		d := sc.at(village, q.Level)
		target[village.ID], target[village.ParentID] = d, d
	}
	sums := map[activityKey]*ActivityRow{}
	err := each(ctx, s.db.Read, "months of drop-offs", `
		SELECT r.month, `+key+`, r.category, SUM(r.drop_offs), SUM(r.grams), SUM(r.points), SUM(r.households)
		  FROM rollup_months r`+join+`
		 WHERE r.category IN ('*', 'food', 'recyclable', 'hazardous', 'residual') AND r.village_id `+in(sc.ids())+` AND r.month BETWEEN ? AND ?
		   AND r.drop_offs > 0
		 GROUP BY r.category, `+key+`, r.month`, args(sc.ids(), q.From, q.To), func(rows *sql.Rows) error {
		var r ActivityRow
		var from id.ID
		if err := rows.Scan(&r.Month, &from, &r.Category, &r.DropOffs, &r.Grams, &r.Points, &r.Households); err != nil {
			return err
		}
		r.Division = target[from]
		key := activityKey{r.Month, r.Division.ID, r.Category}
		if sum := sums[key]; sum != nil {
			sum.DropOffs, sum.Grams, sum.Points, sum.Households = sum.DropOffs+r.DropOffs, sum.Grams+r.Grams, sum.Points+r.Points, sum.Households+r.Households
			return nil
		}
		sums[key] = &r
		return nil
	})
	return sums, err
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
