package api

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/id"
)

// The town says that unused points run out after a month; the village reads who
// is concerned, and the household what it loses, until it is gone.
func TestExpiry(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		official := h.signedIn("official", auth.RoleInput{Role: auth.TownOfficial, DivisionID: h.town.ID})
		cadre := h.signedIn("cadre", auth.RoleInput{Role: auth.Cadre, DivisionID: h.village.ID})
		cleaner := h.signedIn("cleaner", auth.RoleInput{Role: auth.Cleaner, DivisionID: h.village.ID})
		_, code := h.household("7", "2468")
		h.tariff()
		cleaner.does("POST", "/drop-offs", fmt.Sprintf(`{"id":%q,"card_code":%q,"happened_at":%q,"items":[{"item":"paper","grams":3600}]}`,
			id.New(), code, calendar.Now()), 201, nil)
		family := &browser{h: h}
		family.does("POST", "/session/household", fmt.Sprintf(`{"card_code":%q,"pin":"2468"}`, code), 200, nil)
		var own OwnHousehold
		family.does("GET", "/household", "", 200, &own)
		if own.Expiry != nil || own.MonthExpired != nil {
			t.Errorf("without a rule %+v is lost", own)
		}
		today := h.server.Divisions.Today()
		body := fmt.Sprintf(`{"id":%q,"division_id":%q,"mode":"idle","months":1,"valid_from":%q}`, id.New(), h.town.ID, today)
		var rule ExpiryRule
		official.does("POST", "/expiry-rules", body, 201, &rule)
		official.does("POST", "/expiry-rules", body, 200, &rule)
		if string(rule.Mode) != "idle" || rule.FirstOn == nil || rule.Division.Id != h.town.ID {
			t.Errorf("recorded %+v", rule)
		}
		cadre.isRefused("POST", "/expiry-rules", strings.Replace(body, body[7:43], id.New().String(), 1), 403, "role.not_allowed", "")
		official.isRefused("POST", "/expiry-rules", fmt.Sprintf(`{"id":%q,"division_id":%q,"mode":"year_end","months":13,"valid_from":%q}`,
			id.New(), h.town.ID, today), 422, "expiry.months", "/months")
		var rules ExpiryRuleList
		cadre.does("GET", "/expiry-rules?division="+h.village.ID.String(), "", 200, &rules)
		if rules.InForce == nil || rules.InForce.Id != rule.Id || len(rules.Items) != 1 {
			t.Errorf("rules %+v", rules)
		}

		later := func(days int) {
			h.server.Expiries.RunAt(func() calendar.Micros { return calendar.Now().Add(time.Duration(days) * 24 * time.Hour) })
		}
		later(5)
		var notices ExpiryNoticeList
		cadre.does("GET", "/expiry-notices", "", 200, &notices)
		if len(notices.Items) != 1 || notices.Items[0].Points != own.Balance || *notices.Households != 1 || *notices.Points != own.Balance {
			t.Errorf("notices %+v", notices)
		}
		if file := cadre.ask("GET", "/expiry-notices?format=csv", ""); file.StatusCode != 200 || !strings.Contains(file.body, "杨山村,") {
			t.Errorf("the file: %d %s", file.StatusCode, file.body)
		}
		family.does("GET", "/household", "", 200, &own)
		if own.Expiry == nil || own.Expiry.Points != own.Balance || !own.Expiry.Soon || own.Expiry.ExpiresOn != *rule.FirstOn {
			t.Errorf("the household reads %+v", own.Expiry)
		}
		later(40)
		if done, err := h.server.Expiries.Run(t.Context()); err != nil || done.Accounts != 1 {
			t.Errorf("%+v, %v", done, err)
		}
		var statement Statement
		family.does("GET", "/household/statement", "", 200, &statement)
		if line := statement.Items[0]; statement.Balance != 0 || line.Kind != StatementLineKindExpiry || line.Text != "Not spent in time" {
			t.Errorf("statement %+v", statement)
		}
	})
}
