package division_test

import (
	"testing"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/division"
	"hufen/internal/i18n"
	"hufen/internal/id"
)

func TestParseCode(t *testing.T) {
	for _, tc := range []struct {
		code, short string
		level       division.Level
		ok          bool
	}{
		{"51", "51", division.Province, true},
		{"510000", "51", division.Province, true},
		{"510000000000", "51", division.Province, true},
		{"511700", "5117", division.City, true},
		{"511702", "511702", division.District, true},
		{"511702000000", "511702", division.District, true},
		{"511702100", "511702100", division.Town, true},
		{"511702100000", "511702100", division.Town, true},
		{"511702100200", "511702100200", division.Village, true},
		{"110101001001", "110101001001", division.Village, true},
		{"", "", "", false},
		{"5", "", "", false},
		{"51170", "", "", false},
		{"00", "", "", false},
		{"000000000000", "", "", false},
		{"5117021002000", "", "", false},
		{"51170210020x", "", "", false},
		{"５１", "", "", false},
		{" 51", "", "", false},
	} {
		short, level, ok := division.ParseCode(tc.code)
		if short != tc.short || level != tc.level || ok != tc.ok {
			t.Errorf("ParseCode(%q) = %q, %q, %v", tc.code, short, level, ok)
		}
	}
}

// Siblings without a code stand in the order people count them.
func TestTree_Names(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newTown(t, db)
		want := []string{"1组", "十组", "十一组", "二十组", "上湾", "东头", "第2组", "第10组"}
		for _, name := range []string{"第10组", "二十组", "东头", "十组", "1组", "第2组", "上湾", "十一组"} {
			w.create(t, w.other, division.Group, "", name)
		}
		check(t, "order", names(w.tree(t).Children(w.other)), want)
	})
}

// Every setting has a title and a default within its bounds.
func TestCatalogue(t *testing.T) {
	for _, d := range division.Catalogue {
		if !i18n.Known("setting." + string(d.Name)) {
			t.Errorf("%s has no title", d.Name)
		}
		if d.Default < d.Minimum || d.Default > d.Maximum {
			t.Errorf("%s: default %d is outside %d to %d", d.Name, d.Default, d.Minimum, d.Maximum)
		}
	}
}

func BenchmarkService_Setting(b *testing.B) {
	db := dbtest.OpenSQLite(b)
	s := division.New(db, calendar.Shanghai)
	a := newAuthor()
	parent := id.ID{}
	for _, in := range []division.NewDivision{
		{Level: division.District, Code: "511702", Name: "通川区"}, {Level: division.Town, Code: "511702100", Name: "罗江镇"},
		{Level: division.Village, Code: "511702100200", Name: "青竹湾村"}, {Level: division.Group, Name: "一组"},
	} {
		in.ID, in.ParentID = id.New(), parent
		d, _, err := s.Create(b.Context(), a, in)
		if err != nil {
			b.Fatal(err)
		}
		parent = d.ID
	}
	tree, _ := s.Tree(b.Context())
	top := tree.Path(parent)[0].ID
	if _, _, err := s.ChangeSetting(b.Context(), a, division.NewValue{ID: id.New(), DivisionID: top, Name: division.UndoMinutes, Value: 5, ValidFrom: s.Today()}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := s.Setting(b.Context(), division.UndoMinutes, parent, 2026_07_14); err != nil {
			b.Fatal(err)
		}
	}
}
