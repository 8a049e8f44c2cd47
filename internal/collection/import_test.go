package collection

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/sheet"
)

// rowsOf reads a sheet as the import does.
func rowsOf(t *testing.T, text string, columns func(heading sheet.Row) (*Columns, error)) []WeighInRow {
	t.Helper()
	var c *Columns
	var rows []WeighInRow
	for row, err := range sheet.Read([]byte(text)) {
		if err != nil {
			t.Fatal(err)
		}
		if c == nil {
			if c, err = columns(row); err != nil {
				t.Fatal(err)
			}
			continue
		}
		rows = append(rows, c.Row(row))
	}
	return rows
}

func (w *world) apply(rows []WeighInRow) []RowResult {
	w.t.Helper()
	var results []RowResult
	err := w.db.InTx(context.Background(), func(ctx context.Context, tx *gormDB) (err error) {
		results, err = w.ApplyWeighIns(ctx, tx, w.official, id.ID{}, rows)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return results
}

const ticketSheet = "日期,村,垃圾类别,毛重\uff08kg\uff09,皮重(公斤),净重 \uff08吨\uff09,车牌,票号,转运站" + `
2026-07-14,青竹湾村,其他垃圾,12400,3500,,川S12345,0001,碑庙转运站
2026/7/15,511702108202,厨余,,,1.25,,0002,碑庙转运站
2026年7月14日,青竹湾,其他垃圾,12400,3500,8.9,川S12345,0001,碑庙转运站
2026-07-14,青竹湾村,其他垃圾,,,7,,0001,碑庙转运站
2025-07,石桥坎村,residual,,,12.4,,,
2026-07-14,不存在村,其他垃圾,,,1,,0005,碑庙转运站
2026-07-14,青竹湾村,报纸,,,1,,0006,碑庙转运站
2026-07-14,青竹湾村,其他垃圾,,,NaN,,0007,碑庙转运站
昨天,青竹湾村,其他垃圾,,,1,,0008,碑庙转运站
2026-07-14,青竹湾村,其他垃圾,,,1,,,碑庙转运站
2026-08-02,青竹湾村,其他垃圾,,,1,,0010,碑庙转运站
2026-07-14,青竹湾村,其他垃圾,3500,12400,,,0011,碑庙转运站
2026-07-14,"x'; DROP TABLE weigh_ins; --",其他垃圾,,,1,,0012,碑庙转运站
`

func TestService_ApplyWeighIns(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		rows := rowsOf(t, ticketSheet, ReadHeading)
		checked, err := w.CheckWeighIns(context.Background(), db.Read, w.official, w.town, rows)
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"create", "create", "same", "weigh_in.twice_in_sheet", "create", "weigh_in.village_unknown",
			"weigh_in.category_unreadable", "weigh_in.weight_unreadable", "weigh_in.period_unreadable", "weigh_in.ticket_number_missing",
			"weigh_in.future_day", "weigh_in.net_not_positive", "weigh_in.village_unknown"}
		compareResults(t, "check", checked, want)
		compareResults(t, "apply", w.apply(rows), want)
		if checked[0].Preview != "青竹湾村 · 2026-07-14 · residual · 8900 kg" || checked[0].Line != 2 {
			t.Errorf("got %+v", checked[0])
		}
		cells := w.months()
		if cells[202607].village == (id.ID{}) || cells[202507].residual != 12_400_000 {
			t.Errorf("got %+v", cells)
		}
		t.Run("The same file again changes nothing", func(t *testing.T) {
			want[0], want[1], want[4], want[3] = "same", "same", "same", "weigh_in.duplicate"
			compareResults(t, "again", w.apply(rows), want)
			w.months()
		})
	})
}

func compareResults(t *testing.T, when string, got []RowResult, want []string) {
	t.Helper()
	for i, r := range got {
		verdict := string(r.Verdict)
		if r.Fault != nil {
			verdict = r.Fault.Code
		}
		if verdict != want[i] {
			t.Errorf("%s, line %d: got %s, want %s", when, r.Line, verdict, want[i])
		}
	}
}

