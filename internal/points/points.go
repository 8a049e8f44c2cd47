// Package points is the unit of account: whole hundredths of a point, so that
// 3.20 points exist and no float does.
package points

import (
	"errors"
	"strconv"
	"strings"
)

// Points is an amount in hundredths of a point: 320 is 3.20 points.
type Points int64

// ErrSyntax is returned for text that is not an amount of points.
var ErrSyntax = errors.New("points: not an amount with at most two decimals")

// String writes the amount as people read it: "62", "3.20", "-0.05".
// Decimals are shown only when needed.
func (p Points) String() string {
	whole, rest := p/100, p%100
	if rest == 0 {
		return strconv.FormatInt(int64(whole), 10)
	}
	sign := ""
	if p < 0 {
		sign, whole, rest = "-", -whole, -rest
	}
	digits := strconv.FormatInt(int64(100+rest), 10)
	return sign + strconv.FormatInt(int64(whole), 10) + "." + digits[1:]
}

// Hundredths is the amount as a number, for spreadsheets.
func (p Points) Hundredths() int64 { return int64(p) }

// Parse reads an amount such as "62", "3.2", "3.20" or "-0.05". More than two
// decimals, blanks, exponents and amounts outside int64 are ErrSyntax.
func Parse(s string) (Points, error) {
	digits, negative := strings.CutPrefix(s, "-")
	whole, rest, dotted := strings.Cut(digits, ".")
	if !isDigits(whole) || dotted && (!isDigits(rest) || len(rest) > 2) {
		return 0, ErrSyntax
	}
	rest += "00"[len(rest):]
	if negative {
		whole = "-" + whole
	}
	n, err := strconv.ParseInt(whole+rest, 10, 64)
	if err != nil {
		return 0, ErrSyntax
	}
	return Points(n), nil
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
