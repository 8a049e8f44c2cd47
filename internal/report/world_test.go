package report

import (
	"context"
	"math/bits"
	"testing"
	"time"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// world is a district with two towns, seen on 1 August 2026.
type world struct {
	*Service
	t                         *testing.T
	district, town, otherTown id.ID
	qingzhu, shiqiao, baihe   id.ID // 青竹湾村 and 石桥坎村 in town, 白鹤咀村 in the other
	zhao, liu, zhou           auth.Actor
}

func newWorld(t *testing.T, db *database.DB) *world {
	t.Helper()
	w := &world{t: t, district: id.New(), town: id.New(), otherTown: id.New(), qingzhu: id.New(), shiqiao: id.New(), baihe: id.New()}
	w.Service = New(db, division.New(db, calendar.Shanghai), calendar.Shanghai)
	w.now = func() calendar.Micros {
		return calendar.MicrosOf(time.Date(2026, 8, 1, 9, 0, 0, 0, calendar.Shanghai))
	}
	for _, d := range []struct {
		id, parent id.ID
		level      division.Level
		code, name string
	}{
		{w.district, id.ID{}, division.District, "511702", "通川区"},
		{w.town, w.district, division.Town, "511702108", "碑庙镇"},
		{w.otherTown, w.district, division.Town, "511702109", "磐石镇"},
		{w.qingzhu, w.town, division.Village, "511702108201", "青竹湾村"},
		{w.shiqiao, w.town, division.Village, "511702108202", "石桥坎村"},
		{w.baihe, w.otherTown, division.Village, "511702109201", "白鹤咀村"},
	} {
		w.division(d.id, d.parent, d.level, d.code, d.name)
	}
	w.zhao = w.user("赵晓岚", auth.Grant{Role: auth.TownOfficial, DivisionID: w.town})
	w.liu = w.user("刘洪", auth.Grant{Role: auth.TownOfficial, DivisionID: w.town})
	w.zhou = w.user("周", auth.Grant{Role: auth.DistrictOfficial, DivisionID: w.district})
	return w
}

func (w *world) insert(table string, columns []string, rows ...[]any) {
	w.t.Helper()
	err := w.db.InTx(context.Background(), func(ctx context.Context, tx *gorm.DB) error {
		return database.InsertRows(ctx, tx, table, columns, rows)
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) division(d, parent id.ID, level division.Level, code, name string) {
	w.insert("divisions", []string{"id", "parent_id", "level", "code", "name", "valid_from", "valid_to", "updated_at"},
		[]any{d, id.Some(parent), string(level), code, name, 20000101, int(division.Forever), calendar.Now()})
	w.divisions.Forget()
}

func (w *world) user(name string, grants ...auth.Grant) auth.Actor {
	actor := auth.Actor{ID: id.New(), Name: name, Kind: auth.Person, Grants: grants, RequestID: "test"}
	w.insert("users", []string{"id", "login", "name", "kind", "created_at", "updated_at"},
		[]any{actor.ID, actor.ID.String(), name, "person", calendar.Now(), calendar.Now()})
	return actor
}

// month is what the tickets of a village and month add up to.
type month struct {
	village                               id.ID
	month                                 calendar.Month
	residual, food, recyclable, hazardous int64
	days                                  int // with tickets; 0: all of them
	estimated                             bool
}

func (w *world) tickets(months ...month) {
	w.t.Helper()
	var rows [][]any
	for _, m := range months {
		if m.days == 0 {
			m.days = m.month.Days()
		}
		days := int64(1)<<m.days - 1
		sorted := 0
		if m.food+m.recyclable+m.hazardous > 0 {
			sorted = 3
		}
		rows = append(rows, []any{m.village, m.month, m.residual, m.food, m.recyclable, m.hazardous, m.days, sorted, m.estimated, days,
			bits.OnesCount64(uint64(days)), int64(m.days) * 1000 / int64(m.month.Days())})
	}
	w.insert("weigh_in_months", []string{"village_id", "month", "residual_grams", "food_grams", "recyclable_grams", "hazardous_grams",
		"residual_tickets", "sorted_tickets", "estimated", "day_bits", "days", "coverage_permille"}, rows...)
}

func (w *world) people(village id.ID, day calendar.Day, persons, households int64) {
	w.insert("population_changes", []string{"village_id", "day", "persons", "households"}, []any{village, day, persons, households})
}

func (w *world) visitors(village id.ID, month calendar.Month, households int64) {
	w.rollup(village, int32(month), RollupCell{10 * households, 1000, 100, households})
}

func (w *world) rollup(village id.ID, period int32, classes ...RollupCell) {
	w.insert("rollups", append([]string{"village_id", "period"}, rollupSums...), rollupRow(village, period, classes...))
}

// rollupRow is a row of the rollups; classes that are left out have nothing.
func rollupRow(village id.ID, period int32, classes ...RollupCell) []any {
	row := []any{village, period, classes[0].Households}
	for i := range rollupCategories {
		var c RollupCell
		if i < len(classes) {
			c = classes[i]
		}
		row = append(row, c.DropOffs, c.Grams, c.Points)
	}
	return row
}

// baseline creates a baseline, locks and signs it.
func (w *world) baseline(village id.ID, month calendar.Month, grams, personDays int64) Baseline {
	w.t.Helper()
	b, _, err := w.CreateBaseline(context.Background(), w.zhou, NewBaseline{ID: id.New(), VillageID: village, Month: month,
		DisposalGrams: grams, PersonDays: personDays, Method: "转运站过磅", Source: "2025 年台账", Reason: "核对"})
	if err == nil {
		_, err = w.LockBaseline(context.Background(), w.zhou, b.ID)
	}
	signer := w.user("签字人", auth.Grant{Role: auth.DistrictOfficial, DivisionID: w.district})
	if err == nil {
		b, err = w.SignBaseline(context.Background(), signer, b.ID)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

func (w *world) reduction(q Query) *Reduction {
	w.t.Helper()
	report, err := w.Reduction(context.Background(), w.zhou, q)
	if err != nil {
		w.t.Fatal(err)
	}
	return report
}

// workedCase is the village of product.md §3: July 2025 12,400 kg over 32,550
// person-days, July 2026 8,900 kg over 33,480.
func (w *world) workedCase() {
	w.people(w.qingzhu, 20250101, 1050, 300)
	w.people(w.qingzhu, 20260101, 30, 12)
	w.tickets(month{village: w.qingzhu, month: 202607, residual: 8_900_000, food: 4_120_000, recyclable: 1_200_000, hazardous: 135_000})
	w.baseline(w.qingzhu, 202507, 12_400_000, 32_550)
	w.visitors(w.qingzhu, 202607, 254)
}

// expect compares a rate with its text, or with the code of its reason.
func expect(t *testing.T, what string, r Rate, want string) {
	t.Helper()
	got := r.Text()
	if r.State != OK {
		got = r.Reason.Code
	}
	if got != want {
		t.Errorf("%s: got %s %v, want %s", what, got, r.Reason.Args, want)
	}
}

func mustFault(t *testing.T, what string, err error, code string) {
	t.Helper()
	if !fault.Is(err, code) {
		t.Errorf("%s: got %v, want %s", what, err, code)
	}
}
