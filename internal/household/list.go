package household

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"hufen/internal/auth"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/id"
)

// Filter says which households to list.
type Filter struct {
	DivisionID id.ID  // zero: the actor's whole scope
	Text       string // part of a house number or, for those who may reveal it, of the name
	Closed     bool   // closed households instead of open ones
	After      Cursor // the last household of the page before
	Limit      int
}

// Cursor is the place of a household in a list.
type Cursor struct {
	VillageID   id.ID  `json:"v"`
	DivisionID  id.ID  `json:"d"`
	HouseNumber string `json:"n"`
	ID          id.ID  `json:"i"`
}

// CursorOf returns the place of a household in lists.
func CursorOf(h Household) Cursor {
	return Cursor{VillageID: h.VillageID, DivisionID: h.DivisionID, HouseNumber: h.HouseNumber, ID: h.ID}
}

// List returns households village by village, and in a village by group and
// house number as people count: 9 before 10. more says that the list goes on.
// It returns NotFound "division.unknown" outside the actor's scope.
func (s *Service) List(ctx context.Context, actor auth.Actor, f Filter) (households []Household, more bool, err error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return nil, false, err
	}
	under := actor.Divisions(readers...)
	if !f.DivisionID.IsZero() {
		if !actor.Covers(tree, f.DivisionID, readers...) {
			return nil, false, division.Unknown().At("?division")
		}
		under = []id.ID{f.DivisionID}
	}
	rows, err := s.page(ctx, actor, tree, under, f)
	if err != nil {
		return nil, false, fmt.Errorf("list households: %w", err)
	}
	if len(rows) > f.Limit {
		rows, more = rows[:f.Limit], true
	}
	households, err = complete(ctx, s.db.Read, rows)
	return households, more, err
}

// Within returns all households of a village, or of one of its groups, closed ones
// too, in the order of List, without their cards and PINs. The caller has seen to
// it that the reader may.
func (s *Service) Within(ctx context.Context, divisionID id.ID) ([]Household, error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return nil, err
	}
	village, _ := tree.Village(divisionID)
	places := placesOf(tree, []id.ID{divisionID})
	rows, err := queryHouseholds(ctx, s.db.Read, "WHERE h.village_id = ?", village.ID)
	if err != nil {
		return nil, fmt.Errorf("read households: %w", err)
	}
	rows = slices.DeleteFunc(rows, func(r householdRow) bool {
		_, inside := places[r.DivisionID]
		return !inside
	})
	slices.SortFunc(rows, func(a, b householdRow) int { return inOrder(places, a, b) })
	var households []Household
	for part := range slices.Chunk(rows, chunkSize) {
		ids := make([]id.ID, len(part))
		for i, row := range part {
			ids[i] = row.ID
		}
		people, err := queryPeople(ctx, s.db.Read, ids)
		if err != nil {
			return nil, fmt.Errorf("read households: %w", err)
		}
		households = append(households, assemble(part, people, nil, nil)...)
	}
	return households, nil
}

// page reads village after village until it has one household more than the
// page holds. A village has at most some thousand households, so it is sorted
// here; villages without any are passed over in growing strides.
func (s *Service) page(ctx context.Context, actor auth.Actor, tree *division.Tree, under []id.ID, f Filter) ([]householdRow, error) {
	places := placesOf(tree, under)
	villages := villagesOf(tree, places)
	if at := slices.Index(villages, f.After.VillageID); at > 0 {
		villages = villages[at:]
	}
	var rows []householdRow
	for stride := 1; len(villages) > 0 && len(rows) <= f.Limit; stride = min(stride*2, 256) {
		n := min(stride, len(villages))
		found, err := s.inVillages(ctx, actor, tree, villages[:n], f)
		if err != nil {
			return nil, err
		}
		found = slices.DeleteFunc(found, func(r householdRow) bool {
			_, inside := places[r.DivisionID]
			return !inside || !f.After.ID.IsZero() && !before(places, f.After, r)
		})
		slices.SortFunc(found, func(a, b householdRow) int { return inOrder(places, a, b) })
		rows = append(rows, found...)
		villages = villages[n:]
	}
	return rows, nil
}

