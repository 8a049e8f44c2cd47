package proof_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"gorm.io/gorm"
	"pgregory.net/rapid"

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
	"hufen/internal/points"
	"hufen/internal/proof"
	"hufen/internal/redemption"
)

// town is a village with a tariff of 1 point a kilogram of paper, at most 50 a
// day, and a shop with soap at 3 points.
type town struct {
	t             testing.TB
	db            *database.DB
	dropOffs      *dropoff.Service
	redemptions   *redemption.Service
	keys          *household.Keys
	village, shop id.ID
	soap          id.ID
	system        auth.Actor
	cleaner       auth.Actor
	keeper        auth.Actor
	households    int
}

func newTown(t testing.TB, db *database.DB) *town {
	t.Helper()
	ctx := context.Background()
	keys, err := household.OpenKeys(t.TempDir())
	must(t, err)
	divisions := division.New(db, calendar.Shanghai)
	w := &town{t: t, db: db, keys: keys, system: auth.SystemActor("test"), village: id.New()}
	districtID, townID := id.New(), id.New()
	for _, d := range []division.NewDivision{
		{ID: districtID, Level: division.District, Name: "通川区", Code: "511702"},
		{ID: townID, ParentID: districtID, Level: division.Town, Name: "碑庙镇", Code: "511702102"},
		{ID: w.village, ParentID: townID, Level: division.Village, Name: "青竹湾村", Code: "511702102201"},
	} {
		_, _, err := divisions.Create(ctx, w.system, d)
		must(t, err)
	}
	_, _, err = divisions.ChangeSetting(ctx, w.system, division.NewValue{ID: id.New(), DivisionID: townID,
		Name: division.ConfirmFromPoints, Value: 1_000_000, ValidFrom: divisions.Today()})
	must(t, err)
	households := household.New(db, divisions, keys, household.Config{Zone: calendar.Shanghai, PINAttempts: 5, AddressAttempts: 50, PINWindow: time.Minute})
	w.dropOffs = dropoff.New(db, divisions, calendar.Shanghai)
	t.Cleanup(w.dropOffs.Close)
	w.redemptions = redemption.New(db, divisions, households, calendar.Shanghai)
	t.Cleanup(w.redemptions.Close)
	_, _, err = w.dropOffs.AddTariff(ctx, w.system, dropoff.NewTariff{ID: id.New(), DivisionID: townID, ValidFrom: divisions.Today(),
		Rules: []dropoff.Rule{{Item: "paper", Category: "recyclable", NameZh: "废纸", NameEn: "Paper", Basis: dropoff.PerKg, Points: 100, PerCount: 1}},
		Caps:  []dropoff.Cap{{Period: "day", Category: dropoff.AllCategories, Points: 5000}}})
	must(t, err)
	shop, _, err := w.redemptions.CreateShop(ctx, w.system, redemption.NewShop{ID: id.New(), DivisionID: townID, Name: "积分超市"})
	must(t, err)
	w.shop = shop.ID
	soap, _, err := w.redemptions.AddGoods(ctx, w.system, redemption.NewGoods{ID: id.New(), ShopID: w.shop, Name: "肥皂", Unit: "块", Points: 300, Stock: 1_000_000})
	must(t, err)
	w.soap = soap.ID
	w.cleaner = auth.Actor{ID: id.New(), Kind: auth.Person, Grants: []auth.Grant{{Role: auth.Cleaner, DivisionID: w.village}}}
	w.keeper = auth.Actor{ID: id.New(), Kind: auth.Person, Grants: []auth.Grant{{Role: auth.Shopkeeper, DivisionID: townID, ShopID: w.shop}}}
	return w
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// newHousehold writes a household with a card and returns its id and code.
func (w *town) newHousehold() (id.ID, string) {
	householdID, cardID := id.New(), id.New()
	code := w.keys.Code(cardID, 1)
	hash := code.Hash()
	w.households++
	err := w.db.InTx(context.Background(), func(ctx context.Context, tx *gorm.DB) error {
		return errors.Join(
			database.InsertRows(ctx, tx, "households", []string{"id", "village_id", "division_id", "house_number", "member_count", "opened_at", "updated_at"},
				[][]any{{householdID[:], w.village[:], w.village[:], fmt.Sprint(w.households), 30, 1, 1}}),
			database.InsertRows(ctx, tx, "cards", []string{"id", "household_id", "version", "code_hash", "issued_at", "issued_by"},
				[][]any{{cardID[:], householdID[:], 1, hash[:], 1, w.system.ID[:]}}))
	})
	must(w.t, err)
	return householdID, code.String()
}

// model is a household as a child would keep it on paper.
type model struct {
	balance, clawback, today points.Points
	dropOffs                 map[id.ID]points.Points // credited and not taken back
	inputs                   []dropoff.Input
	redemptions              map[id.ID]points.Points
	orders                   []redemption.Input
}

// Random lives of households, with every request sent again now and then, end
// where the plain model says, on both databases.
func TestRandomLives(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newTown(t, db)
		operations := 0
		rapid.Check(t, func(rt *rapid.T) {
			householdID, code := w.newHousehold()
			m := &model{dropOffs: map[id.ID]points.Points{}, redemptions: map[id.ID]points.Points{}}
			rt.Repeat(map[string]func(*rapid.T){
				"dropOff":      func(rt *rapid.T) { operations++; w.dropOff(rt, m, code) },
				"dropOffAgain": func(rt *rapid.T) { operations++; w.dropOffAgain(rt, m) },
				"undo":         func(rt *rapid.T) { operations++; w.undo(rt, m) },
				"redeem":       func(rt *rapid.T) { operations++; w.redeem(rt, m, code) },
				"redeemAgain":  func(rt *rapid.T) { operations++; w.redeemAgain(rt, m) },
				"cancel":       func(rt *rapid.T) { operations++; w.cancel(rt, m) },
				"": func(rt *rapid.T) {
					held, err := ledger.BalanceOf(context.Background(), db.Read, ledger.HouseholdAccount(householdID, w.village))
					if err != nil || held != m.balance {
						rt.Fatalf("balance %s, %v; the model says %s", held, err, m.balance)
					}
				},
			})
		})
		t.Logf("%d operations", operations)
		mustProve(t, db)
	})
}

