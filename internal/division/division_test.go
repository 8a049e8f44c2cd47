package division_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/division"
	"hufen/internal/id"
)

func TestTree(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newTown(t, db)
		tree := w.tree(t)
		check(t, "path", names(tree.Path(w.two)), []string{"通川区", "罗江镇", "青竹湾村", "二组"})
		check(t, "children", names(tree.Children(w.village)), []string{"一组", "二组"})
		check(t, "top", names(tree.Children(id.ID{})), []string{"通川区"})
		check(t, "below", names(tree.Below(w.near)), []string{"青竹湾村", "一组", "二组", "石桥村"})
		check(t, "villages", names(tree.Villages(w.district)), []string{"青竹湾村", "石桥村"})
		check(t, "villages of parts that overlap", names(tree.Villages(w.village, w.near, w.far)), []string{"青竹湾村", "石桥村"})
		check(t, "villages everywhere", len(tree.Villages(id.ID{})), 2)
		check(t, "villages of nothing", len(tree.Villages()), 0)
		check(t, "all", len(tree.Below(id.ID{})), 7)
		village, _ := tree.Village(w.one)
		check(t, "village of a group", village.ID, w.village)
		if _, ok := tree.Village(w.near); ok {
			t.Error("a town has a village")
		}
		byCode, _ := tree.ByCode("511702100200")
		check(t, "by code", byCode.ID, w.village)
		byCode, _ = tree.ByCode("511702000000")
		check(t, "by code with zeros", byCode.ID, w.district)
		for _, tc := range []struct {
			name     string
			a, d     id.ID
			contains bool
		}{
			{"itself", w.village, w.village, true}, {"a group", w.near, w.one, true}, {"everything", id.ID{}, w.one, true},
			{"upwards", w.one, w.near, false}, {"sideways", w.far, w.village, false},
			{"unknown", w.near, id.New(), false}, {"below unknown", id.New(), w.near, false}, {"nowhere", id.ID{}, id.ID{}, false},
		} {
			if got := tree.Contains(tc.a, tc.d); got != tc.contains {
				t.Errorf("contains %s: %v", tc.name, got)
			}
		}
		var rows int64
		if err := db.Read.Table("division_ancestors").Where("ancestor_id = ?", w.near).Count(&rows).Error; err != nil {
			t.Fatal(err)
		}
		check(t, "table of ancestors", rows, int64(5))
	})
}

// What another instance changes is seen within two seconds, what this one
// changes at once.
func TestService_Tree_OtherInstance(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newTown(t, db)
		second := division.New(dbtest.Again(t, db), calendar.Shanghai)
		name := func() string {
			tree, err := second.Tree(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return tree.Name(w.village)
		}
		check(t, "before", name(), "青竹湾村")
		renamed := "竹湾社区"
		if _, err := w.s.Update(t.Context(), w.admin, w.village, division.Update{From: w.s.Today(), Name: &renamed}); err != nil {
			t.Fatal(err)
		}
		check(t, "here", w.tree(t).Name(w.village), renamed)
		second.Forget()
		check(t, "there", name(), renamed)
	})
}

