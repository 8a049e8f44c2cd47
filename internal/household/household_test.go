package household_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/fault"
	"hufen/internal/household"
	"hufen/internal/id"
)

var ctx = context.Background()

func ptr[T any](v T) *T { return &v }

func TestService_Register(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		town := newTown(t, db)
		in := town.house("12")
		in.From, in.Consent = town.today().AddDays(-30), true

		h, replayed, err := town.service.Register(ctx, town.cadre, in)
		if err != nil || replayed {
			t.Fatal(replayed, err)
		}
		if h.MaskedName != "张*芳" || h.HouseNumber != "12" || h.MemberCount != 4 || h.VillageID != town.village || !h.HasPhone || h.HasPIN || h.ConsentAt == 0 {
			t.Errorf("%+v", h)
		}
		if diff := cmp.Diff([]household.MemberCount{{From: in.From, Count: 4}}, h.Members); diff != "" {
			t.Error(diff)
		}
		town.wantPopulation(t, in.From.AddDays(-1), 0, 0)
		town.wantPopulation(t, in.From, 4, 1)

		t.Run("Replay", func(t *testing.T) {
			again, replayed, err := town.service.Register(ctx, town.cadre, in)
			if err != nil || !replayed || again.ID != h.ID {
				t.Fatal(replayed, err)
			}
			town.wantPopulation(t, town.today(), 4, 1)
			if n := town.audited(t, "household.register", h.ID); n != 1 {
				t.Errorf("%d lines in the audit log", n)
			}
		})
		t.Run("ErrIDReused", func(t *testing.T) {
			other := in
			other.HeadName = "李大明"
			if _, _, err := town.service.Register(ctx, town.cadre, other); !fault.Is(err, "request.id_reused") {
				t.Error(err)
			}
		})
		t.Run("ErrNumberTaken", func(t *testing.T) {
			for _, number := range []string{"12", "12号", " ０12 ", "１２号"} {
				if _, _, err := town.service.Register(ctx, town.cadre, town.house(number)); !fault.Is(err, "household.number_taken") {
					t.Errorf("%q: %v", number, err)
				}
			}
			town.wantPopulation(t, town.today(), 4, 1)
		})
		t.Run("ErrScope", func(t *testing.T) {
			for _, who := range []auth.Actor{town.outsider, actor(auth.Cleaner, town.village), actor(auth.Auditor, town.town)} {
				if _, _, err := town.service.Register(ctx, who, town.house("99")); !fault.Is(err, "division.unknown") {
					t.Errorf("%s: %v", who.Name, err)
				}
			}
			if _, err := town.service.Get(ctx, town.outsider, h.ID); !fault.Is(err, "household.unknown") {
				t.Error(err)
			}
		})
		t.Run("ErrFields", func(t *testing.T) {
			for name, change := range map[string]func(*household.NewHousehold){
				"household.no_place":     func(in *household.NewHousehold) { in.DivisionID = town.town },
				"household.number":       func(in *household.NewHousehold) { in.HouseNumber = "  " },
				"household.name":         func(in *household.NewHousehold) { in.HeadName = "\ufffd" },
				"household.phone":        func(in *household.NewHousehold) { in.Phone = "1380000" },
				"household.member_count": func(in *household.NewHousehold) { in.MemberCount = 31 },
				"household.future_day":   func(in *household.NewHousehold) { in.From = town.today().AddDays(1) },
				"household.early_day":    func(in *household.NewHousehold) { in.From = 2026_02_30 },
				"household.no_id":        func(in *household.NewHousehold) { in.ID = id.ID{} },
			} {
				in := town.house("77")
				change(&in)
				if _, _, err := town.service.Register(ctx, system, in); !fault.Is(err, name) {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	})
}

// Names people have, and names they try: stored as they are, never computed.
func TestService_Register_oddNames(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		town := newTown(t, db)
		for i, name := range []string{"𠮷田㛃", "葛\U000e0100城", "张😀", "=cmd|' /C calc'!A0", "Robert'); DROP TABLE households;--", "阿卜杜拉·买买提", "O’Brien", "\ue1fb某"} {
			in := town.house(fmt.Sprint(i + 1))
			in.HeadName = name
			h := town.register(t, in)
			person, err := town.service.Reveal(ctx, town.cadre, h.ID, "test")
			if err != nil || person.HeadName != name {
				t.Errorf("%q became %q, %v", name, person.HeadName, err)
			}
		}
		for _, name := range []string{"", "   ", "123", "张\x00芳", "张\ufffd", "---", strings.Repeat("长", 61)} {
			in := town.house("99")
			in.HeadName = name
			if _, _, err := town.service.Register(ctx, system, in); !fault.Is(err, "household.name") {
				t.Errorf("%q: %v", name, err)
			}
		}
	})
}

