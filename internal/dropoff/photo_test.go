package dropoff_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"hufen/internal/auth"
	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/dropoff"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/ledger/ledgertest"
)

// An official removes a photo: it is gone for everybody, and what it belonged to
// and that it was there stays.
func TestService_ErasePhoto(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, 1)
		photo, use := id.New(), id.New()
		png := []byte("\x89PNG\r\n\x1a\n and so on")
		if _, err := w.AddPhoto(context.Background(), w.cleaner, photo, png); err != nil {
			t.Fatal(err)
		}
		dbtest.Insert(t, db, "photo_uses", "photo_id, used_by, village_id", photo[:], use[:], w.village[:])
		official := auth.Actor{ID: id.New(), Kind: auth.Person, Grants: []auth.Grant{{Role: auth.TownOfficial, DivisionID: w.village}}}
		erase := func(actor auth.Actor, reason, want string) {
			t.Helper()
			if err := w.ErasePhoto(context.Background(), actor, photo, reason); want == "" && err != nil || want != "" && !fault.Is(err, want) {
				t.Errorf("%v, want %q", err, want)
			}
		}
		erase(official, " ", "photo.no_reason")
		erase(w.cleaner, "拍到了人脸", "photo.unknown")
		for range 2 {
			erase(official, "拍到了人脸", "")
		}
		for _, actor := range []auth.Actor{w.cleaner, official} {
			if _, err := w.GetPhoto(context.Background(), actor, photo); !fault.Is(err, "photo.erased") {
				t.Error(err)
			}
		}
		if replayed, err := w.AddPhoto(context.Background(), w.cleaner, photo, png); !replayed || err != nil {
			t.Errorf("the same photo again: %v %v", replayed, err)
		}
		var left, audited int
		if err := db.Read.Raw(`SELECT SUM(LENGTH(bytes)), (SELECT COUNT(*) FROM audit_log WHERE action = 'photo.erase') FROM photos`).Row().Scan(&left, &audited); err != nil || left != 0 || audited != 1 {
			t.Errorf("%d bytes are left, %d lines in the audit log, %v", left, audited, err)
		}
	})
}

// Somebody with rights on the database changes what a photo shows, or takes it
// away: verify finds it.
func TestVerify_TamperingWithPhotos(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx, w := t.Context(), newWorld(t, db, 2)
		photos := []id.ID{id.New(), id.New()}
		for i, photo := range photos {
			if _, err := w.AddPhoto(ctx, w.cleaner, photo, fmt.Appendf(nil, "\x89PNG\r\n\x1a\n bag %d", i)); err != nil {
				t.Fatal(err)
			}
			in := w.paper(i, 1000)
			in.Items[0].PhotoID = id.Some(photo)
			w.mustRecord(in)
		}
		photoChecks := append([]ledgertest.Check{dropoff.VerifyPhotos}, checks...)
		ledgertest.MustVerify(t, db, photoChecks...)
		ledgertest.Tamper(t, db, dbtest.Tampering{Rows: 2, AtLeast: 8, Tables: map[string]dbtest.Table{
			"photos":     {Key: "id", Except: "actor_id content_type created_at"}, // said by nobody else
			"photo_uses": {Key: "photo_id", Except: "village_id"},
		}}, photoChecks...)
		official := auth.Actor{ID: id.New(), Kind: auth.Person, Grants: []auth.Grant{{Role: auth.TownOfficial, DivisionID: w.village}}}
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if err := w.ErasePhoto(ctx, official, photos[0], "拍到了人脸"); err != nil {
					t.Errorf("erased by several at once: %v", err)
				}
			})
		}
		all.Wait()
		ledgertest.MustVerify(t, db, photoChecks...)
		ledgertest.Tamper(t, db, dbtest.Tampering{Rows: 1, AtLeast: 2, Tables: map[string]dbtest.Table{
			"photo_erasures": {Key: "photo_id", Except: "actor_id erased_at"},
		}}, photoChecks...)
	})
}
