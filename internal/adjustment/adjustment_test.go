package adjustment_test

import (
	"context"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"hufen/internal/adjustment"
	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/ledger"
)

var ctx = context.Background()

// Up to the limit of a month one person is enough, above it two are needed.
func TestService_Create(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		first := w.give(3000)
		for i := range 2 {
			a := the(w.Create(ctx, w.cadre, first))
			if a.Replayed != (i == 1) || a.State() != adjustment.Posted || a.Limit != 5000 || a.Alone != 0 || a.TownID != w.town {
				t.Fatalf("%+v", a)
			}
		}
		w.mustHold(3000, 0)
		other := first
		other.Points = 2000
		_, err := w.Create(ctx, w.cadre, other)
		w.mustFault("other content", err, "request.id_reused")

		taken := the(w.Create(ctx, w.zhang, w.give(-1500)))
		if taken.State() != adjustment.Posted || taken.Alone != 3000 {
			t.Errorf("taken: %+v", taken)
		}
		waiting := the(w.Create(ctx, w.cadre, w.give(501))) // 30 + 15 + 5.01 are above 50
		if waiting.State() != adjustment.Proposed || waiting.Alone != 4500 {
			t.Errorf("waiting: %+v", waiting)
		}
		if a := the(w.Create(ctx, w.cadre, w.give(500))); a.State() != adjustment.Posted {
			t.Errorf("what waits counts against the limit: %+v", a)
		}
		w.mustHold(2000, 0)
		approval := id.New()
		for i := range 2 {
			a := the(w.Approve(ctx, w.wang, approval, waiting.ID))
			if a.Replayed != (i == 1) || a.State() != adjustment.Posted {
				t.Errorf("approved: %+v", a)
			}
		}
		w.mustHold(2501, 0)
		if sum := w.sum(ledger.AdjustedAccount(w.town)); sum != -2501 {
			t.Errorf("the town's account adds up to %s", sum)
		}
		w.mustVerify()
	})
}

func TestService_Create_Refused(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		create := func(actor auth.Actor, change func(*adjustment.NewAdjustment)) error {
			in := w.give(100)
			change(&in)
			_, err := w.Create(ctx, actor, in)
			return err
		}
		none := func(*adjustment.NewAdjustment) {}
		w.mustFault("no id", create(w.cadre, func(in *adjustment.NewAdjustment) { in.ID = id.ID{} }), "request.id_missing")
		w.mustFault("no points", create(w.cadre, func(in *adjustment.NewAdjustment) { in.Points = 0 }), "adjustment.no_points")
		w.mustFault("too many", create(w.cadre, func(in *adjustment.NewAdjustment) { in.Points = -10_000_001 }), "adjustment.too_many_points")
		w.mustFault("the least there is", create(w.cadre, func(in *adjustment.NewAdjustment) { in.Points = math.MinInt64 }), "adjustment.too_many_points")
		w.mustFault("no reason", create(w.cadre, func(in *adjustment.NewAdjustment) { in.Reason = " \n" }), "adjustment.reason_missing")
		w.mustFault("a long reason", create(w.cadre, func(in *adjustment.NewAdjustment) { in.Reason = strings.Repeat("字", 201) }), "adjustment.too_long")
		w.mustFault("no such household", create(w.cadre, func(in *adjustment.NewAdjustment) { in.HouseholdID = id.New() }), "household.unknown")
		w.mustFault("somebody's photo", create(w.cadre, func(in *adjustment.NewAdjustment) { in.PhotoID = id.Some(id.New()) }), "photo.unknown")
		for name, actor := range map[string]auth.Actor{"a cleaner": w.cleaner, "a shop": w.keeper, "an auditor": w.auditor,
			"another village": person(auth.Grant{Role: auth.Cadre, DivisionID: id.New()})} {
			w.mustFault(name, create(actor, none), "household.unknown")
		}
		machine := w.zhang
		machine.Kind = auth.Machine
		w.mustFault("a machine", create(machine, none), "adjustment.person_only")
		w.mustFault("more than there is", create(w.cadre, func(in *adjustment.NewAdjustment) { in.Points = -1 }), "ledger.insufficient_points")
		w.mustFault("much more than there is", create(w.cadre, func(in *adjustment.NewAdjustment) { in.Points = -9000 }), "ledger.insufficient_points")
		dbtest.Exec(w.t, w.db, "UPDATE households SET closed_at = 5 WHERE id = ?", w.household[:])
		w.mustFault("a closed household", create(w.cadre, none), "household.closed")
		w.mustHold(0, 0)
		w.mustVerify()
	})
}

