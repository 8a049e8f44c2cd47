package dropoff

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"slices"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/fault"
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
// in scope; else NotFound "photo.unknown".
func (s *Service) GetPhoto(ctx context.Context, actor auth.Actor, photoID id.ID) (Photo, error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return Photo{}, err
	}
	unknown := fault.New(fault.NotFound, "photo.unknown")
	var p Photo
	var owner id.ID
	var village id.NullID
	err = s.db.Read.WithContext(ctx).Raw(`
		SELECT p.content_type, p.bytes, p.actor_id, (SELECT MAX(u.village_id) FROM photo_uses u WHERE u.photo_id = p.id)
		FROM photos p WHERE p.id = ?`, photoID[:]).Row().Scan(&p.ContentType, &p.Bytes, &owner, &village)
	if err != nil {
		return Photo{}, unknown
	}
	if owner == actor.ID || village.Valid && actor.Covers(tree, village.ID, readers...) {
		return p, nil
	}
	return Photo{}, unknown
}
