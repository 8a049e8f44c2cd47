// Package i18n turns a code and its arguments into a sentence in the person's
// language. Every feature keeps its sentences in a file of its own here, both
// languages side by side, so that none can be forgotten.
package i18n

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"hufen/internal/points"
)

// Lang is a language the service speaks, as a BCP 47 tag.
type Lang string

// The languages. Chinese is the default.
const (
	Chinese Lang = "zh-CN"
	English Lang = "en"
	Default      = Chinese
)

type sentence struct{ zh, en string }

var (
	sentences       = map[string]sentence{}
	registeredTwice []string // a test wants none; the first one holds
)

// register adds a code with its sentence in both languages. An argument stands
// in the sentence as {name}; a name that ends in _points is written as points,
// one that ends in _grams as kilograms. In English [point|points] takes the form of
// the number written last before it.
func register(code, zh, en string) {
	if _, taken := sentences[code]; taken {
		registeredTwice = append(registeredTwice, code)
		return
	}
	sentences[code] = sentence{zh, en}
}

// Known reports whether there is a sentence for the code.
func Known(code string) bool {
	_, ok := sentences[code]
	return ok
}

// Codes returns every code that has a sentence, in order.
func Codes() []string { return slices.Sorted(maps.Keys(sentences)) }

// Sentence returns the sentence of a code in a language, with its arguments
// filled in. A code without a sentence is returned as it is, and an argument
// that was not given stays visible as {name}: better odd than silent.
func Sentence(lang Lang, code string, args map[string]any) string {
	s, ok := sentences[code]
	if !ok {
		return code
	}
	if lang == English {
		return fill(s.en, args)
	}
	return fill(s.zh, args)
}

func fill(template string, args map[string]any) string {
	var b strings.Builder
	last := "" // number
	for {
		at := strings.IndexAny(template, "{[")
		if at < 0 {
			b.WriteString(template)
			return b.String()
		}
		b.WriteString(template[:at])
		text, length := part(template[at:], args, last)
		if template[at] == '{' && length > 1 {
			last = text
		}
		b.WriteString(text)
		template = template[at+length:]
	}
}

// part writes what begins a template, an argument or a pair of forms, and returns
// how many bytes of the template it was. What is neither stays as it is.
func part(template string, args map[string]any, last string) (text string, length int) {
	if name, _, closed := strings.Cut(template[1:], "}"); template[0] == '{' && closed {
		if value, given := args[name]; given {
			return format(name, value), len(name) + len("{}")
		}
	}
	if forms, _, closed := strings.Cut(template[1:], "]"); template[0] == '[' && closed {
		if one, many, two := strings.Cut(forms, "|"); two {
			if last != "1" {
				one = many
			}
			return one, len(forms) + len("[]")
		}
	}
	return template[:1], 1
}

// format writes one argument. A value that can write itself does: points, days,
// months. Whole numbers come as any integer type, and as float64 or json.Number
// when they were stored as JSON meanwhile.
func format(name string, value any) string {
	n, whole := integer(value)
	switch {
	case whole && strings.HasSuffix(name, "_points"):
		return points.Points(n).String()
	case whole && strings.HasSuffix(name, "_grams"):
		return kilograms(n)
	case whole:
		return strconv.FormatInt(n, 10)
	}
	return fmt.Sprint(value)
}

func integer(value any) (int64, bool) {
	switch v := value.(type) {
	case json.Number:
		n, err := v.Int64()
		return n, err == nil
	case fmt.Stringer, nil:
		return 0, false
	}
	switch v := reflect.ValueOf(value); {
	case v.CanInt():
		return v.Int(), true
	case v.CanUint():
		return int64(v.Uint()), true
	case v.CanFloat():
		n := int64(v.Float())
		return n, float64(n) == v.Float()
	}
	return 0, false
}

// kilograms writes grams as kilograms with as many decimals as they need:
// 12000 → 12, 1250 → 1.25.
func kilograms(grams int64) string {
	sign := ""
	if grams < 0 {
		sign, grams = "-", -grams
	}
	s := fmt.Sprintf("%d.%03d", grams/1000, grams%1000)
	return sign + strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}
