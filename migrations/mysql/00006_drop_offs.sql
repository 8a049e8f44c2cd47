-- +goose Up
CREATE TABLE IF NOT EXISTS tariffs (
  id BINARY(16) NOT NULL PRIMARY KEY,
  division_id BINARY(16) NOT NULL,
  version INT NOT NULL,
  valid_from INT NOT NULL,
  note VARCHAR(200) NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  created_by BINARY(16) NOT NULL,
  UNIQUE (division_id, version)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS tariff_rules (
  tariff_id BINARY(16) NOT NULL,
  item VARCHAR(32) NOT NULL,                   -- food, recyclable.plastic, bag …
  position SMALLINT NOT NULL,
  category VARCHAR(16) NOT NULL,
  name_zh VARCHAR(30) NOT NULL,
  name_en VARCHAR(30) NOT NULL,
  basis VARCHAR(10) NOT NULL,
  points BIGINT NOT NULL DEFAULT 0,            -- per kg, or per per_count pieces
  per_count INT NOT NULL DEFAULT 1,
  excellent BIGINT NOT NULL DEFAULT 0,
  good BIGINT NOT NULL DEFAULT 0,
  fair BIGINT NOT NULL DEFAULT 0,
  poor BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (tariff_id, item),
  CHECK (basis IN ('per_kg', 'per_count', 'per_grade'))
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS tariff_caps (
  tariff_id BINARY(16) NOT NULL,
  period VARCHAR(5) NOT NULL,
  category VARCHAR(16) NOT NULL,               -- '*': all classes together
  points BIGINT NOT NULL,
  PRIMARY KEY (tariff_id, period, category),
  CHECK (period IN ('day', 'month', 'year'))
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS drop_offs (
  id BINARY(16) NOT NULL PRIMARY KEY,
  household_id BINARY(16) NOT NULL,
  card_id BINARY(16) NOT NULL,
  village_id BINARY(16) NOT NULL,
  point_id BINARY(16) NULL,
  cleaner_id BINARY(16) NOT NULL,
  device_id BINARY(16) NULL,
  device_seq BIGINT NULL,
  tariff_id BINARY(16) NOT NULL,
  happened_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL,
  day INT NOT NULL,
  month INT NOT NULL,
  earned BIGINT NOT NULL,
  cut BIGINT NOT NULL,
  cut_period VARCHAR(5) NOT NULL,                  -- the cap that cut: day, month or year
  status VARCHAR(8) NOT NULL,
  content_hash BINARY(32) NOT NULL,
  CHECK (status IN ('credited', 'pending')),
  INDEX drop_offs_cleaner (cleaner_id, day),
  INDEX drop_offs_village (village_id, day)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS drop_off_items (
  drop_off_id BINARY(16) NOT NULL,
  line_no SMALLINT NOT NULL,
  item VARCHAR(32) NOT NULL,
  category VARCHAR(16) NOT NULL,
  grams BIGINT NOT NULL,
  pieces BIGINT NOT NULL,
  grade VARCHAR(9) NOT NULL,
  earned BIGINT NOT NULL,
  cut BIGINT NOT NULL,
  photo_id BINARY(16) NULL,
  PRIMARY KEY (drop_off_id, line_no)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS drop_off_holds (
  drop_off_id BINARY(16) NOT NULL PRIMARY KEY,
  household_id BINARY(16) NOT NULL,
  village_id BINARY(16) NOT NULL,
  reason VARCHAR(40) NOT NULL,
  held_at BIGINT NOT NULL,
  INDEX drop_off_holds_village (village_id, drop_off_id),
  INDEX drop_off_holds_household (household_id, drop_off_id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS drop_off_reviews (
  drop_off_id BINARY(16) NOT NULL PRIMARY KEY,
  id BINARY(16) NOT NULL UNIQUE,               -- the review's request, and the entry's id when accepted
  decision VARCHAR(8) NOT NULL,
  earned BIGINT NOT NULL,
  cut BIGINT NOT NULL,
  reason VARCHAR(200) NOT NULL,
  reviewer_id BINARY(16) NOT NULL,
  recorded_at BIGINT NOT NULL,
  CHECK (decision IN ('accepted', 'refused'))
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS drop_off_review_items (           -- the items as an accepted review credits them
  drop_off_id BINARY(16) NOT NULL,
  line_no SMALLINT NOT NULL,
  grams BIGINT NOT NULL,
  pieces BIGINT NOT NULL,
  grade VARCHAR(9) NOT NULL,
  earned BIGINT NOT NULL,
  cut BIGINT NOT NULL,
  PRIMARY KEY (drop_off_id, line_no)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS household_awards (
  household_id BINARY(16) NOT NULL,
  period INT NOT NULL,                        -- yyyymmdd or yyyymm
  drop_offs BIGINT NOT NULL,
  grams BIGINT NOT NULL,
  points BIGINT NOT NULL,
  food_points BIGINT NOT NULL,
  recyclable_points BIGINT NOT NULL,
  hazardous_points BIGINT NOT NULL,
  residual_points BIGINT NOT NULL,
  PRIMARY KEY (household_id, period)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS rollup_days (
  day INT NOT NULL,
  village_id BINARY(16) NOT NULL,
  category VARCHAR(16) NOT NULL,               -- '*': visits, all classes together
  drop_offs BIGINT NOT NULL,
  grams BIGINT NOT NULL,
  points BIGINT NOT NULL,
  PRIMARY KEY (day, village_id, category)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS rollup_months (
  month INT NOT NULL,
  village_id BINARY(16) NOT NULL,
  category VARCHAR(16) NOT NULL,
  drop_offs BIGINT NOT NULL,
  grams BIGINT NOT NULL,
  points BIGINT NOT NULL,
  households BIGINT NOT NULL,                  -- with at least one credited drop-off; on '*' only
  PRIMARY KEY (category, village_id, month)    -- a report adds up one class by village
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS photos (
  id BINARY(16) NOT NULL PRIMARY KEY,
  actor_id BINARY(16) NOT NULL,
  content_type VARCHAR(30) NOT NULL,
  sha256 BINARY(32) NOT NULL,
  bytes MEDIUMBLOB NOT NULL,
  created_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS photo_uses (
  photo_id BINARY(16) NOT NULL,
  used_by BINARY(16) NOT NULL,                        -- the drop-off or redemption it belongs to
  village_id BINARY(16) NOT NULL,
  PRIMARY KEY (photo_id, used_by)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE photo_uses;
DROP TABLE photos;
DROP TABLE rollup_months;
DROP TABLE rollup_days;
DROP TABLE household_awards;
DROP TABLE drop_off_review_items;
DROP TABLE drop_off_reviews;
DROP TABLE drop_off_holds;
DROP TABLE drop_off_items;
DROP TABLE drop_offs;
DROP TABLE tariff_caps;
DROP TABLE tariff_rules;
DROP TABLE tariffs;
