package api

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/labstack/echo/v4"

	"hufen/internal/auth"
	"hufen/internal/database"
	"hufen/internal/fault"
)

const goodUser = `{"id":"0198a0b0-0000-7000-8000-000000000001","login":"li","name":"李","kind":"machine","role":{"role":"cadre"}}`

func TestRequest_BadInput(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		key := "Bearer " + h.key(auth.TownOfficial)
		deep := strings.Repeat(`{"role":`, 100000)
		tests := []struct {
			name, body string
			headers    []string
			status     int
			code       string
		}{
			{"Malformed", goodUser[:40], nil, 400, "request.malformed"},
			{"Empty", " ", nil, 400, "request.malformed"},
			{"Trailing", goodUser + "1", nil, 400, "request.malformed"},
			{"NaN", strings.Replace(goodUser, `"李"`, "NaN", 1), nil, 400, "request.malformed"},
			{"Deep", deep, nil, 400, "request.malformed"},
			{"NotUTF8", strings.Replace(goodUser, "李", "\xc0\xee", 1), nil, 400, "request.malformed"},
			{"Twice", strings.Replace(goodUser, `"kind"`, `"login":"a2","kind"`, 1), nil, 422, "request.invalid"},
			{"Unknown", strings.Replace(goodUser, `"kind"`, `"x":1,"kind"`, 1), nil, 422, "request.invalid"},
			{"Large", `{"name":"` + strings.Repeat("a", 5<<20) + `"}`, nil, 413, "request.too_large"},
			{"Form", "name=li", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "request.wrong_media_type"},
			{"GBK", goodUser, []string{"Content-Type", "application/json; charset=gbk"}, 415, "request.wrong_media_type"},
			{"Gzip", goodUser, []string{"Content-Encoding", "gzip"}, 415, "request.wrong_media_type"},
		}
		for _, test := range tests {
			a := h.ask("POST", prefix+"/users", test.body, append([]string{"Authorization", key}, test.headers...)...)
			if p := a.problem(t); a.StatusCode != test.status || p.Code != test.code || p.Status != test.status {
				t.Errorf("%s: %d %s", test.name, a.StatusCode, a.body)
			}
		}
	})
}

// A large body without a length is refused as well.
func TestRequest_LargeChunked(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		request, err := http.NewRequest("POST", h.http.URL+prefix+"/users", struct{ *strings.Reader }{strings.NewReader(strings.Repeat(" ", 5<<20))})
		if err != nil {
			t.Fatal(err)
		}
		request.ContentLength = -1
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Authorization", "Bearer "+h.key(auth.TownOfficial))
		if a := h.send(request); a.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%d %s", a.StatusCode, a.body)
		}
	})
}

func TestRequest_Problem(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		key := "Bearer " + h.key(auth.TownOfficial)
		body := strings.Replace(goodUser, `"李"`, `""`, 1)
		for language, want := range map[string]string{
			"":                    "有几项填写不对，请按提示修改。 / 至少要有 1 个字。",
			"en-GB,zh;q=0.5":      "Some fields are wrong. Please correct them as shown. / This must have at least 1 character.",
			"zh-CN":               "有几项填写不对，请按提示修改。 / 至少要有 1 个字。",
			"fr, en;q=0.1, *;q=0": "Some fields are wrong. Please correct them as shown. / This must have at least 1 character.",
		} {
			a := h.ask("POST", prefix+"/users", body, "Authorization", key, "Accept-Language", language)
			p := a.problem(t)
			if p.Errors == nil || len(*p.Errors) != 1 {
				t.Fatalf("%s", a.body)
			}
			detail := (*p.Errors)[0]
			if got := p.Detail + " / " + detail.Detail; got != want {
				t.Errorf("%q: %s", language, got)
			}
			if detail.Code != "rule.min_length" || *detail.Pointer != "/name" {
				t.Errorf("detail %s at %s", detail.Code, *detail.Pointer)
			}
			if *p.RequestId == "" || *p.RequestId != a.Header.Get("X-Request-Id") {
				t.Errorf("request id %s", *p.RequestId)
			}
		}
	})
}

func TestRoutes(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		key := h.key(auth.Cleaner)
		tests := []struct {
			method, path string
			status       int
			code         string
		}{
			{"GET", "/api/v1/nothing", 404, "request.unknown_route"},
			{"POST", "/api/v1/nothing", 404, "request.unknown_route"},
			{"GET", "/api", 404, "request.unknown_route"},
			{"GET", "/api/v2/session", 404, "request.unknown_route"},
			{"GET", "/api/v1/households/1", 403, "role.not_allowed"},
			{"GET", "/api/v1/divisions/1", 404, "request.unknown_route"},
			{"PUT", "/api/v1/divisions", 405, "request.method_not_allowed"},
			{"GET", "/api/v1/drop-offs:batch", 405, "request.method_not_allowed"},
			{"POST", "/api/v1/drop-offs:batch", 415, "request.wrong_media_type"},
			{"POST", "/api/v1/drop-offs:other", 404, "request.unknown_route"},
			{"POST", "/api/v1/drop-offs", 415, "request.wrong_media_type"},
			{"DELETE", "/", 404, "request.unknown_route"},
		}
		for _, test := range tests {
			a := h.ask(test.method, test.path, "", "Authorization", "Bearer "+key)
			if p := a.problem(t); a.StatusCode != test.status || p.Code != test.code {
				t.Errorf("%s %s: %d %s", test.method, test.path, a.StatusCode, p.Code)
			}
		}
		if a := h.ask("PUT", "/api/v1/divisions", ""); !strings.Contains(a.Header.Get("Allow"), "POST") {
			t.Errorf("Allow: %q", a.Header.Get("Allow"))
		}
		if a := h.ask("OPTIONS", "/api/v1/divisions", ""); a.StatusCode != http.StatusNoContent || a.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("OPTIONS: %d %v", a.StatusCode, a.Header)
		}
		if a := h.ask("HEAD", "/healthz", ""); a.StatusCode != http.StatusOK || a.body != "" {
			t.Errorf("HEAD: %d %q", a.StatusCode, a.body)
		}
		if a := h.ask("HEAD", "/api/v1/divisions", ""); a.StatusCode != http.StatusUnauthorized || a.body != "" {
			t.Errorf("HEAD: %d %q", a.StatusCode, a.body)
		}
	})
}

