package api

import (
	"fmt"
	"strings"
	"testing"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/household"
	"hufen/internal/id"
)

// A household brings paper, looks at its page, buys soap with its PIN, and reads
// on its statement what each line was for.
func TestRedemption(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		official := h.signedIn("official", auth.RoleInput{Role: auth.TownOfficial, DivisionID: h.town.ID})
		cadre := h.signedIn("cadre", auth.RoleInput{Role: auth.Cadre, DivisionID: h.village.ID})
		cleaner := h.signedIn("cleaner", auth.RoleInput{Role: auth.Cleaner, DivisionID: h.village.ID})

		var shop Shop
		official.does("POST", "/shops", fmt.Sprintf(`{"id":%q,"division_id":%q,"name":"照金积分超市"}`, id.New(), h.town.ID), 201, &shop)
		var soap, rice Goods
		goods := func(name, unit string, points int) string {
			return fmt.Sprintf(`{"id":%q,"name":%q,"unit":%q,"points":%d,"stock":10}`, id.New(), name, unit, points)
		}
		official.does("POST", "/shops/"+shop.Id.String()+"/goods", goods("肥皂", "块", 200), 201, &soap)
		official.does("POST", "/shops/"+shop.Id.String()+"/goods", goods("大米", "袋", 6200), 201, &rice)
		tomorrow := h.server.Divisions.Today().Next()
		var changed Goods
		official.does("PATCH", "/goods/"+soap.Id.String(), fmt.Sprintf(`{"points":250,"from":"%s"}`, tomorrow), 200, &changed)
		if changed.Points != 200 || len(*changed.Later) != 1 || (*changed.Later)[0] != (LaterPrice{From: tomorrow, Points: 250}) {
			t.Errorf("changed to %+v", changed)
		}
		keeper := h.signedIn("keeper", auth.RoleInput{Role: auth.Shopkeeper, ShopID: shop.Id})
		keeper.does("POST", "/goods/"+soap.Id.String()+"/stock", fmt.Sprintf(`{"id":%q,"delta":5,"reason":"delivery"}`, id.New()), 201, &soap)
		if soap.Stock != 15 {
			t.Errorf("stock %d", soap.Stock)
		}
		keeper.isRefused("POST", "/shops", fmt.Sprintf(`{"id":%q,"division_id":%q,"name":"x"}`, id.New(), h.town.ID), 403, "role.not_allowed", "")

		householdID, code := h.household("13", "2468")
		h.tariff()
		var brought DropOff
		cleaner.does("POST", "/drop-offs", fmt.Sprintf(`{"id":%q,"card_code":%q,"happened_at":%q,"items":[{"item":"paper","grams":3600},{"item":"food","grade":"excellent"}]}`,
			id.New(), code, calendar.Now()), 201, &brought)
		var later DropOff
		cleaner.does("GET", "/drop-offs/"+brought.Id.String(), "", 200, &later)
		if brought.Receipt == nil || later.Receipt == nil || *later.Receipt != *brought.Receipt {
			t.Errorf("receipt %+v, later %+v", brought.Receipt, later.Receipt)
		}

		family := &browser{h: h}
		family.does("POST", "/session/household", fmt.Sprintf(`{"card_code":%q,"pin":"2468"}`, code), 200, nil)
		var own OwnHousehold
		family.does("GET", "/household", "", 200, &own)
		if own.Balance != 1720 || own.MonthEarned != 1720 || own.MonthRedeemed != 0 || own.Household.Id != householdID || own.Household.MaskedName != "张*芳" {
			t.Errorf("own page %+v", own)
		}
		var offered ShopGoodsList
		family.does("GET", "/household/goods", "", 200, &offered)
		if len(offered.Items) != 1 || len(offered.Items[0].Goods) != 2 || offered.Items[0].Goods[0].Name != "肥皂" {
			t.Errorf("offered %+v", offered)
		}
		family.does("GET", "/household/tariff", "", 200, nil)
		family.isRefused("GET", "/redemptions", "", 403, "role.not_allowed", "")

		body := func(redemptionID id.ID, quantity int, rest string) string {
			return fmt.Sprintf(`{"id":%q,"card_code":%q,"shop_id":%q,"items":[{"goods_id":%q,"quantity":%d}]%s}`, redemptionID, code, shop.Id, soap.Id, quantity, rest)
		}
		var quote Quote
		keeper.does("POST", "/redemptions/quote", fmt.Sprintf(`{"card_code":%q,"shop_id":%q,"items":[{"goods_id":%q,"quantity":1}]}`, code, shop.Id, rice.Id), 200, &quote)
		if quote != (Quote{Points: 6200, MissingPoints: 4480, ConfirmNeeded: true}) {
			t.Errorf("quote %+v", quote)
		}
		keeper.isRefused("POST", "/redemptions", body(id.New(), 1, ""), 422, "redemption.confirmation_missing", "")
		keeper.isRefused("POST", "/redemptions", body(id.New(), 1, `,"pin":"1357"`), 422, "pin.wrong", "/pin")
		keeper.isRefused("POST", "/redemptions", body(id.New(), 0, `,"pin":"2468"`), 422, "request.invalid", "")
		redemptionID := id.New()
		var receipt, again Redemption
		keeper.does("POST", "/redemptions", body(redemptionID, 2, `,"pin":"2468"`), 201, &receipt)
		if receipt.Points != 400 || receipt.Fen != 4 || *receipt.BalanceBefore != 1720 || *receipt.Balance != 1320 || receipt.Shop.Name != shop.Name {
			t.Errorf("receipt %+v", receipt)
		}
		keeper.does("POST", "/redemptions", body(redemptionID, 2, `,"pin":"2468"`), 200, &again)
		if again.Number != receipt.Number || *again.Balance != 1320 {
			t.Errorf("again %+v", again)
		}
		keeper.isRefused("POST", "/redemptions", body(redemptionID, 3, `,"pin":"2468"`), 409, "request.id_reused", "/id")

		var second Redemption
		keeper.does("POST", "/redemptions", body(id.New(), 1, `,"pin":"2468"`), 201, &second)
		keeper.does("POST", "/redemptions/"+second.Id.String()+"/reversal", fmt.Sprintf(`{"id":%q,"reason":"拿错了"}`, id.New()), 201, &second)
		if second.Status != RedemptionStatusReversed || *second.Balance != 1320 || second.Household.HouseNumber != "13" {
			t.Errorf("reversed %+v", second)
		}
		var list RedemptionList
		keeper.does("GET", "/redemptions", "", 200, &list)
		if len(list.Items) != 2 || *list.Totals != (RedemptionTotals{Redemptions: 1, Points: 400, Fen: 4}) || list.Items[0].Balance != nil {
			t.Errorf("list %+v", list)
		}
		keeper.does("GET", "/redemptions?limit=1", "", 200, &list)
		if len(list.Items) != 1 || list.NextCursor == nil {
			t.Errorf("page %+v", list)
		}
		keeper.does("GET", "/redemptions?limit=1&cursor="+*list.NextCursor, "", 200, &list)
		if len(list.Items) != 1 || list.NextCursor != nil || list.Items[0].Id != redemptionID {
			t.Errorf("second page %+v", list)
		}

		var statement, seen Statement
		family.does("GET", "/household/statement?limit=3", "", 200, &statement)
		cadre.does("GET", "/households/"+householdID.String()+"/statement?limit=3", "", 200, &seen)
		if len(seen.Items) != len(statement.Items) || seen.Balance != statement.Balance {
			t.Errorf("the cadre sees %+v", seen)
		}
		lines := statement.Items
		for statement.NextCursor != nil {
			family.does("GET", "/household/statement?limit=3&cursor="+*statement.NextCursor, "", 200, &statement)
			lines = append(lines, statement.Items...)
		}
		var texts []string
		for _, l := range lines {
			texts = append(texts, fmt.Sprintf("%s %d %d %s / %s", l.Kind, l.Points, l.BalanceAfter, l.Text, orZero(l.Rule)))
		}
		if want := []string{
			"reversal 200 1320 Cancelled: 肥皂 × 1 块 (照金积分超市) / 拿错了",
			"redemption -200 1120 肥皂 × 1 块 (照金积分超市) / Receipt " + second.Number,
			"redemption -400 1320 肥皂 × 2 块 (照金积分超市) / Receipt " + receipt.Number,
			"drop_off 1720 1720 Paper 3.6 kg, Kitchen · excellent / Tariff version 1: Paper 2 points per kg, Kitchen excellent = 10 points",
		}; strings.Join(texts, "\n") != strings.Join(want, "\n") {
			t.Errorf("statement:\n%s", strings.Join(texts, "\n"))
		}

		neighbour := h.signedIn("neighbour", auth.RoleInput{Role: auth.Shopkeeper, ShopID: h.shop()})
		neighbour.isRefused("GET", "/redemptions/"+redemptionID.String(), "", 404, "redemption.unknown", "")
		neighbour.isRefused("POST", "/redemptions", body(id.New(), 1, ""), 404, "shop.unknown", "/shop_id")
	})
}

