package report

import (
	"context"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/id"
)

func TestService_Reduction(t *testing.T) {
	ctx := context.Background()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.workedCase()

		t.Run("The worked case", func(t *testing.T) {
			report := w.reduction(Query{DivisionID: w.qingzhu, From: 202607, To: 202607})
			row := report.Rows[0]
			expect(t, "headline", row.Reduction, "30.2%")
			expect(t, "raw", row.Raw, "28.2%")
			expect(t, "diverted", row.Diverted, "38.0%")
			expect(t, "participation", row.Participation, "81.4%")
			exact := new(big.Rat).Sub(big.NewRat(1, 1), new(big.Rat).Quo(big.NewRat(8_900, 33_480), big.NewRat(12_400, 32_550)))
			if row.Reduction.Exact().Cmp(exact) != 0 || !row.Reached || row.PersonDays != 33_480 || row.CoverageDays != 31 {
				t.Errorf("got %v, %+v", row.Reduction.Exact(), row)
			}
			want := sentence("report.formula", "disposal", "8,900", "person_days", "33,480", "baseline", "12,400", "baseline_person_days", "32,550", "rate", "30.2%")
			for name, value := range want.Args {
				if row.Formula.Args[name] != value {
					t.Errorf("formula: %s is %v, want %v", name, row.Formula.Args[name], value)
				}
			}
			if report.TargetPermille != 300 || report.FormulaVersion != FormulaVersion || report.Against != SignedBaseline {
				t.Errorf("got %+v", report)
			}
		})
		t.Run("Without a baseline there is no number", func(t *testing.T) {
			w.people(w.shiqiao, 20250101, 1000, 280)
			w.tickets(month{village: w.shiqiao, month: 202607, residual: 5_000_000})
			row := w.reduction(Query{DivisionID: w.shiqiao, From: 202607, To: 202607}).Rows[0]
			expect(t, "headline", row.Reduction, "report.no_baseline")
			expect(t, "raw", row.Raw, "report.no_baseline")
			expect(t, "diverted", row.Diverted, "report.no_sorted_tickets")
			expect(t, "participation", row.Participation, "report.no_drop_offs")
			if row.Reduction.State != NotComputable || row.Reduction.Reason.Args["month"] != "2026-07" || row.Formula.Code != "" {
				t.Errorf("got %+v", row)
			}
			b, _, err := w.CreateBaseline(ctx, w.zhao, NewBaseline{ID: id.New(), VillageID: w.shiqiao, Month: 202507, DisposalGrams: 7_000_000,
				PersonDays: 31_000, Method: "转运站过磅", Source: "台账"})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.LockBaseline(ctx, w.zhao, b.ID); err != nil {
				t.Fatal(err)
			}
			row = w.reduction(Query{DivisionID: w.shiqiao, From: 202607, To: 202607}).Rows[0]
			expect(t, "locked only", row.Reduction, "report.baseline_unsigned")
			if _, err := w.SignBaseline(ctx, w.liu, b.ID); err != nil {
				t.Fatal(err)
			}
			row = w.reduction(Query{DivisionID: w.shiqiao, From: 202607, To: 202607}).Rows[0]
			expect(t, "signed", row.Reduction, "28.6%")
		})
		t.Run("Too few days with tickets", func(t *testing.T) {
			w.people(w.baihe, 20250101, 900, 250)
			w.tickets(month{village: w.baihe, month: 202607, residual: 3_000_000, days: 17}, month{village: w.baihe, month: 202606, residual: 3_000_000, days: 24})
			w.baseline(w.baihe, 202507, 6_000_000, 27_900)
			row := w.reduction(Query{DivisionID: w.baihe, From: 202607, To: 202607}).Rows[0]
			expect(t, "headline", row.Reduction, "report.few_tickets")
			if a := row.Reduction.Reason.Args; row.Reduction.State != Incomplete || a["days"] != 31 || a["covered"] != int64(17) || row.CoverageDays != 17 {
				t.Errorf("got %+v", row)
			}
			w.baseline(w.baihe, 202506, 6_000_000, 27_000)
			row = w.reduction(Query{DivisionID: w.baihe, From: 202606, To: 202606}).Rows[0]
			expect(t, "24 of 30 days are exactly 80 %", row.Reduction, "50.0%")
			row = w.reduction(Query{DivisionID: w.baihe, From: 202606, To: 202607}).Rows[0]
			expect(t, "one bad month of two", row.Reduction, "report.few_tickets_in_month")
			if a := row.Reduction.Reason.Args; a["month"] != "2026-07" || a["covered"] != int64(17) {
				t.Errorf("got %+v", a)
			}
		})
		t.Run("Totals are sums over the villages that count", func(t *testing.T) {
			report := w.reduction(Query{From: 202607, To: 202607})
			if len(report.Rows) != 3 || len(report.Towns) != 2 || report.Total.Division.ID != w.district {
				t.Fatalf("got %+v", report)
			}
			total := report.Total
			expect(t, "headline", total.Reduction, reduction(13_900_000, 33_480+31_000, 19_400_000, 32_550+31_000).Text())
			expect(t, "raw", total.Raw, reduction(13_900_000, 1, 19_400_000, 1).Text())
			if total.VillagesCounted != 2 || total.Villages != 3 || total.VillagesReached != 1 || total.DisposalGrams != 13_900_000 ||
				total.CoverageDays != 31+31+17 || total.Days != 93 {
				t.Errorf("got %+v", total)
			}
			expect(t, "diverted share of the village that has one", total.Diverted, "38.0%")
			expect(t, "participation", total.Participation, "81.4%")
			expect(t, "a town of which no village counts", report.Towns[1].Reduction, "report.no_village_counts")
			if report.Towns[0].Division.ID != w.town || report.Towns[0].VillagesCounted != 2 {
				t.Errorf("got %+v", report.Towns)
			}
		})
		t.Run("A month that is not over", func(t *testing.T) {
			w.tickets(month{village: w.qingzhu, month: 202608, residual: 100_000, days: 1})
			w.baseline(w.qingzhu, 202508, 12_000_000, 32_550)
			row := w.reduction(Query{DivisionID: w.qingzhu, From: 202608, To: 202608}).Rows[0]
			expect(t, "headline", row.Reduction, "report.month_running")
		})
		t.Run("Several months need every baseline and every ticket", func(t *testing.T) {
			w.tickets(month{village: w.qingzhu, month: 202605, residual: 9_000_000, estimated: true})
			row := w.reduction(Query{DivisionID: w.qingzhu, From: 202605, To: 202607}).Rows[0]
			expect(t, "headline", row.Reduction, "report.no_tickets")
			if row.Reduction.Reason.Args["month"] != "2026-06" {
				t.Errorf("got %+v", row.Reduction)
			}
			w.tickets(month{village: w.qingzhu, month: 202606, residual: 9_100_000})
			w.baseline(w.qingzhu, 202505, 12_000_000, 32_550)
			row = w.reduction(Query{DivisionID: w.qingzhu, From: 202605, To: 202607}).Rows[0]
			expect(t, "headline", row.Reduction, "report.no_baseline")
			if row.Reduction.Reason.Args["month"] != "2026-06" || row.BaselineGrams != 0 {
				t.Errorf("got %+v", row)
			}
			w.baseline(w.qingzhu, 202506, 12_100_000, 31_500)
			row = w.reduction(Query{DivisionID: w.qingzhu, From: 202605, To: 202607}).Rows[0]
			expect(t, "headline", row.Reduction, reduction(27_000_000, 92*1080, 36_500_000, 32_550+32_550+31_500).Text())
			if !row.Estimated {
				t.Error("a month estimated from buckets is not marked")
			}
		})
		t.Run("A roster that begins within the period", func(t *testing.T) {
			late := id.New()
			w.division(late, w.town, "village", "511702108209", "新村")
			w.people(late, 20260702, 500, 120)
			w.tickets(month{village: late, month: 202607, residual: 2_000_000})
			w.baseline(late, 202507, 4_000_000, 15_500)
			row := w.reduction(Query{DivisionID: late, From: 202607, To: 202607}).Rows[0]
			expect(t, "headline", row.Reduction, "report.no_person_days")
			expect(t, "raw", row.Raw, "50.0%")
			if row.Formula.Code != "report.formula_raw" {
				t.Errorf("got %+v", row.Formula)
			}
		})
		t.Run("More households than are registered", func(t *testing.T) {
			w.visitors(w.baihe, 202607, 251)
			row := w.reduction(Query{DivisionID: w.baihe, From: 202607, To: 202607}).Rows[0]
			expect(t, "participation", row.Participation, "report.more_than_registered")
		})
		t.Run("Faults", func(t *testing.T) {
			for code, q := range map[string]Query{
				"report.no_month":        {From: 0, To: 202607},
				"report.months_reversed": {From: 202607, To: 202606},
				"report.too_many_months": {From: 202001, To: 202501},
				"report.unequal_periods": {From: 202607, To: 202607, BaseFrom: 202501, BaseTo: 202502},
			} {
				_, err := w.Reduction(ctx, w.zhou, q)
				mustFault(t, code, err, code)
			}
			_, err := w.Reduction(ctx, w.zhou, Query{From: 202607, To: 202607, BaseFrom: 202507})
			mustFault(t, "half a base", err, "report.no_month")
			_, err = w.Reduction(ctx, w.zhao, Query{DivisionID: w.otherTown, From: 202607, To: 202607})
			mustFault(t, "another town", err, "division.unknown")
			if report, err := w.Reduction(ctx, auth.Actor{}, Query{From: 202607, To: 202607}); err != nil || report.Total != nil {
				t.Errorf("nobody: got %+v, %v", report, err)
			}
		})
	})
}

