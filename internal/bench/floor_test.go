package bench

import (
	"context"
	"path/filepath"
	"testing"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/division"
	"hufen/internal/dropoff"
	"hufen/internal/household"
	"hufen/internal/id"
)

// The ratio to the floor means something only while both write the same rows.
func TestFloor_WritesTheRowsOfTheService(t *testing.T) {
	ctx := context.Background()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		keys, err := household.OpenKeys(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		d, err := loadDistrict(ctx, db, keys, 2*householdsPerVillage)
		if err != nil {
			t.Fatal(err)
		}
		recordOnce(t, db, d)

		floorURL := filepath.Join(t.TempDir(), "floor.db")
		if db.Dialect == database.MySQL {
			floorURL = dbtest.EmptyMariaDB(t)
		}
		f, err := openFloor(ctx, &bed{place: place{floor: floorURL}})
		if err != nil {
			t.Fatal(err)
		}
		if err := f.open(d); err != nil {
			t.Fatal(err)
		}
		var next turns
		do, _, err := f.visits(d, &next, len(d.households))()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := do(); err != nil {
			t.Fatal(err)
		}

		for _, table := range []*floorTable{&floorRequests, &floorEntries, &floorLines, &floorBalances, &floorDropOffs, &floorItems,
			&floorAwards, &floorRollups} {
			if service, floor := count(t, db, table.name), count(t, f.db, table.name); service != floor || floor == 0 {
				t.Errorf("%s: the service wrote %d rows, the floor %d", table.name, service, floor)
			}
		}
		if err := f.close(); err != nil {
			t.Error(err)
		}
	})
}

// recordOnce records one drop-off of every household as the load does.
func recordOnce(t *testing.T, db *database.DB, d *district) {
	t.Helper()
	divisions := division.New(db, calendar.Shanghai)
	service := dropoff.New(db, divisions, calendar.Shanghai)
	defer service.Close()
	grams := int64(floorGrams)
	inputs := make([]dropoff.Input, len(d.households))
	for i, h := range d.households {
		inputs[i] = dropoff.Input{ID: id.New(), CardCode: h.code, PointID: id.Some(d.villages[h.village].point), HappenedAt: calendar.Now(),
			Items: []dropoff.ItemInput{{Item: "food", Grade: dropoff.Good, Grams: &grams}}}
	}
	cleaner := auth.Actor{ID: id.New(), Kind: auth.Person, Grants: []auth.Grant{{Role: auth.Cleaner, DivisionID: d.id}}}
	for _, outcome := range service.RecordAll(context.Background(), cleaner, inputs) {
		if outcome.Err != nil {
			t.Fatal(outcome.Err)
		}
		if got := outcome.DropOff.Credited; got != floorPoints {
			t.Fatalf("credited %s", got)
		}
	}
}

func count(t *testing.T, db *database.DB, table string) (n int) {
	t.Helper()
	if err := db.Read.Raw("SELECT COUNT(*) FROM " + table).Row().Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
