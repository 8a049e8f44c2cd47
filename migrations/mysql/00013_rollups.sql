-- +goose Up
-- What the drop-offs of a village add up to, by day and by month, with the classes side by side as in household_awards:
-- one row to change where there were two to five, and a fifth of the rows for a report to read.
-- From the renaming on a program of before answers drop-offs with an error, and phones keep and send them again: better
-- than counting them where nobody looks any more.
SET @statement = IF((SELECT COUNT(*) FROM information_schema.tables
  WHERE table_schema = DATABASE() AND table_name = 'rollup_days') = 1,
  'RENAME TABLE rollup_days TO rollup_days_before, rollup_months TO rollup_months_before', 'DO 0');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;
CREATE TABLE IF NOT EXISTS rollup_days_before (day INT, village_id BINARY(16), category VARCHAR(10), drop_offs BIGINT, grams BIGINT, points BIGINT);
CREATE TABLE IF NOT EXISTS rollup_months_before (month INT, village_id BINARY(16), category VARCHAR(10), drop_offs BIGINT, grams BIGINT, points BIGINT, households BIGINT);
CREATE TABLE IF NOT EXISTS rollups (
  village_id BINARY(16) NOT NULL,
  period INT NOT NULL,                         -- yyyymmdd or yyyymm
  drop_offs BIGINT NOT NULL,
  grams BIGINT NOT NULL,
  points BIGINT NOT NULL,
  households BIGINT NOT NULL,                   -- that came at least once; counted by the month
  food_drop_offs BIGINT NOT NULL,
  food_grams BIGINT NOT NULL,
  food_points BIGINT NOT NULL,
  recyclable_drop_offs BIGINT NOT NULL,
  recyclable_grams BIGINT NOT NULL,
  recyclable_points BIGINT NOT NULL,
  hazardous_drop_offs BIGINT NOT NULL,
  hazardous_grams BIGINT NOT NULL,
  hazardous_points BIGINT NOT NULL,
  residual_drop_offs BIGINT NOT NULL,
  residual_grams BIGINT NOT NULL,
  residual_points BIGINT NOT NULL,
  PRIMARY KEY (village_id, period)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
INSERT IGNORE INTO rollups
  SELECT village_id, day,
    SUM(CASE WHEN category = '*' THEN drop_offs ELSE 0 END),
    SUM(CASE WHEN category = '*' THEN grams ELSE 0 END),
    SUM(CASE WHEN category = '*' THEN points ELSE 0 END),
    0,
    SUM(CASE WHEN category = 'food' THEN drop_offs ELSE 0 END),
    SUM(CASE WHEN category = 'food' THEN grams ELSE 0 END),
    SUM(CASE WHEN category = 'food' THEN points ELSE 0 END),
    SUM(CASE WHEN category = 'recyclable' THEN drop_offs ELSE 0 END),
    SUM(CASE WHEN category = 'recyclable' THEN grams ELSE 0 END),
    SUM(CASE WHEN category = 'recyclable' THEN points ELSE 0 END),
    SUM(CASE WHEN category = 'hazardous' THEN drop_offs ELSE 0 END),
    SUM(CASE WHEN category = 'hazardous' THEN grams ELSE 0 END),
    SUM(CASE WHEN category = 'hazardous' THEN points ELSE 0 END),
    SUM(CASE WHEN category = 'residual' THEN drop_offs ELSE 0 END),
    SUM(CASE WHEN category = 'residual' THEN grams ELSE 0 END),
    SUM(CASE WHEN category = 'residual' THEN points ELSE 0 END)
    FROM rollup_days_before GROUP BY village_id, day;
INSERT IGNORE INTO rollups
  SELECT village_id, month,
    SUM(CASE WHEN category = '*' THEN drop_offs ELSE 0 END),
    SUM(CASE WHEN category = '*' THEN grams ELSE 0 END),
    SUM(CASE WHEN category = '*' THEN points ELSE 0 END),
    SUM(CASE WHEN category = '*' THEN households ELSE 0 END),
    SUM(CASE WHEN category = 'food' THEN drop_offs ELSE 0 END),
    SUM(CASE WHEN category = 'food' THEN grams ELSE 0 END),
    SUM(CASE WHEN category = 'food' THEN points ELSE 0 END),
    SUM(CASE WHEN category = 'recyclable' THEN drop_offs ELSE 0 END),
    SUM(CASE WHEN category = 'recyclable' THEN grams ELSE 0 END),
    SUM(CASE WHEN category = 'recyclable' THEN points ELSE 0 END),
    SUM(CASE WHEN category = 'hazardous' THEN drop_offs ELSE 0 END),
    SUM(CASE WHEN category = 'hazardous' THEN grams ELSE 0 END),
    SUM(CASE WHEN category = 'hazardous' THEN points ELSE 0 END),
    SUM(CASE WHEN category = 'residual' THEN drop_offs ELSE 0 END),
    SUM(CASE WHEN category = 'residual' THEN grams ELSE 0 END),
    SUM(CASE WHEN category = 'residual' THEN points ELSE 0 END)
    FROM rollup_months_before GROUP BY village_id, month;
DROP TABLE rollup_days_before;
DROP TABLE rollup_months_before;

-- +goose Down
CREATE TABLE rollup_days (
  day INT NOT NULL,
  village_id BINARY(16) NOT NULL,
  category VARCHAR(10) NOT NULL,
  drop_offs BIGINT NOT NULL,
  grams BIGINT NOT NULL,
  points BIGINT NOT NULL,
  PRIMARY KEY (day, village_id, category)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
INSERT INTO rollup_days SELECT period, village_id, '*', drop_offs, grams, points FROM rollups WHERE period > 999999;
INSERT INTO rollup_days SELECT period, village_id, 'food', food_drop_offs, food_grams, food_points FROM rollups WHERE period > 999999;
INSERT INTO rollup_days SELECT period, village_id, 'recyclable', recyclable_drop_offs, recyclable_grams, recyclable_points FROM rollups WHERE period > 999999;
INSERT INTO rollup_days SELECT period, village_id, 'hazardous', hazardous_drop_offs, hazardous_grams, hazardous_points FROM rollups WHERE period > 999999;
INSERT INTO rollup_days SELECT period, village_id, 'residual', residual_drop_offs, residual_grams, residual_points FROM rollups WHERE period > 999999;
CREATE TABLE rollup_months (
  month INT NOT NULL,
  village_id BINARY(16) NOT NULL,
  category VARCHAR(10) NOT NULL,
  drop_offs BIGINT NOT NULL,
  grams BIGINT NOT NULL,
  points BIGINT NOT NULL,
  households BIGINT NOT NULL,
  PRIMARY KEY (category, village_id, month)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
INSERT INTO rollup_months SELECT period, village_id, '*', drop_offs, grams, points, households FROM rollups WHERE period <= 999999;
INSERT INTO rollup_months SELECT period, village_id, 'food', food_drop_offs, food_grams, food_points, 0 FROM rollups WHERE period <= 999999;
INSERT INTO rollup_months SELECT period, village_id, 'recyclable', recyclable_drop_offs, recyclable_grams, recyclable_points, 0 FROM rollups WHERE period <= 999999;
INSERT INTO rollup_months SELECT period, village_id, 'hazardous', hazardous_drop_offs, hazardous_grams, hazardous_points, 0 FROM rollups WHERE period <= 999999;
INSERT INTO rollup_months SELECT period, village_id, 'residual', residual_drop_offs, residual_grams, residual_points, 0 FROM rollups WHERE period <= 999999;
DROP TABLE rollups;
