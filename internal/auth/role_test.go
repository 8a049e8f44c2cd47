package auth_test

import (
	"slices"
	"sync"
	"testing"

	"hufen/internal/auth"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/i18n"
	"hufen/internal/id"
)

func TestService_GrantRole_Rules(t *testing.T) {
	db := dbtest.OpenSQLite(t) // the rules are not the database's
	h := newHouse(t, db)
	granters := map[string]auth.Actor{
		"everywhere": h.actor(t, "everywhere", auth.RoleInput{Role: auth.Administrator}),
		"admin":      h.actor(t, "admin", auth.RoleInput{Role: auth.Administrator, DivisionID: h.district}),
		"district":   h.actor(t, "district", auth.RoleInput{Role: auth.DistrictOfficial, DivisionID: h.district}),
		"town":       h.actor(t, "town", auth.RoleInput{Role: auth.TownOfficial, DivisionID: h.near}),
		"cadre":      h.actor(t, "cadre", auth.RoleInput{Role: auth.Cadre, DivisionID: h.village}),
		"finance":    h.actor(t, "finance", auth.RoleInput{Role: auth.Finance, DivisionID: h.district}),
	}
	everyone := []string{"admin", "cadre", "district", "everywhere", "finance", "town"}
	for _, tc := range []struct {
		name    string
		role    auth.RoleInput
		granted []string // who may
		code    string   // what everybody else, who sees the place, is told
	}{
		{"cleaner", auth.RoleInput{Role: auth.Cleaner, DivisionID: h.village}, []string{"admin", "district", "everywhere", "town"}, "role.not_yours"},
		{"shopkeeper", auth.RoleInput{Role: auth.Shopkeeper, ShopID: h.shop}, []string{"admin", "district", "everywhere", "town"}, "role.not_yours"},
		{"cadre", auth.RoleInput{Role: auth.Cadre, DivisionID: h.group}, []string{"admin", "district", "everywhere", "town"}, "role.not_yours"},
		{"own town", auth.RoleInput{Role: auth.TownOfficial, DivisionID: h.near}, []string{"admin", "district", "everywhere"}, ""},
		{"other town", auth.RoleInput{Role: auth.TownOfficial, DivisionID: h.far}, []string{"admin", "district", "everywhere"}, ""},
		{"finance", auth.RoleInput{Role: auth.Finance, DivisionID: h.near}, []string{"admin", "district", "everywhere"}, ""},
		{"auditor", auth.RoleInput{Role: auth.Auditor, DivisionID: h.near}, []string{"admin", "district", "everywhere"}, ""},
		{"district", auth.RoleInput{Role: auth.DistrictOfficial, DivisionID: h.district}, []string{"admin", "district", "everywhere"}, ""},
		{"administrator of a district", auth.RoleInput{Role: auth.Administrator, DivisionID: h.district}, []string{"admin", "everywhere"}, ""},
		{"administrator", auth.RoleInput{Role: auth.Administrator}, []string{"everywhere"}, "role.not_yours"},
		{"abroad", auth.RoleInput{Role: auth.TownOfficial, DivisionID: h.foreign}, []string{"everywhere"}, "division.unknown"},
		{"nowhere", auth.RoleInput{Role: auth.Cadre}, nil, "role.division_missing"},
		{"no such place", auth.RoleInput{Role: auth.Cadre, DivisionID: id.New()}, nil, "division.unknown"},
		{"no shop", auth.RoleInput{Role: auth.Shopkeeper, DivisionID: h.village}, nil, "role.shop_missing"},
		{"no such shop", auth.RoleInput{Role: auth.Shopkeeper, ShopID: id.New()}, nil, "shop.unknown"},
		{"cadre of a town", auth.RoleInput{Role: auth.Cadre, DivisionID: h.near}, nil, ""},
		{"town official of a village", auth.RoleInput{Role: auth.TownOfficial, DivisionID: h.village}, nil, "role.wrong_level.town_official"},
		{"district official of a town", auth.RoleInput{Role: auth.DistrictOfficial, DivisionID: h.near}, nil, ""},
		{"cleaner with points elsewhere", auth.RoleInput{Role: auth.Cleaner, DivisionID: h.village, PointIDs: []id.ID{h.farPoint}}, nil, ""},
	} {
		for _, name := range everyone {
			_, _, err := h.s.CreateUser(t.Context(), granters[name], auth.NewUser{
				ID: id.New(), Login: "u-" + id.New().String(), Name: "某", Kind: auth.Machine, Role: tc.role,
			})
			switch {
			case slices.Contains(tc.granted, name):
				checkFault(t, name+" grants "+tc.name, err, "")
			case err == nil:
				t.Errorf("%s may grant %s", name, tc.name)
			case tc.code != "":
				checkFault(t, name+" grants "+tc.name, err, tc.code)
			}
		}
	}
}

