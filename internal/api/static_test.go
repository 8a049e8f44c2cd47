package api

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/labstack/echo/v4"
)

const (
	goodCode     = "0000000000000000"
	oldPhoneHTML = "text/html,application/xhtml+xml,*/*;q=0.8"
)

func builtFrontEnd(t *testing.T) http.Handler {
	t.Helper()
	files, err := openFrontEnd(fstest.MapFS{
		".keep":                {},
		"index.html":           {Data: []byte("<!doctype html>shell")},
		"index.html.gz":        {Data: []byte("gz shell")},
		"index.html.br":        {Data: []byte("br shell")},
		"sw.js":                {Data: []byte("worker")},
		"assets/app-1a2b.js":   {Data: []byte("app")},
		"manifest.webmanifest": {Data: []byte("{}")},
	})
	if err != nil {
		t.Fatal(err)
	}
	e := echo.New()
	e.HTTPErrorHandler = answerError
	files.route(e)
	return e
}

func TestFrontEnd(t *testing.T) {
	handler := builtFrontEnd(t)
	tests := []struct {
		name, path, accept, encoding string
		status                       int
		body, cache, contentType     string
	}{
		{"Root", "/", oldPhoneHTML, "", 200, "<!doctype html>shell", "no-cache", "text/html; charset=utf-8"},
		{"Brotli", "/", oldPhoneHTML, "gzip, deflate, br", 200, "br shell", "no-cache", "text/html; charset=utf-8"},
		{"Gzip", "/", oldPhoneHTML, "gzip", 200, "gz shell", "no-cache", "text/html; charset=utf-8"},
		{"NoBrotli", "/", oldPhoneHTML, "br;q=0, gzip;q=0.5", 200, "gz shell", "no-cache", "text/html; charset=utf-8"},
		{"Page", "/cleaner/today", oldPhoneHTML, "", 200, "<!doctype html>shell", "no-cache", "text/html; charset=utf-8"},
		{"Worker", "/sw.js", "*/*", "br", 200, "worker", "no-cache", "text/javascript; charset=utf-8"},
		{"Asset", "/assets/app-1a2b.js", "*/*", "br", 200, "app", "public, max-age=31536000, immutable", "text/javascript; charset=utf-8"},
		{"Manifest", "/manifest.webmanifest", "*/*", "", 200, "{}", "no-cache", "application/manifest+json"},
		{"OldAsset", "/assets/app-0000.js", "*/*", "", 404, "", "no-store", problemType},
		{"NotAPage", "/cleaner/today", "application/json", "", 404, "", "no-store", problemType},
		{"Twin", "/index.html.br", "*/*", "", 404, "", "no-store", problemType},
		{"Up", "/../go.mod", "*/*", "", 404, "", "no-store", problemType},
		{"Keep", "/.keep", "*/*", "", 404, "", "no-store", problemType},
		{"MistypedCard", "/c/0123456789ABCDEFGH", oldPhoneHTML, "", 404, "<!doctype html>shell", "no-cache", "text/html; charset=utf-8"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			request := httptest.NewRequest("GET", test.path, nil)
			request.Header.Set("Accept", test.accept)
			request.Header.Set("Accept-Encoding", test.encoding)
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, request)
			if w.Code != test.status || w.Header().Get("Content-Type") != test.contentType || w.Header().Get("Cache-Control") != test.cache {
				t.Errorf("%d %v", w.Code, w.Header())
			}
			if test.body != "" && w.Body.String() != test.body {
				t.Errorf("%q", w.Body)
			}
		})
	}
}

func TestFrontEnd_NotModified(t *testing.T) {
	handler := builtFrontEnd(t)
	first := httptest.NewRecorder()
	handler.ServeHTTP(first, httptest.NewRequest("GET", "/sw.js", nil))
	again := httptest.NewRequest("GET", "/sw.js", nil)
	again.Header.Set("If-None-Match", first.Header().Get("ETag"))
	second := httptest.NewRecorder()
	handler.ServeHTTP(second, again)
	if second.Code != http.StatusNotModified {
		t.Errorf("%d", second.Code)
	}
}

// Cards that live, are dead or were never made look the same, to the byte; the
// database is not asked, which is closed here.
func TestCard(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		if err := h.server.DB.Close(); err != nil {
			t.Fatal(err)
		}
		var first answer
		for i, path := range []string{"/c/" + goodCode + "00", "/C/" + goodCode + "00", "/c/0000-0000-0000-0000-00"} {
			a := h.ask("GET", path, "", "Accept", oldPhoneHTML)
			a.Header.Del("Date")
			a.Header.Del("X-Request-Id")
			if i == 0 {
				first = a
			}
			if a.StatusCode != http.StatusOK || a.body != first.body || len(a.Header) != len(first.Header) {
				t.Errorf("%s: %d %v", path, a.StatusCode, a.Header)
			}
			for name := range first.Header {
				if a.Header.Get(name) != first.Header.Get(name) {
					t.Errorf("%s: %s differs", path, name)
				}
			}
		}
		mistyped := h.ask("GET", "/c/"+goodCode+"01", "", "Accept", oldPhoneHTML)
		if mistyped.StatusCode != http.StatusNotFound || mistyped.body != first.body {
			t.Errorf("mistyped: %d %q", mistyped.StatusCode, mistyped.body)
		}
	})
}

// A program built without the front end says so instead of an empty page.
func TestFrontEnd_NotBuilt(t *testing.T) {
	files, err := openFrontEnd(fstest.MapFS{".keep": {}})
	if err != nil {
		t.Fatal(err)
	}
	shell, err := io.ReadAll(files[shellName].encodings[""].open())
	if err != nil || !strings.Contains(string(shell), "make") {
		t.Errorf("%q %v", shell, err)
	}
}
