package adjustment_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"hufen/internal/adjustment"
	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/division"
	"hufen/internal/dropoff"
	"hufen/internal/fault"
	"hufen/internal/household"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/ledger/ledgertest"
	"hufen/internal/points"
	"hufen/internal/redemption"
)

// world is a town with a village where paper gives 1 point a kilogram, a shop
// with soap at 3 points, one household, and who works there. One person alone
// may move 50 points for a household in a month.
type world struct {
	*adjustment.Service
	t             testing.TB
	db            *database.DB
	divisions     *division.Service
	dropOffs      *dropoff.Service
	redemptions   *redemption.Service
	town, village id.ID
	shop, soap    id.ID
	household     id.ID
	card          string
	last          dropoff.Input // brought
	cleaner       auth.Actor
	cadre         auth.Actor
	keeper        auth.Actor
	zhang, wang   auth.Actor // town officials
	auditor       auth.Actor
}

func person(grants ...auth.Grant) auth.Actor {
	return auth.Actor{ID: id.New(), Kind: auth.Person, Grants: grants}
}

func newWorld(t testing.TB, db *database.DB) *world {
	t.Helper()
	ctx := context.Background()
	w := &world{t: t, db: db, town: id.New(), village: id.New(), divisions: division.New(db, calendar.Shanghai)}
	system := auth.SystemActor("test")
	district := id.New()
	for _, d := range []division.NewDivision{
		{ID: district, Level: division.District, Name: "通川区", Code: "511702"},
		{ID: w.town, ParentID: district, Level: division.Town, Name: "碑庙镇", Code: "511702102"},
		{ID: w.village, ParentID: w.town, Level: division.Village, Name: "青竹湾村", Code: "511702102201"},
	} {
		_, _, err := w.divisions.Create(ctx, system, d)
		w.must(err)
	}
	w.set(division.ConfirmFromPoints, 1_000_000)
	keys, err := household.OpenKeys(t.TempDir())
	w.must(err)
	houses := household.New(db, w.divisions, keys, household.Config{Zone: calendar.Shanghai, PINAttempts: 5, AddressAttempts: 50, PINWindow: time.Minute})
	w.dropOffs = dropoff.New(db, w.divisions, calendar.Shanghai)
	t.Cleanup(w.dropOffs.Close)
	w.redemptions = redemption.New(db, w.divisions, houses, calendar.Shanghai)
	t.Cleanup(w.redemptions.Close)
	_, _, err = w.dropOffs.AddTariff(ctx, system, dropoff.NewTariff{ID: id.New(), DivisionID: w.town, ValidFrom: w.divisions.Today(),
		Rules: []dropoff.Rule{{Item: "paper", Category: "recyclable", NameZh: "废纸", NameEn: "Paper", Basis: dropoff.PerKg, Points: 100, PerCount: 1}}})
	w.must(err)
	shop, _, err := w.redemptions.CreateShop(ctx, system, redemption.NewShop{ID: id.New(), DivisionID: w.town, Name: "积分超市"})
	w.must(err)
	soap, _, err := w.redemptions.AddGoods(ctx, system, redemption.NewGoods{ID: id.New(), ShopID: shop.ID, Name: "肥皂", Unit: "块", Points: 300, Stock: 1_000})
	w.must(err)
	w.shop, w.soap = shop.ID, soap.ID
	w.cleaner = person(auth.Grant{Role: auth.Cleaner, DivisionID: w.village})
	w.cadre = person(auth.Grant{Role: auth.Cadre, DivisionID: w.village})
	w.keeper = person(auth.Grant{Role: auth.Shopkeeper, DivisionID: w.town, ShopID: w.shop})
	w.zhang = person(auth.Grant{Role: auth.TownOfficial, DivisionID: w.town})
	w.wang = person(auth.Grant{Role: auth.TownOfficial, DivisionID: w.town})
	w.auditor = person(auth.Grant{Role: auth.Auditor, DivisionID: w.town})
	w.household, w.card = w.newHousehold(keys, "12")
	w.Service = w.service(db)
	return w
}

// service is another instance of the service.
func (w *world) service(db *database.DB) *adjustment.Service {
	s := adjustment.New(db, w.divisions, w.dropOffs, w.redemptions, calendar.Shanghai)
	w.t.Cleanup(s.Close)
	return s
}

