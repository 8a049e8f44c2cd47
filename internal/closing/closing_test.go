package closing_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/closing"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/id"
	"hufen/internal/ledger"
)

// What is outstanding on a day is what was recorded by then, at the value of
// that day, whether it is sealed, booked or neither.
func TestService_Liability(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.award(noon(20260630), 0, 10_000)
		w.award(noon(20260715), 2, 6_000)
		w.spend(noon(20260716), 0, 2_500) // in the other village's shop
		w.seal()
		w.award(noon(20260820), 1, 301)
		for _, booked := range []bool{false, true} {
			if booked {
				w.seal()
				the(w.Book(ctx))
			}
			for _, c := range []struct {
				day  calendar.Day
				want string
			}{
				{20260629, "0 0 | 0 0 | 0 0"},
				{20260630, "10000 500 | 0 0 | 10000 500"},
				{20260715, "10000 500 | 6000 300 | 16000 800"},
				{20260731, "7500 375 | 6000 300 | 13500 675"},
				{20260801, "7500 600 | 6000 480 | 13500 1080"},
				{20260820, "7801 624 | 6000 480 | 13801 1104"},
			} {
				found := the(w.Liability(ctx, w.chen, w.town, c.day))
				if got := written(found, w); got != c.want {
					t.Errorf("booked %v, %s: %s, want %s", booked, c.day, got, c.want)
				}
			}
			found := the(w.Liability(ctx, w.chen, id.ID{}, 0))
			if found.Total.Owed != 2_500 || found.Total.OwedFen != 200 || found.Total.ValueFen != 8 || found.Total.Division.ID != w.town {
				t.Errorf("total %+v", found.Total)
			}
		}
		_, err := w.Liability(ctx, w.chen, w.town, 20260904)
		w.mustFault("tomorrow", err, "liability.day")
		_, err = w.Liability(ctx, person(auth.Grant{Role: auth.Cadre, DivisionID: w.north}), w.south, 0)
		w.mustFault("another village", err, "division.unknown")
		w.mustVerify()
	})
}

func written(found *closing.Liability, w *world) string {
	rows := map[id.ID]string{}
	for _, r := range found.Rows {
		rows[r.Division.ID] = fmt.Sprint(int64(r.Points), r.Fen)
	}
	return rows[w.north] + " | " + rows[w.south] + " | " + fmt.Sprint(int64(found.Total.Points), found.Total.Fen)
}

// Two instances book the same seals at once: each is in the book once.
func TestService_Book_Races(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		for i := range 5 {
			w.award(noon(20260701), i%4, 100)
			w.seal()
		}
		services := []*closing.Service{w.Service, w.service(db)}
		var all sync.WaitGroup
		for i := range 6 {
			all.Go(func() {
				if _, err := services[i%2].Book(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		w.mustVerify()
	})
}

// A month is closed, its figures stay, what comes late is recorded now, and the
// next month begins with what was left.
func TestService_Close(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.award(noon(20260630), 0, 10_000)
		w.award(noon(20260715), 2, 6_000)
		w.spend(noon(20260716), 0, 2_500)
		july1 := w.close(july)
		north := july1.Villages[0]
		if north.Village.ID != w.north {
			north = july1.Villages[1]
		}
		if got := north.Recorded; got["opening"] != 10_000 || got["entry.redemption"] != -2_500 || got["closing"] != 7_500 {
			t.Errorf("north: %v", got)
		}
		late := w.award(noon(20260729), 2, 100) // by a clock that is far behind
		if late.RecordedAt != calendar.Day(20260801).Start(calendar.Shanghai) || late.EffectiveAt != noon(20260729) {
			t.Errorf("recorded at %d", late.RecordedAt)
		}
		first := w.award(noon(20260730), 3, 100) // the first entry of a household
		if first.RecordedAt != late.RecordedAt {
			t.Errorf("recorded at %d", first.RecordedAt)
		}
		w.close(august)
		w.mustVerify()
		months := the(w.Months(ctx, w.chen, w.town))
		if len(months) != 2 || months[0].Month != august || months[1].State != closing.Closed {
			t.Errorf("months %+v", months)
		}
	})
}

