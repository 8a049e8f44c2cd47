package household_test

import (
	"testing"

	"hufen/internal/fault"
	"hufen/internal/household"
)

// FuzzParseCode reads whatever a camera or a hand makes of a card: it is refused
// as mistyped, or it is a code that reads the same however it is written.
func FuzzParseCode(f *testing.F) {
	for _, text := range []string{"N4Z6-E0ZB-YSJK-G299-VV", "n4z6e0zbysjkg299vv", "8ZZD J9KW GX24 7DH1 52", "GTZS—K89V—BDRG—EGBX—EA", "", "OOOO-IIII-LLLL", "\xff\u3000"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		code, err := household.ParseCode(text)
		if err != nil {
			if !fault.Is(err, "card.mistyped") {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		for _, written := range []string{code.String(), code.Printed()} {
			again, err := household.ParseCode(written)
			if err != nil || again != code || again.Hash() != code.Hash() {
				t.Fatalf("%q reads as %s, that as %s, %v", text, written, again, err)
			}
		}
	})
}