// Who proposes and who decides are two people, by the service and by the
// database.
func TestService_TwoPeople(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		both := person(w.cadre.Grants[0], w.zhang.Grants[0])
		a := the(w.Create(ctx, both, w.give(9000)))
		_, err := w.Approve(ctx, both, id.New(), a.ID)
		w.mustFault("the own one", err, "adjustment.same_person")
		_, err = w.Refuse(ctx, both, id.New(), a.ID, "x")
		w.mustFault("the own one refused", err, "adjustment.same_person")
		for name, actor := range map[string]auth.Actor{"a cadre": w.cadre, "a shop": w.keeper, "an auditor": w.auditor,
			"another town": person(auth.Grant{Role: auth.TownOfficial, DivisionID: id.New()})} {
			_, err = w.Approve(ctx, actor, id.New(), a.ID)
			w.mustFault(name, err, "adjustment.unknown")
		}
		machine := w.zhang
		machine.Kind = auth.Machine
		_, err = w.Approve(ctx, machine, id.New(), a.ID)
		w.mustFault("a machine", err, "adjustment.person_only")
		requestID := id.New()
		if err := dbtest.TryExec(w.db, `INSERT INTO adjustment_acts (id, adjustment_id, step, act, actor_id, acted_at, detail, act_hash) VALUES (?,?,2,'approve',?,1,'',?)`,
			requestID[:], a.ID[:], both.ID[:], make([]byte, 32)); !database.IsDuplicate(err) {
			t.Errorf("the database let one person propose and approve: %v", err)
		}
		if err := dbtest.TryExec(w.db, `INSERT INTO adjustment_acts (id, adjustment_id, step, act, actor_id, acted_at, detail, act_hash) VALUES (?,?,1,'approve',?,1,'',?)`,
			requestID[:], requestID[:], both.ID[:], make([]byte, 32)); err == nil {
			t.Error("the database let a first act be an approval")
		}
		_, err = w.Refuse(ctx, w.wang, id.New(), a.ID, " ")
		w.mustFault("refused without a reason", err, "adjustment.reason_missing")
		refusal := id.New()
		for i := range 2 {
			refused := the(w.Refuse(ctx, w.wang, refusal, a.ID, "没有凭据"))
			if refused.Replayed != (i == 1) || refused.State() != adjustment.Refused || refused.Acts[1].Detail != "没有凭据" {
				t.Errorf("%+v", refused)
			}
		}
		_, err = w.Approve(ctx, w.zhang, id.New(), a.ID)
		w.mustFault("approved after it was refused", err, "adjustment.already_decided")
		w.mustHold(0, 0)
		w.mustVerify()
	})
}

// What a household spent while a deduction waited is not taken from it.
func TestService_Approve_SpentMeanwhile(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.bring(60)
		a := the(w.Create(ctx, w.cadre, w.give(-5500)))
		w.buy(2)
		refused := id.New()
		_, err := w.Approve(ctx, w.wang, refused, a.ID)
		w.mustFault("more than is left", err, "ledger.insufficient_points")
		w.bring(1)
		_, err = w.Approve(ctx, w.wang, refused, a.ID)
		w.mustFault("the same request again", err, "ledger.insufficient_points")
		the(w.Approve(ctx, w.wang, id.New(), a.ID))
		w.mustHold(0, 0)
		w.mustVerify()
	})
}

