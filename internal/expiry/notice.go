package expiry

import (
	"context"
	"iter"
	"slices"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/division"
	"hufen/internal/household"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
)

// noticeDays is how long before points run out households are told.
const noticeDays = 30

// Next is what a household loses next if it does not spend it.
type Next struct {
	Points    points.Points
	ExpiresOn calendar.Day // the last day to spend it
	Soon      bool         // within the days of notice
}

// Holder is a household with the village it lives in.
type Holder struct{ HouseholdID, VillageID id.ID }

// NextOf returns what households lose next. Those that hold nothing, or whose
// points stay, are not in the map. Where no programme has a rule nothing is read.
func (s *Service) NextOf(ctx context.Context, holders []Holder) (map[id.ID]Next, error) {
	book, err := s.book.read(ctx)
	if err != nil || len(book) == 0 {
		return nil, err
	}
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return nil, err
	}
	today := s.today()
	byRule := make(map[*Rule][]Holder)
	for _, h := range holders {
		if rule := book.on(tree, h.VillageID, today); rule != nil {
			byRule[rule] = append(byRule[rule], h)
		}
	}
	next := make(losses)
	for rule, group := range byRule {
		for part := range slices.Chunk(group, together) {
			if err := s.nextUnder(ctx, rule, part, today, next); err != nil {
				return nil, err
			}
		}
	}
	return next, nil
}

func (s *Service) nextUnder(ctx context.Context, rule *Rule, holders []Holder, today calendar.Day, next losses) error {
	accounts := make([]ledger.Account, len(holders))
	for i, h := range holders {
		accounts[i] = ledger.HouseholdAccount(h.HouseholdID, h.VillageID)
	}
	if rule.Mode == Idle {
		balances, err := ledger.BalancesOf(ctx, s.db.Read, accounts)
		if err != nil {
			return err
		}
		used, err := ledger.LastUsed(ctx, s.db.Read, accounts)
		if err != nil {
			return err
		}
		for i, account := range accounts {
			next.add(holders[i], balances[account.ID], rule.ofIdle(used[account.ID]).expiresOn, today)
		}
		return nil
	}
	year := rule.yearNext(today)
	lots, err := ledger.LotsBefore(ctx, s.db.Read, accounts, year.before)
	if err != nil {
		return err
	}
	for i, account := range accounts {
		next.add(holders[i], lots[account.ID].Points, year.expiresOn, today)
	}
	return nil
}

// losses are what households lose next.
type losses map[id.ID]Next

// add notes a loss, unless there is none. A day that is over is left to the job,
// which comes within the hour.
func (l losses) add(h Holder, amount points.Points, expiresOn, today calendar.Day) {
	if amount > 0 && expiresOn >= today {
		l[h.HouseholdID] = Next{amount, expiresOn, expiresOn <= today.AddDays(noticeDays)}
	}
}

// Notice is a household that is told that points run out soon.
type Notice struct {
	household.Household
	Next
}

// Filter says which notices to list.
type Filter struct {
	DivisionID id.ID            // zero: the actor's whole scope
	After      household.Cursor // the last household of the page before
	Limit      int
}

// Notices returns the households that lose points within the days of notice, in
// the order of the list of households, and whether there are more. Returns
// NotFound "division.unknown" outside the actor's scope.
func (s *Service) Notices(ctx context.Context, actor auth.Actor, f Filter) (notices []Notice, more bool, err error) {
	for n, err := range s.eachNotice(ctx, actor, f) {
		if err != nil {
			return nil, false, err
		}
		if len(notices) == f.Limit {
			return notices, true, nil
		}
		notices = append(notices, n)
	}
	return notices, false, nil
}

