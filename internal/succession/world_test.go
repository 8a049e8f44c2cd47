package succession_test

import (
	"context"
	"testing"
	"time"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/household"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/ledger/ledgertest"
	"hufen/internal/points"
	"hufen/internal/redemption"
	"hufen/internal/succession"
)

var ctx = context.Background()

// world is a town with two villages, the first with two groups, and a shop with
// soap at 12 points. Households are registered as of 1 July 2026 and change on 10
// July at noon.
type world struct {
	*succession.Service
	t                    testing.TB
	db                   *database.DB
	divisions            *division.Service
	households           *household.Service
	redemptions          *redemption.Service
	keys                 *household.Keys
	town, village, other id.ID
	group, group2        id.ID
	official, cadre      auth.Actor
	keeper               auth.Actor
	shop                 redemption.Shop
	soap                 redemption.Goods
	now                  calendar.Micros
}

const today = calendar.Day(20260710)

func noon(day calendar.Day) calendar.Micros {
	return day.Start(calendar.Shanghai) + calendar.Micros(12*time.Hour/time.Microsecond)
}

func newWorld(t testing.TB, db *database.DB) *world {
	t.Helper()
	w := &world{t: t, db: db, divisions: division.New(db, calendar.Shanghai), now: noon(today)}
	system := auth.SystemActor("test")
	place := func(parent id.ID, level division.Level, code, name string) id.ID {
		d, _, err := w.divisions.Create(ctx, system, division.NewDivision{ID: id.New(), ParentID: parent, Level: level, Code: code, Name: name})
		w.must(err)
		return d.ID
	}
	district := place(id.ID{}, division.District, "511702", "通川区")
	w.town = place(district, division.Town, "511702102", "碑庙镇")
	w.village = place(w.town, division.Village, "511702102201", "青竹湾村")
	w.other = place(w.town, division.Village, "511702102202", "大河村")
	w.group = place(w.village, division.Group, "", "1组")
	w.group2 = place(w.village, division.Group, "", "2组")
	_, _, err := w.divisions.ChangeSetting(ctx, system, division.NewValue{ID: id.New(), DivisionID: w.town,
		Name: division.ConfirmFromPoints, Value: 1_000_000, ValidFrom: w.divisions.Today()})
	w.must(err)
	w.official = person(auth.Grant{Role: auth.TownOfficial, DivisionID: w.town})
	w.cadre = person(auth.Grant{Role: auth.Cadre, DivisionID: w.village})
	w.keys, err = household.OpenKeys(t.TempDir())
	w.must(err)
	w.households = household.New(db, w.divisions, w.keys, household.Config{Zone: calendar.Shanghai, PINAttempts: 5, AddressAttempts: 50, PINWindow: time.Minute})
	w.households.RunAt(func() calendar.Micros { return w.now })
	w.redemptions = redemption.New(db, w.divisions, w.households, calendar.Shanghai)
	t.Cleanup(w.redemptions.Close)
	w.shop, _, err = w.redemptions.CreateShop(ctx, w.official, redemption.NewShop{ID: id.New(), DivisionID: w.village, Name: "素珍便民店"})
	w.must(err)
	w.keeper = person(auth.Grant{Role: auth.Shopkeeper, DivisionID: w.village, ShopID: w.shop.ID})
	w.soap, _, err = w.redemptions.AddGoods(ctx, w.official, redemption.NewGoods{ID: id.New(), ShopID: w.shop.ID, Name: "肥皂", Unit: "块", Points: 1200, Stock: 1_000_000})
	w.must(err)
	w.Service = w.instance()
	return w
}

// instance is another instance of the service.
func (w *world) instance() *succession.Service {
	s := succession.New(w.db, w.divisions, w.households, calendar.Shanghai)
	s.RunAt(func() calendar.Micros { return w.now })
	w.t.Cleanup(s.Close)
	return s
}

