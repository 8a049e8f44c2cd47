package i18n

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"hufen/internal/calendar"
	"hufen/internal/fault"
	"hufen/internal/points"
)

var (
	placeholder = regexp.MustCompile(`\{([a-z0-9_]+)\}`)
	halfWidth   = regexp.MustCompile(`[\p{Han}\x{3002}\x{201d}\x{ff09}][,;:?!]`)
	code        = regexp.MustCompile(`^[a-z0-9_]+(\.[a-z0-9_]+)+$`)
)

// Both languages say the same with the same facts.
func TestSentences(t *testing.T) {
	facts := func(template string) []string {
		names := []string{}
		for _, match := range placeholder.FindAllStringSubmatch(template, -1) {
			names = append(names, match[1])
		}
		slices.Sort(names)
		return slices.Compact(names)
	}
	for _, c := range registeredTwice {
		t.Errorf("%s is registered twice", c)
	}
	for _, c := range Codes() {
		s := sentences[c]
		if !code.MatchString(c) {
			t.Errorf("%q is not noun.reason", c)
		}
		if s.zh == "" || s.en == "" {
			t.Errorf("%s: a language is missing", c)
		}
		if zh, en := facts(s.zh), facts(s.en); !slices.Equal(zh, en) {
			t.Errorf("%s: Chinese has %v, English has %v", c, zh, en)
		}
		if half := halfWidth.FindString(s.zh); half != "" {
			t.Errorf("%s: Chinese punctuation is full-width: %q in %q", c, half, s.zh)
		}
		if strings.ContainsFunc(s.en, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("%s: Chinese in the English sentence %q", c, s.en)
		}
	}
}

// One of a thing is one point, not one points: every sentence is written with
// ones, and no number 1 is followed by more than one.
func TestSentences_One(t *testing.T) {
	several := regexp.MustCompile(`\b1 (?:more |of )?([a-z-]+s|people|are|were)\b`)
	for _, c := range Codes() {
		ones := map[string]any{}
		for _, match := range placeholder.FindAllStringSubmatch(sentences[c].en, -1) {
			switch name := match[1]; {
			case strings.HasSuffix(name, "_points"):
				ones[name] = 100
			case strings.HasSuffix(name, "_grams"):
				ones[name] = 1000
			default:
				ones[name] = 1
			}
		}
		written := Sentence(English, c, ones)
		for _, found := range several.FindAllStringSubmatch(written, -1) {
			if word := found[1]; !slices.Contains([]string{"is", "was", "has", "works", "less"}, word) {
				t.Errorf("%s: %q in %q", c, found[0], written)
			}
		}
		if strings.ContainsAny(written, "[]|") {
			t.Errorf("%s: %q has a form left over", c, written)
		}
	}
}

func TestFill(t *testing.T) {
	for template, want := range map[string]string{
		"{a} [day|days], {b} [day|days]": "1 day, 2 days", "[day|days] {a}": "days 1", "[x] {a}": "[x] 1", "{a": "{a", "[a|b": "[a|b", "{c} [day|days]": "{c} days",
	} {
		if got := fill(template, map[string]any{"a": 1, "b": 2}); got != want {
			t.Errorf("%q became %q, want %q", template, got, want)
		}
	}
}

func TestSentences_Kinds(t *testing.T) {
	for kind := fault.Internal; kind <= fault.Unavailable; kind++ {
		if !Known("kind." + kind.String()) {
			t.Errorf("no title for %s", kind)
		}
	}
}

func TestSentence(t *testing.T) {
	sentences["test.balance"] = sentence{"还差 {missing_points} 分,{weight_grams} 公斤,第 {row} 行", "{missing_points} [point|points], {weight_grams} kg, row {row}"}
	t.Cleanup(func() { delete(sentences, "test.balance") })
	args := func(missing, weight, row any) map[string]any {
		return map[string]any{"missing_points": missing, "weight_grams": weight, "row": row}
	}
	for _, tc := range []struct {
		lang Lang
		args map[string]any
		want string
	}{
		{Chinese, args(points.Points(320), 1250, 17), "还差 3.20 分,1.25 公斤,第 17 行"},
		{English, args(int64(6200), int64(12000), int32(1)), "62 points, 12 kg, row 1"},
		{English, args(float64(5), json.Number("50"), "a-1"), "0.05 points, 0.05 kg, row a-1"},
		{English, args(-320, -1500, 1.5), "-3.20 points, -1.5 kg, row 1.5"},
		{English, args(uint(100), uint32(500), uint8(3)), "1 point, 0.5 kg, row 3"},
		{English, args(points.Points(5), nil, calendar.Day(20260714)), "0.05 points, <nil> kg, row 2026-07-14"},
		{"fr", nil, "还差 {missing_points} 分,{weight_grams} 公斤,第 {row} 行"},
		{English, args("{row}", 0, "{x"), "{row} points, 0 kg, row {x"},
	} {
		if got := Sentence(tc.lang, "test.balance", tc.args); got != tc.want {
			t.Errorf("got %q, want %q", got, tc.want)
		}
	}
	if got := Sentence(Chinese, "no.such_code", nil); got != "no.such_code" {
		t.Errorf("an unknown code became %q", got)
	}
}

func TestMatch(t *testing.T) {
	for header, want := range map[string]Lang{
		"":                                   Chinese,
		"zh-CN,zh;q=0.9,en;q=0.8":            Chinese,
		"en-US,en;q=0.5":                     English,
		"EN":                                 English,
		"fr, en;q=0.4, zh;q=0.6":             Chinese,
		"fr, en;q=0.7, zh;q=0.6":             English,
		"de-DE,de;q=0.9":                     Chinese,
		"de, *;q=0.5, en;q=0.1":              Chinese,
		"en;q=0, zh;q=0.1":                   Chinese,
		"en;q=abc":                           Chinese,
		"en;q=7":                             Chinese,
		";;;,,q=1":                           Chinese,
		"english":                            Chinese,
		"en;q=NaN":                           Chinese,
		strings.Repeat("en;q=0.1,", 100_000): English,
	} {
		if got := Match(header); got != want {
			t.Errorf("Match(%.40q) = %s, want %s", header, got, want)
		}
	}
}
