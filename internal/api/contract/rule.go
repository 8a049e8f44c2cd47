package contract

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"hufen/internal/calendar"
	"hufen/internal/id"
)

// rule is a schema of the contract, made ready once so that a request can be
// read against it in one pass without building a tree of values first.
type rule struct {
	kind kind

	fields   map[string]*field // object
	required uint64            // bits of the fields that must be there
	order    []*field          // by bit
	open     bool              // unknown fields pass; forms only

	items              *rule // array
	minItems, maxItems int

	minRunes, maxRunes int // text; maxRunes < 0 is no bound
	pattern            *regexp.Regexp
	enum               []string
	format             string
	wellFormed         func(text string) bool // of format, nil for any text

	least, most int64   // integer
	low, high   float64 // number
}

type kind uint8

const (
	object kind = iota
	array
	text
	integer
	number
	boolean
)

var kinds = map[string]kind{
	"object": object, "array": array, "string": text,
	"integer": integer, "number": number, "boolean": boolean,
}

// field is a property of an object.
type field struct {
	name string
	bit  uint64
	rule *rule
}

// formats are the formats the contract may name. kin-openapi's own pattern for
// uuid knows no version 7, and it checks no format unless told to.
var formats = map[string]func(string) bool{
	"":          nil,
	"binary":    nil,
	"int64":     nil,
	"double":    nil,
	"uuid":      isID,
	"date-time": isInstant,
	"day":       func(s string) bool { _, err := calendar.ParseDay(s); return err == nil },
	"month":     func(s string) bool { _, err := calendar.ParseMonth(s); return err == nil },
}

// isID accepts every UUID but the zero one, which stands for none: a division
// with that id would be its own parent.
func isID(s string) bool {
	parsed, err := id.Parse(s)
	return err == nil && !parsed.IsZero()
}

// isInstant accepts RFC 3339 as written there. time.Parse alone would also take
// a comma and an hour of one digit.
func isInstant(s string) bool {
	if len(s) < len("2006-01-02T15:04:05Z") || s[13] != ':' || strings.Contains(s, ",") {
		return false
	}
	_, err := time.Parse(time.RFC3339, s)
	return err == nil
}

// compile makes a rule of a schema. A keyword it does not know is an error: a
// contract must not promise a check that nobody makes.
func compile(s *openapi3.Schema) (*rule, error) {
	if err := unknownKeyword(s); err != nil {
		return nil, err
	}
	types := s.Type.Slice()
	if len(types) != 1 {
		return nil, fmt.Errorf("a schema with the types %v, want one", types)
	}
	k, ok := kinds[types[0]]
	if !ok {
		return nil, fmt.Errorf("a schema of type %q", types[0])
	}
	r := &rule{kind: k, format: s.Format}
	if r.wellFormed, ok = formats[s.Format]; !ok {
		return nil, fmt.Errorf("unknown format %q", s.Format)
	}
	return r, r.fill(s)
}

func unknownKeyword(s *openapi3.Schema) error {
	if len(s.AllOf)+len(s.AnyOf)+len(s.OneOf) > 0 || s.Not != nil || s.Nullable || s.UniqueItems ||
		s.MultipleOf != nil || s.ExclusiveMin.IsSet() || s.ExclusiveMax.IsSet() || s.MinProps > 0 || s.MaxProps != nil {
		return fmt.Errorf("a request schema uses a keyword that is not checked (%s)", s.Description)
	}
	return nil
}

func (r *rule) fill(s *openapi3.Schema) error {
	switch r.kind {
	case object:
		return r.fillObject(s)
	case array:
		return r.fillArray(s)
	case text:
		return r.fillText(s)
	case integer:
		r.least, r.most = bound(s.Min, math.MinInt64), bound(s.Max, math.MaxInt64)
	case number:
		r.low, r.high = math.Inf(-1), math.Inf(1)
		if s.Min != nil {
			r.low = *s.Min
		}
		if s.Max != nil {
			r.high = *s.Max
		}
	}
	return nil
}

func bound(b *float64, none int64) int64 {
	if b == nil {
		return none
	}
	return int64(*b)
}

func (r *rule) fillObject(s *openapi3.Schema) error {
	if len(s.Properties) > 64 {
		return fmt.Errorf("an object with %d fields, at most 64 can be checked", len(s.Properties))
	}
	r.open = s.AdditionalProperties.Has == nil || *s.AdditionalProperties.Has
	r.fields = make(map[string]*field, len(s.Properties))
	for _, name := range sortedKeys(s.Properties) {
		inner, err := compile(s.Properties[name].Value)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		f := &field{name: name, bit: 1 << len(r.order), rule: inner}
		r.fields[name], r.order = f, append(r.order, f)
		if slices.Contains(s.Required, name) {
			r.required |= f.bit
		}
	}
	return nil
}

func (r *rule) fillArray(s *openapi3.Schema) error {
	r.minItems, r.maxItems = int(s.MinItems), math.MaxInt
	if s.MaxItems != nil {
		r.maxItems = int(*s.MaxItems)
	}
	var err error
	r.items, err = compile(s.Items.Value)
	return err
}

func (r *rule) fillText(s *openapi3.Schema) error {
	r.minRunes, r.maxRunes = int(s.MinLength), -1
	if s.MaxLength != nil {
		r.maxRunes = int(*s.MaxLength)
	}
	for _, value := range s.Enum {
		r.enum = append(r.enum, fmt.Sprint(value))
	}
	if s.Pattern == "" {
		return nil
	}
	var err error
	r.pattern, err = regexp.Compile(s.Pattern)
	return err
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