func TestConflict(t *testing.T) {
	const fine = ""
	for _, tc := range []struct {
		a, b auth.Role
		code string
	}{
		{auth.Shopkeeper, auth.TownOfficial, "role.conflict.shopkeeper.town_official"},
		{auth.Shopkeeper, auth.Finance, "role.conflict.shopkeeper.finance"},
		{auth.Shopkeeper, auth.Auditor, "role.conflict.shopkeeper.auditor"},
		{auth.Finance, auth.TownOfficial, "role.conflict.finance.town_official"},
		{auth.Shopkeeper, auth.Cleaner, fine},
		{auth.Shopkeeper, auth.Shopkeeper, fine},
		{auth.Finance, auth.Auditor, fine},
		{auth.Cadre, auth.Cleaner, fine},
		{auth.TownOfficial, auth.Auditor, fine},
	} {
		for _, pair := range [][2]auth.Role{{tc.a, tc.b}, {tc.b, tc.a}} {
			got := ""
			if f := auth.Conflict([]auth.Grant{{Role: auth.Cleaner}, {Role: pair[0]}}, pair[1]); f != nil {
				got = f.Code
			}
			check(t, string(pair[0]+" and "+pair[1]), got, tc.code)
			if got != "" && !i18n.Known(got) {
				t.Errorf("no sentence for %s", got)
			}
		}
	}
	for _, role := range auth.Roles {
		if !i18n.Known("role.wrong_level." + string(role)) {
			t.Errorf("no sentence for a %s in a wrong place", role)
		}
	}
}

func TestService_GrantRole(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		user := h.user(t, "li", auth.RoleInput{Role: auth.Cleaner, DivisionID: h.village, PointIDs: []id.ID{h.point}})
		grantID, in := id.New(), auth.RoleInput{Role: auth.Shopkeeper, ShopID: h.shop}
		user, replayed, err := h.s.GrantRole(t.Context(), h.system, user.ID, grantID, in)
		if err != nil || replayed || len(user.Grants) != 2 {
			t.Fatalf("got %+v, %v, %v", user, replayed, err)
		}
		if !actorOf(user).HasShop(h.shop) || user.Grants[1].DivisionID != h.village {
			t.Errorf("got %+v", user.Grants)
		}
		_, replayed, err = h.s.GrantRole(t.Context(), h.system, user.ID, grantID, in)
		if err != nil || !replayed {
			t.Errorf("again: %v, %v", replayed, err)
		}
		_, _, err = h.s.GrantRole(t.Context(), h.system, user.ID, grantID, auth.RoleInput{Role: auth.Cadre, DivisionID: h.village})
		checkFault(t, "other content", err, "request.id_reused")
		_, _, err = h.s.GrantRole(t.Context(), h.system, user.ID, id.New(), auth.RoleInput{Role: auth.Finance, DivisionID: h.near})
		checkFault(t, "conflict", err, "role.conflict.shopkeeper.finance")
		_, _, err = h.s.GrantRole(t.Context(), h.system, id.New(), id.New(), in)
		checkFault(t, "nobody", err, "user.unknown")

		if err := h.s.RevokeRole(t.Context(), h.system, user.ID, grantID); err != nil {
			t.Fatal(err)
		}
		checkFault(t, "twice", h.s.RevokeRole(t.Context(), h.system, user.ID, grantID), "role.unknown")
		if _, _, err = h.s.GrantRole(t.Context(), h.system, user.ID, id.New(), auth.RoleInput{Role: auth.Finance, DivisionID: h.near}); err != nil {
			t.Error(err)
		}
		if err := h.s.RevokeRole(t.Context(), h.system, user.ID, user.Grants[0].ID); err != nil {
			t.Fatal(err)
		}
		again, _, err := h.s.GrantRole(t.Context(), h.system, user.ID, id.New(), auth.RoleInput{Role: auth.Cleaner, DivisionID: h.village})
		if err != nil || len(again.Grants) != 2 || len(again.Grants[1].PointIDs) != 0 {
			t.Errorf("points were kept: %+v, %v", again, err)
		}
	})
}

