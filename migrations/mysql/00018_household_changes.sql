-- +goose Up
-- What became of a household that split, was merged, moved or came to its end. Each row has its entry in the ledger. Insert-only.
CREATE TABLE IF NOT EXISTS household_changes (
  id BINARY(16) NOT NULL PRIMARY KEY,          -- made by the client; also the id of the entry
  kind VARCHAR(8) NOT NULL,
  household_id BINARY(16) NOT NULL,            -- that changed
  target_id BINARY(16) NULL,                   -- where people or points went
  from_day INT NOT NULL,                       -- the first day of the new member counts
  members INT NOT NULL,                        -- who went
  points BIGINT NOT NULL,                      -- that went, or were given up where there is no target
  debt BIGINT NOT NULL,                        -- clawback that went with them
  village_id BINARY(16) NOT NULL,              -- of the household before
  division_id BINARY(16) NOT NULL,
  house_number VARCHAR(30) NOT NULL,
  target_village_id BINARY(16) NULL,           -- of the target, or the new place of the household
  target_division_id BINARY(16) NULL,
  target_house_number VARCHAR(30) NOT NULL DEFAULT '',
  reason VARCHAR(200) NOT NULL,
  actor_id BINARY(16) NOT NULL,
  recorded_at BIGINT NOT NULL,
  content_hash BINARY(32) NOT NULL,
  CHECK (kind IN ('split', 'merge', 'move', 'close', 'rest')),
  CHECK (members >= 0),
  CHECK (points >= 0),
  CHECK (debt >= 0),
  CHECK ((target_division_id IS NULL) = (target_village_id IS NULL)),
  INDEX household_changes_household (household_id),
  INDEX household_changes_target (target_id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE household_changes;
