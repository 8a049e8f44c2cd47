package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/household"
	"hufen/internal/id"
)

// What goes wrong on our side is in the log also where a batch answers 200 with
// an outcome each.
func TestCreateDropOffs_Unavailable(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		cleaner := h.key(auth.Cleaner)
		h.server.DropOffs.Close()
		var log bytes.Buffer
		before := slog.Default()
		slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
		defer slog.SetDefault(before)
		body := fmt.Sprintf(`{"drop_offs":[{"id":%q,"card_code":%q,"happened_at":%q,"items":[{"item":"food","grams":1}]}]}`,
			id.New(), household.Code{}.String(), calendar.Now())
		a := h.ask("POST", prefix+"/drop-offs:batch", body, "Authorization", "Bearer "+cleaner)
		h.http.Close()
		var answer DropOffOutcomes
		if err := json.Unmarshal([]byte(a.body), &answer); err != nil || a.StatusCode != http.StatusOK || len(answer.Outcomes) != 1 {
			t.Fatalf("%d %s", a.StatusCode, a.body)
		}
		if o := answer.Outcomes[0]; o.Status != http.StatusServiceUnavailable || o.Problem.Code != "server.stopping" {
			t.Errorf("%s", a.body)
		}
		if !strings.Contains(log.String(), "server.stopping") {
			t.Errorf("the log says nothing:\n%s", log.String())
		}
	})
}

// A record that breaks the contract is refused by itself; what stands beside it
// in the phone's queue goes its way.
func TestCreateDropOffs_BadNeighbours(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		cleaner := h.key(auth.Cleaner)
		one := func(edit func(map[string]any)) map[string]any {
			body := map[string]any{"id": id.New(), "card_code": household.Code{}.String(), "happened_at": calendar.Now(),
				"items": []any{map[string]any{"item": "food", "grams": 1}}}
			if edit != nil {
				edit(body)
			}
			return body
		}
		ask := func(parts ...any) answer {
			body, err := json.Marshal(map[string]any{"drop_offs": parts})
			if err != nil {
				t.Fatal(err)
			}
			return h.ask("POST", prefix+"/drop-offs:batch", string(body), "Authorization", "Bearer "+cleaner)
		}
		good, short := one(nil), one(func(b map[string]any) { b["card_code"] = "0012" })
		grams := one(func(b map[string]any) { b["items"] = []any{map[string]any{"item": "food", "grams": "1"}} })
		a := ask(short, good, grams, one(func(b map[string]any) { b["points"] = 100 }), one(func(b map[string]any) { delete(b, "happened_at") }))
		var got DropOffOutcomes
		if err := json.Unmarshal([]byte(a.body), &got); err != nil || a.StatusCode != http.StatusOK || len(got.Outcomes) != 5 {
			t.Fatalf("%d %s", a.StatusCode, a.body)
		}
		for i, want := range []string{"/card_code rule.min_length", "card.unknown", "/items/0/grams rule.integer", "/points rule.unknown_field", "/happened_at rule.required"} {
			o := got.Outcomes[i]
			said := o.Problem.Code
			if o.Problem.Errors != nil {
				said = orZero((*o.Problem.Errors)[0].Pointer) + " " + (*o.Problem.Errors)[0].Code
			}
			if said != want {
				t.Errorf("%d: %d %s, want %s", i, o.Status, said, want)
			}
		}
		if got.Outcomes[0].Id != short["id"] || got.Outcomes[2].Id != grams["id"] || got.Outcomes[2].Status != http.StatusUnprocessableEntity {
			t.Errorf("%+v", got.Outcomes)
		}
		for name, parts := range map[string][]any{
			"no id":    {good, one(func(b map[string]any) { b["id"] = "x" })},
			"null":     {good, nil},
			"too many": append(make([]any, 500), good),
		} {
			if a := ask(parts...); a.StatusCode != http.StatusUnprocessableEntity || a.problem(t).Code != "request.invalid" {
				t.Errorf("%s: %d %.200s", name, a.StatusCode, a.body)
			}
		}
	})
}
