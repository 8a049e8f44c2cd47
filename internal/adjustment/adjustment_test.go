package adjustment_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"hufen/internal/adjustment"
	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
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