// A drop-off, a redemption and an adjustment are taken back by two persons,
// exactly and once. What was spent becomes a clawback.
func TestService_Reversal(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		d := w.bring(20)
		r := w.buy(5)
		g := the(w.Create(ctx, w.zhang, w.give(1000)))
		w.mustHold(1500, 0)

		in := takeBack(adjustment.DropOff, d.ID)
		a := the(w.ProposeReversal(ctx, w.cadre, in))
		if again := the(w.ProposeReversal(ctx, w.cadre, in)); a.State() != adjustment.Proposed || a.Points != -2000 || !again.Replayed {
			t.Errorf("proposed: %+v", a)
		}
		w.mustHold(1500, 0)
		_, err := w.ProposeReversal(ctx, w.zhang, takeBack(adjustment.DropOff, d.ID))
		w.mustFault("proposed twice", err, "adjustment.reversal_proposed")
		the(w.Refuse(ctx, w.wang, id.New(), a.ID, "卡没有错"))
		a = the(w.ProposeReversal(ctx, w.zhang, takeBack(adjustment.DropOff, d.ID)))
		the(w.Approve(ctx, w.wang, id.New(), a.ID))
		w.mustHold(0, -500)
		_, err = w.ProposeReversal(ctx, w.cadre, takeBack(adjustment.DropOff, d.ID))
		w.mustFault("taken back twice", err, "adjustment.already_reversed")

		b := the(w.ProposeReversal(ctx, w.keeper, takeBack(adjustment.Redemption, r.ID)))
		the(w.Approve(ctx, w.wang, id.New(), b.ID))
		w.mustHold(1500, -500)
		if goods := the(w.redemptions.GoodsOf(ctx, w.keeper, w.shop)); goods[0].Stock != 1000 {
			t.Errorf("%d pieces of soap are there", goods[0].Stock)
		}

		c := the(w.ProposeReversal(ctx, w.cadre, takeBack(adjustment.Manual, g.ID)))
		the(w.Approve(ctx, w.wang, id.New(), c.ID))
		w.mustHold(500, -500)
		if g = the(w.Get(ctx, w.cadre, g.ID)); g.State() != adjustment.Reversed {
			t.Errorf("the grant is %s", g.State())
		}
		if sum := w.sum(ledger.AdjustedAccount(w.town)); sum != 0 {
			t.Errorf("the town's account adds up to %s", sum)
		}
		down := the(w.Create(ctx, w.cadre, w.give(-400)))
		e := the(w.ProposeReversal(ctx, w.cadre, takeBack(adjustment.Manual, down.ID)))
		the(w.Approve(ctx, w.zhang, id.New(), e.ID))
		w.mustHold(500, -500)
		_, err = w.ProposeReversal(ctx, w.cadre, takeBack(adjustment.Manual, e.ID))
		w.mustFault("a reversal taken back", err, "adjustment.unknown")
		w.mustVerify()
	})
}

func TestService_Reversal_Refused(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		d := w.bring(20)
		r := w.buy(1)
		propose := func(actor auth.Actor, kind string, objectID id.ID) error {
			_, err := w.ProposeReversal(ctx, actor, takeBack(kind, objectID))
			return err
		}
		w.mustFault("no such drop-off", propose(w.cadre, adjustment.DropOff, id.New()), "drop_off.unknown")
		w.mustFault("no such redemption", propose(w.cadre, adjustment.Redemption, id.New()), "redemption.unknown")
		w.mustFault("no such adjustment", propose(w.cadre, adjustment.Manual, id.New()), "adjustment.unknown")
		w.mustFault("a cleaner", propose(w.cleaner, adjustment.DropOff, d.ID), "drop_off.unknown")
		w.mustFault("another shop", propose(person(auth.Grant{Role: auth.Shopkeeper, DivisionID: w.village, ShopID: id.New()}), adjustment.Redemption, r.ID), "redemption.unknown")
		the(w.dropOffs.Reverse(ctx, w.cadre, id.New(), d.ID, "x"))
		w.mustFault("taken back by a cadre", propose(w.cadre, adjustment.DropOff, d.ID), "adjustment.already_reversed")
		waiting := the(w.Create(ctx, w.cadre, w.give(9000)))
		w.mustFault("one that waits", propose(w.cadre, adjustment.Manual, waiting.ID), "adjustment.nothing_to_reverse")
		late := the(w.ProposeReversal(ctx, w.cadre, takeBack(adjustment.Redemption, r.ID)))
		the(w.redemptions.Reverse(ctx, w.keeper, id.New(), r.ID, "x"))
		_, err := w.Approve(ctx, w.wang, id.New(), late.ID)
		w.mustFault("taken back by the shop meanwhile", err, "adjustment.already_reversed")
		w.mustVerify()
	})
}

