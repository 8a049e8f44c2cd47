-- +goose Up
CREATE TABLE households (
  id BLOB NOT NULL PRIMARY KEY,
  village_id BLOB NOT NULL,
  division_id BLOB NOT NULL,             -- the village group, or the village where it has none
  house_number TEXT NOT NULL,
  member_count INTEGER NOT NULL,
  opened_at INTEGER NOT NULL,
  closed_at INTEGER NOT NULL DEFAULT 0,
  updated_at INTEGER NOT NULL,
  UNIQUE (division_id, house_number, closed_at),
  CHECK (member_count BETWEEN 0 AND 30),
  FOREIGN KEY (village_id) REFERENCES divisions (id),
  FOREIGN KEY (division_id) REFERENCES divisions (id)
) STRICT;
CREATE INDEX households_village ON households (village_id, division_id, house_number);
CREATE TABLE household_people (
  household_id BLOB NOT NULL PRIMARY KEY,
  head_name TEXT NOT NULL,
  phone TEXT NOT NULL DEFAULT '',
  consent_at INTEGER NULL,
  consent_by BLOB NULL,
  updated_at INTEGER NOT NULL,
  erased_at INTEGER NULL
) STRICT;
CREATE TABLE household_members (
  household_id BLOB NOT NULL,
  from_day INTEGER NOT NULL,
  member_count INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  actor_id BLOB NOT NULL,
  PRIMARY KEY (household_id, from_day)
) STRICT;
CREATE TABLE population_changes (
  village_id BLOB NOT NULL,
  day INTEGER NOT NULL,
  persons INTEGER NOT NULL,                     -- change against the day before
  households INTEGER NOT NULL,
  PRIMARY KEY (village_id, day)
) STRICT;
CREATE TABLE household_pins (
  household_id BLOB NOT NULL PRIMARY KEY,
  pin_hash TEXT NOT NULL,
  set_at INTEGER NOT NULL,
  set_by BLOB NOT NULL
) STRICT;
CREATE TABLE confirmations (
  id BLOB NOT NULL PRIMARY KEY,
  household_id BLOB NOT NULL,
  code_hash BLOB NOT NULL UNIQUE,
  created_by BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_by BLOB NULL                      -- the redemption it confirmed
) STRICT;
CREATE TABLE cards (
  id BLOB NOT NULL PRIMARY KEY,
  household_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  code_hash BLOB NOT NULL UNIQUE,
  issued_at INTEGER NOT NULL,
  issued_by BLOB NOT NULL,
  revoked_at INTEGER NULL,
  revoked_by BLOB NULL,
  revoked_reason TEXT NOT NULL DEFAULT '',
  replaced_by BLOB NULL,
  UNIQUE (household_id, version)
) STRICT;

-- +goose Down
DROP TABLE cards;
DROP TABLE confirmations;
DROP TABLE household_pins;
DROP TABLE population_changes;
DROP TABLE household_members;
DROP TABLE household_people;
DROP TABLE households;
