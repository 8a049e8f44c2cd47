package closing_test

import (
	"context"
	"testing"
	"time"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/closing"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/ledger/ledgertest"
	"hufen/internal/points"
	"hufen/internal/proof"
)

var ctx = context.Background()

const july, august = calendar.Month(202607), calendar.Month(202608)

// world is a town with two villages and a shop. A point is worth 5 fen, from
// August on 8. Whoever closes does so on 3 September.
type world struct {
	*closing.Service
	t                  testing.TB
	db                 *database.DB
	divisions          *division.Service
	sealer             *ledger.Sealer
	town, north, south id.ID
	shop               id.ID
	zhang, wang, chen  auth.Actor // two town officials and finance
	today              calendar.Micros
	homes              [4]id.ID // two in each village
}

func noon(day calendar.Day) calendar.Micros {
	return day.Start(calendar.Shanghai) + calendar.Micros(12*time.Hour/time.Microsecond)
}

func person(grants ...auth.Grant) auth.Actor {
	return auth.Actor{ID: id.New(), Kind: auth.Person, Grants: grants}
}

func newWorld(t testing.TB, db *database.DB) *world {
	t.Helper()
	w := &world{t: t, db: db, town: id.New(), north: id.New(), south: id.New(), shop: id.New(),
		divisions: division.New(db, calendar.Shanghai), today: noon(20260903)}
	dbtest.Insert(w.t, w.db, "divisions", "id, level, name, code, valid_from, updated_at", w.town[:], "town", "碑庙镇", "511702102", 20200101, 1)
	dbtest.Insert(w.t, w.db, "division_ancestors", "ancestor_id, division_id, distance", w.town[:], w.town[:], 0)
	for village, name := range map[id.ID]string{w.north: "北坡村", w.south: "南湾村"} {
		dbtest.Insert(w.t, w.db, "divisions", "id, parent_id, level, name, code, valid_from, updated_at", village[:], w.town[:], "village", name, "", 20200101, 1)
		dbtest.Insert(w.t, w.db, "division_ancestors", "ancestor_id, division_id, distance", village[:], village[:], 0)
		dbtest.Insert(w.t, w.db, "division_ancestors", "ancestor_id, division_id, distance", w.town[:], village[:], 1)
	}
	for day, value := range map[int]int64{20260101: 5, 20260801: 8} {
		settingID := id.New()
		dbtest.Insert(w.t, w.db, "settings", "id, division_id, name, value, valid_from, recorded_at, actor_id", settingID[:], w.town[:], "point_value_fen", value, day, 1, w.town[:])
	}
	dbtest.Insert(w.t, w.db, "shops", "id, division_id, name, opened_on, updated_at", w.shop[:], w.south[:], "便民店", 20200101, 1)
	for i := range w.homes {
		w.homes[i] = id.New()
	}
	w.zhang = person(auth.Grant{Role: auth.TownOfficial, DivisionID: w.town})
	w.wang = person(auth.Grant{Role: auth.TownOfficial, DivisionID: w.town})
	w.chen = person(auth.Grant{Role: auth.Finance, DivisionID: w.town})
	w.sealer = ledger.NewSealer(db, ledger.NewKeyring(t.TempDir()), proof.Facts)
	w.Service = w.service(db)
	return w
}

// service is another instance of the service.
func (w *world) service(db *database.DB) *closing.Service {
	s := closing.New(db, w.divisions, calendar.Shanghai, closing.Sources{})
	s.RunAt(func() calendar.Micros { return w.today })
	return s
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func the[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// village is where a household lives.
func (w *world) village(home int) id.ID {
	if home < 2 {
		return w.north
	}
	return w.south
}

func (w *world) account(home int) ledger.Account {
	return ledger.HouseholdAccount(w.homes[home], w.village(home))
}

// post records lines of a household by a clock.
func (w *world) post(at calendar.Micros, kind string, home int, lines []ledger.Line) *ledger.Entry {
	w.t.Helper()
	var entry *ledger.Entry
	w.must(w.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) (err error) {
		entry, err = w.posting(ctx, tx, at, kind, home, lines, func() {})
		return err
	}))
	return entry
}

// posting posts in a transaction and calls locked when it holds the accounts.
func (w *world) posting(ctx context.Context, tx *gorm.DB, at calendar.Micros, kind string, home int, lines []ledger.Line, locked func()) (*ledger.Entry, error) {
	batch, err := ledger.Lock(ctx, tx, at, []ledger.Account{w.account(home)})
	if err != nil {
		return nil, err
	}
	locked()
	entry := &ledger.Entry{ID: id.New(), Kind: kind, EffectiveAt: at, VillageID: w.village(home), ActorID: w.zhang.ID, Lines: lines}
	if err := batch.Post(ledger.Request{ID: entry.ID, Kind: kind, ActorID: w.zhang.ID}, entry); err != nil {
		return nil, err
	}
	return entry, batch.Write(ctx)
}

func (w *world) award(at calendar.Micros, home int, amount points.Points) *ledger.Entry {
	w.t.Helper()
	return w.post(at, ledger.DropOff, home, ledger.Award(w.homes[home], w.village(home), amount))
}

func (w *world) spend(at calendar.Micros, home int, amount points.Points) {
	w.t.Helper()
	w.post(at, ledger.Redemption, home, ledger.Spend(w.homes[home], w.village(home), w.shop, amount))
}

// seal seals everything and books it.
func (w *world) seal() {
	w.t.Helper()
	the(w.sealer.SealAll(ctx))
}

// close closes a month that nothing stands in the way of.
func (w *world) close(month calendar.Month) *closing.Month {
	w.t.Helper()
	w.seal()
	found, err := w.Close(ctx, w.zhang, id.New(), w.town, month)
	w.must(err)
	if found.State != closing.Closed {
		w.t.Fatalf("%s is %s", month, found.State)
	}
	return found
}

func (w *world) mustFault(what string, err error, code string) {
	w.t.Helper()
	if !fault.Is(err, code) {
		w.t.Errorf("%s: got %v, want %s", what, err, code)
	}
}

// checks are what verify checks of closings and what they stand on.
var checks = []ledgertest.Check{ledger.Verify, func(ctx context.Context, tx *gorm.DB, r *ledger.Report) error {
	return closing.Verify(ctx, tx, calendar.Shanghai, r)
}}

func (w *world) mustVerify() {
	w.t.Helper()
	ledgertest.MustVerify(w.t, w.db, checks...)
}
