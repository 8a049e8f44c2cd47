package redemption_test

import (
	"context"
	"sync"
	"testing"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/points"
	"hufen/internal/redemption"
)

func TestService_CreateShop(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		in := redemption.NewShop{ID: id.New(), DivisionID: w.village, Name: " 村口小店 "}
		for i := range 2 {
			shop, replayed, err := w.CreateShop(ctx, w.official, in)
			if err != nil || replayed != (i == 1) || shop.Name != "村口小店" || shop.OpenedOn != w.divisions.Today() {
				t.Errorf("try %d: %+v, %v, %v", i, shop, replayed, err)
			}
		}
		other := in
		other.Name = "别的店"
		if _, _, err := w.CreateShop(ctx, w.official, other); !fault.Is(err, "request.id_reused") {
			t.Errorf("got %v", err)
		}
		if _, _, err := w.CreateShop(ctx, w.keeper, redemption.NewShop{ID: id.New(), DivisionID: w.town, Name: "x"}); !fault.Is(err, "division.unknown") {
			t.Errorf("a shopkeeper opened a shop: %v", err)
		}
		if _, err := w.ChangeShop(ctx, w.keeper, w.shop.ID, redemption.ShopChange{}); !fault.Is(err, "shop.unknown") {
			t.Errorf("a shopkeeper changed the shop: %v", err)
		}
		yesterday := w.divisions.Today().AddDays(-1)
		if _, err := w.ChangeShop(ctx, w.official, in.ID, redemption.ShopChange{ClosedOn: &yesterday}); !fault.Is(err, "shop.closed_in_past") {
			t.Errorf("got %v", err)
		}
		var names []string
		filter := redemption.ShopFilter{Limit: 1}
		for {
			page, err := w.Shops(ctx, w.official, filter)
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, page[0].Name)
			if len(page) == 1 {
				break
			}
			filter.AfterName, filter.AfterID = page[0].Name, page[0].ID
		}
		if len(names) != 2 {
			t.Errorf("shops %v", names)
		}
		if list, err := w.Shops(ctx, w.cadre, redemption.ShopFilter{Limit: 10}); err != nil || len(list) != 1 || list[0].ID != in.ID {
			t.Errorf("the cadre sees %v, %v", list, err)
		}
	})
}

func TestService_ChangeGoods(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db, 100_000)
		w.freely(1_000_000)
		today := w.divisions.Today()
		tomorrow := today.Next()
		name, price, later := "香皂", points.Points(1300), points.Points(1500)
		if _, err := w.ChangeGoods(ctx, w.official, w.soap.ID, redemption.GoodsChange{Points: &later, From: &tomorrow}); err != nil {
			t.Fatal(err)
		}
		g, err := w.ChangeGoods(ctx, w.official, w.soap.ID, redemption.GoodsChange{Name: &name, Points: &price})
		if err != nil || g.Name != name || g.Points != 1300 || len(g.Later) != 1 || g.Later[0] != (redemption.Price{From: tomorrow, Points: 1500}) {
			t.Errorf("got %+v, %v", g, err)
		}
		r, err := w.Redeem(ctx, w.keeper, w.buy(0, w.soap, 1))
		if err != nil || r.Points != 1300 || r.Items[0].Name != "香皂" {
			t.Errorf("got %+v, %v", r, err)
		}
		ahead := w.service(db)
		ahead.RunAt(func() calendar.Micros { return tomorrow.Start(calendar.Shanghai) })
		if r, err := ahead.Redeem(ctx, w.keeper, w.buy(0, w.soap, 1)); err != nil || r.Points != 1500 || r.Day != tomorrow {
			t.Errorf("tomorrow: %+v, %v", r, err)
		}
		shops, err := w.GoodsFor(ctx, w.village)
		if err != nil || len(shops) != 1 || len(shops[0].Goods) != 2 || shops[0].Goods[0].Points != 1300 {
			t.Errorf("the village sees %+v, %v", shops, err)
		}
		yesterday := today.AddDays(-1)
		for want, change := range map[string]redemption.GoodsChange{
			"goods.price_in_past":      {Points: &price, From: &yesterday},
			"goods.price_missing":      {From: &tomorrow},
			"goods.price_not_positive": {Points: new(points.Points)},
			"goods.name_missing":       {Name: new(string)},
		} {
			if _, err := w.ChangeGoods(ctx, w.official, w.soap.ID, change); !fault.Is(err, want) {
				t.Errorf("got %v, want %s", err, want)
			}
		}
		if _, err := w.ChangeGoods(ctx, w.keeper, w.soap.ID, redemption.GoodsChange{Name: &name}); !fault.Is(err, "goods.unknown") {
			t.Errorf("a shopkeeper changed goods: %v", err)
		}
		w.mustVerify()
	})
}

