package calendar_test

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hufen/internal/calendar"
)

func at(t *testing.T, rfc3339 string) calendar.Micros {
	t.Helper()
	var m calendar.Micros
	if err := m.UnmarshalText([]byte(rfc3339)); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestDayOf(t *testing.T) {
	urumqi, err := time.LoadLocation("Asia/Urumqi")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		instant string
		zone    *time.Location
		want    calendar.Day
	}{
		{"2026-07-13T15:59:59.999999Z", calendar.Shanghai, 20260713},
		{"2026-07-13T16:00:00Z", calendar.Shanghai, 20260714},
		{"2026-07-13T16:00:00Z", time.UTC, 20260713},
		{"2026-07-13T16:00:00Z", urumqi, 20260713},
		{"2025-12-31T16:00:00Z", calendar.Shanghai, 20260101},
		{"1969-12-31T23:00:00Z", time.UTC, 19691231},
	} {
		if got := calendar.DayOf(at(t, tc.instant), tc.zone); got != tc.want {
			t.Errorf("%s in %v is %v, want %v", tc.instant, tc.zone, got, tc.want)
		}
	}
}

func TestDay(t *testing.T) {
	d := calendar.Day(20260714)
	if d.String() != "2026-07-14" || d.Month() != 202607 || d.Weekday() != time.Tuesday {
		t.Errorf("%v, %v, %v", d, d.Month(), d.Weekday())
	}
	for _, tc := range []struct {
		from calendar.Day
		days int
		to   calendar.Day
	}{
		{20260714, 1, 20260715},
		{20260731, 1, 20260801},
		{20261231, 1, 20270101},
		{20240228, 1, 20240229},
		{20260228, 1, 20260301},
		{20260101, -1, 20251231},
		{20260101, 365, 20270101},
	} {
		if got := tc.from.AddDays(tc.days); got != tc.to {
			t.Errorf("%v and %d days is %v, want %v", tc.from, tc.days, got, tc.to)
		}
		if got := tc.to.Sub(tc.from); got != tc.days {
			t.Errorf("%v less %v is %d days, want %d", tc.to, tc.from, got, tc.days)
		}
	}
	if got := d.Start(calendar.Shanghai); got != at(t, "2026-07-13T16:00:00Z") {
		t.Errorf("starts at %v", got)
	}
	if got := calendar.NewDay(2026, time.February, 29); got != 20260301 {
		t.Errorf("NewDay rolled over to %v", got)
	}
}

func TestDay_Valid(t *testing.T) {
	for d, want := range map[calendar.Day]bool{
		20260714: true, 20240229: true, 20260229: false, 20260700: false, 20261301: false, 0: false, -20260714: false, 99991231: true,
	} {
		if d.Valid() != want {
			t.Errorf("Day(%d).Valid() = %v", int32(d), d.Valid())
		}
	}
}

func TestParseDay(t *testing.T) {
	if got, err := calendar.ParseDay("2026-07-14"); err != nil || got != 20260714 {
		t.Errorf("got %v, %v", got, err)
	}
	for _, s := range []string{"", "2026-7-14", "20260714", "2026-02-29", "2026-07-14T00:00:00Z", "0026-07-14", "2026/07/14", " 2026-07-14"} {
		if got, err := calendar.ParseDay(s); err != calendar.ErrDay {
			t.Errorf("ParseDay(%q) = %v, %v; want ErrDay", s, got, err)
		}
	}
}

func TestMonth(t *testing.T) {
	for _, tc := range []struct {
		month        calendar.Month
		days         int
		last         calendar.Day
		next, before calendar.Month
	}{
		{202607, 31, 20260731, 202608, 202606},
		{202612, 31, 20261231, 202701, 202611},
		{202601, 31, 20260131, 202602, 202512},
		{202402, 29, 20240229, 202403, 202401},
		{202602, 28, 20260228, 202603, 202601},
	} {
		m := tc.month
		if m.Days() != tc.days || m.Last() != tc.last || m.Next() != tc.next || m.AddMonths(-1) != tc.before {
			t.Errorf("%v has %d days to %v, then %v, before %v", m, m.Days(), m.Last(), m.Next(), m.AddMonths(-1))
		}
	}
	m := calendar.Month(202607)
	if m.String() != "2026-07" || m.First() != 20260701 || m.Year() != 2026 || m.OfYear() != time.July {
		t.Errorf("%v, %v, %d, %v", m, m.First(), m.Year(), m.OfYear())
	}
	if got := calendar.MonthOf(at(t, "2026-07-31T16:00:00Z"), calendar.Shanghai); got != 202608 {
		t.Errorf("got %v, want 2026-08", got)
	}
}

