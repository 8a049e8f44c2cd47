package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/division"
	"hufen/internal/household"
	"hufen/internal/id"
)

// browser keeps the cookies of one person.
type browser struct {
	h      *house
	cookie string
}

// ask sends a request from the service's own pages.
func (b *browser) ask(method, path, body string) answer {
	b.h.t.Helper()
	headers := []string{"Sec-Fetch-Site", "same-origin", "User-Agent", "Firefox auf dem Feld", "Accept-Language", "en"}
	if b.cookie != "" {
		headers = append(headers, "Cookie", b.cookie)
	}
	a := b.h.ask(method, prefix+path, body, headers...)
	for _, c := range a.Cookies() {
		if c.Name == b.h.server.cookieName() {
			b.cookie = c.Name + "=" + c.Value
		}
	}
	return a
}

// does expects a status, and decodes the answer into it.
func (b *browser) does(method, path, body string, status int, into any) {
	b.h.t.Helper()
	a := b.ask(method, path, body)
	if a.StatusCode != status {
		b.h.t.Fatalf("%s %s: %d %s", method, path, a.StatusCode, a.body)
	}
	if into == nil {
		return
	}
	reflect.ValueOf(into).Elem().SetZero()
	if err := json.Unmarshal([]byte(a.body), into); err != nil {
		b.h.t.Fatal(err)
	}
}

// isRefused expects a problem.
func (b *browser) isRefused(method, path, body string, status int, code, pointer string) {
	b.h.t.Helper()
	a := b.ask(method, path, body)
	if p := a.problem(b.h.t); p.Status != status || p.Code != code || orZero(p.Pointer) != pointer {
		b.h.t.Errorf("%s %s: %s, want %d %s at %q", method, path, a.body, status, code, pointer)
	}
}

func (h *house) person(login string, role auth.RoleInput) auth.User {
	h.t.Helper()
	user, _, err := h.server.Auth.CreateUser(h.t.Context(), auth.SystemActor("test"), auth.NewUser{
		ID: id.New(), Login: login, Name: "某 " + login, Kind: auth.Person, Password: password, Role: role,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return user
}

// signedIn returns the browser of a new person.
func (h *house) signedIn(login string, role auth.RoleInput) *browser {
	h.t.Helper()
	h.person(login, role)
	b := &browser{h: h}
	b.does("POST", "/session", fmt.Sprintf(`{"login":%q,"password":%q}`, login, password), 200, nil)
	return b
}

func TestSession(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		shop := h.shop()
		h.person("zhang", auth.RoleInput{Role: auth.Shopkeeper, ShopID: shop})
		b := &browser{h: h}
		b.isRefused("GET", "/session", "", 401, "session.needed", "")
		b.isRefused("POST", "/session", `{"login":"nobody","password":"x"}`, 401, "session.wrong_login", "")
		b.isRefused("POST", "/session", `{"login":"zhang","password":"x"}`, 401, "session.wrong_login", "")
		var session Session
		b.does("POST", "/session", fmt.Sprintf(`{"login":"Zhang","password":%q}`, password), 200, &session)
		if session.CsrfToken != "" || session.Kind != SessionKindUser || session.User.Login != "zhang" || len(session.Roles) != 1 ||
			session.Roles[0].Shop.Name != "积分超市" || session.Roles[0].Division.Id != h.town.ID || session.Settings.UndoMinutes != 10 {
			t.Errorf("got %+v", session)
		}
		b.does("GET", "/session", "", 200, &session)

		var devices DeviceList
		other := &browser{h: h}
		other.does("POST", "/session", fmt.Sprintf(`{"login":"zhang","password":%q}`, password), 200, nil)
		b.does("GET", "/sessions", "", 200, &devices)
		current := 0
		for _, d := range devices.Items {
			if d.Current {
				current++
			} else {
				b.does("DELETE", "/sessions/"+d.Id.String(), "", 204, nil)
			}
		}
		if len(devices.Items) != 2 || current != 1 || devices.Items[0].Device != "Firefox auf dem Feld" {
			t.Errorf("got %+v", devices)
		}
		other.isRefused("GET", "/session", "", 401, "session.over", "")

		b.isRefused("PUT", "/session/password", `{"old":"x","new":"井水清甜 2026"}`, 422, "session.wrong_password", "/old")
		b.isRefused("PUT", "/session/password", fmt.Sprintf(`{"old":%q,"new":"12345678"}`, password), 422, "user.password_weak", "/new")
		b.does("PUT", "/session/password", fmt.Sprintf(`{"old":%q,"new":"井水清甜 2026"}`, password), 204, nil)
		b.does("DELETE", "/session", "", 204, nil)
		b.isRefused("GET", "/session", "", 401, "session.needed", "")
		b.does("POST", "/session", `{"login":"zhang","password":"井水清甜 2026"}`, 200, nil)
	})
}

