package ledger_test

import (
	"encoding/json"
	"strings"
	"testing"

	"hufen/internal/ledger"
)

// A program that reads hufen verify --json compares the newest seal with what the
// board says, so it is digits there and not a list of numbers.
func TestHash_JSON(t *testing.T) {
	got, err := json.Marshal(ledger.SealSummary{Height: 1, Hash: ledger.Hash{0x0a, 0xff}})
	if want := `"Hash":"0aff` + strings.Repeat("0", 60) + `"`; err != nil || !strings.Contains(string(got), want) {
		t.Errorf("got %s, %v", got, err)
	}
}
