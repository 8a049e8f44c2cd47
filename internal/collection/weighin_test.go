package collection

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
)

type gormDB = gorm.DB

func TestService_RecordWeighIn(t *testing.T) {
	ctx := context.Background()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		kg := func(n int64) *int64 { return new(n * 1000) }

		t.Run("OK", func(t *testing.T) {
			in := w.ticketInput("0001", 0)
			in.Weights = Weights{GrossGrams: kg(12_400), TareGrams: kg(3_500)}
			recorded := w.record(in)
			if recorded.NetGrams != 8_900_000 || recorded.Method != Scale || recorded.RecordedBy != "赵晓岚" {
				t.Errorf("got %+v", recorded)
			}
			if cell := w.months()[202607]; cell.residual != 8_900_000 || cell.residualTickets != 1 || cell.bits != 1<<13 || cell.estimated {
				t.Errorf("got %+v", cell)
			}
		})
		t.Run("Replay", func(t *testing.T) {
			in := w.ticketInput("0002", 1000)
			w.record(in)
			again, replayed, err := w.RecordWeighIn(ctx, w.official, in)
			if err != nil || !replayed || again.ID != in.ID || w.months()[202607].residualTickets != 2 {
				t.Errorf("got %+v, %v, %v", again, replayed, err)
			}
			in.Weights.NetGrams = kg(2)
			if _, _, err := w.RecordWeighIn(ctx, w.official, in); !fault.Is(err, "request.id_reused") {
				t.Errorf("other content: got %v", err)
			}
		})
		t.Run("ErrDuplicate names the day", func(t *testing.T) {
			_, _, err := w.RecordWeighIn(ctx, w.cadre, w.ticketInput("0001", 5000))
			if f, ok := fault.As(err); !ok || f.Code != "weigh_in.duplicate" || f.Args["day"] != "2026-08-01" || f.Args["station"] != "碑庙转运站" {
				t.Errorf("got %v", err)
			}
		})
		t.Run("Buckets are an estimate", func(t *testing.T) {
			in := w.ticketInput("0003", 0)
			in.Weights, in.Buckets, in.Day = Weights{}, 12_50, 20260715
			if recorded := w.record(in); recorded.NetGrams != 789_000 || recorded.Method != Buckets {
				t.Errorf("got %+v", recorded)
			}
			if cell := w.months()[202607]; !cell.estimated || cell.bits != 3<<13 {
				t.Errorf("got %+v", cell)
			}
		})
		t.Run("A reported year is split by days", func(t *testing.T) {
			in := w.ticketInput("2021", 705_000_000)
			in.Day, in.To = 20210101, 20211231
			if recorded := w.record(in); recorded.Method != Report {
				t.Errorf("got %+v", recorded)
			}
			if cell := w.months()[202102]; cell.residual != 54_082_192 || cell.bits != 1<<28-1 {
				t.Errorf("got %+v", cell)
			}
		})
		for name, c := range map[string]struct {
			change func(*NewWeighIn)
			want   string
		}{
			"ErrFuture":          {func(in *NewWeighIn) { in.Day = 20260802 }, "weigh_in.future_day"},
			"ErrFutureEnd":       {func(in *NewWeighIn) { in.To = 20260802 }, "weigh_in.future_day"},
			"ErrNoSuchDay":       {func(in *NewWeighIn) { in.Day = 20260231 }, "weigh_in.day_unknown"},
			"ErrReversed":        {func(in *NewWeighIn) { in.Day, in.To = 20260711, 20260710 }, "weigh_in.period_reversed"},
			"ErrLongPeriod":      {func(in *NewWeighIn) { in.Day, in.To = 20240101, 20250101 }, "weigh_in.period_too_long"},
			"ErrCategory":        {func(in *NewWeighIn) { in.Category = "paper" }, "weigh_in.category_unknown"},
			"ErrZero":            {func(in *NewWeighIn) { in.Weights.NetGrams = kg(0) }, "weigh_in.net_not_positive"},
			"ErrTooHeavy":        {func(in *NewWeighIn) { in.Weights.NetGrams = kg(100_001) }, "weigh_in.too_heavy"},
			"ErrNoTicketNumber":  {func(in *NewWeighIn) { in.TicketNumber = "  " }, "weigh_in.ticket_number_missing"},
			"ErrBucketsToo":      {func(in *NewWeighIn) { in.Buckets = 100 }, "weigh_in.buckets_and_weight"},
			"ErrOutsideTheScope": {func(in *NewWeighIn) { in.VillageID = w.namesake }, "division.unknown"},
			"ErrNotAVillage":     {func(in *NewWeighIn) { in.VillageID = w.town }, "collection.not_village"},
		} {
			t.Run(name, func(t *testing.T) {
				in := w.ticketInput("bad-"+name, 1000)
				c.change(&in)
				if _, _, err := w.RecordWeighIn(ctx, w.official, in); !fault.Is(err, c.want) {
					t.Errorf("got %v, want %s", err, c.want)
				}
			})
		}
		t.Run("A cadre of another village", func(t *testing.T) {
			in := w.ticketInput("0009", 1000)
			in.VillageID = w.shiqiao
			if _, _, err := w.RecordWeighIn(ctx, w.cadre, in); !fault.Is(err, "division.unknown") {
				t.Errorf("got %v", err)
			}
		})
	})
}

