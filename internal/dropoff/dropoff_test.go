package dropoff_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/dropoff"
	"hufen/internal/fault"
	"hufen/internal/id"
)

func TestService_Record(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db, 9)

		t.Run("OK", func(t *testing.T) {
			d, err := w.Record(ctx, w.cleaner, w.paper(0, 3600))
			if err != nil {
				t.Fatal(err)
			}
			if d.Status != dropoff.Credited || d.Credited != 720 || d.Balance != 720 || d.Replayed {
				t.Errorf("got %+v", d)
			}
			if got := w.balance(0); got != 720 {
				t.Errorf("balance %s, want 7.20", got)
			}
		})

		t.Run("Replay", func(t *testing.T) {
			in := w.paper(1, 1000)
			first, err := w.Record(ctx, w.cleaner, in)
			if err != nil {
				t.Fatal(err)
			}
			again, err := w.Record(ctx, w.cleaner, in)
			if err != nil || !again.Replayed || again.Credited != first.Credited || again.Balance != first.Balance {
				t.Errorf("got %+v, %v", again, err)
			}
			grams := int64(2000)
			in.Items[0].Grams = &grams
			if _, err := w.Record(ctx, w.cleaner, in); !fault.Is(err, "request.id_reused") {
				t.Errorf("got %v", err)
			}
			if got := w.balance(1); got != 200 {
				t.Errorf("balance %s, want 2", got)
			}
		})

		t.Run("ReplayOfAnAwardOfNothing", func(t *testing.T) {
			if _, err := w.Record(ctx, w.cleaner, w.paper(8, 10_000)); err != nil { // all that a day allows
				t.Fatal(err)
			}
			in := w.paper(8, 1000)
			for i := range 2 {
				d, err := w.Record(ctx, w.cleaner, in)
				if err != nil || d.Replayed != (i == 1) || d.Credited != 0 || !d.HasBalance || d.Balance != 2000 {
					t.Errorf("got %+v, %v", d, err)
				}
			}
		})

		t.Run("TwentyTwins", func(t *testing.T) {
			other := dropoff.New(dbtest.Again(t, db), w.divisions, calendar.Shanghai)
			defer other.Close()
			in := w.paper(2, 1000)
			var wg sync.WaitGroup
			fresh := make(chan bool, 20)
			for i := range 20 {
				service := []*dropoff.Service{w.Service, other}[i%2]
				wg.Go(func() {
					d, err := service.Record(ctx, w.cleaner, in)
					if err != nil {
						t.Error(err)
						return
					}
					fresh <- !d.Replayed
				})
			}
			wg.Wait()
			close(fresh)
			first := 0
			for f := range fresh {
				if f {
					first++
				}
			}
			if first != 1 || w.balance(2) != 200 {
				t.Errorf("%d answers say recorded, balance %s", first, w.balance(2))
			}
		})

		t.Run("Cap", func(t *testing.T) {
			if _, err := w.Record(ctx, w.cleaner, w.paper(3, 6000)); err != nil {
				t.Fatal(err)
			}
			d, err := w.Record(ctx, w.cleaner, w.paper(3, 7500))
			if err != nil {
				t.Fatal(err)
			}
			if d.Earned != 1500 || d.Cut != 700 || d.CutPeriod != "day" || d.Credited != 800 || w.balance(3) != 2000 {
				t.Errorf("got %+v, balance %s", d, w.balance(3))
			}
		})

		t.Run("SeveralItems", func(t *testing.T) {
			bags := int64(75)
			in := w.paper(4, 1234)
			in.Items = append(in.Items, dropoff.ItemInput{Item: "food", Grade: dropoff.Good}, dropoff.ItemInput{Item: "bag", Pieces: &bags})
			d, err := w.Record(ctx, w.cleaner, in)
			if err != nil || d.Earned != 247+800+150 {
				t.Errorf("got %+v, %v", d, err)
			}
		})

		t.Run("PoorGradeEarnsNothing", func(t *testing.T) {
			in := w.paper(5, 1)
			in.Items = []dropoff.ItemInput{{Item: "food", Grade: dropoff.Poor}}
			d, err := w.Record(ctx, w.cleaner, in)
			if err != nil || d.Credited != 0 || d.Status != dropoff.Credited {
				t.Errorf("got %+v, %v", d, err)
			}
		})

		t.Run("RefusalIsSticky", func(t *testing.T) {
			in := w.paper(5, 1000)
			in.HappenedAt = calendar.Now().Add(time.Hour)
			for range 2 {
				_, err := w.Record(ctx, w.cleaner, in)
				if f, ok := fault.As(err); !ok || f.Code != "drop_off.in_future" || f.Pointer != "/happened_at" || f.Kind != fault.Refused {
					t.Errorf("got %+v", err)
				}
			}
		})

		for name, test := range map[string]struct {
			change func(*dropoff.Input)
			actor  auth.Actor
			want   string
		}{
			"ErrMistyped":     {func(in *dropoff.Input) { in.CardCode = "0000-0000-0000-0000-01" }, w.cleaner, "card.mistyped"},
			"ErrUnknownCard":  {func(in *dropoff.Input) { in.CardCode = "0000-0000-0000-0000-00" }, w.cleaner, "card.unknown"},
			"ErrOtherTown":    {func(*dropoff.Input) {}, auth.Actor{ID: id.New(), Grants: []auth.Grant{{Role: auth.Cleaner, DivisionID: id.New()}}}, "card.unknown"},
			"ErrUnknownItem":  {func(in *dropoff.Input) { in.Items[0].Item = "gold" }, w.cleaner, "drop_off.unknown_item"},
			"ErrTooHeavy":     {func(in *dropoff.Input) { *in.Items[0].Grams = 10_000_000 }, w.cleaner, "drop_off.weight_too_large"},
			"ErrNegative":     {func(in *dropoff.Input) { *in.Items[0].Grams = -1 }, w.cleaner, "drop_off.weight_not_positive"},
			"ErrNoWeight":     {func(in *dropoff.Input) { in.Items[0].Grams = nil }, w.cleaner, "drop_off.weight_missing"},
			"ErrTooOld":       {func(in *dropoff.Input) { in.HappenedAt = calendar.Now().Add(-400 * 24 * time.Hour) }, w.cleaner, "drop_off.too_old"},
			"ErrUnknownPoint": {func(in *dropoff.Input) { in.PointID = id.Some(id.New()) }, w.cleaner, "collection_point.unknown"},
			"ErrUnknownPhoto": {func(in *dropoff.Input) { in.Items[0].PhotoID = id.Some(id.New()) }, w.cleaner, "photo.unknown"},
		} {
			t.Run(name, func(t *testing.T) {
				in := w.paper(6, 1000)
				test.change(&in)
				if _, err := w.Record(ctx, test.actor, in); !fault.Is(err, test.want) {
					t.Errorf("got %v, want %s", err, test.want)
				}
				if got := w.balance(6); got != 0 {
					t.Errorf("balance %s", got)
				}
			})
		}
		mustVerify(t, db)
	})
}

