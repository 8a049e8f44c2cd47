package succession

import (
	"context"
	"database/sql"
	"fmt"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/database"
	"hufen/internal/household"
	"hufen/internal/id"
	"hufen/internal/ledger"
)

// countWaiting counts a household's drop-offs that nobody has decided yet.
func countWaiting(ctx context.Context, tx *gorm.DB, householdID id.ID) (n int64, err error) {
	err = tx.WithContext(ctx).Raw(`
		SELECT COUNT(*) FROM drop_off_holds h LEFT JOIN drop_off_reviews v ON v.drop_off_id = h.drop_off_id
		WHERE h.household_id = ? AND v.drop_off_id IS NULL`, householdID[:]).Row().Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count drop-offs that wait: %w", err)
	}
	return n, nil
}

func insertChange(ctx context.Context, tx *gorm.DB, c *Change) error {
	err := database.InsertRows(ctx, tx, "household_changes",
		[]string{"id", "kind", "household_id", "target_id", "from_day", "members", "points", "debt", "village_id", "division_id", "house_number",
			"target_village_id", "target_division_id", "target_house_number", "reason", "actor_id", "recorded_at", "content_hash"},
		[][]any{{c.ID[:], string(c.Kind), c.HouseholdID[:], database.OrNull(c.TargetID), int64(c.From), c.Members, int64(c.Points), int64(c.Debt),
			c.Place.VillageID[:], c.Place.DivisionID[:], c.Place.HouseNumber,
			database.OrNull(id.Some(c.TargetPlace.VillageID)), database.OrNull(id.Some(c.TargetPlace.DivisionID)), c.TargetPlace.HouseNumber,
			c.Reason, c.ActorID[:], int64(c.RecordedAt), c.ContentHash[:]}})
	if err != nil {
		return fmt.Errorf("write household change: %w", err)
	}
	return nil
}

const selectChanges = `
	SELECT c.id, c.kind, c.household_id, c.target_id, c.from_day, c.members, c.points, c.debt, c.village_id, c.division_id, c.house_number,
	       c.target_village_id, c.target_division_id, c.target_house_number, c.reason, c.actor_id, COALESCE(u.name, ''), c.recorded_at, c.content_hash
	FROM household_changes c LEFT JOIN users u ON u.id = c.actor_id`

// queryChanges reads changes, the newest first.
func queryChanges(ctx context.Context, db *gorm.DB, where string, args ...any) ([]*Change, error) {
	rows, err := database.Query(ctx, db, selectChanges+" WHERE "+where+" ORDER BY c.recorded_at DESC, c.id DESC", args...)
	if err != nil {
		return nil, fmt.Errorf("read household changes: %w", err)
	}
	defer rows.Close()
	var list []*Change
	for rows.Next() {
		c, err := scanChange(rows)
		if err != nil {
			return nil, fmt.Errorf("read household changes: %w", err)
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

func scanChange(rows *sql.Rows) (*Change, error) {
	var c Change
	var village, division id.NullID
	var hash []byte
	err := rows.Scan(&c.ID, &c.Kind, &c.HouseholdID, &c.TargetID, &c.From, &c.Members, &c.Points, &c.Debt, &c.Place.VillageID, &c.Place.DivisionID,
		&c.Place.HouseNumber, &village, &division, &c.TargetPlace.HouseNumber, &c.Reason, &c.ActorID, &c.ActorName, &c.RecordedAt, &hash)
	c.TargetPlace.VillageID, c.TargetPlace.DivisionID = village.ID, division.ID
	if len(hash) == len(c.ContentHash) {
		c.ContentHash = ledger.Hash(hash)
	}
	return &c, err
}

// mostListed bounds the changes of one household that are listed.
const mostListed = 100

// Of returns the changes a household took part in, on either side, the newest
// first. It returns NotFound "household.unknown" outside the actor's scope.
func (s *Service) Of(ctx context.Context, actor auth.Actor, householdID id.ID) ([]*Change, error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return nil, err
	}
	found, err := household.Briefs(ctx, s.db.Read, []id.ID{householdID})
	if err != nil {
		return nil, err
	}
	if brief, ok := found[householdID]; !ok || !actor.Covers(tree, brief.DivisionID, readers...) {
		return nil, household.Unknown()
	}
	list, err := queryChanges(ctx, s.db.Read, "(c.household_id = ? OR c.target_id = ?)", householdID[:], householdID[:])
	return list[:min(len(list), mostListed)], err
}

// ByID returns changes by id; ids of no change are not in the map.
func (s *Service) ByID(ctx context.Context, ids []id.ID) (map[id.ID]*Change, error) {
	found := make(map[id.ID]*Change)
	if len(ids) == 0 {
		return found, nil
	}
	args := make([]any, len(ids))
	for i := range ids {
		args[i] = ids[i][:]
	}
	marks, args := database.List(args)
	list, err := queryChanges(ctx, s.db.Read, "c.id IN ("+marks+")", args...)
	for _, c := range list {
		found[c.ID] = c
	}
	return found, err
}
