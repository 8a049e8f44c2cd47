package expiry_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/expiry"
	"hufen/internal/fault"
	"hufen/internal/household"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/ledger/ledgertest"
	"hufen/internal/points"
)

var ctx = context.Background()

// world is a town with two villages whose households are awarded points and
// spend them, at any hour the test likes.
type world struct {
	*expiry.Service
	t                   testing.TB
	db                  *database.DB
	divisions           *division.Service
	houses              *household.Service
	town, north, south  id.ID // the villages are in the town
	now                 calendar.Micros
	official, neighbour auth.Actor
	households          int
}

func newWorld(t testing.TB, db *database.DB) *world {
	t.Helper()
	w := &world{t: t, db: db, town: id.New(), north: id.New(), south: id.New(), divisions: division.New(db, calendar.Shanghai)}
	w.day(20260701)
	w.divisions.RunAt(func() calendar.Micros { return w.now })
	for _, d := range []division.NewDivision{
		{ID: id.New(), Level: division.District, Name: "通川区", Code: "511702"},
		{ID: w.town, Level: division.Town, Name: "碑庙镇", Code: "511702102"},
		{ID: w.north, Level: division.Village, Name: "青竹湾村", Code: "511702102201"},
		{ID: w.south, Level: division.Village, Name: "石桥村", Code: "511702102202"},
	} {
		_, _, err := w.divisions.Create(ctx, auth.SystemActor("test"), d)
		w.must(err)
	}
	w.official = person(auth.Grant{Role: auth.TownOfficial, DivisionID: w.town})
	w.neighbour = person(auth.Grant{Role: auth.Cadre, DivisionID: w.south})
	keys, err := household.OpenKeys(t.TempDir())
	w.must(err)
	w.houses = household.New(db, w.divisions, keys, household.Config{Zone: calendar.Shanghai, PINAttempts: 5, AddressAttempts: 50, PINWindow: time.Minute})
	w.Service = w.service(db)
	return w
}

func person(grants ...auth.Grant) auth.Actor {
	return auth.Actor{ID: id.New(), Kind: auth.Person, Grants: grants}
}

// service is another instance of the service.
func (w *world) service(db *database.DB) *expiry.Service {
	s := expiry.New(db, w.divisions, w.houses, calendar.Shanghai)
	s.RunAt(func() calendar.Micros { return w.now })
	w.t.Cleanup(s.Close)
	return s
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) mustFault(what string, err error, code string) {
	w.t.Helper()
	if !fault.Is(err, code) {
		w.t.Errorf("%s: got %v, want %s", what, err, code)
	}
}

// day makes it noon of a day.
func (w *world) day(day calendar.Day) { w.now = day.Start(calendar.Shanghai).Add(12 * time.Hour) }

// rule records a rule of a division from a day on.
func (w *world) rule(divisionID id.ID, mode expiry.Mode, months int, from calendar.Day) *expiry.Rule {
	w.t.Helper()
	rule, _, err := w.AddRule(ctx, w.official, expiry.NewRule{ID: id.New(), DivisionID: divisionID, Mode: mode, Months: months, ValidFrom: from})
	w.must(err)
	return rule
}

// run lets points run out and returns how much did.
func (w *world) run() points.Points {
	w.t.Helper()
	done, err := w.Run(ctx)
	w.must(err)
	return done.Points
}

// house is a household of a village with what happened to its points.
type house struct {
	w           *world
	id, village id.ID
}

func (w *world) house(villageID id.ID) *house {
	h := &house{w, id.New(), villageID}
	w.households++
	w.must(w.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		return database.InsertRows(ctx, tx, "households", []string{"id", "village_id", "division_id", "house_number", "member_count", "opened_at", "updated_at"},
			[][]any{{h.id[:], villageID[:], villageID[:], fmt.Sprint(w.households), 3, 1, 1}})
	}))
	return h
}

func (h *house) account() ledger.Account { return ledger.HouseholdAccount(h.id, h.village) }

func (h *house) balance() points.Points {
	h.w.t.Helper()
	held, err := ledger.BalanceOf(ctx, h.w.db.Read, h.account())
	h.w.must(err)
	return held
}

// post puts an entry into the book, with lines made from the balance.
func (h *house) post(kind string, reverses id.ID, lines func(held points.Points) []ledger.Line) id.ID {
	h.w.t.Helper()
	entry := &ledger.Entry{ID: id.New(), Kind: kind, EffectiveAt: h.w.now, VillageID: h.village, ActorID: h.w.official.ID, ReversesID: id.Some(reverses)}
	h.w.must(h.w.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		batch, err := ledger.Lock(ctx, tx, h.w.now, []ledger.Account{h.account()})
		if err != nil {
			return err
		}
		entry.Lines = lines(batch.Balance(h.account()))
		if err := batch.Post(ledger.Request{ID: entry.ID, Kind: kind, ActorID: entry.ActorID}, entry); err != nil {
			return err
		}
		return batch.Write(ctx)
	}))
	return entry.ID
}

func (h *house) award(amount points.Points) id.ID {
	h.w.t.Helper()
	return h.post(ledger.DropOff, id.ID{}, func(points.Points) []ledger.Line { return ledger.Award(h.id, h.village, amount) })
}

var shop = id.New()

func (h *house) spend(amount points.Points) id.ID {
	h.w.t.Helper()
	return h.post(ledger.Redemption, id.ID{}, func(points.Points) []ledger.Line { return ledger.Spend(h.id, h.village, shop, amount) })
}

// unaward takes an award back and returns what was still there.
func (h *house) unaward(award id.ID, amount points.Points) (there points.Points) {
	h.w.t.Helper()
	h.post(ledger.Reversal, award, func(held points.Points) []ledger.Line {
		there = min(held, amount)
		return ledger.TakeBack(h.id, h.village, amount, held)
	})
	return there
}

func (h *house) unspend(spending id.ID, amount points.Points) {
	h.w.t.Helper()
	h.post(ledger.Reversal, spending, func(points.Points) []ledger.Line { return ledger.GiveBack(h.id, h.village, shop, amount) })
}

// checks are what verify checks of expiries and what they stand on.
var checks = []ledgertest.Check{ledger.Verify, expiry.Verify, expiry.VerifyDone}

func (w *world) findings() []ledger.Finding {
	w.t.Helper()
	return ledgertest.Verify(w.t, w.db, checks...).Findings
}

func (w *world) mustVerify() {
	w.t.Helper()
	ledgertest.MustVerify(w.t, w.db, checks...)
}

func (w *world) today() calendar.Day { return calendar.DayOf(w.now, calendar.Shanghai) }

// village adds a village of its own to the town.
func (w *world) village() id.ID {
	villageID := id.New()
	_, _, err := w.divisions.Create(ctx, w.official, division.NewDivision{ID: villageID, ParentID: w.town, Level: division.Village,
		Name: "村" + villageID.String()})
	w.must(err)
	return villageID
}
