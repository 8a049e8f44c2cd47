package api

import (
	"fmt"
	"strings"
	"testing"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/division"
	"hufen/internal/household"
	"hufen/internal/id"
)

// What hangs on the village board: what was credited and not taken back, by house
// number, a sheet for each group, and nothing of anybody else's village.
func TestPointsBulletin(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		h.tariff()
		admin, month := auth.SystemActor("test"), h.server.Divisions.Today().Month()
		place := func(parent id.ID, level division.Level, code, name string) id.ID {
			d, _, err := h.server.Divisions.Create(t.Context(), admin, division.NewDivision{ID: id.New(), ParentID: parent, Level: level, Code: code, Name: name})
			if err != nil {
				t.Fatal(err)
			}
			return d.ID
		}
		group, other := place(h.village.ID, division.Group, "", "1组"), place(h.town.ID, division.Village, h.town.Code+"299", "别村")
		official := h.signedIn("official", auth.RoleInput{Role: auth.TownOfficial, DivisionID: h.town.ID})
		cadre := h.signedIn("cadre", auth.RoleInput{Role: auth.Cadre, DivisionID: h.village.ID})
		outsider := h.signedIn("outsider", auth.RoleInput{Role: auth.Cadre, DivisionID: other})
		cleaner := h.signedIn("cleaner", auth.RoleInput{Role: auth.Cleaner, DivisionID: h.village.ID})
		drop := func(code string, grams int) id.ID {
			dropOffID := id.New()
			cleaner.does("POST", "/drop-offs", fmt.Sprintf(`{"id":%q,"card_code":%q,"happened_at":%q,"items":[{"item":"paper","grams":%d}]}`,
				dropOffID, code, calendar.Now(), grams), 201, nil)
			return dropOffID
		}
		_, ten := h.household("10", "2468")
		nine, nineCode := h.household("9", "2468")
		moving, movingCode := h.household("11", "2468")
		closing, closingCode := h.household("8", "2468")
		silent, _ := h.household("7", "2468")
		drop(ten, 5000)
		drop(nineCode, 3000)
		wrong := drop(nineCode, 2000)
		cleaner.does("POST", "/drop-offs/"+wrong.String()+"/reversal", fmt.Sprintf(`{"id":%q,"reason":"扫错了卡"}`, id.New()), 201, nil)
		drop(movingCode, 1000)
		drop(closingCode, 4000)
		cadre.does("POST", "/household-changes", fmt.Sprintf(`{"id":%q,"kind":"move","household_id":%q,"reason":"搬到 1 组","place":{"household_id":%q,"card_id":%q,"division_id":%q,"house_number":"2","head_name":"张小芳"}}`,
			id.New(), moving, id.New(), id.New(), group), 201, nil)
		for _, gone := range []id.ID{closing, silent} {
			if _, err := h.server.Households.Change(t.Context(), admin, gone, household.Change{Closed: new(true)}); err != nil {
				t.Fatal(err)
			}
		}
		var shop Shop
		official.does("POST", "/shops", fmt.Sprintf(`{"id":%q,"division_id":%q,"name":"积分超市"}`, id.New(), h.town.ID), 201, &shop)
		var soap Goods
		official.does("POST", "/shops/"+shop.Id.String()+"/goods", fmt.Sprintf(`{"id":%q,"name":"肥皂","unit":"块","points":200,"stock":10}`, id.New()), 201, &soap)
		keeper := h.signedIn("keeper", auth.RoleInput{Role: auth.Shopkeeper, ShopID: shop.Id})
		buy := func(quantity int) (bought Redemption) {
			keeper.does("POST", "/redemptions", fmt.Sprintf(`{"id":%q,"card_code":%q,"shop_id":%q,"pin":"2468","items":[{"goods_id":%q,"quantity":%d}]}`,
				id.New(), ten, shop.Id, soap.Id, quantity), 201, &bought)
			return bought
		}
		buy(2)
		keeper.does("POST", "/redemptions/"+buy(1).Id.String()+"/reversal", fmt.Sprintf(`{"id":%q,"reason":"拿错了"}`, id.New()), 201, nil)

		path := "/bulletins/points?month=" + month.String()
		var board PointsBulletin
		cadre.does("GET", path, "", 200, &board)
		var seen []string
		for _, sheet := range board.Sheets {
			name := board.Village.Name
			if sheet.Group != nil {
				name = sheet.Group.Name
			}
			seen = append(seen, fmt.Sprintf("%s %d %d %d", name, sheet.Earned, sheet.Redeemed, sheet.RedeemedFen))
			for _, r := range sheet.Rows {
				seen = append(seen, fmt.Sprintf("%s %s %d %d", r.HouseNumber, r.MaskedName, r.Visits, r.Points))
			}
		}
		want := "杨山村 2400 400 4|8 张*芳 1 800|9 张*芳 1 600|10 张*芳 1 1000|1组 200 0 0|2 张*芳 1 200"
		if got := strings.Join(seen, "|"); got != want {
			t.Errorf("the board says %s, want %s", got, want)
		}
		if board.Contact == nil || board.Until < month.Last().AddDays(sayDays) || board.Reduction == nil || board.Reduction.Value != nil || board.TargetPermille != 300 || board.Seal != nil {
			t.Errorf("the board %+v", board)
		}
		if answer := cadre.ask("GET", path, "").body; strings.Contains(answer, "小") || strings.Contains(answer, "balance") || strings.Contains(answer, nine.String()) {
			t.Errorf("the board tells too much: %s", answer)
		}
		official.does("GET", path+"&division="+group.String(), "", 200, &board)
		if len(board.Sheets) != 1 || len(board.Sheets[0].Rows) != 1 || board.Village.Id != h.village.ID {
			t.Errorf("of the group %+v", board)
		}
		var before PointsBulletin
		cadre.does("GET", "/bulletins/points?month="+month.AddMonths(-1).String(), "", 200, &before)
		if len(before.Sheets) != 0 {
			t.Errorf("before anybody was there: %+v", before)
		}

		cadre.isRefused("GET", "/bulletins/points?month="+month.Next().String(), "", 422, "bulletin.future_month", "?month")
		official.isRefused("GET", path, "", 422, "bulletin.no_village", "?division")
		cleaner.isRefused("GET", path, "", 403, "role.not_allowed", "")
		for _, outside := range []id.ID{h.village.ID, group, h.town.ID, id.New()} {
			outsider.isRefused("GET", path+"&division="+outside.String(), "", 404, "division.unknown", "?division")
		}
	})
}
