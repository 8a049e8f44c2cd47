package closing

import (
	"context"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/division"
	"hufen/internal/id"
)

// Month is a town's month: who did what, what stands in the way of closing it,
// and its figures as recorded and as restated.
type Month struct {
	Town     division.Division
	Month    calendar.Month
	State    State
	Acts     []Act // but for beginnings
	Blockers []Blocker
	May      []string         // what the actor may do now
	Villages []VillageFigures // in the order of the tree
	ClosedAt calendar.Micros  // of the figures as recorded; 0: it was never closed
	Replayed bool
}

// VillageFigures are the figures of a village: as they were when the month was
// closed, nil where it was not, and as they are today.
type VillageFigures struct {
	Village  division.Division
	Recorded map[string]int64
	Restated map[string]int64
}

// Month returns a town's month. It returns NotFound "division.unknown" outside
// the actor's scope.
func (s *Service) Month(ctx context.Context, actor auth.Actor, townID id.ID, month calendar.Month) (*Month, error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return nil, err
	}
	p, err := placeOf(tree, actor, townID, readers)
	if err != nil {
		return nil, err
	}
	h, err := readHistory(ctx, s.db.Read, townID)
	if err != nil {
		return nil, err
	}
	found := s.stateOf(tree, actor, p.town, h, month)
	if err := s.addFigures(ctx, tree, p, h, found); err != nil {
		return nil, err
	}
	if found.State == Open && month.Last() < s.today() {
		found.Blockers, err = s.blockers(ctx, p, month, pageAge)
	}
	return found, err
}

// stateOf is a month without its figures.
func (s *Service) stateOf(tree *division.Tree, actor auth.Actor, town division.Division, h history, month calendar.Month) *Month {
	found := &Month{Town: town, Month: month, State: h.state(month), May: []string{}}
	for _, a := range h.of(month) {
		if a.Act != begin {
			found.Acts = append(found.Acts, a)
		}
	}
	if actor.Kind == auth.Machine || month.Last() >= s.today() {
		return found
	}
	for _, act := range []string{Close, Ask, Reopen} {
		roles := closers
		if act == Reopen {
			roles = openers
		}
		if actor.Covers(tree, town.ID, roles...) && h.refusal(act, month, actor.ID) == nil {
			found.May = append(found.May, act)
		}
	}
	return found
}

func (s *Service) addFigures(ctx context.Context, tree *division.Tree, p place, h history, found *Month) error {
	now, err := s.figuresOf(ctx, p.town.ID, p.villages, found.Month)
	if err != nil {
		return err
	}
	restated := byVillage(now)
	var recorded map[id.ID]map[string]int64
	if closed, ok := h.closing(found.Month); ok {
		kept, err := readFigures(ctx, s.db.Read, closed.ID)
		if err != nil {
			return err
		}
		recorded, found.ClosedAt = byVillage(kept), closed.At
	}
	for _, villageID := range p.villages {
		village, _ := tree.Get(villageID)
		found.Villages = append(found.Villages, VillageFigures{village, recorded[villageID], restated[villageID]})
	}
	return nil
}

func byVillage(figures []figure) map[id.ID]map[string]int64 {
	found := make(map[id.ID]map[string]int64)
	for _, f := range figures {
		if found[f.villageID] == nil {
			found[f.villageID] = make(map[string]int64)
		}
		found[f.villageID][f.name] = f.value
	}
	return found
}

// mostMonths is how far back months are listed.
const mostMonths = 36

// Months lists the months of a town that are over, the newest first, without
// their figures: from its first entry, or its first closing, on. It returns
// NotFound "division.unknown" outside the actor's scope.
func (s *Service) Months(ctx context.Context, actor auth.Actor, townID id.ID) ([]Month, error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return nil, err
	}
	p, err := placeOf(tree, actor, townID, readers)
	if err != nil {
		return nil, err
	}
	h, err := readHistory(ctx, s.db.Read, townID)
	if err != nil {
		return nil, err
	}
	first, err := s.firstMonth(ctx)
	if err != nil || first == 0 {
		return nil, err
	}
	if len(h) > 0 {
		first = h[0].Month
	}
	var months []Month
	for month := s.today().Month().AddMonths(-1); month >= first && len(months) < mostMonths; month = month.AddMonths(-1) {
		months = append(months, *s.stateOf(tree, actor, p.town, h, month))
	}
	return months, nil
}