func TestService_Review(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db, 3)
		heavy := w.paper(0, members*5000+1)
		d, err := w.Record(ctx, w.cleaner, heavy)
		if err != nil || d.Status != dropoff.Pending || d.ReviewReason != "implausible_weight" || w.balance(0) != 0 {
			t.Fatalf("got %+v, %v", d, err)
		}
		waiting, err := w.Waiting(ctx, w.cadre, id.ID{}, id.ID{}, 10)
		if err != nil || len(waiting) != 1 || waiting[0].ID != d.ID {
			t.Fatalf("waiting %v, %v", waiting, err)
		}
		if _, err := w.Review(ctx, w.cleaner, dropoff.Review{ID: id.New(), DropOffID: d.ID, Accept: true}); !fault.Is(err, "drop_off.unknown") {
			t.Errorf("a cleaner reviewed: %v", err)
		}
		reviewID := id.New()
		for i := range 2 {
			got, err := w.Review(ctx, w.cadre, dropoff.Review{ID: reviewID, DropOffID: d.ID, Accept: true})
			if err != nil || got.Status != dropoff.Credited || got.Credited != 2000 || got.Cut != 2000 || got.ReviewReason != "" || got.Replayed != (i == 1) {
				t.Errorf("try %d: got %+v, %v", i, got, err)
			}
		}
		if _, err := w.Review(ctx, w.cadre, dropoff.Review{ID: id.New(), DropOffID: d.ID, Reason: "不对"}); !fault.Is(err, "drop_off.not_pending") {
			t.Errorf("got %v", err)
		}
		again, err := w.Record(ctx, w.cleaner, heavy)
		if err != nil || again.Status != dropoff.Pending || again.ReviewReason != "implausible_weight" || again.Credited != 0 {
			t.Errorf("the replay says %+v, %v", again, err)
		}
		if _, err := w.Reverse(ctx, w.cadre, id.New(), d.ID, "记错了"); err != nil {
			t.Error(err)
		}
		if w.balance(0) != 0 {
			t.Errorf("balance %s", w.balance(0))
		}
		mustVerify(t, db)
	})
}

func TestService_Reverse(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db, 2)
		d, err := w.Record(ctx, w.cleaner, w.paper(0, 1000))
		if err != nil {
			t.Fatal(err)
		}
		stranger := w.cleaner
		stranger.ID = id.New()
		if _, err := w.Reverse(ctx, stranger, id.New(), d.ID, "x"); !fault.Is(err, "drop_off.unknown") {
			t.Errorf("got %v", err)
		}
		var wg sync.WaitGroup
		done := make(chan error, 5)
		for range 5 {
			wg.Go(func() {
				_, err := w.Reverse(ctx, w.cleaner, id.New(), d.ID, "记错了")
				done <- err
			})
		}
		wg.Wait()
		close(done)
		undone := 0
		for err := range done {
			if err == nil {
				undone++
			} else if !fault.Is(err, "drop_off.already_reversed") {
				t.Error(err)
			}
		}
		if undone != 1 || w.balance(0) != 0 {
			t.Errorf("undone %d times, balance %s", undone, w.balance(0))
		}
		list, totals, err := w.List(ctx, w.cadre, dropoff.Filter{Day: d.Day, Limit: 10})
		if err != nil || len(list) != 1 || list[0].Status != dropoff.Reversed || totals.DropOffs != 0 {
			t.Errorf("got %v, %+v, %v", list, totals, err)
		}
		mustVerify(t, db)
	})
}