func TestService_Reduction_tickets(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.tickets(month{village: w.qingzhu, month: 202607, residual: 8_900_000}, month{village: w.qingzhu, month: 202507, residual: 12_400_000},
			month{village: w.shiqiao, month: 202607, residual: 1_000_000}, month{village: w.shiqiao, month: 202507, residual: 0},
			month{village: w.baihe, month: 202607, residual: 1_000_000})
		q := Query{From: 202607, To: 202607, BaseFrom: 202507, BaseTo: 202507}
		report := w.reduction(q)
		expect(t, "raw", report.Rows[0].Raw, "28.2%")
		expect(t, "headline without a roster", report.Rows[0].Reduction, "report.no_person_days")
		expect(t, "a base of zero", report.Rows[1].Raw, "report.base_is_zero")
		expect(t, "no base tickets", report.Rows[2].Raw, "report.no_tickets")
		expect(t, "total raw", report.Total.Raw, "28.2%")
		expect(t, "total headline", report.Total.Reduction, "report.no_population")
		if report.Against != Tickets || report.Total.VillagesCounted != 1 || report.Rows[2].Raw.Reason.Args["month"] != "2025-07" {
			t.Errorf("got %+v", report)
		}
		w.people(w.qingzhu, 20260101, 1080, 312)
		expect(t, "no roster for the base", w.reduction(q).Rows[0].Reduction, "report.no_person_days")
		w.people(w.qingzhu, 20250601, 1050, 300)
		w.people(w.qingzhu, 20251231, -1050, -300)
		expect(t, "per capita", w.reduction(q).Rows[0].Reduction, "30.2%")
	})
}