func person(grants ...auth.Grant) auth.Actor {
	return auth.Actor{ID: id.New(), Kind: auth.Person, Grants: grants, RequestID: "test"}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// house is a household with a card and its code.
type house struct {
	id, card id.ID
	code     household.Code
	village  id.ID
}

// house registers a household of a group with people and points since 1 July.
func (w *world) house(group id.ID, number string, members int, amount points.Points) house {
	w.t.Helper()
	h, _, err := w.households.Register(ctx, w.official, household.NewHousehold{ID: id.New(), DivisionID: group, HouseNumber: number,
		HeadName: "张小芳", Phone: "13812345678", MemberCount: members, From: 20260701, Consent: true})
	w.must(err)
	card, _, err := w.households.Issue(ctx, w.official, household.NewCard{ID: id.New(), HouseholdID: h.ID, PIN: "7391"})
	w.must(err)
	w.award(h.ID, h.VillageID, amount)
	return house{id: h.ID, card: card.ID, code: w.keys.Code(card.ID, 1), village: h.VillageID}
}

// award gives a household points, and returns the entry.
func (w *world) award(householdID, villageID id.ID, amount points.Points) id.ID {
	w.t.Helper()
	return w.post(ledger.DropOff, id.NullID{}, villageID, ledger.Award(householdID, villageID, amount))
}

// takeBack takes an award back of which left is still there.
func (w *world) takeBack(entryID, householdID, villageID id.ID, amount, left points.Points) {
	w.t.Helper()
	w.post(ledger.Reversal, id.Some(entryID), villageID, ledger.TakeBack(householdID, villageID, amount, left))
}

func (w *world) post(kind string, reverses id.NullID, villageID id.ID, lines []ledger.Line) id.ID {
	w.t.Helper()
	var accounts []ledger.Account
	for _, l := range lines {
		accounts = append(accounts, l.Account)
	}
	entry := &ledger.Entry{ID: id.New(), Kind: kind, EffectiveAt: w.now, VillageID: villageID, ActorID: w.cadre.ID, ReversesID: reverses, Lines: lines}
	w.must(w.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		batch, err := ledger.Lock(ctx, tx, w.now, accounts)
		if err != nil {
			return err
		}
		if err := batch.Post(ledger.Request{ID: entry.ID, Kind: kind, ActorID: w.cadre.ID}, entry); err != nil {
			return err
		}
		return batch.Write(ctx)
	}))
	return entry.ID
}

// redeem buys soap with a card.
func (w *world) redeem(code household.Code, pieces int64) (*redemption.Redemption, error) {
	return w.redemptions.Redeem(ctx, w.keeper, redemption.Input{ID: id.New(), CardCode: code.String(), ShopID: w.shop.ID,
		Items: []redemption.Line{{GoodsID: w.soap.ID, Quantity: pieces}}})
}

func (w *world) balance(householdID, villageID id.ID) points.Points {
	w.t.Helper()
	held, err := ledger.BalanceOf(ctx, w.db.Read, ledger.HouseholdAccount(householdID, villageID))
	w.must(err)
	return held
}

func (w *world) debt(householdID, villageID id.ID) points.Points {
	w.t.Helper()
	owed, err := ledger.OwedBy(ctx, w.db.Read, ledger.HouseholdAccount(householdID, villageID))
	w.must(err)
	return owed
}

func (w *world) get(householdID id.ID) household.Household {
	w.t.Helper()
	h, err := w.households.Get(ctx, w.official, householdID)
	w.must(err)
	return h
}

// personDays counts people of a village from a day to another.
func (w *world) persons(village id.ID, day calendar.Day) (n int) {
	w.t.Helper()
	w.must(w.db.Read.Raw("SELECT COALESCE(SUM(persons), 0) FROM population_changes WHERE village_id = ? AND day <= ?", village[:], day).Row().Scan(&n))
	return n
}

// checks are what verify checks of changes of households and what they stand on.
var checks = []ledgertest.Check{ledger.Verify, succession.Verify}

func (w *world) mustVerify() {
	w.t.Helper()
	ledgertest.MustVerify(w.t, w.db, checks...)
}

// split is two of four people leaving house 12 for house 13.
func split(h house, group id.ID, number string, members int) succession.Input {
	return succession.Input{ID: id.New(), Kind: succession.Split, HouseholdID: h.id, From: 20260705, Reason: "分家另过", Members: members,
		New: &succession.NewPlace{HouseholdID: id.New(), CardID: id.New(), DivisionID: group, HouseNumber: number, HeadName: "李明", Consent: true}}
}
