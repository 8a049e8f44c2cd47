package dropoff_test

import (
	"context"
	"database/sql"
	"slices"
	"sync"
	"testing"
	"time"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/division"
	"hufen/internal/dropoff"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// credits says from a day on when the points of a class count in the town.
func (w *world) credits(name division.SettingName, value int64, from calendar.Day) {
	w.t.Helper()
	settingID := id.New()
	dbtest.Insert(w.t, w.db, "settings", "id, division_id, name, value, valid_from, recorded_at, actor_id",
		settingID[:], w.town[:], string(name), value, int64(from), 1, w.cadre.ID[:])
	w.divisions.Forget()
}

func (w *world) mustRecord(in dropoff.Input) *dropoff.DropOff {
	w.t.Helper()
	d, err := w.Record(context.Background(), w.cleaner, in)
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

// later is another instance that lives so many days ahead.
func (w *world) later(t *testing.T, days int) *dropoff.Service {
	t.Helper()
	s := dropoff.New(dbtest.Again(t, w.db), w.divisions, calendar.Shanghai)
	s.RunAt(func() calendar.Micros { return calendar.Now().Add(time.Duration(days) * 24 * time.Hour) })
	t.Cleanup(s.Close)
	return s
}

func grams(n int64) *int64 { return &n }

// rule is when the points of a rule count.
func rule(crediting int64) sql.NullInt64 { return sql.NullInt64{Int64: crediting, Valid: true} }

func TestService_Terms(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, 8)
		today := w.divisions.Today()
		w.credits(division.CreditRecyclable, 7, today)
		w.credits(division.CreditFood, division.AfterReview, today)
		w.credits(division.CreditHazardous, division.AfterReview, today)
		if _, _, err := w.AddTariff(context.Background(), auth.SystemActor("test"), dropoff.NewTariff{ID: id.New(), DivisionID: w.village, ValidFrom: today,
			Rules: []dropoff.Rule{
				{Item: "food", Category: "food", NameZh: "厨余", NameEn: "Kitchen", Basis: dropoff.PerKg, Points: 100, PerCount: 1},
				{Item: "recyclable.paper", Category: "recyclable", NameZh: "废纸", NameEn: "Paper", Basis: dropoff.PerKg, Points: 200, PerCount: 1},
				{Item: "bag", Category: "recyclable", NameZh: "袋", NameEn: "Bags", Basis: dropoff.PerCount, Points: 100, PerCount: 50, Crediting: rule(division.AtOnce)},
				{Item: "bottle", Category: "recyclable", NameZh: "瓶", NameEn: "Bottles", Basis: dropoff.PerCount, Points: 100, PerCount: 1, Crediting: rule(30)},
				{Item: "battery", Category: "hazardous", NameZh: "电池", NameEn: "Battery", Basis: dropoff.PerCount, Points: 100, PerCount: 1, Crediting: rule(division.AtOnce)},
				{Item: "ash", Category: "residual", NameZh: "灰", NameEn: "Ash", Basis: dropoff.PerKg, Points: 100, PerCount: 1},
			}}); err != nil {
			t.Fatal(err)
		}
		item := func(name string) dropoff.ItemInput {
			return dropoff.ItemInput{Item: name, Grams: grams(1000), Pieces: grams(50)}
		}
		for i, test := range []struct {
			name   string
			items  []string
			reason string
			days   int
		}{
			{"ClassAtOnce", []string{"ash"}, "", 0},
			{"ClassAfterReview", []string{"food"}, "review_class", 0},
			{"ClassPosted", []string{"recyclable.paper"}, "objection_period", 7},
			{"RuleOverClass", []string{"bag"}, "", 0},
			{"RuleOverReview", []string{"battery"}, "", 0},
			{"LongestPeriod", []string{"recyclable.paper", "bottle", "ash"}, "objection_period", 30},
			{"ReviewBeforePeriod", []string{"bottle", "food"}, "review_class", 0},
		} {
			t.Run(test.name, func(t *testing.T) {
				in := w.paper(i, 1000)
				in.Items = nil
				for _, name := range test.items {
					in.Items = append(in.Items, item(name))
				}
				d := w.mustRecord(in)
				until := calendar.Day(0)
				if test.days > 0 {
					until = today.AddDays(test.days)
				}
				if d.ReviewReason != test.reason || d.ObjectionUntil != until || (d.Status == dropoff.Pending) != (test.reason != "") {
					t.Errorf("%s because of %q until %v, want %q until %v", d.Status, d.ReviewReason, d.ObjectionUntil, test.reason, until)
				}
				if again := w.mustRecord(in); !again.Replayed || again.ReviewReason != test.reason || again.ObjectionUntil != until {
					t.Errorf("again: %+v", again)
				}
			})
		}
		t.Run("Dated", func(t *testing.T) {
			w.credits(division.CreditResidual, division.AfterReview, today.Next())
			in := w.paper(7, 1000)
			in.Items = []dropoff.ItemInput{item("ash")}
			if d := w.mustRecord(in); d.Status != dropoff.Credited {
				t.Errorf("today it is %s already", d.Status)
			}
		})
		mustVerify(t, db)
	})
}

