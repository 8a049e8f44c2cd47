-- +goose Up
CREATE TABLE divisions (
  id BLOB NOT NULL PRIMARY KEY,
  parent_id BLOB NULL,
  level TEXT NOT NULL,
  code TEXT NOT NULL DEFAULT '',        -- the code in force; empty for village groups
  name TEXT NOT NULL,
  valid_from INTEGER NOT NULL,
  valid_to INTEGER NOT NULL DEFAULT 99991231,
  updated_at INTEGER NOT NULL,
  CHECK (level IN ('province', 'city', 'district', 'town', 'village', 'group'))
) STRICT;
CREATE INDEX divisions_parent ON divisions (parent_id, name);
CREATE INDEX divisions_code ON divisions (code);
CREATE TABLE division_codes (
  code TEXT NOT NULL,
  division_id BLOB NOT NULL,
  name TEXT NOT NULL,
  valid_from INTEGER NOT NULL,
  valid_to INTEGER NOT NULL,
  PRIMARY KEY (code, valid_from)
) STRICT;
CREATE TABLE division_ancestors (
  ancestor_id BLOB NOT NULL,             -- a division is its own ancestor at distance 0
  division_id BLOB NOT NULL,
  distance INTEGER NOT NULL,
  PRIMARY KEY (ancestor_id, division_id)
) STRICT;
CREATE INDEX division_ancestors_division ON division_ancestors (division_id, distance);
CREATE TABLE settings (
  id BLOB NOT NULL PRIMARY KEY,
  division_id BLOB NOT NULL,
  name TEXT NOT NULL,
  value INTEGER NOT NULL,
  valid_from INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  actor_id BLOB NOT NULL
) STRICT;
CREATE INDEX settings_division ON settings (division_id, name, valid_from, recorded_at);

-- +goose Down
DROP TABLE settings;
DROP TABLE division_ancestors;
DROP TABLE division_codes;
DROP TABLE divisions;