func mustProve(t *testing.T, db *database.DB) {
	t.Helper()
	r, err := proof.Verify(context.Background(), db)
	must(t, err)
	for _, f := range r.Findings {
		t.Errorf("verify: %s %s: %s", f.Check, f.ID, f.Text)
	}
}

func (w *town) dropOff(rt *rapid.T, m *model, code string) {
	grams := rapid.Int64Range(1, 60_000).Draw(rt, "grams")
	in := dropoff.Input{ID: id.New(), CardCode: code, HappenedAt: calendar.Now(), Items: []dropoff.ItemInput{{Item: "paper", Grams: &grams}}}
	d, err := w.dropOffs.Record(context.Background(), w.cleaner, in)
	if err != nil {
		rt.Fatal(err)
	}
	if d.Status == dropoff.Pending { // more than 30 people can carry in a day
		return
	}
	want := min(points.Points((grams+5)/10), 5000-m.today)
	if d.Credited != want {
		rt.Fatalf("%d g earned %s, want %s", grams, d.Credited, want)
	}
	worked := min(m.clawback, want/2) // a share of an award works off what is owed
	m.clawback -= worked
	m.balance += want - worked
	m.today += want
	m.dropOffs[in.ID] = want
	m.inputs = append(m.inputs, in)
}

func (w *town) dropOffAgain(rt *rapid.T, m *model) {
	if len(m.inputs) == 0 {
		return
	}
	d, err := w.dropOffs.Record(context.Background(), w.cleaner, rapid.SampledFrom(m.inputs).Draw(rt, "again"))
	if err != nil || !d.Replayed {
		rt.Fatalf("got %+v, %v", d, err)
	}
}

func (w *town) undo(rt *rapid.T, m *model) {
	if len(m.inputs) == 0 {
		return
	}
	in := rapid.SampledFrom(m.inputs).Draw(rt, "undo")
	credited, there := m.dropOffs[in.ID]
	_, err := w.dropOffs.Reverse(context.Background(), w.cleaner, id.New(), in.ID, "记错了")
	if !there {
		if !fault.Is(err, "drop_off.already_reversed") {
			rt.Fatalf("got %v", err)
		}
		return
	}
	if err != nil {
		rt.Fatal(err)
	}
	taken := min(credited, m.balance)
	m.balance -= taken
	m.clawback += credited - taken
	m.today -= credited
	delete(m.dropOffs, in.ID)
}

func (w *town) redeem(rt *rapid.T, m *model, code string) {
	quantity := rapid.Int64Range(1, 12).Draw(rt, "quantity")
	in := redemption.Input{ID: id.New(), CardCode: code, ShopID: w.shop, Items: []redemption.Line{{GoodsID: w.soap, Quantity: quantity}}}
	cost := points.Points(quantity * 300)
	_, err := w.redemptions.Redeem(context.Background(), w.keeper, in)
	if cost > m.balance {
		if !fault.Is(err, "ledger.insufficient_points") {
			rt.Fatalf("%s were spent of %s: %v", cost, m.balance, err)
		}
		return
	}
	if err != nil {
		rt.Fatal(err)
	}
	m.balance -= cost
	m.redemptions[in.ID] = cost
	m.orders = append(m.orders, in)
}

func (w *town) redeemAgain(rt *rapid.T, m *model) {
	if len(m.orders) == 0 {
		return
	}
	r, err := w.redemptions.Redeem(context.Background(), w.keeper, rapid.SampledFrom(m.orders).Draw(rt, "again"))
	if err != nil || !r.Replayed {
		rt.Fatalf("got %+v, %v", r, err)
	}
}

func (w *town) cancel(rt *rapid.T, m *model) {
	if len(m.orders) == 0 {
		return
	}
	in := rapid.SampledFrom(m.orders).Draw(rt, "cancel")
	cost, there := m.redemptions[in.ID]
	_, err := w.redemptions.Reverse(context.Background(), w.keeper, id.New(), in.ID, "退货")
	if there != (err == nil) {
		rt.Fatalf("cancelled before: %t, now: %v", !there, err)
	}
	if there {
		m.balance += cost
		delete(m.redemptions, in.ID)
	}
}
