package succession_test

import (
	"testing"

	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/ledger/ledgertest"
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
		ledgertest.Tamper(t, db, dbtest.Tampering{Rows: 4, AtLeast: 60,
			Tables: map[string]dbtest.Table{"household_changes": {Key: "id"}},
			Values: map[string][]string{"kind": {"CASE kind WHEN 'close' THEN 'rest' ELSE 'close' END"}},
			Statements: []string{
				"UPDATE entries SET kind = 'adjustment' WHERE kind = 'household_change'",
				"UPDATE households SET closed_at = 0, house_number = '99' WHERE id = (SELECT household_id FROM household_changes WHERE kind = 'merge')",
				"UPDATE cards SET revoked_at = NULL WHERE household_id = (SELECT household_id FROM household_changes WHERE kind = 'merge')",
				"UPDATE household_members SET member_count = member_count + 1 WHERE member_count = 4",
				"UPDATE population_changes SET persons = persons + 1 WHERE persons = (SELECT k FROM (SELECT MAX(persons) AS k FROM population_changes) one)",
			}}, checks...)
	})
}

// Points that go from one household to another under another name are found,
// though the entry balances.
func TestVerify_Transfer(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		a, b := w.house(w.group, "12", 2, 500), w.house(w.group, "13", 2, 0)
		entryID := w.post(ledger.DropOff, id.NullID{}, a.village, ledger.HandOn(ledger.Owner{HouseholdID: a.id, VillageID: a.village},
			ledger.Owner{HouseholdID: b.id, VillageID: b.village}, 300, 0))
		r := ledgertest.Verify(t, db, checks...)
		if len(r.Findings) != 1 || r.Findings[0].Check != "transfer" || r.Findings[0].ID != entryID.String() {
			t.Errorf("%+v", r.Findings)
		}
	})
}
