package collection

import (
	"strconv"
	"strings"

	"golang.org/x/text/width"

	"hufen/internal/calendar"
)

// parsePeriod reads a day, a month or a year as it is written in a sheet and
// returns its first and last day: 2026-07-14, 2026/7/14, 2026.7.14, 20260714,
// 2026年7月14日, with or without a time behind it; 2026-07, 2026年7月, 202607;
// 2026, 2026年.
func parsePeriod(text string) (from, to calendar.Day, ok bool) {
	numbers := periodNumbers(text)
	switch len(numbers) {
	case 3:
		day := calendar.Day(numbers[0]*10000 + numbers[1]*100 + numbers[2])
		return day, day, day.Valid() && numbers[1] <= 12
	case 2:
		month := calendar.Month(numbers[0]*100 + numbers[1])
		if numbers[1] < 1 || numbers[1] > 12 || !month.Valid() {
			return 0, 0, false
		}
		return month.First(), month.Last(), true
	case 1:
		from, to = calendar.Day(numbers[0]*10000+101), calendar.Day(numbers[0]*10000+1231)
		return from, to, from.Valid()
	}
	return 0, 0, false
}

// periodNumbers returns year, month and day, as many as there are.
func periodNumbers(text string) []int {
	date, _, _ := strings.Cut(strings.TrimSpace(width.Narrow.String(text)), " ")
	date, _, _ = strings.Cut(date, "T")
	date = strings.NewReplacer("年", "-", "月", "-", "日", "-", "号", "-", "/", "-", ".", "-").Replace(date)
	date = strings.TrimSuffix(date, "-")
	parts := strings.Split(date, "-")
	if len(parts) == 1 {
		parts = digitsOnly(parts[0])
	}
	if len(parts) > 3 || len(parts[0]) != 4 {
		return nil
	}
	numbers := make([]int, len(parts))
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 16)
		if err != nil || i > 0 && (n == 0 || len(part) > 2) {
			return nil
		}
		numbers[i] = int(n)
	}
	return numbers
}

// digitsOnly cuts 20260714 and 202607 into their parts.
func digitsOnly(text string) []string {
	switch len(text) {
	case 8:
		return []string{text[:4], text[4:6], text[6:]}
	case 6:
		return []string{text[:4], text[4:]}
	}
	return []string{text}
}
