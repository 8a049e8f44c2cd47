package jobs

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
)

func TestRunner(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		clock := calendar.Micros(1_784_000_000_000_000)
		now := func() calendar.Micros { return clock }
		one, two := New(db), New(dbtest.Again(t, db))
		one.now, two.now = now, now
		runs := 0
		var failure error
		job := Job{Name: "count", Every: time.Hour, Limit: 10 * time.Minute, Run: func(context.Context) error { runs++; return failure }}
		turn := func(r *Runner, want bool) {
			t.Helper()
			done, err := r.turn(ctx, job)
			if done != want || !errors.Is(err, failure) && done {
				t.Errorf("done %t, %v", done, err)
			}
		}
		turn(one, true)
		turn(two, false) // one did it
		turn(one, false)
		clock = clock.Add(time.Hour)
		failure = errors.New("没电了")
		turn(two, true)
		turn(one, false) // not so soon
		clock = clock.Add(11 * time.Minute)
		failure = nil
		turn(one, true)
		turn(two, false)
		if runs != 3 {
			t.Errorf("%d runs", runs)
		}

		// The owner dies without a word.
		clock = clock.Add(time.Hour)
		period := clock - clock%calendar.Micros(time.Hour.Microseconds())
		if claimed, err := one.claim(ctx, job, period); !claimed || err != nil {
			t.Fatalf("claimed %t, %v", claimed, err)
		}
		turn(two, false)
		clock = clock.Add(11 * time.Minute)
		turn(two, true)
		if err := one.finish(ctx, job, period, errors.New("late")); err != nil { // it was not dead
			t.Error(err)
		}
		turn(one, false)

		// What ran long ago is forgotten.
		clock = clock.Add(8 * 24 * time.Hour)
		turn(one, true)
		var rows int
		if err := db.Read.Raw(`SELECT COUNT(*) FROM job_runs`).Row().Scan(&rows); err != nil || rows != 1 {
			t.Errorf("%d rows are left, %v", rows, err)
		}
	})
}

// Of many instances one does the work of a period.
func TestRunner_Together(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		var runs atomic.Int64
		job := Job{Name: "count", Every: time.Hour, Limit: time.Minute, Run: func(context.Context) error { runs.Add(1); return nil }}
		clock := calendar.Now()
		for i := range 5 {
			clock = clock.Add(time.Hour)
			var running sync.WaitGroup
			for range 8 {
				r := New(db)
				r.now = func() calendar.Micros { return clock }
				running.Go(func() {
					if _, err := r.turn(context.Background(), job); err != nil {
						t.Error(err)
					}
				})
			}
			running.Wait()
			if n := runs.Load(); n != int64(i+1) {
				t.Fatalf("%d runs after %d periods", n, i+1)
			}
		}
	})
}

func TestRunner_Work(t *testing.T) {
	db := dbtest.OpenSQLite(t)
	ctx, cancel := context.WithCancel(context.Background())
	var runs atomic.Int64
	r := New(db, Job{Name: "quick", Every: 20 * time.Millisecond, Limit: time.Second, Run: func(context.Context) error {
		if runs.Add(1) == 3 {
			cancel()
		}
		return nil
	}})
	r.Work(ctx) // returns once it ran three times
}
