package division

import (
	"cmp"
	"strings"
	"unicode/utf8"
)

// codeLevels are the lengths of codes: 2 province, 2 city, 2 district, 3 town
// and 3 village (GB/T 2260, GB/T 10114).
var codeLevels = []struct {
	length int
	level  Level
}{{2, Province}, {4, City}, {6, District}, {9, Town}, {12, Village}}

// ParseCode reads a code of 2, 4, 6, 9 or 12 digits and returns it without the
// zeros that stand for lower levels: 511702000000 is the district 511702.
func ParseCode(code string) (short string, level Level, ok bool) {
	if strings.Trim(code, "0123456789") != "" || strings.HasPrefix(code, "00") {
		return "", "", false
	}
	for i := len(codeLevels) - 1; i >= 0; i-- {
		if codeLevels[i].length != len(code) {
			continue
		}
		for i > 0 && strings.Trim(code[codeLevels[i-1].length:], "0") == "" {
			i--
			code = code[:codeLevels[i].length]
		}
		return code, codeLevels[i].level, true
	}
	return "", "", false
}

// parentCodes returns the codes of the levels above, the nearest first.
func parentCodes(short string) []string {
	var codes []string
	for i := len(codeLevels) - 1; i >= 0; i-- {
		if codeLevels[i].length < len(short) {
			codes = append(codes, short[:codeLevels[i].length])
		}
	}
	return codes
}

// compareNames orders names as people count: 2组 before 10组, 二组 before 三组.
func compareNames(a, b string) int {
	for a != "" && b != "" {
		m, restA := leadingNumber(a)
		n, restB := leadingNumber(b)
		switch {
		case m != n && m >= 0 && n >= 0:
			return cmp.Compare(m, n)
		case m != n: // a number stands before every other character
			return cmp.Compare(n, m)
		case m >= 0:
			a, b = restA, restB
			continue
		}
		_, i := utf8.DecodeRuneInString(a)
		_, j := utf8.DecodeRuneInString(b)
		if c := cmp.Compare(a[:i], b[:j]); c != 0 {
			return c
		}
		a, b = a[i:], b[j:]
	}
	return cmp.Compare(a, b)
}

// leadingNumber reads a number below 100 in Chinese, or one in Arabic digits; -1
// when the text does not begin with one.
func leadingNumber(s string) (int, string) {
	n, read := 0, 0
	for i, r := range s {
		digit := chineseDigits[r]
		switch {
		case r >= '0' && r <= '9' && n < 1e8:
			n = n*10 + int(r-'0')
		case digit == 10:
			n = max(n, 1) * 10
		case digit > 0:
			n += digit
		default:
			return numberOrNone(n, read), s[i:]
		}
		read++
	}
	return numberOrNone(n, read), ""
}

func numberOrNone(n, read int) int {
	if read == 0 {
		return -1
	}
	return n
}

var chineseDigits = map[rune]int{'一': 1, '二': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9, '十': 10}
