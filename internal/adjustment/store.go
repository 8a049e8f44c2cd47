package adjustment

import (
	"context"
	"database/sql"
	"fmt"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
)

// house is what an adjustment needs to know of a household.
type house struct {
	id, villageID, divisionID id.ID
	closed                    bool
}

func (h *house) accounts() []ledger.Account {
	if h.id.IsZero() {
		return nil
	}
	return []ledger.Account{ledger.HouseholdAccount(h.id, h.villageID)}
}

// findHousehold returns a household, the zero one if there is none.
func findHousehold(ctx context.Context, tx *gorm.DB, householdID id.ID) (h house, err error) {
	err = database.Scan(ctx, tx, `
		SELECT id, village_id, division_id, closed_at FROM households WHERE id = ?`, []any{householdID[:]}, func(rows *sql.Rows) error {
		var closedAt calendar.Micros
		err := rows.Scan(&h.id, &h.villageID, &h.divisionID, &closedAt)
		h.closed = closedAt != 0
		return err
	})
	if err != nil {
		return h, fmt.Errorf("find household: %w", err)
	}
	return h, nil
}

// ownPhoto returns NotFound "photo.unknown" for a photo the actor did not take.
func ownPhoto(ctx context.Context, tx *gorm.DB, actor auth.Actor, photo id.NullID) error {
	if !photo.Valid {
		return nil
	}
	own := false
	err := database.Scan(ctx, tx, `SELECT actor_id FROM photos WHERE id = ?`, []any{photo.ID[:]}, func(rows *sql.Rows) error {
		var owner id.ID
		err := rows.Scan(&owner)
		own = owner == actor.ID
		return err
	})
	if err != nil {
		return fmt.Errorf("find photo: %w", err)
	}
	if !own {
		return fault.New(fault.NotFound, "photo.unknown").At("/photo_id")
	}
	return nil
}

// movedAlone adds up what one person alone moved for a household in a month,
// given and taken alike.
func movedAlone(ctx context.Context, tx *gorm.DB, householdID id.ID, month calendar.Month) (sum points.Points, err error) {
	err = database.Scan(ctx, tx, `
		SELECT COALESCE(SUM(ABS(a.points)), 0)
		FROM adjustments a JOIN adjustment_acts t ON t.id = a.id AND t.act = 'post'
		WHERE a.household_id = ? AND a.day BETWEEN ? AND ?`, []any{householdID[:], int64(month.First()), int64(month.Last())},
		func(rows *sql.Rows) error { return rows.Scan(&sum) })
	if err != nil {
		return 0, fmt.Errorf("add up adjustments: %w", err)
	}
	return sum, nil
}

