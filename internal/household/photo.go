package household

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
)

// ErasePhotos removes the bytes of photos, for good, and returns those it removed:
// one that was erased before is left out, also by somebody at the same time. The rows of the photos, their hashes and
// what they belong to stay. The caller writes the audit log.
func ErasePhotos(ctx context.Context, tx *gorm.DB, actor auth.Actor, photos []id.ID, at calendar.Micros) ([]id.ID, error) {
	var erased []id.ID
	for some := range slices.Chunk(photos, chunkSize) {
		fresh, err := collect(ctx, tx, func(v *id.ID) []any { return []any{v} }, `
			SELECT p.id FROM photos p LEFT JOIN photo_erasures e ON e.photo_id = p.id
			WHERE e.photo_id IS NULL AND p.id IN (`+database.Placeholders(len(some))+`) ORDER BY p.id`+database.ForUpdate(tx), database.IDs(some)...)
		if err != nil {
			return nil, fmt.Errorf("find photos: %w", err)
		}
		if len(fresh) == 0 {
			continue
		}
		rows := make([][]any, len(fresh))
		for i := range fresh {
			rows[i] = []any{fresh[i][:], actor.ID[:], int64(at)}
		}
		if err := database.InsertRows(ctx, tx, "photo_erasures", []string{"photo_id", "actor_id", "erased_at"}, rows); err != nil {
			return nil, fmt.Errorf("erase photos: %w", err)
		}
		if _, err := database.Exec(ctx, tx, `UPDATE photos SET bytes = x'' WHERE id IN (`+database.Placeholders(len(fresh))+`)`, database.IDs(fresh)...); err != nil {
			return nil, fmt.Errorf("erase photos: %w", err)
		}
		erased = append(erased, fresh...)
	}
	return erased, nil
}

// photosOf are the photos of a household's drop-offs, redemptions and adjustments.
func photosOf(ctx context.Context, tx *gorm.DB, row householdRow) ([]id.ID, error) {
	var photos []id.ID
	err := database.Scan(ctx, tx, `
		SELECT DISTINCT u.photo_id FROM photo_uses u
		LEFT JOIN drop_offs d ON d.id = u.used_by
		LEFT JOIN redemptions r ON r.id = u.used_by
		LEFT JOIN adjustments a ON a.id = u.used_by
		WHERE u.village_id = ? AND (d.household_id = ? OR r.household_id = ? OR a.household_id = ?)`,
		[]any{row.VillageID[:], row.ID[:], row.ID[:], row.ID[:]}, func(rows *sql.Rows) error {
			var photoID id.ID
			err := rows.Scan(&photoID)
			photos = append(photos, photoID)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("find photos of a household: %w", err)
	}
	return photos, nil
}
