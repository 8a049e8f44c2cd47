package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"regexp"
	"strings"
	"testing"

	"hufen/internal/demo"
	"hufen/internal/id"
)

// person is somebody signed in to a running service.
type person struct {
	t      *testing.T
	url    string
	client *http.Client
}

func (s *service) person(t *testing.T, login, password string) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &person{t, s.url + "/api/v1", &http.Client{Jar: jar}}
	if status, body := p.ask("POST /session", fmt.Sprintf(`{"login":%q,"password":%q}`, login, password)); status != http.StatusOK {
		t.Fatalf("%s: %d %s", login, status, body)
	}
	return p
}

// ask sends a request such as "GET /shops".
func (p *person) ask(what, body string) (int, string) {
	p.t.Helper()
	method, path, _ := strings.Cut(what, " ")
	request, err := http.NewRequest(method, p.url+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := p.client.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return response.StatusCode, string(answer)
}

// first returns the id of the first item of a list.
func (p *person) first(path string) string {
	p.t.Helper()
	var list struct{ Items []struct{ ID string } }
	status, body := p.ask("GET "+path, "")
	if err := json.Unmarshal([]byte(body), &list); err != nil || len(list.Items) == 0 {
		p.t.Fatalf("%s: %d %.200s", path, status, body)
	}
	return list.Items[0].ID
}

var anyID = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// testOutsiders asks, as people of another village and another town, for what is
// in the demo's first village. They hear what they hear about nothing at all.
func testOutsiders(t *testing.T, p *machine, s *service) {
	cadre, shop, town := s.person(t, "cadre", demo.Password), s.person(t, "shop", demo.Password), s.person(t, "town", demo.Password)
	village, shopID := cadre.first("/divisions"), shop.first("/shops")
	household, dropOff, redemption := cadre.first("/households"), cadre.first("/drop-offs"), shop.first("/redemptions")
	settlement := shop.first("/settlements")
	if status, body := cadre.ask("GET /divisions/"+village, ""); status != http.StatusOK || !strings.Contains(body, `"level":"village"`) {
		t.Fatalf("%d %s", status, body)
	}
	asked := map[string]string{
		"GET /users/%s": town.first("/users"), "GET /divisions/%s": village, "GET /households/%s": household, "GET /households/%s/statement": household,
		"GET /households/%s/changes": household, "POST /households/%s/reveal": household, "GET /weigh-ins/%s": cadre.first("/weigh-ins"),
		"GET /drop-offs/%s": dropOff, "GET /redemptions/%s": redemption, "GET /settlements/%s": settlement, "GET /settlements/%s/sheet": settlement,
		"GET /settlements/%s/file": settlement, "GET /adjustments/%s": cadre.first("/adjustments"), "GET /shops/%s/goods": shopID,
		"GET /closings/%s/2026-10": village, "GET /reports/villages/%s?from=2026-10&to=2026-10": village, "GET /trace/%s": dropOff,
		"GET /reports/reduction?from=2026-10&to=2026-10&division=%s": village, "GET /settings?division=%s": village, "GET /cards/sheet?division=%s": village,
		"GET /households?division=%s": village, "GET /drop-offs?division=%s": village, "GET /weigh-ins?division=%s": village, "POST /divisions": village,
	}
	bodies := map[string]string{"POST /households/%s/reveal": `{"reason":"想知道"}`, "POST /divisions": `{"id":"` + id.New().String() + `","level":"town","name":"新镇","parent_id":"%s"}`}
	for role, code := range map[string]string{"cleaner": "511702108292", "cadre": "511702108292", "town_official": "511702109", "finance": "511702109", "auditor": "511702109"} {
		p.mustRun(typed, "user", "add", "--login", "out-"+role, "--name", "外人", "--role", role, "--division", code)
		outsider := s.person(t, "out-"+role, strings.TrimSpace(typed))
		for what, real := range asked {
			fill := func(format, id string) string { return strings.ReplaceAll(format, "%s", id) }
			hear := func(id string) string {
				status, body := outsider.ask(fill(what, id), fill(bodies[what], id))
				return fmt.Sprint(status, " ", anyID.ReplaceAllString(body, "ID"))
			}
			if got, want := hear(real), hear(id.New().String()); got != want {
				t.Errorf("%s, %s: %.300s\nabout nothing: %.300s", role, what, got, want)
			}
		}
	}
}
