package dropoff

import (
	"context"
	"fmt"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
)

// Totals add up the credited drop-offs of a list.
type Totals struct {
	DropOffs   int64
	Households int64
	Grams      int64
	Credited   points.Points
}

// Filter says which drop-offs of a day to list.
type Filter struct {
	DivisionID id.ID        // zero: all the actor may see
	Day        calendar.Day // local day they happened
	Before     id.ID        // zero: from the newest
	Limit      int
}

var readers = []auth.Role{auth.Cadre, auth.TownOfficial, auth.DistrictOfficial, auth.Auditor, auth.Administrator}

// Get returns a drop-off the actor may see: the own, or one of a village in
// scope, and where its award stands. It returns NotFound "drop_off.unknown" otherwise.
func (s *Service) Get(ctx context.Context, actor auth.Actor, dropOffID id.ID) (*DropOff, error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return nil, err
	}
	found, err := s.ByID(ctx, []id.ID{dropOffID})
	if err != nil {
		return nil, err
	}
	d := found[dropOffID]
	if d == nil || d.CleanerID != actor.ID && !actor.Covers(tree, d.VillageID, readers...) {
		return nil, fault.New(fault.NotFound, "drop_off.unknown")
	}
	places, err := ledger.PlacesOf(ctx, s.db.Read, []id.ID{d.awardID})
	d.Place = places[d.awardID]
	return d, err
}

// List returns the drop-offs of a day, newest first, and the day's totals: of
// the villages in scope, or the own ones of a cleaner. It returns NotFound
// "division.unknown" for a division outside the scope.
func (s *Service) List(ctx context.Context, actor auth.Actor, f Filter) ([]*DropOff, Totals, error) {
	where, args, err := s.where(ctx, actor, f)
	if err != nil || where == "" {
		return nil, Totals{}, err
	}
	totals, err := dayTotals(ctx, s.db.Read, where, args...)
	if err != nil {
		return nil, Totals{}, err
	}
	if !f.Before.IsZero() {
		where += " AND d.id < ?"
		args = append(args, f.Before[:])
	}
	list, err := s.query(ctx, s.db.Read, where+" ORDER BY d.id DESC LIMIT ?", append(args, f.Limit)...)
	return list, totals, err
}

// where returns the condition of a list, empty if the actor sees no village.
func (s *Service) where(ctx context.Context, actor auth.Actor, f Filter) (string, []any, error) {
	roles, own, args := readers, "", []any{}
	if !actor.Has(readers...) {
		roles, own, args = []auth.Role{auth.Cleaner}, "d.cleaner_id = ? AND ", []any{actor.ID[:]}
	}
	if own != "" && f.DivisionID.IsZero() { // wherever they were made
		return " WHERE " + own + "d.day = ?", append(args, int64(f.Day)), nil
	}
	villages, err := s.villages(ctx, actor, f.DivisionID, roles)
	if err != nil || len(villages) == 0 {
		return "", nil, err
	}
	return " WHERE " + own + "d.village_id IN (" + database.Placeholders(len(villages)) + ") AND d.day = ?",
		append(append(args, database.IDs(villages)...), int64(f.Day)), nil
}

// villages returns the villages of a division in which the actor has one of the
// roles, or of the whole scope for the zero id.
func (s *Service) villages(ctx context.Context, actor auth.Actor, divisionID id.ID, roles []auth.Role) ([]id.ID, error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return nil, err
	}
	under := actor.Divisions(roles...)
	if !divisionID.IsZero() {
		if !actor.Covers(tree, divisionID, roles...) {
			return nil, fault.New(fault.NotFound, "division.unknown").At("?division")
		}
		under = []id.ID{divisionID}
		if village, ok := tree.Village(divisionID); ok && actor.Covers(tree, village.ID, roles...) { // not from a group's own staff
			under = []id.ID{village.ID}
		}
	}
	var ids []id.ID
	for _, v := range tree.Villages(under...) {
		ids = append(ids, v.ID)
	}
	return ids, nil
}

// Waiting returns the drop-offs that wait for a cadre, oldest first, after the
// one given. Scope and faults as for List.
func (s *Service) Waiting(ctx context.Context, actor auth.Actor, divisionID, after id.ID, limit int) ([]*DropOff, error) {
	return s.waiting(ctx, actor, divisionID, `
		LEFT JOIN drop_off_postings p ON p.drop_off_id = h.drop_off_id
		WHERE p.drop_off_id IS NULL AND r.id IS NULL AND h.village_id IN (%s)
		  AND h.drop_off_id > ? ORDER BY h.drop_off_id LIMIT ?`, after, limit)
}

// Posted returns the drop-offs in their objection period, to which nobody
// objected, oldest first, after the one given. Scope and faults as for List.
func (s *Service) Posted(ctx context.Context, actor auth.Actor, divisionID, after id.ID, limit int) ([]*DropOff, error) {
	return s.waiting(ctx, actor, divisionID, `
		JOIN drop_off_postings p ON p.drop_off_id = d.id
		WHERE p.village_id IN (%s) AND p.drop_off_id > ? ORDER BY p.drop_off_id LIMIT ?`, after, limit)
}

