package household_test

import (
	"testing"

	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/fault"
	"hufen/internal/household"
	"hufen/internal/id"
)

func TestService_Erase(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		town := newTown(t, db)
		h := town.register(t, town.house("12"))
		if _, _, err := town.service.Issue(ctx, town.cadre, household.NewCard{ID: id.New(), HouseholdID: h.ID, PIN: "7391"}); err != nil {
			t.Fatal(err)
		}
		if _, err := town.service.Erase(ctx, town.cadre, h.ID, "搬走了"); !fault.Is(err, "household.not_closed") {
			t.Error(err)
		}
		if _, err := town.service.Change(ctx, town.cadre, h.ID, household.Change{Closed: ptr(true)}); err != nil {
			t.Fatal(err)
		}
		if _, err := town.service.Erase(ctx, town.outsider, h.ID, "搬走了"); !fault.Is(err, "household.unknown") {
			t.Error(err)
		}
		if _, err := town.service.Erase(ctx, town.cadre, h.ID, " "); !fault.Is(err, "household.no_reason") {
			t.Error(err)
		}
		for range 2 {
			got, err := town.service.Erase(ctx, town.cadre, h.ID, "搬走了")
			if err != nil || got.MaskedName != "" || got.HasPhone || got.HasPIN || got.ErasedAt == 0 {
				t.Errorf("%+v %v", got, err)
			}
		}
		if n := town.audited(t, "household.erase", h.ID); n != 1 {
			t.Errorf("%d lines in the audit log", n)
		}
		person, err := town.service.Reveal(ctx, town.cadre, h.ID, "看看")
		if err != nil || person != (household.Person{}) {
			t.Errorf("%+v %v", person, err)
		}
	})
}