func TestService_Review_Correction(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx, w := t.Context(), newWorld(t, db, 4)
		w.credits(division.CreditRecyclable, division.AfterReview, w.divisions.Today())
		w.credits(division.CreditFood, division.AfterReview, w.divisions.Today())
		in := w.paper(0, 8200)
		in.Items = append(in.Items, dropoff.ItemInput{Item: "food", Grade: dropoff.Excellent})
		d := w.mustRecord(in)
		review := dropoff.Review{ID: id.New(), DropOffID: d.ID, Accept: true, Reason: "复称 4.1 公斤",
			Corrections: []dropoff.Correction{{Line: 1, Grams: grams(4100)}, {Line: 2, Grade: dropoff.Fair}}}
		for i := range 2 {
			got, err := w.Review(ctx, w.cadre, review)
			if err != nil || got.Status != dropoff.Credited || got.Earned != 820+600 || got.Credited != 1420 || got.Replayed != (i == 1) ||
				got.Items[0].Grams != 4100 || got.Items[1].Grade != dropoff.Fair || got.ReviewNote != review.Reason || got.ReviewerID.ID != w.cadre.ID {
				t.Fatalf("try %d: %+v, %v", i, got, err)
			}
			if before := got.Recorded(); len(before) != 2 || before[0].Grams != 8200 || before[1].Grade != dropoff.Excellent {
				t.Errorf("try %d: recorded as %+v", i, before)
			}
		}
		if again := w.mustRecord(in); again.Status != dropoff.Pending || again.Items[0].Grams != 8200 || again.Earned != 2640 {
			t.Errorf("the cleaner's phone hears %+v", again)
		}
		other := review
		other.Corrections = []dropoff.Correction{{Line: 1, Grams: grams(4200)}}
		if _, err := w.Review(ctx, w.cadre, other); !fault.Is(err, "request.id_reused") {
			t.Errorf("another correction under the same id: %v", err)
		}
		if w.balance(0) != 1420 {
			t.Errorf("balance %s", w.balance(0))
		}
		if _, totals, err := w.List(ctx, w.cadre, dropoff.Filter{Day: d.Day, Limit: 9}); err != nil || totals.Grams != 4100 || totals.Credited != 1420 {
			t.Errorf("the day's totals are %+v, %v", totals, err)
		}

		t.Run("Capped", func(t *testing.T) {
			first, second := w.mustRecord(w.paper(1, 9000)), w.mustRecord(w.paper(1, 100))
			if _, err := w.Review(ctx, w.cadre, dropoff.Review{ID: id.New(), DropOffID: first.ID, Accept: true}); err != nil {
				t.Fatal(err)
			}
			got, err := w.Review(ctx, w.cadre, dropoff.Review{ID: id.New(), DropOffID: second.ID, Accept: true, Reason: "少了一位",
				Corrections: []dropoff.Correction{{Line: 1, Grams: grams(1500)}}})
			if err != nil || got.Earned != 300 || got.Cut != 100 || got.CutPeriod != "day" || w.balance(1) != 2000 {
				t.Errorf("%+v, %v, balance %s", got, err, w.balance(1))
			}
		})

		waiting := w.mustRecord(w.paper(2, 1000))
		for name, test := range map[string]struct {
			change func(*dropoff.Review)
			want   string
		}{
			"ErrNoReason":   {func(r *dropoff.Review) { r.Reason = " " }, "drop_off.reason_missing"},
			"ErrRefused":    {func(r *dropoff.Review) { r.Accept = false }, "drop_off.refused_corrected"},
			"ErrNoSuchLine": {func(r *dropoff.Review) { r.Corrections[0].Line = 2 }, "drop_off.line_unknown"},
			"ErrLineZero":   {func(r *dropoff.Review) { r.Corrections[0].Line = 0 }, "drop_off.line_unknown"},
			"ErrTwice":      {func(r *dropoff.Review) { r.Corrections = append(r.Corrections, r.Corrections[0]) }, "drop_off.line_unknown"},
			"ErrTooHeavy":   {func(r *dropoff.Review) { r.Corrections[0].Grams = grams(60_001) }, "drop_off.weight_too_large"},
			"ErrNegative":   {func(r *dropoff.Review) { r.Corrections[0].Grams = grams(-1) }, "drop_off.weight_not_positive"},
			"ErrPiecesOfWeighed": {func(r *dropoff.Review) {
				r.Corrections[0] = dropoff.Correction{Line: 1, Pieces: grams(3)}
			}, "drop_off.nothing_corrected"},
			"ErrNothing":      {func(r *dropoff.Review) { r.Corrections[0].Grams = nil }, "drop_off.nothing_corrected"},
			"ErrUnknownGrade": {func(r *dropoff.Review) { r.Corrections[0].Grade = "best" }, "drop_off.unknown_grade"},
		} {
			t.Run(name, func(t *testing.T) {
				r := dropoff.Review{ID: id.New(), DropOffID: waiting.ID, Accept: true, Reason: "复称", Corrections: []dropoff.Correction{{Line: 1, Grams: grams(900)}}}
				test.change(&r)
				if _, err := w.Review(ctx, w.cadre, r); !fault.Is(err, test.want) {
					t.Errorf("got %v, want %s", err, test.want)
				}
			})
		}
		if _, err := w.Reverse(ctx, w.cadre, id.New(), d.ID, "记错了"); err != nil || w.balance(0) != 0 {
			t.Errorf("taken back: %v, balance %s", err, w.balance(0))
		}
		mustVerify(t, db)
	})
}

