// Package internal holds one test: who may import whom.
package internal

import (
	"os/exec"
	"strings"
	"testing"
)

// floors are the floors of the house. A package imports from floors below its
// own, and on the ground floor freely (the compiler refuses circles).
var floors = []string{
	0: "auth calendar config database division fault i18n id migrations points qr sheet web",
	1: "household collection ledger",
	2: "dropoff expiry redemption",
	3: "adjustment budget closing settlement assessment report intake succession trace",
	4: "export proof",
	5: "api bench demo jobs",
	6: "app",
	7: "cmd prove",
}

// strangers must not know each other though their floors would allow it.
var strangers = map[string]string{
	"fault":  "*", // imports nothing
	"ledger": "auth division",
	"report": "collection dropoff redemption household ledger",
}

func TestImportsPointDown(t *testing.T) {
	floorOf := map[string]int{}
	for floor, names := range floors {
		for name := range strings.FieldsSeq(names) {
			floorOf[name] = floor
		}
	}
	for from, imported := range imports(t) {
		floor, known := floorOf[from]
		if !known {
			t.Errorf("%s has no floor: give it one here", from)
			continue
		}
		for to := range imported {
			if to == from {
				continue
			}
			if floorOf[to] >= floor && floor > 0 || floorOf[to] > floor {
				t.Errorf("%s (floor %d) imports %s (floor %d)", from, floor, to, floorOf[to])
			}
			if strangers[from] == "*" || strings.Contains(" "+strangers[from]+" ", " "+to+" ") {
				t.Errorf("%s must not know %s", from, to)
			}
		}
	}
}

// imports returns, for each part of the house, the parts it imports.
func imports(t *testing.T) map[string]map[string]bool {
	t.Helper()
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "hufen/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]map[string]bool{}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		from := part(words[0])
		if found[from] == nil {
			found[from] = map[string]bool{}
		}
		for _, path := range words[1:] {
			if strings.HasPrefix(path, "hufen/") {
				found[from][part(path)] = true
			}
		}
	}
	delete(found, "internal") // this test
	return found
}

// part names the part of the house a package belongs to: hufen/internal/api/contract
// is in api, hufen/cmd/hufen in cmd.
func part(path string) string {
	path = strings.TrimPrefix(strings.TrimPrefix(path, "hufen/"), "internal/")
	name, _, _ := strings.Cut(path, "/")
	return name
}