func TestService_Register_race(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		town := newTown(t, db)
		in := town.house("12")
		var group sync.WaitGroup
		var lock sync.Mutex
		created, taken := 0, 0
		for i := range 8 {
			group.Go(func() {
				in := in
				if i%2 == 1 {
					in.ID = id.New() // another form for the same house
				}
				_, replayed, err := town.service.Register(ctx, system, in)
				lock.Lock()
				defer lock.Unlock()
				switch {
				case err == nil && !replayed:
					created++
				case fault.Is(err, "household.number_taken"):
					taken++
				case err != nil:
					t.Error(err)
				}
			})
		}
		group.Wait()
		if created != 1 {
			t.Errorf("%d created, %d taken", created, taken)
		}
		town.wantPopulation(t, town.today(), 4, 1)
	})
}

func TestService_Change(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		town := newTown(t, db)
		in := town.house("12")
		in.From = town.today().AddDays(-60)
		h := town.register(t, in)
		day := func(n int) calendar.Day { return town.today().AddDays(n) }
		change := func(t *testing.T, c household.Change) household.Household {
			t.Helper()
			h, err := town.service.Change(ctx, town.cadre, h.ID, c)
			if err != nil {
				t.Fatal(err)
			}
			return h
		}
		t.Run("members from a past day", func(t *testing.T) {
			got := change(t, household.Change{MemberCount: ptr(5), From: ptr(day(-20))})
			if got.MemberCount != 5 {
				t.Errorf("%d people", got.MemberCount)
			}
			town.wantPopulation(t, day(-21), 4, 1)
			town.wantPopulation(t, day(0), 5, 1)
		})
		t.Run("members before a recorded count", func(t *testing.T) {
			got := change(t, household.Change{MemberCount: ptr(2), From: ptr(day(-40))})
			if diff := cmp.Diff([]household.MemberCount{{From: day(-60), Count: 4}, {From: day(-40), Count: 2}, {From: day(-20), Count: 5}}, got.Members); diff != "" {
				t.Error(diff)
			}
			if got.MemberCount != 5 {
				t.Errorf("%d people today", got.MemberCount)
			}
			town.wantPopulation(t, day(-30), 2, 1)
			town.wantPopulation(t, day(0), 5, 1)
		})
		t.Run("members before the beginning, and the same day again", func(t *testing.T) {
			change(t, household.Change{MemberCount: ptr(3), From: ptr(day(-90))})
			change(t, household.Change{MemberCount: ptr(1), From: ptr(day(-90))})
			town.wantPopulation(t, day(-91), 0, 0)
			town.wantPopulation(t, day(-90), 1, 1)
			town.wantPopulation(t, day(-60), 4, 1)
		})
		t.Run("nothing new is nothing written", func(t *testing.T) {
			before := town.audited(t, "household.change", h.ID)
			change(t, household.Change{MemberCount: ptr(5), HouseNumber: ptr("12号"), HeadName: ptr(" 张小芳"), Phone: ptr("138 1234 5678")})
			if n := town.audited(t, "household.change", h.ID); n != before {
				t.Errorf("%d lines more", n-before)
			}
		})
		t.Run("name, phone, number, consent", func(t *testing.T) {
			got := change(t, household.Change{HouseNumber: ptr("12-1"), HeadName: ptr("张芳"), Phone: ptr(""), Consent: ptr(true)})
			if got.HouseNumber != "12-1" || got.MaskedName != "张*" || got.HasPhone || got.ConsentAt == 0 {
				t.Errorf("%+v", got)
			}
			var detail string
			if err := db.Read.Raw("SELECT detail FROM audit_log WHERE action = 'household.change' AND object_id = ? ORDER BY id DESC LIMIT 1", h.ID).Row().Scan(&detail); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(detail, "张") || strings.Contains(detail, "138") {
				t.Errorf("personal data in the audit log: %s", detail)
			}
		})
		t.Run("ErrNumberTaken", func(t *testing.T) {
			town.register(t, town.house("13"))
			_, err := town.service.Change(ctx, town.cadre, h.ID, household.Change{HouseNumber: ptr("13")})
			if !fault.Is(err, "household.number_taken") {
				t.Error(err)
			}
		})
		t.Run("ErrScope", func(t *testing.T) {
			_, err := town.service.Change(ctx, town.outsider, h.ID, household.Change{MemberCount: ptr(1)})
			if !fault.Is(err, "household.unknown") {
				t.Error(err)
			}
		})
		t.Run("closed for good, the number free again", func(t *testing.T) {
			got := change(t, household.Change{Closed: ptr(true)})
			if got.ClosedAt == 0 || got.MemberCount != 0 {
				t.Errorf("%+v", got)
			}
			town.wantPopulation(t, day(-1), 5, 1)
			town.wantPopulation(t, day(0), 4, 1) // the other household
			if _, err := town.service.Change(ctx, town.cadre, h.ID, household.Change{MemberCount: ptr(1)}); !fault.Is(err, "household.closed") {
				t.Error(err)
			}
			if _, err := town.service.Change(ctx, town.cadre, h.ID, household.Change{Closed: ptr(false)}); !fault.Is(err, "household.stays_closed") {
				t.Error(err)
			}
			town.register(t, town.house("12-1"))
		})
	})
}