// Two officials give conflicting roles at once: one of them is told.
func TestService_GrantRole_Race(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		for round := range 5 {
			user := h.user(t, "li"+string(rune('0'+round)), auth.RoleInput{Role: auth.Cleaner, DivisionID: h.village})
			roles := []auth.RoleInput{{Role: auth.Shopkeeper, ShopID: h.shop}, {Role: auth.Finance, DivisionID: h.near}}
			errs := make([]error, len(roles))
			var wait sync.WaitGroup
			for i, role := range roles {
				wait.Go(func() { _, _, errs[i] = h.s.GrantRole(t.Context(), h.system, user.ID, id.New(), role) })
			}
			wait.Wait()
			if (errs[0] == nil) == (errs[1] == nil) {
				t.Errorf("round %d: %v, %v", round, errs[0], errs[1])
			}
		}
	})
}

// Two administrators take each other's role away at once: one is left.
func TestService_RevokeRole_Race(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		var users [2]auth.User
		users[0] = h.user(t, "one", auth.RoleInput{Role: auth.Administrator})
		users[1] = h.user(t, "two", auth.RoleInput{Role: auth.Administrator})
		var errs [2]error
		var wait sync.WaitGroup
		for i := range users {
			other := users[1-i]
			wait.Go(func() { errs[i] = h.s.RevokeRole(t.Context(), actorOf(users[i]), other.ID, other.Grants[0].ID) })
		}
		wait.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("got %v, %v", errs[0], errs[1])
		}
	})
}

func TestActor(t *testing.T) {
	h := newHouse(t, dbtest.OpenSQLite(t))
	tree, err := h.divisions.Tree(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	actor := auth.Actor{ID: id.New(), Kind: auth.Person, Grants: []auth.Grant{
		{Role: auth.Cadre, DivisionID: h.village}, {Role: auth.Auditor, DivisionID: h.near}, {Role: auth.Cleaner, DivisionID: h.village},
		{Role: auth.Shopkeeper, DivisionID: h.village, ShopID: h.shop},
	}}
	check(t, "has", actor.Has(auth.TownOfficial, auth.Cadre), true)
	check(t, "has not", actor.Has(auth.TownOfficial), false)
	check(t, "covers", actor.Covers(tree, h.group, auth.Cadre), true)
	check(t, "covers with another role", actor.Covers(tree, h.near, auth.Cadre), false)
	check(t, "covers with any role", actor.Covers(tree, h.near), true)
	check(t, "covers upwards", actor.Covers(tree, h.district), false)
	check(t, "covers sideways", actor.Covers(tree, h.far), false)
	check(t, "divisions", actor.Divisions(), []id.ID{h.village, h.near})
	check(t, "divisions of a role", actor.Divisions(auth.Auditor), []id.ID{h.near})
	check(t, "everywhere", actor.Everywhere(), false)
	check(t, "manages", actor.Manages(tree, h.village), false)
	check(t, "shop", actor.HasShop(h.shop), true)
	check(t, "no shop", actor.HasShop(id.ID{}), false)
	check(t, "system", h.system.Covers(tree, h.group, auth.Administrator), true)
	check(t, "system at the top", h.system.Manages(tree, id.ID{}), true)
	check(t, "household", auth.Actor{Kind: auth.Household, HouseholdID: id.New()}.Covers(tree, h.village), false)
}
