package api

import (
	"fmt"
	"strings"
	"testing"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/id"
)

// Points that count after a review or an objection period: set, recorded,
// corrected, accepted together, objected to, and what the household reads of it.
func TestReviews(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		official := h.signedIn("official", auth.RoleInput{Role: auth.TownOfficial, DivisionID: h.town.ID})
		cadre := h.signedIn("cadre", auth.RoleInput{Role: auth.Cadre, DivisionID: h.village.ID})
		cleaner := h.signedIn("cleaner", auth.RoleInput{Role: auth.Cleaner, DivisionID: h.village.ID})
		householdID, code := h.household("13", "2468")
		h.tariff()
		family := &browser{h: h}
		family.does("POST", "/session/household", fmt.Sprintf(`{"card_code":%q,"pin":"2468"}`, code), 200, nil)
		today := h.server.Divisions.Today()
		set := func(name string, value int) {
			official.does("POST", "/settings", fmt.Sprintf(`{"id":%q,"division_id":%q,"name":%q,"value":%d,"valid_from":"%s"}`,
				id.New(), h.town.ID, name, value, today), 201, nil)
		}
		official.isRefused("POST", "/settings", fmt.Sprintf(`{"id":%q,"division_id":%q,"name":"credit_food","value":61,"valid_from":"%s"}`,
			id.New(), h.town.ID, today), 422, "setting.out_of_range", "/value")
		set("credit_recyclable", -1)
		record := func(items string) (d DropOff) {
			cleaner.does("POST", "/drop-offs", fmt.Sprintf(`{"id":%q,"card_code":%q,"happened_at":%q,"items":[%s]}`, id.New(), code, calendar.Now(), items), 201, &d)
			return d
		}
		paper := `{"item":"paper","grams":3600}`
		first, second, third := record(paper), record(paper), record(paper)
		set("credit_recyclable", 5)
		posted, objected := record(paper), record(paper)
		if first.Status != "pending" || *first.ReviewReason != "review_class" || posted.ObjectionUntil == nil || *posted.ObjectionUntil != today.AddDays(5) {
			t.Errorf("recorded %+v, %+v", first, posted)
		}

		var waiting DropOffList
		cadre.does("GET", "/reviews", "", 200, &waiting)
		if len(waiting.Items) != 3 || waiting.Items[0].Id != first.Id || *waiting.Items[0].Items[0].Name != "Paper" {
			t.Errorf("waiting %+v", waiting.Items)
		}
		cadre.does("GET", "/reviews?posted=true", "", 200, &waiting)
		if len(waiting.Items) != 2 || waiting.Items[0].Id != posted.Id {
			t.Errorf("posted %+v", waiting.Items)
		}

		correction := func(reviewID id.ID, grams int) string {
			return fmt.Sprintf(`{"id":%q,"decision":"accepted","reason":"复称","items":[{"line":1,"grams":%d}]}`, reviewID, grams)
		}
		path := "/drop-offs/" + first.Id.String() + "/review"
		cleaner.isRefused("POST", path, correction(id.New(), 1800), 403, "role.not_allowed", "")
		cadre.isRefused("POST", path, correction(id.New(), 90_000), 422, "drop_off.weight_too_large", "/items/0/grams")
		reviewID := id.New()
		var corrected DropOff
		for _, status := range []int{201, 200} {
			cadre.does("POST", path, correction(reviewID, 1800), status, &corrected)
			if corrected.Credited != 360 || *corrected.Items[0].Grams != 1800 || *(*corrected.RecordedItems)[0].Grams != 3600 ||
				*corrected.ReviewNote != "复称" || corrected.Reviewer == nil {
				t.Errorf("%d: %+v", status, corrected)
			}
		}
		cadre.isRefused("POST", path, correction(reviewID, 1900), 409, "request.id_reused", "/id")

		// Together: one of them twice by the same id, one that is posted.
		acceptance, early := id.New(), id.New()
		body := fmt.Sprintf(`{"reviews":[{"id":%q,"drop_off_id":%q},{"id":%q,"drop_off_id":%q},{"id":%q,"drop_off_id":%q}]}`,
			acceptance, second.Id, acceptance, second.Id, early, posted.Id)
		for try := range 2 {
			var outcomes DropOffOutcomes
			cadre.does("POST", "/reviews:accept", body, 200, &outcomes)
			got := outcomes.Outcomes
			if len(got) != 3 || got[0].Id != acceptance || got[0].Status != 201-try || got[1].Status != 200 || got[0].DropOff.Credited != 720 ||
				got[2].Status != 422 || got[2].Problem.Code != "drop_off.still_posted" {
				t.Errorf("try %d: %+v", try, got)
			}
		}
		cadre.does("POST", "/drop-offs/"+third.Id.String()+"/review", fmt.Sprintf(`{"id":%q,"decision":"refused","reason":"没有分开"}`, id.New()), 201, nil)

		// The household objects to what is posted of its own, once.
		_, otherCode := h.household("14", "1357")
		other := &browser{h: h}
		other.does("POST", "/session/household", fmt.Sprintf(`{"card_code":%q,"pin":"1357"}`, otherCode), 200, nil)
		objection := fmt.Sprintf(`{"id":%q,"reason":"少记了一公斤"}`, id.New())
		path = "/drop-offs/" + objected.Id.String() + "/objection"
		other.isRefused("POST", path, objection, 404, "drop_off.unknown", "")
		objection = fmt.Sprintf(`{"id":%q,"reason":"少记了一公斤"}`, id.New())
		var answer DropOff
		family.does("POST", path, objection, 201, &answer)
		if answer.Cleaner != nil || answer.Household != nil || *answer.Objection != "少记了一公斤" {
			t.Errorf("the household hears %+v", answer)
		}
		family.does("POST", path, objection, 200, nil)
		cadre.isRefused("POST", path, fmt.Sprintf(`{"id":%q,"reason":"不对"}`, id.New()), 409, "drop_off.not_posted", "")
		cadre.does("GET", "/reviews", "", 200, &waiting)
		if len(waiting.Items) != 1 || waiting.Items[0].Id != objected.Id {
			t.Errorf("after the objection wait %+v", waiting.Items)
		}

		// What waits is not in the balance.
		var statement Statement
		family.does("GET", "/household/statement", "", 200, &statement)
		if statement.Balance != 1080 || len(statement.Items) != 2 || len(orZero(statement.Pending)) != 2 || len(orZero(statement.Refused)) != 1 {
			t.Fatalf("statement %+v", statement)
		}
		pending, refused := *statement.Pending, (*statement.Refused)[0]
		if pending[0].State != "objected" || pending[1].State != "posted" || *pending[1].Until != today.AddDays(5) || pending[1].Points != 720 ||
			refused.Note != "not credited: 没有分开" || !strings.Contains(pending[0].Note, "少记了一公斤") {
			t.Errorf("pending %+v, refused %+v", pending, refused)
		}
		if rule := orZero(statement.Items[1].Rule); !strings.Contains(rule, "3.6") || !strings.Contains(rule, "复称") {
			t.Errorf("the corrected line says %q", rule)
		}
		cadre.does("GET", "/households/"+householdID.String()+"/statement", "", 200, &statement)
		if len(orZero(statement.Pending)) != 2 {
			t.Errorf("the cadre sees %+v", statement)
		}
	})
}