// proposedReversal reports whether somebody asked for an entry to be taken back
// and nobody has decided yet.
func proposedReversal(ctx context.Context, tx *gorm.DB, entryID id.ID) (open bool, err error) {
	err = database.Scan(ctx, tx, `
		SELECT a.id FROM adjustments a LEFT JOIN adjustment_acts t ON t.adjustment_id = a.id AND t.step = 2
		WHERE a.reverses_id = ? AND t.id IS NULL`, []any{entryID[:]}, func(*sql.Rows) error {
		open = true
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("find proposed reversal: %w", err)
	}
	return open, nil
}

// write stores a new adjustment with its first act and its photo.
func write(ctx context.Context, tx *gorm.DB, actor auth.Actor, a *Adjustment, act Act) error {
	err := database.InsertRows(ctx, tx, "adjustments", []string{"id", "kind", "object_kind", "object_id", "reverses_id", "household_id",
		"village_id", "town_id", "points", "reason", "photo_id", "limit_points", "alone_points", "day", "content_hash"},
		[][]any{{a.ID[:], a.Kind, a.ObjectKind, database.OrNull(a.ObjectID), database.OrNull(a.ReversesID), a.HouseholdID[:], a.VillageID[:], a.TownID[:],
			int64(a.Points), a.Reason, database.OrNull(a.PhotoID), int64(a.Limit), int64(a.Alone), int64(a.Day), a.ContentHash[:]}})
	if err != nil {
		return fmt.Errorf("write adjustment: %w", err)
	}
	if err := insertActs(ctx, tx, []Act{act}); err != nil {
		return err
	}
	if a.PhotoID.Valid {
		err := database.InsertRows(ctx, tx, "photo_uses", []string{"photo_id", "used_by", "village_id"},
			[][]any{{a.PhotoID.ID[:], a.ID[:], a.VillageID[:]}})
		if err != nil {
			return fmt.Errorf("write photo use: %w", err)
		}
	}
	return auth.Audit(ctx, tx, actor, a.event(act))
}

func (a *Adjustment) event(act Act) auth.Event {
	what := a.Kind
	if a.Kind == Reversal {
		what = a.Kind + " of " + a.ObjectKind + " " + a.ObjectID.ID.String()
	}
	detail := fmt.Sprintf("%s, household %s: %s points, %s", what, a.HouseholdID, a.Points, a.Reason)
	if act.Detail != "" {
		detail += "; " + act.Detail
	}
	return auth.Event{Action: "adjustment." + act.Act, ObjectKind: "adjustment", ObjectID: a.ID, DivisionID: a.VillageID, Detail: detail}
}

func insertActs(ctx context.Context, tx *gorm.DB, acts []Act) error {
	rows := make([][]any, len(acts))
	for i, a := range acts {
		rows[i] = []any{a.ID[:], a.AdjustmentID[:], steps[a.Act], a.Act, a.ActorID[:], int64(a.At), a.Detail, a.Hash[:]}
	}
	err := database.InsertRows(ctx, tx, "adjustment_acts", []string{"id", "adjustment_id", "step", "act", "actor_id", "acted_at",
		"detail", "act_hash"}, rows)
	if err != nil {
		return fmt.Errorf("write adjustment act: %w", err)
	}
	return nil
}

const selectAdjustments = `
	SELECT a.id, a.kind, a.object_kind, a.object_id, a.reverses_id, a.household_id, a.village_id, a.town_id, a.points, a.reason,
	       a.photo_id, a.limit_points, a.alone_points, a.day, a.content_hash
	FROM adjustments a LEFT JOIN households h ON h.id = a.household_id`

// query reads adjustments with their acts and whether they were taken back.
func query(ctx context.Context, db *gorm.DB, rest string, args ...any) ([]*Adjustment, error) {
	var list []*Adjustment
	err := database.Scan(ctx, db, selectAdjustments+rest, args, func(rows *sql.Rows) error {
		var a Adjustment
		var hash []byte
		err := rows.Scan(&a.ID, &a.Kind, &a.ObjectKind, &a.ObjectID, &a.ReversesID, &a.HouseholdID, &a.VillageID, &a.TownID, &a.Points, &a.Reason,
			&a.PhotoID, &a.Limit, &a.Alone, &a.Day, &hash)
		a.ContentHash = ledger.HashOf(hash)
		list = append(list, &a)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read adjustments: %w", err)
	}
	return list, loadActs(ctx, db, list)
}

// loadActs fills in what was done with adjustments, in order.
func loadActs(ctx context.Context, db *gorm.DB, list []*Adjustment) error {
	if len(list) == 0 {
		return nil
	}
	byID := make(map[id.ID]*Adjustment, len(list))
	ids := make([]id.ID, len(list))
	for i, a := range list {
		byID[a.ID], ids[i] = a, a.ID
	}
	marks, args := database.List(database.IDs(ids))
	err := database.Scan(ctx, db, `
		SELECT t.id, t.adjustment_id, t.act, t.actor_id, COALESCE(u.name, ''), t.acted_at, t.detail, t.act_hash, x.id
		FROM adjustment_acts t LEFT JOIN users u ON u.id = t.actor_id LEFT JOIN entries x ON x.reverses_id = t.id
		WHERE t.adjustment_id IN (`+marks+`) ORDER BY t.adjustment_id, t.step`, args, func(rows *sql.Rows) error {
		var t Act
		var hash []byte
		var reversal id.NullID
		err := rows.Scan(&t.ID, &t.AdjustmentID, &t.Act, &t.ActorID, &t.ActorName, &t.At, &t.Detail, &hash, &reversal)
		t.Hash = ledger.HashOf(hash)
		if a := byID[t.AdjustmentID]; a != nil {
			a.Acts, a.reversedBy = append(a.Acts, t), reversal
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("read adjustment acts: %w", err)
	}
	return nil
}

// loadOne returns an adjustment, or nil if there is none.
func loadOne(ctx context.Context, db *gorm.DB, adjustmentID id.ID) (*Adjustment, error) {
	list, err := query(ctx, db, ` WHERE a.id = ?`, adjustmentID[:])
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list[0], nil
}
