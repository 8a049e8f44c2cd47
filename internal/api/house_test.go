package api

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"hufen/internal/adjustment"
	"hufen/internal/auth"
	"hufen/internal/budget"
	"hufen/internal/closing"
	"hufen/internal/collection"
	"hufen/internal/config"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/division"
	"hufen/internal/dropoff"
	"hufen/internal/expiry"
	"hufen/internal/household"
	"hufen/internal/id"
	"hufen/internal/intake"
	"hufen/internal/redemption"
	"hufen/internal/report"
	"hufen/internal/settlement"
	"hufen/internal/succession"
	"hufen/internal/trace"
	"hufen/migrations"
)

// house is a running service over a real database, spoken to over HTTP.
type house struct {
	t       *testing.T
	server  *Server
	http    *httptest.Server
	town    division.Division
	village division.Division
}

// forEach runs a test on a house of each dialect. The environment adds to or
// replaces settings.
func forEach(t *testing.T, environment map[string]string, test func(t *testing.T, h *house)) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) { test(t, newHouse(t, db, environment)) })
}

func newHouse(t *testing.T, db *database.DB, environment map[string]string) *house {
	t.Helper()
	settings := map[string]string{"DATA_DIR": t.TempDir(), "RATE_PER_SECOND": "0", "SCAN_RATE_PER_MINUTE": "0"}
	for name, value := range environment {
		settings[name] = value
	}
	cfg, err := config.From(settings)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, server: newServer(t, cfg, confined(t, db))}
	h.found()
	h.serve()
	return h
}

// confined opens a MariaDB database as an account that may change no row of what
// happened, as a careful operator would. SQLite knows no accounts.
func confined(t *testing.T, db *database.DB) *database.DB {
	t.Helper()
	if db.Dialect == database.SQLite {
		return db
	}
	client, _, err := database.ClientOf(dbtest.URL(db))
	if err != nil {
		t.Fatal(err)
	}
	var tables []string
	if err := db.Read.Raw("SELECT table_name FROM information_schema.tables WHERE table_schema = ?", client.Name).Scan(&tables).Error; err != nil {
		t.Fatal(err)
	}
	account := "'" + client.Name + "'@'localhost'"
	statements := append([]string{"CREATE USER " + account + " IDENTIFIED BY 'confined'"}, migrations.Grants(client.Name, account, tables)...)
	for _, statement := range statements {
		if err := db.Write.Exec(statement).Error; err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	t.Cleanup(func() { db.Write.Exec("DROP USER " + account) })
	return dbtest.Open(t, "mysql://"+client.Name+":confined@unix("+client.Address+")/"+client.Name)
}

// newServer builds what internal/app builds, over a database that is there.
func newServer(t *testing.T, c config.Config, db *database.DB) *Server {
	t.Helper()
	keys, err := household.OpenKeys(c.DataDir)
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Config: c, DB: db, Metrics: NewMetrics(db), Divisions: division.New(db, c.Zone)}
	s.Auth = auth.New(db, s.Divisions, auth.Config{
		Secret: keys.Derive("one-time codes"), LoginAttempts: c.LoginAttempts, AddressAttempts: c.LoginAddressLimit,
		LoginWindow: c.LoginWindow, SessionIdle: c.SessionIdle,
	})
	s.Households = household.New(db, s.Divisions, keys, household.Config{
		Zone: c.Zone, PINAttempts: c.PINAttempts, AddressAttempts: c.LoginAddressLimit, PINWindow: c.PINWindow,
	})
	s.Collection = collection.New(db, s.Divisions, c.Zone)
	s.DropOffs = dropoff.New(db, s.Divisions, c.Zone)
	s.Redemptions = redemption.New(db, s.Divisions, s.Households, c.Zone)
	s.Settlements = settlement.New(db, s.Divisions, c.Zone)
	s.Budgets = budget.New(db, s.Divisions, c.Zone)
	s.Closings = closing.New(db, s.Divisions, c.Zone, closing.Sources{})
	s.Adjustments = adjustment.New(db, s.Divisions, s.DropOffs, s.Redemptions, c.Zone)
	s.Successions = succession.New(db, s.Divisions, s.Households, c.Zone)
	s.Traces = trace.New(db, s.Divisions, c.Zone)
	s.Expiries = expiry.New(db, s.Divisions, s.Households, c.Zone)
	s.Reports = report.New(db, s.Divisions, c.Zone)
	s.Intake = intake.New(intake.Services{DB: db, Auth: s.Auth, Divisions: s.Divisions, Households: s.Households, Collection: s.Collection})
	t.Cleanup(func() {
		s.Intake.Close()
		s.Adjustments.Close()
		s.DropOffs.Close()
		s.Redemptions.Close()
		s.Settlements.Close()
		s.Successions.Close()
		s.Expiries.Close()
	})
	return s
}

