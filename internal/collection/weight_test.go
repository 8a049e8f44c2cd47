package collection

import (
	"testing"

	"hufen/internal/calendar"
	"hufen/internal/fault"
)

func TestWeights_Settle(t *testing.T) {
	g := func(n int64) *int64 { return &n }
	for name, c := range map[string]struct {
		in   Weights
		how  Method
		net  int64
		want string
	}{
		"gross and tare":             {Weights{g(12_400_000), g(3_500_000), nil}, Scale, 8_900_000, ""},
		"gross and net":              {Weights{g(12_400_000), nil, g(8_900_000)}, Scale, 8_900_000, ""},
		"tare and net":               {Weights{nil, g(3_500_000), g(8_900_000)}, Scale, 8_900_000, ""},
		"all three":                  {Weights{g(10), g(4), g(6)}, Scale, 6, ""},
		"net alone":                  {Weights{nil, nil, g(1)}, Scale, 1, ""},
		"a reported zero":            {Weights{nil, nil, g(0)}, Report, 0, ""},
		"a city's year":              {Weights{nil, nil, g(1_000_000_000_000)}, Report, 1_000_000_000_000, ""},
		"all three that contradict":  {Weights{g(10), g(4), g(7)}, Scale, 0, "weigh_in.net_mismatch"},
		"nothing":                    {Weights{}, Scale, 0, "weigh_in.weight_missing"},
		"gross alone":                {Weights{g(10), nil, nil}, Scale, 0, "weigh_in.weight_missing"},
		"negative net":               {Weights{nil, nil, g(-1)}, Scale, 0, "weigh_in.weight_negative"},
		"negative tare":              {Weights{g(10), g(-1), nil}, Scale, 0, "weigh_in.weight_negative"},
		"zero net":                   {Weights{nil, nil, g(0)}, Scale, 0, "weigh_in.net_not_positive"},
		"tare as heavy as gross":     {Weights{g(10), g(10), nil}, Scale, 0, "weigh_in.net_not_positive"},
		"tare above gross":           {Weights{g(10), g(11), nil}, Scale, 0, "weigh_in.net_not_positive"},
		"net above gross":            {Weights{g(10), nil, g(11)}, Scale, 0, "weigh_in.net_above_gross"},
		"101 t on a scale":           {Weights{nil, nil, g(101_000_000)}, Scale, 0, "weigh_in.too_heavy"},
		"gross worked out too heavy": {Weights{nil, g(90_000_000), g(90_000_000)}, Scale, 0, "weigh_in.too_heavy"},
		"above a city's year":        {Weights{nil, nil, g(1_000_000_000_001)}, Report, 0, "weigh_in.too_heavy"},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := c.in.Settle(c.how)
			if c.want != "" {
				if !fault.Is(err, c.want) {
					t.Fatalf("got %v, want %s", err, c.want)
				}
				return
			}
			if err != nil || *out.NetGrams != c.net {
				t.Fatalf("got %v, %v, want %d", out.NetGrams, err, c.net)
			}
		})
	}
}

func TestEstimateGrams(t *testing.T) {
	if got, err := EstimateGrams(12_50, 263); err != nil || got != 789_000 { // 12.5 × 0.24 m³ × 263 kg/m³
		t.Errorf("12.5 buckets: got %d, %v, want 789000", got, err)
	}
	for _, hundredths := range []int64{0, -1, 10_000_01} {
		if _, err := EstimateGrams(hundredths, 263); !fault.Is(err, "weigh_in.buckets_out_of_range") {
			t.Errorf("%d: got %v", hundredths, err)
		}
	}
	if _, err := EstimateGrams(10_000_00, 263); !fault.Is(err, "weigh_in.too_heavy") {
		t.Errorf("10,000 buckets are 631 t: got %v", err)
	}
}

func TestParsePeriod(t *testing.T) {
	for text, want := range map[string][2]calendar.Day{
		"2026-07-14":          {20260714, 20260714},
		"2026/7/4":            {20260704, 20260704},
		"２０２６-０７-０４":          {20260704, 20260704},
		"2026.7.4":            {20260704, 20260704},
		"20260714":            {20260714, 20260714},
		"2026年7月14日":          {20260714, 20260714},
		"2026-07-14 08:30:00": {20260714, 20260714},
		"2026-07":             {20260701, 20260731},
		"2024年2月":             {20240201, 20240229},
		"202607":              {20260701, 20260731},
		"2021":                {20210101, 20211231},
		"2021年":               {20210101, 20211231},
		"2026-13":             {}, "2026-02-30": {}, "7-14": {}, "14/7/2026": {}, "": {}, "昨天": {}, "2026-7-0": {}, "-2026": {}, "1e9": {}, "2026-07-14-1": {},
		"2026-00": {}, "0000": {}, "46217": {},
	} {
		from, to, ok := parsePeriod(text)
		if !ok {
			from, to = 0, 0
		}
		if from != want[0] || to != want[1] {
			t.Errorf("%q: got %d to %d, want %v", text, from, to, want)
		}
	}
}

func TestParseGrams(t *testing.T) {
	for text, want := range map[string]int64{
		"8900": 8_900_000, "8,900.5": 8_900_500, "8.9吨": 8_900_000, "12 kg": 12_000, "0": 0, "-3": -3_000, "0.001": 1, "1.5000": 1_500, "１２０．５公斤": 120_500, "１，２００": 1_200_000, "240斤": 120_000, "240 市斤": 120_000,
		"1.0005": -1, "1,05": -1, "12,3456": -1, ",5": -1, "1.2,3": -1, "1e3": -1, "abc": -1, "": -1, "NaN": -1, "1.2.3": -1, "+5": -1, "99999999999999999999": -1, "=1+1": -1,
	} {
		got, ok := parseGrams(text, gramsPerKilogram)
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
	}
	if got, _ := parseGrams("705", gramsPerTonne); got != 705_000_000 {
		t.Errorf("705 t: got %d", got)
	}
}
