package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"hufen/internal/fault"
)

func TestFault_Error(t *testing.T) {
	cause := errors.New("disk full")
	for want, f := range map[string]*fault.Fault{
		"card.unknown":                     fault.New(fault.NotFound, "card.unknown", "card", "secret"),
		"weight.negative at /items/0":      fault.New(fault.Invalid, "weight.negative").At("/items/0"),
		"server.internal: disk full":       fault.New(fault.Internal, "server.internal").Because(cause),
		"request.invalid: a.b at /x; c.d":  fault.Join(fault.New(fault.Invalid, "a.b").At("/x"), nil, fault.New(fault.Invalid, "c.d")),
		"request.invalid: only.one at /me": fault.Join(fault.New(fault.Invalid, "only.one").At("/me")),
	} {
		if got := f.Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestJoin_None(t *testing.T) {
	if f := fault.Join(nil, nil); f != nil {
		t.Errorf("got %v, want nil", f)
	}
}

func TestAs(t *testing.T) {
	f := fault.New(fault.Conflict, "request.id_reused")
	got, ok := fault.As(fmt.Errorf("record: %w", f))
	if !ok || got != f {
		t.Errorf("got %v, %v", got, ok)
	}
	if _, ok := fault.As(errors.New("other")); ok {
		t.Error("an ordinary error is no fault")
	}
}

func TestIs(t *testing.T) {
	joined := fmt.Errorf("import: %w", fault.Join(fault.New(fault.Invalid, "a.b"), fault.New(fault.Invalid, "c.d")))
	for code, want := range map[string]bool{"request.invalid": true, "a.b": true, "c.d": true, "e.f": false} {
		if got := fault.Is(joined, code); got != want {
			t.Errorf("Is(%q) = %v", code, got)
		}
	}
	if fault.Is(nil, "a.b") {
		t.Error("nil is no fault")
	}
}

// A copy points elsewhere; the fault it was made from, perhaps shared, does not.
func TestFault_Copies(t *testing.T) {
	f := fault.New(fault.Invalid, "a.b")
	_, cause := f.At("/x"), f.Because(errors.New("why"))
	if f.Pointer != "" || f.Cause != nil {
		t.Errorf("changed: %v", f)
	}
	if errors.Unwrap(cause) == nil {
		t.Error("the cause is not in the chain")
	}
}

func TestKind(t *testing.T) {
	for kind, want := range map[fault.Kind]string{
		fault.Internal: "500 internal", fault.Malformed: "400 malformed", fault.Unauthorized: "401 unauthorized",
		fault.Forbidden: "403 forbidden", fault.NotFound: "404 not_found", fault.Conflict: "409 conflict",
		fault.TooLarge: "413 too_large", fault.Invalid: "422 invalid", fault.Refused: "422 refused",
		fault.Limited: "429 limited", fault.Unavailable: "503 unavailable",
	} {
		if got := fmt.Sprintf("%d %s", kind.Status(), kind); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
