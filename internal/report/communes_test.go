package report_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/collection"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/division"
	"hufen/internal/id"
	"hufen/internal/report"
	"hufen/internal/sheet"
)

// communesMapping is what docs/imports.md explains.
const communesMapping = "../../docs/mappings/zurich-communes.json"

// A real series of yearly weights, 24 communes and 22 years, imported as tickets
// through the documented mapping. Year against year the report says exactly
// 1 − residual(t) ÷ residual(b) for every commune that reported both years, and
// gives no number for the others. Three reports are taken out, because the list
// itself has no gap in its residual waste.
func TestService_Reduction_communes(t *testing.T) {
	file, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "communes_waste_2000_2021.csv"))
	if err != nil {
		t.Skip("the real list is not beside the repository: ", err)
	}
	text := string(file)
	for _, gone := range []string{"10,Obfelden,2000,residual,", "230,Winterthur,2014,residual,", "81,Bachs,2021,residual,"} {
		before, after, found := strings.Cut(text, gone)
		if !found {
			t.Fatalf("no line %q", gone)
		}
		_, after, _ = strings.Cut(after, "\n")
		text = before + after
	}
	residual, communes := readCommunes(t, text)
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		divisions := division.New(db, calendar.Shanghai)
		parent := id.ID{}
		for _, d := range []division.NewDivision{{Level: division.Province, Code: "99", Name: "外国"}, {Level: division.City, Code: "9901", Name: "瑞士"},
			{Level: division.District, Code: "990101", Name: "苏黎世州"}, {Level: division.Town, Code: "990101001", Name: "市镇"}} {
			d.ID, d.ParentID = id.New(), parent
			parent = d.ID
			if _, _, err := divisions.Create(ctx, auth.SystemActor("test"), d); err != nil {
				t.Fatal(err)
			}
		}
		for no, name := range communes {
			d := division.NewDivision{ID: id.New(), ParentID: parent, Level: division.Village, Code: fmt.Sprintf("990101001%03d", no), Name: name}
			if _, _, err := divisions.Create(ctx, auth.SystemActor("test"), d); err != nil {
				t.Fatal(err)
			}
		}
		importCommunes(t, db, divisions, text)
		reports := report.New(db, divisions, calendar.Shanghai)
		compared, without := 0, 0
		for _, years := range [][2]int{{2000, 2021}, {2000, 2010}, {2014, 2021}, {2020, 2021}, {2013, 2014}, {2021, 2000}, {2007, 2007}, {1999, 2005}} {
			got, err := reports.Reduction(ctx, auth.SystemActor("test"), report.Query{DivisionID: parent,
				BaseFrom: calendar.Month(years[0]*100 + 1), BaseTo: calendar.Month(years[0]*100 + 12),
				From: calendar.Month(years[1]*100 + 1), To: calendar.Month(years[1]*100 + 12)})
			if err != nil || len(got.Rows) != 24 || got.Against != report.Tickets {
				t.Fatalf("%v: %+v, %v", years, got, err)
			}
			var sumBase, sumNow int64
			for _, row := range got.Rows {
				no, _ := strconv.Atoi(row.Division.Code[9:])
				base, hasBase := residual[[2]int{no, years[0]}]
				now, hasNow := residual[[2]int{no, years[1]}]
				if !hasBase || !hasNow {
					without++
					if row.Raw.State != report.NotComputable || row.Raw.Exact() != nil || row.Raw.Reason.Code != "report.no_tickets" {
						t.Errorf("%s %v: got %+v, want no number", row.Division.Name, years, row.Raw)
					}
					continue
				}
				compared++
				sumBase, sumNow = sumBase+base, sumNow+now
				if want := exact(now, base); row.Raw.State != report.OK || row.Raw.Exact().Cmp(want) != 0 {
					t.Errorf("%s %v: got %s %v, want %v", row.Division.Name, years, row.Raw.Text(), row.Raw.Reason, want)
				}
			}
			if sumBase > 0 && got.Total.Raw.Exact().Cmp(exact(sumNow, sumBase)) != 0 {
				t.Errorf("%v: total %s", years, got.Total.Raw.Text())
			}
		}
		t.Logf("%d comparisons exact, %d without a number", compared, without)
		if compared < 150 || without < 24+4 {
			t.Errorf("%d compared, %d without a number", compared, without)
		}
		checkMonths(t, db)
	})
}

// exact is 1 − now ÷ base.
func exact(now, base int64) *big.Rat {
	return new(big.Rat).Sub(big.NewRat(1, 1), big.NewRat(now, base))
}

// readCommunes reads the list the plain way: residual tonnes by commune and
// year, and the communes' names.
func readCommunes(t *testing.T, text string) (residual map[[2]int]int64, communes map[int]string) {
	t.Helper()
	lines, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	residual, communes = map[[2]int]int64{}, map[int]string{}
	for _, line := range lines[1:] {
		no, _ := strconv.Atoi(line[0])
		year, _ := strconv.Atoi(line[2])
		communes[no] = line[1]
		if line[3] == "residual" {
			if residual[[2]int{no, year}], err = strconv.ParseInt(line[4], 10, 64); err != nil {
				t.Fatal(err)
			}
		}
	}
	return residual, communes
}

func importCommunes(t *testing.T, db *database.DB, divisions *division.Service, list string) {
	t.Helper()
	text, err := os.ReadFile(communesMapping)
	if err != nil {
		t.Fatal(err)
	}
	mapping, err := collection.ParseMapping(text)
	if err != nil {
		t.Fatal(err)
	}
	var columns *collection.Columns
	var rows []collection.WeighInRow
	for row, err := range sheet.Read([]byte(list)) {
		if err == nil && columns == nil {
			columns, err = mapping.Columns(row)
		} else if err == nil {
			rows = append(rows, columns.Row(row))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	service := collection.New(db, divisions, calendar.Shanghai)
	for _, want := range []collection.Verdict{collection.Create, collection.Same} {
		err = db.InTx(context.Background(), func(ctx context.Context, tx *gorm.DB) error {
			results, err := service.ApplyWeighIns(ctx, tx, auth.SystemActor("test"), id.ID{}, rows)
			for _, r := range results {
				if r.Verdict != want {
					t.Fatalf("line %d: %s %v", r.Line, r.Verdict, r.Fault)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func checkMonths(t *testing.T, db *database.DB) {
	t.Helper()
	found, err := collection.CheckMonths(context.Background(), db.Read)
	if err != nil || len(found) > 0 {
		t.Errorf("months of tickets: %v, %v", found, err)
	}
}
