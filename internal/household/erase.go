package household

import (
	"context"
	"strings"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/database"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// Erase removes the name, phone, PIN, confirmations and photos of a household that
// has left, for good. Who does it and why goes to the audit log; the ledger holds ids
// only and stays as it is. Doing it again removes only what came since: photos of a drop-off
// that was late. Erase returns NotFound
// "household.unknown", Refused "household.not_closed" while the household is
// open, and Invalid "household.no_reason".
func (s *Service) Erase(ctx context.Context, actor auth.Actor, householdID id.ID, reason string) (Household, error) {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return Household{}, fault.New(fault.Invalid, "household.no_reason").At("/reason")
	}
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return Household{}, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		row, err := lock(ctx, tx, tree, actor, householdID, writers)
		if err != nil {
			return err
		}
		if row.ClosedAt == 0 {
			return fault.New(fault.Refused, "household.not_closed")
		}
		return s.erase(ctx, tx, actor, row, reason)
	})
	if err != nil {
		return Household{}, describe("erase household", err)
	}
	return s.Get(ctx, actor, householdID)
}

// erase removes what is left, and notes it where there was something.
func (s *Service) erase(ctx context.Context, tx *gorm.DB, actor auth.Actor, row householdRow, reason string) error {
	result, err := database.Exec(ctx, tx, `
		UPDATE household_people SET head_name = '', phone = '', updated_at = ?, erased_at = ?
		WHERE household_id = ? AND erased_at IS NULL`, s.now(), s.now(), row.ID)
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	if err != nil {
		return err
	}
	photos, err := photosOf(ctx, tx, row)
	if err != nil {
		return err
	}
	if photos, err = ErasePhotos(ctx, tx, actor, photos, s.now()); err != nil {
		return err
	}
	if n == 0 && len(photos) == 0 {
		return nil
	}
	if _, err := database.Exec(ctx, tx, "DELETE FROM confirmations WHERE household_id = ? AND used_by IS NULL", row.ID); err != nil {
		return err
	}
	if err := dropPIN(ctx, tx, row.ID); err != nil {
		return err
	}
	return auth.Audit(ctx, tx, actor, auth.Event{
		Action: "household.erase", ObjectKind: "household", ObjectID: row.ID, DivisionID: row.DivisionID, Detail: reason,
	})
}
