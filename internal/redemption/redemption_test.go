package redemption_test

import (
	"context"
	"regexp"
	"sync"
	"testing"
	"time"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/redemption"
)

func TestService_Redeem(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db, 10_000, 10_000, 10_000)
		w.freely(1_000_000)

		t.Run("OK", func(t *testing.T) {
			in := w.buy(0, w.soap, 2)
			in.Items = append(in.Items, redemption.Line{GoodsID: w.rice.ID, Quantity: 1})
			r, err := w.Redeem(ctx, w.keeper, in)
			if err != nil {
				t.Fatal(err)
			}
			if r.Points != 8600 || r.Fen != 86 || r.PointValueFen != 1 || r.Balance != 1400 || r.Status != redemption.Posted ||
				r.ConfirmMethod != redemption.Unconfirmed || r.Replayed || len(r.Items) != 2 || r.Items[0].Points != 2400 {
				t.Errorf("got %+v", r)
			}
			if !regexp.MustCompile(`^\d{8}-[0-9A-HJKMNP-TV-Z]{6}$`).MatchString(r.Number) {
				t.Errorf("number %q", r.Number)
			}
			if w.balance(0) != 1400 || w.stock(w.soap) != 998 || w.stock(w.rice) != 999 {
				t.Errorf("balance %s, %d soaps, %d bags", w.balance(0), w.stock(w.soap), w.stock(w.rice))
			}
			got, err := w.Get(ctx, w.keeper, r.ID)
			if err != nil || got.Number != r.Number || got.Balance != 1400 || got.ShopName != w.shop.Name || got.Items[1].Name != "大米 5 公斤" {
				t.Errorf("got %+v, %v", got, err)
			}
		})

		t.Run("Replay", func(t *testing.T) {
			in := w.buy(1, w.soap, 1)
			first, err := w.Redeem(ctx, w.keeper, in)
			if err != nil {
				t.Fatal(err)
			}
			again, err := w.Redeem(ctx, w.keeper, in)
			if err != nil || !again.Replayed || again.Number != first.Number || again.Balance != first.Balance || again.Fen != first.Fen {
				t.Errorf("got %+v, %v", again, err)
			}
			in.Items[0].Quantity = 2
			if _, err := w.Redeem(ctx, w.keeper, in); !fault.Is(err, "request.id_reused") {
				t.Errorf("got %v", err)
			}
			if w.balance(1) != 8800 {
				t.Errorf("balance %s", w.balance(1))
			}
		})

		t.Run("RefusalIsSticky", func(t *testing.T) {
			in := w.buy(2, w.rice, 2)
			for range 2 {
				_, err := w.Redeem(ctx, w.keeper, in)
				f, ok := fault.As(err)
				if !ok || f.Code != "ledger.insufficient_points" || f.Kind != fault.Refused || f.Args["missing_points"] != int64(2400) {
					t.Errorf("got %+v", err)
				}
				w.award(w.households[2], 5000)
			}
		})

		// What the household agreed to is what it pays, or nothing is given.
		t.Run("PriceChangedSinceItWasShown", func(t *testing.T) {
			in := w.buy(2, w.soap, 2)
			in.Points = 2300
			_, err := w.Redeem(ctx, w.keeper, in)
			if f, ok := fault.As(err); !ok || f.Code != "redemption.price_changed" || f.Args["now_points"] != int64(2400) || f.Args["agreed_points"] != int64(2300) {
				t.Errorf("got %+v", err)
			}
			again := in
			again.ID, again.Points = id.New(), 2400
			if r, err := w.Redeem(ctx, w.keeper, again); err != nil || r.Points != 2400 {
				t.Errorf("got %+v, %v", r, err)
			}
			again.Points = 0
			if _, err := w.Redeem(ctx, w.keeper, again); !fault.Is(err, "request.id_reused") {
				t.Errorf("got %v", err)
			}
		})

		other := w.open(w.village, "另一家")
		elsewhere := id.New()
		dbtest.Insert(w.t, w.db, "divisions", "id, level, name, code, valid_from, updated_at", elsewhere[:], "town", "魏兴镇", "511702103", 20200101, 1)
		w.divisions.Forget()
		far, _, err := w.CreateShop(ctx, auth.SystemActor("test"), redemption.NewShop{ID: id.New(), DivisionID: elsewhere, Name: "远处"})
		if err != nil {
			t.Fatal(err)
		}
		farKeeper := person(auth.Grant{Role: auth.Shopkeeper, DivisionID: elsewhere, ShopID: far.ID})
		hidden := w.add("旧毛巾", "条", 100, 5)
		no := false
		if _, err := w.ChangeGoods(ctx, w.official, hidden.ID, redemption.GoodsChange{Active: &no}); err != nil {
			t.Fatal(err)
		}
		for name, test := range map[string]struct {
			actor  auth.Actor
			change func(*redemption.Input)
			want   string
			at     string
		}{
			"ErrMistyped":     {w.keeper, func(in *redemption.Input) { in.CardCode = "0000-0000-0000-0000-01" }, "card.mistyped", "/card_code"},
			"ErrUnknownCard":  {w.keeper, func(in *redemption.Input) { in.CardCode = "0000-0000-0000-0000-00" }, "card.unknown", "/card_code"},
			"ErrOtherTown":    {farKeeper, func(in *redemption.Input) { in.ShopID = far.ID }, "card.unknown", "/card_code"},
			"ErrOtherShop":    {w.keeper, func(in *redemption.Input) { in.ShopID = other.ID }, "shop.unknown", "/shop_id"},
			"ErrNoShop":       {w.keeper, func(in *redemption.Input) { in.ShopID = id.New() }, "shop.unknown", "/shop_id"},
			"ErrUnknownGoods": {w.keeper, func(in *redemption.Input) { in.Items[0].GoodsID = id.New() }, "goods.unknown", "/items/0/goods_id"},
			"ErrHidden":       {w.keeper, func(in *redemption.Input) { in.Items[0].GoodsID = hidden.ID }, "goods.hidden", "/items/0/goods_id"},
			"ErrOutOfStock":   {w.keeper, func(in *redemption.Input) { in.Items[0].Quantity = 1000 }, "redemption.out_of_stock", "/items/0/quantity"},
			"ErrTooMany":      {w.keeper, func(in *redemption.Input) { in.Items[0].Quantity = 1001 }, "redemption.quantity", "/items/0/quantity"},
			"ErrNegative":     {w.keeper, func(in *redemption.Input) { in.Items[0].Quantity = -1 }, "redemption.quantity", "/items/0/quantity"},
			"ErrTwice":        {w.keeper, func(in *redemption.Input) { in.Items = append(in.Items, in.Items[0]) }, "redemption.goods_twice", "/items/1/goods_id"},
			"ErrNothing":      {w.keeper, func(in *redemption.Input) { in.Items = nil }, "redemption.item_count", "/items"},
		} {
			t.Run(name, func(t *testing.T) {
				in := w.buy(1, w.soap, 1)
				test.change(&in)
				_, err := w.Redeem(ctx, test.actor, in)
				if f, ok := fault.As(err); !ok || f.Code != test.want || f.Pointer != test.at {
					t.Errorf("got %v, want %s at %s", err, test.want, test.at)
				}
			})
		}

		t.Run("ErrRevoked", func(t *testing.T) {
			w.addHousehold(3, 5000)
			hash := w.hash(3)
			dbtest.Exec(w.t, w.db, "UPDATE cards SET revoked_at = ? WHERE code_hash = ?", int64(calendar.Now()), hash[:])
			if _, err := w.Redeem(ctx, w.keeper, w.buy(3, w.soap, 1)); !fault.Is(err, "card.revoked") {
				t.Errorf("got %v", err)
			}
		})

		t.Run("ErrClosed", func(t *testing.T) {
			today := w.divisions.Today()
			if _, err := w.ChangeShop(ctx, w.official, w.shop.ID, redemption.ShopChange{ClosedOn: &today}); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Redeem(ctx, w.keeper, w.buy(1, w.soap, 1)); !fault.Is(err, "shop.closed") {
				t.Errorf("got %v", err)
			}
		})
		w.mustVerify()
	})
}

