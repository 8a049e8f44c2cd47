package demo_test

import (
	"context"
	"testing"
	"time"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/demo"
	"hufen/internal/division"
	"hufen/internal/household"
	"hufen/internal/proof"
)

var ctx = context.Background()

func services(t testing.TB, db *database.DB) demo.Services {
	t.Helper()
	keys, err := household.OpenKeys(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	divisions := division.New(db, calendar.Shanghai)
	return demo.Services{
		DB: db, Keys: keys, Zone: calendar.Shanghai, Divisions: divisions,
		Auth:       auth.New(db, divisions, auth.Config{LoginAttempts: 5, AddressAttempts: 5, LoginWindow: time.Minute, SessionIdle: time.Hour}),
		Households: household.New(db, divisions, keys, household.Config{Zone: calendar.Shanghai, PINAttempts: 5, AddressAttempts: 5, PINWindow: time.Minute}),
	}
}

func TestLoad(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		s := services(t, db)
		at := time.Now()
		logins, err := demo.Load(ctx, s, demo.Options{Households: 120, Progress: func(doing string) {
			t.Log(time.Since(at).Round(time.Millisecond), doing)
		}})
		if err != nil {
			t.Fatal(err)
		}
		t.Log(time.Since(at), logins)
		r, err := proof.Verify(ctx, db)
		if err != nil || !r.Clean() {
			t.Error(err, r.Findings)
		}
	})
}
