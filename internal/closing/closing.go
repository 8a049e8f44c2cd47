// Package closing owns the end of a month: what the book adds up to by day,
// month and village, what a village still owes its households in points and
// yuan on any day, and the closing of a town's month, after which no entry is
// recorded into it and its figures stay as they were. It reads the ledger, the
// seals and the rollups; it never posts.
package closing

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

// The roles. Readers see figures and closings, closers close a month and ask for
// its re-opening; who asked for one does not decide it.
var (
	readers = []auth.Role{auth.Cadre, auth.TownOfficial, auth.DistrictOfficial, auth.Finance, auth.Auditor, auth.Administrator}
	closers = []auth.Role{auth.TownOfficial, auth.Finance}
	openers = []auth.Role{auth.TownOfficial, auth.Finance, auth.DistrictOfficial}
)

// Sources are figures and checks of other parts of the house.
type Sources struct {
	// Figures returns what the reports say of villages in a month, by name.
	Figures func(ctx context.Context, townID id.ID, month calendar.Month) (map[id.ID]map[string]int64, error)
	// Seal seals what was recorded in a time and is in no seal. The sealer goes on
	// from its newest seal, so what a slow clock dated waits for its daily pass.
	Seal func(ctx context.Context, from, until calendar.Micros) error
	// Check recomputes a month of villages and returns how much is wrong.
	Check func(ctx context.Context, villages []id.ID, month calendar.Month) (int, error)
}

// Service keeps the books by month and closes months.
type Service struct {
	db        *database.DB
	divisions *division.Service
	zone      *time.Location
	now       func() calendar.Micros
	sources   Sources
	looks     looks
}

// New returns the service of a database. Months begin in zone. A source that is
// nil is left out.
func New(db *database.DB, divisions *division.Service, zone *time.Location, sources Sources) *Service {
	return &Service{db: db, divisions: divisions, zone: zone, now: calendar.Now, sources: sources}
}

// RunAt sets the clock of the service, before its first use: the months of a
// demo town were closed long ago.
func (s *Service) RunAt(now func() calendar.Micros) { s.now = now }

func (s *Service) today() calendar.Day { return calendar.DayOf(s.now(), s.zone) }

// endOf is the first instant after a month.
func (s *Service) endOf(month calendar.Month) calendar.Micros {
	return month.Next().First().Start(s.zone)
}

func reused() *fault.Fault { return fault.New(fault.Conflict, "request.id_reused").At("/id") }