// Nobody gets goods without a confirmation the programme asks for, and none is
// good twice.
func TestService_Redeem_Confirmation(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db, 100_000, 100_000, 100_000)
		if err := w.houses.SetPIN(ctx, w.cadre, w.households[0], "2468"); err != nil {
			t.Fatal(err)
		}

		t.Run("ErrMissing", func(t *testing.T) {
			if _, err := w.Redeem(ctx, w.keeper, w.buy(0, w.soap, 1)); !fault.Is(err, "redemption.confirmation_missing") {
				t.Errorf("got %v", err)
			}
		})

		t.Run("PIN", func(t *testing.T) {
			in := w.buy(0, w.soap, 1)
			in.PIN = "1357"
			if _, err := w.Redeem(ctx, w.keeper, in); !fault.Is(err, "pin.wrong") {
				t.Errorf("got %v", err)
			}
			in.PIN = "2468"
			r, err := w.Redeem(ctx, w.keeper, in)
			if err != nil || r.ConfirmMethod != redemption.ByPIN || r.Replayed {
				t.Errorf("a wrong PIN was remembered: %+v, %v", r, err)
			}
			in.PIN = "" // the page was loaded again and knows the id only
			if r, err := w.Redeem(ctx, w.keeper, in); err != nil || !r.Replayed || r.ConfirmMethod != redemption.ByPIN {
				t.Errorf("got %+v, %v", r, err)
			}
		})

		t.Run("ErrNoPIN", func(t *testing.T) {
			in := w.buy(1, w.soap, 1)
			in.PIN = "2468"
			if _, err := w.Redeem(ctx, w.keeper, in); !fault.Is(err, "pin.not_set") {
				t.Errorf("got %v", err)
			}
		})

		t.Run("Photo", func(t *testing.T) {
			in := w.buy(1, w.soap, 1)
			in.PhotoID = w.photo(w.keeper.ID)
			r, err := w.Redeem(ctx, w.keeper, in)
			if err != nil || r.ConfirmMethod != redemption.ByPhoto || r.ConfirmID != in.PhotoID {
				t.Errorf("got %+v, %v", r, err)
			}
			again := w.buy(0, w.soap, 1)
			again.PhotoID = in.PhotoID
			if _, err := w.Redeem(ctx, w.keeper, again); !fault.Is(err, "redemption.photo_used") {
				t.Errorf("got %v", err)
			}
			strange := w.buy(0, w.soap, 1)
			strange.PhotoID = w.photo(w.cadre.ID)
			if _, err := w.Redeem(ctx, w.keeper, strange); !fault.Is(err, "photo.unknown") {
				t.Errorf("got %v", err)
			}
			if r, err := w.Redeem(ctx, w.keeper, in); err != nil || !r.Replayed {
				t.Errorf("the replay says %+v, %v", r, err)
			}
		})

		t.Run("ErrPhotoInsteadOfThePIN", func(t *testing.T) {
			in := w.buy(0, w.soap, 1)
			in.PhotoID = w.photo(w.keeper.ID)
			_, err := w.Redeem(ctx, w.keeper, in)
			if f, _ := fault.As(err); f == nil || f.Code != "redemption.pin_needed" || f.Pointer != "/photo_id" {
				t.Fatalf("got %v", err)
			}
			if _, err := w.Redeem(ctx, w.keeper, in); !fault.Is(err, "redemption.pin_needed") {
				t.Errorf("the replay says %v", err)
			}
			elsewhere := w.buy(2, w.soap, 1) // the photo was not used up
			elsewhere.PhotoID = in.PhotoID
			if _, err := w.Redeem(ctx, w.keeper, elsewhere); err != nil {
				t.Errorf("without PIN: %v", err)
			}
			c, err := w.houses.Confirm(ctx, w.cadre, w.households[0])
			if err != nil {
				t.Fatal(err)
			}
			forgotten := w.buy(0, w.soap, 1)
			forgotten.Confirmation = c.Code
			if r, err := w.Redeem(ctx, w.keeper, forgotten); err != nil || r.ConfirmMethod != redemption.ByCadre {
				t.Errorf("a forgotten PIN: %+v, %v", r, err)
			}
		})

		t.Run("OnePhotoForMany", func(t *testing.T) {
			photo := w.photo(w.keeper.ID)
			var wg sync.WaitGroup
			done := make(chan error, 10)
			for i := range 10 {
				in := w.buy(1+i%2, w.soap, 1)
				in.PhotoID = photo
				wg.Go(func() {
					_, err := w.Redeem(ctx, w.keeper, in)
					done <- err
				})
			}
			wg.Wait()
			close(done)
			if got := tally(t, done); got["posted"] != 1 || got["redemption.photo_used"] != 9 {
				t.Errorf("got %v", got)
			}
		})

		t.Run("Cadre", func(t *testing.T) {
			c, err := w.houses.Confirm(ctx, w.cadre, w.households[1])
			if err != nil {
				t.Fatal(err)
			}
			rich := w.buy(1, w.rice, 100)
			rich.Confirmation = c.Code
			if _, err := w.Redeem(ctx, w.keeper, rich); !fault.Is(err, "ledger.insufficient_points") {
				t.Errorf("got %v", err)
			}
			var wg sync.WaitGroup
			done := make(chan error, 4)
			for range 4 {
				in := w.buy(1, w.soap, 1)
				in.Confirmation = c.Code
				wg.Go(func() {
					_, err := w.Redeem(ctx, w.keeper, in)
					done <- err
				})
			}
			wg.Wait()
			close(done)
			if got := tally(t, done); got["posted"] != 1 || got["confirmation.used"] != 3 {
				t.Errorf("got %v", got)
			}
			stolen := w.buy(0, w.soap, 1)
			stolen.Confirmation = c.Code
			if _, err := w.Redeem(ctx, w.keeper, stolen); !fault.Is(err, "confirmation.wrong") {
				t.Errorf("got %v", err)
			}
		})

		t.Run("ErrTwoWays", func(t *testing.T) {
			in := w.buy(0, w.soap, 1)
			in.PIN, in.PhotoID = "2468", w.photo(w.keeper.ID)
			if _, err := w.Redeem(ctx, w.keeper, in); !fault.Is(err, "redemption.one_confirmation") {
				t.Errorf("got %v", err)
			}
		})

		t.Run("FromSoManyPoints", func(t *testing.T) {
			w.freely(1201)
			if _, err := w.Redeem(ctx, w.keeper, w.buy(0, w.soap, 1)); err != nil {
				t.Error(err)
			}
			if _, err := w.Redeem(ctx, w.keeper, w.buy(0, w.soap, 2)); !fault.Is(err, "redemption.confirmation_missing") {
				t.Errorf("got %v", err)
			}
		})

		t.Run("ErrThrottled", func(t *testing.T) {
			for range 5 {
				in := w.buy(0, w.soap, 1)
				in.PIN = "9753"
				if _, err := w.Redeem(ctx, w.keeper, in); !fault.Is(err, "pin.wrong") {
					t.Errorf("got %v", err)
				}
			}
			in := w.buy(0, w.soap, 1)
			in.PIN = "2468"
			if _, err := w.Redeem(ctx, w.keeper, in); !fault.Is(err, "throttle.wait") {
				t.Errorf("got %v", err)
			}
		})
		w.mustVerify()
	})
}

