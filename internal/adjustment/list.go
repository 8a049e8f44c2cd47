package adjustment

import (
	"context"
	"fmt"
	"slices"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/points"
)

// Get returns an adjustment the actor may see, or proposed; else NotFound
// "adjustment.unknown".
func (s *Service) Get(ctx context.Context, actor auth.Actor, adjustmentID id.ID) (*Adjustment, error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return nil, err
	}
	found, err := loadOne(ctx, s.db.Read, adjustmentID)
	if err != nil {
		return nil, err
	}
	if found == nil || len(found.Acts) == 0 || !actor.Covers(tree, found.VillageID, readers...) && found.Acts[0].ActorID != actor.ID {
		return nil, unknown()
	}
	return found, nil
}

// ByEntry returns the adjustments behind entries, for statements: those whose
// points the entry moved. Entries without one are left out.
func (s *Service) ByEntry(ctx context.Context, entryIDs []id.ID) (map[id.ID]*Adjustment, error) {
	if len(entryIDs) == 0 {
		return nil, nil
	}
	marks, args := database.List(database.IDs(entryIDs))
	list, err := query(ctx, s.db.Read, ` WHERE a.id IN (SELECT adjustment_id FROM adjustment_acts WHERE id IN (`+marks+`))`, args...)
	found := make(map[id.ID]*Adjustment, len(list))
	for _, a := range list {
		if entryID, moved := a.EntryID(); moved && slices.Contains(entryIDs, entryID) {
			found[entryID] = a
		}
	}
	return found, err
}

// Cursor is the place of an adjustment in the list.
type Cursor struct {
	Day calendar.Day
	ID  id.ID
}

// Filter says which adjustments to list.
type Filter struct {
	DivisionID  id.ID          // zero: the whole scope
	HouseholdID id.ID          // zero: all
	Month       calendar.Month // in which they were created; zero: all
	Waiting     bool           // only those that wait for a second person
	After       Cursor         // zero: from the newest
	Limit       int
}

// List returns adjustments, the newest day first, and one more than the limit
// where there are more. It returns NotFound "division.unknown" for a division
// outside the scope.
func (s *Service) List(ctx context.Context, actor auth.Actor, f Filter) ([]*Adjustment, error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return nil, err
	}
	where, args, err := scope(tree, actor, f.DivisionID)
	if err != nil || where == "" {
		return nil, err
	}
	if !f.HouseholdID.IsZero() {
		where, args = where+" AND a.household_id = ?", append(args, f.HouseholdID[:])
	}
	if f.Month != 0 {
		where, args = where+" AND a.day BETWEEN ? AND ?", append(args, int64(f.Month.First()), int64(f.Month.Last()))
	}
	if f.Waiting {
		where += ` AND (SELECT t.act FROM adjustment_acts t WHERE t.adjustment_id = a.id ORDER BY t.step DESC LIMIT 1) = 'propose'`
	}
	if !f.After.ID.IsZero() {
		where += " AND (a.day < ? OR a.day = ? AND a.id < ?)"
		args = append(args, int64(f.After.Day), int64(f.After.Day), f.After.ID[:])
	}
	return query(ctx, s.db.Read, where+" ORDER BY a.day DESC, a.id DESC LIMIT ?", append(args, f.Limit+1)...)
}

// scope returns the condition of what the actor reads, empty where that is
// nothing.
func scope(tree *division.Tree, actor auth.Actor, divisionID id.ID) (string, []any, error) {
	divisions := actor.Divisions(readers...)
	if !divisionID.IsZero() {
		if !actor.Covers(tree, divisionID, readers...) {
			return "", nil, division.Unknown().At("?division")
		}
		divisions = []id.ID{divisionID}
	}
	if len(divisions) == 0 {
		return "", nil, nil
	}
	if slices.Contains(divisions, id.ID{}) {
		return " WHERE 1 = 1", nil, nil
	}
	return under(divisions)
}

// under is the condition of lying in one of the divisions.
func under(divisions []id.ID) (string, []any, error) {
	marks := database.Placeholders(len(divisions))
	return ` WHERE (a.village_id IN (SELECT division_id FROM division_ancestors WHERE ancestor_id IN (` + marks + `))
		OR h.division_id IN (SELECT division_id FROM division_ancestors WHERE ancestor_id IN (` + marks + `)))`,
		database.IDs(divisions, database.IDs(divisions)...), nil
}

// mostPosted bounds the list of a month.
const mostPosted = 5000

// Board is what is posted for everybody about a month: every adjustment and late
// reversal that moved points in it.
type Board struct {
	DivisionID   id.ID
	Month        calendar.Month
	Given, Taken points.Points // Taken is what households gave, above zero
	Adjustments  []*Adjustment // by village, in the order they were posted
}

// Board returns the list of a village, town or district and a month, for whoever
// belongs there: anybody with a role in the division or a household of it. Names
// are to be masked. Faults: NotFound "division.unknown" outside of it, Refused
// "adjustment.board_too_long" for more than a page could show.
func (s *Service) Board(ctx context.Context, actor auth.Actor, divisionID id.ID, month calendar.Month) (*Board, error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return nil, err
	}
	if _, known := tree.Get(divisionID); !known || !actor.Covers(tree, divisionID) {
		return nil, division.Unknown().At("?division")
	}
	where, args, err := under([]id.ID{divisionID})
	if err != nil {
		return nil, err
	}
	from, until := month.First().Start(s.zone), month.Next().First().Start(s.zone)
	args = append(args, int64(from), int64(until), mostPosted+1)
	list, err := query(ctx, s.db.Read, where+` AND a.id IN (
		SELECT adjustment_id FROM adjustment_acts WHERE act IN ('post', 'approve') AND acted_at >= ? AND acted_at < ?)
		ORDER BY a.village_id, a.day, a.id LIMIT ?`, args...)
	if err != nil {
		return nil, fmt.Errorf("read what is posted: %w", err)
	}
	if len(list) > mostPosted {
		return nil, fault.New(fault.Refused, "adjustment.board_too_long", "limit", mostPosted)
	}
	b := &Board{DivisionID: divisionID, Month: month, Adjustments: list}
	for _, a := range list {
		b.Given += max(a.Points, 0)
		b.Taken += max(-a.Points, 0)
	}
	return b, nil
}
