package trace_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/division"
	"hufen/internal/dropoff"
	"hufen/internal/fault"
	"hufen/internal/household"
	"hufen/internal/i18n"
	"hufen/internal/id"
	"hufen/internal/points"
	"hufen/internal/redemption"
	"hufen/internal/settlement"
	"hufen/internal/succession"
	"hufen/internal/trace"
)

var ctx = context.Background()

func noon(day calendar.Day) calendar.Micros {
	return day.Start(calendar.Shanghai) + calendar.Micros(12*time.Hour/time.Microsecond)
}

// world is a town with two villages, paper at 2 points a kilogram and soap at 12
// points of 5 fen. Its clock is set by hand.
type world struct {
	*trace.Service
	t                                      testing.TB
	db                                     *database.DB
	households                             *household.Service
	dropOffs                               *dropoff.Service
	redemptions                            *redemption.Service
	settlements                            *settlement.Service
	successions                            *succession.Service
	keys                                   *household.Keys
	town, village, other                   id.ID
	cleaner, cadre, outsider               auth.Actor
	official, boss, keeper, finance, audit auth.Actor
	shop                                   redemption.Shop
	soap                                   redemption.Goods
	now                                    calendar.Micros
}

func newWorld(t testing.TB, db *database.DB) *world {
	t.Helper()
	w := &world{t: t, db: db, now: noon(20260714)}
	clock := func() calendar.Micros { return w.now }
	system := auth.SystemActor("test")
	divisions := division.New(db, calendar.Shanghai)
	place := func(parent id.ID, level division.Level, code, name string) id.ID {
		d, _, err := divisions.Create(ctx, system, division.NewDivision{ID: id.New(), ParentID: parent, Level: level, Code: code, Name: name})
		w.must(err)
		return d.ID
	}
	district := place(id.ID{}, division.District, "511702", "通川区")
	w.town = place(district, division.Town, "511702102", "碑庙镇")
	w.village = place(w.town, division.Village, "511702102201", "青竹湾村")
	w.other = place(w.town, division.Village, "511702102202", "大河村")
	for name, value := range map[division.SettingName]int64{division.ConfirmFromPoints: 1_000_000, division.PointValueFen: 5} {
		settingID := id.New()
		dbtest.Insert(w.t, w.db, "settings", "id, division_id, name, value, valid_from, recorded_at, actor_id", settingID[:], w.town[:], string(name), value, 20260101, 1, w.town[:])
	}
	w.cleaner, w.cadre = w.person("何建国", auth.Cleaner, w.town), w.person("李支书", auth.Cadre, w.village)
	w.outsider, w.official = w.person("外村", auth.Cadre, w.other), w.person("张镇", auth.TownOfficial, w.town)
	w.boss, w.finance = w.person("王文涛", auth.TownOfficial, w.town), w.person("周敏", auth.Finance, w.town)
	w.audit = w.person("冯立群", auth.Auditor, w.town)
	var err error
	w.keys, err = household.OpenKeys(t.TempDir())
	w.must(err)
	w.households = household.New(db, divisions, w.keys, household.Config{Zone: calendar.Shanghai, PINAttempts: 5, AddressAttempts: 50, PINWindow: time.Minute})
	w.dropOffs = dropoff.New(db, divisions, calendar.Shanghai)
	w.redemptions = redemption.New(db, divisions, w.households, calendar.Shanghai)
	w.settlements = settlement.New(db, divisions, calendar.Shanghai)
	w.successions = succession.New(db, divisions, w.households, calendar.Shanghai)
	for _, run := range []func(func() calendar.Micros){w.households.RunAt, w.dropOffs.RunAt, w.redemptions.RunAt, w.settlements.RunAt, w.successions.RunAt} {
		run(clock)
	}
	for _, end := range []func(){w.dropOffs.Close, w.redemptions.Close, w.settlements.Close, w.successions.Close} {
		t.Cleanup(end)
	}
	_, _, err = w.dropOffs.AddTariff(ctx, system, dropoff.NewTariff{ID: id.New(), DivisionID: w.town, ValidFrom: 20260714,
		Rules: []dropoff.Rule{{Item: "recyclable.paper", Category: "recyclable", NameZh: "废纸", NameEn: "Paper", Basis: dropoff.PerKg, Points: 200, PerCount: 1}},
		Caps:  []dropoff.Cap{{Period: "day", Category: dropoff.AllCategories, Points: 2000}}})
	w.must(err)
	w.shop, _, err = w.redemptions.CreateShop(ctx, w.official, redemption.NewShop{ID: id.New(), DivisionID: w.village, Name: "素珍便民店"})
	w.must(err)
	w.keeper = w.person("刘素珍", auth.Shopkeeper, w.village)
	w.keeper.Grants[0].ShopID = w.shop.ID
	w.soap, _, err = w.redemptions.AddGoods(ctx, w.official, redemption.NewGoods{ID: id.New(), ShopID: w.shop.ID, Name: "肥皂", Unit: "块", Points: 1200, Stock: 1000})
	w.must(err)
	w.Service = trace.New(db, divisions, calendar.Shanghai)
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) person(name string, role auth.Role, place id.ID) auth.Actor {
	a := auth.Actor{ID: id.New(), Name: name, Kind: auth.Person, RequestID: "test", Grants: []auth.Grant{{Role: role, DivisionID: place}}}
	dbtest.Insert(w.t, w.db, "users", "id, kind, login, name, password_hash, created_at, updated_at", a.ID[:], "person", a.ID.String()[20:], name, "x", 1, 1)
	return a
}

