package auth_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
)

const password = "qingzhu 2026"

var config = auth.Config{
	Secret: [32]byte{1, 2, 3}, LoginAttempts: 5, AddressAttempts: 30, LoginWindow: 15 * time.Minute, SessionIdle: 30 * 24 * time.Hour,
}

// house is a service with two districts, and the system as actor.
type house struct {
	s                            *auth.Service
	db                           *database.DB
	divisions                    *division.Service
	system                       auth.Actor
	district, near, far, village id.ID
	group, abroad, foreign, shop id.ID
	point, farPoint              id.ID
}

func newHouse(t testing.TB, db *database.DB) *house {
	t.Helper()
	h := &house{db: db, divisions: division.New(db, calendar.Shanghai), system: auth.SystemActor("test")}
	h.s = auth.New(db, h.divisions, config)
	h.district = h.divide(t, id.ID{}, division.District, "511702", "通川区")
	h.near = h.divide(t, h.district, division.Town, "511702100", "罗江镇")
	h.far = h.divide(t, h.district, division.Town, "511702101", "蒲家镇")
	h.village = h.divide(t, h.near, division.Village, "511702100200", "青竹湾村")
	h.group = h.divide(t, h.village, division.Group, "", "一组")
	h.abroad = h.divide(t, id.ID{}, division.District, "511703", "达川区")
	h.foreign = h.divide(t, h.abroad, division.Town, "511703100", "管村镇")
	h.shop, h.point, h.farPoint = id.New(), id.New(), id.New()
	h.insert(t, "shops", []string{"id", "division_id", "name", "opened_on", "updated_at"}, h.shop, h.village, "青竹超市", 20260101, 1)
	points := []string{"id", "village_id", "name", "opened_on", "updated_at"}
	h.insert(t, "collection_points", points, h.point, h.village, "村口", 20260101, 1)
	h.insert(t, "collection_points", points, h.farPoint, h.divide(t, h.far, division.Village, "", "远村"), "远处", 20260101, 1)
	return h
}

