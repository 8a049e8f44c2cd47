package report

import (
	"context"
	"math"
	"sync"
	"testing"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/fault"
	"hufen/internal/id"
)

func TestService_CreateBaseline(t *testing.T) {
	ctx := context.Background()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.people(w.qingzhu, 20250101, 1050, 300)
		w.tickets(month{village: w.qingzhu, month: 202507, residual: 12_400_000}, month{village: w.qingzhu, month: 202506, residual: 9_000_000, days: 17})
		july := NewBaseline{ID: id.New(), VillageID: w.qingzhu, Month: 202507, Method: "转运站过磅", Source: "2025 年台账.xlsx"}

		t.Run("From the month's tickets and person-days", func(t *testing.T) {
			b, replayed, err := w.CreateBaseline(ctx, w.zhao, july)
			if err != nil || replayed || b.DisposalGrams != 12_400_000 || b.PersonDays != 32_550 || b.Version != 1 || b.State != Draft || b.CalendarMonth != 7 {
				t.Errorf("got %+v, %v", b, err)
			}
		})
		t.Run("Replay", func(t *testing.T) {
			b, replayed, err := w.CreateBaseline(ctx, w.zhao, july)
			if err != nil || !replayed || b.Creator != "赵晓岚" {
				t.Errorf("got %+v, %v, %v", b, replayed, err)
			}
			other := july
			other.DisposalGrams = 1
			_, _, err = w.CreateBaseline(ctx, w.zhao, other)
			mustFault(t, "other content", err, "request.id_reused")
		})
		t.Run("A later version needs a reason", func(t *testing.T) {
			second := july
			second.ID, second.PersonDays = id.New(), 32_000
			_, _, err := w.CreateBaseline(ctx, w.zhao, second)
			mustFault(t, "without", err, "baseline.reason_missing")
			second.Reason = "户籍核实后人数有变"
			b, _, err := w.CreateBaseline(ctx, w.zhao, second)
			if err != nil || b.Version != 2 {
				t.Errorf("got %+v, %v", b, err)
			}
		})
		for name, c := range map[string]struct {
			change func(*NewBaseline)
			want   string
		}{
			"few tickets":         {func(in *NewBaseline) { in.Month = 202506 }, "baseline.few_tickets"},
			"no tickets":          {func(in *NewBaseline) { in.Month = 202505 }, "baseline.no_tickets"},
			"no person-days":      {func(in *NewBaseline) { in.Month, in.DisposalGrams = 202401, 1000 }, "baseline.no_person_days"},
			"a month that runs":   {func(in *NewBaseline) { in.Month = 202608 }, "baseline.month_not_over"},
			"no month":            {func(in *NewBaseline) { in.Month = 202613 }, "baseline.month_not_over"},
			"no method":           {func(in *NewBaseline) { in.Method = " " }, "baseline.method_missing"},
			"no source":           {func(in *NewBaseline) { in.Source = "" }, "baseline.source_missing"},
			"the sum of a city":   {func(in *NewBaseline) { in.DisposalGrams = maxBaselineGrams + 1 }, "baseline.too_large"},
			"people of a city":    {func(in *NewBaseline) { in.PersonDays = math.MaxInt64 }, "baseline.too_large"},
			"below zero":          {func(in *NewBaseline) { in.DisposalGrams = -1 }, "baseline.not_positive"},
			"another town's":      {func(in *NewBaseline) { in.VillageID = w.baihe }, "division.unknown"},
			"a town for baseline": {func(in *NewBaseline) { in.VillageID = w.town }, "collection.not_village"},
		} {
			in := july
			in.ID = id.New()
			c.change(&in)
			_, _, err := w.CreateBaseline(ctx, w.zhao, in)
			mustFault(t, name, err, c.want)
		}
	})
}

