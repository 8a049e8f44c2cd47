package intake_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/division"
	"hufen/internal/id"
	"hufen/internal/intake"
)

// BenchmarkService_Run imports a county's roster: 100,000 households in 400
// villages with 6 groups each, in no order. The check and the storing are timed
// apart.
//
//	scripts/mariadb.sh --durable -- go test -run xxx -bench Run -benchtime 1x ./internal/intake
func BenchmarkService_Run(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *database.DB{"SQLite": dbtest.OpenSQLite, "MariaDB": dbtest.OpenMariaDB} {
		for _, mode := range []intake.Mode{intake.GoodRows, intake.AllRows} {
			b.Run(name+"/"+string(mode), func(b *testing.B) {
				for b.Loop() {
					b.StopTimer()
					w := newWorld(b, open(b))
					file := w.county(b)
					b.StartTimer()
					result, err := w.service.Run(ctx, system, intake.Households, file, intake.Options{Mode: mode})
					if err != nil || result.Import.Counts.Created != 100_000 {
						b.Fatalf("%+v %v", result.Import, err)
					}
					b.ReportMetric(100_000/b.Elapsed().Seconds(), "rows/s")
				}
			})
		}
	}
}

func (w *world) county(b *testing.B) []byte {
	b.Helper()
	rows := []division.CodeRow{}
	for i := range 400 {
		rows = append(rows, division.CodeRow{Code: fmt.Sprintf("511702%03d%03d", 103+i/40, 201+i%40), Name: fmt.Sprintf("第%d村", i)})
	}
	for i := range 10 {
		w.division(b, division.NewDivision{Level: division.Town, Code: fmt.Sprintf("511702%03d", 103+i), Name: fmt.Sprintf("%d镇", i)})
	}
	for _, row := range rows {
		w.division(b, division.NewDivision{ID: id.New(), Level: division.Village, Code: row.Code, Name: row.Name})
	}
	lines := make([]string, 100_000)
	for i := range lines {
		lines[i] = fmt.Sprintf("%s,%d组,%d,张小芳%d,%d,138%08d", rows[i%400].Code, i/400%6+1, i/2400+1, i, i%6+1, i)
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	return csvFile(lines...)
}
