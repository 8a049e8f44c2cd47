package auth

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"hufen/internal/database"
	"hufen/internal/id"
)

// Names returns the names of users, for lists of what they did. Ids of nobody
// are not in the map, but for the service itself.
func Names(ctx context.Context, db *gorm.DB, ids []id.ID) (map[id.ID]string, error) {
	names := make(map[id.ID]string, len(ids))
	if len(ids) == 0 {
		return names, nil
	}
	args := make([]any, len(ids))
	for i := range ids {
		args[i] = ids[i][:]
		if ids[i] == SystemID {
			names[SystemID] = "Hufen"
		}
	}
	rows, err := database.Query(ctx, db, `SELECT id, name FROM users WHERE id IN (`+database.Placeholders(len(ids))+`)`, args...)
	if err != nil {
		return nil, fmt.Errorf("read names: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var userID id.ID
		var name string
		if err := rows.Scan(&userID, &name); err != nil {
			return nil, fmt.Errorf("read names: %w", err)
		}
		names[userID] = name
	}
	return names, rows.Err()
}

// PlaceNames returns the names of the shops and collection points that grants
// name. Their packages lie above this one; a name is all that is read of them.
func PlaceNames(ctx context.Context, db *gorm.DB, grants []Grant) (map[id.ID]string, error) {
	shops, points := []id.ID(nil), []id.ID(nil)
	for _, g := range grants {
		points = append(points, g.PointIDs...)
		if !g.ShopID.IsZero() {
			shops = append(shops, g.ShopID)
		}
	}
	names := map[id.ID]string{}
	for table, ids := range map[string][]id.ID{"shops": shops, "collection_points": points} {
		if len(ids) == 0 {
			continue
		}
		var rows []struct {
			ID   id.ID
			Name string
		}
		if err := db.WithContext(ctx).Table(table).Select("id", "name").Where("id IN ?", ids).Find(&rows).Error; err != nil {
			return nil, fmt.Errorf("read names: %w", err)
		}
		for _, row := range rows {
			names[row.ID] = row.Name
		}
	}
	return names, nil
}
