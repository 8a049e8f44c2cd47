package dropoff_test

import (
	"context"
	"sync/atomic"
	"testing"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/dropoff"
	"hufen/internal/id"
)

// BenchmarkRecord posts drop-offs from 64 callers at once, without HTTP.
func BenchmarkRecord(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *database.DB{"SQLite": dbtest.OpenSQLite, "MariaDB": dbtest.OpenMariaDB} {
		b.Run(name, func(b *testing.B) {
			w := newWorld(b, open(b), 2000)
			var next atomic.Int64
			b.SetParallelism(32)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				grams := int64(100)
				for pb.Next() {
					in := dropoff.Input{ID: id.New(), CardCode: w.codes[next.Add(1)%2000], HappenedAt: calendar.Now(),
						Items: []dropoff.ItemInput{{Item: "recyclable.paper", Grams: &grams}}}
					if _, err := w.Record(context.Background(), w.cleaner, in); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