// The statement's arithmetic on yyyymmdd agrees with counting day by day.
func TestReadPeople(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		rapid.Check(t, func(rt *rapid.T) {
			village := id.New()
			changes := map[calendar.Day][2]int64{}
			for range rapid.IntRange(1, 8).Draw(rt, "changes") {
				day := calendar.Day(20240101).AddDays(rapid.IntRange(0, 800).Draw(rt, "day"))
				if _, taken := changes[day]; !taken {
					changes[day] = [2]int64{rapid.Int64Range(-20, 1000).Draw(rt, "persons"), rapid.Int64Range(-5, 300).Draw(rt, "households")}
					w.people(village, day, changes[day][0], changes[day][1])
				}
			}
			from := calendar.Month(202401).AddMonths(rapid.IntRange(0, 24).Draw(rt, "from"))
			p := period{from, from.AddMonths(rapid.IntRange(0, 14).Draw(rt, "months"))}
			var want people
			var persons, households int64
			for day := calendar.Day(20240101); day <= p.last(); day = day.Next() {
				persons, households = persons+changes[day][0], households+changes[day][1]
				if day >= p.first() {
					want.personDays += persons
				}
				if day == p.first() {
					want.opening = persons
				}
				if day >= p.first() && day == day.Month().Last() {
					want.households += households
				}
			}
			found, err := readPeople(context.Background(), db.Read, []id.ID{village}, p)
			if err != nil || found[village] != want {
				rt.Fatalf("%v: got %+v, %v, want %+v", p, found[village], err, want)
			}
		})
	})
}