// placesOf numbers the divisions inside the given ones in the tree's order.
func placesOf(tree *division.Tree, under []id.ID) map[id.ID]int {
	places := map[id.ID]int{}
	for i, d := range tree.Within(under...) {
		places[d.ID] = i
	}
	return places
}

// villagesOf returns the villages of places, in order.
func villagesOf(tree *division.Tree, places map[id.ID]int) []id.ID {
	first := map[id.ID]int{}
	for place, at := range places {
		village, ok := tree.Village(place)
		if !ok {
			continue
		}
		if earlier, known := first[village.ID]; !known || at < earlier {
			first[village.ID] = at
		}
	}
	villages := make([]id.ID, 0, len(first))
	for village := range first {
		villages = append(villages, village)
	}
	slices.SortFunc(villages, func(a, b id.ID) int { return first[a] - first[b] })
	return villages
}

func inOrder(places map[id.ID]int, a, b householdRow) int {
	return cmp.Or(places[a.DivisionID]-places[b.DivisionID], compareNumbers(a.HouseNumber, b.HouseNumber),
		cmp.Compare(a.HouseNumber, b.HouseNumber), slices.Compare(a.ID[:], b.ID[:]))
}

func before(places map[id.ID]int, c Cursor, r householdRow) bool {
	return inOrder(places, householdRow{DivisionID: c.DivisionID, HouseNumber: c.HouseNumber, ID: c.ID}, r) < 0
}

// inVillages reads the households of villages that match. Names are searched
// only where the actor may reveal them all the same.
func (s *Service) inVillages(ctx context.Context, actor auth.Actor, tree *division.Tree, villages []id.ID, f Filter) ([]householdRow, error) {
	where := "WHERE h.village_id IN (" + database.Placeholders(len(villages)) + ") AND h.closed_at = 0"
	if f.Closed {
		where = strings.TrimSuffix(where, "= 0") + "<> 0"
	}
	values := database.IDs(villages)
	text := strings.TrimSpace(f.Text)
	if text == "" {
		return queryHouseholds(ctx, s.db.Read, where, values...)
	}
	number := text
	if CleanHouseNumber(&number) != nil {
		number = text
	}
	mayReveal := !slices.ContainsFunc(villages, func(v id.ID) bool { return !actor.Covers(tree, v, writers...) })
	if !mayReveal {
		return queryHouseholds(ctx, s.db.Read, where+" AND INSTR(h.house_number, ?) > 0", append(values, number)...)
	}
	return queryHouseholds(ctx, s.db.Read, "LEFT JOIN household_people p ON p.household_id = h.id "+where+
		" AND (INSTR(h.house_number, ?) > 0 OR INSTR(p.head_name, ?) > 0)", append(values, number, text)...)
}

// compareNumbers orders house numbers as people count: the digits in them as
// numbers, 9 before 10 and 3-2 before 3-10.
func compareNumbers(a, b string) int {
	for a != "" && b != "" {
		m, restA := leadingDigits(a)
		n, restB := leadingDigits(b)
		switch {
		case m != "" && n != "":
			if c := cmp.Or(cmp.Compare(len(m), len(n)), cmp.Compare(m, n)); c != 0 {
				return c
			}
			a, b = restA, restB
		case m != "" || n != "": // a digit stands before every other character
			return cmp.Compare(len(n), len(m))
		case a[0] != b[0]:
			return cmp.Compare(a[0], b[0])
		default:
			a, b = a[1:], b[1:]
		}
	}
	return cmp.Compare(len(a), len(b))
}

// leadingDigits cuts the digits off that text begins with, without zeros before
// them.
func leadingDigits(text string) (digits, rest string) {
	end := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(text)
	}
	digits = strings.TrimLeft(text[:end], "0")
	if digits == "" && end > 0 {
		digits = "0"
	}
	return digits, text[end:]
}
