package household_test

import (
	"testing"

	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/fault"
	"hufen/internal/household"
	"hufen/internal/id"
)

func TestService_Erase(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		town := newTown(t, db)
		h := town.register(t, town.house("12"))
		if _, _, err := town.service.Issue(ctx, town.cadre, household.NewCard{ID: id.New(), HouseholdID: h.ID, PIN: "7391"}); err != nil {
			t.Fatal(err)
		}
		if _, err := town.service.Erase(ctx, town.cadre, h.ID, "搬走了"); !fault.Is(err, "household.not_closed") {
			t.Error(err)
		}
		if _, err := town.service.Change(ctx, town.cadre, h.ID, household.Change{Closed: ptr(true)}); err != nil {
			t.Fatal(err)
		}
		if _, err := town.service.Erase(ctx, town.outsider, h.ID, "搬走了"); !fault.Is(err, "household.unknown") {
			t.Error(err)
		}
		if _, err := town.service.Erase(ctx, town.cadre, h.ID, " "); !fault.Is(err, "household.no_reason") {
			t.Error(err)
		}
		photo, use := id.New(), id.New()
		dbtest.Insert(t, db, "photos", "id, actor_id, content_type, sha256, bytes, created_at", photo[:], use[:], "image/jpeg", make([]byte, 32), []byte{1, 2}, 1)
		dbtest.Insert(t, db, "photo_uses", "photo_id, used_by, village_id", photo[:], use[:], h.VillageID[:])
		dbtest.Insert(t, db, "drop_offs", "id, household_id, card_id, village_id, cleaner_id, tariff_id, happened_at, recorded_at, day, month, earned, cut, cut_period, status, content_hash",
			use[:], h.ID[:], use[:], h.VillageID[:], use[:], use[:], 1, 1, 20260701, 202607, 0, 0, "", "credited", make([]byte, 32))
		other := id.New() // of somebody else
		dbtest.Insert(t, db, "photos", "id, actor_id, content_type, sha256, bytes, created_at", other[:], use[:], "image/jpeg", make([]byte, 32), []byte{3}, 1)
		dbtest.Insert(t, db, "photo_uses", "photo_id, used_by, village_id", other[:], other[:], h.VillageID[:])
		for range 2 {
			got, err := town.service.Erase(ctx, town.cadre, h.ID, "搬走了")
			if err != nil || got.MaskedName != "" || got.HasPhone || got.HasPIN || got.ErasedAt == 0 {
				t.Errorf("%+v %v", got, err)
			}
		}
		var bytes, rows, uses int
		if err := db.Read.Raw(`SELECT SUM(LENGTH(bytes)), COUNT(*), (SELECT COUNT(*) FROM photo_uses) FROM photos`).Row().Scan(&bytes, &rows, &uses); err != nil || bytes != 1 || rows != 2 || uses != 2 {
			t.Errorf("%d bytes in %d photos with %d uses are left, %v", bytes, rows, uses, err)
		}
		if n := town.audited(t, "household.erase", h.ID); n != 1 {
			t.Errorf("%d lines in the audit log", n)
		}
		person, err := town.service.Reveal(ctx, town.cadre, h.ID, "看看")
		if err != nil || person != (household.Person{}) {
			t.Errorf("%+v %v", person, err)
		}
	})
}