func TestService_Close_Refused(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		try := func(what string, actor auth.Actor, month calendar.Month, code string) {
			t.Helper()
			_, err := w.Close(ctx, actor, id.New(), w.town, month)
			w.mustFault(what, err, code)
		}
		try("an empty book", w.zhang, july, "closing.nothing")
		w.award(noon(20260715), 0, 10_000)
		try("a month before the book", w.zhang, 202606, "closing.before_first")
		try("long before the book", w.zhang, 199901, "closing.before_first")
		try("not over", w.zhang, 202609, "closing.month_not_over")
		try("a cadre", person(auth.Grant{Role: auth.Cadre, DivisionID: w.town}), july, "division.unknown")
		try("a machine", auth.Actor{ID: id.New(), Kind: auth.Machine, Grants: w.zhang.Grants}, july, "closing.person_only")
		try("not sealed", w.zhang, july, "closing.unsealed")
		w.seal()
		hold := id.New()
		dbtest.Insert(w.t, w.db, "drop_offs", "id, household_id, card_id, village_id, cleaner_id, tariff_id, happened_at, recorded_at, day, month, earned, cut, cut_period, status, content_hash",
			hold[:], hold[:], hold[:], w.north[:], hold[:], hold[:], 1, 1, 20260701, 202607, 0, 0, "", "pending", make([]byte, 32))
		dbtest.Insert(w.t, w.db, "drop_off_holds", "drop_off_id, household_id, village_id, reason, held_at", hold[:], hold[:], w.north[:], "review_all", 1)
		try("something waits", w.zhang, july, "closing.blocked")
		found := the(w.Month(ctx, w.chen, w.town, july))
		if len(found.Blockers) != 1 || found.Blockers[0] != (closing.Blocker{Kind: closing.Pending, Count: 1, ID: w.north, Name: "北坡村"}) {
			t.Errorf("blockers %+v", found.Blockers)
		}
		review := id.New()
		dbtest.Insert(w.t, w.db, "drop_off_reviews", "drop_off_id, id, decision, earned, cut, reason, reviewer_id, recorded_at", hold[:], review[:], "refused", 0, 0, "x", hold[:], 1)
		for i, day := range []int64{20260731, 20260801} { // of the next month; it takes back what happened in this one
			waiting := id.New()
			kind, objectKind, object := "adjustment", "", any(nil)
			if i == 1 {
				kind, objectKind, object = "reversal", "drop_off", hold[:]
			}
			dbtest.Insert(w.t, w.db, "adjustments", "id, kind, object_kind, object_id, reverses_id, household_id, village_id, town_id, points, reason, limit_points, alone_points, day, content_hash",
				waiting[:], kind, objectKind, object, object, hold[:], w.north[:], w.town[:], 100, "x", 0, 0, day, make([]byte, 32))
			dbtest.Insert(w.t, w.db, "adjustment_acts", "id, adjustment_id, step, act, actor_id, acted_at, act_hash", waiting[:], waiting[:], 1, "propose", w.zhang.ID[:], 1, make([]byte, 32))
			try("an adjustment waits", w.zhang, july, "closing.blocked")
			found := the(w.Month(ctx, w.chen, w.town, july))
			if len(found.Blockers) != 1 || found.Blockers[0] != (closing.Blocker{Kind: closing.Proposed, Count: 1, ID: w.north, Name: "北坡村"}) {
				t.Errorf("blockers %+v", found.Blockers)
			}
			refusal := id.New()
			dbtest.Insert(w.t, w.db, "adjustment_acts", "id, adjustment_id, step, act, actor_id, acted_at, act_hash", refusal[:], waiting[:], 2, "refuse", w.chen.ID[:], 1, make([]byte, 32))
		}
		of := id.New() // of August alone
		dbtest.Insert(w.t, w.db, "adjustments", "id, kind, household_id, village_id, town_id, points, reason, limit_points, alone_points, day, content_hash",
			of[:], "adjustment", hold[:], w.north[:], w.town[:], 100, "x", 0, 0, 20260801, make([]byte, 32))
		dbtest.Insert(w.t, w.db, "adjustment_acts", "id, adjustment_id, step, act, actor_id, acted_at, act_hash", of[:], of[:], 1, "propose", w.zhang.ID[:], 1, make([]byte, 32))
		r := id.New()
		dbtest.Insert(w.t, w.db, "redemptions", "id, number, household_id, card_id, village_id, shop_id, cashier_id, recorded_at, day, month, points, point_value_fen, fen, confirm_method, content_hash",
			r[:], "1", r[:], r[:], w.north[:], w.shop[:], r[:], 1, 20260715, 202607, 1200, 5, 60, "none", make([]byte, 32))
		try("not settled", w.zhang, july, "closing.blocked")
		dbtest.Insert(w.t, w.db, "settlement_claims", "entry_id, settlement_id", r[:], r[:])
		for n, findings := range []int{1, 0} {
			run := id.New()
			dbtest.Insert(w.t, w.db, "verify_runs", "id, began_at, ended_at, since_height, height, seal_hash, entries, entry_lines, waiting, findings, owner",
				run[:], n, n, 0, 1, make([]byte, 32), 1, 1, 0, findings, "x")
			if findings > 0 {
				try("the last verification found something", w.zhang, july, "closing.blocked")
			}
		}
		w.close(july)
		try("again", w.zhang, july, "closing.already_closed")
		try("before", w.zhang, 202606, "closing.not_next")
	})
}

