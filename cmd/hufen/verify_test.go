package main

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"hufen/internal/id"
	"hufen/internal/ledger"
)

var snakeCase = regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)

// What verify says to programs is in the words of the API, of a receipt too; no
// option is left aside without a word.
func TestVerify_JSON(t *testing.T) {
	forEach(t, func(t *testing.T, p *machine) {
		p.mustRun("", "demo", "--households", "60")
		p.sealedByService(t)
		said := p.decoded(t, "verify", "--json")
		if said["ok"] != true || said["entries"].(float64) == 0 || said["height"].(float64) == 0 || said["whole"] != true || len(said["findings"].([]any)) != 0 {
			t.Errorf("%v", said)
		}
		code := p.aReceipt(t)
		said = p.decoded(t, "verify", "--json", "--receipt", strings.ToLower(strings.ReplaceAll(code, "-", " ")))
		if said["ok"] != true || said["state"] != "sealed" || said["seal_good"] != true || said["seal"].(map[string]any)["height"].(float64) == 0 {
			t.Errorf("%v", said)
		}
		other := ledger.Receipt{Entry: id.New(), Head: ledger.Hash{1}}
		text, exit := p.run("", "verify", "--json", "--receipt", other.String())
		if exit != exitFailed || !strings.Contains(text, `{"ok":false,"state":"unknown"}`) {
			t.Errorf("a receipt of another installation: exit code %d: %s", exit, text)
		}
		for _, option := range []string{"--incremental", "--record", "--since=1", "--seal=x"} {
			if text, exit := p.run("", "verify", "--receipt", code, option); exit != exitUsage {
				t.Errorf("%s: exit code %d: %s", option, exit, text)
			}
		}
	})
}

// decoded runs a command that prints one object, whose names have to be words.
func (p *machine) decoded(t *testing.T, args ...string) map[string]any {
	t.Helper()
	said := p.mustRun("", args...)
	var object map[string]any
	if err := json.Unmarshal([]byte(said[strings.Index(said, "{"):]), &object); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	for name, value := range object {
		if !snakeCase.MatchString(name) {
			t.Errorf("%v says %q", args, name)
		}
		if inner, ok := value.(map[string]any); ok {
			for name := range inner {
				if !snakeCase.MatchString(name) {
					t.Errorf("%v says %q", args, name)
				}
			}
		}
	}
	return object
}

// aReceipt is the code of some line of a household.
func (p *machine) aReceipt(t *testing.T) string {
	t.Helper()
	var place ledger.Place
	var head []byte
	err := p.open(t).Read.Raw("SELECT entry_id, line_hash FROM entry_lines WHERE account_seq = 1 ORDER BY entry_id LIMIT 1").Row().Scan(&place.EntryID, &head)
	if err != nil {
		t.Fatal(err)
	}
	place.Head = ledger.HashOf(head)
	return place.Code()
}
