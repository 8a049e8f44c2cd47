package report

import (
	"fmt"
	"strconv"
	"strings"
)

// grouped writes a whole number with a comma before every three digits.
func grouped(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// kilograms writes grams as kilograms, with as many decimals as they need:
// 8900000 → 8,900.
func kilograms(grams int64) string {
	text := grouped(grams / 1000)
	if rest := grams % 1000; rest != 0 {
		text += "." + strings.TrimRight(fmt.Sprintf("%03d", rest), "0")
	}
	return text
}
