package collection

import (
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/text/width"
)

// Units a column of weights may have, in grams.
const (
	gramsPerKilogram = 1_000
	gramsPerTonne    = 1_000_000
)

// unitSuffixes are units written behind a number, which win over the heading's.
var unitSuffixes = []struct {
	suffix string
	grams  int64
}{
	{"公斤", gramsPerKilogram}, {"千克", gramsPerKilogram}, {"kg", gramsPerKilogram},
	{"市斤", gramsPerKilogram / 2}, {"斤", gramsPerKilogram / 2}, {"吨", gramsPerTonne}, {"t", gramsPerTonne},
}

// thousands is a number whose digits are grouped; 1,05 may be anything.
var thousands = regexp.MustCompile(`^\d{1,3}(,\d{3})+$`)

// parseGrams reads a weight such as 8900, 8,900.5, １２０, 8.9吨 or 240斤 in a unit of so
// many grams. More decimals than whole grams, exponents, and anything that is not a
// decimal number are not ok.
func parseGrams(text string, unit int64) (grams int64, ok bool) {
	text = strings.ToLower(width.Narrow.String(strings.TrimSpace(text)))
	for _, u := range unitSuffixes {
		if rest, found := strings.CutSuffix(text, u.suffix); found {
			text, unit = strings.TrimSpace(rest), u.grams
			break
		}
	}
	text, negative := strings.CutPrefix(text, "-")
	whole, decimals, _ := strings.Cut(text, ".")
	if thousands.MatchString(whole) {
		whole = strings.ReplaceAll(whole, ",", "")
	}
	decimals = strings.TrimRight(decimals, "0")
	n, err := strconv.ParseUint(whole, 10, 40)
	if err != nil || strings.HasPrefix(whole, "+") {
		return 0, false
	}
	grams = int64(n) * unit
	for _, r := range decimals {
		unit /= 10
		if r < '0' || r > '9' || unit == 0 {
			return 0, false
		}
		grams += int64(r-'0') * unit
	}
	if negative {
		grams = -grams
	}
	return grams, true
}