func TestService_List(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		town := newTown(t, db)
		for _, place := range []struct {
			division id.ID
			numbers  []string
		}{
			{town.groups[9], []string{"1"}},
			{town.groups[1], []string{"10", "9", "2-10", "2-9", "老院子"}},
			{town.village, []string{"5"}},
			{town.other, []string{"1"}},
		} {
			for _, number := range place.numbers {
				in := town.house(number)
				in.DivisionID = place.division
				town.register(t, in)
			}
		}
		tree, err := town.divisions.Tree(ctx)
		if err != nil {
			t.Fatal(err)
		}
		doors := func(hs []household.Household) (doors []string) {
			for _, h := range hs {
				doors = append(doors, tree.Name(h.DivisionID)+" "+h.HouseNumber)
			}
			return doors
		}
		village := []string{"青竹湾村 5", "2组 2-9", "2组 2-10", "2组 9", "2组 10", "2组 老院子", "10组 1"}
		list := func(who auth.Actor, f household.Filter) []string {
			t.Helper()
			var all []household.Household
			for {
				page, more, err := town.service.List(ctx, who, f)
				if err != nil {
					t.Fatal(err)
				}
				if len(page) > f.Limit {
					t.Fatalf("%d on a page of %d", len(page), f.Limit)
				}
				all = append(all, page...)
				if !more {
					return doors(all)
				}
				f.After = household.CursorOf(page[len(page)-1])
			}
		}
		for _, limit := range []int{1, 2, 3, 50} {
			if diff := cmp.Diff(village, list(town.cadre, household.Filter{Limit: limit})); diff != "" {
				t.Errorf("limit %d: %s", limit, diff)
			}
			if diff := cmp.Diff(append(slices.Clone(village), "大河村 1"), list(system, household.Filter{Limit: limit})); diff != "" {
				t.Errorf("everywhere, limit %d: %s", limit, diff)
			}
		}
		if diff := cmp.Diff(village[1:6], list(town.cadre, household.Filter{DivisionID: town.groups[1], Limit: 50})); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"2组 10"}, list(town.cadre, household.Filter{DivisionID: town.groups[1], Text: "10号", Limit: 50})[1:]); diff != "" {
			t.Error(diff)
		}
		if got := list(town.cadre, household.Filter{Text: "小芳", Limit: 50}); len(got) != 7 {
			t.Errorf("by name: %v", got)
		}
		if got := list(actor(auth.Auditor, town.town), household.Filter{Text: "小芳", Limit: 50}); len(got) != 0 {
			t.Errorf("the auditor finds people by names he may not see: %v", got)
		}
		if got := list(town.cadre, household.Filter{Text: "%", Limit: 50}); len(got) != 0 {
			t.Errorf("%%: %v", got)
		}
		if got := list(town.cadre, household.Filter{Closed: true, Limit: 50}); len(got) != 0 {
			t.Errorf("closed: %v", got)
		}
		if _, _, err := town.service.List(ctx, town.outsider, household.Filter{DivisionID: town.village, Limit: 5}); !fault.Is(err, "division.unknown") {
			t.Error(err)
		}
	})
}

func TestService_Reveal(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		town := newTown(t, db)
		h := town.register(t, town.house("12"))
		person, err := town.service.Reveal(ctx, town.cadre, h.ID, "电话核对")
		if err != nil || person != (household.Person{HeadName: "张小芳", Phone: "13812345678"}) {
			t.Fatal(person, err)
		}
		if n := town.audited(t, "household.reveal", h.ID); n != 1 {
			t.Errorf("%d lines in the audit log", n)
		}
		if _, err := town.service.Reveal(ctx, actor(auth.Auditor, town.town), h.ID, "x"); !fault.Is(err, "household.unknown") {
			t.Error(err)
		}
		if _, err := town.service.Reveal(ctx, town.cadre, h.ID, " "); !fault.Is(err, "household.no_reason") {
			t.Error(err)
		}
		if n := town.audited(t, "household.reveal", h.ID); n != 1 {
			t.Errorf("%d lines in the audit log", n)
		}
	})
}

func TestBriefs(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		town := newTown(t, db)
		a, b := town.register(t, town.house("1")), town.register(t, town.house("2"))
		briefs, err := household.Briefs(ctx, db.Read, []id.ID{a.ID, id.New(), b.ID, a.ID})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[id.ID]household.Brief{a.ID: a.Brief, b.ID: b.Brief}, briefs); diff != "" {
			t.Error(diff)
		}
	})
}