// eachNotice yields notices, reading the households of one village after the
// other.
func (s *Service) eachNotice(ctx context.Context, actor auth.Actor, f Filter) iter.Seq2[Notice, error] {
	return func(yield func(Notice, error) bool) {
		places, err := s.placesToTell(ctx, actor, f.DivisionID)
		if err != nil {
			yield(Notice{}, err)
			return
		}
		if at := slices.IndexFunc(places, func(p place) bool { return p.villageID == f.After.VillageID }); at > 0 {
			places = places[at:]
		}
		for _, p := range places {
			for n, err := range s.inPlace(ctx, actor, p, f.After) {
				if !yield(n, err) || err != nil {
					return
				}
			}
		}
	}
}

func (s *Service) inPlace(ctx context.Context, actor auth.Actor, p place, after household.Cursor) iter.Seq2[Notice, error] {
	return func(yield func(Notice, error) bool) {
		f := household.Filter{DivisionID: p.divisionID, Limit: together}
		if after.VillageID == p.villageID {
			f.After = after
		}
		for {
			list, more, err := s.households.List(ctx, actor, f)
			if err != nil {
				yield(Notice{}, err)
				return
			}
			holders := make([]Holder, len(list))
			for i, h := range list {
				holders[i] = Holder{h.ID, h.VillageID}
			}
			next, err := s.NextOf(ctx, holders)
			if err != nil {
				yield(Notice{}, err)
				return
			}
			for _, h := range list {
				if n := next[h.ID]; n.Soon && !yield(Notice{h, n}, nil) {
					return
				}
			}
			if !more {
				return
			}
			f.After = household.CursorOf(list[len(list)-1])
		}
	}
}

// place is a village, or the part of one that was asked for.
type place struct{ divisionID, villageID id.ID }

// placesToTell are the villages inside a division, or inside the actor's scope,
// where points may run out within the days of notice.
func (s *Service) placesToTell(ctx context.Context, actor auth.Actor, divisionID id.ID) ([]place, error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return nil, err
	}
	under := actor.Divisions(readers...)
	if !divisionID.IsZero() {
		if !actor.Covers(tree, divisionID, readers...) {
			return nil, division.Unknown().At("?division")
		}
		under = []id.ID{divisionID}
	}
	book, err := s.book.read(ctx)
	if err != nil || len(book) == 0 {
		return nil, err
	}
	var places []place
	today := s.today()
	for _, d := range under {
		found := []place{}
		if group, ok := tree.Get(d); ok && group.Level == division.Group {
			village, _ := tree.Village(d)
			found = append(found, place{d, village.ID})
		}
		for _, village := range tree.Villages(d) {
			found = append(found, place{village.ID, village.ID})
		}
		for _, p := range found {
			rule := book.on(tree, p.villageID, today)
			if rule != nil && (rule.Mode == Idle || rule.yearNext(today).expiresOn <= today.AddDays(noticeDays)) && !slices.Contains(places, p) {
				places = append(places, p)
			}
		}
	}
	return places, nil
}

// Sum is what all notices together come to.
type Sum struct {
	Households int
	Points     points.Points
	Until      calendar.Day // the last day that is looked at
}

// TellsUntil is the last day that notices are about.
func (s *Service) TellsUntil() calendar.Day { return s.today().AddDays(noticeDays) }

// Sum adds up the notices of a division, or of the actor's scope. Returns
// NotFound "division.unknown" outside the scope.
func (s *Service) Sum(ctx context.Context, actor auth.Actor, divisionID id.ID) (Sum, error) {
	var sum Sum
	for n, err := range s.eachNotice(ctx, actor, Filter{DivisionID: divisionID}) {
		if err != nil {
			return sum, err
		}
		sum.Households++
		sum.Points += n.Points
	}
	return sum, nil
}

// ExpiredIn returns what ran out of households in a month. Those that lost
// nothing are not in the map. Where no programme has a rule nothing is read.
func (s *Service) ExpiredIn(ctx context.Context, holders []Holder, month calendar.Month) (map[id.ID]points.Points, error) {
	book, err := s.book.read(ctx)
	if err != nil || len(book) == 0 {
		return nil, err
	}
	return expiredIn(ctx, s.db.Read, holders, month)
}
