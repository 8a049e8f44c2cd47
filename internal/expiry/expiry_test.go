package expiry_test

import (
	"bytes"
	"sync"
	"testing"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/expiry"
	"hufen/internal/i18n"
	"hufen/internal/id"
	"hufen/internal/points"
)

// What a year gave runs out at its end, but not in the year in which the rule
// was switched on.
func TestRun_YearEnd(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		saver, spender, away := w.house(w.north), w.house(w.north), w.house(w.south)
		saver.award(500)
		spender.award(300)
		away.award(700)
		w.rule(w.south, expiry.None, 0, 20260701)
		w.rule(w.town, expiry.YearEnd, 0, 20260702)
		w.day(20270101)
		if got := w.run(); got != 0 {
			t.Errorf("%s ran out in the first winter", got)
		}
		w.day(20270601)
		saver.award(200)
		spender.spend(250)
		w.day(20271231)
		if got := w.run(); got != 0 {
			t.Errorf("%s ran out on the last day", got)
		}
		w.day(20280101)
		saver.award(40) // before anything ran: of the new year
		spender.spend(20)
		if got := w.run(); got != 730 {
			t.Errorf("%s ran out, want 7.30", got)
		}
		if saver.balance() != 40 || spender.balance() != 0 || away.balance() != 700 {
			t.Errorf("left are %s, %s and %s", saver.balance(), spender.balance(), away.balance())
		}
		if got := w.run(); got != 0 {
			t.Errorf("%s ran out twice", got)
		}
		w.day(20290101)
		if got := w.run(); got != 40 {
			t.Errorf("%s ran out a year later", got)
		}
		w.mustVerify()
	})
}

// With months of grace two lots are there at once; the older one is spent first.
func TestRun_Grace(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		h := w.house(w.north)
		w.rule(w.town, expiry.YearEnd, 3, 20270101)
		w.day(20271115)
		h.award(1000)
		w.day(20280215)
		h.award(600)
		h.spend(300) // of 2027
		w.day(20280331)
		if got := w.run(); got != 0 {
			t.Errorf("%s ran out early", got)
		}
		w.day(20280401)
		if got := w.run(); got != 700 || h.balance() != 600 {
			t.Errorf("%s ran out, %s are left", got, h.balance())
		}
		w.mustVerify()
	})
}

// Points run out when nothing came in or was spent for some months, never
// sooner than that after the rule began.
func TestRun_Idle(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		idle, busy := w.house(w.north), w.house(w.north)
		idle.award(500)
		busy.award(300)
		w.day(20260831)
		w.rule(w.town, expiry.Idle, 6, 20260831)
		w.day(20261231)
		busy.spend(100)
		w.day(20270228) // the last day: there is no 31 February
		if got := w.run(); got != 0 {
			t.Errorf("%s ran out early", got)
		}
		w.day(20270301)
		if got := w.run(); got != 500 || busy.balance() != 200 {
			t.Errorf("%s ran out, the busy household has %s", got, busy.balance())
		}
		idle.award(90)
		w.day(20270702)
		if got := w.run(); got != 200 || idle.balance() != 90 {
			t.Errorf("%s ran out, the other household has %s", got, idle.balance())
		}
		w.mustVerify()
	})
}

// Who came back before the job ran keeps everything.
func TestRun_IdleUntilToday(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		h := w.house(w.north)
		h.award(500)
		w.rule(w.town, expiry.Idle, 1, 20260701)
		w.day(20260901)
		h.spend(10)
		if got := w.run(); got != 0 || h.balance() != 490 {
			t.Errorf("%s ran out", got)
		}
		w.mustVerify()
	})
}

