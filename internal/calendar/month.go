package calendar

import (
	"errors"
	"fmt"
	"time"
)

// Month is a local month as a number that reads like one: 202607. The zero
// Month is no month.
type Month int32

// ErrMonth is returned for text that is not a month of the form 2026-07.
var ErrMonth = errors.New("calendar: not a month of the form 2026-07")

// MonthOf returns the local month of an instant in a zone.
func MonthOf(at Micros, zone *time.Location) Month { return DayOf(at, zone).Month() }

// ParseMonth reads a month of the form 2026-07, years 1000 to 9999.
func ParseMonth(s string) (Month, error) {
	t, err := time.Parse("2006-01", s)
	if err != nil || t.Year() < 1000 {
		return 0, ErrMonth
	}
	return dayOf(t).Month(), nil
}

// Valid reports whether the number is a month that exists, years 1000 to 9999.
func (m Month) Valid() bool { return m.First().Valid() }

// First returns the first date of the month.
func (m Month) First() Day { return Day(m*100 + 1) }

// Last returns the last date of the month.
func (m Month) Last() Day { return m.Next().First().AddDays(-1) }

// Days returns the number of dates in the month, 28 to 31.
func (m Month) Days() int { return int(m.Last() % 100) }

// AddMonths returns the month n months later, earlier when n is negative.
func (m Month) AddMonths(n int) Month {
	total := int(m/100)*12 + int(m%100) - 1 + n
	return Month(total/12*100 + total%12 + 1)
}

// Next returns the following month.
func (m Month) Next() Month { return m.AddMonths(1) }

// Year returns the calendar year.
func (m Month) Year() int { return int(m / 100) }

// OfYear returns the month of the year.
func (m Month) OfYear() time.Month { return time.Month(m % 100) }

// String writes the month as 2026-07.
func (m Month) String() string { return fmt.Sprintf("%04d-%02d", m/100, m%100) }

// MarshalText writes the month as 2026-07.
func (m Month) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads a month as ParseMonth does.
func (m *Month) UnmarshalText(text []byte) (err error) {
	*m, err = ParseMonth(string(text))
	return err
}
