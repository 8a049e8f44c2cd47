-- +goose Up
-- Photos whose bytes were removed. Insert-only; the photo's row, hash and uses stay, who did it and why is in the audit log.
CREATE TABLE IF NOT EXISTS photo_erasures (
  photo_id BINARY(16) NOT NULL PRIMARY KEY,
  actor_id BINARY(16) NOT NULL,
  erased_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE photo_erasures;
