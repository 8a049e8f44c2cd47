package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"hufen/internal/api/contract"
	"hufen/internal/auth"
	"hufen/internal/id"
)

// nastyValues replace every field of every body in turn.
var nastyValues = []any{
	nil, true, -1, 0, 9223372036854775807, -9223372036854775808, 1e300, 0.5, "", " ", "𠮷㛃👩‍🌾", "'; DROP TABLE users; --", "=1+1", "\u202e", "%s%n",
	strings.Repeat("长", 5000), "2026-07-14", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "00000000-0000-0000-0000-000000000000",
	[]any{}, []any{nil}, map[string]any{}, strings.Repeat("9", 400),
}

// Whatever anybody sends, it is never our mistake: no answer is a 5xx, and every
// fault is a problem with a sentence.
func TestNasty_Bodies(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		doc, err := document()
		if err != nil {
			t.Fatal(err)
		}
		callers := newCallers(h)
		for _, item := range doc.Paths.Map() {
			for _, o := range item.Operations() {
				if o.RequestBody == nil || o.RequestBody.Value.Content["application/json"] == nil {
					continue
				}
				var body map[string]any
				schema := o.RequestBody.Value.Content["application/json"].Schema.Value
				if err := json.Unmarshal([]byte(exampleOf(schema, "")), &body); err != nil {
					t.Fatalf("%s: the example is not JSON: %v", o.OperationID, err)
				}
				h.tryBodies(callers, o.OperationID, body)
			}
		}
	})
}

func (h *house) tryBodies(callers *callers, operationID string, body map[string]any) {
	h.t.Helper()
	o := callers.operation(operationID)
	headers := callers.headers(o.Scope.Roles)
	send := func(what string, value any) {
		text, err := json.Marshal(value)
		if err != nil {
			h.t.Fatal(err)
		}
		h.tolerable(fmt.Sprintf("%s with %s", operationID, what), h.ask(o.Method, pathOf(o), string(text), headers...))
	}
	send("the example", body)
	for _, value := range nastyValues {
		send("only a value", value)
	}
	for _, name := range sortedNames(body) {
		kept := body[name]
		for i, value := range nastyValues {
			body[name] = value
			send(fmt.Sprintf("%s = nasty %d", name, i), body)
		}
		delete(body, name)
		send("no "+name, body)
		body[name] = kept
		if strings.HasSuffix(name, "id") {
			body[name] = id.New().String() // the next one is no replay
		}
	}
}

// Whatever is in an address, it is never our mistake either.
func TestNasty_Addresses(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		doc, err := document()
		if err != nil {
			t.Fatal(err)
		}
		callers := newCallers(h)
		values := []string{"", "%00", "'", "%27%3B--", "%ff", "%F0%A0%AE%B7", "2026-02-30", "2026-13", "0000-01-01", "9999-12-31", "-1", "99999999999999999999",
			strings.Repeat("a", 150), "bnVsbA", "e30", "W10", "eyJpIjoiMTIzIn0", "IiI", id.New().String(), "00000000-0000-0000-0000-000000000000"}
		for _, item := range doc.Paths.Map() {
			for _, o := range item.Operations() {
				agreed := callers.operation(o.OperationID)
				headers := callers.headers(agreed.Scope.Roles)
				if agreed.Method != http.MethodGet {
					continue
				}
				for _, p := range o.Parameters {
					for _, value := range values {
						path := prefix + strings.NewReplacer("{id}", orElse(p, "id", value), "{kind}", orElse(p, "kind", value)).Replace(agreed.Path)
						query := required(o, p.Value.Name)
						if p.Value.In == "query" {
							query += "&" + url.QueryEscape(p.Value.Name) + "=" + value
						}
						h.tolerable(o.OperationID+" "+p.Value.Name+"="+value, h.ask("GET", path+"?"+query, "", headers...))
					}
				}
			}
		}
	})
}

// orElse returns value for the parameter that is being tried, and something good
// for the others.
func orElse(p *openapi3.ParameterRef, name, value string) string {
	if p.Value.In == "path" && p.Value.Name == name {
		return url.PathEscape(value)
	}
	if name == "kind" {
		return "households"
	}
	return id.New().String()
}

// required fills in the other parameters that must be there.
func required(o *openapi3.Operation, except string) string {
	var query []string
	for _, p := range o.Parameters {
		if p.Value.In == "query" && p.Value.Required && p.Value.Name != except {
			query = append(query, p.Value.Name+"="+exampleText(p.Value.Schema.Value))
		}
	}
	return strings.Join(query, "&")
}

// tolerable fails for a 5xx, and for a fault without a sentence.
func (h *house) tolerable(what string, a answer) {
	h.t.Helper()
	if a.StatusCode >= 500 {
		h.t.Errorf("%s: %d %.300s", what, a.StatusCode, a.body)
		return
	}
	if a.StatusCode < 400 {
		return
	}
	p := a.problem(h.t)
	unsaid := p.Detail == p.Code || strings.Contains(p.Detail, "{")
	if p.Errors != nil {
		unsaid = unsaid || slices.ContainsFunc(*p.Errors, func(d ProblemDetail) bool { return d.Detail == d.Code || strings.Contains(d.Detail, "{") })
	}
	if unsaid {
		h.t.Errorf("%s: no sentence for %s", what, a.body)
	}
}

// callers knows a way in for every kind of scope.
type callers struct {
	h      *house
	agreed *contract.Contract
	keys   map[string]string
	cookie string
	home   string
}

func newCallers(h *house) *callers {
	h.t.Helper()
	token, _, err := h.server.Auth.OpenHousehold(h.t.Context(), id.New(), "test", time.Hour)
	if err != nil {
		h.t.Fatal(err)
	}
	doc, err := document()
	if err != nil {
		h.t.Fatal(err)
	}
	agreed, err := contract.New(doc)
	if err != nil {
		h.t.Fatal(err)
	}
	return &callers{h: h, agreed: agreed, keys: map[string]string{}, cookie: h.signIn()[0].String(), home: h.server.cookieName() + "=" + token}
}

func (c *callers) operation(operationID string) *contract.Operation {
	return c.agreed.Operation(operationID)
}

func (c *callers) headers(roles []string) []string {
	switch role := roles[0]; role {
	case scopePublic:
		return []string{"Sec-Fetch-Site", "same-origin"}
	case scopeSession:
		return []string{"Sec-Fetch-Site", "same-origin", "Cookie", c.cookie}
	case scopeHousehold:
		return []string{"Cookie", c.home}
	default:
		if role == scopeStaff {
			role = string(auth.Cadre)
		}
		if c.keys[role] == "" {
			c.keys[role] = c.h.key(auth.Role(role))
		}
		return []string{"Authorization", "Bearer " + c.keys[role]}
	}
}
