package api

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"hufen/internal/auth"
	"hufen/internal/database/dbtest"
	"hufen/migrations"
)

func TestForgery(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		cookie := h.signIn()[0].String()
		first := h.ask("GET", prefix+"/session", "", "Cookie", cookie)
		token := ""
		for _, c := range first.Cookies() {
			if c.Name == "csrf" && !c.HttpOnly && c.Path == "/" && c.SameSite == http.SameSiteLaxMode {
				token = c.Value
			}
		}
		if token == "" {
			t.Fatal("no csrf cookie")
		}
		both := cookie + "; csrf=" + token
		tests := []struct {
			name    string
			headers []string
			passes  bool
		}{
			{"SameOrigin", []string{"Cookie", cookie, "Sec-Fetch-Site", "same-origin"}, true},
			{"CrossSite", []string{"Cookie", cookie, "Sec-Fetch-Site", "cross-site"}, false},
			{"CrossSiteWithToken", []string{"Cookie", both, "X-CSRF-Token", token, "Sec-Fetch-Site", "cross-site"}, false},
			{"Token", []string{"Cookie", both, "X-CSRF-Token", token}, true},
			{"NoToken", []string{"Cookie", both}, false},
			{"NoCookie", []string{"Cookie", cookie, "X-CSRF-Token", token}, false},
			{"OtherToken", []string{"Cookie", both, "X-CSRF-Token", "!" + token[1:]}, false},
			{"EmptyToken", []string{"Cookie", cookie + "; csrf=", "X-CSRF-Token", ""}, false},
			{"Key", []string{"Authorization", "Bearer " + h.key(auth.TownOfficial)}, true},
		}
		for _, test := range tests {
			a := h.ask("POST", prefix+"/users", "{}", test.headers...)
			stopped := a.StatusCode == http.StatusForbidden && a.problem(t).Code == "request.csrf"
			if stopped == test.passes {
				t.Errorf("%s: %d %s", test.name, a.StatusCode, a.body)
			}
		}
	})
}

func TestHeaders(t *testing.T) {
	forEach(t, map[string]string{"PUBLIC_URL": "https://hufen.example"}, func(t *testing.T, h *house) {
		for _, path := range []string{"/", "/c/0123456789ABCDEFGH", "/api/docs", prefix + "/session", "/nothing.js"} {
			header := h.ask("GET", path, "").Header
			for name, want := range map[string]string{
				"Content-Security-Policy":   "frame-ancestors 'none'",
				"Permissions-Policy":        "camera=(self)",
				"Referrer-Policy":           "no-referrer",
				"X-Content-Type-Options":    "nosniff",
				"Strict-Transport-Security": "max-age=31536000",
				"X-Request-Id":              "-7",
			} {
				if !strings.Contains(header.Get(name), want) {
					t.Errorf("%s: %s is %q", path, name, header.Get(name))
				}
			}
		}
		if h.server.cookieName() != "__Host-hufen" || !h.server.sessionCookie("x").Secure || !h.server.sessionCookie("x").HttpOnly {
			t.Error("the session cookie is not confined to HTTPS")
		}
	})
}

// Only a trusted proxy is believed about where a request comes from.
func TestClientAddress(t *testing.T) {
	tests := []struct {
		name, proxies string
		limited       bool
	}{
		{"Direct", "", true},
		{"OtherProxy", "10.0.0.0/8", true},
		{"TrustedProxy", "127.0.0.0/8,::1/128", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			environment := map[string]string{"TRUSTED_PROXIES": test.proxies, "RATE_PER_SECOND": "0.01", "RATE_BURST": "2"}
			forEach(t, environment, func(t *testing.T, h *house) {
				limited := false
				for _, address := range []string{"203.0.113.1", "203.0.113.2", "203.0.113.3", "203.0.113.4"} {
					a := h.ask("GET", "/healthz", "", "X-Forwarded-For", address, "X-Real-Ip", address)
					limited = limited || a.StatusCode == http.StatusTooManyRequests
				}
				if limited != test.limited {
					t.Errorf("limited: %v", limited)
				}
			})
		})
	}
}

// What a client adds in front of the proxy's entry changes nothing.
func TestClientAddress_Prepended(t *testing.T) {
	environment := map[string]string{"TRUSTED_PROXIES": "127.0.0.0/8", "RATE_PER_SECOND": "0.01", "RATE_BURST": "2"}
	forEach(t, environment, func(t *testing.T, h *house) {
		status := 0
		for _, made := range []string{"1.1.1.1", "2.2.2.2", "3.3.3.3"} {
			status = h.ask("GET", "/healthz", "", "X-Forwarded-For", made+", 203.0.113.9").StatusCode
		}
		if status != http.StatusTooManyRequests {
			t.Errorf("%d, want 429", status)
		}
	})
}

