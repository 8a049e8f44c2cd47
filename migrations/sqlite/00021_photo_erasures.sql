-- +goose Up
-- Photos whose bytes were removed. Insert-only; the photo's row, hash and uses stay, who did it and why is in the audit log.
CREATE TABLE photo_erasures (
  photo_id BLOB NOT NULL PRIMARY KEY,
  actor_id BLOB NOT NULL,
  erased_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE photo_erasures;
