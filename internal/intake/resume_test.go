package intake_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/intake"
)

func TestService_Apply_once(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		var lines []string
		for i := range 5000 {
			lines = append(lines, fmt.Sprintf("青竹湾村,%d组,%d,张小芳,2,", i%7+1, i))
		}
		imp := w.upload(t, w.cadre, intake.Households, csvFile(lines...))
		other := intake.New(services(dbtest.Again(t, db), w.keys)) // another instance
		t.Cleanup(other.Close)
		done := make(chan error, 8)
		for i := range 8 {
			service := []*intake.Service{w.service, other}[i%2]
			go func() {
				_, err := service.Apply(ctx, w.cadre, imp.ID, intake.GoodRows)
				done <- err
			}()
		}
		for range 8 {
			if err := <-done; err != nil && !fault.Is(err, "import.already_applied") {
				t.Error(err)
			}
		}
		imp = w.settled(t, imp.ID)
		if want := (intake.Counts{Total: 5000, Done: 5000, Created: 5000}); imp.State != intake.Applied || imp.Counts != want {
			t.Errorf("%+v", imp)
		}
		if n := w.count(t, "SELECT COUNT(*) FROM households"); n != 5000 {
			t.Errorf("%d households", n)
		}
		if n := w.count(t, "SELECT COUNT(*) FROM divisions WHERE level = 'group'"); n != 7 {
			t.Errorf("%d groups", n)
		}
		if _, err := w.service.Apply(ctx, w.cadre, imp.ID, intake.AllRows); !fault.Is(err, "import.already_applied") {
			t.Error(err)
		}
	})
}

// An instance is stopped in the middle of its work, again and again, and others
// go on. Every household is there once, and every row was counted once.
func TestService_Resume(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		var lines []string
		for i := range 12_000 {
			lines = append(lines, fmt.Sprintf("青竹湾村,%d组,%d,张小芳,2,", i%7+1, i))
		}
		importID := id.New()
		stopped := intake.New(w.Services)
		if _, _, err := stopped.Create(ctx, w.cadre, intake.Upload{ID: importID, Kind: intake.Households, File: csvFile(lines...)}); err != nil {
			t.Fatal(err)
		}
		stopped.Close()
		finish := func(want intake.State) intake.Import {
			t.Helper()
			pause := 5 * time.Millisecond
			for range 40 {
				imp, err := w.service.Get(ctx, w.cadre, importID)
				if err != nil || imp.State == intake.Failed {
					t.Fatalf("%+v %v", imp, err)
				}
				if imp.State == want {
					return imp
				}
				instance := intake.New(w.Services)
				if err := instance.Resume(ctx, calendar.Now().Add(time.Hour)); err != nil {
					t.Fatal(err)
				}
				time.Sleep(pause)
				pause += pause / 2
				instance.Close()
			}
			t.Fatal("never finished")
			return intake.Import{}
		}
		want := intake.Counts{Total: 12_000, Done: 12_000, Created: 12_000}
		if imp := finish(intake.Checked); imp.Counts != want {
			t.Errorf("%+v", imp)
		}
		if n := w.count(t, "SELECT COUNT(*) FROM import_rows"); n != 12_000 {
			t.Errorf("%d rows", n)
		}
		stopped = intake.New(w.Services)
		if _, err := stopped.Apply(ctx, w.cadre, importID, intake.GoodRows); err != nil {
			t.Fatal(err)
		}
		stopped.Close()
		if imp := finish(intake.Applied); imp.Counts != want {
			t.Errorf("%+v", imp)
		}
		if n := w.count(t, "SELECT SUM(persons) FROM population_changes"); n != 24_000 {
			t.Errorf("%d people", n)
		}
	})
}

// Nothing stands still for a minute here, so nobody may take it over.
func TestService_Resume_leavesTheLiving(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		stopped := intake.New(w.Services)
		imp, _, err := stopped.Create(ctx, w.cadre, intake.Upload{ID: id.New(), Kind: intake.Households, File: csvFile("青竹湾村,3组,1,张小芳,2,")})
		if err != nil {
			t.Fatal(err)
		}
		stopped.Close()
		before, err := w.service.Get(ctx, w.cadre, imp.ID)
		if err != nil {
			t.Fatal(err)
		}
		instance := intake.New(w.Services)
		if err := instance.Resume(ctx, calendar.Now()); err != nil {
			t.Fatal(err)
		}
		instance.Close()
		after, err := w.service.Get(ctx, w.cadre, imp.ID)
		if diff := cmp.Diff(before, after); diff != "" || err != nil {
			t.Error(diff, err)
		}
	})
}

func TestService_Run(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		file := []byte("编号,屋主,几口人\n12,张小芳,4\n13,李大明,0\n")
		options := intake.Options{DivisionID: w.village, Mapping: `{"house_number":"编号","head_name":"屋主","member_count":"几口人"}`}
		result, err := w.service.Run(ctx, system, intake.Households, file, options)
		if err != nil || result.Import.State != intake.Checked || result.Import.Counts.Wrong != 1 || len(result.Wrong) != 1 {
			t.Fatalf("%+v %v", result, err)
		}
		options.Mode = intake.AllRows
		if _, err = w.service.Run(ctx, system, intake.Households, file, options); !fault.Is(err, "import.has_wrong_rows") {
			t.Error(err)
		}
		var seen []int
		options.Mode, options.Progress = intake.GoodRows, func(imp intake.Import) { seen = append(seen, imp.Counts.Done) }
		result, err = w.service.Run(ctx, system, intake.Households, file, options)
		if err != nil || result.Import.State != intake.Applied || result.Import.Counts.Created != 1 || len(seen) == 0 {
			t.Fatalf("%+v %v %v", result, seen, err)
		}
		if _, err = w.service.Run(ctx, system, intake.Households, []byte("x\n1\n"), options); !fault.Is(err, "import.column_missing") {
			t.Error(err)
		}
	})
}
