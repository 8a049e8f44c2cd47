-- +goose Up
CREATE TABLE IF NOT EXISTS divisions (
  id BINARY(16) NOT NULL PRIMARY KEY,
  parent_id BINARY(16) NULL,
  level VARCHAR(10) NOT NULL,
  code VARCHAR(12) NOT NULL DEFAULT '',        -- the code in force; empty for village groups
  name VARCHAR(60) NOT NULL,
  valid_from INT NOT NULL,
  valid_to INT NOT NULL DEFAULT 99991231,
  updated_at BIGINT NOT NULL,
  CHECK (level IN ('province', 'city', 'district', 'town', 'village', 'group')),
  INDEX divisions_parent (parent_id, name),
  INDEX divisions_code (code)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS division_codes (
  code VARCHAR(12) NOT NULL,
  division_id BINARY(16) NOT NULL,
  name VARCHAR(60) NOT NULL,
  valid_from INT NOT NULL,
  valid_to INT NOT NULL,
  PRIMARY KEY (code, valid_from)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS division_ancestors (
  ancestor_id BINARY(16) NOT NULL,             -- a division is its own ancestor at distance 0
  division_id BINARY(16) NOT NULL,
  distance SMALLINT NOT NULL,
  PRIMARY KEY (ancestor_id, division_id),
  INDEX division_ancestors_division (division_id, distance)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS settings (
  id BINARY(16) NOT NULL PRIMARY KEY,
  division_id BINARY(16) NOT NULL,
  name VARCHAR(60) NOT NULL,
  value BIGINT NOT NULL,
  valid_from INT NOT NULL,
  recorded_at BIGINT NOT NULL,
  actor_id BINARY(16) NOT NULL,
  INDEX settings_division (division_id, name, valid_from, recorded_at)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE settings;
DROP TABLE division_ancestors;
DROP TABLE division_codes;
DROP TABLE divisions;
