-- +goose Up
-- When points run out. Rules and expiries are insert-only; lots are not kept, they follow from the lines of an account.
CREATE TABLE IF NOT EXISTS expiry_rules (
  id BINARY(16) NOT NULL PRIMARY KEY,
  division_id BINARY(16) NOT NULL,             -- holds for the villages in it, the nearest rule for each
  mode VARCHAR(8) NOT NULL,
  months INT NOT NULL,                         -- year_end: how long after the year; idle: how long unused
  valid_from INT NOT NULL,
  time_zone VARCHAR(64) NOT NULL,              -- in which its days are counted
  recorded_at BIGINT NOT NULL,
  actor_id BINARY(16) NOT NULL,
  content_hash BINARY(32) NOT NULL,
  CHECK (mode IN ('none', 'year_end', 'idle')),
  CHECK (months BETWEEN 0 AND 120),
  CHECK (mode <> 'none' OR months = 0),
  CHECK (mode <> 'idle' OR months > 0)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS expiries (
  account_id BINARY(16) NOT NULL,
  expires_on INT NOT NULL,                     -- the last day on which the points could be spent
  entry_id BINARY(16) NOT NULL UNIQUE,
  household_id BINARY(16) NOT NULL,
  village_id BINARY(16) NOT NULL,
  rule_id BINARY(16) NOT NULL,
  through_seq BIGINT NOT NULL,                 -- the last line of the account that belongs to the lot
  points BIGINT NOT NULL,
  PRIMARY KEY (account_id, expires_on),
  INDEX expiries_village (village_id, expires_on),
  CHECK (points > 0),
  CHECK (through_seq > 0)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS expiry_marks (      -- how far each village was looked through, so that nobody looks twice
  village_id BINARY(16) NOT NULL PRIMARY KEY,
  rule_id BINARY(16) NOT NULL,
  done_on INT NOT NULL                         -- all that expired up to this day did
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE expiry_marks;
DROP TABLE expiries;
DROP TABLE expiry_rules;
