package i18n

import (
	"strconv"
	"strings"
)

// Match returns the best language for an Accept-Language header (RFC 9110
// §12.5.4): the one with the highest weight, the first of equals, and Chinese
// when none of the named languages is spoken here.
func Match(acceptLanguage string) Lang {
	best, bestWeight := Default, 0.0
	for part := range strings.SplitSeq(acceptLanguage, ",") {
		tag, parameter, _ := strings.Cut(part, ";")
		lang, spoken := language(strings.TrimSpace(tag))
		if w := weight(parameter); spoken && w > bestWeight {
			best, bestWeight = lang, w
		}
	}
	return best
}

func language(tag string) (Lang, bool) {
	primary, _, _ := strings.Cut(tag, "-")
	switch strings.ToLower(primary) {
	case "zh", "*":
		return Chinese, true
	case "en":
		return English, true
	}
	return Default, false
}

// weight reads "q=0.8"; nothing is 1 and nonsense 0.
func weight(parameter string) float64 {
	parameter = strings.TrimSpace(parameter)
	if parameter == "" {
		return 1
	}
	q, ok := strings.CutPrefix(parameter, "q=")
	w, err := strconv.ParseFloat(q, 64)
	if !ok || err != nil || w > 1 {
		return 0
	}
	return w
}
