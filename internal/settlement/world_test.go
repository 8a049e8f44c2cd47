package settlement_test

import (
	"context"
	"testing"
	"time"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/household"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/ledger/ledgertest"
	"hufen/internal/points"
	"hufen/internal/redemption"
	"hufen/internal/settlement"
)

// world is a town with a village, a household with 1,000 points, and a shop with
// soap at 12 points of 5 fen. Whoever redeems does so on 15 July 2026, whoever
// settles on 3 August.
type world struct {
	*settlement.Service
	t             testing.TB
	db            *database.DB
	divisions     *division.Service
	redemptions   *redemption.Service
	town, village id.ID
	shop          redemption.Shop
	soap          redemption.Goods
	card          string
	keeper        auth.Actor
	zhang, wang   auth.Actor // town officials
	chen          auth.Actor // finance
	auditor       auth.Actor
	today         calendar.Micros
}

const july = calendar.Month(202607)

func noon(day calendar.Day) calendar.Micros {
	return day.Start(calendar.Shanghai) + calendar.Micros(12*time.Hour/time.Microsecond)
}

func newWorld(t testing.TB, db *database.DB) *world {
	t.Helper()
	ctx := context.Background()
	w := &world{t: t, db: db, town: id.New(), village: id.New(), divisions: division.New(db, calendar.Shanghai), today: noon(20260803)}
	dbtest.Insert(w.t, w.db, "divisions", "id, level, name, code, valid_from, updated_at", w.town[:], "town", "碑庙镇", "511702102", 20200101, 1)
	dbtest.Insert(w.t, w.db, "divisions", "id, parent_id, level, name, code, valid_from, updated_at", w.village[:], w.town[:], "village", "青竹湾村", "511702102201", 20200101, 1)
	dbtest.Insert(w.t, w.db, "division_ancestors", "ancestor_id, division_id, distance", w.town[:], w.town[:], 0)
	dbtest.Insert(w.t, w.db, "division_ancestors", "ancestor_id, division_id, distance", w.village[:], w.village[:], 0)
	dbtest.Insert(w.t, w.db, "division_ancestors", "ancestor_id, division_id, distance", w.town[:], w.village[:], 1)
	for name, value := range map[division.SettingName]int64{division.ConfirmFromPoints: 1_000_000, division.PointValueFen: 5} {
		settingID := id.New()
		dbtest.Insert(w.t, w.db, "settings", "id, division_id, name, value, valid_from, recorded_at, actor_id", settingID[:], w.town[:], string(name), value, 20260101, 1, w.town[:])
	}
	w.zhang = person(auth.Grant{Role: auth.TownOfficial, DivisionID: w.town})
	w.wang = person(auth.Grant{Role: auth.TownOfficial, DivisionID: w.town})
	w.chen = person(auth.Grant{Role: auth.Finance, DivisionID: w.town})
	w.auditor = person(auth.Grant{Role: auth.Auditor, DivisionID: w.town})
	keys, err := household.OpenKeys(t.TempDir())
	w.must(err)
	w.redemptions = w.redeeming(keys, 20260715)
	w.shop, _, err = w.redemptions.CreateShop(ctx, w.zhang, redemption.NewShop{ID: id.New(), DivisionID: w.village, Name: "素珍便民店"})
	w.must(err)
	w.keeper = person(auth.Grant{Role: auth.Shopkeeper, DivisionID: w.village, ShopID: w.shop.ID})
	w.soap, _, err = w.redemptions.AddGoods(ctx, w.zhang, redemption.NewGoods{ID: id.New(), ShopID: w.shop.ID, Name: "肥皂", Unit: "块", Points: 1200, Stock: 1_000_000})
	w.must(err)
	w.household(keys)
	w.Service = w.service(db)
	return w
}