func TestSession_Throttle(t *testing.T) {
	forEach(t, map[string]string{"LOGIN_ATTEMPTS": "2"}, func(t *testing.T, h *house) {
		b := &browser{h: h}
		for range 2 {
			b.isRefused("POST", "/session", `{"login":"nobody","password":"x"}`, 401, "session.wrong_login", "")
		}
		a := b.ask("POST", "/session", `{"login":"nobody","password":"x"}`)
		if p := a.problem(t); p.Status != 429 || !a.waits(890, 900) || !strings.Contains(p.Detail, "15 minutes") {
			t.Errorf("%s, %v", a.body, a.Header)
		}
	})
}

func TestTotp(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		b := h.signedIn("li", auth.RoleInput{Role: auth.TownOfficial, DivisionID: h.town.ID})
		var secret TotpSecret
		b.does("POST", "/session/totp", "", 200, &secret)
		code := func(steps int) string {
			code, err := totp.GenerateCode(secret.Secret, time.Now().Add(time.Duration(steps)*30*time.Second))
			if err != nil {
				t.Fatal(err)
			}
			return code
		}
		b.isRefused("PUT", "/session/totp", `{"code":"000000"}`, 422, "totp.wrong_code", "/code")
		b.does("PUT", "/session/totp", fmt.Sprintf(`{"code":%q}`, code(-1)), 204, nil)
		again := &browser{h: h}
		again.isRefused("POST", "/session", fmt.Sprintf(`{"login":"li","password":%q}`, password), 401, "session.code_needed", "")
		var session Session
		again.does("POST", "/session", fmt.Sprintf(`{"login":"li","password":%q,"code":%q}`, password, code(0)), 200, &session)
		if !*session.Totp || !strings.HasPrefix(orZero(secret.QrSvg), "<svg") || !strings.HasPrefix(secret.Uri, "otpauth://totp/Hufen:li?") {
			t.Errorf("got %+v, %+v", session, secret)
		}
		again.does("DELETE", "/session/totp", fmt.Sprintf(`{"code":%q}`, code(1)), 204, nil)
	})
}

// Whatever is wrong, a stranger with a card hears the same.
func TestOpenHousehold(t *testing.T) {
	forEach(t, map[string]string{"PIN_ATTEMPTS": "20"}, func(t *testing.T, h *house) {
		keys, err := household.OpenKeys(h.server.Config.DataDir)
		if err != nil {
			t.Fatal(err)
		}
		h.server.Households = household.New(h.server.DB, h.server.Divisions, keys, household.Config{
			Zone: calendar.Shanghai, PINAttempts: 20, AddressAttempts: 100, PINWindow: time.Minute,
		})
		system := auth.SystemActor("test")
		home, _, err := h.server.Households.Register(t.Context(), system, household.NewHousehold{
			ID: id.New(), DivisionID: h.village.ID, HouseNumber: "12", HeadName: "张桂芳", MemberCount: 3,
		})
		if err != nil {
			t.Fatal(err)
		}
		card, _, err := h.server.Households.Issue(t.Context(), system, household.NewCard{ID: id.New(), HouseholdID: home.ID, PIN: "4071"})
		if err != nil {
			t.Fatal(err)
		}
		code := keys.Code(card.ID, card.Version).String()
		request := func(code, pin string) string { return fmt.Sprintf(`{"card_code":%q,"pin":%q}`, code, pin) }
		b := &browser{h: h}
		b.isRefused("POST", "/session/household", request(code, "4072"), 401, "household.wrong_sign_in", "")
		unknown := keys.Code(id.New(), 1).String()
		b.isRefused("POST", "/session/household", request(unknown, "4071"), 401, "household.wrong_sign_in", "")
		b.isRefused("POST", "/session/household", request("0000-0000-0000-0000-01", "4071"), 422, "card.mistyped", "")
		var session Session
		b.does("POST", "/session/household", request(code, "4071"), 200, &session)
		if session.Kind != SessionKindHousehold || session.Household.MaskedName != "张*芳" || len(session.Roles) != 0 || session.User != nil {
			t.Errorf("got %+v", session)
		}
		b.does("GET", "/session", "", 200, &session)
		b.isRefused("GET", "/users", "", 403, "role.not_allowed", "")
		b.does("DELETE", "/session", "", 204, nil)
	})
}