// The same request twenty times at once, at two instances: done once.
func TestService_Twins(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		services := []*adjustment.Service{w.Service, w.service(db)}
		at20 := func(what string, do func(*adjustment.Service) (*adjustment.Adjustment, error)) {
			t.Helper()
			var all sync.WaitGroup
			for i := range 20 {
				all.Go(func() {
					if _, err := do(services[i%2]); err != nil {
						t.Errorf("%s: %v", what, err)
					}
				})
			}
			all.Wait()
		}
		small, large := w.give(1000), w.give(8000)
		at20("small", func(s *adjustment.Service) (*adjustment.Adjustment, error) { return s.Create(ctx, w.cadre, small) })
		at20("large", func(s *adjustment.Service) (*adjustment.Adjustment, error) { return s.Create(ctx, w.cadre, large) })
		w.mustHold(1000, 0)
		approval := id.New()
		at20("approve", func(s *adjustment.Service) (*adjustment.Adjustment, error) {
			return s.Approve(ctx, w.wang, approval, large.ID)
		})
		w.mustHold(9000, 0)
		back := takeBack(adjustment.Manual, large.ID)
		at20("propose", func(s *adjustment.Service) (*adjustment.Adjustment, error) {
			return s.ProposeReversal(ctx, w.cadre, back)
		})
		approval = id.New()
		at20("reverse", func(s *adjustment.Service) (*adjustment.Adjustment, error) {
			return s.Approve(ctx, w.zhang, approval, back.ID)
		})
		w.mustHold(1000, 0)
		w.mustVerify()
	})
}

// Two approvers and somebody who refuses at once: one of them is first, the
// others hear it.
func TestService_DecidersRace(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		services := []*adjustment.Service{w.Service, w.service(db), w.service(db)}
		for range 10 {
			before := w.balance()
			a := the(w.Create(ctx, w.cadre, w.give(6000)))
			var all sync.WaitGroup
			errs := make([]error, 3)
			all.Go(func() { _, errs[0] = services[0].Approve(ctx, w.zhang, id.New(), a.ID) })
			all.Go(func() { _, errs[1] = services[1].Approve(ctx, w.wang, id.New(), a.ID) })
			all.Go(func() { _, errs[2] = services[2].Refuse(ctx, w.wang, id.New(), a.ID, "x") })
			all.Wait()
			won := 0
			for _, err := range errs {
				if err == nil {
					won++
				} else {
					w.mustFault("the others", err, "adjustment.already_decided")
				}
			}
			want := before + 6000
			if errs[2] == nil {
				want = before
			}
			if won != 1 || w.balance() != want {
				t.Errorf("%d decided, the balance is %s, want %s", won, w.balance(), want)
			}
		}
		w.mustVerify()
	})
}

// A drop-off is taken back while its points are spent: either they are gone and
// owed, or the shop hears that they are not there.
func TestService_ReversalRacesSpending(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.set(division.ClawbackShare, 0)
		for range 10 {
			before, owed := w.balance(), w.clawback()
			d := w.bring(3)
			a := the(w.ProposeReversal(ctx, w.cadre, takeBack(adjustment.DropOff, d.ID)))
			var all sync.WaitGroup
			var approved, bought error
			all.Go(func() { _, approved = w.Approve(ctx, w.wang, id.New(), a.ID) })
			all.Go(func() { _, bought = w.tryBuy(1) })
			all.Wait()
			if approved != nil {
				t.Fatal(approved)
			}
			switch {
			case bought == nil:
				w.mustHold(before, owed-300)
			case fault.Is(bought, "ledger.insufficient_points"):
				w.mustHold(before, owed)
			default:
				t.Fatal(bought)
			}
		}
		w.mustVerify()
	})
}

