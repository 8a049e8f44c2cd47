package succession_test

import (
	"context"
	"sync"
	"testing"

	"gorm.io/gorm"

	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/points"
	"hufen/internal/succession"
)

func TestService_Split(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		h := w.house(w.group, "12", 3, 10_000)
		in := split(h, w.group, "12-1", 1)
		in.CardID = id.New()
		plan, err := w.Preview(ctx, w.cadre, in)
		w.must(err)
		if plan.Share != 3333 || plan.From.BalanceAfter != 6667 || plan.To.BalanceAfter != 3333 || plan.From.MembersAfter != 2 {
			t.Errorf("preview %+v", plan)
		}
		if w.balance(h.id, h.village) != 10_000 {
			t.Error("a preview moved points")
		}
		c, err := w.Record(ctx, w.cadre, in)
		w.must(err)
		if c.Replayed || c.Points != 3333 {
			t.Errorf("%+v", c)
		}
		t.Run("OK", func(t *testing.T) {
			if a, b := w.balance(h.id, h.village), w.balance(in.New.HouseholdID, h.village); a != 6667 || b != 3333 {
				t.Errorf("%s and %s", a, b)
			}
			old, young := w.get(h.id), w.get(in.New.HouseholdID)
			if old.MemberCount != 2 || young.MemberCount != 1 || young.HouseNumber != "12-1" || young.ConsentAt == 0 {
				t.Errorf("%+v and %+v", old.Brief, young.Brief)
			}
			if old.HasPIN || young.HasPIN || old.Card.ID != in.CardID || young.Card.ID != in.New.CardID {
				t.Error("cards and PINs are not as said")
			}
			if _, err := w.redeem(h.code, 1); !fault.Is(err, "card.replaced") {
				t.Error(err)
			}
			if w.persons(w.village, 20260704) != 3 || w.persons(w.village, 20260705) != 3 {
				t.Error("a split changed the population")
			}
			for _, householdID := range []id.ID{h.id, in.New.HouseholdID} {
				if list, err := w.Of(ctx, w.cadre, householdID); err != nil || len(list) != 1 || list[0].ID != in.ID {
					t.Error(list, err)
				}
			}
		})
		t.Run("Replay", func(t *testing.T) {
			again, err := w.Record(ctx, w.cadre, in)
			if err != nil || !again.Replayed || again.ContentHash != c.ContentHash {
				t.Errorf("%+v %v", again, err)
			}
			other := in
			other.Members = 2
			if _, err := w.Record(ctx, w.cadre, other); !fault.Is(err, "request.id_reused") {
				t.Error(err)
			}
		})
		t.Run("ByAgreement", func(t *testing.T) {
			agreed := points.Points(6667)
			in := split(h, w.group2, "1", 1)
			in.Points = &agreed
			if _, err := w.Record(ctx, w.cadre, in); err != nil {
				t.Error(err)
			}
			if w.balance(h.id, h.village) != 0 || w.get(h.id).Card.RevokedAt != 0 {
				t.Error("who stay keep their card and nothing else")
			}
		})
		t.Run("Err", func(t *testing.T) {
			h := w.house(w.group, "30", 2, 100)
			much := points.Points(101)
			for code, change := range map[string]func(*succession.Input){
				"household_change.members":         func(in *succession.Input) { in.Members = 2 },
				"household_change.too_many_points": func(in *succession.Input) { in.Points = &much },
				"household.number_taken":           func(in *succession.Input) { in.New.HouseNumber = "12" },
				"division.unknown":                 func(in *succession.Input) { in.New.DivisionID = w.other },
				"household_change.nobody":          func(in *succession.Input) { in.From = 20260630 },
				"household_change.reason":          func(in *succession.Input) { in.Reason = " " },
				"household.future_day":             func(in *succession.Input) { in.From = 20260711 },
			} {
				in := split(h, w.group, "31", 1)
				change(&in)
				for range 2 {
					if _, err := w.Record(ctx, w.cadre, in); !fault.Is(err, code) && !hasDetail(err, code) {
						t.Errorf("%s: %v", code, err)
					}
				}
			}
			outsider := person(w.cadre.Grants[0])
			outsider.Grants[0].DivisionID = w.other
			if _, err := w.Preview(ctx, outsider, split(h, w.other, "31", 1)); !fault.Is(err, "household.unknown") {
				t.Error(err)
			}
			if list, err := w.Of(ctx, outsider, h.id); !fault.Is(err, "household.unknown") {
				t.Error(list, err)
			}
		})
		w.mustVerify()
	})
}