func TestReadHeading(t *testing.T) {
	heading := func(text string) sheet.Row {
		for row, err := range sheet.Read([]byte(text + "\n")) {
			if err != nil {
				t.Fatal(err)
			}
			return row
		}
		return sheet.Row{}
	}
	if _, err := ReadHeading(heading(strings.Join(TemplateHeading, ","))); err != nil {
		t.Errorf("the template: %v", err)
	}
	for text, want := range map[string]string{
		"日期,村,净重":        "weigh_in.column_missing",
		"日期,村,类别,毛重":     "weigh_in.column_missing",
		"日期,时间,村,类别,净重":  "weigh_in.column_twice",
		"a,b,c,d,e":      "weigh_in.column_missing",
		"日期,村,净重,净重(吨)类": "weigh_in.column_twice",
	} {
		if _, err := ReadHeading(heading(text)); !fault.Is(err, want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

func TestParseMapping(t *testing.T) {
	for text, ok := range map[string]bool{
		`{"period":"{year}","village":"{no:3}","category":"{stream}","net":"{t}","unit":"t"}`: true,
		`{"period":"{year}","village":"{no:3}","category":"{stream}"}`:                        false,
		`{"period":"{year}","category":"{stream}","net":"{t}"}`:                               false,
		`{"period":"y","village":"v","category":"c","net":"n","unit":"lb"}`:                   false,
		`{"period":"y","village":"v","category":"c","net":"n","categories":{"a":"paper"}}`:    false,
		`{"period":"y","village":"v","category":"c","net":"n","nett":"n"}`:                    false,
		`[`: false,
	} {
		if _, err := ParseMapping([]byte(text)); (err == nil) != ok || err != nil && !fault.Is(err, "mapping.invalid") {
			t.Errorf("%s: got %v", text, err)
		}
	}
	m := Mapping{Village: "511702{no:6}", Period: "{year", Category: "c", Net: "n"}
	heading := sheet.Row{Cells: []sheet.Cell{{Text: "no"}, {Text: "year"}}}
	if _, err := m.Columns(heading); !fault.Is(err, "mapping.invalid") {
		t.Errorf("an open brace: got %v", err)
	}
	m.Period = "{jahr}"
	if _, err := m.Columns(heading); !fault.Is(err, "weigh_in.column_missing") {
		t.Errorf("a heading that is not there: got %v", err)
	}
	m.Period = "{year}"
	c, err := m.Columns(heading)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Row(sheet.Row{Cells: []sheet.Cell{{Text: "81"}, {Text: "2000"}}}); got.Village != "511702000081" || got.Period != "2000" {
		t.Errorf("got %+v", got)
	}
}

// Not timed; it shows what the import costs and that no row has a query of its
// own.
func TestService_ApplyWeighIns_many(t *testing.T) {
	if testing.Short() {
		t.Skip("20,000 rows")
	}
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		rows := make([]WeighInRow, 20_000)
		for i := range rows {
			rows[i] = WeighInRow{Line: i + 2, Period: fmt.Sprintf("202%d-%02d-%02d", i%6, i%12+1, i%28+1), Village: []string{"511702108201", "石桥坎村"}[i%2],
				Category: "residual", Net: Quantity{"1.5", gramsPerTonne}, Ticket: fmt.Sprint(i), Station: "碑庙转运站"}
		}
		start := time.Now()
		results := w.apply(rows)
		t.Logf("20,000 rows applied in %v", time.Since(start).Round(time.Millisecond))
		if results[19_999].Verdict != Create {
			t.Errorf("got %+v", results[19_999])
		}
		w.months()
		start = time.Now()
		if again := w.apply(rows); again[0].Verdict != Same || again[19_999].Verdict != Same {
			t.Errorf("got %+v", again[0])
		}
		t.Logf("and found unchanged in %v", time.Since(start).Round(time.Millisecond))
	})
}
