package api

import (
	"context"

	"hufen/internal/auth"
	"hufen/internal/division"
	"hufen/internal/household"
	"hufen/internal/id"
)

// Briefs: how a thing looks inside another thing's answer.

func divisionBrief(tree *division.Tree, divisionID id.ID) DivisionBrief {
	d, _ := tree.Get(divisionID)
	return DivisionBrief{Id: divisionID, Name: d.Name, Level: Level(d.Level)}
}

func householdBrief(tree *division.Tree, h household.Brief) HouseholdBrief {
	brief := HouseholdBrief{Id: h.ID, HouseNumber: h.HouseNumber, MaskedName: h.MaskedName, MemberCount: h.MemberCount,
		Village: divisionBrief(tree, h.VillageID)}
	if h.DivisionID != h.VillageID {
		group := divisionBrief(tree, h.DivisionID)
		brief.Group = &group
	}
	return brief
}

// briefs finds the households and the people that a list names, in one query
// each.
type briefs struct {
	tree       *division.Tree
	households map[id.ID]household.Brief
	names      map[id.ID]string
}

func (s *Server) briefs(ctx context.Context, householdIDs, userIDs []id.ID) (briefs, error) {
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return briefs{}, err
	}
	households, err := household.Briefs(ctx, s.DB.Read, unique(householdIDs))
	if err != nil {
		return briefs{}, err
	}
	names, err := auth.Names(ctx, s.DB.Read, unique(userIDs))
	return briefs{tree, households, names}, err
}

func (b briefs) household(householdID id.ID) *HouseholdBrief {
	h, ok := b.households[householdID]
	if !ok {
		return nil
	}
	brief := householdBrief(b.tree, h)
	return &brief
}

func (b briefs) name(userID id.ID) *string { return optional(b.names[userID]) }

func unique(ids []id.ID) []id.ID {
	seen := make(map[id.ID]bool, len(ids))
	var once []id.ID
	for _, i := range ids {
		if !seen[i] {
			seen[i] = true
			once = append(once, i)
		}
	}
	return once
}

// optional returns a field that is left out when it has its zero value.
func optional[T comparable](value T) *T {
	var zero T
	if value == zero {
		return nil
	}
	return &value
}

// orZero returns a field's value, or its zero value when it was left out.
func orZero[T any](field *T) T {
	if field == nil {
		var zero T
		return zero
	}
	return *field
}

func optionalID(n id.NullID) *Id {
	if !n.Valid {
		return nil
	}
	return &n.ID
}

func nullID(field *Id) id.NullID { return id.Some(orZero(field)) }
