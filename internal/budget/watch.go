package budget

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"hufen/internal/calendar"
	"hufen/internal/division"
	"hufen/internal/id"
	"hufen/internal/points"
)

// lookEvery is how often an instance adds up at most what its budgets are used.
// So a budget is overdrawn by what all instances credit within this time, and
// the groups that are being written then.
const lookEvery = 3 * time.Second

// backMonths is how many months before this one are watched, for drop-offs that
// come late. Those of still older months are not held.
const backMonths = 12

// watch knows which villages' budgets are used up. Asking it costs nothing but
// a look at the clock; it is filled aside.
type watch struct {
	full  atomic.Pointer[full]
	first sync.Mutex  // held for the first look
	busy  atomic.Bool // somebody looks
}

// full are the months in which the budget of a village, or of what lies above
// it, is used up.
type full struct {
	at     time.Time
	months map[id.ID]map[calendar.Month]bool
}

func (w *watch) forget() { w.full.Store(nil) }

// Full reports whether a drop-off of a village and month has to wait, as a
// budget that says so is used up. It may be some seconds behind. Where it cannot
// be known nothing waits.
func (s *Service) Full(ctx context.Context, villageID id.ID, month calendar.Month) bool {
	known := s.watch.full.Load()
	if known == nil {
		s.watch.first.Lock()
		if known = s.watch.full.Load(); known == nil {
			known = s.look(ctx)
		}
		s.watch.first.Unlock()
	} else if time.Since(known.at) > lookEvery && s.watch.busy.CompareAndSwap(false, true) {
		go func() {
			defer s.watch.busy.Store(false)
			s.look(context.WithoutCancel(ctx))
		}()
	}
	return known.months[villageID][month]
}

// look finds out what is used up and keeps it.
func (s *Service) look(ctx context.Context) *full {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	found, err := s.findFull(ctx)
	if err != nil {
		slog.WarnContext(ctx, "budgets are not watched", "error", err)
		if known := s.watch.full.Load(); known != nil {
			found = known.months
		}
	}
	known := &full{time.Now(), found}
	s.watch.full.Store(known)
	return known
}

func (s *Service) findFull(ctx context.Context) (map[id.ID]map[calendar.Month]bool, error) {
	budgets, err := readBudgets(ctx, s.db.Read)
	if err != nil {
		return nil, err
	}
	var holding []id.ID
	seen := make(map[id.ID]bool)
	for _, b := range budgets {
		if b.AtFull == Hold && !seen[b.DivisionID] {
			seen[b.DivisionID] = true
			holding = append(holding, b.DivisionID)
		}
	}
	if len(holding) == 0 {
		return nil, nil
	}
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return nil, err
	}
	this := s.month()
	reach := span{spanOf(Year, this.AddMonths(-backMonths)).from, spanOf(Year, this).to}
	by, err := usedBy(ctx, s.db.Read, division.IDs(tree.Villages(holding...)), reach)
	if err != nil {
		return nil, err
	}
	found := make(map[id.ID]map[calendar.Month]bool)
	for _, divisionID := range holding {
		markFull(found, by, budgets, divisionID, tree, span{this.AddMonths(-backMonths), this.Next()})
	}
	return found, nil
}

// markFull marks the months in which a division's budget is used up, for all its
// villages.
func markFull(found map[id.ID]map[calendar.Month]bool, by map[id.ID]map[calendar.Month]points.Points, budgets []Budget, divisionID id.ID, tree *division.Tree, months span) {
	villages := tree.Villages(divisionID)
	for month := months.from; month <= months.to; month = month.Next() {
		b, ok := inForce(budgets, divisionID, month)
		if !ok || b.AtFull != Hold {
			continue
		}
		var sum points.Points
		p := spanOf(b.Period, month)
		for _, village := range villages {
			for m := p.from; m <= p.to; m = m.Next() {
				sum += by[village.ID][m]
			}
		}
		if sum < b.Points {
			continue
		}
		for _, village := range villages {
			if found[village.ID] == nil {
				found[village.ID] = make(map[calendar.Month]bool)
			}
			found[village.ID][month] = true
		}
	}
}
