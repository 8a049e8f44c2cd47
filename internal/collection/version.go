package collection

import (
	"context"
	"database/sql"
	"fmt"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
)

// ResidualPart is what one version of a ticket says a village sent to disposal in
// a month, and for how long that version was in force.
type ResidualPart struct {
	VillageID  id.ID
	Month      calendar.Month
	Grams      int64
	RecordedAt calendar.Micros
	ReplacedAt calendar.Micros // by the next version; 0: it is in force
}

// EachResidualPart calls take for every version of every ticket for residual
// waste, month by month: what weigh_in_months said at an instant is the sum of
// the parts in force then.
func EachResidualPart(ctx context.Context, tx *gorm.DB, take func(ResidualPart)) error {
	err := database.Scan(ctx, tx, `
		SELECT w.village_id, w.from_day, w.to_day, w.net_grams, w.recorded_at, COALESCE(n.recorded_at, 0)
		FROM weigh_ins w LEFT JOIN weigh_ins n
			ON n.district_id = w.district_id AND n.station = w.station AND n.ticket_number = w.ticket_number AND n.version = w.version + 1
		WHERE w.category = ? AND w.void = 0`, []any{string(Residual)}, func(rows *sql.Rows) error {
		var p ResidualPart
		var from, to calendar.Day
		var net int64
		if err := rows.Scan(&p.VillageID, &from, &to, &net, &p.RecordedAt, &p.ReplacedAt); err != nil {
			return err
		}
		for _, s := range split(net, from, to) {
			p.Month, p.Grams = s.month, s.grams
			take(p)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read versions of weigh-ins: %w", err)
	}
	return nil
}
