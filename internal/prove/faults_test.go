package prove_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/division"
	"hufen/internal/dropoff"
	"hufen/internal/household"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
	"hufen/internal/proof"
	"hufen/internal/redemption"
	"hufen/internal/settlement"
)

// house is the services in this process, over a database that fails on purpose.
type house struct {
	*world
	t           *testing.T
	faults      *dbtest.Faults
	dropOffs    *dropoff.Service
	redemptions *redemption.Service
	lastMonth   *redemption.Service
	settlements *settlement.Service
	sealer      *ledger.Sealer

	cleaner, keeper, official, finance auth.Actor
	expected                           points.Points // of the first household
}

func (w *world) house(t *testing.T, db *database.DB) *house {
	t.Helper()
	faulty, faults := dbtest.Faulty(t, db)
	keys, err := household.OpenKeys(filepath.Join(w.folder, "data"))
	must(t, err)
	divisions := division.New(db, calendar.Shanghai)
	houses := household.New(db, divisions, keys, household.Config{Zone: calendar.Shanghai, PINAttempts: 5, AddressAttempts: 50, PINWindow: time.Minute})
	h := &house{world: w, t: t, faults: faults,
		dropOffs:    dropoff.New(faulty, divisions, calendar.Shanghai),
		redemptions: redemption.New(faulty, divisions, houses, calendar.Shanghai),
		lastMonth:   redemption.New(db, divisions, houses, calendar.Shanghai),
		settlements: settlement.New(faulty, divisions, calendar.Shanghai),
		sealer:      ledger.NewSealer(faulty, ledger.NewKeyring(w.folder), proof.Facts),
		cleaner:     actor(auth.Grant{Role: auth.Cleaner, DivisionID: w.villages[0].id}),
		official:    actor(auth.Grant{Role: auth.TownOfficial, DivisionID: w.town}),
		finance:     actor(auth.Grant{Role: auth.Finance, DivisionID: w.town}),
		keeper:      actor(auth.Grant{Role: auth.Shopkeeper, DivisionID: w.town, ShopID: w.shops[0].id}),
	}
	h.lastMonth.RunAt(func() calendar.Micros { return lastMonth().Last().Start(calendar.Shanghai) })
	for _, service := range []interface{ Close() }{h.dropOffs, h.redemptions, h.lastMonth, h.settlements} {
		t.Cleanup(service.Close)
	}
	return h
}

func actor(grants ...auth.Grant) auth.Actor {
	return auth.Actor{ID: id.New(), Kind: auth.Person, Grants: grants}
}

// Every way in which the database asks to begin anew, at every statement of every
// use case that posts, and at its COMMIT. Each is done all the same, once.
func TestForcedErrors(t *testing.T) {
	for _, k := range []kind{sqlite, mariadb} {
		t.Run(string(k), func(t *testing.T) {
			w := newWorld(t, k)
			db := dbtest.Open(t, w.url)
			h := w.house(t, db)
			forced, cases := 0, 0
			for _, prepare := range []func() func() error{h.bring, h.undo, h.redeem, h.cancel, h.settle, h.pay, h.seal} {
				h.faults.Reset()
				do := prepare()
				h.faults.Reset()
				must(t, do())
				statements := h.faults.Statements()
				for _, cause := range append(dbtest.Retryable(db.Dialect), dbtest.ErrConnectionLost) {
					step := times(1, 10) // the short form takes every tenth statement
					for n := 1; n <= statements; n += step {
						do := prepare()
						h.faults.FailAt(n, cause)
						if err := do(); err != nil {
							t.Errorf("case %d: statement %d failed with %v: %v", cases, n, cause, err)
						}
						forced++
						h.faults.Reset()
					}
				}
				for _, plan := range []func(){h.faults.LoseCommit, h.faults.LoseReply, func() { h.faults.FailCommit(dbtest.Retryable(db.Dialect)[0]) }} {
					do := prepare()
					plan()
					if err := do(); err != nil {
						t.Errorf("case %d: COMMIT: %v", cases, err)
					}
					forced++
					h.faults.Reset()
				}
				cases++
			}
			account := ledger.HouseholdAccount(w.homes[0].id, w.homes[0].village)
			has, err := ledger.BalanceOf(context.Background(), db.Read, account)
			must(t, err)
			lost, doubled := max(0, h.expected-has), max(0, has-h.expected)
			if has != h.expected {
				t.Errorf("the household has %s, want %s", has, h.expected)
			}
			w.verify()
			report(t, "use cases", cases, "forced errors", forced, "lost", lost, "doubled", doubled)
		})
	}
}

