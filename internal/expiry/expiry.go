// Package expiry owns when points run out: the rules of a programme, the notice
// before, and the entries by which what was not spent in time leaves a
// household's account. Which points those are follows from the lines of the
// account (ledger.LotsBefore); nothing is kept for it, so a town without a rule
// pays nothing.
package expiry

import (
	"crypto/sha256"
	"time"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/household"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
)

// Expiry is a lot of a household that ran out.
type Expiry struct {
	EntryID     id.ID
	HouseholdID id.ID
	VillageID   id.ID
	RuleID      id.ID
	ExpiresOn   calendar.Day  // the last day on which the points could be spent
	Through     int64         // the last line of the account that belongs to the lot
	Points      points.Points // what was left of it
}

// account is the account the points leave.
func (e *Expiry) account() ledger.Account {
	return ledger.HouseholdAccount(e.HouseholdID, e.VillageID)
}

// contentHash is over every column, and over the rule by its own hash.
func (e *Expiry) contentHash(rule *Rule) ledger.Hash {
	return ledger.NewCanonical("hufen/expiry/1").ID(e.EntryID).ID(e.HouseholdID).ID(e.VillageID).ID(e.RuleID).Bytes(rule.ContentHash[:]).
		Number(int64(e.ExpiresOn)).Number(e.Through).Points(e.Points).Sum()
}

// entryID is the id of the entry by which what an account held of a lot runs
// out, the same on every instance and at every try: a UUID of version 8.
func entryID(accountID id.ID, expiresOn calendar.Day) id.ID {
	key := ledger.NewCanonical("hufen/expiry-id/1").ID(accountID).Number(int64(expiresOn)).Sum()
	sum := sha256.Sum256(key[:])
	var e id.ID
	copy(e[:], sum[:])
	e[6] = e[6]&0x0f | 0x80
	e[8] = e[8]&0x3f | 0x80
	return e
}

// Service keeps the rules and lets points run out.
type Service struct {
	db         *database.DB
	divisions  *division.Service
	households *household.Service
	zone       *time.Location
	now        func() calendar.Micros
	book       *book
	writer     *ledger.Writer[*item]
}

// mostGroup bounds the expiries that are posted in one transaction, so that a
// household that comes in between does not wait long.
const mostGroup = 200

// New starts the posting path of expiries. zone is where days begin.
func New(db *database.DB, divisions *division.Service, households *household.Service, zone *time.Location) *Service {
	s := &Service{db: db, divisions: divisions, households: households, zone: zone, now: calendar.Now, book: &book{db: db}}
	s.writer = ledger.NewWriter(db, mostGroup, ledger.Desk[*item]{Post: s.post, Replay: replay})
	return s
}

// RunAt sets the clock of the service, before its first use.
func (s *Service) RunAt(now func() calendar.Micros) { s.now = now }

// Close posts what was accepted and stops.
func (s *Service) Close() { s.writer.Close() }

func (s *Service) today() calendar.Day { return calendar.DayOf(s.now(), s.zone) }

// The roles that see who will lose points.
var readers = []auth.Role{auth.Cadre, auth.TownOfficial, auth.DistrictOfficial, auth.Auditor, auth.Administrator}
