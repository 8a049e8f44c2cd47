package succession_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/dropoff"
	"hufen/internal/fault"
	"hufen/internal/household"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/ledger/ledgertest"
	"hufen/internal/points"
	"hufen/internal/succession"
)

// Who closes a household as any other field is changed is told to take the guided
// way while anything is left of it; an empty one closes.
func TestService_MayClose(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.households.GuardClosing(w.MayClose)
		try := func(h house, code string) {
			t.Helper()
			_, err := w.households.Change(ctx, w.cadre, h.id, household.Change{Closed: new(true)})
			if code == "" && err != nil || code != "" && !fault.Is(err, code) {
				t.Errorf("got %v, want %q", err, code)
			}
			if open := w.get(h.id).ClosedAt == 0; open != (code != "") {
				t.Errorf("%q: open %v", code, open)
			}
		}
		full, owing, empty := w.house(w.group, "12", 2, 1200), w.house(w.group, "13", 2, 0), w.house(w.group, "14", 2, 1200)
		try(full, "household.not_empty")
		award := w.award(owing.id, owing.village, 1500)
		_, err := w.redeem(owing.code, 1)
		w.must(err)
		w.takeBack(award, owing.id, owing.village, 1500, 300)
		try(owing, "household.not_empty")
		_, err = w.redeem(empty.code, 1)
		w.must(err)
		dropOff, adjustment := id.New(), id.New()
		dbtest.Insert(w.t, w.db, "drop_off_holds", "drop_off_id, household_id, village_id, reason, held_at", dropOff[:], empty.id[:], empty.village[:], "review", 1)
		try(empty, "household_change.waiting")
		review, refusal := id.New(), id.New()
		dbtest.Insert(w.t, w.db, "drop_off_reviews", "drop_off_id, id, decision, earned, cut, reason, reviewer_id, recorded_at", dropOff[:], review[:], "refused", 0, 0, "x", w.cadre.ID[:], 1)
		dbtest.Insert(w.t, w.db, "adjustments", "id, kind, household_id, village_id, town_id, points, reason, limit_points, alone_points, day, content_hash",
			adjustment[:], "adjustment", empty.id[:], empty.village[:], w.town[:], 100, "x", 0, 0, 20260710, make([]byte, 32))
		dbtest.Insert(w.t, w.db, "adjustment_acts", "id, adjustment_id, step, act, actor_id, acted_at, act_hash", adjustment[:], adjustment[:], 1, "propose", w.cadre.ID[:], 1, make([]byte, 32))
		try(empty, "household_change.proposed")
		_, err = w.Record(ctx, w.cadre, succession.Input{ID: id.New(), Kind: succession.Close, HouseholdID: empty.id, Reason: "销户"})
		if !fault.Is(err, "household_change.proposed") {
			t.Errorf("the guided way: %v", err)
		}
		dbtest.Insert(w.t, w.db, "adjustment_acts", "id, adjustment_id, step, act, actor_id, acted_at, act_hash", refusal[:], adjustment[:], 2, "refuse", w.official.ID[:], 1, make([]byte, 32))
		try(empty, "")
		never, _, err := w.households.Register(ctx, w.official, household.NewHousehold{ID: id.New(), DivisionID: w.group, HouseNumber: "15",
			HeadName: "张小芳", MemberCount: 2, From: 20260701, Consent: true})
		w.must(err)
		try(house{id: never.ID, village: never.VillageID}, "")
		ledgertest.MustVerify(t, db)
	})
}

// bringer records drop-offs of paper at 2 points a kilogram on an instance of its
// own.
func (w *world) bringer() (bring func(h house) error) {
	w.t.Helper()
	dropOffs := dropoff.New(dbtest.Again(w.t, w.db), w.divisions, calendar.Shanghai)
	w.t.Cleanup(dropOffs.Close)
	dropOffs.RunAt(func() calendar.Micros { return w.now })
	cleaner := person(auth.Grant{Role: auth.Cleaner, DivisionID: w.village})
	return func(h house) error {
		_, err := dropOffs.Record(ctx, cleaner, dropoff.Input{ID: id.New(), CardCode: h.code.String(), HappenedAt: w.now,
			Items: []dropoff.ItemInput{{Item: "paper", Grams: new(int64(1000))}}})
		return err
	}
}

func (w *world) priced() {
	w.t.Helper()
	tariffID := id.New()
	dbtest.Insert(w.t, w.db, "tariffs", "id, division_id, version, valid_from, created_at, created_by", tariffID[:], w.town[:], 1, 20200101, 1, w.town[:])
	dbtest.Insert(w.t, w.db, "tariff_rules", "tariff_id, item, position, category, name_zh, name_en, basis, points, per_count", tariffID[:], "paper", 1, "recyclable", "废纸", "Paper", "per_kg", 200, 1)
}