// What is put back stands where it came from; where that ran out meanwhile it
// lives until the next day on which points run out.
func TestRun_Reversals(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		back, late, wrong := w.house(w.north), w.house(w.north), w.house(w.north)
		w.rule(w.town, expiry.YearEnd, 0, 20270101)
		w.day(20270601)
		back.award(1000)
		late.award(1000)
		wrong.award(400)
		lateSpent := late.spend(600)
		w.day(20280101)
		backSpent := back.spend(250) // of 2027
		back.award(100)
		back.unspend(backSpent, 250)
		mistaken := wrong.award(300)
		wrong.spend(150) // of 2027: 250 are left of it
		wrong.unaward(mistaken, 300)
		if got := w.run(); got != 1000+400+250 {
			t.Errorf("%s ran out", got)
		}
		if back.balance() != 100 || wrong.balance() != 0 {
			t.Errorf("left are %s and %s", back.balance(), wrong.balance())
		}
		late.unspend(lateSpent, 600)
		if got := w.run(); got != 0 || late.balance() != 600 {
			t.Errorf("%s ran out at once", got)
		}
		w.day(20290101)
		if got := w.run(); got != 700 {
			t.Errorf("%s ran out a year later", got)
		}
		w.mustVerify()
	})
}

// A rule that is switched off takes nothing more, not even what ran out
// yesterday; switched on again it gives a full period first.
func TestRun_SwitchedOff(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		h := w.house(w.north)
		h.award(1000)
		w.rule(w.town, expiry.YearEnd, 0, 20270101)
		w.rule(w.town, expiry.None, 0, 20280101)
		w.day(20280101)
		if got := w.run(); got != 0 {
			t.Errorf("%s ran out", got)
		}
		w.day(20280601)
		w.rule(w.north, expiry.YearEnd, 0, 20280601)
		w.day(20290101)
		if got := w.run(); got != 0 {
			t.Errorf("%s ran out after seven months", got)
		}
		w.day(20300101)
		if got := w.run(); got != 1000 {
			t.Errorf("%s ran out", got)
		}
		w.mustVerify()
	})
}

// Two instances at once, and one that is stopped at any statement: every lot
// runs out once.
func TestRun_Once(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		var all []*house
		for i := range 40 {
			h := w.house([]id.ID{w.north, w.south}[i%2])
			h.award(points.Points(100 + i))
			all = append(all, h)
		}
		w.rule(w.town, expiry.YearEnd, 0, 20270101)
		w.day(20280101)
		faulty, faults := dbtest.Faulty(t, db)
		interrupted := w.service(faulty)
		for n := 1; n < 40; n++ {
			faults.FailAt(n, errDied)
			if _, err := interrupted.Run(ctx); err == nil {
				break
			}
		}
		faults.Reset()
		for _, h := range all {
			h.award(7)
		}
		w.day(20290101)
		var running sync.WaitGroup
		sums := make([]points.Points, 4)
		for i := range sums {
			s := w.service(dbtest.Again(t, db))
			running.Go(func() {
				done, err := s.Run(ctx)
				if err != nil {
					t.Error(err)
				}
				sums[i] = done.Points
			})
		}
		running.Wait()
		if sum := sums[0] + sums[1] + sums[2] + sums[3]; sum != 40*7 {
			t.Errorf("%s ran out, want 2.80: %v", sum, sums)
		}
		for _, h := range all {
			if h.balance() != 0 {
				t.Errorf("%s are left", h.balance())
			}
		}
		w.mustVerify()
	})
}

