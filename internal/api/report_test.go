package api

import (
	"fmt"
	"strings"
	"testing"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
)

// A town records its tickets, locks and signs a baseline, and reads the rate of
// product.md §3 with everything it rests on.
func TestReduction(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		official := h.signedIn("zhao", auth.RoleInput{Role: auth.TownOfficial, DivisionID: h.town.ID})
		colleague := h.signedIn("liu", auth.RoleInput{Role: auth.TownOfficial, DivisionID: h.town.ID})
		cadre := h.signedIn("cadre", auth.RoleInput{Role: auth.Cadre, DivisionID: h.village.ID})
		cleaner := h.signedIn("cleaner", auth.RoleInput{Role: auth.Cleaner, DivisionID: h.village.ID})
		village := h.village.ID
		h.population(20250101, 1050, 300)
		h.population(20260101, 30, 12)

		ticket := func(number, day string, net int64, rest string) string {
			return fmt.Sprintf(`{"id":%q,"station":"照金转运站","ticket_number":%q,"village_id":%q,"category":"residual","day":%q,"net_grams":%d%s}`,
				id.New(), number, village, day, net, rest)
		}
		cleaner.isRefused("POST", "/weigh-ins", ticket("1", "2026-07-01", 1000, ""), 403, "role.not_allowed", "")
		cadre.isRefused("POST", "/weigh-ins", ticket("1", "2026-07-01", 0, ""), 422, "weigh_in.net_not_positive", "/net_grams")
		cadre.isRefused("POST", "/weigh-ins", ticket("1", "2026-07-01", 101_000_000, ""), 422, "weigh_in.too_heavy", "/net_grams")
		var first WeighIn
		for day := calendar.Day(20260701); day <= 20260731; day = day.Next() {
			net := int64(287_000)
			if day == 20260731 {
				net = 8_900_000 - 30*287_000
			}
			var w WeighIn
			cadre.does("POST", "/weigh-ins", ticket(day.String(), day.String(), net, `,"vehicle":"陕B12345"`), 201, &w)
			if day == 20260701 {
				first = w
			}
		}
		cadre.isRefused("POST", "/weigh-ins", ticket("2026-07-01", "2026-07-02", 1000, ""), 409, "weigh_in.duplicate", "/ticket_number")
		cadre.does("POST", "/weigh-ins", strings.Replace(ticket("食物", "2026-07-01", 4_120_000, ""), "residual", "food", 1), 201, nil)

		var corrected, again WeighIn
		path := "/weigh-ins/" + first.Id.String() + "/corrections"
		correction := fmt.Sprintf(`{"id":%q,"reason":"抄错","net_grams":300000}`, id.New())
		cadre.isRefused("POST", path, correction, 403, "role.not_allowed", "")
		official.does("POST", path, correction, 201, &corrected)
		official.does("POST", path, correction, 200, &again)
		official.does("POST", "/weigh-ins/"+corrected.Id.String()+"/corrections", fmt.Sprintf(`{"id":%q,"reason":"没有错","net_grams":287000}`, id.New()), 201, &corrected)
		if corrected.Version != 3 || len(*corrected.Versions) != 3 || again.Version != 2 || *corrected.RecordedBy != "某 zhao" {
			t.Errorf("corrected to %+v", corrected)
		}
		var list WeighInList
		official.does("GET", "/weigh-ins?limit=20&from=2026-07-01&to=2026-07-31", "", 200, &list)
		seen := len(list.Items)
		official.does("GET", "/weigh-ins?limit=20&from=2026-07-01&to=2026-07-31&cursor="+*list.NextCursor, "", 200, &list)
		if seen += len(list.Items); seen != 32 || list.NextCursor != nil {
			t.Errorf("%d tickets listed", seen)
		}
		official.isRefused("GET", "/weigh-ins?from=2026-02-30", "", 422, "request.invalid", "")

		var report ReductionReport
		official.does("GET", "/reports/reduction?from=2026-07&to=2026-07", "", 200, &report)
		if r := report.Rows[0].Reduction; r.State != "not_computable" || *r.Code != "report.no_baseline" || *r.Reason != "no baseline for 2026-07" || r.Value != nil {
			t.Errorf("without a baseline: %+v", r)
		}
		var b Baseline
		official.does("POST", "/baselines", fmt.Sprintf(`{"id":%q,"village_id":%q,"month":"2025-07","disposal_grams":12400000,"method":"过磅","source":"2025 年台账"}`,
			id.New(), village), 201, &b)
		if b.PersonDays != 32_550 || b.State != "draft" || b.CreatedBy != "某 zhao" {
			t.Errorf("baseline %+v", b)
		}
		base := "/baselines/" + b.Id.String()
		official.isRefused("POST", base+"/sign", "", 422, "baseline.not_locked", "")
		official.does("POST", base+"/lock", "", 200, &b)
		official.isRefused("POST", base+"/sign", "", 422, "baseline.same_person", "")
		colleague.does("POST", base+"/sign", "", 200, &b)
		if b.State != "signed" || *b.SignedBy != "某 liu" || *b.LockedBy != "某 zhao" {
			t.Errorf("signed %+v", b)
		}
		var baselines BaselineList
		cadre.does("GET", "/baselines", "", 200, &baselines)
		if len(baselines.Items) != 1 {
			t.Errorf("baselines %+v", baselines)
		}

		official.does("GET", "/reports/reduction?from=2026-07&to=2026-07", "", 200, &report)
		row := report.Rows[0]
		if *row.Reduction.Text != "30.2%" || *row.RawReduction.Text != "28.2%" || !row.Reached || report.TargetPermille != 300 ||
			*row.Formula != "1 − (8,900 kg ÷ 33,480 person-days) ÷ (12,400 kg ÷ 32,550 person-days) = 30.2%" || *report.Total.VillagesCounted != 1 {
			t.Errorf("report %+v", row)
		}
		official.does("GET", "/reports/reduction?from=2026-07&to=2026-07&base_from=2025-07&base_to=2025-07", "", 200, &report)
		if report.Against != "tickets" || *report.BaseFrom != 202507 || *report.Rows[0].RawReduction.Code != "report.no_tickets" {
			t.Errorf("against tickets %+v", report)
		}
		official.isRefused("GET", "/reports/reduction?from=2026-13&to=2026-13", "", 422, "request.invalid", "")
		official.isRefused("GET", "/reports/reduction?from=2026-07&to=2026-06", "", 422, "report.months_reversed", "?from")
		official.isRefused("GET", "/reports/reduction?from=2026-07&to=2026-07&division="+h.town.ParentID.String(), "", 404, "division.unknown", "")

		csv := official.ask("GET", "/reports/reduction?from=2026-07&to=2026-07&format=csv", "")
		if csv.StatusCode != 200 || !strings.HasPrefix(csv.Header.Get("Content-Type"), "text/csv") || !strings.HasPrefix(csv.body, "\ufeff\"2026-07 to 2026-07") ||
			!strings.Contains(csv.body, "杨山村,30.2,28.2,yes") || csv.Header.Get("Content-Disposition") != `attachment; filename="reduction-2026-07-2026-07.csv"` {
			t.Errorf("csv %v %s", csv.Header, csv.body)
		}
		xlsx := official.ask("GET", "/reports/reduction?from=2026-07&to=2026-07&format=xlsx", "")
		if xlsx.StatusCode != 200 || !strings.HasPrefix(xlsx.body, "PK") {
			t.Errorf("xlsx %v", xlsx.Header)
		}

		var page VillageReport
		cadre.does("GET", "/reports/villages/"+village.String()+"?month=2026-07", "", 200, &page)
		if *page.Row.Reduction.Text != "30.2%" || len(*page.WeighIns) != 32 || *page.Baseline.SignedBy != "某 liu" || len(page.Trend) != 1 ||
			len(*page.Population) != 1 || (*page.Population)[0].Persons != 1080 {
			t.Errorf("village page %+v", page)
		}
		cadre.isRefused("GET", "/reports/villages/"+h.town.ID.String()+"?month=2026-07", "", 404, "division.unknown", "")
		var activity Activity
		official.does("GET", "/reports/activity?from=2026-07&to=2026-07&level=town", "", 200, &activity)
		if len(activity.Rows) != 0 {
			t.Errorf("activity %+v", activity)
		}
	})
}