// A drop-off found the card alive and waits for the account while the household
// is closed, merged, or closed as any field is changed: it is refused then. Before,
// its points stood on a household that was no more.
func TestService_RaceWithDropOff(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.priced()
		w.households.GuardClosing(w.MayClose)
		bring := w.bringer()
		heir := w.house(w.group, "1", 2, 500)
		plain := func(h house) error {
			_, err := w.households.Change(ctx, w.cadre, h.id, household.Change{Closed: new(true)})
			return err
		}
		change := func(in succession.Input) func(house) error {
			return func(h house) error {
				in := in
				in.ID, in.HouseholdID, in.Reason = id.New(), h.id, "不住了"
				_, err := w.Record(ctx, w.cadre, in)
				return err
			}
		}
		for i, c := range []struct {
			name   string
			amount points.Points
			close  func(house) error
		}{
			{"close", 1200, change(succession.Input{Kind: succession.Close})},
			{"merge", 1200, change(succession.Input{Kind: succession.Merge, TargetID: heir.id})},
			{"plain", 0, plain},
		} {
			t.Run(c.name, func(t *testing.T) {
				h := w.house(w.group, "2"+string(rune('0'+i)), 2, 1200)
				if c.amount == 0 {
					_, err := w.redeem(h.code, 1)
					w.must(err)
				}
				var both sync.WaitGroup
				var closed, brought error
				held := make(chan struct{})
				both.Go(func() { // holds the account until both wait, the closing first
					err := db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
						_, err := ledger.Lock(ctx, tx, w.now, []ledger.Account{ledger.HouseholdAccount(h.id, h.village)})
						close(held)
						time.Sleep(700 * time.Millisecond)
						return err
					})
					if err != nil {
						t.Error(err)
					}
				})
				<-held
				both.Go(func() { closed = c.close(h) })
				time.Sleep(300 * time.Millisecond)
				both.Go(func() { brought = bring(h) })
				both.Wait()
				if closed == nil && !fault.Is(brought, "household.closed") {
					t.Errorf("after the closing: %v", brought)
				}
				w.mustBeOne(h, closed, brought)
			})
		}
		w.mustVerify()
		gone := w.house(w.group, "30", 2, 1200)
		w.must(change(succession.Input{Kind: succession.Close})(gone))
		entryID := w.award(gone.id, gone.village, 200) // as it could be before
		r := ledgertest.Verify(t, db, checks...)
		if len(r.Findings) != 1 || r.Findings[0].Check != "household_change_after" || r.Findings[0].ID != entryID.String() {
			t.Errorf("%+v", r.Findings)
		}
	})
}

// mustBeOne wants one of the two legal outcomes: the drop-off came first, and its
// points went where the others did; or it came second and was refused.
func (w *world) mustBeOne(h house, closed, brought error) {
	w.t.Helper()
	isClosed := w.get(h.id).ClosedAt != 0
	switch {
	case isClosed != (closed == nil):
		w.t.Errorf("closed %v, answered %v", isClosed, closed)
	case isClosed && w.balance(h.id, h.village) != 0:
		w.t.Errorf("%s stand on a closed household; the drop-off was answered %v", w.balance(h.id, h.village), brought)
	case brought != nil && !fault.Is(brought, "household.closed"):
		w.t.Errorf("drop-off: %v", brought)
	}
}

// Households are closed and merged while their cards are scanned, on two
// instances, some that were never posted to.
func TestService_RacesWithDropOffs(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.priced()
		w.households.GuardClosing(w.MayClose)
		bring := w.bringer()
		heir := w.house(w.group, "1", 2, 500)
		var homes []house
		for i := range 24 {
			h := w.house(w.group, "9"+string(rune('a'+i)), 1, 0)
			homes = append(homes, h)
		}
		closed, brought := make([]error, len(homes)), make([]error, len(homes))
		var all sync.WaitGroup
		for i, h := range homes {
			all.Go(func() { brought[i] = bring(h) })
			all.Go(func() {
				in := succession.Input{ID: id.New(), Kind: succession.Close, HouseholdID: h.id, Reason: "不住了"}
				switch i % 3 {
				case 0:
					in.Kind, in.TargetID = succession.Merge, heir.id
				case 1:
					_, closed[i] = w.households.Change(ctx, w.cadre, h.id, household.Change{Closed: new(true)})
					return
				}
				_, closed[i] = w.Record(ctx, w.cadre, in)
			})
		}
		all.Wait()
		first := 0
		for i, h := range homes {
			w.mustBeOne(h, closed[i], brought[i])
			if brought[i] == nil {
				first++
			}
		}
		t.Logf("%d of %d drop-offs came first", first, len(homes))
		w.mustVerify()
	})
}
