// Package demo loads a town to look at: the real 碑庙镇 with made-up villages and
// people, who live through fifteen months of weighbridge tickets and three of
// drop-offs and redemptions, of which the first two are closed. Everything goes through the use cases people use,
// under a clock of the town's own, with a fixed seed; the figures it starts from
// are the published ones of rural programmes. Only the audit log keeps the true
// time: it says that all of this was written just now.
package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"hufen/internal/adjustment"
	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/closing"
	"hufen/internal/collection"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/dropoff"
	"hufen/internal/household"
	"hufen/internal/id"
	"hufen/internal/intake"
	"hufen/internal/ledger"
	"hufen/internal/redemption"
	"hufen/internal/report"
	"hufen/internal/settlement"
	"hufen/internal/succession"
)

// Services are what the running house lends the demo. The demo builds services
// of its own beside them, for their clock. The sealer is the demo's alone.
type Services struct {
	DB         *database.DB
	Keys       *household.Keys
	Zone       *time.Location
	Divisions  *division.Service
	Auth       *auth.Service
	Households *household.Service
	Sealer     *ledger.Sealer
}

// Options change the town; the zero value is the whole of it, today.
type Options struct {
	Households int             // about so many, at least 144; 0: 1,200
	Now        calendar.Micros // 0: the present
	Seed       uint64
	Progress   func(doing string) // called before each part; may be nil
}

// State is what a database holds, as far as the demo is concerned.
type State int

// The states.
const (
	Empty   State = iota // nothing: the demo may be loaded
	Other                // something else
	Partial              // a demo whose loading was interrupted
	Loaded
)

// The marks of the demo in the audit log.
var (
	objectID = id.MustParse("00000000-0000-7000-8000-00000000de30")
	begun    = "demo.begin"
	finished = "demo.finish"
)

// ErrNotEmpty is returned for a database that holds something.
var ErrNotEmpty = errors.New("demo: the database is not empty")

// StateOf says what the database holds.
func StateOf(ctx context.Context, s Services) (State, error) {
	marks, _, err := s.Auth.AuditLog(ctx, system, auth.RecordFilter{ObjectID: objectID, Limit: 2})
	if err != nil {
		return Other, err
	}
	for _, mark := range marks {
		if mark.Action == finished {
			return Loaded, nil
		}
	}
	if len(marks) > 0 {
		return Partial, nil
	}
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return Other, err
	}
	users, _, err := s.Auth.Users(ctx, system, auth.UserFilter{Limit: 1})
	if err != nil || len(users) > 0 || len(tree.Within(id.ID{})) > 0 {
		return Other, err
	}
	return Empty, nil
}

// system acts where no person of the town can yet.
var system = auth.SystemActor("demo")

// Load fills an empty database and returns how to log in. It returns ErrNotEmpty
// for any other. When it is interrupted, what was loaded stays; StateOf says
// Partial then.
func Load(ctx context.Context, s Services, o Options) (Logins, error) {
	state, err := StateOf(ctx, s)
	if err != nil {
		return Logins{}, err
	}
	if state != Empty {
		return Logins{}, ErrNotEmpty
	}
	t := newTown(s, o)
	defer t.close()
	for _, part := range []struct {
		doing string
		do    func(context.Context) error
	}{
		{"the district, its officials", t.found},
		{"the roster", t.register},
		{"a year of weighbridge tickets and its baselines", t.measure},
		{"cards, collection points, shops", t.equip},
		{"three months of drop-offs and redemptions", t.live},
		{"the loose ends", t.finish},
	} {
		if o.Progress != nil {
			o.Progress(part.doing)
		}
		if err := part.do(ctx); err != nil {
			return Logins{}, fmt.Errorf("demo: %s: %w", part.doing, err)
		}
	}
	s.Divisions.Forget()
	return LoginsOf(ctx, s)
}

