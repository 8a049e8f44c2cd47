-- +goose Up
-- What the drop-offs of a village add up to, by day and by month, with the classes side by side as in household_awards:
-- one row to change where there were two to five, and a fifth of the rows for a report to read.
CREATE TABLE rollups (
  village_id BLOB NOT NULL,
  period INTEGER NOT NULL,                         -- yyyymmdd or yyyymm
  drop_offs INTEGER NOT NULL,
  grams INTEGER NOT NULL,
  points INTEGER NOT NULL,
  households INTEGER NOT NULL,                   -- that came at least once; counted by the month
  food_drop_offs INTEGER NOT NULL,
  food_grams INTEGER NOT NULL,
  food_points INTEGER NOT NULL,
  recyclable_drop_offs INTEGER NOT NULL,
  recyclable_grams INTEGER NOT NULL,
  recyclable_points INTEGER NOT NULL,
  hazardous_drop_offs INTEGER NOT NULL,
  hazardous_grams INTEGER NOT NULL,
  hazardous_points INTEGER NOT NULL,
  residual_drop_offs INTEGER NOT NULL,
  residual_grams INTEGER NOT NULL,
  residual_points INTEGER NOT NULL,
  PRIMARY KEY (village_id, period)
) STRICT, WITHOUT ROWID;
INSERT INTO rollups
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
    FROM rollup_days GROUP BY village_id, day;
INSERT INTO rollups
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
    FROM rollup_months GROUP BY village_id, month;
DROP TABLE rollup_days;
DROP TABLE rollup_months;

-- +goose Down
CREATE TABLE rollup_days (
  day INTEGER NOT NULL,
  village_id BLOB NOT NULL,
  category TEXT NOT NULL,
  drop_offs INTEGER NOT NULL,
  grams INTEGER NOT NULL,
  points INTEGER NOT NULL,
  PRIMARY KEY (day, village_id, category)
) STRICT, WITHOUT ROWID;
INSERT INTO rollup_days SELECT period, village_id, '*', drop_offs, grams, points FROM rollups WHERE period > 999999;
INSERT INTO rollup_days SELECT period, village_id, 'food', food_drop_offs, food_grams, food_points FROM rollups WHERE period > 999999;
INSERT INTO rollup_days SELECT period, village_id, 'recyclable', recyclable_drop_offs, recyclable_grams, recyclable_points FROM rollups WHERE period > 999999;
INSERT INTO rollup_days SELECT period, village_id, 'hazardous', hazardous_drop_offs, hazardous_grams, hazardous_points FROM rollups WHERE period > 999999;
INSERT INTO rollup_days SELECT period, village_id, 'residual', residual_drop_offs, residual_grams, residual_points FROM rollups WHERE period > 999999;
CREATE TABLE rollup_months (
  month INTEGER NOT NULL,
  village_id BLOB NOT NULL,
  category TEXT NOT NULL,
  drop_offs INTEGER NOT NULL,
  grams INTEGER NOT NULL,
  points INTEGER NOT NULL,
  households INTEGER NOT NULL,
  PRIMARY KEY (category, village_id, month)
) STRICT, WITHOUT ROWID;
INSERT INTO rollup_months SELECT period, village_id, '*', drop_offs, grams, points, households FROM rollups WHERE period <= 999999;
INSERT INTO rollup_months SELECT period, village_id, 'food', food_drop_offs, food_grams, food_points, 0 FROM rollups WHERE period <= 999999;
INSERT INTO rollup_months SELECT period, village_id, 'recyclable', recyclable_drop_offs, recyclable_grams, recyclable_points, 0 FROM rollups WHERE period <= 999999;
INSERT INTO rollup_months SELECT period, village_id, 'hazardous', hazardous_drop_offs, hazardous_grams, hazardous_points, 0 FROM rollups WHERE period <= 999999;
INSERT INTO rollup_months SELECT period, village_id, 'residual', residual_drop_offs, residual_grams, residual_points, 0 FROM rollups WHERE period <= 999999;
DROP TABLE rollups;