func TestService_ReviewAll(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx, w := t.Context(), newWorld(t, db, 5)
		w.credits(division.CreditRecyclable, division.AfterReview, w.divisions.Today())
		reviews := make([]dropoff.Review, dropoff.MostReviews)
		for i := range reviews {
			reviews[i] = dropoff.Review{ID: id.New(), DropOffID: w.mustRecord(w.paper(i%5, 100)).ID, Accept: true}
		}
		reviews[7] = dropoff.Review{ID: id.New(), DropOffID: reviews[6].DropOffID, Accept: true} // another review of the same
		reviews[9] = reviews[8]                                                                  // the same review again
		for try := range 2 {
			outcomes := w.ReviewAll(ctx, w.cadre, reviews)
			if len(outcomes) != len(reviews) {
				t.Fatalf("%d outcomes", len(outcomes))
			}
			for i, o := range outcomes {
				if i == 7 {
					if !fault.Is(o.Err, "drop_off.not_pending") {
						t.Errorf("try %d: reviewed twice: %v", try, o.Err)
					}
					continue
				}
				if o.Err != nil || o.DropOff.Credited != 20 || o.DropOff.ID != reviews[i].DropOffID || o.DropOff.Replayed != (try == 1 || i == 9) {
					t.Fatalf("try %d, %d: %+v, %v", try, i, o.DropOff, o.Err)
				}
			}
		}
		total := 0
		for i := range 5 {
			total += int(w.balance(i))
		}
		if want := 20 * (len(reviews) - 2); total != want {
			t.Errorf("%d were credited, want %d", total, want)
		}
		mustVerify(t, db)
	})
}

