// Package collection owns what happens to waste outside the household:
// collection points (收集点) and weighbridge tickets (过磅单, WeighIn). Every
// ticket is kept with all its versions; weigh_in_months holds what the tickets
// in force add up to per month, village and category, and is brought up to date
// in the same transaction. What the sums mean is for internal/report to say.
package collection

import (
	"context"
	"time"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// Roles that may read and write here.
var (
	Readers    = []auth.Role{auth.Cadre, auth.TownOfficial, auth.DistrictOfficial, auth.Finance, auth.Auditor, auth.Administrator}
	Writers    = []auth.Role{auth.Cadre, auth.TownOfficial, auth.Administrator}
	Correctors = []auth.Role{auth.TownOfficial, auth.Administrator}
)

// Service keeps collection points and weigh-ins.
type Service struct {
	db        *database.DB
	divisions *division.Service
	zone      *time.Location
	now       func() calendar.Micros
}

// New returns the service of a database. Days are counted in zone.
func New(db *database.DB, divisions *division.Service, zone *time.Location) *Service {
	return &Service{db: db, divisions: divisions, zone: zone, now: calendar.Now}
}

// RunAt sets the clock of the service, before its first use: a demo town has
// weighed for months.
func (s *Service) RunAt(now func() calendar.Micros) { s.now = now }

func (s *Service) today() calendar.Day { return calendar.DayOf(s.now(), s.zone) }

// villages returns the villages a list is about: those below a division, or
// with the zero division those of the actor's whole scope. all means that no
// village is left out. Outside the scope it returns NotFound "division.unknown".
func (s *Service) villages(ctx context.Context, actor auth.Actor, under id.ID, roles []auth.Role) (tree *division.Tree, villages []id.ID, all bool, err error) {
	tree, err = s.divisions.Tree(ctx)
	if err != nil {
		return nil, nil, false, err
	}
	scope := actor.Divisions(roles...)
	if !under.IsZero() {
		if !actor.Covers(tree, under, roles...) {
			return nil, nil, false, division.Unknown()
		}
		scope = []id.ID{under}
		if village, ok := tree.Village(under); ok && actor.Covers(tree, village.ID, roles...) { // not from a group's own staff
			scope[0] = village.ID
		}
	}
	for _, village := range tree.Villages(scope...) {
		villages = append(villages, village.ID)
	}
	return tree, villages, len(scope) == 1 && scope[0].IsZero(), nil
}

// village checks that a division is a village in which the actor holds one of
// the roles, else returns NotFound "division.unknown" or Invalid
// "division.not_village".
func village(tree *division.Tree, actor auth.Actor, d id.ID, roles []auth.Role) *fault.Fault {
	if !actor.Covers(tree, d, roles...) {
		return division.Unknown().At("/village_id")
	}
	if found, _ := tree.Get(d); found.Level != division.Village {
		return fault.New(fault.Invalid, "collection.not_village", "name", found.Name).At("/village_id")
	}
	return nil
}

// joined returns nil, the only fault, or one that carries them all, so that a
// form shows every wrong field at once.
func joined(faults ...*fault.Fault) error {
	all := fault.Join(faults...)
	switch {
	case all == nil:
		return nil
	case len(all.Details) == 1:
		return all.Details[0]
	}
	return all
}
