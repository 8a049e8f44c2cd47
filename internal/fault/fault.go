// Package fault says what went wrong in a way both a program and a person can
// act on: a kind, a stable code and the arguments of its sentence. The sentence
// itself is made at the edge, by internal/i18n.
package fault

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Fault is an error a caller can act on. Everything else is internal and an
// ordinary error.
type Fault struct {
	Kind    Kind
	Code    string         // noun.reason, e.g. "card.unknown"; never changes once published
	Args    map[string]any // facts for the sentence; no secrets, they reach the caller
	Pointer string         // JSON pointer into the request, "" when not about one field
	Details []*Fault       // the single faults of a joined one
	Cause   error          // for the log only, never shown
}

// New returns a fault of a kind with a code and the arguments of its sentence,
// given as alternating names and values. An argument list that is not
// alternating is a programming error and panics.
func New(kind Kind, code string, kv ...any) *Fault {
	return &Fault{Kind: kind, Code: code, Args: args(code, kv)}
}

func args(code string, kv []any) map[string]any {
	if len(kv) == 0 {
		return nil
	}
	if len(kv)%2 != 0 {
		panic("fault: argument without a value for " + code)
	}
	m := make(map[string]any, len(kv)/2)
	for pair := range slices.Chunk(kv, 2) {
		m[pair[0].(string)] = pair[1]
	}
	return m
}

// Join returns one Invalid fault "request.invalid" that carries all details, or
// nil when there are none, so that a form shows every wrong field at once.
func Join(details ...*Fault) *Fault {
	details = slices.DeleteFunc(slices.Clone(details), func(f *Fault) bool { return f == nil })
	if len(details) == 0 {
		return nil
	}
	return &Fault{Kind: Invalid, Code: "request.invalid", Details: details}
}

// At returns a copy of the fault that points at a place in the request,
// e.g. "/items/0/weight_grams".
func (f *Fault) At(pointer string) *Fault {
	c := *f
	c.Pointer = pointer
	return &c
}

// Because returns a copy of the fault that keeps err for the log.
func (f *Fault) Because(err error) *Fault {
	c := *f
	c.Cause = err
	return &c
}

// Error describes the fault for logs; people read i18n.Sentence instead.
// Arguments are left out: they may name a person.
func (f *Fault) Error() string {
	var b strings.Builder
	b.WriteString(f.Code)
	if f.Pointer != "" {
		fmt.Fprintf(&b, " at %s", f.Pointer)
	}
	for i, d := range f.Details {
		b.WriteString([]string{": ", "; "}[min(i, 1)])
		b.WriteString(d.Error())
	}
	if f.Cause != nil {
		fmt.Fprintf(&b, ": %v", f.Cause)
	}
	return b.String()
}

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.Cause }

// As returns the fault in err's chain, if there is one.
func As(err error) (*Fault, bool) {
	var f *Fault
	ok := errors.As(err, &f)
	return f, ok
}

// Is reports whether err is a fault with that code, or a joined fault one of
// whose details has it.
func Is(err error, code string) bool {
	f, ok := As(err)
	if !ok {
		return false
	}
	return f.Code == code || slices.ContainsFunc(f.Details, func(d *Fault) bool { return Is(d, code) })
}