// A cadre who also records does not review that; a town official may.
func TestService_Review_Own(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx, w := t.Context(), newWorld(t, db, 1)
		w.credits(division.CreditRecyclable, division.AfterReview, w.divisions.Today())
		d, err := w.Record(ctx, w.cadre, w.paper(0, 1000))
		if err != nil {
			t.Fatal(err)
		}
		for _, accept := range []bool{true, false} {
			if _, err := w.Review(ctx, w.cadre, dropoff.Review{ID: id.New(), DropOffID: d.ID, Accept: accept, Reason: "对"}); !fault.Is(err, "drop_off.own_review") {
				t.Errorf("got %v", err)
			}
		}
		town := auth.Actor{ID: id.New(), Kind: auth.Person, Grants: []auth.Grant{{Role: auth.TownOfficial, DivisionID: w.town}}}
		if _, err := w.Review(ctx, town, dropoff.Review{ID: id.New(), DropOffID: d.ID, Accept: true}); err != nil || w.balance(0) != 200 {
			t.Errorf("%v, balance %s", err, w.balance(0))
		}
		mustVerify(t, db)
	})
}

// A review and the reversal of the same drop-off in one group: the reversal
// named the drop-off as what it takes back, not the award of the review.
func TestService_AcceptAndReverse_OneGroup(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx, w := t.Context(), newWorld(t, db, 1)
		w.credits(division.CreditRecyclable, division.AfterReview, w.divisions.Today())
		d := w.mustRecord(w.paper(0, 1000))
		outcomes := w.AcceptAndReverse(ctx, w.cadre, d.ID)
		for i, status := range []string{dropoff.Credited, dropoff.Reversed} {
			if o := outcomes[i]; o.Err != nil || o.DropOff.Status != status {
				t.Errorf("%+v, %v; want %s", o.DropOff, o.Err, status)
			}
		}
		if w.balance(0) != 0 {
			t.Errorf("balance %s", w.balance(0))
		}
		mustVerify(t, db)
	})
}

