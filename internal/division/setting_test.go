package division_test

import (
	"testing"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/division"
	"hufen/internal/id"
)

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