// once is what a client does that is told to ask again: the same request.
func once(do func() error) func() error {
	return func() (err error) {
		for range 3 {
			if err = do(); err == nil {
				return nil
			}
		}
		return err
	}
}

func (h *house) bring() func() error {
	pieces := int64(1)
	in := dropoff.Input{ID: id.New(), CardCode: h.homes[0].code, HappenedAt: calendar.Now(), Items: []dropoff.ItemInput{{Item: "battery", Pieces: &pieces}}}
	h.expected += 3700
	return func() error {
		_, err := h.dropOffs.Record(context.Background(), h.cleaner, in)
		return err
	}
}

func (h *house) undo() func() error {
	pieces, request := int64(1), id.New()
	in := dropoff.Input{ID: id.New(), CardCode: h.homes[0].code, HappenedAt: calendar.Now(), Items: []dropoff.ItemInput{{Item: "battery", Pieces: &pieces}}}
	_, err := h.dropOffs.Record(context.Background(), h.cleaner, in)
	must(h.t, err)
	return func() error {
		_, err := h.dropOffs.Reverse(context.Background(), h.cleaner, request, in.ID, "记错了")
		return err
	}
}

// bought is a redemption of one article.
func (h *house) bought(service *redemption.Service) redemption.Input {
	in := redemption.Input{ID: id.New(), CardCode: h.homes[0].code, ShopID: h.shops[0].id, Items: []redemption.Line{{GoodsID: h.shops[0].goods, Quantity: 1}}}
	_, err := service.Redeem(context.Background(), h.keeper, in)
	must(h.t, err)
	return in
}

func (h *house) redeem() func() error {
	in := redemption.Input{ID: id.New(), CardCode: h.homes[0].code, ShopID: h.shops[0].id, Items: []redemption.Line{{GoodsID: h.shops[0].goods, Quantity: 1}}}
	h.expected -= goodsPoints
	return func() error {
		_, err := h.redemptions.Redeem(context.Background(), h.keeper, in)
		return err
	}
}

func (h *house) cancel() func() error {
	in, request := h.bought(h.redemptions), id.New()
	return func() error {
		_, err := h.redemptions.Reverse(context.Background(), h.keeper, request, in.ID, "拿错了")
		return err
	}
}

// submitted is a settlement of one redemption that waits for approval.
func (h *house) submitted() id.ID {
	ctx, settlementID := context.Background(), id.New()
	shop := h.newShop()
	keeper := actor(auth.Grant{Role: auth.Shopkeeper, DivisionID: h.town, ShopID: shop.id})
	_, err := h.lastMonth.Redeem(ctx, keeper, redemption.Input{ID: id.New(), CardCode: h.homes[0].code, ShopID: shop.id,
		Items: []redemption.Line{{GoodsID: shop.goods, Quantity: 1}}})
	must(h.t, err)
	h.expected -= goodsPoints
	_, err = h.settlements.Create(ctx, keeper, settlement.NewSettlement{ID: settlementID, ShopID: shop.id, Month: lastMonth()})
	must(h.t, err)
	_, err = h.settlements.Submit(ctx, keeper, id.New(), settlementID)
	must(h.t, err)
	return settlementID
}

func (h *house) settle() func() error {
	settlementID, request := h.submitted(), id.New()
	return func() error {
		_, err := h.settlements.Approve(context.Background(), h.official, request, settlementID)
		return err
	}
}

func (h *house) pay() func() error {
	settlementID, request := h.submitted(), id.New()
	_, err := h.settlements.Approve(context.Background(), h.official, id.New(), settlementID)
	must(h.t, err)
	return once(func() error {
		_, err := h.settlements.Pay(context.Background(), h.finance, request, settlementID, "凭证", calendar.DayOf(calendar.Now(), calendar.Shanghai))
		return err
	})
}

func (h *house) seal() func() error {
	must(h.t, h.bring()())
	return once(func() error {
		_, err := h.sealer.SealAll(context.Background())
		return err
	})
}
