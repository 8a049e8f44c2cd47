package division_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// author is a division.Author: a manager of the division within, or of
// everything where that is zero.
type author struct {
	id     id.ID
	within id.ID
	reads  bool // may look, not change
	noted  *[]division.Change
}

func newAuthor() author { return author{id: id.New(), noted: new([]division.Change)} }

func (a author) AuthorID() id.ID                        { return a.id }
func (a author) Sees(tree *division.Tree, d id.ID) bool { return tree.Contains(a.within, d) }
func (a author) Manages(tree *division.Tree, d id.ID) bool {
	if d.IsZero() {
		return a.within.IsZero() && !a.reads
	}
	return a.Sees(tree, d) && !a.reads
}
func (a author) Note(_ context.Context, _ *gorm.DB, change division.Change) error {
	*a.noted = append(*a.noted, change)
	return nil
}

// town is a district with two towns; the first has two villages, the first of
// which has groups.
type town struct {
	s                                             *division.Service
	admin                                         author
	district, near, far, village, other, one, two id.ID
}

func newTown(t *testing.T, db *database.DB) town {
	t.Helper()
	w := town{s: division.New(db, calendar.Shanghai), admin: newAuthor()}
	w.district = w.create(t, id.ID{}, division.District, "511702", "通川区")
	w.near = w.create(t, w.district, division.Town, "511702100", "罗江镇")
	w.far = w.create(t, w.district, division.Town, "511702101", "蒲家镇")
	w.village = w.create(t, w.near, division.Village, "511702100200", "青竹湾村")
	w.other = w.create(t, w.near, division.Village, "511702100201", "石桥村")
	w.two = w.create(t, w.village, division.Group, "", "二组")
	w.one = w.create(t, w.village, division.Group, "", "一组")
	return w
}

func (w town) create(t *testing.T, parent id.ID, level division.Level, code, name string) id.ID {
	t.Helper()
	d, replayed, err := w.s.Create(t.Context(), w.admin, division.NewDivision{ID: id.New(), ParentID: parent, Level: level, Code: code, Name: name})
	if err != nil || replayed {
		t.Fatalf("create %s: %v", name, err)
	}
	return d.ID
}

