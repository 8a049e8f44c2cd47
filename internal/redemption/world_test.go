package redemption_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/division"
	"hufen/internal/household"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/ledger/ledgertest"
	"hufen/internal/points"
	"hufen/internal/redemption"
)

// world is a town with a village, households with cards and points, and a shop
// with soap at 12 points and rice at 62.
type world struct {
	*redemption.Service
	t             testing.TB
	db            *database.DB
	divisions     *division.Service
	keys          *household.Keys
	houses        *household.Service
	town, village id.ID
	households    []id.ID
	codes         []string // of the households' cards
	shop          redemption.Shop
	soap, rice    redemption.Goods
	official      auth.Actor
	cadre         auth.Actor
	keeper        auth.Actor
}

func newWorld(t testing.TB, db *database.DB, balances ...points.Points) *world {
	t.Helper()
	w := &world{t: t, db: db, town: id.New(), village: id.New(), divisions: division.New(db, calendar.Shanghai)}
	keys, err := household.OpenKeys(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w.keys = keys
	w.houses = household.New(db, w.divisions, keys, household.Config{Zone: calendar.Shanghai,
		PINAttempts: 5, AddressAttempts: 50, PINWindow: time.Minute})
	w.official = person(auth.Grant{Role: auth.TownOfficial, DivisionID: w.town})
	w.cadre = person(auth.Grant{Role: auth.Cadre, DivisionID: w.village})
	dbtest.Insert(w.t, w.db, "divisions", "id, level, name, code, valid_from, updated_at", w.town[:], "town", "碑庙镇", "511702102", 20200101, 1)
	dbtest.Insert(w.t, w.db, "divisions", "id, parent_id, level, name, code, valid_from, updated_at", w.village[:], w.town[:], "village", "青竹湾村", "511702102201", 20200101, 1)
	dbtest.Insert(w.t, w.db, "division_ancestors", "ancestor_id, division_id, distance", w.town[:], w.town[:], 0)
	dbtest.Insert(w.t, w.db, "division_ancestors", "ancestor_id, division_id, distance", w.village[:], w.village[:], 0)
	dbtest.Insert(w.t, w.db, "division_ancestors", "ancestor_id, division_id, distance", w.town[:], w.village[:], 1)
	w.Service = w.service(db)
	w.shop = w.open(w.town, "青竹湾积分超市")
	w.keeper = person(auth.Grant{Role: auth.Shopkeeper, DivisionID: w.town, ShopID: w.shop.ID})
	w.keeper.Name = "王丽"
	w.soap = w.add("肥皂", "块", 1200, 1000)
	w.rice = w.add("大米 5 公斤", "袋", 6200, 1000)
	for i, balance := range balances {
		w.addHousehold(i, balance)
	}
	return w
}

func person(grants ...auth.Grant) auth.Actor {
	return auth.Actor{ID: id.New(), Kind: auth.Person, Grants: grants}
}

// service is another instance of the service.
func (w *world) service(db *database.DB) *redemption.Service {
	s := redemption.New(db, w.divisions, w.houses, calendar.Shanghai)
	w.t.Cleanup(s.Close)
	return s
}

func (w *world) open(divisionID id.ID, name string) redemption.Shop {
	w.t.Helper()
	shop, replayed, err := w.CreateShop(context.Background(), w.official, redemption.NewShop{ID: id.New(), DivisionID: divisionID, Name: name})
	if err != nil || replayed {
		w.t.Fatal(replayed, err)
	}
	return shop
}

func (w *world) add(name, unit string, price points.Points, stock int64) redemption.Goods {
	w.t.Helper()
	g, replayed, err := w.AddGoods(context.Background(), w.official,
		redemption.NewGoods{ID: id.New(), ShopID: w.shop.ID, Name: name, Unit: unit, Points: price, Stock: stock})
	if err != nil || replayed {
		w.t.Fatal(replayed, err)
	}
	return g
}

func (w *world) addHousehold(i int, balance points.Points) {
	w.t.Helper()
	householdID, cardID := id.New(), id.New()
	code := w.keys.Code(cardID, 1)
	hash := code.Hash()
	dbtest.Insert(w.t, w.db, "households", "id, village_id, division_id, house_number, member_count, opened_at, updated_at",
		householdID[:], w.village[:], w.village[:], fmt.Sprint(i+1), 4, 1, 1)
	dbtest.Insert(w.t, w.db, "cards", "id, household_id, version, code_hash, issued_at, issued_by",
		cardID[:], householdID[:], 1, hash[:], 1, w.cadre.ID[:])
	w.households = append(w.households, householdID)
	w.codes = append(w.codes, code.String())
	if balance > 0 {
		w.award(householdID, balance)
	}
}

// award gives a household points without a drop-off.
func (w *world) award(householdID id.ID, amount points.Points) {
	w.t.Helper()
	err := w.db.InTx(context.Background(), func(ctx context.Context, tx *gorm.DB) error {
		lines := ledger.Award(householdID, w.village, amount)
		batch, err := ledger.Lock(ctx, tx, calendar.Now(), []ledger.Account{lines[0].Account, lines[1].Account})
		if err != nil {
			return err
		}
		entry := &ledger.Entry{ID: id.New(), Kind: ledger.DropOff, EffectiveAt: calendar.Now(), VillageID: w.village, ActorID: w.cadre.ID, Lines: lines}
		if err := batch.Post(ledger.Request{ID: entry.ID, Kind: "drop_off", ActorID: w.cadre.ID}, entry); err != nil {
			return err
		}
		return batch.Write(ctx)
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// freely lets redemptions below so many points go without a confirmation.
func (w *world) freely(below points.Points) {
	w.t.Helper()
	_, _, err := w.divisions.ChangeSetting(context.Background(), w.official, division.NewValue{
		ID: id.New(), DivisionID: w.town, Name: division.ConfirmFromPoints, Value: int64(below), ValidFrom: w.divisions.Today()})
	if err != nil {
		w.t.Fatal(err)
	}
}

// buy is a redemption of so many of one kind of goods by household i.
func (w *world) buy(i int, g redemption.Goods, quantity int64) redemption.Input {
	return redemption.Input{ID: id.New(), CardCode: w.codes[i], ShopID: w.shop.ID,
		Items: []redemption.Line{{GoodsID: g.ID, Quantity: quantity}}}
}

func (w *world) balance(i int) points.Points {
	w.t.Helper()
	held, err := ledger.BalanceOf(context.Background(), w.db.Read, ledger.HouseholdAccount(w.households[i], w.village))
	if err != nil {
		w.t.Fatal(err)
	}
	return held
}

func (w *world) stock(g redemption.Goods) int64 {
	w.t.Helper()
	list, err := w.GoodsOf(context.Background(), w.official, w.shop.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, found := range list {
		if found.ID == g.ID {
			return found.Stock
		}
	}
	w.t.Fatal("goods not found")
	return 0
}

// photo stores a picture somebody took.
func (w *world) photo(by id.ID) id.NullID {
	w.t.Helper()
	photoID := id.New()
	dbtest.Insert(w.t, w.db, "photos", "id, actor_id, content_type, sha256, bytes, created_at", photoID[:], by[:], "image/jpeg", make([]byte, 32), []byte{1}, 1)
	return id.Some(photoID)
}

// hash is what the database knows of the card of household i.
func (w *world) hash(i int) [32]byte {
	code, err := household.ParseCode(w.codes[i])
	if err != nil {
		w.t.Fatal(err)
	}
	return code.Hash()
}

// checks are what verify checks of redemptions and what they stand on.
var checks = []ledgertest.Check{ledger.Verify, redemption.Verify}

func (w *world) mustVerify() {
	w.t.Helper()
	ledgertest.MustVerify(w.t, w.db, checks...)
}
