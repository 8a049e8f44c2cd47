package closing

import (
	"context"
	"database/sql"
	"fmt"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
	"hufen/internal/ledger"
)

var actColumns = []string{"id", "town_id", "seq", "month", "step", "act", "actor_id", "asker_id", "acted_at", "until_at", "reason", "figures_hash", "act_hash"}

func insertAct(ctx context.Context, tx *gorm.DB, a Act) error {
	var asker any
	if a.AskerID.Valid {
		asker = a.AskerID.ID[:]
	}
	return database.InsertRows(ctx, tx, "closing_acts", actColumns, [][]any{{a.ID[:], a.TownID[:], a.Seq, int64(a.Month), a.Step, a.Act, a.ActorID[:],
		asker, int64(a.At), int64(a.UntilAt), a.Reason, a.FiguresHash[:], a.Hash[:]}})
}

// queryActs reads acts, with the names of who did them.
func queryActs(ctx context.Context, tx *gorm.DB, where string, args ...any) (history, error) {
	var h history
	err := database.Scan(ctx, tx, `
		SELECT c.id, c.town_id, c.seq, c.month, c.step, c.act, c.actor_id, c.asker_id, c.acted_at, c.until_at, c.reason, c.figures_hash, c.act_hash,
		       COALESCE(u.name, '')
		FROM closing_acts c LEFT JOIN users u ON u.id = c.actor_id `+where+` ORDER BY c.town_id, c.seq`, args, func(rows *sql.Rows) error {
		var a Act
		var figures, hash []byte
		err := rows.Scan(&a.ID, &a.TownID, &a.Seq, &a.Month, &a.Step, &a.Act, &a.ActorID, &a.AskerID, &a.At, &a.UntilAt, &a.Reason, &figures, &hash, &a.ActorName)
		a.FiguresHash, a.Hash = ledger.HashOf(figures), ledger.HashOf(hash)
		h = append(h, a)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read closings: %w", err)
	}
	return h, nil
}

func readHistory(ctx context.Context, tx *gorm.DB, townID id.ID) (history, error) {
	return queryActs(ctx, tx, "WHERE c.town_id = ?", townID[:])
}

func readAct(ctx context.Context, tx *gorm.DB, actID id.ID) (Act, bool, error) {
	found, err := queryActs(ctx, tx, "WHERE c.id = ?", actID[:])
	if err != nil || len(found) == 0 {
		return Act{}, false, err
	}
	return found[0], true, nil
}

func readIDs(ctx context.Context, tx *gorm.DB, query string, args ...any) ([]id.ID, error) {
	var ids []id.ID
	err := database.Scan(ctx, tx, query, args, func(rows *sql.Rows) error {
		var one id.ID
		err := rows.Scan(&one)
		ids = append(ids, one)
		return err
	})
	return ids, err
}

// readFigures returns what was kept at a closing, in the order of villages and
// names.
func readFigures(ctx context.Context, tx *gorm.DB, actID id.ID) ([]figure, error) {
	var figures []figure
	err := database.Scan(ctx, tx, `SELECT village_id, name, value FROM closing_figures WHERE act_id = ?`, []any{actID[:]}, func(rows *sql.Rows) error {
		var f figure
		err := rows.Scan(&f.villageID, &f.name, &f.value)
		figures = append(figures, f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read figures of a closing: %w", err)
	}
	sortFigures(figures)
	return figures, nil
}

// firstMonth is the month of the oldest entry, 0 where there is none.
func (s *Service) firstMonth(ctx context.Context) (calendar.Month, error) {
	var at calendar.Micros
	err := s.db.Read.WithContext(ctx).Raw(`SELECT COALESCE(MIN(recorded_at), 0) FROM requests`).Row().Scan(&at)
	if err != nil || at == 0 {
		return 0, err
	}
	return calendar.MonthOf(at, s.zone), nil
}