func TestUsers(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		b := h.signedIn("official", auth.RoleInput{Role: auth.TownOfficial, DivisionID: h.town.ID})
		shop, userID, grantID := h.shop(), id.New(), id.New()
		create := fmt.Sprintf(`{"id":%q,"login":"li.fang","name":"李芳","kind":"person","password":%q,"role":{"role":"cleaner","division_id":%q}}`, userID, password, h.village.ID)
		var user User
		b.does("POST", "/users", create, http.StatusCreated, &user)
		b.does("POST", "/users", create, http.StatusOK, &user)
		if user.Login != "li.fang" || user.Roles[0].Division.Name != "杨山村" {
			t.Errorf("got %+v", user)
		}
		b.isRefused("POST", "/users", strings.Replace(create, "李芳", "李四", 1), 409, "request.id_reused", "/id")
		b.isRefused("POST", "/users", strings.Replace(create, userID.String(), id.New().String(), 1), 409, "user.login_taken", "/login")
		b.isRefused("POST", "/users", strings.Replace(strings.Replace(create, userID.String(), id.New().String(), 1), "cleaner", "finance", 1), 422, "role.wrong_level.finance", "/role/division_id")

		grant := fmt.Sprintf(`{"id":%q,"role":{"role":"shopkeeper","shop_id":%q}}`, grantID, shop)
		path := "/users/" + userID.String()
		b.does("POST", path+"/roles", grant, http.StatusCreated, &user)
		b.does("POST", path+"/roles", grant, http.StatusOK, &user)
		if len(user.Roles) != 2 || user.Roles[1].Shop.Name != "积分超市" {
			t.Errorf("got %+v", user.Roles)
		}
		b.does("DELETE", path+"/roles/"+grantID.String(), "", 204, nil)
		b.isRefused("DELETE", path+"/roles/"+grantID.String(), "", 404, "role.unknown", "")
		b.does("PATCH", path, `{"name":"李小芳","disabled":true}`, 200, &user)
		if user.Name != "李小芳" || !user.Disabled {
			t.Errorf("got %+v", user)
		}
		b.does("GET", path, "", 200, &user)
		if user.Devices == nil || len(*user.Devices) != 0 {
			t.Errorf("got %+v", user)
		}
		b.isRefused("GET", "/users/"+id.New().String(), "", 404, "user.unknown", "")

		var list UserList
		b.does("GET", "/users?limit=1", "", 200, &list)
		first := list.Items[0].Login
		b.does("GET", "/users?limit=1&cursor="+*list.NextCursor, "", 200, &list)
		if len(list.Items) != 1 || list.Items[0].Login == first {
			t.Errorf("got %+v after %s", list, first)
		}
		b.does("GET", "/users?q=li.f", "", 200, &list)
		if len(list.Items) != 1 || list.NextCursor != nil {
			t.Errorf("got %+v", list)
		}
	})
}

func TestApiKeys(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		b := h.signedIn("official", auth.RoleInput{Role: auth.TownOfficial, DivisionID: h.town.ID})
		userID, keyID := id.New(), id.New()
		b.does("POST", "/users", fmt.Sprintf(`{"id":%q,"login":"scale","name":"地磅","kind":"machine","role":{"role":"cadre","division_id":%q}}`, userID, h.village.ID), 201, nil)
		var key ApiKey
		create := fmt.Sprintf(`{"id":%q,"user_id":%q,"name":"一号磅"}`, keyID, userID)
		b.does("POST", "/api-keys", create, 201, &key)
		b.isRefused("POST", "/api-keys", create, 409, "key.shown", "/id")
		secret := orZero(key.Key)
		if a := h.ask("GET", prefix+"/divisions", "", "Authorization", "Bearer "+secret); a.StatusCode != 200 || !strings.Contains(a.body, "杨山村") {
			t.Errorf("%d %s", a.StatusCode, a.body)
		}
		var list ApiKeyList
		b.does("GET", "/api-keys", "", 200, &list)
		if len(list.Items) != 1 || list.Items[0].Key != nil || list.Items[0].User.Login != "scale" {
			t.Errorf("got %+v", list)
		}
		b.does("DELETE", "/api-keys/"+keyID.String(), "", 204, nil)
		if a := h.ask("GET", prefix+"/divisions", "", "Authorization", "Bearer "+secret); a.StatusCode != 401 {
			t.Errorf("a revoked key: %d %s", a.StatusCode, a.body)
		}
	})
}

