package api

import (
	"fmt"
	"testing"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/division"
	"hufen/internal/id"
	"hufen/internal/proof"
)

// A household splits, the two are merged again, what became of its points is
// traced by the cadre and by itself, and who left is erased.
func TestHouseholdChange(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		h.tariff()
		householdID, code := h.household("12", "2468")
		cadre := h.signedIn("cadre", auth.RoleInput{Role: auth.Cadre, DivisionID: h.village.ID})
		cleaner := h.signedIn("cleaner", auth.RoleInput{Role: auth.Cleaner, DivisionID: h.village.ID})
		other, _, err := h.server.Divisions.Create(t.Context(), auth.SystemActor("test"),
			division.NewDivision{ID: id.New(), ParentID: h.town.ID, Level: division.Village, Code: h.town.Code + "299", Name: "别村"})
		if err != nil {
			t.Fatal(err)
		}
		outsider := h.signedIn("outsider", auth.RoleInput{Role: auth.Cadre, DivisionID: other.ID})
		dropOffID := id.New()
		cleaner.does("POST", "/drop-offs", fmt.Sprintf(`{"id":%q,"card_code":%q,"happened_at":%q,"items":[{"item":"paper","grams":5000}]}`,
			dropOffID, code, calendar.Now()), 201, nil)

		body := fmt.Sprintf(`{"id":%q,"kind":"split","household_id":%q,"reason":"分家","members":1,"place":{"household_id":%q,"card_id":%q,"division_id":%q,"house_number":"12-1","head_name":"李明"}}`,
			id.New(), householdID, id.New(), id.New(), h.village.ID)
		var plan SuccessionPlan
		cadre.does("POST", "/household-changes/preview", body, 200, &plan)
		if *plan.Share != 333 || plan.Source.BalanceAfter != 667 || plan.Target.BalanceAfter != 333 || !plan.Target.Founded || plan.Source.Card != "kept" {
			t.Errorf("%+v", plan)
		}
		outsider.isRefused("POST", "/household-changes", body, 404, "household.unknown", "")
		cleaner.isRefused("POST", "/household-changes", body, 403, "role.not_allowed", "")
		body = fmt.Sprintf(`{"id":%q`, id.New()) + body[44:]
		var split, again Succession
		cadre.does("POST", "/household-changes", body, 201, &split)
		cadre.does("POST", "/household-changes", body, 200, &again)
		if split.Points != 333 || again.Id != split.Id || split.TargetPlace.HouseNumber != "12-1" {
			t.Errorf("%+v", split)
		}
		young := *split.TargetId
		cadre.isRefused("POST", "/households/"+young.String()+"/erasure", `{"reason":"走了"}`, 422, "household.not_closed", "")
		var merge Succession
		cadre.does("POST", "/household-changes", fmt.Sprintf(`{"id":%q,"kind":"merge","household_id":%q,"target_id":%q,"reason":"又并"}`, id.New(), young, householdID), 201, &merge)
		var list SuccessionList
		cadre.does("GET", "/households/"+householdID.String()+"/changes", "", 200, &list)
		if len(list.Items) != 2 || list.Items[0].Kind != "merge" {
			t.Errorf("%+v", list)
		}
		outsider.isRefused("GET", "/households/"+householdID.String()+"/changes", "", 404, "household.unknown", "")
		var statement Statement
		cadre.does("GET", "/households/"+householdID.String()+"/statement", "", 200, &statement)
		if statement.Balance != 1000 || statement.Items[0].Kind != StatementLineKindHouseholdChange || statement.Items[0].Text == "" {
			t.Errorf("%+v", statement)
		}

		family := &browser{h: h}
		family.does("POST", "/session/household", fmt.Sprintf(`{"card_code":%q,"pin":"2468"}`, code), 200, nil)
		var trace Trace
		for _, b := range []*browser{cadre, family} {
			b.does("GET", "/trace/"+dropOffID.String(), "", 200, &trace)
			if trace.Points != 1000 || trace.Household.Id != householdID || len(trace.Steps) < 3 || trace.Steps[0].Kind != "drop_off" {
				t.Errorf("%+v", trace)
			}
		}
		outsider.isRefused("GET", "/trace/"+dropOffID.String(), "", 404, "trace.unknown", "")
		family.isRefused("GET", "/trace/"+id.New().String(), "", 404, "trace.unknown", "")

		var erased Household
		cadre.does("POST", "/households/"+young.String()+"/erasure", `{"reason":"走了"}`, 200, &erased)
		if erased.MaskedName != "" || erased.ErasedAt == nil {
			t.Errorf("%+v", erased)
		}
		report, err := proof.Verify(t.Context(), h.server.DB)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range report.Findings {
			t.Errorf("verify: %s %s: %s", f.Check, f.ID, f.Text)
		}
	})
}