// Twenty close at once on two instances, and the same request comes twice.
func TestService_Close_Races(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.award(noon(20260715), 0, 10_000)
		w.seal()
		services := []*closing.Service{w.Service, w.service(db)}
		request := id.New()
		var all sync.WaitGroup
		for i := range 10 {
			all.Go(func() {
				asked := request
				if i >= 4 {
					asked = id.New()
				}
				_, err := services[i%2].Close(ctx, w.zhang, asked, w.town, july)
				if err != nil && !strings.Contains(err.Error(), "closing.") {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if found := the(w.Month(ctx, w.chen, w.town, july)); found.State != closing.Closed || len(found.Acts) != 1 {
			t.Errorf("%+v", found)
		}
		w.mustVerify()
	})
}

// The same request sent several times at once closes, asks and re-opens once, and
// all of them get the month.
func TestService_Twins(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.award(noon(20260715), 0, 10_000)
		w.seal()
		twins := func(what string, act func() (*closing.Month, error)) {
			t.Helper()
			var all sync.WaitGroup
			var first atomic.Int32
			for range 8 {
				all.Go(func() {
					found, err := act()
					if err != nil {
						t.Errorf("%s: %v", what, err)
					} else if !found.Replayed {
						first.Add(1)
					}
				})
			}
			all.Wait()
			if n := first.Load(); n != 1 {
				t.Errorf("%s: %d say they did it", what, n)
			}
		}
		closed, asked, reopened := id.New(), id.New(), id.New()
		twins("close", func() (*closing.Month, error) { return w.Close(ctx, w.zhang, closed, w.town, july) })
		twins("ask", func() (*closing.Month, error) {
			return w.AskReopening(ctx, w.zhang, asked, w.town, july, "漏了一张磅单")
		})
		twins("reopen", func() (*closing.Month, error) { return w.Reopen(ctx, w.chen, reopened, w.town, july) })
		w.mustVerify()
	})
}

// A month is re-opened by two people, with a reason, and closed again.
func TestService_Reopen(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.award(noon(20260715), 0, 10_000)
		w.close(july)
		ask := func(actor auth.Actor, reason string) error {
			_, err := w.AskReopening(ctx, actor, id.New(), w.town, july, reason)
			return err
		}
		reopen := func(actor auth.Actor) error {
			_, err := w.Reopen(ctx, actor, id.New(), w.town, july)
			return err
		}
		w.mustFault("nobody asked", reopen(w.wang), "closing.not_asked")
		w.mustFault("no reason", ask(w.zhang, " "), "closing.reason_missing")
		w.must(ask(w.zhang, "漏了一张磅单"))
		w.mustFault("twice", ask(w.wang, "也是"), "closing.already_asked")
		w.mustFault("the same person", reopen(w.zhang), "closing.same_person")
		w.must(reopen(w.chen))
		if found := the(w.Month(ctx, w.chen, w.town, july)); found.State != closing.Open || len(found.Acts) != 3 {
			t.Errorf("%+v", found)
		}
		late := w.award(noon(20260720), 0, 500)
		if late.RecordedAt < calendar.Day(20260801).Start(calendar.Shanghai) {
			t.Errorf("recorded at %d", late.RecordedAt)
		}
		w.close(july)
		w.close(august)
		w.mustFault("not the newest", ask(w.zhang, "太晚了"), "closing.not_newest")
		w.mustVerify()
	})
}