func TestDivisions(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		b := h.signedIn("official", auth.RoleInput{Role: auth.TownOfficial, DivisionID: h.town.ID})
		groupID, today := id.New(), h.server.Divisions.Today()
		create := fmt.Sprintf(`{"id":%q,"parent_id":%q,"level":"group","name":"一组"}`, groupID, h.village.ID)
		var d Division
		b.does("POST", "/divisions", create, 201, &d)
		b.does("POST", "/divisions", create, 200, &d)
		if d.Name != "一组" || *d.ParentId != h.village.ID || *d.Households != 0 || len(*d.Ancestors) != 3 || (*d.Ancestors)[0].Name != "耀州区" {
			t.Errorf("got %+v", d)
		}
		b.does("PATCH", "/divisions/"+groupID.String(), fmt.Sprintf(`{"from":%q,"name":"东组"}`, today), 200, &d)
		b.does("PATCH", "/divisions/"+groupID.String(), fmt.Sprintf(`{"from":%q,"ended":true}`, today), 200, &d)
		if d.Name != "东组" || orZero(d.ValidTo) != today.AddDays(-1) {
			t.Errorf("got %+v", d)
		}
		b.isRefused("GET", "/divisions/"+h.town.ParentID.String(), "", 404, "division.unknown", "")
		b.isRefused("POST", "/divisions", fmt.Sprintf(`{"id":%q,"parent_id":%q,"level":"town","name":"新镇"}`, id.New(), h.town.ParentID), 404, "division.unknown", "/parent_id")
		var list DivisionList
		b.does("GET", "/divisions?limit=2", "", 200, &list)
		if len(list.Items) != 2 || list.Items[0].Name != "照金镇" || list.NextCursor == nil {
			t.Errorf("got %+v", list)
		}
		b.does("GET", "/divisions?limit=2&cursor="+*list.NextCursor, "", 200, &list)
		if len(list.Items) != 1 || list.Items[0].Id != groupID || list.NextCursor != nil {
			t.Errorf("got %+v", list)
		}
		b.does("GET", "/divisions?level=village&parent="+h.town.ID.String(), "", 200, &list)
		if len(list.Items) != 1 || list.Items[0].Code != "610204107201" {
			t.Errorf("got %+v", list)
		}
	})
}

func TestSettings(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		b := h.signedIn("official", auth.RoleInput{Role: auth.TownOfficial, DivisionID: h.town.ID})
		cleaner := h.signedIn("cleaner", auth.RoleInput{Role: auth.Cleaner, DivisionID: h.village.ID})
		today := h.server.Divisions.Today()
		change := func(value int, from calendar.Day) string {
			return fmt.Sprintf(`{"id":%q,"division_id":%q,"name":"undo_minutes","value":%d,"valid_from":%q}`, id.New(), h.town.ID, value, from)
		}
		var setting Setting
		body := change(25, today)
		b.does("POST", "/settings", body, 201, &setting)
		b.does("POST", "/settings", body, 200, &setting)
		b.does("POST", "/settings", change(30, today.AddDays(3)), 201, &setting)
		if setting.Value != 25 || setting.Title != "Time in which a cleaner can undo" || len(*setting.Later) != 1 || setting.Division.Name != "照金镇" {
			t.Errorf("got %+v", setting)
		}
		b.isRefused("POST", "/settings", change(9999, today), 422, "setting.out_of_range", "/value")
		b.isRefused("POST", "/settings", change(9, today.AddDays(-1)), 422, "setting.past_day", "/valid_from")
		cleaner.isRefused("POST", "/settings", change(9, today), 403, "role.not_allowed", "")
		var list SettingList
		b.does("GET", "/settings?division="+h.village.ID.String(), "", 200, &list)
		if len(list.Items) != len(division.Catalogue) {
			t.Errorf("%d settings", len(list.Items))
		}
		b.isRefused("GET", "/settings?division="+h.town.ParentID.String(), "", 404, "division.unknown", "")
		var session Session
		cleaner.does("GET", "/session", "", 200, &session)
		if session.Settings.UndoMinutes != 25 {
			t.Errorf("got %+v", session.Settings)
		}

		auditor := h.signedIn("auditor", auth.RoleInput{Role: auth.Auditor, DivisionID: h.town.ID})
		var audit AuditList
		auditor.does("GET", "/audit-log?limit=1&object="+setting.Division.Id.String(), "", 200, &audit)
		if len(audit.Items) != 1 || audit.Items[0].Actor != "The service" {
			t.Errorf("got %+v", audit)
		}
		auditor.does("GET", "/audit-log?limit=50", "", 200, &audit)
		found := false
		for _, r := range audit.Items {
			found = found || r.Action == "setting.change" && r.Actor == "某 official" && len(r.RequestId) == 36
		}
		if !found {
			t.Errorf("the change is not in %+v", audit)
		}
	})
}
