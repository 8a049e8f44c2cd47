package contract

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"hufen/internal/fault"
)

const (
	maxFaults = 20 // after that many the caller has enough to do
	maxDepth  = 64 // of values the contract does not know
)

// reader reads JSON (RFC 8259) once from front to back. Faults against rules
// are collected and reading goes on; text that is not JSON ends it.
type reader struct {
	text   string
	at     int
	path   []step
	faults []*fault.Fault
}

// step is one part of the pointer to the value being read.
type step struct {
	name  string // of a field, or
	index int    // in a list, when name is empty
}

// document reads the whole body as one value.
func (r *reader) document(rule *rule) error {
	if !r.value(rule) {
		return fault.New(fault.Malformed, "request.malformed")
	}
	if r.space(); r.at != len(r.text) {
		return fault.New(fault.Malformed, "request.malformed")
	}
	return asError(fault.Join(r.faults...))
}

// value reads one value that the rule is about. It is false when the text is
// not JSON.
func (r *reader) value(rule *rule) bool {
	r.space()
	switch c := r.peek(); {
	case c == '{' && rule.kind == object:
		return r.object(rule)
	case c == '[' && rule.kind == array:
		return r.array(rule)
	case c == '"' && rule.kind == text:
		s, ok := r.string()
		if ok {
			r.note(rule.checkText(s))
		}
		return ok
	case (c == '-' || c >= '0' && c <= '9') && (rule.kind == integer || rule.kind == number):
		return r.number(rule)
	case (c == 't' || c == 'f') && rule.kind == boolean:
		return r.skip(0)
	}
	r.note(wrongType[rule.kind])
	return r.skip(0)
}

var wrongType = map[kind]*fault.Fault{
	object:  fault.New(fault.Invalid, "rule.object"),
	array:   fault.New(fault.Invalid, "rule.array"),
	text:    fault.New(fault.Invalid, "rule.text"),
	integer: fault.New(fault.Invalid, "rule.integer"),
	number:  fault.New(fault.Invalid, "rule.number"),
	boolean: fault.New(fault.Invalid, "rule.boolean"),
}

func (r *reader) object(rule *rule) bool {
	var seen uint64
	ok := r.list('}', func() bool {
		name, ok := r.string()
		if r.space(); !ok || !r.take(':') {
			return false
		}
		return r.member(rule, name, &seen)
	})
	r.missing(rule, seen)
	return ok
}

// list reads what is between two brackets, item by item.
func (r *reader) list(end byte, item func() bool) bool {
	r.at++
	if r.space(); r.take(end) {
		return true
	}
	for {
		r.space()
		if !item() {
			return false
		}
		if r.space(); r.take(end) {
			return true
		}
		if !r.take(',') {
			return false
		}
	}
}

// member reads the value of one field.
func (r *reader) member(rule *rule, name string, seen *uint64) bool {
	f := rule.fields[name]
	if f == nil {
		r.in(name)
		r.note(fault.New(fault.Invalid, "rule.unknown_field"))
		r.out()
		return r.skip(0)
	}
	r.in(f.name)
	defer r.out()
	if *seen&f.bit != 0 {
		r.note(fault.New(fault.Invalid, "rule.repeated"))
	}
	*seen |= f.bit
	return r.value(f.rule)
}

// missing notes the required fields that were not there.
func (r *reader) missing(rule *rule, seen uint64) {
	absent := rule.required &^ seen
	if absent == 0 {
		return
	}
	for _, f := range rule.order {
		if absent&f.bit != 0 {
			r.in(f.name)
			r.note(fault.New(fault.Invalid, "rule.required"))
			r.out()
		}
	}
}

func (r *reader) array(rule *rule) bool {
	n := 0
	ok := r.list(']', func() bool {
		r.path = append(r.path, step{index: n})
		defer r.out()
		if n++; n > rule.maxItems {
			return r.skip(0)
		}
		return r.value(rule.items)
	})
	switch {
	case n < rule.minItems:
		r.note(fault.New(fault.Invalid, "rule.min_items", "min", rule.minItems))
	case n > rule.maxItems:
		r.note(fault.New(fault.Invalid, "rule.max_items", "max", rule.maxItems))
	}
	return ok
}