func hasDetail(err error, code string) bool {
	f, ok := fault.As(err)
	if !ok {
		return false
	}
	for _, d := range f.Details {
		if d.Code == code {
			return true
		}
	}
	return false
}

func TestService_Merge(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		from, to := w.house(w.group, "12", 2, 5000), w.house(w.group2, "7", 3, 700)
		spent := w.award(from.id, from.village, 2400)
		_, err := w.redeem(from.code, 6) // 72 of 74 points
		w.must(err)
		w.takeBack(spent, from.id, from.village, 2400, 200)
		in := succession.Input{ID: id.New(), Kind: succession.Merge, HouseholdID: from.id, TargetID: to.id, From: 20260708, Reason: "老人随儿子住"}
		w.award(from.id, from.village, 350)
		_, err = w.Record(ctx, w.cadre, in)
		w.must(err)
		if w.balance(from.id, from.village) != 0 || w.balance(to.id, to.village) != 1050 {
			t.Error("the points did not go over")
		}
		if w.debt(from.id, from.village) != 0 || w.debt(to.id, to.village) != 2200 {
			t.Error("the debt did not go over")
		}
		if h := w.get(to.id); h.MemberCount != 5 || !h.HasPIN || !h.Card.Live() {
			t.Errorf("%+v", h)
		}
		if h := w.get(from.id); h.ClosedAt == 0 || h.HasPIN || h.Card.Live() || h.MemberCount != 0 {
			t.Errorf("%+v", h)
		}
		if _, err := w.redeem(from.code, 1); !fault.Is(err, "household.closed") {
			t.Errorf("a closed household's card: %v", err)
		}
		if w.persons(w.village, 20260707) != 5 || w.persons(w.village, 20260708) != 5 {
			t.Error("a merger changed the population")
		}
		again, err := w.instance().Record(ctx, w.cadre, in)
		if err != nil || !again.Replayed {
			t.Error(again, err)
		}
		if _, err := w.Record(ctx, w.cadre, succession.Input{ID: id.New(), Kind: succession.Merge, HouseholdID: to.id, TargetID: from.id, Reason: "再并"}); !fault.Is(err, "household_change.target_closed") {
			t.Error(err)
		}
		w.mustVerify()
	})
}

func TestService_Move(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		h := w.house(w.group, "12", 4, 5000)
		move := func(group id.ID, number string) succession.Input {
			return succession.Input{ID: id.New(), Kind: succession.Move, HouseholdID: h.id, From: 20260706, Reason: "搬家",
				New: &succession.NewPlace{HouseholdID: id.New(), CardID: id.New(), DivisionID: group, HouseNumber: number}}
		}
		t.Run("InVillage", func(t *testing.T) {
			in := move(w.group2, "3")
			for replayed := range 2 {
				c, err := w.Record(ctx, w.cadre, in)
				w.must(err)
				if c.Points != 0 || c.TargetID.Valid || c.Replayed != (replayed == 1) {
					t.Errorf("%+v", c)
				}
			}
			if got := w.get(h.id); got.DivisionID != w.group2 || got.HouseNumber != "3" || !got.HasPIN || got.Card.ID != h.card || !got.Card.Live() {
				t.Errorf("%+v", got)
			}
			if _, err := w.redeem(h.code, 1); err != nil {
				t.Error(err)
			}
		})
		t.Run("OtherVillage", func(t *testing.T) {
			in := move(w.other, "8")
			if _, err := w.Record(ctx, w.cadre, in); !fault.Is(err, "division.unknown") {
				t.Error("a village's cadre does not move people into another one:", err)
			}
			in = move(w.other, "8")
			c, err := w.Record(ctx, w.official, in)
			w.must(err)
			if c.Points != 3800 || c.Members != 4 {
				t.Errorf("%+v", c)
			}
			got := w.get(in.New.HouseholdID)
			if got.VillageID != w.other || got.MaskedName != "张*芳" || !got.HasPIN || got.ConsentAt == 0 || got.MemberCount != 4 {
				t.Errorf("%+v", got)
			}
			if w.balance(h.id, h.village) != 0 || w.balance(got.ID, w.other) != 3800 {
				t.Error("the points did not go over")
			}
			w.must(w.households.CheckPIN(ctx, got.ID, "7391"))
			if w.persons(w.village, 20260705) != 4 || w.persons(w.village, 20260706) != 0 || w.persons(w.other, 20260706) != 4 {
				t.Error("people are not counted where they live")
			}
		})
		w.mustVerify()
	})
}

