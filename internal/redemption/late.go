package redemption

import (
	"context"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/id"
)

// Find returns a redemption as it is in a transaction, nil if there is none: for
// those who take it back after the day on which its shop may.
func (s *Service) Find(ctx context.Context, tx *gorm.DB, redemptionID id.ID) (*Redemption, error) {
	found, err := load(ctx, tx, []id.ID{redemptionID})
	return found[redemptionID], err
}

// PutBack puts the goods of a redemption back into the stock, by the entry that
// takes it back. The caller holds the household's account and posts that entry
// in the same transaction.
func (s *Service) PutBack(ctx context.Context, tx *gorm.DB, r *Redemption, entryID, actorID id.ID, at calendar.Micros) error {
	goods := make(map[id.ID]bool)
	for _, item := range r.Items {
		goods[item.GoodsID] = true
	}
	shelf, err := lockGoods(ctx, tx, calendar.DayOf(at, s.zone), sortedIDs(goods))
	if err != nil {
		return err
	}
	shelf.putBack(r)
	var moves [][]any
	for _, item := range r.Items {
		moves = append(moves, moveRow(entryID, item.GoodsID, item.Quantity, moveReversal, actorID, at))
	}
	if err := insertMoves(ctx, tx, moves); err != nil {
		return err
	}
	return shelf.write(ctx, tx)
}
