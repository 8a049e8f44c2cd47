package collection

import (
	"context"
	"testing"
	"time"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/id"
)

// world is a district with two towns, seen on 1 August 2026.
type world struct {
	*Service
	t                                 *testing.T
	district, town, other             id.ID
	qingzhu, shiqiao, namesake, group id.ID // 青竹湾村, 石桥坎村 in town; 青竹湾村 in other
	official, cadre                   auth.Actor
}

func newWorld(t *testing.T, db *database.DB) *world {
	t.Helper()
	w := &world{t: t, district: id.New(), town: id.New(), other: id.New(), qingzhu: id.New(), shiqiao: id.New(), namesake: id.New(), group: id.New()}
	var rows [][]any
	for _, d := range []struct {
		id, parent id.ID
		level      division.Level
		code, name string
	}{
		{w.district, id.ID{}, division.District, "511702", "通川区"},
		{w.town, w.district, division.Town, "511702108", "碑庙镇"},
		{w.other, w.district, division.Town, "511702109", "磐石镇"},
		{w.qingzhu, w.town, division.Village, "511702108201", "青竹湾村"},
		{w.shiqiao, w.town, division.Village, "511702108202", "石桥坎村"},
		{w.namesake, w.other, division.Village, "511702109201", "青竹湾村"},
		{w.group, w.qingzhu, division.Group, "", "1组"},
	} {
		rows = append(rows, []any{d.id, id.Some(d.parent), string(d.level), d.code, d.name, 20000101, int(division.Forever), calendar.Now()})
	}
	w.insert(db, "divisions", []string{"id", "parent_id", "level", "code", "name", "valid_from", "valid_to", "updated_at"}, rows)
	w.official = w.user(db, "赵晓岚", auth.Grant{Role: auth.TownOfficial, DivisionID: w.town})
	w.cadre = w.user(db, "刘洪", auth.Grant{Role: auth.Cadre, DivisionID: w.qingzhu})
	w.Service = New(db, division.New(db, calendar.Shanghai), calendar.Shanghai)
	w.now = func() calendar.Micros {
		return calendar.MicrosOf(time.Date(2026, 8, 1, 9, 0, 0, 0, calendar.Shanghai))
	}
	return w
}

func (w *world) insert(db *database.DB, table string, columns []string, rows [][]any) {
	w.t.Helper()
	err := db.InTx(context.Background(), func(ctx context.Context, tx *gormDB) error {
		return database.InsertRows(ctx, tx, table, columns, rows)
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) user(db *database.DB, name string, grants ...auth.Grant) auth.Actor {
	actor := auth.Actor{ID: id.New(), Name: name, Kind: auth.Person, Grants: grants, RequestID: "test"}
	w.insert(db, "users", []string{"id", "login", "name", "kind", "created_at", "updated_at"},
		[][]any{{actor.ID, actor.ID.String(), name, "person", calendar.Now(), calendar.Now()}})
	return actor
}

// ticket returns the input of a ticket of 青竹湾村 on 14 July.
func (w *world) ticketInput(number string, netGrams int64) NewWeighIn {
	return NewWeighIn{ID: id.New(), Station: "碑庙转运站", TicketNumber: number, VillageID: w.qingzhu, Category: Residual,
		Day: 20260714, Weights: Weights{NetGrams: &netGrams}}
}

func (w *world) record(in NewWeighIn) WeighIn {
	w.t.Helper()
	recorded, _, err := w.RecordWeighIn(context.Background(), w.official, in)
	if err != nil {
		w.t.Fatal(err)
	}
	return recorded
}

// months returns the cells and checks them against every ticket on record.
func (w *world) months() map[calendar.Month]monthCell {
	w.t.Helper()
	found, err := CheckMonths(context.Background(), w.db.Read)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, difference := range found {
		w.t.Errorf("weigh_in_months does not agree with the tickets: %v", difference)
	}
	cells, err := readCells(context.Background(), w.db.Read, `1 = 1`)
	if err != nil {
		w.t.Fatal(err)
	}
	byMonth := map[calendar.Month]monthCell{}
	for key, c := range cells {
		byMonth[key.month] = monthCell{key.village, c}
	}
	return byMonth
}

// monthCell is a row of weigh_in_months.
type monthCell struct {
	village id.ID
	cell
}
