package calendar

import (
	"errors"
	"fmt"
	"time"
)

// Day is a local date as a number that reads like one: 20260714. The zero Day
// is no date.
type Day int32

// ErrDay is returned for text that is not a date of the form 2026-07-14.
var ErrDay = errors.New("calendar: not a day of the form 2026-07-14")

// DayOf returns the local date of an instant in a zone.
func DayOf(at Micros, zone *time.Location) Day { return dayOf(at.Time().In(zone)) }

func dayOf(t time.Time) Day {
	year, month, day := t.Date()
	return Day(year*10000 + int(month)*100 + day)
}

// NewDay returns the date of a year, month and day of the month. Days that do
// not exist roll over as in time.Date.
func NewDay(year int, month time.Month, day int) Day {
	return dayOf(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

// ParseDay reads a date of the form 2026-07-14, years 1000 to 9999.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1000 {
		return 0, ErrDay
	}
	return dayOf(t), nil
}

// Valid reports whether the number is a date that exists, years 1000 to 9999.
func (d Day) Valid() bool { return d >= 1000_01_01 && d <= 9999_12_31 && dayOf(d.utc()) == d }

func (d Day) utc() time.Time {
	return time.Date(int(d/10000), time.Month(d/100%100), int(d%100), 0, 0, 0, 0, time.UTC)
}

// Start returns the first instant of the day in a zone.
func (d Day) Start(zone *time.Location) Micros {
	return MicrosOf(time.Date(int(d/10000), time.Month(d/100%100), int(d%100), 0, 0, 0, 0, zone))
}

// AddDays returns the date n days later, earlier when n is negative.
func (d Day) AddDays(n int) Day { return dayOf(d.utc().AddDate(0, 0, n)) }

// Next returns the following date.
func (d Day) Next() Day { return d.AddDays(1) }

// Sub returns the number of days from other to d.
func (d Day) Sub(other Day) int { return int(d.utc().Sub(other.utc()).Hours() / 24) }

// Month returns the month the date lies in.
func (d Day) Month() Month { return Month(d / 100) }

// Weekday returns the day of the week.
func (d Day) Weekday() time.Weekday { return d.utc().Weekday() }

// String writes the date as 2026-07-14.
func (d Day) String() string { return fmt.Sprintf("%04d-%02d-%02d", d/10000, d/100%100, d%100) }

// MarshalText writes the date as 2026-07-14.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a date as ParseDay does.
func (d *Day) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDay(string(text))
	return err
}