func TestService_AddGoods_Replay(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		in := redemption.NewGoods{ID: id.New(), ShopID: w.shop.ID, Name: "毛巾", Unit: "条", Points: 800, Stock: 7}
		for i := range 2 {
			g, replayed, err := w.AddGoods(ctx, w.official, in)
			if err != nil || replayed != (i == 1) || g.Stock != 7 {
				t.Errorf("try %d: %+v, %v, %v", i, g, replayed, err)
			}
		}
		in.Stock = 8
		if _, _, err := w.AddGoods(ctx, w.official, in); !fault.Is(err, "request.id_reused") {
			t.Errorf("got %v", err)
		}
		_, _, err := w.AddGoods(ctx, w.official, redemption.NewGoods{ID: id.New(), ShopID: w.shop.ID, Points: -1, Stock: -1})
		if !fault.Is(err, "goods.name_missing") || !fault.Is(err, "goods.price_not_positive") || !fault.Is(err, "goods.stock_negative") {
			t.Errorf("got %v", err)
		}
		w.mustVerify()
	})
}

func TestService_MoveStock(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db, 1_000_000)
		w.freely(1_000_000)
		salt := w.add("食盐", "袋", 300, 10)
		delivery := redemption.StockMove{ID: id.New(), GoodsID: salt.ID, Delta: 20, Reason: redemption.Delivery}
		for i := range 2 {
			g, replayed, err := w.MoveStock(ctx, w.keeper, delivery)
			if err != nil || replayed != (i == 1) || g.Stock != 30 {
				t.Errorf("try %d: %+v, %v, %v", i, g, replayed, err)
			}
		}
		move := func(actor auth.Actor, delta int64, reason string) error {
			_, _, err := w.MoveStock(ctx, actor, redemption.StockMove{ID: id.New(), GoodsID: salt.ID, Delta: delta, Reason: reason})
			return err
		}
		if err := move(w.keeper, -31, redemption.Count); !fault.Is(err, "goods.stock_too_low") {
			t.Errorf("got %v", err)
		}
		if err := move(w.keeper, -1, redemption.Delivery); !fault.Is(err, "goods.delivery_negative") {
			t.Errorf("got %v", err)
		}
		if err := move(w.keeper, 0, redemption.Count); !fault.Is(err, "goods.move_of_nothing") {
			t.Errorf("got %v", err)
		}
		stranger := person(auth.Grant{Role: auth.Shopkeeper, DivisionID: w.town, ShopID: id.New()})
		if err := move(stranger, 1, redemption.Delivery); !fault.Is(err, "goods.unknown") {
			t.Errorf("got %v", err)
		}
		conflict := delivery
		conflict.Delta = 21
		if _, _, err := w.MoveStock(ctx, w.keeper, conflict); !fault.Is(err, "request.id_reused") {
			t.Errorf("got %v", err)
		}

		t.Run("WhileSelling", func(t *testing.T) {
			var wg sync.WaitGroup
			for range 10 {
				wg.Go(func() {
					if err := move(w.keeper, -1, redemption.Count); err != nil {
						t.Error(err)
					}
				})
				wg.Go(func() {
					if _, err := w.Redeem(ctx, w.keeper, w.buy(0, salt, 1)); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if got := w.stock(salt); got != 10 {
				t.Errorf("stock %d, want 10", got)
			}
		})
		w.mustVerify()
	})
}
