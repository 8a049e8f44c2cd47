package prove_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/household"
	"hufen/internal/id"
	"hufen/internal/redemption"
)

// The service is killed before each statement of an approval and of a payment.
// Afterwards the settlement is approved with its entry or not at all, and asking
// again with the same id finishes it, once.
func TestKilledSettlement(t *testing.T) {
	onServer(t, func(t *testing.T, w *world) {
		p := w.proxy()
		s := w.serve(p.URL())
		kills, halves, lost, doubled := 0, 0, 0, 0
		rounds := times(40, 2)
		for n := range rounds {
			at := 1 + n*40/rounds
			shop := w.shopWithRedemptions(t, s, fmt.Sprint(n), 3)
			statement := w.submittedSettlement(s, shop)
			approval, path := id.New(), "/api/v1/settlements/"+statement.String()
			body := fmt.Sprintf(`{"id":%q}`, approval)
			kills += s.killBefore(p.Before, at, w.official, path+"/approve", body)
			if acts, entries := w.decided(statement, approval); acts != entries {
				halves++
				t.Errorf("killed before statement %d: %d acts, %d entries", at, acts, entries)
			}
			w.finish(s, w.official, path+"/approve", body, "approved")
			w.finish(s, w.official, path+"/approve", body, "approved")
			payment := fmt.Sprintf(`{"id":%q,"reference":"凭证%d","paid_on":%q}`, id.New(), n, calendar.DayOf(calendar.Now(), calendar.Shanghai))
			kills += s.killBefore(p.Before, at, w.finance, path+"/pay", payment)
			w.finish(s, w.finance, path+"/pay", payment, "paid")
			w.finish(s, w.finance, path+"/pay", payment, "paid")
			acts, entries := w.decided(statement, approval)
			lost, doubled = lost+max(0, 2-acts-entries), doubled+max(0, acts+entries-2)
		}
		if lost+doubled > 0 {
			t.Errorf("%d lost, %d doubled", lost, doubled)
		}
		w.sealBy(s) // what was recorded late, too
		w.verify()
		report(t, "settlements", rounds, "kills", kills, "half done", halves, "lost", lost, "doubled", doubled)
	})
}

// killBefore asks for something and kills the service before the nth statement
// that it sends meanwhile, then starts it again. It returns how often it killed:
// not at all if there were fewer.
func (s *service) killBefore(before func(int, func()), n int, token, path, body string) int {
	s.t.Helper()
	killed := 0
	before(n, func() { s.kill(); killed++ })
	client := http.Client{Timeout: patience}
	defer client.CloseIdleConnections()
	_, _, _ = post(&client, s.address, token, path, body)
	before(0, nil)
	if killed > 0 {
		s.start()
	}
	return killed
}

// shopWithRedemptions opens a shop where households of its own, which no client
// knows, redeemed last month.
func (w *world) shopWithRedemptions(t *testing.T, s *service, name string, n int) (made shop) {
	t.Helper()
	ctx := context.Background()
	known := len(w.homes)
	made = w.newShop()
	w.within(func(db *database.DB) {
		keys, err := household.OpenKeys(filepath.Join(w.folder, "data"))
		must(t, err)
		must(t, db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
			f := &founder{w, ctx, tx, calendar.Now()}
			for i := range n {
				f.home(keys, 0, fmt.Sprintf("%s-%d", name, i))
			}
			return nil
		}))
		var gifts []*operation
		for _, h := range w.homes[known:] {
			gifts = append(gifts, w.dropOff(h, `{"item":"battery","pieces":1}`, time.Now()))
		}
		sendMany(t, gifts, s)
		divisions := division.New(db, calendar.Shanghai)
		houses := household.New(db, divisions, keys, household.Config{Zone: calendar.Shanghai, PINAttempts: 5, AddressAttempts: 50, PINWindow: time.Minute})
		redemptions := redemption.New(db, divisions, houses, calendar.Shanghai)
		defer redemptions.Close()
		redemptions.RunAt(func() calendar.Micros { return lastMonth().Last().Start(calendar.Shanghai) })
		keeper := auth.Actor{ID: id.New(), Kind: auth.Person, Grants: []auth.Grant{{Role: auth.Shopkeeper, DivisionID: w.town, ShopID: made.id}}}
		for _, h := range w.homes[known:] {
			_, err := redemptions.Redeem(ctx, keeper, redemption.Input{ID: id.New(), CardCode: h.code, ShopID: made.id,
				Items: []redemption.Line{{GoodsID: made.goods, Quantity: 1}}})
			must(t, err)
		}
		w.homes = w.homes[:known]
	})
	return made
}

func lastMonth() calendar.Month {
	return calendar.DayOf(calendar.Now(), calendar.Shanghai).Month().AddMonths(-1)
}

// submittedSettlement draws a shop's statement up and hands it in.
func (w *world) submittedSettlement(s *service, of shop) id.ID {
	w.t.Helper()
	statement := id.New()
	w.finish(s, of.keeper, "/api/v1/settlements", fmt.Sprintf(`{"id":%q,"shop_id":%q,"month":%q}`, statement, of.id, lastMonth()), "draft")
	w.finish(s, of.keeper, "/api/v1/settlements/"+statement.String()+"/submit", fmt.Sprintf(`{"id":%q}`, id.New()), "submitted")
	return statement
}

// finish asks until there is an answer, which has to be of a settlement in a
// state.
func (w *world) finish(s *service, token, path, body, state string) {
	w.t.Helper()
	client := http.Client{Timeout: patience}
	defer client.CloseIdleConnections()
	var status int
	var answer []byte
	var err error
	for range mostAgain {
		status, answer, err = post(&client, s.address, token, path, body)
		if err == nil && status/100 != 5 {
			break
		}
	}
	var got struct{ State string }
	if err == nil {
		err = json.Unmarshal(answer, &got)
	}
	if err != nil || status/100 != 2 || got.State != state {
		w.t.Fatalf("%s: %d %v %.500s", path, status, err, answer)
	}
}

// decided counts the approvals of a settlement and the entries of their ids.
func (w *world) decided(settlement, approval id.ID) (acts, entries int) {
	w.t.Helper()
	w.within(func(db *database.DB) {
		must(w.t, db.Read.Raw("SELECT COUNT(*) FROM settlement_acts WHERE settlement_id = ? AND act = 'approve'", settlement[:]).Row().Scan(&acts))
		must(w.t, db.Read.Raw("SELECT COUNT(*) FROM entries WHERE id = ?", approval[:]).Row().Scan(&entries))
	})
	return acts, entries
}