func TestCollectionPoints(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		cadre := h.signedIn("cadre", auth.RoleInput{Role: auth.Cadre, DivisionID: h.village.ID})
		cleaner := h.signedIn("cleaner", auth.RoleInput{Role: auth.Cleaner, DivisionID: h.village.ID})
		body := fmt.Sprintf(`{"id":%q,"village_id":%q,"name":"村口","latitude":35.123456,"longitude":108.654321}`, id.New(), h.village.ID)
		var p CollectionPoint
		cadre.does("POST", "/collection-points", body, 201, &p)
		cadre.does("POST", "/collection-points", body, 200, &p)
		cleaner.isRefused("POST", "/collection-points", body, 403, "role.not_allowed", "")
		if *p.Latitude != 35.123456 || *p.Longitude != 108.654321 || p.Village.Name != "杨山村" {
			t.Errorf("got %+v", p)
		}
		cadre.does("PATCH", "/collection-points/"+p.Id.String(), `{"closed_on":"2099-12-31"}`, 200, &p)
		cadre.isRefused("PATCH", "/collection-points/"+p.Id.String(), `{"closed_on":"1999-12-31"}`, 422, "collection_point.closed_before_opened", "/closed_on")
		var list CollectionPointList
		cleaner.does("GET", "/collection-points", "", 200, &list)
		if len(list.Items) != 1 || *list.Items[0].ClosedOn != 20991231 {
			t.Errorf("got %+v", list)
		}
	})
}

// population sets a change of the village's population.
func (h *house) population(day calendar.Day, persons, households int64) {
	h.t.Helper()
	_, err := database.Exec(h.t.Context(), h.server.DB.Write, `INSERT INTO population_changes (village_id, day, persons, households) VALUES (?,?,?,?)`,
		h.village.ID, day, persons, households)
	if err != nil {
		h.t.Fatal(err)
	}
}