func TestService_AddRule(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		in := expiry.NewRule{ID: id.New(), DivisionID: w.town, Mode: expiry.YearEnd, Months: 3, ValidFrom: 20260801}
		for i := range 2 {
			rule, replayed, err := w.AddRule(ctx, w.official, in)
			if err != nil || replayed != (i == 1) || rule.Months != 3 || rule.TimeZone != calendar.DefaultZone {
				t.Fatalf("got %+v, %t, %v", rule, replayed, err)
			}
		}
		refused := func(what string, code string, change func(*expiry.NewRule)) {
			t.Helper()
			other := in
			change(&other)
			_, _, err := w.AddRule(ctx, w.official, other)
			w.mustFault(what, err, code)
		}
		refused("other content", "request.id_reused", func(in *expiry.NewRule) { in.Months = 4 })
		anew := func(change func(*expiry.NewRule)) func(*expiry.NewRule) {
			return func(in *expiry.NewRule) { in.ID = id.New(); change(in) }
		}
		refused("the same again", "expiry.same_rule", anew(func(in *expiry.NewRule) { in.DivisionID, in.ValidFrom = w.north, 20260901 }))
		refused("yesterday", "expiry.past_day", anew(func(in *expiry.NewRule) { in.ValidFrom = 20260630 }))
		refused("idle for no time", "expiry.months", anew(func(in *expiry.NewRule) { in.Mode, in.Months = expiry.Idle, 0 }))
		refused("more than a year", "expiry.months", anew(func(in *expiry.NewRule) { in.Months = 13 }))
		refused("never, in three months", "expiry.no_months", anew(func(in *expiry.NewRule) { in.Mode = expiry.None }))
		refused("at the end of time", "expiry.far_day", anew(func(in *expiry.NewRule) { in.ValidFrom = 99991231 }))
		refused("no such way", "expiry.months", anew(func(in *expiry.NewRule) { in.Mode = "moon" }))
		refused("elsewhere", "division.unknown", anew(func(in *expiry.NewRule) { in.DivisionID = id.New() }))
		in.ID = id.New()
		_, _, err := w.AddRule(ctx, w.neighbour, in)
		w.mustFault("a cadre for the town", err, "division.unknown")
		in.DivisionID = w.south
		_, _, err = w.AddRule(ctx, w.neighbour, in)
		w.mustFault("a cadre", err, "expiry.not_yours")
		w.day(20260801)
		found, err := w.Rules(ctx, w.neighbour, w.south)
		if err != nil || found.InForce == nil || found.InForce.DivisionID != w.town || len(found.All) != 1 {
			t.Errorf("got %+v, %v", found, err)
		}
		w.mustVerify()
	})
}

// A month before, everybody whose points run out is on the list, and nobody else.
func TestService_Notices(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		old, fresh, poor, away := w.house(w.north), w.house(w.north), w.house(w.north), w.house(w.south)
		w.rule(w.town, expiry.YearEnd, 2, 20270101)
		w.rule(w.south, expiry.Idle, 3, 20270101)
		w.day(20270601)
		old.award(1000)
		poor.award(5)
		w.day(20280110)
		old.award(300)
		old.spend(200)
		fresh.award(400)
		poor.spend(5)
		away.award(900)
		list := func() []expiry.Notice {
			found, more, err := w.Notices(ctx, w.official, expiry.Filter{DivisionID: w.town, Limit: 10})
			if err != nil || more {
				t.Fatal(more, err)
			}
			return found
		}
		w.day(20280129)
		if found := list(); len(found) != 0 {
			t.Errorf("told too early: %+v", found)
		}
		w.day(20280130)
		found := list()
		if len(found) != 1 || found[0].ID != old.id || found[0].Points != 800 || found[0].ExpiresOn != 20280229 {
			t.Errorf("got %+v", found)
		}
		next, err := w.NextOf(ctx, []expiry.Holder{{HouseholdID: fresh.id, VillageID: w.north}, {HouseholdID: away.id, VillageID: w.south}, {HouseholdID: poor.id, VillageID: w.north}})
		w.must(err)
		if n := next[away.id]; n.Points != 900 || n.ExpiresOn != 20280410 || n.Soon {
			t.Errorf("idle: got %+v", n)
		}
		if n, ok := next[fresh.id]; ok {
			t.Errorf("nothing of 2027, but %+v", n)
		}
		w.day(20280320)
		sum, err := w.Sum(ctx, w.neighbour, id.ID{})
		if err != nil || sum.Households != 1 || sum.Points != 900 || w.TellsUntil() != 20280419 {
			t.Errorf("got %+v, %v", sum, err)
		}
		_, _, err = w.Notices(ctx, w.neighbour, expiry.Filter{DivisionID: w.town, Limit: 10})
		w.mustFault("the town's for a cadre", err, "division.unknown")
		w.day(20280220)
		var file bytes.Buffer
		w.must(w.WriteCSV(ctx, &file, w.official, w.town, i18n.Chinese))
		if want := "\ufeff村,组,门牌号,户主,到期积分,最后一天\r\n青竹湾村,,1,,8,2028-02-29\r\n"; file.String() != want {
			t.Errorf("got %q", file.String())
		}
		w.mustVerify()
	})
}