func TestService_SignBaseline(t *testing.T) {
	ctx := context.Background()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		draft := func(reason string, grams int64) Baseline {
			t.Helper()
			b, _, err := w.CreateBaseline(ctx, w.zhou, NewBaseline{ID: id.New(), VillageID: w.qingzhu, Month: 202507, DisposalGrams: grams, PersonDays: 32_550,
				Method: "过磅", Source: "台账", Reason: reason})
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		first := draft("", 12_400_000)
		_, err := w.SignBaseline(ctx, w.liu, first.ID)
		mustFault(t, "signing a draft", err, "baseline.not_locked")
		if b, err := w.LockBaseline(ctx, w.liu, first.ID); err != nil || b.State != Locked || b.Locker != "刘洪" {
			t.Fatalf("got %+v, %v", b, err)
		}
		if _, err := w.LockBaseline(ctx, w.liu, first.ID); err != nil {
			t.Errorf("locking again: %v", err)
		}
		_, err = w.LockBaseline(ctx, w.zhao, first.ID)
		mustFault(t, "locking what another locked", err, "baseline.already_locked")
		_, err = w.SignBaseline(ctx, w.liu, first.ID)
		mustFault(t, "signing what one locked", err, "baseline.same_person")
		machine := w.zhao
		machine.Kind = auth.Machine
		_, err = w.SignBaseline(ctx, machine, first.ID)
		mustFault(t, "a machine", err, "baseline.person_only")
		stranger := w.user("外人", auth.Grant{Role: auth.Auditor, DivisionID: w.otherTown})
		_, err = w.SignBaseline(ctx, stranger, first.ID)
		mustFault(t, "somebody of another town", err, "baseline.unknown")
		if b, err := w.SignBaseline(ctx, w.zhao, first.ID); err != nil || b.State != Signed || b.Signer != "赵晓岚" {
			t.Fatalf("got %+v, %v", b, err)
		}
		if b, err := w.SignBaseline(ctx, w.zhao, first.ID); err != nil || b.State != Signed {
			t.Errorf("signing again: %+v, %v", b, err)
		}
		_, err = w.SignBaseline(ctx, w.zhou, first.ID)
		mustFault(t, "signing what is signed", err, "baseline.already_signed")

		second, third := draft("重新核对", 12_000_000), draft("再次核对", 11_900_000)
		if _, err := w.LockBaseline(ctx, w.liu, third.ID); err != nil {
			t.Fatal(err)
		}
		w.tickets(month{village: w.qingzhu, month: 202607, residual: 8_900_000})
		w.people(w.qingzhu, 20260101, 1080, 312)
		expect(t, "the first version is in force", w.reduction(Query{From: 202607, To: 202607}).Rows[0].Raw, "28.2%")
		if _, err := w.SignBaseline(ctx, w.zhao, third.ID); err != nil {
			t.Fatal(err)
		}
		expect(t, "the third one is", w.reduction(Query{From: 202607, To: 202607}).Rows[0].Raw, "25.2%")
		_, err = w.LockBaseline(ctx, w.liu, second.ID)
		mustFault(t, "locking an overtaken version", err, "baseline.superseded")

		if wrong, err := CheckBaselines(ctx, db.Read); err != nil || len(wrong) > 0 {
			t.Errorf("in force: %v, %v", wrong, err)
		}
		list, last, more, err := w.Baselines(ctx, w.zhou, BaselineFilter{Limit: 5})
		if err != nil || more || len(list) != 1 || list[0].Version != 3 || last.Code != "511702108201" {
			t.Errorf("got %+v, %+v, %v, %v", list, last, more, err)
		}
	})
}

// Of many who sign at once, one does; who locked never does.
func TestService_SignBaseline_race(t *testing.T) {
	ctx := context.Background()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		b, _, err := w.CreateBaseline(ctx, w.zhao, NewBaseline{ID: id.New(), VillageID: w.qingzhu, Month: 202507, DisposalGrams: 1, PersonDays: 1, Method: "x", Source: "x"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.LockBaseline(ctx, w.zhao, b.ID); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		signed := 0
		for i := range 9 {
			signer := w.zhao
			if i%3 > 0 {
				signer = w.user("签字人", auth.Grant{Role: auth.TownOfficial, DivisionID: w.town})
			}
			wg.Go(func() {
				_, err := w.SignBaseline(ctx, signer, b.ID)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					signed++
				} else if !fault.Is(err, "baseline.already_signed") && !fault.Is(err, "baseline.same_person") {
					t.Error(err)
				}
				if err == nil && signer.ID == w.zhao.ID {
					t.Error("who locked has signed")
				}
			})
		}
		wg.Wait()
		if signed != 1 {
			t.Errorf("%d signed", signed)
		}
	})
}

func TestService_Baselines(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		for _, village := range []id.ID{w.baihe, w.qingzhu} {
			for _, month := range []calendar.Month{202503, 202507, 202501} {
				w.baseline(village, month, 1000, 1000)
			}
		}
		var got []int
		f := BaselineFilter{Limit: 4}
		for more := true; more; {
			page, last, next, err := w.Baselines(context.Background(), w.zhou, f)
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range page {
				got = append(got, b.CalendarMonth)
				if first := len(got) <= 3; first != (b.VillageID == w.qingzhu) {
					t.Errorf("%d is %v", len(got), b.VillageID)
				}
			}
			f.After, more = last, next
		}
		if len(got) != 6 || got[0] != 1 || got[1] != 3 || got[2] != 7 || got[5] != 7 {
			t.Errorf("got %v", got)
		}
	})
}

// Versions handed in at once get numbers of their own.
func TestService_CreateBaseline_race(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		var wg sync.WaitGroup
		for i := range 6 {
			wg.Go(func() {
				_, _, err := w.CreateBaseline(context.Background(), w.zhao, NewBaseline{ID: id.New(), VillageID: w.qingzhu, Month: 202507,
					DisposalGrams: int64(i + 1), PersonDays: 1, Method: "x", Source: "x", Reason: "x"})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		list, _, _, err := w.Baselines(context.Background(), w.zhao, BaselineFilter{Limit: 9})
		if err != nil || len(list) != 6 || list[0].Version != 6 || list[5].Version != 1 {
			t.Errorf("got %+v, %v", list, err)
		}
	})
}