func TestNetwork(t *testing.T) {
	for address, want := range map[string]string{
		"203.0.113.1": "203.0.113.1", "::ffff:203.0.113.1": "::ffff:203.0.113.1", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "": "",
	} {
		if got := network(address); got != want {
			t.Errorf("%s: %s", address, got)
		}
	}
}

func TestRates(t *testing.T) {
	forEach(t, map[string]string{"SCAN_RATE_PER_MINUTE": "3"}, func(t *testing.T, h *house) {
		var last answer
		for range 4 {
			last = h.ask("GET", "/c/0123456789ABCDEFGH", "")
		}
		if last.StatusCode != http.StatusTooManyRequests || !last.waits(15, 20) {
			t.Errorf("%d, Retry-After %q", last.StatusCode, last.Header.Get("Retry-After"))
		}
		if p := last.problem(t); !strings.Contains(p.Detail, last.Header.Get("Retry-After")) {
			t.Errorf("%s", p.Detail)
		}
		made := h.server.cookieName() + "=" + strings.Repeat("A", 43)
		if a := h.ask("GET", "/c/0123456789ABCDEFGH", "", "Cookie", made); a.StatusCode != http.StatusTooManyRequests {
			t.Errorf("a made-up cookie lifts the limit: %d", a.StatusCode)
		}
		session := h.signIn()[0]
		if a := h.ask("GET", "/c/0123456789ABCDEFGH", "", "Cookie", session.Name+"="+session.Value); a.StatusCode != http.StatusNotFound {
			t.Errorf("staff is kept from scanning: %d", a.StatusCode)
		}
		if a := h.ask("POST", prefix+"/session", "{}", "Sec-Fetch-Site", "same-origin"); a.StatusCode != http.StatusTooManyRequests {
			t.Errorf("signing in: %d", a.StatusCode)
		}
		if a := h.ask("GET", "/", "", "Accept", "text/html"); a.StatusCode != http.StatusOK {
			t.Errorf("other pages: %d", a.StatusCode)
		}
	})
}

// The log names routes and who asked, never the path.
func TestLog(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		var log bytes.Buffer
		before := slog.Default()
		slog.SetDefault(slog.New(slog.NewJSONHandler(&log, nil)))
		defer slog.SetDefault(before)
		h.ask("GET", "/c/0123456789ABCDEFGH?q=13800138000", "")
		h.ask("GET", prefix+"/divisions", "", "Authorization", "Bearer "+h.key(auth.Cadre))
		h.http.Close()
		for _, secret := range []string{"0123456789ABCDEFGH", "13800138000", "hk_", "秤"} {
			if strings.Contains(log.String(), secret) {
				t.Errorf("the log knows %s:\n%s", secret, log.String())
			}
		}
		var actors int
		for line := range strings.Lines(log.String()) {
			var record map[string]any
			if err := json.Unmarshal([]byte(line), &record); err != nil {
				t.Fatal(err)
			}
			if record["msg"] == "request" && (record["route"] == nil || record["status"] == nil || record["request_id"] == nil) {
				t.Errorf("%s", line)
			}
			if record["actor_id"] != nil {
				actors++
			}
		}
		if actors != 1 {
			t.Errorf("%d requests with an actor:\n%s", actors, log.String())
		}
	})
}

// The service's own account cannot change what happened, even if the program
// tried.
func TestInsertOnly(t *testing.T) {
	h := newHouse(t, dbtest.OpenMariaDB(t), nil)
	for _, table := range migrations.InsertOnly {
		for _, statement := range []string{"DELETE FROM " + table, "UPDATE " + table + " SET " + firstColumn(t, h, table)} {
			err := h.server.DB.Write.Exec(statement).Error
			if err == nil || !strings.Contains(err.Error(), "denied") {
				t.Errorf("%s: %v", statement, err)
			}
		}
	}
}

func firstColumn(t *testing.T, h *house, table string) string {
	t.Helper()
	var column string
	err := h.server.DB.Read.Raw("SELECT MIN(column_name) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ?", table).Scan(&column).Error
	if err != nil || column == "" {
		t.Fatalf("there is no table %s: %v", table, err)
	}
	return column + " = " + column
}