// Two people adjust at once, each within the limit and together above it: one of
// the two waits.
func TestService_LimitRaces(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		services := []*adjustment.Service{w.Service, w.service(db)}
		var all sync.WaitGroup
		made := make([]*adjustment.Adjustment, 10)
		for i := range made {
			all.Go(func() { made[i] = the(services[i%2].Create(ctx, w.cadre, w.give(1000))) })
		}
		all.Wait()
		posted := 0
		for _, a := range made {
			if a.State() == adjustment.Posted {
				posted++
			}
		}
		if posted != 5 {
			t.Errorf("%d of 10 points each were posted under a limit of 50", posted)
		}
		w.mustHold(5000, 0)
		w.mustVerify()
	})
}

// The list has what is in scope; the board has what moved points, for everybody
// who belongs to the division.
func TestService_Lists(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		small := the(w.Create(ctx, w.cadre, w.give(1000)))
		large := the(w.Create(ctx, w.cadre, w.give(9000)))
		refused := the(w.Create(ctx, w.cadre, w.give(9000)))
		the(w.Refuse(ctx, w.wang, id.New(), refused.ID, "x"))
		all := the(w.List(ctx, w.auditor, adjustment.Filter{Limit: 10}))
		waiting := the(w.List(ctx, w.zhang, adjustment.Filter{Limit: 10, Waiting: true, DivisionID: w.village}))
		if len(all) != 3 || len(waiting) != 1 || waiting[0].ID != large.ID {
			t.Fatalf("%d, %d waiting", len(all), len(waiting))
		}
		if rest := the(w.List(ctx, w.auditor, adjustment.Filter{Limit: 10, After: adjustment.Cursor{Day: all[0].Day, ID: all[0].ID}})); len(rest) != 2 {
			t.Errorf("%d after the first", len(rest))
		}
		if none := the(w.List(ctx, w.cleaner, adjustment.Filter{Limit: 10})); len(none) != 0 {
			t.Errorf("a cleaner reads %d", len(none))
		}
		_, err := w.List(ctx, w.cadre, adjustment.Filter{Limit: 10, DivisionID: w.town})
		w.mustFault("the town for a cadre", err, "division.unknown")
		_, err = w.Get(ctx, w.cleaner, small.ID)
		w.mustFault("a cleaner", err, "adjustment.unknown")

		month := calendar.DayOf(calendar.Now(), calendar.Shanghai).Month()
		board := the(w.Board(ctx, w.cleaner, w.village, month))
		if len(board.Adjustments) != 1 || board.Given != 1000 {
			t.Errorf("%+v", board)
		}
		the(w.Approve(ctx, w.wang, id.New(), large.ID))
		down := the(w.Create(ctx, w.cadre, w.give(-700)))
		board = the(w.Board(ctx, w.zhang, w.town, month))
		if len(board.Adjustments) != 3 || board.Given != 10_000 || board.Taken != 700 {
			t.Errorf("%+v", board)
		}
		if early := the(w.Board(ctx, w.zhang, w.town, month.AddMonths(-1))); len(early.Adjustments) != 0 {
			t.Errorf("%d in the month before", len(early.Adjustments))
		}
		_, err = w.Board(ctx, w.cadre, w.town, month)
		w.mustFault("the town's board for a cadre", err, "division.unknown")
		if found := the(w.ByEntry(ctx, []id.ID{down.ID, large.ID})); len(found) != 1 || found[down.ID] == nil {
			t.Errorf("by entry: %v", found)
		}
		if may := the(w.May(ctx, w.cadre, down)); len(may) != 1 || may[0] != adjustment.Reversal {
			t.Errorf("may %v", may)
		}
		w.mustVerify()
	})
}