func (w town) tree(t *testing.T) *division.Tree {
	t.Helper()
	tree, err := w.s.Tree(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func names(divisions []division.Division) []string {
	list := make([]string, len(divisions))
	for i, d := range divisions {
		list[i] = d.Name
	}
	return list
}

func check(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func checkFault(t *testing.T, err error, code string) {
	t.Helper()
	if f, ok := fault.As(err); !ok || f.Code != code {
		t.Errorf("got %v, want %s", err, code)
	}
}

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

func TestService_Rows(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newTown(t, db)
		rows := []division.CodeRow{
			{Level: division.Group, Name: "一组", ParentCode: "511702102200"}, // before its village
			{Code: "511702102200", Name: "柏林村", ParentCode: "511702102"},
			{Code: "511702102000", Name: "双龙镇", Level: division.Town, ValidFrom: 2020_05_01},
			{Code: "511702100000", Name: "罗江镇"},
			{Code: "511702101000", Name: "蒲家街道"},
			{Code: "511703000000", Name: "达川区"},
			{Code: "511703100", Name: "管村镇"},
			{Code: "99", Name: ""},
			{Code: "5117", Name: "达州市", Level: division.Town},
			{Code: "511799100", Name: "无县镇"},
			{Code: "12345", Name: "坏代码"},
			{Name: "三组"},
			{Name: "一组", ParentCode: "511702100200"},
			{Code: "511702102201", Name: "柏林村"},
			{Code: "511702102200", Name: "松林村"},
			{Code: "511702100202", Name: "东村", ParentCode: "511702101"},
			{Code: "511702100203", Name: "西村", ValidFrom: 2026_02_01, ValidTo: 2026_01_01},
		}
		want := []string{
			"create", "create", "create", "same", "change", "create", "create",
			"division.name_missing", "division.code_level", "division.parent_missing.district", "division.bad_code", "division.bad_parent_code",
			"same", "division.name_taken", "division.row_twice", "division.bad_parent_code", "division.bad_days",
		}
		verdicts := func(results []division.RowResult) []string {
			var list []string
			for _, r := range results {
				if r.Fault != nil {
					list = append(list, r.Fault.Code)
					continue
				}
				list = append(list, string(r.Verdict))
			}
			return list
		}
		checked, err := w.s.CheckRows(t.Context(), w.admin, slices.Clone(rows))
		if err != nil {
			t.Fatal(err)
		}
		check(t, "check", verdicts(checked), want)
		apply := func(a author) []string {
			t.Helper()
			var results []division.RowResult
			err := db.InTx(t.Context(), func(ctx context.Context, tx *gorm.DB) (err error) {
				results, err = w.s.ApplyRows(ctx, tx, a, slices.Clone(rows))
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			w.s.Forget()
			return verdicts(results)
		}
		townsman := w.admin
		townsman.within = w.near
		check(t, "outside the scope", apply(townsman)[:7], []string{
			"division.parent_missing.village", "division.parent_missing.town", "division.not_yours", "same", "division.not_yours", "division.not_yours", "division.parent_missing.district",
		})
		check(t, "apply", apply(w.admin), want)
		for i, verdict := range want {
			if verdict == "create" || verdict == "change" {
				want[i] = "same"
			}
		}
		check(t, "again", apply(w.admin), want)
		tree := w.tree(t)
		group, _ := tree.ByCode("511702102200")
		check(t, "path", names(tree.Path(tree.Children(group.ID)[0].ID)), []string{"通川区", "双龙镇", "柏林村", "一组"})
		check(t, "renamed", tree.Name(w.far), "蒲家街道")
		dated, _ := tree.ByCode("511702102")
		check(t, "first day", dated.ValidFrom, calendar.Day(2020_05_01))
	})
}

func TestService_Setting(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newTown(t, db)
		today := w.s.Today()
		value := func(d id.ID, day calendar.Day) int64 {
			t.Helper()
			v, err := w.s.Setting(t.Context(), division.UndoMinutes, d, day)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		change := func(d id.ID, v int64, from calendar.Day) division.NewValue {
			t.Helper()
			in := division.NewValue{ID: id.New(), DivisionID: d, Name: division.UndoMinutes, Value: v, ValidFrom: from}
			if _, replayed, err := w.s.ChangeSetting(t.Context(), w.admin, in); err != nil || replayed {
				t.Fatal(replayed, err)
			}
			return in
		}
		check(t, "default", value(w.one, today), int64(10))
		change(w.district, 20, today)
		in := change(w.village, 30, today.AddDays(5))
		change(w.near, 15, today)
		change(w.near, 16, today) // the later record of a day counts
		check(t, "nearest", value(w.one, today), int64(16))
		check(t, "later", value(w.one, today.AddDays(5)), int64(30))
		check(t, "elsewhere", value(w.far, today), int64(20))
		check(t, "before", value(w.far, today.AddDays(-1)), int64(10))

		state, replayed, err := w.s.ChangeSetting(t.Context(), w.admin, in)
		if err != nil || !replayed || state.Value.Value != 16 || len(state.Later) != 1 || state.Later[0].Value != 30 {
			t.Errorf("replay: %+v, %v, %v", state, replayed, err)
		}
		reader, stranger := w.admin, w.admin
		reader.reads, stranger.within = true, w.far
		for _, tc := range []struct {
			author author
			change func(*division.NewValue)
			code   string
		}{
			{w.admin, func(v *division.NewValue) { v.ID, v.Value = in.ID, 31 }, "request.id_reused"},
			{w.admin, func(v *division.NewValue) { v.Value = 24*60 + 1 }, "setting.out_of_range"},
			{w.admin, func(v *division.NewValue) { v.Value = -1 }, "setting.out_of_range"},
			{w.admin, func(v *division.NewValue) { v.ValidFrom = today.AddDays(-1) }, "setting.past_day"},
			{w.admin, func(v *division.NewValue) { v.ValidFrom = 2099_02_30 }, "setting.past_day"},
			{w.admin, func(v *division.NewValue) { v.Name = "colour" }, "setting.unknown"},
			{w.admin, func(v *division.NewValue) { v.DivisionID = id.New() }, "division.unknown"},
			{stranger, func(*division.NewValue) {}, "division.unknown"},
			{reader, func(*division.NewValue) {}, "setting.not_yours"},
		} {
			v := division.NewValue{ID: id.New(), DivisionID: w.village, Name: division.UndoMinutes, Value: 1, ValidFrom: today}
			tc.change(&v)
			_, _, err := w.s.ChangeSetting(t.Context(), tc.author, v)
			checkFault(t, err, tc.code)
		}
		states, err := w.s.Settings(t.Context(), w.admin, w.village, today)
		if err != nil {
			t.Fatal(err)
		}
		check(t, "settings", len(states), len(division.Catalogue))
		for _, state := range states {
			if state.Name != division.UndoMinutes && (state.Value.Value != state.Default || !state.Value.DivisionID.IsZero()) {
				t.Errorf("%s: %+v", state.Name, state)
			}
		}
		if _, err := w.s.Setting(t.Context(), "colour", w.village, today); err == nil {
			t.Error("a setting that does not exist has a value")
		}
	})
}
