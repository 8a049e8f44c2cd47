package division

import (
	"context"
	"slices"
	"strings"

	"hufen/internal/fault"
	"hufen/internal/id"
)

// Filter says which divisions to list, and where to go on.
type Filter struct {
	ParentID id.ID  // children of it; zero: all inside the scope
	Level    Level  // empty: every level
	Text     string // part of a name, or the beginning of a code
	Limit    int
	After    id.ID // the last division of the page before; zero: from the beginning
}

// List returns divisions inside the given scope in the order of the tree, and
// whether there are more. It returns NotFound "division.unknown" for a parent
// outside the author's scope, and Malformed "request.bad_cursor" when the last
// division is no longer among them.
func (s *Service) List(ctx context.Context, author Author, scope []id.ID, filter Filter) (divisions []Division, more bool, err error) {
	tree, err := s.Tree(ctx)
	if err != nil {
		return nil, false, err
	}
	if filter.ParentID.IsZero() {
		divisions = tree.Within(scope...)
	} else {
		if !author.Sees(tree, filter.ParentID) {
			return nil, false, Unknown().At("?parent")
		}
		divisions = tree.Children(filter.ParentID)
	}
	divisions = slices.DeleteFunc(divisions, func(d Division) bool { return !filter.fits(d) })
	if !filter.After.IsZero() {
		i := slices.IndexFunc(divisions, func(d Division) bool { return d.ID == filter.After })
		if i < 0 {
			return nil, false, fault.New(fault.Malformed, "request.bad_cursor").At("?cursor")
		}
		divisions = divisions[i+1:]
	}
	if len(divisions) > filter.Limit {
		return divisions[:filter.Limit], true, nil
	}
	return divisions, false, nil
}

func (f Filter) fits(d Division) bool {
	if f.Level != "" && d.Level != f.Level {
		return false
	}
	text := strings.TrimSpace(f.Text)
	return strings.Contains(d.Name, text) || text != "" && strings.HasPrefix(d.Code, text)
}

// Get returns a division and the path down to it, or NotFound "division.unknown"
// outside the author's scope.
func (s *Service) Get(ctx context.Context, author Author, divisionID id.ID) (d Division, path []Division, err error) {
	tree, err := s.Tree(ctx)
	if err != nil {
		return d, nil, err
	}
	d, found := tree.Get(divisionID)
	if !found || !author.Sees(tree, divisionID) {
		return Division{}, nil, Unknown()
	}
	return d, tree.Path(divisionID), nil
}
