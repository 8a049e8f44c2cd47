// Package division owns 行政区划: the tree of province, city, district, town,
// village and village group, its codes over time, and the dated settings that
// hold in a part of it. Who may see or change a division is for internal/auth
// to say; this package asks through Author.
package division

import (
	"context"
	"time"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// Level is the rank of a division.
type Level string

// The levels, from the top down.
const (
	Province Level = "province"
	City     Level = "city"
	District Level = "district" // 区县
	Town     Level = "town"     // 乡镇、街道
	Village  Level = "village"  // 行政村、居委会
	Group    Level = "group"    // 村民小组、自然村, without a code
)

var ranks = map[Level]int{Province: 1, City: 2, District: 3, Town: 4, Village: 5, Group: 6}

// Valid reports whether the level is one of the six.
func (l Level) Valid() bool { return ranks[l] > 0 }

// Above reports whether l ranks higher than other: a town is above a village.
func (l Level) Above(other Level) bool { return ranks[l] < ranks[other] }

// Forever is the last day of what has no end yet.
const Forever calendar.Day = 9999_12_31

// Division is one 行政区划 as it is in force.
type Division struct {
	ID        id.ID
	ParentID  id.ID // zero at the top
	Level     Level
	Code      string // 2, 4, 6, 9 or 12 digits; empty for groups and where none is known
	Name      string
	ValidFrom calendar.Day
	ValidTo   calendar.Day // the last day, Forever while it has no end
	UpdatedAt calendar.Micros
}

// InForce reports whether the division exists on a day.
func (d Division) InForce(day calendar.Day) bool { return d.ValidFrom <= day && day <= d.ValidTo }

// Author is who changes divisions and settings, as far as this package needs to
// know; auth.Actor is one.
type Author interface {
	// AuthorID returns what is written into the records.
	AuthorID() id.ID
	// Sees reports whether the division lies inside any of the author's.
	Sees(tree *Tree, division id.ID) bool
	// Manages reports whether the author may change the division and what lies
	// below it. The zero division stands for the top of the tree.
	Manages(tree *Tree, division id.ID) bool
	// Note writes the change into the audit log.
	Note(ctx context.Context, tx *gorm.DB, change Change) error
}

// Change is a line of the audit log.
type Change struct {
	Action     string // noun.verb
	ObjectKind string
	ObjectID   id.ID
	DivisionID id.ID
	Detail     string
}

// Service keeps the tree and the settings.
type Service struct {
	db       *database.DB
	zone     *time.Location
	now      func() calendar.Micros
	snapshot snapshots
}

// New returns the service of a database. Days are counted in zone.
func New(db *database.DB, zone *time.Location) *Service {
	s := &Service{db: db, zone: zone, now: calendar.Now}
	s.snapshot.load = func(ctx context.Context, last *snapshot) (*snapshot, error) {
		return load(ctx, db.Read, last)
	}
	return s
}

// RunAt sets the clock of the service, before its first use: the settings of a
// demo town have held for months.
func (s *Service) RunAt(now func() calendar.Micros) { s.now = now }

// Tree returns the tree as it was at most two seconds ago, and with everything
// this service itself has changed since.
func (s *Service) Tree(ctx context.Context) (*Tree, error) {
	snap, err := s.snapshot.get(ctx)
	if err != nil {
		return nil, err
	}
	return snap.tree, nil
}

// Forget makes the next Tree or Setting read the database. Callers that changed
// divisions inside a transaction of their own call it after the commit.
func (s *Service) Forget() { s.snapshot.forget() }

// Today returns the local date.
func (s *Service) Today() calendar.Day { return calendar.DayOf(s.now(), s.zone) }

// Unknown is the answer for a division that does not exist or lies outside the
// author's scope: a NotFound fault "division.unknown".
func Unknown() *fault.Fault { return fault.New(fault.NotFound, "division.unknown") }
