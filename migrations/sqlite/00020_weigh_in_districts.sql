-- +goose Up
-- Two districts may each have a station of one name: a ticket is known by district, station and number.
ALTER TABLE weigh_ins RENAME TO weigh_ins_before;
DROP INDEX weigh_ins_village;
DROP INDEX weigh_ins_day;
CREATE TABLE weigh_ins (
  id BLOB NOT NULL PRIMARY KEY,
  district_id BLOB NOT NULL,                     -- whose station it is
  station TEXT NOT NULL,
  ticket_number TEXT NOT NULL,
  version INTEGER NOT NULL,                        -- a correction is the next version of the same ticket
  village_id BLOB NOT NULL,
  category TEXT NOT NULL,
  from_day INTEGER NOT NULL,
  to_day INTEGER NOT NULL,                         -- same as from_day but for monthly or yearly reports
  gross_grams INTEGER NULL,
  tare_grams INTEGER NULL,
  net_grams INTEGER NOT NULL,
  vehicle TEXT NOT NULL DEFAULT '',
  method TEXT NOT NULL,
  void INTEGER NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '',
  recorded_at INTEGER NOT NULL,
  actor_id BLOB NOT NULL,
  UNIQUE (district_id, station, ticket_number, version),
  CHECK (net_grams >= 0),
  CHECK (method IN ('scale', 'buckets', 'report')),
  CHECK (to_day >= from_day)
) STRICT;
CREATE INDEX weigh_ins_village ON weigh_ins (village_id, method, from_day);
CREATE INDEX weigh_ins_day ON weigh_ins (from_day, id);
INSERT INTO weigh_ins (id, district_id, station, ticket_number, version, village_id, category, from_day, to_day, gross_grams, tare_grams, net_grams, vehicle, method, void, reason, recorded_at, actor_id)
  SELECT w.id, COALESCE((SELECT a.ancestor_id FROM division_ancestors a JOIN divisions d ON d.id = a.ancestor_id
    WHERE a.division_id = w.village_id AND d.level = 'district'), zeroblob(16)),
    w.station, w.ticket_number, w.version, w.village_id, w.category, w.from_day, w.to_day, w.gross_grams, w.tare_grams, w.net_grams, w.vehicle, w.method, w.void, w.reason, w.recorded_at, w.actor_id
  FROM weigh_ins_before w;
DROP TABLE weigh_ins_before;

-- +goose Down
ALTER TABLE weigh_ins RENAME TO weigh_ins_after;
DROP INDEX weigh_ins_village;
DROP INDEX weigh_ins_day;
CREATE TABLE weigh_ins (
  id BLOB NOT NULL PRIMARY KEY,
  station TEXT NOT NULL,
  ticket_number TEXT NOT NULL,
  version INTEGER NOT NULL,                        -- a correction is the next version of the same ticket
  village_id BLOB NOT NULL,
  category TEXT NOT NULL,
  from_day INTEGER NOT NULL,
  to_day INTEGER NOT NULL,                         -- same as from_day but for monthly or yearly reports
  gross_grams INTEGER NULL,
  tare_grams INTEGER NULL,
  net_grams INTEGER NOT NULL,
  vehicle TEXT NOT NULL DEFAULT '',
  method TEXT NOT NULL,
  void INTEGER NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '',
  recorded_at INTEGER NOT NULL,
  actor_id BLOB NOT NULL,
  UNIQUE (station, ticket_number, version),
  CHECK (net_grams >= 0),
  CHECK (method IN ('scale', 'buckets', 'report')),
  CHECK (to_day >= from_day)
) STRICT;
CREATE INDEX weigh_ins_village ON weigh_ins (village_id, method, from_day);
CREATE INDEX weigh_ins_day ON weigh_ins (from_day, id);
INSERT INTO weigh_ins (id, station, ticket_number, version, village_id, category, from_day, to_day, gross_grams, tare_grams, net_grams, vehicle, method, void, reason, recorded_at, actor_id) SELECT id, station, ticket_number, version, village_id, category, from_day, to_day, gross_grams, tare_grams, net_grams, vehicle, method, void, reason, recorded_at, actor_id FROM weigh_ins_after;
DROP TABLE weigh_ins_after;