// house registers a household of the village with a card, and returns both.
func (w *world) house(number string) (id.ID, household.Code) {
	w.t.Helper()
	h, _, err := w.households.Register(ctx, w.official, household.NewHousehold{ID: id.New(), DivisionID: w.village, HouseNumber: number, HeadName: "张小芳", MemberCount: 4})
	w.must(err)
	card, _, err := w.households.Issue(ctx, w.official, household.NewCard{ID: id.New(), HouseholdID: h.ID})
	w.must(err)
	return h.ID, w.keys.Code(card.ID, 1)
}

// paper drops kilograms of paper off.
func (w *world) paper(code household.Code, kilograms int64) id.ID {
	w.t.Helper()
	grams := kilograms * 1000
	d, err := w.dropOffs.Record(ctx, w.cleaner, dropoff.Input{ID: id.New(), CardCode: code.String(), HappenedAt: w.now,
		Items: []dropoff.ItemInput{{Item: "recyclable.paper", Grams: &grams}}})
	w.must(err)
	w.now += 60_000_000
	return d.ID
}

func (w *world) buy(code household.Code, pieces int64) id.ID {
	w.t.Helper()
	r, err := w.redemptions.Redeem(ctx, w.keeper, redemption.Input{ID: id.New(), CardCode: code.String(), ShopID: w.shop.ID,
		Items: []redemption.Line{{GoodsID: w.soap.ID, Quantity: pieces}}})
	w.must(err)
	w.now += 60_000_000
	return r.ID
}

// settle draws July up, approves and pays it.
func (w *world) settle() (settlementID, payment id.ID) {
	w.t.Helper()
	w.now, payment = noon(20260803), id.New()
	s, err := w.settlements.Create(ctx, w.keeper, settlement.NewSettlement{ID: id.New(), ShopID: w.shop.ID, Month: 202607})
	w.must(err)
	_, err = w.settlements.Submit(ctx, w.keeper, id.New(), s.ID)
	w.must(err)
	_, err = w.settlements.Approve(ctx, w.boss, id.New(), s.ID)
	w.must(err)
	w.now = noon(20260809)
	_, err = w.settlements.Pay(ctx, w.finance, payment, s.ID, "FK-0809-27", 20260809)
	w.must(err)
	return s.ID, payment
}

func (w *world) follow(actor auth.Actor, of id.ID) *trace.Trace {
	w.t.Helper()
	t, err := w.Follow(ctx, actor, i18n.Chinese, of)
	w.must(err)
	return t
}

// said writes a trace's steps: kind, points or fen that are followed, a star at
// what was asked for.
func said(t *trace.Trace) string {
	var words []string
	for _, s := range t.Steps {
		word := s.Kind
		if s.Share != 0 {
			word += " " + s.Share.String()
		}
		if s.ShareFen != 0 {
			word += fmt.Sprintf(" %d fen", s.ShareFen)
		}
		if s.This {
			word += "*"
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}

func TestService_Follow(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		h, code := w.house("12")
		first := w.paper(code, 8) // 16 points
		w.now = noon(20260715)
		second := w.paper(code, 12) // 24, 20 by the cap
		bought := w.buy(code, 2)    // 24: 16 of the first, 8 of the second
		wrong := w.buy(code, 1)     // 12: all that is left
		_, err := w.redemptions.Reverse(ctx, w.keeper, id.New(), wrong, "拿错了")
		w.must(err)
		settled, payment := w.settle()
		want := func(actor auth.Actor, of id.ID, steps string) *trace.Trace {
			t.Helper()
			got := w.follow(actor, of)
			if diff := cmp.Diff(steps, said(got)); diff != "" {
				t.Error(diff)
			}
			return got
		}
		t.Run("Award", func(t *testing.T) {
			got := want(w.cadre, second, "drop_off, award*, redemption 8, settlement 8 40 fen, payment 40 fen")
			if got.Points != 2000 || got.HouseholdID != h || got.Subject != trace.Award {
				t.Errorf("%+v", got)
			}
			flow := []trace.Amount{{Stage: "got", Points: 2000}, {Stage: "spent", Points: 800}, {Stage: "left", Points: 1200}, {Stage: "settled", Fen: 40}, {Stage: "paid", Fen: 40}}
			if diff := cmp.Diff(flow, got.Flow); diff != "" {
				t.Error(diff)
			}
			if got.Steps[0].By[0] != "何建国" || got.Steps[0].Facts[0].Label != "废纸 12 公斤" || got.Steps[3].Fen != 0 {
				t.Errorf("%+v", got.Steps)
			}
		})
		t.Run("Redemption", func(t *testing.T) {
			want(w.audit, bought, "drop_off 16, drop_off 8, redemption*, settlement 24 120 fen, payment 120 fen")
			want(w.keeper, bought, "redemption*, settlement 24 120 fen, payment 120 fen")
		})
		t.Run("Reversal", func(t *testing.T) {
			want(w.audit, wrong, "drop_off 12, redemption*, reversal")
		})
		t.Run("Payment", func(t *testing.T) {
			want(w.finance, payment, "redemption, settlement 24 120 fen, payment 120 fen*")
			got := want(w.keeper, settled, "redemption, settlement 24 120 fen*, payment 120 fen")
			if got.Steps[1].Number != trace.Number(202607, settled) || got.Fen != 120 {
				t.Errorf("%+v", got)
			}
			stored, err := w.settlements.Get(ctx, w.finance, settled)
			if err != nil || stored.Number() != got.Steps[1].Number {
				t.Errorf("a statement has two numbers: %s and %s", stored.Number(), got.Steps[1].Number)
			}
		})
		t.Run("Household", func(t *testing.T) {
			own := auth.Actor{ID: h, Kind: auth.Household, HouseholdID: h}
			got := want(own, first, "drop_off, award*, redemption 16, settlement 16 80 fen, payment 80 fen")
			if got.Steps[0].By[0] != "何*国" {
				t.Error("a household reads a full name")
			}
			stranger := auth.Actor{ID: id.New(), Kind: auth.Household, HouseholdID: id.New()}
			for _, of := range []id.ID{first, bought, settled} {
				w.unknown(stranger, of)
			}
			w.unknown(own, settled)
		})
		t.Run("OutOfScope", func(t *testing.T) {
			for _, of := range []id.ID{first, bought, settled, payment, id.New()} {
				w.unknown(w.outsider, of)
			}
			w.unknown(w.cadre, settled)
		})
	})
}