// found makes a town with a village.
func (h *house) found() {
	h.t.Helper()
	for _, in := range []division.NewDivision{
		{Level: division.Province, Name: "陕西省", Code: "61"},
		{Level: division.City, Name: "铜川市", Code: "6102"},
		{Level: division.District, Name: "耀州区", Code: "610204"},
		{Level: division.Town, Name: "照金镇", Code: "610204107"},
		{Level: division.Village, Name: "杨山村", Code: "610204107201"},
	} {
		in.ID, in.ParentID, h.town = id.New(), h.village.ID, h.village
		var err error
		if h.village, _, err = h.server.Divisions.Create(h.t.Context(), auth.SystemActor("test"), in); err != nil {
			h.t.Fatal(err)
		}
	}
}

// serve starts answering; edit may add routes.
func (h *house) serve(edit ...func(*echo.Echo)) {
	h.t.Helper()
	doc, err := document()
	if err != nil {
		h.t.Fatal(err)
	}
	e, err := h.server.router(doc)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, f := range edit {
		f(e)
	}
	h.http = httptest.NewServer(headAsGet(e))
	h.t.Cleanup(h.http.Close)
}

// key makes a machine with a role in the village or above and returns its key.
func (h *house) key(role auth.Role) string {
	h.t.Helper()
	admin := auth.SystemActor("test")
	in := auth.RoleInput{Role: role, DivisionID: h.village.ID}
	switch role {
	case auth.Shopkeeper:
		in.DivisionID, in.ShopID = h.town.ID, h.shop()
	case auth.TownOfficial, auth.Finance:
		in.DivisionID = h.town.ID
	case auth.DistrictOfficial, auth.Auditor, auth.Administrator:
		in.DivisionID = h.town.ParentID
	}
	user, _, err := h.server.Auth.CreateUser(h.t.Context(), admin, auth.NewUser{
		ID: id.New(), Login: "machine-" + id.New().String(), Name: "秤", Kind: auth.Machine, Role: in,
	})
	if err != nil {
		h.t.Fatal(role, err)
	}
	_, key, err := h.server.Auth.CreateAPIKey(h.t.Context(), admin, auth.NewAPIKey{ID: id.New(), UserID: user.ID, Name: "test"})
	if err != nil {
		h.t.Fatal(err)
	}
	return key
}

// shop opens a shop in the town.
func (h *house) shop() id.ID {
	h.t.Helper()
	shop := id.New()
	err := h.server.DB.Write.Exec("INSERT INTO shops (id, division_id, name, opened_on, updated_at) VALUES (?,?,?,?,?)",
		shop, h.town.ID, "积分超市", 20260101, 0).Error
	if err != nil {
		h.t.Fatal(err)
	}
	return shop
}

const password = "杏花村里的第七口井"

// signIn makes a town official and returns the cookies of a session.
func (h *house) signIn() []*http.Cookie {
	h.t.Helper()
	login := "official-" + id.New().String()[24:]
	_, _, err := h.server.Auth.CreateUser(h.t.Context(), auth.SystemActor("test"), auth.NewUser{
		ID: id.New(), Login: login, Name: "镇干部", Kind: auth.Person, Password: password,
		Role: auth.RoleInput{Role: auth.TownOfficial, DivisionID: h.town.ID},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	token, _, err := h.server.Auth.SignIn(h.t.Context(), auth.SignIn{Login: login, Password: password, Address: "127.0.0.1"})
	if err != nil {
		h.t.Fatal(err)
	}
	return []*http.Cookie{{Name: h.server.cookieName(), Value: token}}
}

// answer is what came back.
type answer struct {
	*http.Response
	body string
}

// waits reports whether the answer tells to wait for so many seconds; the clock
// goes on while it is on its way.
func (a answer) waits(from, to int) bool {
	n, err := strconv.Atoi(a.Header.Get("Retry-After"))
	return err == nil && from <= n && n <= to
}

func (a answer) problem(t *testing.T) Problem {
	t.Helper()
	var p Problem
	if err := json.Unmarshal([]byte(a.body), &p); err != nil || a.Header.Get("Content-Type") != problemType {
		t.Fatalf("%d %s is no problem: %s", a.StatusCode, a.Header.Get("Content-Type"), a.body)
	}
	return p
}

// ask sends a request; with names and values of headers in turn.
func (h *house) ask(method, path, body string, headers ...string) answer {
	h.t.Helper()
	request, err := http.NewRequestWithContext(h.t.Context(), method, h.http.URL+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	request.Header.Set("Accept-Encoding", "identity")
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	return h.send(request)
}

func (h *house) send(request *http.Request) answer {
	h.t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		h.t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return answer{response, string(content)}
}