// Two tickets of one month at once must both be in its sum.
func TestService_RecordWeighIn_race(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		var wg sync.WaitGroup
		for i := range 24 {
			wg.Go(func() {
				in := w.ticketInput(fmt.Sprint(i%20), 1000) // four of them twice
				_, _, err := w.RecordWeighIn(context.Background(), w.official, in)
				if err != nil && !fault.Is(err, "weigh_in.duplicate") {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if cell := w.months()[202607]; cell.residualTickets != 20 || cell.residual != 20_000 {
			t.Errorf("got %+v", cell)
		}
	})
}

func TestService_CorrectWeighIn(t *testing.T) {
	ctx := context.Background()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		in := w.ticketInput("0001", 0)
		in.Weights = Weights{GrossGrams: new(int64(12_400_000)), TareGrams: new(int64(3_500_000))}
		first := w.record(in)
		second := Correction{ID: id.New(), Reason: "皮重抄错", Weights: Weights{TareGrams: new(int64(3_000_000))}}

		t.Run("OK", func(t *testing.T) {
			corrected, _, err := w.CorrectWeighIn(ctx, w.official, first.ID, second)
			if err != nil || corrected.NetGrams != 9_400_000 || corrected.Version != 2 || len(corrected.Versions) != 2 {
				t.Fatalf("got %+v, %v", corrected, err)
			}
			if cell := w.months()[202607]; cell.residual != 9_400_000 || cell.residualTickets != 1 {
				t.Errorf("got %+v", cell)
			}
		})
		t.Run("Replay", func(t *testing.T) {
			corrected, replayed, err := w.CorrectWeighIn(ctx, w.official, first.ID, second)
			if err != nil || !replayed || corrected.Version != 2 {
				t.Errorf("got %+v, %v, %v", corrected, replayed, err)
			}
			other := second
			other.Reason = "另一个原因"
			if _, _, err := w.CorrectWeighIn(ctx, w.official, first.ID, other); !fault.Is(err, "request.id_reused") {
				t.Errorf("got %v", err)
			}
		})
		t.Run("ErrOutdated", func(t *testing.T) {
			_, _, err := w.CorrectWeighIn(ctx, w.official, first.ID, Correction{ID: id.New(), Reason: "又错", Void: new(true)})
			if !fault.Is(err, "weigh_in.outdated") {
				t.Errorf("got %v", err)
			}
		})
		t.Run("ErrNothingChanged", func(t *testing.T) {
			_, _, err := w.CorrectWeighIn(ctx, w.official, second.ID, Correction{ID: id.New(), Reason: "看看"})
			if !fault.Is(err, "weigh_in.nothing_changed") {
				t.Errorf("got %v", err)
			}
		})
		t.Run("ErrReason", func(t *testing.T) {
			_, _, err := w.CorrectWeighIn(ctx, w.official, second.ID, Correction{ID: id.New(), Reason: " ", Void: new(true)})
			if !fault.Is(err, "weigh_in.reason_missing") {
				t.Errorf("got %v", err)
			}
		})
		t.Run("A cadre cannot correct", func(t *testing.T) {
			_, _, err := w.CorrectWeighIn(ctx, w.cadre, second.ID, Correction{ID: id.New(), Reason: "改", Void: new(true)})
			if !fault.Is(err, "weigh_in.unknown") {
				t.Errorf("got %v", err)
			}
		})
		third := Correction{ID: id.New(), Reason: "是石桥坎村 6 月的", VillageID: &w.shiqiao, Day: new(calendar.Day(20260630))}
		t.Run("Another village and month", func(t *testing.T) {
			if _, _, err := w.CorrectWeighIn(ctx, w.official, second.ID, third); err != nil {
				t.Fatal(err)
			}
			cells := w.months()
			if len(cells) != 1 || cells[202606].village != w.shiqiao || cells[202606].residual != 9_400_000 {
				t.Errorf("got %+v", cells)
			}
		})
		t.Run("Void", func(t *testing.T) {
			if _, _, err := w.CorrectWeighIn(ctx, w.official, third.ID, Correction{ID: id.New(), Reason: "重复", Void: new(true)}); err != nil {
				t.Fatal(err)
			}
			if cells := w.months(); len(cells) != 0 {
				t.Errorf("got %+v", cells)
			}
			found, err := w.WeighIn(ctx, w.official, first.ID)
			if err != nil || len(found.Versions) != 4 || !found.Void || found.Version != 4 {
				t.Errorf("got %+v, %v", found, err)
			}
		})
	})
}

