package dropoff

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/fault"
	"hufen/internal/household"
	"hufen/internal/id"
)

// photoTypes are the pictures a phone takes.
var photoTypes = []string{"image/jpeg", "image/png", "image/webp"}

// mostPhotoBytes bounds one photo; phones shrink theirs to about 200 kB.
const mostPhotoBytes = 1 << 20

// AddPhoto keeps a photo for a later drop-off or redemption. What it is, is
// read from its first bytes, not believed. The same id and bytes again is
// replayed. Faults: Invalid "photo.not_a_picture", TooLarge
// "photo.too_large", Conflict "request.id_reused".
func (s *Service) AddPhoto(ctx context.Context, actor auth.Actor, photoID id.ID, content []byte) (replayed bool, err error) {
	kind := http.DetectContentType(content)
	if !slices.Contains(photoTypes, kind) {
		return false, fault.New(fault.Invalid, "photo.not_a_picture")
	}
	if len(content) > mostPhotoBytes {
		return false, fault.New(fault.TooLarge, "photo.too_large", "limit_kib", int64(mostPhotoBytes>>10))
	}
	sum := sha256.Sum256(content)
	err = s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		replayed = false
		err := database.InsertRows(ctx, tx, "photos", []string{"id", "actor_id", "content_type", "sha256", "bytes", "created_at"},
			[][]any{{photoID[:], actor.ID[:], kind, sum[:], content, int64(calendar.Now())}})
		if !database.IsDuplicate(err) {
			return err
		}
		replayed = true
		return samePhoto(tx, actor, photoID, sum)
	})
	return replayed, err
}

func samePhoto(tx *gorm.DB, actor auth.Actor, photoID id.ID, sum [32]byte) error {
	var owner id.ID
	var stored []byte
	if err := tx.Raw(`SELECT actor_id, sha256 FROM photos WHERE id = ?`, photoID[:]).Row().Scan(&owner, &stored); err != nil {
		return fmt.Errorf("read photo: %w", err)
	}
	if owner != actor.ID || !bytes.Equal(stored, sum[:]) {
		return fault.New(fault.Conflict, "request.id_reused").At("?id")
	}
	return nil
}

// Photo is a stored picture.
type Photo struct {
	ContentType string
	Bytes       []byte
}

// GetPhoto returns a photo the actor took, or one of a drop-off or redemption
// in scope; else NotFound "photo.unknown", or NotFound "photo.erased" with the day
// where its bytes were removed.
func (s *Service) GetPhoto(ctx context.Context, actor auth.Actor, photoID id.ID) (Photo, error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return Photo{}, err
	}
	unknown := fault.New(fault.NotFound, "photo.unknown")
	var p Photo
	var owner id.ID
	var village id.NullID
	var erasedAt calendar.Micros
	err = s.db.Read.WithContext(ctx).Raw(`
		SELECT p.content_type, p.bytes, p.actor_id, (SELECT MAX(u.village_id) FROM photo_uses u WHERE u.photo_id = p.id), COALESCE(e.erased_at, 0)
		FROM photos p LEFT JOIN photo_erasures e ON e.photo_id = p.id WHERE p.id = ?`, photoID[:]).Row().Scan(&p.ContentType, &p.Bytes, &owner, &village, &erasedAt)
	if err != nil {
		return Photo{}, unknown
	}
	if owner != actor.ID && !(village.Valid && actor.Covers(tree, village.ID, readers...)) {
		return Photo{}, unknown
	}
	if erasedAt != 0 {
		return Photo{}, fault.New(fault.NotFound, "photo.erased", "day", calendar.DayOf(erasedAt, s.zone).String())
	}
	return p, nil
}

// photoErasers may remove a photo.
var photoErasers = []auth.Role{auth.TownOfficial, auth.DistrictOfficial, auth.Administrator}

// ErasePhoto removes the bytes of a photo of somebody's drop-off, redemption or
// adjustment, for good; its row, its hash and what it belongs to stay. Who does it
// and why goes to the audit log. Doing it again changes nothing. It returns
// NotFound "photo.unknown" outside the actor's scope and Invalid "photo.no_reason".
func (s *Service) ErasePhoto(ctx context.Context, actor auth.Actor, photoID id.ID, reason string) error {
	if reason = strings.TrimSpace(reason); reason == "" {
		return fault.New(fault.Invalid, "photo.no_reason").At("/reason")
	}
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		var village id.NullID
		err := tx.Raw(`SELECT MAX(village_id) FROM photo_uses WHERE photo_id = ?`, photoID[:]).Row().Scan(&village)
		if err != nil {
			return fmt.Errorf("find photo: %w", err)
		}
		if !village.Valid || !actor.Covers(tree, village.ID, photoErasers...) {
			return fault.New(fault.NotFound, "photo.unknown")
		}
		erased, err := household.ErasePhotos(ctx, tx, actor, []id.ID{photoID}, calendar.Now())
		if err != nil || len(erased) == 0 {
			return err
		}
		return auth.Audit(ctx, tx, actor, auth.Event{Action: "photo.erase", ObjectKind: "photo", ObjectID: photoID, DivisionID: village.ID, Detail: reason})
	})
}