// A posting of an instance whose clock is days behind holds its accounts when
// the month is closed: the closing waits for it and has it in its figures.
func TestService_Close_WaitsForPostings(t *testing.T) {
	for name, home := range map[string]int{"Known": 0, "First": 1} {
		t.Run(name, func(t *testing.T) {
			dbtest.Run(t, func(t *testing.T, db *database.DB) {
				w := newWorld(t, db)
				w.award(noon(20260715), 0, 10_000)
				w.seal()
				locked, done := make(chan bool), make(chan error)
				go func() {
					done <- db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
						_, err := w.posting(ctx, tx, noon(20260731), ledger.DropOff, home, ledger.Award(w.homes[home], w.village(home), 700), func() {
							close(locked)
							time.Sleep(300 * time.Millisecond) // the closing begins meanwhile
						})
						return err
					})
				}()
				<-locked
				_, err := w.Close(ctx, w.zhang, id.New(), w.town, july)
				w.mustFault("what came in at the last moment is in no seal", err, "closing.unsealed")
				w.must(<-done)
				found := w.close(july)
				var closed int64
				for _, v := range found.Villages {
					closed += v.Recorded["closing"]
				}
				if closed != 10_700 {
					t.Errorf("closed with %d", closed)
				}
				w.mustVerify()
			})
		})
	}
}

// Instances with clocks six days apart record without end, for this town and for
// another one, and seals are made by the clock that is ahead: the month is closed
// at the first attempt, nothing is recorded into it afterwards, and everything
// before is in its figures.
func TestService_Close_ClocksApart(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.today = noon(20260803)
		until := calendar.Day(20260801).Start(calendar.Shanghai)
		elsewhere := ledger.HouseholdAccount(id.New(), id.New())
		w.sealer.RunAt(func() calendar.Micros { return noon(20260806) })
		w.Service = closing.New(db, w.divisions, calendar.Shanghai, closing.Sources{Seal: func(ctx context.Context, from, until calendar.Micros) error {
			_, err := w.sealer.SealBetween(ctx, from, until)
			return err
		}})
		w.RunAt(func() calendar.Micros { return w.today })
		w.award(noon(20260806), 0, 10)
		w.seal()
		the(w.Book(ctx))
		stop := make(chan bool)
		var all sync.WaitGroup
		var slow atomic.Int64 // recorded by the clock that is behind
		for i := range 4 {
			all.Go(func() {
				for n := 0; ; n++ {
					select {
					case <-stop:
						return
					default:
					}
					clock := noon(20260806)
					if i%2 == 0 {
						clock = noon(20260731)
					}
					home := (i + n) % 4
					err := db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error { // of two first entries at once one fails
						if n%5 == 4 {
							return w.postElsewhere(ctx, tx, clock, elsewhere)
						}
						_, err := w.posting(ctx, tx, clock+calendar.Micros(n), ledger.DropOff, home, ledger.Award(w.homes[home], w.village(home), 10), func() {})
						return err
					})
					if err == nil && i%2 == 0 {
						slow.Add(1)
					}
				}
			})
		}
		for slow.Load() < 20 {
			time.Sleep(time.Millisecond)
		}
		found, err := w.Close(ctx, w.zhang, id.New(), w.town, july)
		count := func() (n int64) {
			w.must(db.Read.Raw(`SELECT COUNT(*) FROM entries WHERE recorded_at < ? AND village_id <> ?`, int64(until), elsewhere.VillageID.ID[:]).Row().Scan(&n))
			return n
		}
		before, recorded := count(), slow.Load()
		for err == nil && slow.Load() < recorded+20 {
			time.Sleep(time.Millisecond)
		}
		close(stop)
		all.Wait()
		w.must(err)
		var sum int64
		for _, v := range found.Villages {
			sum += v.Recorded["closing"]
		}
		if after := count(); after != before || after == 0 || sum != 10*after {
			t.Errorf("%d entries were recorded into July when it was closed, %d later; its figures say %d", before, after, sum/10)
		}
		w.mustVerify()
	})
}

// postElsewhere records an award in another town.
func (w *world) postElsewhere(ctx context.Context, tx *gorm.DB, at calendar.Micros, account ledger.Account) error {
	householdID := the(id.Parse(strings.Split(account.Code, ":")[1]))
	batch, err := ledger.Lock(ctx, tx, at, []ledger.Account{account})
	if err != nil {
		return err
	}
	entry := &ledger.Entry{ID: id.New(), Kind: ledger.DropOff, EffectiveAt: at, VillageID: account.VillageID.ID, ActorID: w.zhang.ID,
		Lines: ledger.Award(householdID, account.VillageID.ID, 10)}
	if err := batch.Post(ledger.Request{ID: entry.ID, Kind: ledger.DropOff, ActorID: w.zhang.ID}, entry); err != nil {
		return err
	}
	return batch.Write(ctx)
}