func TestService_Close(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		h, heir := w.house(w.group, "12", 1, 5000), w.house(w.group, "13", 2, 0)
		if _, err := w.Record(ctx, w.cadre, succession.Input{ID: id.New(), Kind: succession.Rest, HouseholdID: h.id, Reason: "结转"}); !fault.Is(err, "household.not_closed") {
			t.Error(err)
		}
		last, err := w.redeem(h.code, 1)
		w.must(err)
		_, err = w.Record(ctx, w.cadre, succession.Input{ID: id.New(), Kind: succession.Close, HouseholdID: h.id, TargetID: heir.id, Reason: "去世"})
		w.must(err)
		if w.balance(heir.id, heir.village) != 3800 || w.get(heir.id).MemberCount != 2 || w.get(h.id).ClosedAt == 0 {
			t.Error("the heir gets the points and nobody else")
		}
		_, err = w.redemptions.Reverse(ctx, w.keeper, id.New(), last.ID, "退货") // on the same day
		w.must(err)
		rest := succession.Input{ID: id.New(), Kind: succession.Rest, HouseholdID: h.id, TargetID: heir.id, Reason: "退货后的余分"}
		for range 2 {
			_, err = w.Record(ctx, w.cadre, rest)
			w.must(err)
		}
		if w.balance(h.id, h.village) != 0 || w.balance(heir.id, heir.village) != 5000 {
			t.Error("what came back after closing did not go to the heir")
		}
		rest.ID = id.New()
		if _, err := w.Record(ctx, w.cadre, rest); !fault.Is(err, "household_change.no_rest") {
			t.Error(err)
		}
		c, err := w.Record(ctx, w.cadre, succession.Input{ID: id.New(), Kind: succession.Close, HouseholdID: heir.id, Reason: "全户外迁"})
		w.must(err)
		if c.Points != 5000 || c.TargetID.Valid || w.balance(heir.id, heir.village) != 0 {
			t.Errorf("%+v", c)
		}
		w.mustVerify()
	})
}

// A household is merged away while its card is used at the shop, by several
// instances, and the same merger is asked for twice: points are neither lost nor
// doubled and nobody is below zero.
func TestService_RaceWithRedemption(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		other := w.instance()
		for round := range 5 {
			h, to := w.house(w.group, string(rune('a'+round)), 2, 12_000), w.house(w.group2, string(rune('a'+round)), 2, 0)
			in := succession.Input{ID: id.New(), Kind: succession.Merge, HouseholdID: h.id, TargetID: to.id, Reason: "合并"}
			var spent points.Points
			var lock sync.Mutex
			var all sync.WaitGroup
			for n := range 8 {
				all.Go(func() {
					r, err := w.redeem(h.code, 1)
					if err == nil {
						lock.Lock()
						spent += r.Points
						lock.Unlock()
					} else if !fault.Is(err, "household.closed") && !fault.Is(err, "ledger.insufficient_points") {
						t.Error(err)
					}
				})
				if n == 3 {
					for _, s := range []*succession.Service{w.Service, other} {
						all.Go(func() {
							if _, err := s.Record(ctx, w.cadre, in); err != nil {
								t.Error(err)
							}
						})
					}
				}
			}
			all.Wait()
			if a, b := w.balance(h.id, h.village), w.balance(to.id, to.village); a != 0 || b != 12_000-spent {
				t.Errorf("%s and %s after spending %s", a, b, spent)
			}
		}
		w.mustVerify()
	})
}

func TestService_Waiting(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		h := w.house(w.group, "12", 1, 100)
		dropOff := id.New()
		w.must(db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
			return database.InsertRows(ctx, tx, "drop_off_holds", []string{"drop_off_id", "household_id", "village_id", "reason", "held_at"},
				[][]any{{dropOff[:], h.id[:], h.village[:], "review", 1}})
		}))
		if _, err := w.Record(ctx, w.cadre, succession.Input{ID: id.New(), Kind: succession.Close, HouseholdID: h.id, Reason: "销户"}); !fault.Is(err, "household_change.waiting") {
			t.Error(err)
		}
	})
}
