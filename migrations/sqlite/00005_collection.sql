-- +goose Up
CREATE TABLE collection_points (
  id BLOB NOT NULL PRIMARY KEY,
  village_id BLOB NOT NULL,
  name TEXT NOT NULL,
  latitude_e6 INTEGER NULL,
  longitude_e6 INTEGER NULL,
  opened_on INTEGER NOT NULL,
  closed_on INTEGER NULL,
  updated_at INTEGER NOT NULL,
  FOREIGN KEY (village_id) REFERENCES divisions (id)
) STRICT;
CREATE INDEX collection_points_village ON collection_points (village_id, name);
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
CREATE TABLE weigh_in_months (                 -- what the tickets in force add up to
  village_id BLOB NOT NULL,
  month INTEGER NOT NULL,
  residual_grams INTEGER NOT NULL,
  food_grams INTEGER NOT NULL,
  recyclable_grams INTEGER NOT NULL,
  hazardous_grams INTEGER NOT NULL,
  residual_tickets INTEGER NOT NULL,
  sorted_tickets INTEGER NOT NULL,             -- of the other three classes
  estimated INTEGER NOT NULL,                  -- 1: some of the residual is estimated from buckets
  day_bits INTEGER NOT NULL,                   -- bit d-1: the month's day d has a ticket for residual
  days INTEGER NOT NULL,                       -- ones in day_bits
  coverage_permille INTEGER NOT NULL,          -- days of the month's days, rounded down
  PRIMARY KEY (village_id, month)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE weigh_in_months;
DROP TABLE weigh_ins;
DROP TABLE collection_points;
