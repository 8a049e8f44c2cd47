package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/points"
)

// BalanceAt returns what a household account held once everything recorded up to
// an instant was posted, 0 if nothing was.
func BalanceAt(ctx context.Context, db *gorm.DB, a Account, at calendar.Micros) (points.Points, error) {
	var held points.Points
	err := db.WithContext(ctx).Raw(`
		SELECT l.balance_after FROM entry_lines l JOIN entries e ON e.id = l.entry_id
		WHERE l.account_id = ? AND e.recorded_at <= ?
		ORDER BY l.account_seq DESC LIMIT 1`, a.ID[:], int64(at)).Row().Scan(&held)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read balance at an instant: %w", err)
	}
	return held, nil
}
