package collection

import (
	"math/bits"
	"testing"

	"pgregory.net/rapid"

	"hufen/internal/calendar"
)

func TestSplit(t *testing.T) {
	t.Run("A year of 705 t adds up and follows the days", func(t *testing.T) {
		shares := split(705_000_000, 20210101, 20211231)
		if len(shares) != 12 || shares[0].grams != 59_876_712 || shares[1].grams != 54_082_192 {
			t.Errorf("got %+v", shares)
		}
	})
	t.Run("A day is one bit of its month", func(t *testing.T) {
		shares := split(8_900_000, 20260714, 20260714)
		if len(shares) != 1 || shares[0].bits != 1<<13 || shares[0].grams != 8_900_000 || shares[0].month != 202607 {
			t.Errorf("got %+v", shares)
		}
	})
	t.Run("Grams left over go to the largest remainders", func(t *testing.T) {
		shares := split(10, 20260131, 20260202) // one day and two days: 3.33 and 6.67
		if shares[0].grams != 3 || shares[1].grams != 7 {
			t.Errorf("got %+v", shares)
		}
	})
	t.Run("Every split adds up", rapid.MakeCheck(func(t *rapid.T) {
		net := rapid.Int64Range(0, maxReportGrams).Draw(t, "net")
		from := calendar.Day(20240101).AddDays(rapid.IntRange(0, 900).Draw(t, "from"))
		to := from.AddDays(rapid.IntRange(0, 366).Draw(t, "length"))
		var grams, days int64
		for _, s := range split(net, from, to) {
			grams += s.grams
			days += int64(bits.OnesCount64(uint64(s.bits)))
			if exact := float64(net) * float64(s.days) / float64(to.Sub(from)+1); float64(s.grams) < exact-1 || float64(s.grams) > exact+1 {
				t.Fatalf("%v: %d g for %d days", s.month, s.grams, s.days)
			}
		}
		if grams != net || days != int64(to.Sub(from)+1) {
			t.Fatalf("%d g over %d days became %d g over %d", net, to.Sub(from)+1, grams, days)
		}
	}))
}