func (w *world) newHousehold(keys *household.Keys, number string) (id.ID, string) {
	householdID, cardID := id.New(), id.New()
	code := keys.Code(cardID, 1)
	hash := code.Hash()
	dbtest.Insert(w.t, w.db, "households", "id, village_id, division_id, house_number, member_count, opened_at, updated_at",
		householdID[:], w.village[:], w.village[:], number, 30, 1, 1)
	dbtest.Insert(w.t, w.db, "household_people", "household_id, head_name, updated_at", householdID[:], "张小芳", 1)
	dbtest.Insert(w.t, w.db, "cards", "id, household_id, version, code_hash, issued_at, issued_by", cardID[:], householdID[:], 1, hash[:], 1, w.zhang.ID[:])
	return householdID, code.String()
}

func (w *world) set(name division.SettingName, value int64) {
	w.t.Helper()
	_, _, err := w.divisions.ChangeSetting(context.Background(), auth.SystemActor("test"),
		division.NewValue{ID: id.New(), DivisionID: w.town, Name: name, Value: value, ValidFrom: w.divisions.Today()})
	w.must(err)
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// paper is so many kilograms, which are as many points.
func (w *world) paper(kilograms int64) dropoff.Input {
	grams := kilograms * 1000
	return dropoff.Input{ID: id.New(), CardCode: w.card, HappenedAt: calendar.Now(), Items: []dropoff.ItemInput{{Item: "paper", Grams: &grams}}}
}

// bring drops paper off.
func (w *world) bring(kilograms int64) *dropoff.DropOff {
	w.t.Helper()
	w.last = w.paper(kilograms)
	d, err := w.dropOffs.Record(context.Background(), w.cleaner, w.last)
	w.must(err)
	return d
}

// buy redeems pieces of soap at 3 points.
func (w *world) buy(pieces int64) *redemption.Redemption {
	w.t.Helper()
	r, err := w.tryBuy(pieces)
	w.must(err)
	return r
}

func (w *world) tryBuy(pieces int64) (*redemption.Redemption, error) {
	return w.redemptions.Redeem(context.Background(), w.keeper, redemption.Input{ID: id.New(), CardCode: w.card, ShopID: w.shop,
		Items: []redemption.Line{{GoodsID: w.soap, Quantity: pieces}}})
}

// give is an adjustment of the household.
func (w *world) give(amount points.Points) adjustment.NewAdjustment {
	return adjustment.NewAdjustment{ID: id.New(), HouseholdID: w.household, Points: amount, Reason: "漏记了两次投放"}
}

// takeBack is a late reversal.
func takeBack(kind string, objectID id.ID) adjustment.NewReversal {
	return adjustment.NewReversal{ID: id.New(), ObjectKind: kind, ObjectID: objectID, Reason: "扫错了卡"}
}

func (w *world) balance() points.Points {
	w.t.Helper()
	held, err := ledger.BalanceOf(context.Background(), w.db.Read, ledger.HouseholdAccount(w.household, w.village))
	w.must(err)
	return held
}

// sum adds up the lines of an account.
func (w *world) sum(a ledger.Account) (sum points.Points) {
	w.t.Helper()
	w.must(w.db.Read.Raw("SELECT COALESCE(SUM(points), 0) FROM entry_lines WHERE account_id = ?", a.ID[:]).Row().Scan(&sum))
	return sum
}

func (w *world) clawback() points.Points {
	w.t.Helper()
	return w.sum(ledger.ClawbackAccount(w.household, w.village))
}

func (w *world) mustHold(balance, clawback points.Points) {
	w.t.Helper()
	if w.balance() != balance || w.clawback() != clawback {
		w.t.Errorf("holds %s, clawback %s; want %s, %s", w.balance(), w.clawback(), balance, clawback)
	}
}

func (w *world) mustFault(what string, err error, code string) {
	w.t.Helper()
	if !fault.Is(err, code) {
		w.t.Errorf("%s: got %v, want %s", what, err, code)
	}
}

// checks are what verify checks of adjustments and what they stand on.
var checks = []ledgertest.Check{ledger.Verify, dropoff.Verify, redemption.Verify, adjustment.Verify}

func (w *world) mustVerify() {
	w.t.Helper()
	ledgertest.MustVerify(w.t, w.db, checks...)
}

// the gives the value of a call that must not fail.
func the[T any](value T, err error) T {
	if err != nil {
		panic(fmt.Errorf("%T: %w", value, err))
	}
	return value
}