// A drop-off that was undone shows its reversal once, though the points lead to
// it and it names the award.
func TestService_FollowUndone(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		_, code := w.house("12")
		wrong := w.paper(code, 8)
		_, err := w.dropOffs.Reverse(ctx, w.cadre, id.New(), wrong, "扫错了户卡")
		w.must(err)
		got := w.follow(w.cadre, wrong)
		if diff := cmp.Diff("drop_off, award*, reversal 16", said(got)); diff != "" {
			t.Error(diff)
		}
		if flow := []trace.Amount{{Stage: "got", Points: 1600}, {Stage: "spent"}, {Stage: "other", Points: 1600}}; !cmp.Equal(flow, got.Flow) {
			t.Errorf("flow %v", got.Flow)
		}
	})
}

func (w *world) unknown(actor auth.Actor, of id.ID) {
	w.t.Helper()
	if got, err := w.Follow(ctx, actor, i18n.Chinese, of); !fault.Is(err, "trace.unknown") {
		w.t.Errorf("%+v %v", got, err)
	}
}

// Points that go over to another household with its people are followed there,
// as far as the reader looks after it.
func TestService_FollowChange(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		h, code := w.house("12")
		award := w.paper(code, 10) // 20 points
		w.now = noon(20260715)
		w.buy(code, 1) // 12, so 8 are left
		in := succession.Input{ID: id.New(), Kind: succession.Move, HouseholdID: h, Reason: "搬家",
			New: &succession.NewPlace{HouseholdID: id.New(), CardID: id.New(), DivisionID: w.other, HouseNumber: "3"}}
		_, err := w.successions.Record(ctx, w.official, in)
		w.must(err)
		w.now += 60_000_000
		newCode := w.keys.Code(in.New.CardID, 1)
		w.paper(newCode, 5) // 10 more
		bought := w.buy(newCode, 1)
		if got := said(w.follow(w.audit, award)); got != "drop_off, award*, redemption 12, household_change 8, redemption 8" {
			t.Error(got)
		}
		if got := said(w.follow(w.cadre, award)); got != "drop_off, award*, redemption 12, household_change 8" {
			t.Error(got)
		}
		if got := said(w.follow(w.audit, bought)); got != "drop_off 8, household_change 8, drop_off 4, redemption*" {
			t.Error(got)
		}
		if got := said(w.follow(w.outsider, bought)); got != "household_change 8, drop_off 4, redemption*" {
			t.Error(got)
		}
		got := w.follow(w.outsider, in.ID)
		if said(got) != "household_change*, redemption 8" && !strings.Contains(said(got), "household_change*") {
			t.Error(said(got))
		}
		if slices.ContainsFunc(got.Steps[0].Facts, func(f trace.Fact) bool { return strings.Contains(f.Value, "12 号") || f.Value == "搬家" }) {
			t.Errorf("%+v", got.Steps[0].Facts)
		}
		var left points.Points
		for _, a := range w.follow(w.audit, award).Flow {
			left += a.Points
		}
		if left != 4000 { // got 20, spent 20
			t.Error(left)
		}
	})
}
