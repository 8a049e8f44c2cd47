-- +goose Up
-- What became of a household that split, was merged, moved or came to its end. Each row has its entry in the ledger. Insert-only.
CREATE TABLE household_changes (
  id BLOB NOT NULL PRIMARY KEY,          -- made by the client; also the id of the entry
  kind TEXT NOT NULL,
  household_id BLOB NOT NULL,            -- that changed
  target_id BLOB NULL,                   -- where people or points went
  from_day INTEGER NOT NULL,                       -- the first day of the new member counts
  members INTEGER NOT NULL,                        -- who went
  points INTEGER NOT NULL,                      -- that went, or were given up where there is no target
  debt INTEGER NOT NULL,                        -- clawback that went with them
  village_id BLOB NOT NULL,              -- of the household before
  division_id BLOB NOT NULL,
  house_number TEXT NOT NULL,
  target_village_id BLOB NULL,           -- of the target, or the new place of the household
  target_division_id BLOB NULL,
  target_house_number TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL,
  actor_id BLOB NOT NULL,
  recorded_at INTEGER NOT NULL,
  content_hash BLOB NOT NULL,
  CHECK (kind IN ('split', 'merge', 'move', 'close', 'rest')),
  CHECK (members >= 0),
  CHECK (points >= 0),
  CHECK (debt >= 0),
  CHECK ((target_division_id IS NULL) = (target_village_id IS NULL))
) STRICT;
CREATE INDEX household_changes_household ON household_changes (household_id);
CREATE INDEX household_changes_target ON household_changes (target_id);

-- +goose Down
DROP TABLE household_changes;
