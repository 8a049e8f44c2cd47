package closing

import (
	"context"
	"database/sql"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/points"
)

// LiabilityRow is what is outstanding in a division at the end of a day.
type LiabilityRow struct {
	Division division.Division
	Villages int           // of a sum; 0 for a village
	Points   points.Points // what the households may still spend
	Clawback points.Points // what households have to work off; not deducted from Points
	ValueFen int64         // of a point on that day; 0 where villages differ
	Fen      int64         // Points in money, rounded per village
	Owed     points.Points // redeemed at the division's own shops and not yet approved for payment
	OwedFen  int64
}

// Liability is what is outstanding on a day, by village, town and in all.
type Liability struct {
	Day   calendar.Day
	Rows  []LiabilityRow // villages, in the order of the tree
	Towns []LiabilityRow // where there are several
	Total *LiabilityRow  // nil without villages
}

// Liability adds up what the households of each village may still spend, by the
// lines recorded until the end of a day, at the value a point had on that day.
// It returns NotFound "division.unknown" outside the actor's scope and Invalid
// "liability.day" for a day that has not come.
func (s *Service) Liability(ctx context.Context, actor auth.Actor, divisionID id.ID, day calendar.Day) (*Liability, error) {
	if day == 0 {
		day = s.today()
	}
	if !day.Valid() || day > s.today() {
		return nil, fault.New(fault.Invalid, "liability.day").At("?day")
	}
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return nil, err
	}
	villages, err := villagesOf(tree, actor, divisionID)
	if err != nil {
		return nil, err
	}
	var held balances
	shops := make(map[id.ID]id.ID)
	err = s.db.Snapshot(ctx, func(ctx context.Context, tx *gorm.DB) error {
		if held, err = s.balancesAt(ctx, tx, day, tailMargin); err != nil {
			return err
		}
		return database.Scan(ctx, tx, `SELECT id, division_id FROM shops`, nil, func(rows *sql.Rows) error {
			var shopID, divisionID id.ID
			err := rows.Scan(&shopID, &divisionID)
			shops[shopID] = divisionID
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return s.addUp(ctx, tree, villages, day, held, owedBy(tree, held, shops))
}

// villagesOf returns the villages the actor asks about.
func villagesOf(tree *division.Tree, actor auth.Actor, divisionID id.ID) ([]division.Division, error) {
	if divisionID.IsZero() {
		return tree.Villages(actor.Divisions(readers...)...), nil
	}
	if !actor.Covers(tree, divisionID, readers...) {
		return nil, division.Unknown().At("?division")
	}
	if village, ok := tree.Village(divisionID); ok && actor.Covers(tree, village.ID, readers...) { // not from a group's own staff
		divisionID = village.ID
	}
	return tree.Villages(divisionID), nil
}

// owedBy returns what is owed to shops, by where they stand: the village, or the
// town itself.
func owedBy(tree *division.Tree, held balances, shops map[id.ID]id.ID) map[id.ID]points.Points {
	owed := make(map[id.ID]points.Points)
	for shopID, divisionID := range shops {
		if village, ok := tree.Village(divisionID); ok {
			divisionID = village.ID
		}
		owed[divisionID] += held[shopID]["payable"]
	}
	return owed
}

func (s *Service) addUp(ctx context.Context, tree *division.Tree, villages []division.Division, day calendar.Day, held balances, owed map[id.ID]points.Points) (*Liability, error) {
	found := &Liability{Day: day}
	if len(villages) == 0 {
		return found, nil
	}
	total := &LiabilityRow{}
	var towns []*LiabilityRow
	byTown := make(map[id.ID]*LiabilityRow)
	for _, village := range villages {
		value, err := s.divisions.Setting(ctx, division.PointValueFen, village.ID, day)
		if err != nil {
			return nil, err
		}
		mine := held[village.ID]
		row := LiabilityRow{Division: village, Points: mine["household"], Clawback: -mine["clawback"], ValueFen: value,
			Fen: fenOf(mine["household"], value), Owed: owed[village.ID], OwedFen: fenOf(owed[village.ID], value)}
		found.Rows = append(found.Rows, row)
		total.take(row)
		if town, ok := tree.At(village.ID, division.Town); ok {
			if byTown[town.ID] == nil {
				byTown[town.ID] = &LiabilityRow{Division: town}
				towns = append(towns, byTown[town.ID])
			}
			byTown[town.ID].take(row)
		}
	}
	for _, town := range towns {
		if town.Villages < len(tree.Villages(town.Division.ID)) {
			continue // what a town's own shops are owed is nothing of one village
		}
		value, err := s.divisions.Setting(ctx, division.PointValueFen, town.Division.ID, day)
		if err != nil {
			return nil, err
		}
		own := owed[town.Division.ID]
		for _, sum := range []*LiabilityRow{town, total} {
			sum.Owed, sum.OwedFen = sum.Owed+own, sum.OwedFen+fenOf(own, value)
		}
	}
	if len(towns) > 1 {
		for _, town := range towns {
			found.Towns = append(found.Towns, *town)
		}
	}
	total.Division = rootOf(tree, villages)
	found.Total = total
	return found, nil
}

// take adds a village to a sum.
func (r *LiabilityRow) take(village LiabilityRow) {
	switch {
	case r.Villages == 0:
		r.ValueFen = village.ValueFen
	case r.ValueFen != village.ValueFen:
		r.ValueFen = 0
	}
	r.Villages++
	r.Points += village.Points
	r.Clawback += village.Clawback
	r.Fen += village.Fen
	r.Owed += village.Owed
	r.OwedFen += village.OwedFen
}

// fenOf is an amount of points in money, rounded to whole fen.
func fenOf(amount points.Points, value int64) int64 {
	fen := int64(amount) * value
	if fen < 0 {
		return -((-fen + 50) / 100)
	}
	return (fen + 50) / 100
}

// rootOf returns the lowest division above all the villages.
func rootOf(tree *division.Tree, villages []division.Division) division.Division {
	path := tree.Path(villages[0].ID)
	for i := len(path) - 1; i >= 0; i-- {
		above := true
		for _, village := range villages {
			above = above && tree.Contains(path[i].ID, village.ID)
		}
		if above {
			return path[i]
		}
	}
	return division.Division{}
}