func TestService_CreditPosted(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx, w := t.Context(), newWorld(t, db, 6)
		w.credits(division.CreditRecyclable, 3, w.divisions.Today())
		household := auth.Actor{ID: w.households[1], Kind: auth.Household, HouseholdID: w.households[1]}
		posted := make([]*dropoff.DropOff, 6)
		for i := range posted {
			posted[i] = w.mustRecord(w.paper(i, 1000))
		}
		if waiting, err := w.Waiting(ctx, w.cadre, id.ID{}, id.ID{}, 10); err != nil || len(waiting) != 0 {
			t.Errorf("%d wait for a cadre, %v", len(waiting), err)
		}
		if list, err := w.Posted(ctx, w.cadre, id.ID{}, id.ID{}, 10); err != nil || len(list) != 6 {
			t.Errorf("%d are posted, %v", len(list), err)
		}
		if _, err := w.Review(ctx, w.cadre, dropoff.Review{ID: id.New(), DropOffID: posted[0].ID, Accept: true}); !fault.Is(err, "drop_off.still_posted") {
			t.Errorf("accepted before its time: %v", err)
		}
		if _, err := w.Object(ctx, household, id.New(), posted[0].ID, "不是我家的"); !fault.Is(err, "drop_off.unknown") {
			t.Errorf("a household objected to another's: %v", err)
		}
		if _, err := w.Object(ctx, w.cadre, id.New(), posted[1].ID, ""); !fault.Is(err, "drop_off.reason_missing") {
			t.Errorf("got %v", err)
		}
		objection := id.New()
		for i := range 2 {
			d, err := w.Object(ctx, household, objection, posted[1].ID, "少记了一公斤")
			if err != nil || d.Objection != "少记了一公斤" || d.Status != dropoff.Pending || d.Replayed != (i == 1) {
				t.Errorf("%+v, %v", d, err)
			}
		}
		if _, err := w.Object(ctx, w.cadre, id.New(), posted[1].ID, "再来"); !fault.Is(err, "drop_off.not_posted") {
			t.Errorf("objected twice: %v", err)
		}
		if _, err := w.Review(ctx, w.cadre, dropoff.Review{ID: id.New(), DropOffID: posted[2].ID, Reason: "没有分类"}); err != nil {
			t.Errorf("refused while posted: %v", err)
		}
		if _, err := w.Reverse(ctx, w.cleaner, id.New(), posted[3].ID, "记错了"); err != nil {
			t.Errorf("taken back while posted: %v", err)
		}
		mustVerify(t, db)

		if n, err := w.later(t, 3).CreditPosted(ctx); n != 0 || err != nil { // its last day
			t.Errorf("%d were credited on the last day, %v", n, err)
		}
		one, two := w.later(t, 4), w.later(t, 4)
		var running sync.WaitGroup
		counted := make([]int, 2)
		for i, s := range []*dropoff.Service{one, two} {
			running.Go(func() {
				var err error
				if counted[i], err = s.CreditPosted(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		running.Wait()
		if n, err := one.CreditPosted(ctx); counted[0]+counted[1] != 3 || n != 0 || err != nil {
			t.Errorf("%v and then %d were credited, %v", counted, n, err)
		}
		for i, want := range []int{200, 0, 0, 0, 200, 200} {
			if got := int(w.balance(i)); got != want {
				t.Errorf("household %d has %d, want %d", i, got, want)
			}
		}
		// What somebody objected to waits for a cadre, who puts it right.
		waiting, err := w.Waiting(ctx, w.cadre, id.ID{}, id.ID{}, 10)
		if err != nil || len(waiting) != 1 || waiting[0].ID != posted[1].ID || waiting[0].Objection != "少记了一公斤" {
			t.Fatalf("waiting %+v, %v", waiting, err)
		}
		if _, err := w.Review(ctx, w.cadre, dropoff.Review{ID: id.New(), DropOffID: posted[1].ID, Accept: true, Reason: "复称",
			Corrections: []dropoff.Correction{{Line: 1, Grams: grams(2000)}}}); err != nil || w.balance(1) != 400 {
			t.Errorf("%v, balance %s", err, w.balance(1))
		}
		mustVerify(t, db)
	})
}

// An objection and the end of its period at the same time: one of the two
// happens, never both.
func TestService_Object_Race(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx, w := t.Context(), newWorld(t, db, 1)
		w.credits(division.CreditRecyclable, 1, w.divisions.Today())
		over := w.later(t, 2)
		objected := 0
		for range 8 {
			d := w.mustRecord(w.paper(0, 100))
			var running sync.WaitGroup
			running.Go(func() {
				if _, err := over.CreditPosted(ctx); err != nil {
					t.Error(err)
				}
			})
			running.Go(func() {
				_, err := w.Object(ctx, w.cadre, id.New(), d.ID, "不对")
				switch {
				case err == nil:
					objected++
				case !fault.Is(err, "drop_off.not_posted"):
					t.Error(err)
				}
			})
			running.Wait()
		}
		if _, err := over.CreditPosted(ctx); err != nil {
			t.Error(err)
		}
		if got, want := int(w.balance(0)), 20*(8-objected); got != want {
			t.Errorf("balance %d after %d objections, want %d", got, objected, want)
		}
		mustVerify(t, db)
	})
}

// Who is thanked on the village board: nine of ten grades of the month are
// excellent, as they count after reviews, without what was taken back.
func TestService_SortedBest(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, 4)
		ctx := context.Background()
		graded := func(i int, grades ...string) (last *dropoff.DropOff) {
			for _, grade := range grades {
				last = w.mustRecord(dropoff.Input{ID: id.New(), CardCode: w.codes[i], HappenedAt: calendar.Now(),
					Items: []dropoff.ItemInput{{Item: "food", Grade: grade}}})
			}
			return last
		}
		nine := slices.Repeat([]string{dropoff.Excellent}, 9)
		graded(0, append(nine, dropoff.Good)...)
		graded(1, append(nine[:8], dropoff.Good)...)
		undone := graded(2, dropoff.Excellent, dropoff.Poor)
		if _, err := w.Reverse(ctx, w.cleaner, id.New(), undone.ID, "扫错了卡"); err != nil {
			t.Fatal(err)
		}
		w.mustRecord(w.paper(3, 1000)) // nothing graded
		best, err := w.SortedBest(ctx, w.village, w.divisions.Today().Month())
		if err != nil || len(best) != 2 || !best[w.households[0]] || !best[w.households[2]] {
			t.Errorf("best are %v of %v, %v", best, w.households, err)
		}
		if best, err := w.SortedBest(ctx, w.village, w.divisions.Today().Month().AddMonths(-1)); err != nil || len(best) != 0 {
			t.Errorf("a month before: %v, %v", best, err)
		}
	})
}
