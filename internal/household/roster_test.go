package household_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/household"
)

func TestService_StoreRoster(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		town := newTown(t, db)
		var rows []household.RosterRow
		for i := range 300 {
			rows = append(rows, household.RosterRow{
				VillageID: town.village, DivisionID: town.groups[i%10], HouseNumber: fmt.Sprint(i), HeadName: "张小芳", MemberCount: 1 + i%5, From: town.today().AddDays(-10),
			})
		}
		verdicts := func(results []household.RosterResult, err error) map[household.Verdict]int {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			counts := map[household.Verdict]int{}
			for _, r := range results {
				counts[r.Verdict]++
			}
			return counts
		}
		compare := func() map[household.Verdict]int {
			t.Helper()
			return verdicts(town.service.CompareRoster(ctx, db.Read, rows))
		}
		store := func() (counts map[household.Verdict]int) {
			t.Helper()
			err := db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
				results, err := town.service.StoreRoster(ctx, tx, town.cadre, rows)
				counts = verdicts(results, err)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return counts
		}
		want := func(got, want map[household.Verdict]int) {
			t.Helper()
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		}
		all := map[household.Verdict]int{household.Create: 300}
		want(compare(), all)
		want(store(), all)
		town.wantPopulation(t, town.today().AddDays(-11), 0, 0)
		town.wantPopulation(t, town.today(), 900, 300)
		want(store(), map[household.Verdict]int{household.Same: 300})

		rows[0].HeadName, rows[1].Phone, rows[2].MemberCount = "李大明", "13812345678", 30
		rows[2].From = 0
		want(compare(), map[household.Verdict]int{household.Same: 297, household.Changed: 3})
		want(store(), map[household.Verdict]int{household.Same: 297, household.Changed: 3})
		town.wantPopulation(t, town.today().AddDays(-1), 900, 300)
		town.wantPopulation(t, town.today(), 927, 300)
		rows[2].MemberCount = 1 // corrected on the same day
		want(store(), map[household.Verdict]int{household.Same: 299, household.Changed: 1})
		town.wantPopulation(t, town.today(), 898, 300)
		rows[1].Phone = "" // left out: as it was
		want(store(), map[household.Verdict]int{household.Same: 300})

		got, _, err := town.service.List(ctx, town.cadre, household.Filter{DivisionID: town.groups[1], Text: "1", Limit: 1})
		if err != nil || len(got) != 1 || !got[0].HasPhone {
			t.Errorf("%+v, %v", got, err)
		}
	})
}