func TestService_Create(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newTown(t, db)
		in := division.NewDivision{ID: id.New(), Level: division.Village, Code: "511702101200", Name: " 龙王村 ", ValidFrom: 2026_01_01}
		d, replayed, err := w.s.Create(t.Context(), w.admin, in)
		if err != nil || replayed || d.ParentID != w.far || d.Name != "龙王村" {
			t.Fatalf("got %+v, %v, %v", d, replayed, err)
		}
		_, replayed, err = w.s.Create(t.Context(), w.admin, in)
		if err != nil || !replayed {
			t.Errorf("again: %v, %v", replayed, err)
		}
		in.Name = "虎王村"
		_, _, err = w.s.Create(t.Context(), w.admin, in)
		checkFault(t, err, "request.id_reused")

		villager := w.admin
		villager.within = w.village
		reader := w.admin
		reader.reads = true
		for _, tc := range []struct {
			author author
			in     division.NewDivision
			code   string
		}{
			{w.admin, division.NewDivision{Level: division.Village, ParentID: w.near, Name: "新村"}, "request.id_missing"},
			{w.admin, division.NewDivision{Level: division.Village, ParentID: w.near, Name: "  "}, "division.name_missing"},
			{w.admin, division.NewDivision{Level: division.Village, ParentID: w.near, Name: "新村", Code: "5117021"}, "division.bad_code"},
			{w.admin, division.NewDivision{Level: division.Village, ParentID: w.near, Name: "新村", Code: "511702102"}, "division.code_level"},
			{w.admin, division.NewDivision{Level: division.Village, ParentID: w.near, Name: "新村", Code: "511702101201"}, "division.code_elsewhere"},
			{w.admin, division.NewDivision{Level: division.Village, ParentID: w.near, Name: "新村", Code: "511702100200"}, "division.code_taken"},
			{w.admin, division.NewDivision{Level: division.Village, ParentID: w.near, Name: "石桥村", Code: "511702100300"}, "division.name_taken"},
			{w.admin, division.NewDivision{Level: division.Village, Name: "新村"}, "division.parent_missing.town"},
			{w.admin, division.NewDivision{Level: division.Village, ParentID: w.district, Name: "新村"}, "division.parent_missing.town"},
			{w.admin, division.NewDivision{Level: division.Group, ParentID: w.near, Name: "三组"}, "division.parent_missing.village"},
			{w.admin, division.NewDivision{Level: division.Town, ParentID: w.village, Name: "新镇"}, "division.parent_level"},
			{w.admin, division.NewDivision{Level: division.Group, ParentID: w.village, Name: "三组", Code: "511702100200"}, "division.group_code"},
			{w.admin, division.NewDivision{Level: division.Group, ParentID: id.New(), Name: "三组"}, "division.unknown"},
			{villager, division.NewDivision{Level: division.Group, ParentID: w.other, Name: "三组"}, "division.unknown"},
			{villager, division.NewDivision{Level: division.Town, ParentID: w.other, Name: "新镇"}, "division.unknown"}, // and not that it is a village
			{villager, division.NewDivision{Level: division.District, Code: "511703", Name: "达川区"}, "division.not_yours"},
			{reader, division.NewDivision{Level: division.Group, ParentID: w.other, Name: "三组"}, "division.not_yours"},
		} {
			if tc.code != "request.id_missing" {
				tc.in.ID = id.New()
			}
			_, _, err := w.s.Create(t.Context(), tc.author, tc.in)
			checkFault(t, err, tc.code)
		}
		check(t, "divisions", len(w.tree(t).Below(id.ID{})), 8)
	})
}

// Ten people adding the same group at once leave one.
func TestService_Create_Race(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newTown(t, db)
		var wait sync.WaitGroup
		errs := make([]error, 10)
		for i := range errs {
			wait.Go(func() {
				a := newAuthor()
				_, _, errs[i] = w.s.Create(context.Background(), a, division.NewDivision{ID: id.New(), ParentID: w.other, Level: division.Group, Name: "一组"})
			})
		}
		wait.Wait()
		good := 0
		for _, err := range errs {
			if err == nil {
				good++
				continue
			}
			checkFault(t, err, "division.name_taken")
		}
		check(t, "created", good, 1)
	})
}

