package sheet

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/width"

	"hufen/internal/calendar"
)

// plainNumber writes a stored number with its digits and nothing else: 12.0 and
// 1.2E+1 are 12, 0.30000000000000004 is 0.3. Spreadsheets keep 15 significant
// digits. Text that is no number comes back as it is.
func plainNumber(stored string) string {
	if isDigits(stored) && (len(stored) == 1 || stored[0] != '0') {
		return stored
	}
	v, err := strconv.ParseFloat(stored, 64)
	if err != nil || v >= 1e15 || v <= -1e15 {
		return stored
	}
	v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'g', 15, 64), 64)
	return strconv.FormatFloat(v, 'f', -1, 64)
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

var scientific = regexp.MustCompile(`^(\d)(?:\.(\d+))?[eE]\+?(\d{1,2})$`)

// Digits returns the digits of a code or another whole number that has been
// through a spreadsheet: "511702001", "511702001.0" and "5.11702001E+8" are
// the same. ok is false for other text. lost is true for a number whose last
// digits the spreadsheet threw away when it wrote 5.11702E+11 into a CSV file.
// Full-width digits are digits.
func Digits(text string) (digits string, ok, lost bool) {
	text = width.Narrow.String(strings.TrimPrefix(text, "'"))
	if isDigits(text) {
		return text, true, false
	}
	if whole, rest, found := strings.Cut(text, "."); found && isDigits(whole) && strings.Trim(rest, "0") == "" {
		return whole, true, false
	}
	m := scientific.FindStringSubmatch(text)
	if m == nil {
		return "", false, false
	}
	exponent, _ := strconv.Atoi(m[3])
	if len(m[2]) < exponent {
		return "", false, true
	}
	r, _ := new(big.Rat).SetString(text)
	if !r.IsInt() {
		return "", false, false
	}
	return r.Num().String(), true, false
}

// Integer reads a whole number from 0 to 999,999,999, with the forms Digits
// reads.
func Integer(text string) (int, bool) {
	digits, ok, _ := Digits(text)
	if digits = strings.TrimLeft(digits, "0"); digits == "" {
		return 0, ok
	}
	if len(digits) > 9 {
		return 0, false
	}
	n, err := strconv.Atoi(digits)
	return n, err == nil
}

var writtenDay = regexp.MustCompile(`^(\d{4})(?:[-/.]|年)(\d{1,2})(?:[-/.]|月)(\d{1,2})日?(?:[ T].*)?$`)

// Serials of the days from 1930 on and before 2100, as Excel counts from 1900.
const (
	firstSerial = 10959
	lastSerial  = 73050
)

// Day reads the date of a cell: a date cell, a date as text (2026/7/1,
// 2026-07-01, 2026.7.1, 20260701, 2026年7月1日, a time after it is left out), or
// the serial number of a date whose cell lost its format.
func (c Cell) Day() (calendar.Day, bool) {
	text := width.Narrow.String(c.Text)
	if c.Kind == Date && len(text) == len("2026-07") {
		text += "-01" // shown without its day
	}
	if m := writtenDay.FindStringSubmatch(text); m != nil {
		return dayOf(m[1], m[2], m[3])
	}
	n, ok := Integer(c.Text)
	switch {
	case !ok:
		return 0, false
	case n >= 1000_01_01:
		day := calendar.Day(n)
		return day, day.Valid()
	case c.Kind != Text && n >= firstSerial && n < lastSerial:
		return dayOfSerial(n, false), true
	}
	return 0, false
}

func dayOf(year, month, day string) (calendar.Day, bool) {
	y, _ := strconv.Atoi(year)
	m, _ := strconv.Atoi(month)
	d, _ := strconv.Atoi(day)
	written := calendar.Day(y*10000 + m*100 + d)
	return written, written.Valid()
}

// dayOfSerial counts days from the end of 1899; serial 60 is a 29 February 1900
// that never was.
func dayOfSerial(serial int, from1904 bool) calendar.Day {
	switch {
	case from1904:
		return calendar.NewDay(1904, time.January, 1+serial)
	case serial < 61:
		return calendar.NewDay(1899, time.December, 31+serial)
	}
	return calendar.NewDay(1899, time.December, 30+serial)
}

// dateText writes a stored date number as a date, with the time of day when it
// has one, and a number below one as a time.
func dateText(stored string, from1904 bool) (string, bool) {
	v, err := strconv.ParseFloat(stored, 64)
	if err != nil || v < 0 || v > 2958465 {
		return "", false
	}
	days := int(v)
	seconds := int((v-float64(days))*86400 + 0.5)
	clock := time.Unix(int64(seconds), 0).UTC().Format(time.TimeOnly)
	switch {
	case days == 0:
		return clock, true
	case seconds == 0:
		return dayOfSerial(days, from1904).String(), true
	}
	return dayOfSerial(days+seconds/86400, from1904).String() + " " + clock, true
}
