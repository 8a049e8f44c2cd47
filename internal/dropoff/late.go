package dropoff

import (
	"context"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/id"
)

// Find returns a drop-off as it is in a transaction, nil if there is none: for
// those who take it back after the days in which one person may.
func (s *Service) Find(ctx context.Context, tx *gorm.DB, dropOffID id.ID) (*DropOff, error) {
	found, err := s.load(ctx, tx, []id.ID{dropOffID})
	return found[dropOffID], err
}

// AwardID is the entry that gave the points of a credited drop-off: its own, or
// that of the review.
func (d *DropOff) AwardID() id.ID { return d.awardID }

// Uncount takes a drop-off that was credited out of what counts for caps and
// reports. The caller holds the household's account and posts the reversal in
// the same transaction.
func (s *Service) Uncount(ctx context.Context, tx *gorm.DB, d *DropOff) error {
	counts, err := loadTally(ctx, tx, map[id.ID][]calendar.Day{d.HouseholdID: {d.Day}}, "year")
	if err != nil {
		return err
	}
	counts.credit(d, -1)
	return counts.write(ctx, tx)
}
