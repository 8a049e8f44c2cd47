package api

import (
	"net/http"
	"regexp"
	"slices"
	"testing"

	"hufen/internal/api/contract"
	"hufen/internal/auth"
	"hufen/internal/id"
)

func operations(t *testing.T) []*contract.Operation {
	t.Helper()
	doc, err := document()
	if err != nil {
		t.Fatal(err)
	}
	agreed, err := contract.New(doc)
	if err != nil {
		t.Fatal(err)
	}
	var list []*contract.Operation
	for _, name := range agreed.IDs() {
		list = append(list, agreed.Operation(name))
	}
	return list
}

var placeholder = regexp.MustCompile(`\{[^}]*\}`)

func pathOf(o *contract.Operation) string {
	return prefix + placeholder.ReplaceAllString(o.Path, id.New().String())
}

// Every operation lets in the roles of its x-scope and nobody else.
func TestScope_Roles(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		for _, role := range auth.Roles {
			key := h.key(role)
			for _, o := range operations(t) {
				if slices.Contains(o.Scope.Roles, scopePublic) {
					continue
				}
				a := h.ask(o.Method, pathOf(o), "", "Authorization", "Bearer "+key)
				denied := a.StatusCode == http.StatusForbidden && a.problem(t).Code == "role.not_allowed"
				want := !slices.Contains(o.Scope.Roles, string(role)) && !slices.Contains(o.Scope.Roles, scopeStaff)
				if denied != want {
					t.Errorf("%s as %s: %d %s, denied should be %v", o.ID, role, a.StatusCode, a.body, want)
				}
			}
		}
	})
}

func TestScope_Nobody(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		for _, o := range operations(t) {
			a := h.ask(o.Method, pathOf(o), "", "Sec-Fetch-Site", "same-origin")
			public := slices.Contains(o.Scope.Roles, scopePublic)
			if (a.StatusCode == http.StatusUnauthorized) == public {
				t.Errorf("%s without log-in: %d", o.ID, a.StatusCode)
			}
		}
		for name, headers := range map[string][]string{
			"unknown key":    {"Authorization", "Bearer hk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
			"short key":      {"Authorization", "Bearer x"},
			"basic":          {"Authorization", "Basic YTpi"},
			"unknown cookie": {"Cookie", "hufen=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
			"other cookie":   {"Cookie", "__Host-hufen=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
		} {
			if a := h.ask("GET", prefix+"/divisions", "", headers...); a.StatusCode != http.StatusUnauthorized {
				t.Errorf("%s: %d", name, a.StatusCode)
			}
		}
	})
}

// A key that is not good is not made up for by a good cookie.
func TestScope_KeyAndCookie(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		cookie := h.signIn()[0]
		if a := h.ask("GET", prefix+"/divisions", "", "Cookie", cookie.String()); a.StatusCode == http.StatusUnauthorized {
			t.Errorf("cookie: %d", a.StatusCode)
		}
		a := h.ask("GET", prefix+"/divisions", "", "Cookie", cookie.String(), "Authorization", "Bearer x")
		if a.StatusCode != http.StatusUnauthorized {
			t.Errorf("cookie and wrong key: %d", a.StatusCode)
		}
	})
}

// An operation whose x-scope was forgotten is denied to everybody.
func TestScope_Absent(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		doc, err := document()
		if err != nil {
			t.Fatal(err)
		}
		delete(doc.Paths.Value("/divisions").Get.Extensions, "x-scope")
		e, err := h.server.router(doc)
		if err != nil {
			t.Fatal(err)
		}
		h.http.Config.Handler = e
		a := h.ask("GET", prefix+"/divisions", "", "Authorization", "Bearer "+h.key(auth.Administrator))
		if a.StatusCode != http.StatusForbidden {
			t.Errorf("%d %s", a.StatusCode, a.body)
		}
	})
}