// town is the town while it is being loaded.
type town struct {
	Services
	seed  uint64
	share float64 // of the 1,200 households
	clock clock

	divisions   *division.Service
	households  *household.Service
	collection  *collection.Service
	dropOffs    *dropoff.Service
	redemptions *redemption.Service
	adjustments *adjustment.Service
	settlements *settlement.Service
	closings    *closing.Service
	successions *succession.Service
	reports     *report.Service
	intake      *intake.Service

	zone  *time.Location
	now   calendar.Micros
	today calendar.Day
	start calendar.Day // of the programme: the first of a month, three whole months ago
	first calendar.Day // of the tickets: a year before

	id                         id.ID
	district                   id.ID
	official, districtOfficial auth.Actor
	finance                    auth.Actor
	villages                   []*village
	shops                      []*shop
	waiting                    []held    // drop-offs that wait for a cadre
	mislaid                    []*visit  // drop-offs a phone has not sent yet
	tickets                    int       // so far
	buckets                    []counted // not handed in yet
}

// village is a village and its round.
type village struct {
	profile
	id      id.ID
	homes   []*home
	cadre   auth.Actor
	cleaner auth.Actor
	phone   id.ID // of the cleaner
	sent    int64 // drop-offs the phone has counted
	points  []id.ID
	shop    *shop
	waste   heap
	missed  int // days of the month without a lorry
}

func newTown(s Services, o Options) *town {
	t := &town{Services: s, seed: o.Seed + 20260714, share: 1, zone: s.Zone, now: o.Now}
	if o.Households > 0 {
		t.share = float64(o.Households) / wholeTown
	}
	if t.now == 0 {
		t.now = calendar.Now()
	}
	t.today = calendar.DayOf(t.now, t.zone)
	t.start = t.today.Month().AddMonths(-3).First()
	t.first = t.start.Month().AddMonths(-12).First()
	t.clock.set(t.at(t.first.AddDays(-20), 9, 0))

	t.divisions = division.New(s.DB, t.zone)
	t.households = household.New(s.DB, t.divisions, s.Keys, household.Config{
		Zone: t.zone, PINAttempts: 5, AddressAttempts: 30, PINWindow: time.Minute,
	})
	t.collection = collection.New(s.DB, t.divisions, t.zone)
	t.dropOffs = dropoff.New(s.DB, t.divisions, t.zone)
	t.redemptions = redemption.New(s.DB, t.divisions, t.households, t.zone)
	t.adjustments = adjustment.New(s.DB, t.divisions, t.dropOffs, t.redemptions, t.zone)
	t.settlements = settlement.New(s.DB, t.divisions, t.zone)
	t.successions = succession.New(s.DB, t.divisions, t.households, t.zone)
	t.households.GuardClosing(t.successions.MayClose)
	t.reports = report.New(s.DB, t.divisions, t.zone)
	t.closings = closing.New(s.DB, t.divisions, t.zone, closing.Sources{
		Figures: t.reports.MonthFigures,
		Check: func(ctx context.Context, villages []id.ID, month calendar.Month) (int, error) {
			return report.CheckVillages(ctx, s.DB, villages, month)
		},
	})
	t.intake = intake.New(intake.Services{
		DB: s.DB, Auth: s.Auth, Divisions: t.divisions, Households: t.households, Collection: t.collection,
	})
	for _, service := range []interface{ RunAt(func() calendar.Micros) }{
		t.divisions, t.households, t.collection, t.dropOffs, t.redemptions, t.adjustments, t.successions, t.settlements, t.reports,
		t.closings, t.intake, s.Sealer,
	} {
		service.RunAt(t.clock.now)
	}
	return t
}

func (t *town) close() {
	t.settlements.Close()
	t.successions.Close()
	t.adjustments.Close()
	t.dropOffs.Close()
	t.redemptions.Close()
	t.intake.Close()
}

// mark notes in the audit log how far the demo is.
func (t *town) mark(ctx context.Context, action string) error {
	return t.DB.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		return auth.Audit(ctx, tx, system, auth.Event{Action: action, ObjectKind: "demo", ObjectID: objectID})
	})
}
