package collection

import (
	"context"
	"testing"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/fault"
	"hufen/internal/id"
)

func TestService_Points(t *testing.T) {
	ctx := context.Background()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		create := func(name string, village id.ID) Point {
			t.Helper()
			p, _, err := w.CreatePoint(ctx, w.official, Point{ID: id.New(), VillageID: village, Name: name})
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		a, b, c := create("A 村口", w.qingzhu), create("B 学校", w.qingzhu), create("C 桥头", w.shiqiao)

		t.Run("Replay", func(t *testing.T) {
			again, replayed, err := w.CreatePoint(ctx, w.official, Point{ID: a.ID, VillageID: w.qingzhu, Name: "A 村口"})
			if err != nil || !replayed || again.OpenedOn != 20260801 {
				t.Errorf("got %+v, %v, %v", again, replayed, err)
			}
			if _, _, err := w.CreatePoint(ctx, w.official, Point{ID: a.ID, VillageID: w.qingzhu, Name: "别的"}); !fault.Is(err, "request.id_reused") {
				t.Errorf("got %v", err)
			}
		})
		t.Run("A cleaner sees the own ones first, page by page", func(t *testing.T) {
			cleaner := auth.Actor{ID: id.New(), Grants: []auth.Grant{{Role: auth.Cleaner, DivisionID: w.town, PointIDs: []id.ID{c.ID, b.ID}}}}
			f, got := PointFilter{Limit: 1}, ""
			for more := true; more; {
				page, last, next, err := w.Points(ctx, cleaner, f)
				if err != nil || len(page) != 1 {
					t.Fatal(page, err)
				}
				got, f.After, more = got+page[0].Name[:1], last, next
			}
			if got != "BCA" {
				t.Errorf("got %s, want BCA", got)
			}
		})
		t.Run("Change and close", func(t *testing.T) {
			p, err := w.ChangePoint(ctx, w.cadre, a.ID, PointChange{Name: new("A 老村口"), LatitudeE6: new(int32(31_250_000)), LongitudeE6: new(int32(107_500_000)),
				ClosedOn: new(calendar.Day(20260831))})
			if err != nil || p.ClosedOn != 20260831 || p.Name != "A 老村口" || *p.LatitudeE6 != 31_250_000 {
				t.Errorf("got %+v, %v", p, err)
			}
			page, _, _, err := w.Points(ctx, w.official, PointFilter{DivisionID: w.qingzhu, Limit: 9})
			if err != nil || len(page) != 2 || page[0].ClosedOn != 20260831 {
				t.Errorf("got %+v, %v", page, err)
			}
		})
		for name, c := range map[string]struct {
			err  error
			want string
		}{
			"another village":      {second(w.ChangePoint(ctx, w.cadre, c.ID, PointChange{Name: new("x")})), "collection_point.unknown"},
			"closed before opened": {second(w.ChangePoint(ctx, w.official, c.ID, PointChange{ClosedOn: new(calendar.Day(20260731))})), "collection_point.closed_before_opened"},
			"half a place":         {second(w.ChangePoint(ctx, w.official, c.ID, PointChange{LatitudeE6: new(int32(1))})), "collection_point.half_a_place"},
			"no name":              {second(w.ChangePoint(ctx, w.official, c.ID, PointChange{Name: new(" ")})), "collection_point.name_missing"},
		} {
			if !fault.Is(c.err, c.want) {
				t.Errorf("%s: got %v, want %s", name, c.err, c.want)
			}
		}
		var audited int
		rows, err := database.Query(ctx, db.Read, `SELECT COUNT(*) FROM audit_log`)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			rows.Scan(&audited)
		}
		rows.Close()
		if audited != 4 { // three created, one changed
			t.Errorf("%d lines in the audit log, want 4", audited)
		}
	})
}

func second[T any](_ T, err error) error { return err }
