package dropoff

import (
	"bytes"
	"context"
	"crypto/sha256"
	"slices"

	"gorm.io/gorm"

	"hufen/internal/database"
	"hufen/internal/id"
	"hufen/internal/ledger"
)

// verifyUses checks that the photos of a page's drop-offs are marked as used by
// them.
func (c *pageCheck) verifyUses(ctx context.Context, tx *gorm.DB) error {
	type use struct{ photoID, dropOffID id.ID }
	var named []use
	for i := range c.dropOffs {
		for _, item := range c.dropOffs[i].Items {
			if item.PhotoID.Valid {
				named = append(named, use{item.PhotoID.ID, c.dropOffs[i].ID})
			}
		}
	}
	for some := range slices.Chunk(named, 500) {
		photos := make([]id.ID, len(some))
		for i, u := range some {
			photos[i] = u.photoID
		}
		used := make(map[use]bool, len(some))
		err := database.Each(ctx, tx, func(row database.Row) error {
			used[use{row.ID(0), row.ID(1)}] = true
			return nil
		}, `SELECT photo_id, used_by FROM photo_uses WHERE photo_id IN (`+database.Placeholders(len(photos))+`)`, database.IDs(photos)...)
		if err != nil {
			return err
		}
		for _, u := range some {
			if !used[u] {
				c.report.Find("drop_off_photo", u.dropOffID, "its photo %s is not marked as used by it", u.photoID)
			}
		}
	}
	return nil
}

// VerifyPhotos hashes every photo again: its bytes are those that were taken, or
// were erased, and it is there where it is used. What the hash itself was is
// known to the phone that took it only.
func VerifyPhotos(ctx context.Context, tx *gorm.DB, r *ledger.Report) error {
	err := database.Each(ctx, tx, func(row database.Row) error {
		content, erased := row.Bytes(2), !row.Null(3)
		sum := sha256.Sum256(content)
		switch {
		case erased && len(content) > 0:
			r.Find("photo_erased", row.ID(0), "was erased and still has %d bytes", len(content))
		case !erased && !bytes.Equal(sum[:], row.Bytes(1)):
			r.Find("photo_hash", row.ID(0), "does not hash to what it did when it was taken")
		}
		return nil
	}, `SELECT p.id, p.sha256, p.bytes, e.photo_id FROM photos p LEFT JOIN photo_erasures e ON e.photo_id = p.id`)
	if err != nil {
		return err
	}
	return r.FindIDs(ctx, tx, "photo_missing", "is used, or was erased, and is not there", `
		SELECT u.photo_id FROM (SELECT photo_id FROM photo_uses UNION SELECT photo_id FROM photo_erasures) u
		LEFT JOIN photos p ON p.id = u.photo_id WHERE p.id IS NULL LIMIT 1000`)
}
