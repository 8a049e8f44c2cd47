package adjustment_test

import (
	"sync"
	"testing"
	"time"

	"hufen/internal/adjustment"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/division"
	"hufen/internal/id"
	"hufen/internal/ledger"
)

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