func person(grants ...auth.Grant) auth.Actor {
	return auth.Actor{ID: id.New(), Kind: auth.Person, Grants: grants}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// redeeming is a service that lives on one day.
func (w *world) redeeming(keys *household.Keys, day calendar.Day) *redemption.Service {
	houses := household.New(w.db, w.divisions, keys, household.Config{Zone: calendar.Shanghai, PINAttempts: 5, AddressAttempts: 50, PINWindow: time.Minute})
	s := redemption.New(w.db, w.divisions, houses, calendar.Shanghai)
	s.RunAt(func() calendar.Micros { return noon(day) })
	w.t.Cleanup(s.Close)
	return s
}

// service is another instance of the service.
func (w *world) service(db *database.DB) *settlement.Service {
	s := settlement.New(db, w.divisions, calendar.Shanghai)
	s.RunAt(func() calendar.Micros { return w.today })
	w.t.Cleanup(s.Close)
	return s
}

// household writes a household with a card and 1,000 points.
func (w *world) household(keys *household.Keys) {
	householdID, cardID := id.New(), id.New()
	code := keys.Code(cardID, 1)
	hash := code.Hash()
	w.card = code.String()
	dbtest.Insert(w.t, w.db, "households", "id, village_id, division_id, house_number, member_count, opened_at, updated_at", householdID[:], w.village[:], w.village[:], "1", 4, 1, 1)
	dbtest.Insert(w.t, w.db, "cards", "id, household_id, version, code_hash, issued_at, issued_by", cardID[:], householdID[:], 1, hash[:], 1, w.zhang.ID[:])
	w.must(w.db.InTx(context.Background(), func(ctx context.Context, tx *gorm.DB) error {
		lines := ledger.Award(householdID, w.village, 100_000)
		batch, err := ledger.Lock(ctx, tx, noon(20260701), []ledger.Account{lines[0].Account, lines[1].Account})
		if err != nil {
			return err
		}
		entry := &ledger.Entry{ID: id.New(), Kind: ledger.DropOff, EffectiveAt: batch.At(), VillageID: w.village, ActorID: w.zhang.ID, Lines: lines}
		if err := batch.Post(ledger.Request{ID: entry.ID, Kind: "drop_off", ActorID: w.zhang.ID}, entry); err != nil {
			return err
		}
		return batch.Write(ctx)
	}))
}

// redeem buys pieces of soap on 15 July.
func (w *world) redeem(pieces int64) *redemption.Redemption {
	w.t.Helper()
	r, err := w.redemptions.Redeem(context.Background(), w.keeper, redemption.Input{ID: id.New(), CardCode: w.card, ShopID: w.shop.ID,
		Items: []redemption.Line{{GoodsID: w.soap.ID, Quantity: pieces}}})
	w.must(err)
	return r
}

func (w *world) takeBack(r *redemption.Redemption) {
	w.t.Helper()
	_, err := w.redemptions.Reverse(context.Background(), w.keeper, id.New(), r.ID, "拿错了")
	w.must(err)
}

// create draws up the statement of a month, by the shop.
func (w *world) create(month calendar.Month) *settlement.Settlement {
	w.t.Helper()
	made, err := w.Create(context.Background(), w.keeper, settlement.NewSettlement{ID: id.New(), ShopID: w.shop.ID, Month: month})
	w.must(err)
	return made
}

// submitted draws the statement of a month up and hands it in.
func (w *world) submitted(month calendar.Month) *settlement.Settlement {
	w.t.Helper()
	made, err := w.Submit(context.Background(), w.keeper, id.New(), w.create(month).ID)
	w.must(err)
	return made
}

// owed is the sum of the shop's account.
func (w *world) owed() points.Points {
	w.t.Helper()
	var sum points.Points
	account := ledger.ShopAccount(w.shop.ID)
	w.must(w.db.Read.Raw("SELECT COALESCE(SUM(points), 0) FROM entry_lines WHERE account_id = ?", account.ID[:]).Row().Scan(&sum))
	return sum
}

func (w *world) mustFault(what string, err error, code string) {
	w.t.Helper()
	if !fault.Is(err, code) {
		w.t.Errorf("%s: got %v, want %s", what, err, code)
	}
}

// checks are what verify checks of settlements and what they stand on.
var checks = []ledgertest.Check{ledger.Verify, redemption.Verify, settlement.Verify}

func (w *world) mustVerify() {
	w.t.Helper()
	ledgertest.MustVerify(w.t, w.db, checks...)
}