func TestParseMonth(t *testing.T) {
	if got, err := calendar.ParseMonth("2026-07"); err != nil || got != 202607 {
		t.Errorf("got %v, %v", got, err)
	}
	for _, s := range []string{"", "2026-7", "202607", "2026-13", "2026-00", "2026-07-01", "0026-07"} {
		if got, err := calendar.ParseMonth(s); err != calendar.ErrMonth {
			t.Errorf("ParseMonth(%q) = %v, %v; want ErrMonth", s, got, err)
		}
	}
}

func TestJSON(t *testing.T) {
	type row struct {
		At    calendar.Micros `json:"at"`
		Day   calendar.Day    `json:"day"`
		Month calendar.Month  `json:"month"`
	}
	const text = `{"at":"2026-07-14T01:02:03.000004Z","day":"2026-07-14","month":"2026-07"}`
	want := row{at(t, "2026-07-14T09:02:03.0000049+08:00"), 20260714, 202607}
	written, err := json.Marshal(want)
	if err != nil || string(written) != text {
		t.Errorf("wrote %s, %v", written, err)
	}
	var read row
	if err := json.Unmarshal([]byte(text), &read); err != nil || read != want {
		t.Errorf("read %v, %v", read, err)
	}
	for _, bad := range []string{`{"at":"2026-07-14"}`, `{"at":"2026-07-14T01:02:03"}`, `{"day":20260714}`, `{"month":"07"}`} {
		if err := json.Unmarshal([]byte(bad), &row{}); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

func TestMicros(t *testing.T) {
	m := at(t, "2026-07-14T01:02:03Z")
	if later := m.Add(90 * time.Second); later.Sub(m) != 90*time.Second || later.String() != "2026-07-14T01:03:33Z" {
		t.Errorf("90 s later is %v", later)
	}
	if now := calendar.Now(); time.Since(now.Time()).Abs() > time.Minute {
		t.Errorf("now is %v", now)
	}
}

func anyDay(t *rapid.T) calendar.Day {
	return calendar.NewDay(1900, time.January, 1).AddDays(rapid.IntRange(0, 100_000).Draw(t, "day"))
}

func TestDay_Properties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, n := anyDay(t), rapid.IntRange(-1000, 1000).Draw(t, "n")
		if got := d.AddDays(n).AddDays(-n); got != d {
			t.Fatalf("%v there and back by %d is %v", d, n, got)
		}
		if got, err := calendar.ParseDay(d.String()); err != nil || got != d {
			t.Fatalf("ParseDay(%q) = %v, %v", d, got, err)
		}
		if !d.Valid() || d.Next() <= d || d.Month().First() > d || d.Month().Last() < d {
			t.Fatalf("%v is out of order", d)
		}
		start := d.Start(calendar.Shanghai)
		if calendar.DayOf(start, calendar.Shanghai) != d || calendar.DayOf(start-1, calendar.Shanghai) != d.AddDays(-1) {
			t.Fatalf("%v does not start at %v", d, start)
		}
	})
}

func TestMonth_Properties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, n := anyDay(t).Month(), rapid.IntRange(-500, 500).Draw(t, "n")
		if got := m.AddMonths(n).AddMonths(-n); got != m || !m.AddMonths(n).Valid() {
			t.Fatalf("%v there and back by %d is %v", m, n, got)
		}
		if got, err := calendar.ParseMonth(m.String()); err != nil || got != m {
			t.Fatalf("ParseMonth(%q) = %v, %v", m, got, err)
		}
		if m.Last().Next() != m.Next().First() || m.Last().Sub(m.First())+1 != m.Days() {
			t.Fatalf("%v ends at %v", m, m.Last())
		}
	})
}
