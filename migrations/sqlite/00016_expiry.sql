-- +goose Up
-- When points run out. Rules and expiries are insert-only; lots are not kept, they follow from the lines of an account.
CREATE TABLE expiry_rules (
  id BLOB NOT NULL PRIMARY KEY,
  division_id BLOB NOT NULL,             -- holds for the villages in it, the nearest rule for each
  mode TEXT NOT NULL,
  months INTEGER NOT NULL,               -- year_end: how long after the year; idle: how long unused
  valid_from INTEGER NOT NULL,
  time_zone TEXT NOT NULL,               -- in which its days are counted
  recorded_at INTEGER NOT NULL,
  actor_id BLOB NOT NULL,
  content_hash BLOB NOT NULL,
  CHECK (mode IN ('none', 'year_end', 'idle')),
  CHECK (months BETWEEN 0 AND 120),
  CHECK (mode <> 'none' OR months = 0),
  CHECK (mode <> 'idle' OR months > 0)
) STRICT;
CREATE TABLE expiries (
  account_id BLOB NOT NULL,
  expires_on INTEGER NOT NULL,           -- the last day on which the points could be spent
  entry_id BLOB NOT NULL UNIQUE,
  household_id BLOB NOT NULL,
  village_id BLOB NOT NULL,
  rule_id BLOB NOT NULL,
  through_seq INTEGER NOT NULL,          -- the last line of the account that belongs to the lot
  points INTEGER NOT NULL,
  PRIMARY KEY (account_id, expires_on),
  CHECK (points > 0),
  CHECK (through_seq > 0)
) STRICT, WITHOUT ROWID;
CREATE INDEX expiries_village ON expiries (village_id, expires_on);
CREATE TABLE expiry_marks (              -- how far each village was looked through, so that nobody looks twice
  village_id BLOB NOT NULL PRIMARY KEY,
  rule_id BLOB NOT NULL,
  done_on INTEGER NOT NULL               -- all that expired up to this day did
) STRICT;

-- +goose Down
DROP TABLE expiry_marks;
DROP TABLE expiries;
DROP TABLE expiry_rules;