func (r *reader) number(rule *rule) bool {
	digits, whole, ok := r.digits()
	if !ok {
		return false
	}
	if rule.kind == number {
		x, err := strconv.ParseFloat(digits, 64)
		if err != nil {
			r.note(fault.New(fault.Invalid, "rule.number"))
			return true
		}
		r.note(rule.checkNumber(x))
		return true
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if !whole || err != nil {
		r.note(fault.New(fault.Invalid, "rule.integer"))
		return true
	}
	r.note(rule.checkInteger(n))
	return true
}

// checkText checks a text against length, pattern, choice and format.
func (r *rule) checkText(s string) *fault.Fault {
	runes := utf8.RuneCountInString(s)
	switch {
	case runes < r.minRunes:
		return fault.New(fault.Invalid, "rule.min_length", "min", r.minRunes)
	case r.maxRunes >= 0 && runes > r.maxRunes:
		return fault.New(fault.Invalid, "rule.max_length", "max", r.maxRunes)
	case r.enum != nil && !slices.Contains(r.enum, s):
		return fault.New(fault.Invalid, "rule.choice", "choices", strings.Join(r.enum, ", "))
	case r.wellFormed != nil && !r.wellFormed(s):
		return fault.New(fault.Invalid, "rule."+strings.ReplaceAll(r.format, "-", "_"))
	case r.pattern != nil && !r.pattern.MatchString(s):
		return fault.New(fault.Invalid, "rule.pattern")
	case strings.IndexFunc(s, isControl) >= 0:
		return fault.New(fault.Invalid, "rule.control_character")
	}
	return nil
}

// isControl reports characters that no sentence needs and that databases and
// printers stumble over, and marks that turn the direction of what follows: a
// name or a reason must not read backwards on a board.
func isControl(c rune) bool {
	return c < ' ' && c != '\n' && c != '\t' && c != '\r' || c == 0x7f || c >= '\u202a' && c <= '\u202e' || c >= '\u2066' && c <= '\u2069'
}

func (r *rule) checkInteger(n int64) *fault.Fault {
	switch {
	case n < r.least:
		return fault.New(fault.Invalid, "rule.min", "min", r.least)
	case n > r.most:
		return fault.New(fault.Invalid, "rule.max", "max", r.most)
	}
	return nil
}

func (r *rule) checkNumber(x float64) *fault.Fault {
	switch {
	case math.IsInf(x, 0) || math.IsNaN(x):
		return fault.New(fault.Invalid, "rule.number")
	case x < r.low:
		return fault.New(fault.Invalid, "rule.min", "min", r.low)
	case x > r.high:
		return fault.New(fault.Invalid, "rule.max", "max", r.high)
	}
	return nil
}

// note keeps a fault of the value being read.
func (r *reader) note(f *fault.Fault) {
	if f != nil && len(r.faults) < maxFaults {
		r.faults = append(r.faults, f.At(r.pointer()))
	}
}

func (r *reader) in(name string) { r.path = append(r.path, step{name: name}) }
func (r *reader) out()           { r.path = r.path[:len(r.path)-1] }

// pointer writes the place of the value being read (RFC 6901).
func (r *reader) pointer() string {
	var b strings.Builder
	for _, s := range r.path {
		b.WriteByte('/')
		if s.name == "" {
			b.WriteString(strconv.Itoa(s.index))
			continue
		}
		b.WriteString(escape.Replace(s.name))
	}
	return b.String()
}

var escape = strings.NewReplacer("~", "~0", "/", "~1")

func (r *reader) space() {
	for r.at < len(r.text) {
		switch r.text[r.at] {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return
		}
	}
}

// peek returns the next byte, 0 at the end.
func (r *reader) peek() byte {
	if r.at < len(r.text) {
		return r.text[r.at]
	}
	return 0
}

func (r *reader) take(c byte) bool {
	if r.peek() != c {
		return false
	}
	r.at++
	return true
}

// string reads a string and takes its escapes away.
func (r *reader) string() (string, bool) {
	start := r.at
	if !r.take('"') {
		return "", false
	}
	escaped := false
	for ; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; {
		case c == '"':
			r.at++
			return unquote(r.text[start:r.at], escaped)
		case c == '\\':
			escaped = true
			r.at++
		case c < ' ':
			return "", false
		}
	}
	return "", false
}

// unquote returns the text between the quotes; false when it is not UTF-8 or
// has an escape that JSON does not know.
func unquote(quoted string, escaped bool) (string, bool) {
	if !utf8.ValidString(quoted) {
		return "", false
	}
	if !escaped {
		return quoted[1 : len(quoted)-1], true
	}
	var s string
	err := json.Unmarshal([]byte(quoted), &s)
	return s, err == nil
}

// digits reads a number and reports whether it is written as a whole one.
func (r *reader) digits() (number string, whole, ok bool) {
	start := r.at
	r.take('-')
	if !r.take('0') && !r.run() {
		return "", false, false
	}
	whole = true
	if r.take('.') {
		whole = false
		if !r.run() {
			return "", false, false
		}
	}
	if c := r.peek(); c == 'e' || c == 'E' {
		whole = false
		r.at++
		if c := r.peek(); c == '+' || c == '-' {
			r.at++
		}
		if !r.run() {
			return "", false, false
		}
	}
	return r.text[start:r.at], whole, true
}

// run passes over digits; false when there is none.
func (r *reader) run() bool {
	start := r.at
	for c := r.peek(); c >= '0' && c <= '9'; c = r.peek() {
		r.at++
	}
	return r.at > start
}

// skip passes over a value of any kind.
func (r *reader) skip(depth int) bool {
	if depth > maxDepth {
		return false
	}
	r.space()
	switch c := r.peek(); {
	case c == '"':
		_, ok := r.string()
		return ok
	case c == '{':
		return r.list('}', func() bool { return r.skipName() && r.skip(depth+1) })
	case c == '[':
		return r.list(']', func() bool { return r.skip(depth + 1) })
	case c == '-' || c >= '0' && c <= '9':
		_, _, ok := r.digits()
		return ok
	}
	return r.word("true") || r.word("false") || r.word("null")
}

func (r *reader) skipName() bool {
	_, ok := r.string()
	r.space()
	return ok && r.take(':')
}

func (r *reader) word(w string) bool {
	if !strings.HasPrefix(r.text[r.at:], w) {
		return false
	}
	r.at += len(w)
	return true
}
