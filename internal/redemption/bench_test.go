package redemption_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"

	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/points"
	"hufen/internal/redemption"
)

// BenchmarkRedeem redeems from 64 callers at once in one shop, without HTTP and
// without a PIN.
func BenchmarkRedeem(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *database.DB{"SQLite": dbtest.OpenSQLite, "MariaDB": dbtest.OpenMariaDB} {
		b.Run(name, func(b *testing.B) {
			const households = 500
			w := newWorld(b, open(b), slices.Repeat([]points.Points{1_000_000_000}, households)...)
			w.freely(10_000_000)
			var goods []redemption.Goods
			for _, name := range []string{"食盐", "酱油", "菜油", "抽纸", "毛巾", "牙膏", "面条", "洗衣粉"} {
				goods = append(goods, w.add(name, "件", 100, 1_000_000_000))
			}
			var next atomic.Int64
			b.SetParallelism(32)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					n := int(next.Add(1))
					if _, err := w.Redeem(context.Background(), w.keeper, w.buy(n%households, goods[n%len(goods)], 1)); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
