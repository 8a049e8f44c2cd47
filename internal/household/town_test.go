package household_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/household"
	"hufen/internal/id"
)

// town is a small place to test in: two villages, the first with groups 1 to 10.
type town struct {
	db        *database.DB
	divisions *division.Service
	service   *household.Service
	district  id.ID
	town      id.ID
	village   id.ID
	group     id.ID // 3组 of village
	groups    []id.ID
	other     id.ID // the other village
	cadre     auth.Actor
	outsider  auth.Actor // cadre of the other village
}

var system = auth.SystemActor("test")

func newTown(t *testing.T, db *database.DB) *town {
	t.Helper()
	town := &town{db: db, divisions: division.New(db, calendar.Shanghai)}
	town.service = household.New(db, town.divisions, keysOf(t, fmt.Sprintf("%064x", 7)), household.Config{
		Zone: calendar.Shanghai, PINAttempts: 3, AddressAttempts: 20, PINWindow: time.Minute,
	})
	town.district = town.division(t, id.ID{}, division.District, "511702", "通川区")
	town.town = town.division(t, town.district, division.Town, "511702101", "罗江镇")
	town.village = town.division(t, town.town, division.Village, "511702101201", "青竹湾村")
	town.other = town.division(t, town.town, division.Village, "511702101202", "大河村")
	for i := range 10 {
		town.groups = append(town.groups, town.division(t, town.village, division.Group, "", fmt.Sprintf("%d组", i+1)))
	}
	town.group = town.groups[2]
	town.cadre = actor(auth.Cadre, town.village)
	town.outsider = actor(auth.Cadre, town.other)
	return town
}

func (town *town) division(t *testing.T, parent id.ID, level division.Level, code, name string) id.ID {
	t.Helper()
	d, _, err := town.divisions.Create(context.Background(), system, division.NewDivision{ID: id.New(), ParentID: parent, Level: level, Code: code, Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return d.ID
}

func actor(role auth.Role, place id.ID) auth.Actor {
	return auth.Actor{ID: id.New(), Name: string(role), Kind: auth.Person, RequestID: "test", Grants: []auth.Grant{{ID: id.New(), Role: role, DivisionID: place}}}
}

// house returns what is needed to register a household in group 3.
func (town *town) house(number string) household.NewHousehold {
	return household.NewHousehold{ID: id.New(), DivisionID: town.group, HouseNumber: number, HeadName: "张小芳", Phone: "13812345678", MemberCount: 4}
}

func (town *town) register(t *testing.T, in household.NewHousehold) household.Household {
	t.Helper()
	h, _, err := town.service.Register(context.Background(), system, in)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func (town *town) today() calendar.Day { return calendar.DayOf(calendar.Now(), calendar.Shanghai) }

// population returns persons and households of the village on a day.
func (town *town) population(t *testing.T, day calendar.Day) (persons, households int) {
	t.Helper()
	err := town.db.Read.Raw("SELECT COALESCE(SUM(persons), 0), COALESCE(SUM(households), 0) FROM population_changes WHERE village_id = ? AND day <= ?",
		town.village, day).Row().Scan(&persons, &households)
	if err != nil {
		t.Fatal(err)
	}
	return persons, households
}

func (town *town) wantPopulation(t *testing.T, day calendar.Day, persons, households int) {
	t.Helper()
	if p, h := town.population(t, day); p != persons || h != households {
		t.Errorf("on %s: %d people in %d households, want %d in %d", day, p, h, persons, households)
	}
}

// audited returns how often an action on an object is in the audit log.
func (town *town) audited(t *testing.T, action string, object id.ID) (n int) {
	t.Helper()
	err := town.db.Read.Raw("SELECT COUNT(*) FROM audit_log WHERE action = ? AND object_id = ?", action, object).Row().Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
