package report

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/i18n"
	"hufen/internal/sheet"
)

func TestService_Village(t *testing.T) {
	ctx := context.Background()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.workedCase()
		w.people(w.qingzhu, 20260711, 5, 1)
		w.people(w.qingzhu, 20260721, -5, -1)
		w.tickets(month{village: w.qingzhu, month: 202602, residual: 8_000_000, days: 15}, month{village: w.qingzhu, month: 202603, residual: 9_500_000})
		w.baseline(w.qingzhu, 202503, 11_000_000, 32_550)
		w.rollup(w.qingzhu, 20260714, RollupCell{DropOffs: 150, Grams: 90_000, Points: 12_000}, RollupCell{DropOffs: 140, Grams: 80_000, Points: 11_000})
		w.rollup(w.qingzhu, 20260715, RollupCell{})
		w.rollup(w.qingzhu, 20260801, RollupCell{DropOffs: 3, Grams: 1, Points: 1})
		w.rollup(w.shiqiao, 20260714, RollupCell{DropOffs: 3, Grams: 1, Points: 1})

		v, err := w.Village(ctx, w.zhao, w.qingzhu, 202607)
		if err != nil {
			t.Fatal(err)
		}
		if v.Baseline == nil || v.Baseline.DisposalGrams != 12_400_000 || v.Baseline.Signer == "" || v.TargetPermille != 300 {
			t.Errorf("got %+v", v.Baseline)
		}
		if len(v.Days) != 2 || v.Days[0].Category != "*" || v.Days[1].Points != 11_000 {
			t.Errorf("got %+v", v.Days)
		}
		want := []Step{{20260701, 20260710, 1080, 312}, {20260711, 20260720, 1085, 313}, {20260721, 20260731, 1080, 312}}
		if diff := cmp.Diff(want, v.Population); diff != "" {
			t.Error(diff)
		}
		var trend []string
		for _, m := range v.Trend {
			text := m.Reduction.Text() + m.Reduction.Reason.Code
			trend = append(trend, m.Month.String()+" "+text)
		}
		if got := strings.Join(trend, ", "); got != "2026-02 report.no_baseline, 2026-03 "+reduction(9_500_000, 33_480, 11_000_000, 32_550).Text()+
			", 2026-04 report.no_tickets, 2026-05 report.no_tickets, 2026-06 report.no_tickets, 2026-07 "+v.Row.Reduction.Text() {
			t.Errorf("got %s", got)
		}
		if last := v.Trend[5]; last.GramsPerPersonDay < 265 || last.GramsPerPersonDay > 266 || last.BaselineGramsPerPersonDay < 380 {
			t.Errorf("got %+v", last)
		}
		t.Run("Its figures are those of the town's report", func(t *testing.T) {
			for _, month := range []calendar.Month{202602, 202603, 202604, 202607, 202608} {
				v, err := w.Village(ctx, w.zhao, w.qingzhu, month)
				if err != nil {
					t.Fatal(err)
				}
				row := w.reduction(Query{DivisionID: w.qingzhu, From: month, To: month}).Rows[0]
				if diff := cmp.Diff(row, v.Row, cmp.Comparer(func(a, b Rate) bool {
					return a.State == b.State && a.Text() == b.Text() && cmp.Equal(a.Reason, b.Reason)
				})); diff != "" {
					t.Errorf("%v: %s", month, diff)
				}
			}
		})
		_, err = w.Village(ctx, w.zhao, w.baihe, 202607)
		mustFault(t, "another town's", err, "division.unknown")
		_, err = w.Village(ctx, w.zhao, w.town, 202607)
		mustFault(t, "a town", err, "division.unknown")
	})
}

func TestService_Activity(t *testing.T) {
	ctx := context.Background()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.visitors(w.qingzhu, 202606, 100)
		w.visitors(w.qingzhu, 202607, 254)
		w.visitors(w.shiqiao, 202607, 46)
		w.visitors(w.baihe, 202607, 7)
		rows, err := w.Activity(ctx, w.zhao, ActivityQuery{From: 202606, To: 202607})
		if err != nil || len(rows) != 3 || rows[0].Month != 202606 || rows[1].Division.ID != w.qingzhu || rows[2].Households != 46 {
			t.Errorf("got %+v, %v", rows, err)
		}
		rows, err = w.Activity(ctx, w.zhou, ActivityQuery{From: 202606, To: 202607, Level: "town"})
		if err != nil || len(rows) != 3 || rows[1].Division.ID != w.town || rows[1].Households != 300 || rows[1].DropOffs != 3000 || rows[2].Division.ID != w.otherTown {
			t.Errorf("got %+v, %v", rows, err)
		}
	})
}

func TestReduction_WriteCSV(t *testing.T) {
	w := newWorld(t, dbtest.OpenSQLite(t))
	w.workedCase()
	w.tickets(month{village: w.shiqiao, month: 202607, residual: 15_500_500}, month{village: w.baihe, month: 202607, residual: 1})
	w.people(w.shiqiao, 20260101, 1050, 300)
	w.baseline(w.shiqiao, 202507, 12_400_000, 32_550)
	report := w.reduction(Query{From: 202607, To: 202607})
	tree, err := w.divisions.Tree(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var csv, xlsx bytes.Buffer
	if err := report.WriteCSV(&csv, tree, i18n.Chinese); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\ufeff2026-07 至 2026-07", "碑庙镇,青竹湾村,30.2,28.2,是,38,81.4,31,31,8900,4120,1200,135,33480,12400,32550,否,\"1 − (8,900 公斤 ÷ 33,480",
		"石桥坎村,-25,-25,否,,,31,31,15500.5,", "白鹤咀村,,,,,,31,31,0.001,0,0,0,,,,否,没有 2026-07 的基准量", "合计\uff082 / 3 个村\uff09"} {
		if !strings.Contains(csv.String(), want) {
			t.Errorf("no %q in\n%s", want, csv.String())
		}
	}
	if err := report.WriteXLSX(&xlsx, tree, i18n.English); err != nil {
		t.Fatal(err)
	}
	n := 0
	for row, err := range sheet.Read(xlsx.Bytes()) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; row.Number == 3 && (row.Text(1) != "青竹湾村" || row.Text(2) != "30.2") {
			t.Errorf("got %+v", row)
		}
	}
	if n != 2+3+2+1 {
		t.Errorf("%d rows", n)
	}
}
