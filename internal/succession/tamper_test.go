package succession_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"gorm.io/gorm"

	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/succession"
)

// Somebody with rights on the database changes one value of a change, deletes
// one, makes points go from household to household, or lets people vanish: verify
// finds it.
func TestVerify_Tampering(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		h, to := w.house(w.group, "12", 4, 10_000), w.house(w.group2, "7", 2, 50)
		in := split(h, w.group, "13", 2)
		for _, in := range []succession.Input{
			in,
			{ID: id.New(), Kind: succession.Merge, HouseholdID: h.id, TargetID: to.id, Reason: "合并"},
			{ID: id.New(), Kind: succession.Move, HouseholdID: to.id, Reason: "搬家", New: &succession.NewPlace{HouseholdID: id.New(), CardID: id.New(), DivisionID: w.other, HouseNumber: "1"}},
			{ID: id.New(), Kind: succession.Close, HouseholdID: in.New.HouseholdID, Reason: "外出"},
		} {
			_, err := w.Record(ctx, w.official, in)
			w.must(err)
		}
		w.mustVerify()
		types, err := db.Read.Migrator().ColumnTypes("household_changes")
		w.must(err)
		statements := []string{
			"DELETE FROM household_changes WHERE id = (SELECT k FROM (SELECT MIN(id) AS k FROM household_changes) one)",
			"UPDATE entries SET kind = 'adjustment' WHERE kind = 'household_change'",
			"UPDATE households SET closed_at = 0, house_number = '99' WHERE id = (SELECT household_id FROM household_changes WHERE kind = 'merge')",
			"UPDATE cards SET revoked_at = NULL WHERE household_id = (SELECT household_id FROM household_changes WHERE kind = 'merge')",
			"UPDATE household_members SET member_count = member_count + 1 WHERE member_count = 4",
			"UPDATE population_changes SET persons = persons + 1 WHERE persons = (SELECT k FROM (SELECT MAX(persons) AS k FROM population_changes) one)",
		}
		for _, c := range types {
			for n := range 4 {
				statements = append(statements, fmt.Sprintf("UPDATE household_changes SET %s = %s WHERE id = (SELECT k FROM (SELECT id AS k FROM household_changes ORDER BY id LIMIT 1 OFFSET %d) one)", c.Name(), other(c), n))
			}
		}
		tried := 0
		for _, statement := range statements {
			found, changed := tamper(t, db, statement)
			if changed {
				tried++
			}
			if changed && !found {
				t.Errorf("%s was not found", statement)
			}
		}
		if tried < 60 {
			t.Errorf("only %d changes were tried", tried)
		}
	})
}

// other is an expression of another value for a column.
func other(c gorm.ColumnType) string {
	switch kind := strings.ToLower(c.DatabaseTypeName()); {
	case kind == "blob" || kind == "binary":
		if strings.HasSuffix(c.Name(), "_hash") {
			return "x'" + strings.Repeat("a5", 32) + "'"
		}
		return "x'" + strings.Repeat("a5", 16) + "'"
	case kind == "text" || kind == "varchar":
		if c.Name() == "kind" {
			return "CASE kind WHEN 'close' THEN 'rest' ELSE 'close' END"
		}
		return "'x'"
	}
	return "COALESCE(" + c.Name() + ", 0) + 1"
}

var errUndo = errors.New("undo")

// tamper makes a change, verifies, and takes the change back.
func tamper(t *testing.T, db *database.DB, statement string) (found, changed bool) {
	t.Helper()
	err := db.InTx(context.Background(), func(ctx context.Context, tx *gorm.DB) error {
		result, err := database.Exec(ctx, tx, statement)
		if err != nil {
			return errUndo // a constraint stood in the way
		}
		if n, _ := result.RowsAffected(); n == 0 {
			return errUndo
		}
		changed = true
		var r ledger.Report
		if err := verifyAll(ctx, tx, &r); err != nil {
			return err
		}
		found = !r.Clean()
		return errUndo
	})
	if !errors.Is(err, errUndo) {
		t.Fatalf("%s: %v", statement, err)
	}
	return found, changed
}

// Points that go from one household to another under another name are found,
// though the entry balances.
func TestVerify_Transfer(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		a, b := w.house(w.group, "12", 2, 500), w.house(w.group, "13", 2, 0)
		entryID := w.post(ledger.DropOff, id.NullID{}, a.village, ledger.HandOn(ledger.Owner{HouseholdID: a.id, VillageID: a.village},
			ledger.Owner{HouseholdID: b.id, VillageID: b.village}, 300, 0))
		r := w.verify()
		if len(r.Findings) != 1 || r.Findings[0].Check != "transfer" || r.Findings[0].ID != entryID.String() {
			t.Errorf("%+v", r.Findings)
		}
	})
}
