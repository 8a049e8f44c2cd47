package api

import (
	"fmt"
	"strings"
	"testing"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/id"
)

// A cadre adjusts a household's points alone and with the town, a drop-off whose
// points are gone is taken back, the household sees what it owes, and everybody
// in the village reads the list without a full name.
func TestAdjustment(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		householdID, code := h.household("12", "2468")
		h.tariff()
		cadre := h.signedIn("cadre", auth.RoleInput{Role: auth.Cadre, DivisionID: h.village.ID})
		official := h.signedIn("official", auth.RoleInput{Role: auth.TownOfficial, DivisionID: h.town.ID})
		cleaner := h.signedIn("cleaner", auth.RoleInput{Role: auth.Cleaner, DivisionID: h.village.ID})
		give := func(b *browser, points int64, status int, got *Adjustment) {
			t.Helper()
			b.does("POST", "/adjustments", fmt.Sprintf(`{"id":%q,"household_id":%q,"points":%d,"reason":"漏记一次"}`, id.New(), householdID, points), status, got)
		}
		var a Adjustment
		body := fmt.Sprintf(`{"id":%q,"household_id":%q,"points":2000,"reason":"漏记一次"}`, id.New(), householdID)
		cadre.does("POST", "/adjustments", body, 201, &a)
		cadre.does("POST", "/adjustments", body, 200, &a)
		if a.State != AdjustmentStatePosted || a.Household == nil || len(a.Acts) != 1 || a.Acts[0].By == nil || len(a.May) != 1 {
			t.Errorf("posted %+v", a)
		}
		cadre.isRefused("POST", "/adjustments", strings.Replace(body, "2000", "2001", 1), 409, "request.id_reused", "/id")
		cleaner.isRefused("POST", "/adjustments", body, 403, "role.not_allowed", "")
		give(cadre, 9000, 201, &a)
		act := fmt.Sprintf(`{"id":%q}`, id.New())
		cadre.isRefused("POST", "/adjustments/"+a.Id.String()+"/approve", act, 403, "role.not_allowed", "")
		official.does("POST", "/adjustments/"+a.Id.String()+"/approve", act, 201, &a)
		official.does("POST", "/adjustments/"+a.Id.String()+"/approve", act, 200, &a)
		if a.State != AdjustmentStatePosted || len(a.Acts) != 2 {
			t.Errorf("approved %+v", a)
		}
		give(official, 8000, 201, &a)
		official.isRefused("POST", "/adjustments/"+a.Id.String()+"/refuse", fmt.Sprintf(`{"id":%q,"reason":"没有凭据"}`, id.New()), 422, "adjustment.same_person", "")
		var list AdjustmentList
		cadre.does("GET", "/adjustments?waiting=true", "", 200, &list)
		if len(list.Items) != 1 || list.Items[0].Id != a.Id {
			t.Errorf("waiting are %+v", list)
		}

		dropOffID := id.New()
		cleaner.does("POST", "/drop-offs", fmt.Sprintf(`{"id":%q,"card_code":%q,"happened_at":%q,"items":[{"item":"paper","grams":3600}]}`,
			dropOffID, code, calendar.Now()), 201, nil)
		var before, after Statement
		cadre.does("GET", "/households/"+householdID.String()+"/statement", "", 200, &before)
		give(cadre, -int64(before.Balance), 201, &a)
		official.does("POST", "/adjustments/"+a.Id.String()+"/approve", fmt.Sprintf(`{"id":%q}`, id.New()), 201, &a)
		cadre.does("POST", "/reversals", fmt.Sprintf(`{"id":%q,"object_kind":"drop_off","object_id":%q,"reason":"扫错了卡"}`, id.New(), dropOffID), 201, &a)
		official.does("POST", "/adjustments/"+a.Id.String()+"/approve", fmt.Sprintf(`{"id":%q}`, id.New()), 201, &a)
		family := &browser{h: h}
		family.does("POST", "/session/household", fmt.Sprintf(`{"card_code":%q,"pin":"2468"}`, code), 200, nil)
		family.does("GET", "/household/statement", "", 200, &after)
		if after.Balance != 0 || after.Owed == nil || *after.Owed != -int64(a.Points) || after.Items[0].Text != "漏记一次" {
			t.Errorf("the household sees %+v", after)
		}

		month := h.server.Divisions.Today().Month()
		var bulletin AdjustmentBulletin
		family.does("GET", "/bulletins/adjustments?month="+month.String(), "", 200, &bulletin)
		if len(bulletin.Rows) != 4 || bulletin.Given != 11_000 || bulletin.Rows[0].HouseNumber != "12" || !strings.Contains(bulletin.Rows[0].MaskedName, "*") {
			t.Errorf("the list is %+v", bulletin)
		}
		family.isRefused("GET", "/bulletins/adjustments?month="+month.String()+"&division="+h.town.ID.String(), "", 404, "division.unknown", "?division")
		file := cadre.ask("GET", "/bulletins/adjustments/file?month="+month.String(), "")
		if file.StatusCode != 200 || !strings.Contains(file.body, "漏记一次") || !strings.HasPrefix(file.body, "\ufeff") {
			t.Errorf("the file: %d %s", file.StatusCode, file.body)
		}
	})
}
