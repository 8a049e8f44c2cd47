package ledger

import (
	"context"
	"strings"
	"testing"

	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/fault"
	"hufen/internal/id"
)

func TestParseReceipt(t *testing.T) {
	p := Place{EntryID: id.MustParse("01a2005e-5cd4-7499-a896-5f87f0f54836"), Seq: 17, Head: Hash{0x9f, 0x3c, 0x41, 0xab, 0x70, 0xd2, 0xe8, 0x5c}}
	code := p.Code()
	if len(code) != 24+5 || p.Short() != "9f3c 41ab" {
		t.Errorf("%s, %s", code, p.Short())
	}
	want, err := ParseReceipt(code)
	if err != nil || want.String() != code {
		t.Fatalf("%+v, %v", want, err)
	}
	wide := strings.Map(func(r rune) rune { return r + 0xfee0 }, code)
	for _, typed := range []string{strings.ToLower(code), wide, strings.ReplaceAll(code, "-", ""), strings.ReplaceAll(code, "-", " "),
		strings.ReplaceAll(strings.ReplaceAll(code, "0", "o"), "1", "l")} {
		if got, err := ParseReceipt(typed); err != nil || got != want {
			t.Errorf("%s: %+v, %v", typed, got, err)
		}
	}
	for i, r := range code {
		if r == '-' {
			continue
		}
		other := byte('2')
		if r == '2' {
			other = '3'
		}
		if _, err := ParseReceipt(code[:i] + string(other) + code[i+1:]); !fault.Is(err, "receipt.mistyped") {
			t.Errorf("a wrong letter %d: %v", i, err)
		}
	}
	for _, text := range []string{"", "0", code + "0", "碑庙镇", strings.Repeat("0", 10_000)} {
		if _, err := ParseReceipt(text); !fault.Is(err, "receipt.mistyped") {
			t.Errorf("%.40s: %v", text, err)
		}
	}
}

// A receipt finds its line as long as it is there and what it was, and the seal
// that holds it; whatever is changed about the line shows.
func TestWitnessOf(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		v := newVault(t, db)
		v.post(3)
		var places []Place
		rows, err := database.Query(ctx, db.Read, `SELECT entry_id FROM entry_lines WHERE account_seq IS NOT NULL ORDER BY entry_id`)
		if err != nil {
			t.Fatal(err)
		}
		var ids []id.ID
		for rows.Next() {
			var entryID id.ID
			if err := rows.Scan(&entryID); err != nil {
				t.Fatal(err)
			}
			ids = append(ids, entryID)
		}
		rows.Close()
		found, err := PlacesOf(ctx, db.Read, ids)
		if err != nil || len(found) == 0 {
			t.Fatal(found, err)
		}
		for _, entryID := range ids {
			places = append(places, found[entryID])
		}
		look := func(p Place) *Witness {
			t.Helper()
			r, err := ParseReceipt(p.Code())
			if err != nil {
				t.Fatal(err)
			}
			w, err := WitnessOf(ctx, db.Read, r)
			if err != nil {
				t.Fatal(err)
			}
			return w
		}
		if w := look(places[0]); !w.Found || !w.Unchanged || w.Seal != nil {
			t.Errorf("before sealing: %+v", w)
		}
		if _, err := v.SealAll(ctx); err != nil {
			t.Fatal(err)
		}
		for _, p := range places {
			w := look(p)
			if !w.Found || !w.Unchanged || w.Seal == nil {
				t.Fatalf("%+v", w)
			}
			if proved, err := w.ProveSealed(ctx, db.Read, noFacts); err != nil || !proved {
				t.Errorf("its seal is not proved: %t, %v", proved, err)
			}
		}
		other := places[0]
		other.Head[3]++
		if w := look(other); w.Found {
			t.Errorf("a receipt that never was: %+v", w)
		}
		first := places[0]
		dbtest.Exec(v.t, v.db, `UPDATE entries SET reason = 'x' WHERE id = ?`, first.EntryID[:])
		if w := look(first); !w.Found || w.Unchanged {
			t.Errorf("its entry is another: %+v", w)
		}
		if proved, err := look(places[1]).ProveSealed(ctx, db.Read, noFacts); err != nil || !proved {
			t.Errorf("the content hash is what is sealed: %t, %v", proved, err)
		}
		dbtest.Exec(v.t, v.db, `UPDATE entries SET reason = '' WHERE id = ?`, first.EntryID[:])
		dbtest.Exec(v.t, v.db, `UPDATE entry_lines SET points = points + 1 WHERE entry_id = ? AND account_seq IS NOT NULL`, first.EntryID[:])
		if w := look(first); !w.Found || w.Unchanged {
			t.Errorf("its points are others: %+v", w)
		}
		dbtest.Exec(v.t, v.db, `DELETE FROM entry_lines WHERE entry_id = ?`, first.EntryID[:])
		if w := look(first); w.Found {
			t.Errorf("it is gone: %+v", w)
		}
	})
}