// household registers a household and gives it a card and a PIN.
func (h *house) household(number, pin string) (householdID id.ID, code string) {
	h.t.Helper()
	ctx, admin := h.t.Context(), auth.SystemActor("test")
	in := household.NewHousehold{ID: id.New(), DivisionID: h.village.ID, HouseNumber: number, HeadName: "张小芳", MemberCount: 3}
	if _, _, err := h.server.Households.Register(ctx, admin, in); err != nil {
		h.t.Fatal(err)
	}
	card, _, err := h.server.Households.Issue(ctx, admin, household.NewCard{ID: id.New(), HouseholdID: in.ID, PIN: pin})
	if err != nil {
		h.t.Fatal(err)
	}
	keys, err := household.OpenKeys(h.server.Config.DataDir)
	if err != nil {
		h.t.Fatal(err)
	}
	return in.ID, keys.Code(card.ID, card.Version).String()
}

// tariff sets 2 points a kilogram of paper and graded food at 10/8/6/0.
func (h *house) tariff() {
	h.t.Helper()
	_, _, err := h.server.DropOffs.AddTariff(h.t.Context(), auth.SystemActor("test"), tariffInput(NewTariff{
		Id: id.New(), DivisionId: h.town.ID, ValidFrom: h.server.Divisions.Today(), Rules: []TariffRule{
			{Item: "paper", Category: "recyclable", NameZh: "废纸", NameEn: "Paper", Basis: "per_kg", Points: pointsOf(200)},
			{Item: "food", Category: "food", NameZh: "厨余", NameEn: "Kitchen", Basis: "per_grade",
				Excellent: pointsOf(1000), Good: pointsOf(800), Fair: pointsOf(600), Poor: pointsOf(0)},
		}}))
	if err != nil {
		h.t.Fatal(err)
	}
}

func pointsOf(n int64) *int64 { return &n }
