package budget

import (
	"context"
	"log/slog"
	"slices"
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
	room, err := s.Room(ctx)
	if err != nil {
		return nil, err
	}
	found := make(map[id.ID]map[calendar.Month]bool)
	for villageID, months := range room.of {
		found[villageID] = make(map[calendar.Month]bool)
		for month, pots := range months {
			found[villageID][month] = pots.empty()
		}
	}
	return found, nil
}

// pot is what a budget that holds has left in one of its periods.
type pot struct{ left points.Points }

type pots []*pot

func (p pots) empty() bool {
	return slices.ContainsFunc(p, func(one *pot) bool { return one.left <= 0 })
}

// Room is what the budgets that hold have left, for each village and month the
// budgets of the village and of what lies above it.
type Room struct {
	of map[id.ID]map[calendar.Month]pots
}

// Take takes points for a village and month, and reports whether there was room:
// no budget that holds was used up before.
func (r Room) Take(villageID id.ID, month calendar.Month, amount points.Points) bool {
	pots := r.of[villageID][month]
	if pots.empty() {
		return false
	}
	for _, one := range pots {
		one.left -= amount
	}
	return true
}

// Room adds up what is left at this moment, for who credits many at once.
func (s *Service) Room(ctx context.Context) (Room, error) {
	r := Room{make(map[id.ID]map[calendar.Month]pots)}
	budgets, err := readBudgets(ctx, s.db.Read)
	if err != nil {
		return r, err
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
		return r, nil
	}
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return r, err
	}
	this := s.month()
	reach := span{spanOf(Year, this.AddMonths(-backMonths)).from, spanOf(Year, this).to}
	by, err := usedBy(ctx, s.db.Read, division.IDs(tree.Villages(holding...)), reach)
	if err != nil {
		return r, err
	}
	for _, divisionID := range holding {
		r.add(by, budgets, divisionID, division.IDs(tree.Villages(divisionID)), span{this.AddMonths(-backMonths), this.Next()})
	}
	return r, nil
}

// add adds what a division's budgets have left, for all its villages.
func (r Room) add(by given, budgets []Budget, divisionID id.ID, villages []id.ID, months span) {
	ofPeriod := make(map[budgetPeriod]*pot)
	for month := months.from; month <= months.to; month = month.Next() {
		b, ok := inForce(budgets, divisionID, month)
		if !ok || b.AtFull != Hold {
			continue
		}
		key := budgetPeriod{b.ID, spanOf(b.Period, month)}
		if ofPeriod[key] == nil {
			ofPeriod[key] = &pot{b.Points - by.sum(villages, key.span)}
		}
		for _, villageID := range villages {
			if r.of[villageID] == nil {
				r.of[villageID] = make(map[calendar.Month]pots)
			}
			r.of[villageID][month] = append(r.of[villageID][month], ofPeriod[key])
		}
	}
}

// budgetPeriod is a budget with one of its periods.
type budgetPeriod struct {
	budgetID id.ID
	span     span
}

func (g given) sum(villages []id.ID, p span) (sum points.Points) {
	for _, villageID := range villages {
		for month := p.from; month <= p.to; month = month.Next() {
			sum += g[villageID][month]
		}
	}
	return sum
}