func (h *house) divide(t testing.TB, parent id.ID, level division.Level, code, name string) id.ID {
	t.Helper()
	d, _, err := h.divisions.Create(t.Context(), h.system, division.NewDivision{ID: id.New(), ParentID: parent, Level: level, Code: code, Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return d.ID
}

func (h *house) insert(t testing.TB, table string, columns []string, values ...any) {
	t.Helper()
	err := h.db.InTx(t.Context(), func(ctx context.Context, tx *gorm.DB) error {
		return database.InsertRows(ctx, tx, table, columns, [][]any{values})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// user creates a person whose login is the given name.
func (h *house) user(t testing.TB, login string, role auth.RoleInput) auth.User {
	t.Helper()
	user, replayed, err := h.s.CreateUser(t.Context(), h.system, auth.NewUser{
		ID: id.New(), Login: login, Name: "干部 " + login, Kind: auth.Person, Password: password, Role: role,
	})
	if err != nil || replayed {
		t.Fatalf("create %s: %v, %v", login, replayed, err)
	}
	return user
}

func actorOf(user auth.User) auth.Actor {
	return auth.Actor{ID: user.ID, Name: user.Name, Kind: user.Kind, Grants: user.Grants, RequestID: "request"}
}

func (h *house) actor(t testing.TB, login string, role auth.RoleInput) auth.Actor {
	t.Helper()
	return actorOf(h.user(t, login, role))
}

func (h *house) signIn(t testing.TB, login string) (string, auth.Session) {
	t.Helper()
	token, session, err := h.s.SignIn(t.Context(), auth.SignIn{Login: login, Password: password, Device: "Firefox", Address: "192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	return token, session
}

func check(t testing.TB, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// checkFault expects a fault with the code, or no error where that is empty.
func checkFault(t testing.TB, what string, err error, code string) {
	t.Helper()
	f, ok := fault.As(err)
	if code == "" && err != nil || code != "" && (!ok || f.Code != code) {
		t.Errorf("%s: got %v, want %q", what, err, code)
	}
}

func (h *house) audited(t testing.TB, object id.ID) []string {
	t.Helper()
	records, _, err := h.s.AuditLog(t.Context(), h.system, auth.RecordFilter{ObjectID: object, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	actions := make([]string, len(records))
	for i, r := range records {
		actions[len(records)-1-i] = r.Action
	}
	return actions
}

func TestService_CreateUser(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		official := h.actor(t, "chen", auth.RoleInput{Role: auth.TownOfficial, DivisionID: h.near})
		in := auth.NewUser{
			ID: id.New(), Login: " Li.Fang ", Name: "李芳", Kind: auth.Person, Password: password,
			Role: auth.RoleInput{Role: auth.Cleaner, DivisionID: h.village, PointIDs: []id.ID{h.point}},
		}
		user, replayed, err := h.s.CreateUser(t.Context(), official, in)
		if err != nil || replayed || user.Login != "li.fang" || len(user.Grants) != 1 {
			t.Fatalf("got %+v, %v, %v", user, replayed, err)
		}
		check(t, "points", user.Grants[0].PointIDs, []id.ID{h.point})
		_, replayed, err = h.s.CreateUser(t.Context(), official, in)
		if err != nil || !replayed {
			t.Errorf("again: %v, %v", replayed, err)
		}
		check(t, "audit", h.audited(t, user.ID), []string{"user.create", "role.grant"})
		h.signIn(t, "LI.fang")

		for _, tc := range []struct {
			name   string
			change func(*auth.NewUser)
			code   string
		}{
			{"other content", func(u *auth.NewUser) { u.ID, u.Name = in.ID, "李四" }, "request.id_reused"},
			{"other role", func(u *auth.NewUser) { u.ID, u.Role.DivisionID, u.Role.PointIDs = in.ID, h.group, nil }, "request.id_reused"},
			{"login taken", func(*auth.NewUser) {}, "user.login_taken"},
			{"short", func(u *auth.NewUser) { u.Password = "ab12" }, "user.password_weak"},
			{"common", func(u *auth.NewUser) { u.Password = "Password1" }, "user.password_weak"},
			{"one character", func(u *auth.NewUser) { u.Password = "88888888" }, "user.password_weak"},
			{"the login", func(u *auth.NewUser) { u.Login, u.Password = "li.fang.2", "Li.Fang.2" }, "user.password_weak"},
			{"none", func(u *auth.NewUser) { u.Password = "" }, "user.password_missing"},
			{"machine", func(u *auth.NewUser) { u.Kind = auth.Machine }, "user.machine_password"},
			{"no id", func(u *auth.NewUser) { u.ID = id.ID{} }, "request.id_missing"},
			{"the service's own id", func(u *auth.NewUser) { u.ID = auth.SystemID }, "request.id_reused"},
			{"no name", func(u *auth.NewUser) { u.Name = "  " }, "user.name_missing"},
			{"login form", func(u *auth.NewUser) { u.Login = "李芳" }, "user.login_form"},
			{"outside", func(u *auth.NewUser) { u.Role.DivisionID = h.far }, "division.unknown"},
			{"point outside", func(u *auth.NewUser) { u.Role.PointIDs = []id.ID{h.farPoint} }, "role.point_elsewhere"},
			{"no such point", func(u *auth.NewUser) { u.Role.PointIDs = []id.ID{id.New()} }, "role.point_elsewhere"},
		} {
			u := in
			u.ID = id.New()
			tc.change(&u)
			_, _, err := h.s.CreateUser(t.Context(), official, u)
			checkFault(t, tc.name, err, tc.code)
		}
		users, _, err := h.s.Users(t.Context(), h.system, auth.UserFilter{Limit: 10})
		if err != nil || len(users) != 2 {
			t.Errorf("%d users, %v", len(users), err)
		}
	})
}

func TestService_CreateFirstAdministrator(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		user, err := h.s.CreateFirstAdministrator(t.Context(), "root", "管理员", password)
		if err != nil || !actorOf(user).Everywhere(auth.Administrator) {
			t.Fatalf("got %+v, %v", user, err)
		}
		_, err = h.s.CreateFirstAdministrator(t.Context(), "root2", "管理员", password)
		checkFault(t, "second", err, "user.administrator_exists")
		_, err = h.s.CreateFirstAdministrator(t.Context(), "root2", "管理员", "12345678")
		checkFault(t, "second", err, "user.administrator_exists")

		admin := actorOf(user)
		checkFault(t, "last", h.s.RevokeRole(t.Context(), h.system, user.ID, user.Grants[0].ID), "role.last_administrator")
		disabled := true
		_, err = h.s.UpdateUser(t.Context(), h.system, user.ID, auth.UserChange{Disabled: &disabled})
		checkFault(t, "last", err, "role.last_administrator")
		_, err = h.s.UpdateUser(t.Context(), admin, user.ID, auth.UserChange{Disabled: &disabled})
		checkFault(t, "oneself", err, "user.own")
		fresh := "stolen session 1"
		_, err = h.s.UpdateUser(t.Context(), admin, user.ID, auth.UserChange{Password: &fresh})
		checkFault(t, "oneself", err, "user.own_password")
		_, _, err = h.s.GrantRole(t.Context(), admin, user.ID, id.New(), auth.RoleInput{Role: auth.Cadre, DivisionID: h.village})
		checkFault(t, "oneself", err, "role.own")

		second := h.user(t, "root2", auth.RoleInput{Role: auth.Administrator})
		if err := h.s.RevokeRole(t.Context(), actorOf(second), user.ID, user.Grants[0].ID); err != nil {
			t.Error(err)
		}
	})
}

// Nobody sees a person who does not work where they do.
func TestService_Users_Scope(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		district := h.actor(t, "d1", auth.RoleInput{Role: auth.DistrictOfficial, DivisionID: h.district})
		town := h.actor(t, "t1", auth.RoleInput{Role: auth.TownOfficial, DivisionID: h.near})
		foreign := h.actor(t, "f1", auth.RoleInput{Role: auth.TownOfficial, DivisionID: h.foreign})
		cadre := h.actor(t, "c1", auth.RoleInput{Role: auth.Cadre, DivisionID: h.village})
		auditor := h.actor(t, "a1", auth.RoleInput{Role: auth.Auditor, DivisionID: h.district})
		cleaner := h.user(t, "k1", auth.RoleInput{Role: auth.Cleaner, DivisionID: h.group})
		list := func(actor auth.Actor, filter auth.UserFilter) string {
			t.Helper()
			var logins []string
			for {
				filter.Limit = 2
				users, more, err := h.s.Users(t.Context(), actor, filter)
				if err != nil {
					t.Fatal(err)
				}
				for _, u := range users {
					logins = append(logins, u.Login)
				}
				if !more {
					return strings.Join(logins, " ")
				}
				filter.After = auth.UserCursor{Name: users[1].Name, ID: users[1].ID}
			}
		}
		check(t, "everybody", list(h.system, auth.UserFilter{}), "a1 c1 d1 f1 k1 t1")
		check(t, "district", list(district, auth.UserFilter{}), "a1 c1 d1 k1 t1")
		check(t, "town", list(town, auth.UserFilter{}), "c1 k1 t1")
		check(t, "cadre", list(cadre, auth.UserFilter{}), "c1 k1")
		check(t, "abroad", list(foreign, auth.UserFilter{}), "f1")
		check(t, "auditor", list(auditor, auth.UserFilter{}), "")
		check(t, "division", list(district, auth.UserFilter{DivisionID: h.village}), "c1 k1")
		check(t, "text", list(district, auth.UserFilter{Text: "干部 t"}), "t1")
		check(t, "text is no pattern", list(district, auth.UserFilter{Text: "%"}), "")
		_, _, err := h.s.Users(t.Context(), town, auth.UserFilter{DivisionID: h.far, Limit: 2})
		checkFault(t, "division outside", err, "division.unknown")

		_, err = h.s.User(t.Context(), foreign, cleaner.ID)
		checkFault(t, "outside", err, "user.unknown")
		_, err = h.s.User(t.Context(), town, id.New())
		checkFault(t, "absent", err, "user.unknown")
		_, err = h.s.UpdateUser(t.Context(), foreign, cleaner.ID, auth.UserChange{Name: new(string)})
		checkFault(t, "change outside", err, "user.unknown")
		_, _, err = h.s.GrantRole(t.Context(), foreign, cleaner.ID, id.New(), auth.RoleInput{Role: auth.Cleaner, DivisionID: h.foreign})
		checkFault(t, "grant outside", err, "user.unknown")
		checkFault(t, "revoke outside", h.s.RevokeRole(t.Context(), foreign, cleaner.ID, cleaner.Grants[0].ID), "user.unknown")

		// A role elsewhere is seen there only, and keeps a town from changing the user.
		two, _, err := h.s.GrantRole(t.Context(), h.system, cleaner.ID, id.New(), auth.RoleInput{Role: auth.Cleaner, DivisionID: h.foreign})
		if err != nil || len(two.Grants) != 2 {
			t.Fatalf("%+v, %v", two, err)
		}
		seen, err := h.s.User(t.Context(), town, cleaner.ID)
		if err != nil || len(seen.Grants) != 1 || seen.Grants[0].DivisionID != h.group {
			t.Errorf("town sees %+v, %v", seen, err)
		}
		name := "李芳"
		_, err = h.s.UpdateUser(t.Context(), town, cleaner.ID, auth.UserChange{Name: &name})
		checkFault(t, "half outside", err, "user.not_yours")
		_, err = h.s.UpdateUser(t.Context(), town, auditor.ID, auth.UserChange{Name: &name})
		checkFault(t, "above", err, "user.unknown")
		_, err = h.s.UpdateUser(t.Context(), cadre, cleaner.ID, auth.UserChange{Name: &name})
		checkFault(t, "no right", err, "user.not_yours")

		// Without a role a user stays where the last one was.
		for _, g := range two.Grants {
			if err := h.s.RevokeRole(t.Context(), h.system, cleaner.ID, g.ID); err != nil {
				t.Fatal(err)
			}
		}
		check(t, "without role", list(foreign, auth.UserFilter{}), "f1 k1")
		if _, err := h.s.UpdateUser(t.Context(), town, cleaner.ID, auth.UserChange{Name: &name}); err != nil {
			t.Error(err)
		}
	})
}

func TestService_AuditLog(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		auditor := h.actor(t, "a1", auth.RoleInput{Role: auth.Auditor, DivisionID: h.near})
		h.user(t, "c1", auth.RoleInput{Role: auth.Cadre, DivisionID: h.village})
		h.user(t, "f1", auth.RoleInput{Role: auth.TownOfficial, DivisionID: h.foreign})
		h.user(t, "r1", auth.RoleInput{Role: auth.Administrator})
		list := func(actor auth.Actor, filter auth.RecordFilter) []string {
			t.Helper()
			var details []string
			for {
				filter.Limit = 3
				records, more, err := h.s.AuditLog(t.Context(), actor, filter)
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range records {
					details = append(details, fmt.Sprintf("%s %s", r.Action, r.Detail))
				}
				if !more {
					return details
				}
				filter.Before = records[2].ID
			}
		}
		check(t, "scope", list(auditor, auth.RecordFilter{}), []string{
			"role.grant cadre", "user.create c1", "role.grant auditor", "user.create a1",
			"division.create 一组", "division.create 511702100200 青竹湾村", "division.create 511702100 罗江镇",
		})
		check(t, "division", list(auditor, auth.RecordFilter{DivisionID: h.group}), []string{"division.create 一组"})
		check(t, "everything", len(list(h.system, auth.RecordFilter{})), 16)
		check(t, "nothing", len(list(auth.Actor{}, auth.RecordFilter{})), 0)
		_, _, err := h.s.AuditLog(t.Context(), auditor, auth.RecordFilter{DivisionID: h.foreign, Limit: 3})
		checkFault(t, "outside", err, "division.unknown")

		err = db.InTx(t.Context(), func(ctx context.Context, tx *gorm.DB) error {
			return auth.Audit(ctx, tx, auditor, auth.Event{Action: "test.long", ObjectKind: "test", Detail: strings.Repeat("长", 2000) + "\xff"})
		})
		if err != nil {
			t.Error("a long detail:", err)
		}
	})
}