func TestService_Reverse(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db, 10_000)
		w.freely(1_000_000)
		redeem := func(s *redemption.Service) *redemption.Redemption {
			t.Helper()
			r, err := s.Redeem(ctx, w.keeper, w.buy(0, w.soap, 3))
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		r := redeem(w.Service)
		stranger := person(auth.Grant{Role: auth.Shopkeeper, DivisionID: w.town, ShopID: id.New()})
		if _, err := w.Reverse(ctx, stranger, id.New(), r.ID, "x"); !fault.Is(err, "redemption.unknown") {
			t.Errorf("got %v", err)
		}
		var wg sync.WaitGroup
		done := make(chan error, 10)
		for range 10 {
			wg.Go(func() {
				_, err := w.Reverse(ctx, w.keeper, id.New(), r.ID, "拿错了")
				done <- err
			})
		}
		wg.Wait()
		close(done)
		if got := tally(t, done); got["posted"] != 1 || got["redemption.already_reversed"] != 9 {
			t.Errorf("got %v", got)
		}
		if w.balance(0) != 10_000 || w.stock(w.soap) != 1000 {
			t.Errorf("balance %s, stock %d", w.balance(0), w.stock(w.soap))
		}

		t.Run("Replay", func(t *testing.T) {
			r := redeem(w.Service)
			requestID := id.New()
			for i := range 3 {
				got, err := w.Reverse(ctx, w.keeper, requestID, r.ID, "拿错了")
				if err != nil || got.Status != redemption.Reversed || got.Replayed != (i > 0) || got.Balance != 10_000 {
					t.Errorf("try %d: got %+v, %v", i, got, err)
				}
			}
			if _, err := w.Reverse(ctx, w.keeper, requestID, r.ID, "别的原因"); !fault.Is(err, "request.id_reused") {
				t.Errorf("got %v", err)
			}
		})

		t.Run("ErrNextDay", func(t *testing.T) {
			tomorrow := w.service(db)
			tomorrow.RunAt(func() calendar.Micros { return calendar.Now().Add(24 * time.Hour) })
			r := redeem(w.Service)
			if _, err := tomorrow.Reverse(ctx, w.keeper, id.New(), r.ID, "x"); !fault.Is(err, "redemption.undo_too_late") {
				t.Errorf("got %v", err)
			}
		})

		list, totals, err := w.List(ctx, w.keeper, redemption.Filter{Day: w.divisions.Today(), Limit: 10})
		if err != nil || len(list) != 3 || list[2].Status != redemption.Reversed || list[0].Status != redemption.Posted ||
			totals != (redemption.Totals{Redemptions: 1, Points: 3600, Fen: 36}) {
			t.Errorf("got %d, %+v, %v", len(list), totals, err)
		}
		if month, err := w.MonthRedeemed(ctx, w.households[:1], w.divisions.Today().Month()); err != nil || month[w.households[0]].Points != 3600 {
			t.Errorf("month %v, %v", month, err)
		}
		w.mustVerify()
	})
}

func TestService_Redeem_PointValue(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db, 100_000)
		w.freely(1_000_000)
		gum := w.add("口香糖", "粒", 50, 100)
		candy := w.add("水果糖", "颗", 49, 100)
		for _, test := range []struct {
			value    int64
			goods    redemption.Goods
			quantity int64
			fen      int64
		}{{1, gum, 1, 1}, {1, candy, 1, 0}, {1, gum, 3, 2}, {100, w.soap, 1, 1200}, {3, candy, 1, 1}, {3, gum, 1, 2}} {
			_, _, err := w.divisions.ChangeSetting(ctx, w.official, division.NewValue{ID: id.New(), DivisionID: w.town,
				Name: division.PointValueFen, Value: test.value, ValidFrom: w.divisions.Today()})
			if err != nil {
				t.Fatal(err)
			}
			r, err := w.Redeem(ctx, w.keeper, w.buy(0, test.goods, test.quantity))
			if err != nil || r.Fen != test.fen || r.PointValueFen != test.value {
				t.Errorf("%d × %s at %d fen: got %+v, %v; want %d fen", test.quantity, test.goods.Points, test.value, r, err, test.fen)
			}
		}
		w.mustVerify()
	})
}
