package proof_test

import (
	"context"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/dropoff"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/proof"
)

// What sealing costs: b.N drop-offs by forty cleaners at once, alone and while
// everything they record is sealed. The processor time is this program's, which
// for SQLite is all there is.
func BenchmarkDropOffs(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *database.DB{"SQLite": dbtest.OpenSQLite, "MariaDB": dbtest.OpenMariaDB} {
		b.Run(name, func(b *testing.B) {
			b.Run("Alone", func(b *testing.B) { dropOffs(b, newTown(b, open(b)), false) })
			b.Run("Sealed", func(b *testing.B) { dropOffs(b, newTown(b, open(b)), true) })
		})
	}
}

func dropOffs(b *testing.B, w *town, sealed bool) {
	codes := make([]string, 400)
	for i := range codes {
		_, codes[i] = w.newHousehold()
	}
	sealer := ledger.NewSealer(w.db, ledger.NewKeyring(b.TempDir()), proof.Facts)
	ctx, cancel := context.WithCancel(context.Background())
	var sealing sync.WaitGroup
	b.ResetTimer()
	before := processorTime(b)
	if sealed {
		sealing.Go(func() {
			for ctx.Err() == nil {
				if _, err := sealer.Seal(ctx); err != nil && ctx.Err() == nil {
					b.Error(err)
				}
				time.Sleep(200 * time.Millisecond)
			}
		})
	}
	var next atomic.Int64
	var cleaners sync.WaitGroup
	for range 40 {
		cleaners.Go(func() {
			grams := int64(20)
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				_, err := w.dropOffs.Record(context.Background(), w.cleaner, dropoff.Input{ID: id.New(), CardCode: codes[i%400], HappenedAt: calendar.Now(),
					Items: []dropoff.ItemInput{{Item: "paper", Grams: &grams}}})
				if err != nil {
					b.Error(err)
				}
			}
		})
	}
	cleaners.Wait()
	cancel()
	sealing.Wait()
	if sealed { // the last seconds
		if _, err := sealer.SealAll(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((processorTime(b)-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
}

func processorTime(b testing.TB) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