// Later awards work off what is owed up to the share, also those of a review,
// and all of them together no more than the debt. The balance never falls.
func TestService_WorkOff(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		d := w.bring(20)
		w.buy(5)
		a := the(w.ProposeReversal(ctx, w.cadre, takeBack(adjustment.DropOff, d.ID)))
		the(w.Approve(ctx, w.wang, id.New(), a.ID))
		w.mustHold(0, -1500)
		account := ledger.HouseholdAccount(w.household, w.village)
		if owed := the(ledger.OwedBy(ctx, db.Read, account)); owed != 1500 {
			t.Errorf("owes %s", owed)
		}
		first := w.bring(10)
		if w.mustHold(500, -1000); first.Credited != 1000 || first.Balance != 500 {
			t.Errorf("%+v", first)
		}
		if moved := the(ledger.OwedIn(ctx, db.Read, w.household, w.village, []id.ID{first.ID, a.Acts[0].ID})); len(moved) != 1 || moved[first.ID] != 500 {
			t.Errorf("moved %v", moved)
		}
		w.set(division.ClawbackShare, 1000)
		w.divisions.Forget()
		w.bring(3)
		w.mustHold(500, -700)
		if again := the(w.dropOffs.Record(ctx, w.cleaner, w.last)); !again.Replayed || again.Balance != 500 || again.Credited != 300 {
			t.Errorf("replayed %+v", again)
		}
		w.set(division.ClawbackShare, 333)
		w.divisions.Forget()
		w.bring(1)
		w.mustHold(567, -667)
		the(w.dropOffs.Reverse(ctx, w.cadre, id.New(), first.ID, "x")) // what it worked off stays worked off
		w.mustHold(0, -1100)
		w.set(division.ClawbackShare, 0)
		w.divisions.Forget()
		w.bring(2)
		w.mustHold(200, -1100)
		w.set(division.ClawbackShare, 500)
		w.divisions.Forget()
		w.bring(40)
		w.mustHold(3100, 0)
		w.bring(1)
		w.mustHold(3200, 0)
		w.mustVerify()
	})
}

// Twenty drop-offs at once work off a debt together, and not a hundredth more.
func TestService_WorkOffRaces(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		d := w.bring(20)
		w.buy(5)
		the(w.Approve(ctx, w.wang, id.New(), the(w.ProposeReversal(ctx, w.cadre, takeBack(adjustment.DropOff, d.ID))).ID))
		var all sync.WaitGroup
		for range 20 {
			in := w.paper(2)
			all.Go(func() { the(w.dropOffs.Record(ctx, w.cleaner, in)) })
		}
		all.Wait()
		w.mustHold(2500, 0)
		w.mustVerify()
	})
}

// Two instances whose clocks are six days apart take turns to record what a
// household owes and works off: verify goes by the order in which they did.
func TestVerify_ClocksDaysApart(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		const ahead = 6 * 24 * time.Hour
		clock := func(by time.Duration) {
			w.dropOffs.RunAt(func() calendar.Micros { return calendar.Now().Add(by) })
			w.Service.RunAt(func() calendar.Micros { return calendar.Now().Add(by) })
		}
		takeBackAll := func(dropOffID id.ID) {
			the(w.Approve(ctx, w.wang, id.New(), the(w.ProposeReversal(ctx, w.cadre, takeBack(adjustment.DropOff, dropOffID))).ID))
		}
		d := w.bring(20)
		w.buy(5)
		clock(ahead)
		takeBackAll(d.ID) // 15 are owed, says a fast clock
		clock(0)
		w.bring(10) // works off 5, says a slow one
		w.mustHold(500, -1000)
		clock(ahead)
		w.set(division.ClawbackShare, 1000)
		w.divisions.Forget()
		clock(0)
		e := w.bring(4) // works off all of it
		w.mustHold(500, -600)
		clock(ahead)
		takeBackAll(e.ID) // from what is there
		w.mustHold(100, -600)
		clock(0)
		w.set(division.ClawbackShare, 500)
		w.divisions.Forget()
		w.bring(20)
		w.mustHold(1500, 0)
		w.mustVerify()
	})
}