func TestService_Update(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newTown(t, db)
		today := w.s.Today()
		update := func(d id.ID, in division.Update) (division.Division, error) {
			return w.s.Update(t.Context(), w.admin, d, in)
		}
		name, code, yes, no := "青竹湾社区", "511702100001", true, false
		noted := len(*w.admin.noted)
		for range 2 { // the second time there is nothing left to change
			d, err := update(w.village, division.Update{From: today, Name: &name, Code: &code})
			if err != nil || d.Name != name || d.Code != code {
				t.Fatalf("got %+v, %v", d, err)
			}
		}
		check(t, "noted", len(*w.admin.noted)-noted, 1)
		var codes []struct {
			Code, Name         string
			ValidFrom, ValidTo calendar.Day
		}
		if err := db.Read.Table("division_codes").Where("division_id = ?", w.village).Order("valid_from").Find(&codes).Error; err != nil {
			t.Fatal(err)
		}
		check(t, "codes", fmt.Sprint(codes), fmt.Sprint([]any{
			fmt.Sprintf("{511702100200 青竹湾村 %s %s}", division.Since, today.AddDays(-1)),
			fmt.Sprintf("{511702100001 青竹湾社区 %s 9999-12-31}", today),
		}))

		free, fresh := "石桥村", "新名"
		for _, tc := range []struct {
			division id.ID
			in       division.Update
			code     string
		}{
			{w.village, division.Update{From: today, Name: &free}, "division.name_taken"},
			{w.other, division.Update{From: today, Code: &code}, "division.code_taken"},
			{w.village, division.Update{From: today.AddDays(-1), Name: new(string)}, "division.name_missing"},
			{w.village, division.Update{From: today.AddDays(-1), Name: &fresh}, "division.from_outside"},
			{w.other, division.Update{From: today.AddDays(1), Name: &fresh}, "division.from_outside"},
			{w.village, division.Update{From: today, Ended: &yes}, "division.has_divisions"},
			{w.one, division.Update{From: division.Since, Ended: &yes}, "division.from_outside"},
			{id.New(), division.Update{From: today, Name: &name}, "division.unknown"},
		} {
			_, err := update(tc.division, tc.in)
			checkFault(t, err, tc.code)
		}

		d, err := update(w.one, division.Update{From: today, Ended: &yes})
		if err != nil || d.ValidTo != today.AddDays(-1) || d.InForce(today) {
			t.Errorf("ended: %+v, %v", d, err)
		}
		if d, err = update(w.one, division.Update{From: today, Ended: &no}); err != nil || !d.InForce(today) {
			t.Errorf("reopened: %+v, %v", d, err)
		}
		resident(t, db, w.village, w.one)
		_, err = update(w.one, division.Update{From: today, Ended: &yes})
		checkFault(t, err, "division.has_households")
	})
}

// resident lets a household live in a group.
func resident(t *testing.T, db *database.DB, village, group id.ID) {
	t.Helper()
	err := db.InTx(t.Context(), func(ctx context.Context, tx *gorm.DB) error {
		return database.InsertRows(ctx, tx, "households",
			[]string{"id", "village_id", "division_id", "house_number", "member_count", "opened_at", "updated_at"},
			[][]any{{id.New(), village, group, "1", 3, 1, 1}})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestService_List(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newTown(t, db)
		list := func(a author, scope []id.ID, filter division.Filter) []string {
			t.Helper()
			if filter.Limit == 0 {
				filter.Limit = 50
			}
			divisions, _, err := w.s.List(t.Context(), a, scope, filter)
			if err != nil {
				t.Fatal(err)
			}
			return names(divisions)
		}
		villager := w.admin
		villager.within = w.village
		check(t, "all", len(list(w.admin, []id.ID{{}}, division.Filter{})), 7)
		check(t, "scope", list(villager, []id.ID{w.village}, division.Filter{}), []string{"青竹湾村", "一组", "二组"})
		check(t, "children", list(w.admin, nil, division.Filter{ParentID: w.district}), []string{"罗江镇", "蒲家镇"})
		check(t, "level", list(w.admin, []id.ID{{}}, division.Filter{Level: division.Town}), []string{"罗江镇", "蒲家镇"})
		check(t, "name", list(w.admin, []id.ID{{}}, division.Filter{Text: "竹"}), []string{"青竹湾村"})
		check(t, "code", list(w.admin, []id.ID{{}}, division.Filter{Text: "5117021002"}), []string{"青竹湾村", "石桥村"})
		_, _, err := w.s.List(t.Context(), villager, nil, division.Filter{ParentID: w.near, Limit: 50})
		checkFault(t, err, "division.unknown")

		var pages []string
		for after := (id.ID{}); ; {
			divisions, more, err := w.s.List(t.Context(), w.admin, []id.ID{{}}, division.Filter{Limit: 3, After: after})
			if err != nil {
				t.Fatal(err)
			}
			pages = append(pages, names(divisions)...)
			if !more {
				break
			}
			after = divisions[len(divisions)-1].ID
		}
		check(t, "pages", pages, names(w.tree(t).Below(id.ID{})))
		_, _, err = w.s.List(t.Context(), w.admin, []id.ID{{}}, division.Filter{Limit: 3, After: id.New()})
		checkFault(t, err, "request.bad_cursor")

		_, path, err := w.s.Get(t.Context(), villager, w.one)
		check(t, "path", names(path), []string{"通川区", "罗江镇", "青竹湾村", "一组"})
		if err != nil {
			t.Error(err)
		}
		_, _, err = w.s.Get(t.Context(), villager, w.other)
		checkFault(t, err, "division.unknown")
	})
}
