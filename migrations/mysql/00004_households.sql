-- +goose Up
CREATE TABLE IF NOT EXISTS households (
  id BINARY(16) NOT NULL PRIMARY KEY,
  village_id BINARY(16) NOT NULL,
  division_id BINARY(16) NOT NULL,             -- the village group, or the village where it has none
  house_number VARCHAR(30) NOT NULL,
  member_count INT NOT NULL,
  opened_at BIGINT NOT NULL,
  closed_at BIGINT NOT NULL DEFAULT 0,
  updated_at BIGINT NOT NULL,
  UNIQUE (division_id, house_number, closed_at),
  CHECK (member_count BETWEEN 0 AND 30),
  FOREIGN KEY (village_id) REFERENCES divisions (id),
  FOREIGN KEY (division_id) REFERENCES divisions (id),
  INDEX households_village (village_id, division_id, house_number)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS household_people (
  household_id BINARY(16) NOT NULL PRIMARY KEY,
  head_name VARCHAR(60) NOT NULL,
  phone VARCHAR(20) NOT NULL DEFAULT '',
  consent_at BIGINT NULL,
  consent_by BINARY(16) NULL,
  updated_at BIGINT NOT NULL,
  erased_at BIGINT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS household_members (
  household_id BINARY(16) NOT NULL,
  from_day INT NOT NULL,
  member_count INT NOT NULL,
  recorded_at BIGINT NOT NULL,
  actor_id BINARY(16) NOT NULL,
  PRIMARY KEY (household_id, from_day)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS population_changes (
  village_id BINARY(16) NOT NULL,
  day INT NOT NULL,
  persons BIGINT NOT NULL,                     -- change against the day before
  households BIGINT NOT NULL,
  PRIMARY KEY (village_id, day)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS household_pins (
  household_id BINARY(16) NOT NULL PRIMARY KEY,
  pin_hash VARCHAR(200) NOT NULL,
  set_at BIGINT NOT NULL,
  set_by BINARY(16) NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS confirmations (
  id BINARY(16) NOT NULL PRIMARY KEY,
  household_id BINARY(16) NOT NULL,
  code_hash BINARY(32) NOT NULL UNIQUE,
  created_by BINARY(16) NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_by BINARY(16) NULL                      -- the redemption it confirmed
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS cards (
  id BINARY(16) NOT NULL PRIMARY KEY,
  household_id BINARY(16) NOT NULL,
  version INT NOT NULL,
  code_hash BINARY(32) NOT NULL UNIQUE,
  issued_at BIGINT NOT NULL,
  issued_by BINARY(16) NOT NULL,
  revoked_at BIGINT NULL,
  revoked_by BINARY(16) NULL,
  revoked_reason VARCHAR(200) NOT NULL DEFAULT '',
  replaced_by BINARY(16) NULL,
  UNIQUE (household_id, version)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE cards;
DROP TABLE confirmations;
DROP TABLE household_pins;
DROP TABLE population_changes;
DROP TABLE household_members;
DROP TABLE household_people;
DROP TABLE households;