func TestService_WeighIns(t *testing.T) {
	ctx := context.Background()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		for i := range 5 {
			in := w.ticketInput(fmt.Sprint(i), 1000)
			in.Day = calendar.Day(20260710 + i/2)
			if i == 4 {
				in.VillageID = w.shiqiao
			}
			w.record(in)
		}
		var got []string
		f := Filter{Limit: 2}
		for more := true; more; {
			var page []WeighIn
			var err error
			if page, more, err = w.WeighIns(ctx, w.official, f); err != nil {
				t.Fatal(err)
			}
			for _, ticket := range page {
				got = append(got, ticket.TicketNumber)
				f.After = Cursor{ticket.From, ticket.ID}
			}
		}
		if want := "[4 3 2 1 0]"; fmt.Sprint(got) != want {
			t.Errorf("got %v, want %s", got, want)
		}
		for name, c := range map[string]struct {
			f    Filter
			want int
		}{
			"one village":             {Filter{DivisionID: w.qingzhu, Limit: 9}, 4},
			"a group is its village":  {Filter{DivisionID: w.group, Limit: 9}, 4},
			"one day":                 {Filter{From: 20260711, To: 20260711, Limit: 9}, 2},
			"a town without tickets":  {Filter{From: 20270101, Limit: 9}, 0},
			"everything of the scope": {Filter{Limit: 9}, 5},
		} {
			if page, more, err := w.WeighIns(ctx, w.official, c.f); err != nil || more || len(page) != c.want {
				t.Errorf("%s: got %d, %v, %v", name, len(page), more, err)
			}
		}
		if _, _, err := w.WeighIns(ctx, w.official, Filter{DivisionID: w.other, Limit: 1}); !fault.Is(err, "division.unknown") {
			t.Errorf("outside the scope: got %v", err)
		}
		if _, err := w.WeighIn(ctx, w.cadre, id.New()); !fault.Is(err, "weigh_in.unknown") {
			t.Errorf("no such ticket: got %v", err)
		}
	})
}

// Of different corrections of one version at once one is stored, and a request
// sent twice is stored once.
func TestService_CorrectWeighIn_race(t *testing.T) {
	ctx := context.Background()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		first := w.record(w.ticketInput("0001", 1000))
		twin := Correction{ID: id.New(), Reason: "抄错", Weights: Weights{NetGrams: new(int64(7000))}}
		var wg sync.WaitGroup
		for i := range 12 {
			in := twin
			if i%3 == 0 {
				in = Correction{ID: id.New(), Reason: "另一个", Weights: Weights{NetGrams: new(int64(8000 + i))}}
			}
			wg.Go(func() {
				_, _, err := w.CorrectWeighIn(ctx, w.official, first.ID, in)
				if err != nil && !fault.Is(err, "weigh_in.outdated") {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		w.months()
		if found, err := w.WeighIn(ctx, w.official, first.ID); err != nil || len(found.Versions) != 2 {
			t.Errorf("got %+v, %v", found, err)
		}
	})
}

// Two districts of one installation each had a station called 转运站, and the
// second one's ticket was refused as recorded already.
func TestService_RecordWeighIn_StationOfAnotherDistrict(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		district, town, village := id.New(), id.New(), id.New()
		w.insert(db, "divisions", []string{"id", "parent_id", "level", "code", "name", "valid_from", "valid_to", "updated_at"}, [][]any{
			{district, id.NullID{}, "district", "511703", "达川区", 20000101, int(division.Forever), calendar.Now()},
			{town, id.Some(district), "town", "511703101", "石桥镇", 20000101, int(division.Forever), calendar.Now()},
			{village, id.Some(town), "village", "511703101201", "列宁村", 20000101, int(division.Forever), calendar.Now()},
		})
		other := w.user(db, "罗燕", auth.Grant{Role: auth.TownOfficial, DivisionID: town})

		w.record(w.ticketInput("0001", 1_000_000))
		in := w.ticketInput("0001", 2_000_000)
		in.VillageID = village
		theirs, _, err := w.RecordWeighIn(context.Background(), other, in)
		if err != nil {
			t.Fatal(err)
		}
		if found, err := w.WeighIn(context.Background(), other, theirs.ID); err != nil || len(found.Versions) != 1 || found.NetGrams != 2_000_000 {
			t.Errorf("got %+v, %v", found, err)
		}
		again := in
		again.ID = id.New()
		if _, _, err := w.RecordWeighIn(context.Background(), other, again); !fault.Is(err, "weigh_in.duplicate") {
			t.Errorf("the same ticket again: %v", err)
		}
	})
}