func TestErrors(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		lost := fault.New(fault.Unavailable, "server.unavailable").Because(fmt.Errorf("commit: %w", database.ErrOutcomeUnknown))
		h.serve(func(e *echo.Echo) {
			e.GET("/test/panic", func(echo.Context) error { panic("secret") })
			e.GET("/test/internal", func(echo.Context) error { return errors.New("secret") })
			e.GET("/test/lost", func(echo.Context) error { return fmt.Errorf("record: %w", lost) })
			e.GET("/test/away", func(echo.Context) error {
				return fmt.Errorf("read session: %w", &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED})
			})
			e.GET("/test/full", func(echo.Context) error { return &mysql.MySQLError{Number: 1040, Message: "Too many connections"} })
			e.GET("/test/broken", func(c echo.Context) error {
				c.Response().WriteHeader(200)
				c.Response().Write([]byte("half of"))
				c.Response().Flush()
				panic("secret")
			})
		})
		for path, status := range map[string]int{"/test/panic": 500, "/test/internal": 500, "/test/lost": 503, "/test/away": 503, "/test/full": 503} {
			a := h.ask("GET", path, "", "Accept-Language", "en")
			p := a.problem(t)
			if a.StatusCode != status || strings.Contains(a.body, "secret") || status == 500 && !strings.Contains(p.Detail, *p.RequestId) {
				t.Errorf("%s: %d %s", path, a.StatusCode, a.body)
			}
			if (status == 503) != (a.Header.Get("Retry-After") != "") {
				t.Errorf("%s: Retry-After %q", path, a.Header.Get("Retry-After"))
			}
		}
		if response, err := http.Get(h.http.URL + "/test/broken"); err == nil {
			if _, err := response.Body.Read(make([]byte, 100)); err == nil {
				_, err = response.Body.Read(make([]byte, 100))
				if err == nil || err.Error() == "EOF" {
					t.Error("a broken answer looks whole")
				}
			}
		}
	})
}

func TestHealth(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		if a := h.ask("GET", "/healthz", ""); a.StatusCode != http.StatusOK {
			t.Errorf("healthz: %d", a.StatusCode)
		}
		// The databases of tests forget on power loss, and readyz says so.
		a := h.ask("GET", "/readyz", "")
		durability, err := h.server.DB.Durability(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if (a.StatusCode == http.StatusOK) != durability.OK() {
			t.Errorf("readyz: %d %s", a.StatusCode, a.body)
		}
		for _, problem := range durability.Problems {
			if !strings.Contains(a.body, problem) {
				t.Errorf("readyz does not say %q: %s", problem, a.body)
			}
		}
		if err := h.server.DB.Write.Exec("DELETE FROM goose_db_version WHERE version_id > 5").Error; err != nil {
			t.Fatal(err)
		}
		if a := h.ask("GET", "/readyz", ""); a.StatusCode != http.StatusServiceUnavailable || !strings.Contains(a.body, "schema is at 5") {
			t.Errorf("readyz: %d %s", a.StatusCode, a.body)
		}
	})
}

func TestMetrics(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		h.ask("GET", "/c/0123456789ABCDEFGH", "")
		h.ask("GET", "/api/v1/divisions/0198a0b0-0000-7000-8000-000000000001", "")
		h.server.Metrics.ObserveGroup(12)
		a := h.ask("GET", "/metrics", "")
		for _, want := range []string{
			`hufen_http_request_seconds_count{method="GET",route="/c/:code",status="404"} 1`,
			`hufen_http_request_seconds_count{method="GET",route="/api/v1/divisions/:id",status="401"} 1`,
			`hufen_group_size_sum 12`, "go_goroutines", `go_sql_open_connections{db_name="write"}`,
		} {
			if !strings.Contains(a.body, want) {
				t.Errorf("no %s", want)
			}
		}
		for _, secret := range []string{"0123456789ABCDEFGH", "0198a0b0"} {
			if strings.Contains(a.body, secret) {
				t.Errorf("the metrics know %s", secret)
			}
		}
	})
}

func TestDocs(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		a := h.ask("GET", "/api/docs", "")
		for _, o := range operations(t) {
			if !strings.Contains(a.body, `<article id="`+o.ID+`">`) {
				t.Errorf("%s is not documented", o.ID)
			}
		}
		for _, forbidden := range []string{"<script", "style=", "<style", "http://", "https://"} {
			if strings.Contains(a.body, forbidden) {
				t.Errorf("the page has %s", forbidden)
			}
		}
		if a := h.ask("GET", "/api/docs.css", ""); a.Header.Get("Content-Type") != "text/css; charset=utf-8" {
			t.Errorf("style sheet: %s", a.Header.Get("Content-Type"))
		}
		if a := h.ask("GET", prefix+"/openapi.yaml", ""); !strings.HasPrefix(a.body, "openapi: 3.0.3") {
			t.Errorf("contract: %d %.40s", a.StatusCode, a.body)
		}
	})
}
