package report

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
)

// MonthFigures returns what is kept of a town's report when the month is closed:
// the weighed residual waste in grams, the person-days, and the rates in tenths
// of a percent where there are any, by village.
func (s *Service) MonthFigures(ctx context.Context, townID id.ID, month calendar.Month) (map[id.ID]map[string]int64, error) {
	found, err := s.Reduction(ctx, auth.SystemActor("month close"), Query{DivisionID: townID, From: month, To: month})
	if err != nil {
		return nil, err
	}
	figures := make(map[id.ID]map[string]int64, len(found.Rows))
	for _, row := range found.Rows {
		mine := map[string]int64{"disposal_grams": row.DisposalGrams, "person_days": row.PersonDays}
		for name, rate := range map[string]Rate{"reduction_tenths": row.Reduction, "participation_tenths": row.Participation} {
			if rate.State == OK {
				mine[name] = tenthsOf(rate.share).Int64()
			}
		}
		figures[row.Division.ID] = mine
	}
	return figures, nil
}

// ReductionTenths returns the rate that MonthFigures keeps for these grams and
// person-days. Only grams may be 0.
func ReductionTenths(grams, personDays int64, b SignedBase) int64 {
	return tenthsOf(reduction(grams, personDays, b.Grams, b.PersonDays).share).Int64()
}

// ShareTenths returns a ÷ b, as MonthFigures keeps it.
func ShareTenths(a, b int64) int64 { return tenthsOf(share(a, b).share).Int64() }

// CheckVillages returns how many cells of a month's rollups do not agree with
// the drop-offs of some villages.
func CheckVillages(ctx context.Context, db *database.DB, villages []id.ID, month calendar.Month) (int, error) {
	differences := 0
	err := db.Snapshot(ctx, func(ctx context.Context, tx *gorm.DB) error {
		differences = 0
		for some := range slices.Chunk(villages, villagesPerRebuild) {
			computed, err := addRollups(ctx, tx, some, month)
			if err != nil {
				return err
			}
			stored, err := readRollups(ctx, tx, some, month)
			if err != nil {
				return err
			}
			differences += len(compare(stored, computed))
		}
		return nil
	})
	return differences, err
}