func (s *Service) waiting(ctx context.Context, actor auth.Actor, divisionID id.ID, rest string, after id.ID, limit int) ([]*DropOff, error) {
	villages, err := s.villages(ctx, actor, divisionID, readers)
	if err != nil || len(villages) == 0 {
		return nil, err
	}
	return s.query(ctx, s.db.Read, fmt.Sprintf(rest, database.Placeholders(len(villages))), database.IDs(villages, after[:], limit)...)
}

// WaitingOf returns the drop-offs of a household that wait, newest first.
func (s *Service) WaitingOf(ctx context.Context, householdID id.ID) ([]*DropOff, error) {
	return s.query(ctx, s.db.Read, ` WHERE h.household_id = ? AND r.id IS NULL ORDER BY h.drop_off_id DESC LIMIT 100`, householdID[:])
}

// RefusedOf returns the drop-offs of a household that were refused since an
// instant, newest first.
func (s *Service) RefusedOf(ctx context.Context, householdID id.ID, since calendar.Micros) ([]*DropOff, error) {
	return s.query(ctx, s.db.Read, ` WHERE h.household_id = ? AND r.decision = 'refused' AND r.recorded_at >= ?
		ORDER BY h.drop_off_id DESC LIMIT 100`, householdID[:], int64(since))
}

// LastOf returns when a household's card was last recorded on a day, 0 if it
// was not.
func (s *Service) LastOf(ctx context.Context, householdID, villageID id.ID, day calendar.Day) (calendar.Micros, error) {
	var last calendar.Micros
	err := s.db.Read.WithContext(ctx).Raw(`
		SELECT COALESCE(MAX(happened_at), 0) FROM drop_offs
		WHERE village_id = ? AND day = ? AND household_id = ?`, villageID[:], int64(day), householdID[:]).Row().Scan(&last)
	return last, err
}

// Earned is what a household's drop-offs of a month brought.
type Earned struct {
	DropOffs int64 // credited ones
	Points   points.Points
}

// MonthEarned returns what was credited to households for a month's drop-offs;
// those without any are not in the map.
func (s *Service) MonthEarned(ctx context.Context, householdIDs []id.ID, month calendar.Month) (map[id.ID]Earned, error) {
	marks, args := database.List(database.IDs(householdIDs))
	rows, err := database.Query(ctx, s.db.Read, `
		SELECT household_id, drop_offs, points FROM household_awards
		WHERE household_id IN (`+marks+`) AND period = ?`, append(args, int64(month))...)
	if err != nil {
		return nil, fmt.Errorf("earned in %s: %w", month, err)
	}
	defer rows.Close()
	earned := make(map[id.ID]Earned, len(householdIDs))
	for rows.Next() {
		var householdID id.ID
		var sum Earned
		if err := rows.Scan(&householdID, &sum.DropOffs, &sum.Points); err != nil {
			return nil, fmt.Errorf("earned in %s: %w", month, err)
		}
		earned[householdID] = sum
	}
	return earned, rows.Err()
}

// excellentPermille of a household's grades of a month have to be Excellent for
// it to be thanked on the village board.
const excellentPermille = 900

// SortedBest returns the households whose credited drop-offs of a month in a
// village were nearly always graded Excellent.
func (s *Service) SortedBest(ctx context.Context, villageID id.ID, month calendar.Month) (map[id.ID]bool, error) {
	rows, err := database.Query(ctx, s.db.Read, `
		SELECT d.household_id FROM drop_offs d
		JOIN drop_off_items i ON i.drop_off_id = d.id AND i.grade <> ''
		LEFT JOIN drop_off_reviews r ON r.drop_off_id = d.id
		LEFT JOIN drop_off_review_items c ON c.drop_off_id = i.drop_off_id AND c.line_no = i.line_no
		LEFT JOIN entries x ON x.reverses_id = COALESCE(r.id, d.id)
		WHERE d.village_id = ? AND d.day >= ? AND d.day <= ? AND x.id IS NULL AND (d.status = 'credited' OR r.decision = 'accepted')
		GROUP BY d.household_id
		HAVING SUM(CASE WHEN COALESCE(c.grade, i.grade) = ? THEN 1000 ELSE 0 END) >= COUNT(*) * ?`,
		villageID[:], int64(month.First()), int64(month.Last()), Excellent, excellentPermille)
	if err != nil {
		return nil, fmt.Errorf("grades in %s: %w", month, err)
	}
	defer rows.Close()
	best := make(map[id.ID]bool)
	for rows.Next() {
		var householdID id.ID
		if err := rows.Scan(&householdID); err != nil {
			return nil, fmt.Errorf("grades in %s: %w", month, err)
		}
		best[householdID] = true
	}
	return best, rows.Err()
}