// A rule of the tariff goes before the setting of its class, and is told again.
func TestTariff_Crediting(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		official := h.signedIn("official", auth.RoleInput{Role: auth.TownOfficial, DivisionID: h.town.ID})
		body := func(tariffID id.ID, crediting int) string {
			return fmt.Sprintf(`{"id":%q,"division_id":%q,"valid_from":"%s","rules":[{"item":"paper","category":"recyclable","name_zh":"纸","name_en":"Paper","basis":"per_kg","points":200,"crediting":%d},
				{"item":"metal","category":"recyclable","name_zh":"铁","name_en":"Metal","basis":"per_kg","points":100}]}`, tariffID, h.town.ID, h.server.Divisions.Today(), crediting)
		}
		tariffID := id.New()
		var made, current Tariff
		official.does("POST", "/tariffs", body(tariffID, 14), 201, &made)
		official.does("POST", "/tariffs", body(tariffID, 14), 200, nil)
		official.isRefused("POST", "/tariffs", body(tariffID, 15), 409, "request.id_reused", "/id")
		official.isRefused("POST", "/tariffs", body(id.New(), 61), 422, "request.invalid", "")
		official.does("GET", "/tariffs/current", "", 200, &current)
		if rules := current.Rules; orZero(rules[0].Crediting) != 14 || rules[1].Crediting != nil {
			t.Errorf("rules %+v", rules)
		}
	})
}
