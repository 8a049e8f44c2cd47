package collection

import (
	"context"
	"fmt"
	"strings"

	"gorm.io/gorm"

	"hufen/internal/database"
	"hufen/internal/id"
)

func insertPoint(ctx context.Context, tx *gorm.DB, p Point) error {
	_, err := database.Exec(ctx, tx, `
		INSERT INTO collection_points (id, village_id, name, latitude_e6, longitude_e6, opened_on, closed_on, updated_at)
		VALUES (?,?,?,?,?,?,?,?)`,
		p.ID, p.VillageID, p.Name, p.LatitudeE6, p.LongitudeE6, p.OpenedOn, orNull(int64(p.ClosedOn)), p.UpdatedAt)
	if err != nil {
		return fmt.Errorf("insert collection point: %w", err)
	}
	return nil
}

func updatePoint(ctx context.Context, tx *gorm.DB, p Point) error {
	_, err := database.Exec(ctx, tx, `
		UPDATE collection_points SET name = ?, latitude_e6 = ?, longitude_e6 = ?, closed_on = ?, updated_at = ? WHERE id = ?`,
		p.Name, p.LatitudeE6, p.LongitudeE6, orNull(int64(p.ClosedOn)), p.UpdatedAt, p.ID)
	if err != nil {
		return fmt.Errorf("update collection point: %w", err)
	}
	return nil
}

// orNull stores zero as NULL.
func orNull(n int64) *int64 {
	if n == 0 {
		return nil
	}
	return &n
}

func queryPoints(ctx context.Context, tx *gorm.DB, rest string, args ...any) ([]Point, error) {
	rows, err := database.Query(ctx, tx, `
		SELECT id, village_id, name, latitude_e6, longitude_e6, opened_on, COALESCE(closed_on, 0), updated_at
		  FROM collection_points WHERE `+rest, args...)
	if err != nil {
		return nil, fmt.Errorf("read collection points: %w", err)
	}
	defer rows.Close()
	var points []Point
	for rows.Next() {
		var p Point
		if err := rows.Scan(&p.ID, &p.VillageID, &p.Name, &p.LatitudeE6, &p.LongitudeE6, &p.OpenedOn, &p.ClosedOn, &p.UpdatedAt); err != nil {
			return nil, fmt.Errorf("read collection points: %w", err)
		}
		points = append(points, p)
	}
	return points, rows.Err()
}

func readPoint(ctx context.Context, tx *gorm.DB, pointID id.ID, lock string) (p Point, found bool, err error) {
	points, err := queryPoints(ctx, tx, `id = ?`+lock, pointID)
	if len(points) == 0 {
		return p, false, err
	}
	return points[0], true, err
}

func listPoints(ctx context.Context, tx *gorm.DB, villages, own []id.ID, f PointFilter) ([]Point, error) {
	rank, rankArgs := `1`, []any(nil)
	if len(own) > 0 {
		rank, rankArgs = `CASE WHEN id IN (`+database.Placeholders(len(own))+`) THEN 0 ELSE 1 END`, anys(own)
	}
	where, args := []string{`1 = 1`}, []any{}
	if villages != nil {
		where, args = append(where, `village_id IN (`+database.Placeholders(len(villages))+`)`), append(args, anys(villages)...)
	}
	if after := f.After; !after.ID.IsZero() {
		where = append(where, `(`+rank+` > ? OR `+rank+` = ? AND (name > ? OR name = ? AND id > ?))`)
		args = append(append(args, rankArgs...), after.Rank)
		args = append(append(args, rankArgs...), after.Rank, after.Name, after.Name, after.ID)
	}
	args = append(append(args, rankArgs...), f.Limit+1)
	return queryPoints(ctx, tx, strings.Join(where, ` AND `)+` ORDER BY `+rank+`, name, id LIMIT ?`, args...)
}
