package auth_test

import (
	"strings"
	"testing"

	"hufen/internal/auth"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/id"
)

func TestService_Key(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		official := h.actor(t, "chen", auth.RoleInput{Role: auth.TownOfficial, DivisionID: h.near})
		foreign := h.actor(t, "wang", auth.RoleInput{Role: auth.TownOfficial, DivisionID: h.foreign})
		machine, _, err := h.s.CreateUser(t.Context(), official, auth.NewUser{
			ID: id.New(), Login: "scale", Name: "地磅", Kind: auth.Machine, Role: auth.RoleInput{Role: auth.Cleaner, DivisionID: h.village},
		})
		if err != nil {
			t.Fatal(err)
		}
		in := auth.NewAPIKey{ID: id.New(), UserID: machine.ID, Name: "一号磅"}
		made, key, err := h.s.CreateAPIKey(t.Context(), official, in)
		if err != nil || len(key) != 46 || !strings.HasPrefix(key, "hk_") || made.Name != "一号磅" {
			t.Fatalf("got %+v, %q, %v", made, key, err)
		}
		actor, err := h.s.Key(t.Context(), key)
		check(t, "actor", actor, auth.Actor{ID: machine.ID, Name: "地磅", Kind: auth.Machine, Grants: machine.Grants})
		checkFault(t, "key", err, "")
		_, _, err = h.s.CreateAPIKey(t.Context(), official, in)
		checkFault(t, "again", err, "key.shown")
		_, _, err = h.s.CreateAPIKey(t.Context(), foreign, auth.NewAPIKey{ID: id.New(), UserID: machine.ID, Name: "x"})
		checkFault(t, "outside", err, "user.unknown")
		_, _, err = h.s.CreateAPIKey(t.Context(), h.system, auth.NewAPIKey{ID: id.New(), UserID: official.ID, Name: "x"})
		checkFault(t, "person", err, "key.person")
		_, err = h.s.Key(t.Context(), "hk_"+strings.Repeat("A", 43))
		checkFault(t, "unknown", err, "key.unknown")
		_, err = h.s.Key(t.Context(), "x")
		checkFault(t, "no key", err, "key.unknown")

		keys, err := h.s.APIKeys(t.Context(), official)
		if err != nil || len(keys) != 1 || keys[0].User.Login != "scale" {
			t.Errorf("got %+v, %v", keys, err)
		}
		if keys, err = h.s.APIKeys(t.Context(), foreign); err != nil || len(keys) != 0 {
			t.Errorf("abroad: %+v, %v", keys, err)
		}
		checkFault(t, "revoke outside", h.s.RevokeAPIKey(t.Context(), foreign, in.ID), "key.unknown_id")
		checkFault(t, "revoke", h.s.RevokeAPIKey(t.Context(), official, in.ID), "")
		checkFault(t, "revoke again", h.s.RevokeAPIKey(t.Context(), official, in.ID), "")
		_, err = h.s.Key(t.Context(), key)
		checkFault(t, "revoked", err, "key.unknown")
	})
}
