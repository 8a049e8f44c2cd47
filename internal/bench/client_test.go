package bench

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestClient(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		cookie, err := r.Cookie("hufen")
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		if r.URL.Path == "/long" { // net/http answers in chunks
			for range 3 {
				fmt.Fprint(w, strings.Repeat("x", 5000))
				w.(http.Flusher).Flush()
			}
			return
		}
		fmt.Fprintf(w, "%s %s %s %s", r.Method, r.URL.Path, cookie.Value, body)
	}))
	defer server.Close()
	c, err := dial(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for _, test := range []struct {
		request request
		status  int
		body    string
	}{
		{request{method: "GET", path: "/a", cookie: "secret"}, 200, "GET /a secret "},
		{request{method: "POST", path: "/b", cookie: "secret", body: []byte(`{"n":1}`)}, 200, `POST /b secret {"n":1}`},
		{request{method: "GET", path: "/long", cookie: "secret"}, 200, strings.Repeat("x", 15_000)},
		{request{method: "GET", path: "/c"}, 200, "GET /c  "},
	} {
		a, err := c.do(&test.request)
		if err != nil {
			t.Fatal(err)
		}
		if a.status != test.status || string(a.body) != test.body {
			t.Errorf("%s %s: %d %.80q", test.request.method, test.request.path, a.status, a.body)
		}
	}
}

func TestLoop(t *testing.T) {
	odd := errors.New("odd")
	l := loop{callers: 3, duration: 30 * time.Millisecond, caller: func() (func() (int, error), func(), error) {
		n := 0
		return func() (int, error) {
			if n++; n == 5 {
				return 0, odd
			}
			time.Sleep(time.Millisecond)
			return 2, nil
		}, func() {}, nil
	}}
	got, err := l.run(t.Context(), processes{})
	if err != nil {
		t.Fatal(err)
	}
	if got.wrong != 3 || !errors.Is(got.first, odd) {
		t.Errorf("%d wrong, one with %v", got.wrong, got.first)
	}
	if got.units == 0 || got.units%2 != 0 || len(got.latencies) < got.units/2 {
		t.Errorf("%d units, %d latencies", got.units, len(got.latencies))
	}
}

func TestTally_Quantile(t *testing.T) {
	var empty tally
	if got := empty.quantile(0.99); got != 0 {
		t.Errorf("of nothing %v", got)
	}
	var hundred tally
	for i := range 100 {
		hundred.latencies = append(hundred.latencies, time.Duration(i+1))
	}
	for q, want := range map[float64]time.Duration{0: 1, 0.5: 51, 0.99: 100, 1: 100} {
		if got := hundred.quantile(q); got != want {
			t.Errorf("quantile %v is %d, want %d", q, got, want)
		}
	}
}
