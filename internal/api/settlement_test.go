package api

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/id"
	"hufen/internal/redemption"
)

// A shop draws up and hands in its statement of the last month, the town rejects
// it, then approves the new one, finance pays, and everybody prints it.
func TestSettlement(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		official := h.signedIn("official", auth.RoleInput{Role: auth.TownOfficial, DivisionID: h.town.ID})
		finance := h.signedIn("finance", auth.RoleInput{Role: auth.Finance, DivisionID: h.town.ID})
		auditor := h.signedIn("auditor", auth.RoleInput{Role: auth.Auditor, DivisionID: h.town.ID})
		var shop, other Shop
		official.does("POST", "/shops", fmt.Sprintf(`{"id":%q,"division_id":%q,"name":"素珍便民店"}`, id.New(), h.town.ID), 201, &shop)
		official.does("POST", "/shops", fmt.Sprintf(`{"id":%q,"division_id":%q,"name":"别的店"}`, id.New(), h.town.ID), 201, &other)
		var soap Goods
		official.does("POST", "/shops/"+shop.Id.String()+"/goods", fmt.Sprintf(`{"id":%q,"name":"肥皂","unit":"块","points":200,"stock":10}`, id.New()), 201, &soap)
		keeper := h.signedIn("keeper", auth.RoleInput{Role: auth.Shopkeeper, ShopID: shop.Id})
		stranger := h.signedIn("stranger", auth.RoleInput{Role: auth.Shopkeeper, ShopID: other.Id})
		month := h.server.Divisions.Today().Month().AddMonths(-1)
		h.redeemedIn(month, shop.Id, soap.Id)

		body := fmt.Sprintf(`{"id":%q,"shop_id":%q,"month":%q}`, id.New(), shop.Id, month)
		var s Settlement
		keeper.does("POST", "/settlements", body, 201, &s)
		keeper.does("POST", "/settlements", body, 200, &s)
		if s.Items != 1 || s.Points != 400 || s.Fen != 4 || s.State != SettlementStateDraft || len(s.May) != 1 || len(*s.Lines) != 1 || s.Town.Id != h.town.ID {
			t.Errorf("drawn up %+v", s)
		}
		stranger.isRefused("GET", "/settlements/"+s.Id.String(), "", 404, "settlement.unknown", "")
		act := func(b *browser, name, rest string, status int) {
			t.Helper()
			b.does("POST", "/settlements/"+s.Id.String()+"/"+name, fmt.Sprintf(`{"id":%q%s}`, id.New(), rest), status, &s)
		}
		act(keeper, "submit", "", 201)
		act(official, "reject", `,"reason":"小票缺一张"`, 201)
		if s.State != SettlementStateRejected || *s.Acts[2].Detail != "小票缺一张" || s.Acts[2].By == nil {
			t.Errorf("rejected %+v", s)
		}
		keeper.does("POST", "/settlements", strings.Replace(body, body[7:43], id.New().String(), 1), 201, &s)
		act(keeper, "submit", "", 201)
		keeper.isRefused("POST", "/settlements/"+s.Id.String()+"/approve", fmt.Sprintf(`{"id":%q}`, id.New()), 403, "role.not_allowed", "")
		finance.isRefused("POST", "/settlements/"+s.Id.String()+"/pay",
			fmt.Sprintf(`{"id":%q,"reference":"1","paid_on":%q}`, id.New(), h.server.Divisions.Today()), 422, "settlement.not_approved", "")
		act(official, "approve", "", 201)
		act(finance, "pay", fmt.Sprintf(`,"reference":"农商行 17","paid_on":%q`, h.server.Divisions.Today()), 201)
		if s.State != SettlementStatePaid || s.Version != 2 || len(s.Acts) != 4 || *s.Acts[3].PaidOn != h.server.Divisions.Today() || len(s.May) != 0 {
			t.Errorf("paid %+v", s)
		}
		var list SettlementList
		auditor.does("GET", "/settlements?state=paid&month="+month.String(), "", 200, &list)
		if len(list.Items) != 1 || list.Items[0].Id != s.Id {
			t.Errorf("paid are %+v", list)
		}
		keeper.does("GET", "/settlements?limit=1", "", 200, &list)
		if len(list.Items) != 1 || list.NextCursor == nil {
			t.Errorf("page %+v", list)
		}
		keeper.does("GET", "/settlements?limit=1&cursor="+*list.NextCursor, "", 200, &list)
		stranger.does("GET", "/settlements", "", 200, &list)
		if len(list.Items) != 0 {
			t.Errorf("another shop sees %+v", list)
		}
		page := auditor.ask("GET", "/settlements/"+s.Id.String()+"/sheet", "")
		if page.StatusCode != 200 || !strings.Contains(page.body, "人民币肆分") || !strings.Contains(page.body, "/print/statement.css") {
			t.Errorf("the page: %d %s", page.StatusCode, page.body)
		}
		if file := auditor.ask("GET", "/settlements/"+s.Id.String()+"/file", ""); file.StatusCode != 200 || !strings.HasPrefix(file.body, "PK") {
			t.Errorf("the file: %d", file.StatusCode)
		}
	})
}

// redeemedIn lets a household have bought two pieces in an earlier month.
func (h *house) redeemedIn(month calendar.Month, shopID, goodsID id.ID) {
	h.t.Helper()
	_, code := h.household("7", "2468")
	h.tariff()
	cleaner := h.signedIn("cleaner", auth.RoleInput{Role: auth.Cleaner, DivisionID: h.village.ID})
	cleaner.does("POST", "/drop-offs", fmt.Sprintf(`{"id":%q,"card_code":%q,"happened_at":%q,"items":[{"item":"paper","grams":3600}]}`,
		id.New(), code, calendar.Now()), 201, nil)
	if err := h.server.DB.Write.Exec("UPDATE shops SET opened_on = 20200101").Error; err != nil {
		h.t.Fatal(err)
	}
	then := redemption.New(h.server.DB, h.server.Divisions, h.server.Households, calendar.Shanghai)
	defer then.Close()
	then.RunAt(func() calendar.Micros { return month.Last().Start(calendar.Shanghai) })
	keeper := auth.Actor{ID: id.New(), Kind: auth.Person, Grants: []auth.Grant{{Role: auth.Shopkeeper, ShopID: shopID}}}
	_, err := then.Redeem(context.Background(), keeper, redemption.Input{ID: id.New(), CardCode: code, ShopID: shopID, PIN: "2468",
		Items: []redemption.Line{{GoodsID: goodsID, Quantity: 2}}})
	if err != nil {
		h.t.Fatal(err)
	}
}
