package dropoff_test

import (
	"context"
	"fmt"
	"testing"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/division"
	"hufen/internal/dropoff"
	"hufen/internal/household"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
)

// world is a village with households, cards, a cleaner, a cadre and a tariff.
type world struct {
	*dropoff.Service
	t          testing.TB
	db         *database.DB
	divisions  *division.Service
	keys       *household.Keys
	town       id.ID
	village    id.ID
	households []id.ID
	codes      []string // of the households' cards
	cleaner    auth.Actor
	cadre      auth.Actor
}

const members = 4

func newWorld(t testing.TB, db *database.DB, households int) *world {
	t.Helper()
	w := &world{t: t, db: db, town: id.New(), village: id.New(), divisions: division.New(db, calendar.Shanghai)}
	keys, err := household.OpenKeys(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w.keys = keys
	w.cleaner = auth.Actor{ID: id.New(), Kind: auth.Person, Grants: []auth.Grant{{Role: auth.Cleaner, DivisionID: w.village}}}
	w.cadre = auth.Actor{ID: id.New(), Kind: auth.Person, Grants: []auth.Grant{{Role: auth.Cadre, DivisionID: w.village}}}
	dbtest.Insert(w.t, w.db, "divisions", "id, level, name, code, valid_from, updated_at", w.town[:], "town", "碑庙镇", "511702102", 20200101, 1)
	dbtest.Insert(w.t, w.db, "divisions", "id, parent_id, level, name, code, valid_from, updated_at", w.village[:], w.town[:], "village", "青竹湾村", "511702102201", 20200101, 1)
	for i := range households {
		w.addHousehold(i)
	}
	w.Service = dropoff.New(db, w.divisions, calendar.Shanghai)
	t.Cleanup(w.Service.Close)
	w.addTariff(w.Service)
	return w
}

func (w *world) addHousehold(i int) {
	householdID, cardID := id.New(), id.New()
	code := w.keys.Code(cardID, 1)
	hash := code.Hash()
	dbtest.Insert(w.t, w.db, "households", "id, village_id, division_id, house_number, member_count, opened_at, updated_at",
		householdID[:], w.village[:], w.village[:], fmt.Sprint(i+1), members, 1, 1)
	dbtest.Insert(w.t, w.db, "cards", "id, household_id, version, code_hash, issued_at, issued_by",
		cardID[:], householdID[:], 1, hash[:], 1, w.cadre.ID[:])
	w.households = append(w.households, householdID)
	w.codes = append(w.codes, code.String())
}

// addTariff sets 2 points a kilogram of paper, graded food at 10/8/6/0, one
// point for 50 bags, and at most 20 points a day.
func (w *world) addTariff(s *dropoff.Service) {
	official := auth.SystemActor("test")
	_, _, err := s.AddTariff(context.Background(), official, dropoff.NewTariff{
		ID: id.New(), DivisionID: w.town, ValidFrom: w.divisions.Today(),
		Rules: []dropoff.Rule{
			{Item: "food", Category: "food", NameZh: "厨余", NameEn: "Kitchen", Basis: dropoff.PerGrade, PerCount: 1,
				Grades: dropoff.Grades{Excellent: 1000, Good: 800, Fair: 600, Poor: 0}},
			{Item: "recyclable.paper", Category: "recyclable", NameZh: "废纸", NameEn: "Paper", Basis: dropoff.PerKg, Points: 200, PerCount: 1},
			{Item: "bag", Category: "recyclable", NameZh: "塑料袋", NameEn: "Bags", Basis: dropoff.PerCount, Points: 100, PerCount: 50},
		},
		Caps: []dropoff.Cap{{Period: "day", Category: dropoff.AllCategories, Points: 2000}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// paper is a drop-off of so many grams of paper by household i.
func (w *world) paper(i int, grams int64) dropoff.Input {
	return dropoff.Input{ID: id.New(), CardCode: w.codes[i], HappenedAt: calendar.Now(),
		Items: []dropoff.ItemInput{{Item: "recyclable.paper", Grams: &grams}}}
}

func (w *world) balance(i int) points.Points {
	w.t.Helper()
	held, err := ledger.BalanceOf(context.Background(), w.db.Read, ledger.HouseholdAccount(w.households[i], w.village))
	if err != nil {
		w.t.Fatal(err)
	}
	return held
}
