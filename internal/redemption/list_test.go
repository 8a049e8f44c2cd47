package redemption_test

import (
	"context"
	"testing"

	"hufen/internal/auth"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/redemption"
)

func TestService_List_Scope(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db, 10_000)
		w.freely(1_000_000)
		neighbour := id.New()
		dbtest.Insert(w.t, w.db, "divisions", "id, parent_id, level, name, code, valid_from, updated_at", neighbour[:], w.town[:], "village", "石桥村", "511702102202", 20200101, 1)
		w.divisions.Forget()
		r, err := w.Redeem(ctx, w.keeper, w.buy(0, w.soap, 1))
		if err != nil {
			t.Fatal(err)
		}
		for name, test := range map[string]struct {
			actor auth.Actor
			want  int
		}{
			"Keeper":         {w.keeper, 1},
			"OtherKeeper":    {person(auth.Grant{Role: auth.Shopkeeper, DivisionID: w.town, ShopID: id.New()}), 0},
			"Cadre":          {w.cadre, 1},
			"NeighbourCadre": {person(auth.Grant{Role: auth.Cadre, DivisionID: neighbour}), 0},
			"Official":       {w.official, 1},
			"OtherTown":      {person(auth.Grant{Role: auth.Finance, DivisionID: id.New()}), 0},
			"Everywhere":     {auth.SystemActor("test"), 1},
		} {
			t.Run(name, func(t *testing.T) {
				list, totals, err := w.List(ctx, test.actor, redemption.Filter{Day: r.Day, Limit: 10})
				if err != nil || len(list) != test.want || totals.Redemptions != int64(test.want) {
					t.Errorf("list %d, %+v, %v", len(list), totals, err)
				}
				_, err = w.Get(ctx, test.actor, r.ID)
				if (err == nil) != (test.want == 1) || err != nil && !fault.Is(err, "redemption.unknown") {
					t.Errorf("get: %v", err)
				}
			})
		}
	})
}

func TestService_Quote(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db, 10_000)
		quote := func(quantity int64) redemption.Quote {
			t.Helper()
			in := w.buy(0, w.rice, quantity)
			q, err := w.Quote(ctx, w.keeper, redemption.QuoteInput{CardCode: in.CardCode, ShopID: in.ShopID, Items: in.Items})
			if err != nil {
				t.Fatal(err)
			}
			return q
		}
		if got := quote(1); got != (redemption.Quote{Points: 6200, ConfirmNeeded: true}) {
			t.Errorf("got %+v", got)
		}
		if got := quote(2); got != (redemption.Quote{Points: 12_400, Missing: 2400, ConfirmNeeded: true}) {
			t.Errorf("got %+v", got)
		}
		w.freely(6201)
		if got := quote(1); got.ConfirmNeeded {
			t.Errorf("got %+v", got)
		}
		stranger := person(auth.Grant{Role: auth.Shopkeeper, DivisionID: w.town, ShopID: id.New()})
		in := w.buy(0, w.rice, 1)
		if _, err := w.Quote(ctx, stranger, redemption.QuoteInput{CardCode: in.CardCode, ShopID: in.ShopID, Items: in.Items}); !fault.Is(err, "shop.unknown") {
			t.Errorf("got %v", err)
		}
	})
}
