-- +goose Up
CREATE TABLE IF NOT EXISTS collection_points (
  id BINARY(16) NOT NULL PRIMARY KEY,
  village_id BINARY(16) NOT NULL,
  name VARCHAR(60) NOT NULL,
  latitude_e6 INT NULL,
  longitude_e6 INT NULL,
  opened_on INT NOT NULL,
  closed_on INT NULL,
  updated_at BIGINT NOT NULL,
  FOREIGN KEY (village_id) REFERENCES divisions (id),
  INDEX collection_points_village (village_id, name)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS weigh_ins (
  id BINARY(16) NOT NULL PRIMARY KEY,
  station VARCHAR(60) NOT NULL,
  ticket_number VARCHAR(60) NOT NULL,
  version INT NOT NULL,                        -- a correction is the next version of the same ticket
  village_id BINARY(16) NOT NULL,
  category VARCHAR(16) NOT NULL,
  from_day INT NOT NULL,
  to_day INT NOT NULL,                         -- same as from_day but for monthly or yearly reports
  gross_grams BIGINT NULL,
  tare_grams BIGINT NULL,
  net_grams BIGINT NOT NULL,
  vehicle VARCHAR(30) NOT NULL DEFAULT '',
  method VARCHAR(10) NOT NULL,
  void SMALLINT NOT NULL DEFAULT 0,
  reason VARCHAR(200) NOT NULL DEFAULT '',
  recorded_at BIGINT NOT NULL,
  actor_id BINARY(16) NOT NULL,
  UNIQUE (station, ticket_number, version),
  CHECK (net_grams >= 0),
  CHECK (method IN ('scale', 'buckets', 'report')),
  CHECK (to_day >= from_day),
  INDEX weigh_ins_village (village_id, method, from_day),
  INDEX weigh_ins_day (from_day, id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS weigh_in_months (    -- what the tickets in force add up to
  village_id BINARY(16) NOT NULL,
  month INT NOT NULL,
  residual_grams BIGINT NOT NULL,
  food_grams BIGINT NOT NULL,
  recyclable_grams BIGINT NOT NULL,
  hazardous_grams BIGINT NOT NULL,
  residual_tickets INT NOT NULL,
  sorted_tickets INT NOT NULL,                 -- of the other three classes
  estimated SMALLINT NOT NULL,                 -- 1: some of the residual is estimated from buckets
  day_bits BIGINT NOT NULL,                    -- bit d-1: the month's day d has a ticket for residual
  days SMALLINT NOT NULL,                      -- ones in day_bits
  coverage_permille SMALLINT NOT NULL,         -- days of the month's days, rounded down
  PRIMARY KEY (village_id, month)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE weigh_in_months;
DROP TABLE weigh_ins;
DROP TABLE collection_points;
