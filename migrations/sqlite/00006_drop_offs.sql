-- +goose Up
CREATE TABLE tariffs (
  id BLOB NOT NULL PRIMARY KEY,
  division_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  valid_from INTEGER NOT NULL,
  note TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  created_by BLOB NOT NULL,
  UNIQUE (division_id, version)
) STRICT;
CREATE TABLE tariff_rules (
  tariff_id BLOB NOT NULL,
  item TEXT NOT NULL,                   -- food, recyclable.plastic, bag …
  position INTEGER NOT NULL,
  category TEXT NOT NULL,
  name_zh TEXT NOT NULL,
  name_en TEXT NOT NULL,
  basis TEXT NOT NULL,
  points INTEGER NOT NULL DEFAULT 0,            -- per kg, or per per_count pieces
  per_count INTEGER NOT NULL DEFAULT 1,
  excellent INTEGER NOT NULL DEFAULT 0,
  good INTEGER NOT NULL DEFAULT 0,
  fair INTEGER NOT NULL DEFAULT 0,
  poor INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (tariff_id, item),
  CHECK (basis IN ('per_kg', 'per_count', 'per_grade'))
) STRICT;
CREATE TABLE tariff_caps (
  tariff_id BLOB NOT NULL,
  period TEXT NOT NULL,
  category TEXT NOT NULL,               -- '*': all classes together
  points INTEGER NOT NULL,
  PRIMARY KEY (tariff_id, period, category),
  CHECK (period IN ('day', 'month', 'year'))
) STRICT;
CREATE TABLE drop_offs (
  id BLOB NOT NULL PRIMARY KEY,
  household_id BLOB NOT NULL,
  card_id BLOB NOT NULL,
  village_id BLOB NOT NULL,
  point_id BLOB NULL,
  cleaner_id BLOB NOT NULL,
  device_id BLOB NULL,
  device_seq INTEGER NULL,
  tariff_id BLOB NOT NULL,
  happened_at INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  day INTEGER NOT NULL,
  month INTEGER NOT NULL,
  earned INTEGER NOT NULL,
  cut INTEGER NOT NULL,
  cut_period TEXT NOT NULL,                     -- the cap that cut: day, month or year
  status TEXT NOT NULL,
  content_hash BLOB NOT NULL,
  CHECK (status IN ('credited', 'pending'))
) STRICT, WITHOUT ROWID;
CREATE INDEX drop_offs_cleaner ON drop_offs (cleaner_id, day);
CREATE INDEX drop_offs_village ON drop_offs (village_id, day);
CREATE TABLE drop_off_items (
  drop_off_id BLOB NOT NULL,
  line_no INTEGER NOT NULL,
  item TEXT NOT NULL,
  category TEXT NOT NULL,
  grams INTEGER NOT NULL,
  pieces INTEGER NOT NULL,
  grade TEXT NOT NULL,
  earned INTEGER NOT NULL,
  cut INTEGER NOT NULL,
  photo_id BLOB NULL,
  PRIMARY KEY (drop_off_id, line_no)
) STRICT, WITHOUT ROWID;
CREATE TABLE drop_off_holds (
  drop_off_id BLOB NOT NULL PRIMARY KEY,
  household_id BLOB NOT NULL,
  village_id BLOB NOT NULL,
  reason TEXT NOT NULL,
  held_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX drop_off_holds_village ON drop_off_holds (village_id, drop_off_id);
CREATE INDEX drop_off_holds_household ON drop_off_holds (household_id, drop_off_id);
CREATE TABLE drop_off_reviews (
  drop_off_id BLOB NOT NULL PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,               -- the review's request, and the entry's id when accepted
  decision TEXT NOT NULL,
  earned INTEGER NOT NULL,
  cut INTEGER NOT NULL,
  reason TEXT NOT NULL,
  reviewer_id BLOB NOT NULL,
  recorded_at INTEGER NOT NULL,
  CHECK (decision IN ('accepted', 'refused'))
) STRICT, WITHOUT ROWID;
CREATE TABLE drop_off_review_items (           -- the items as an accepted review credits them
  drop_off_id BLOB NOT NULL,
  line_no INTEGER NOT NULL,
  grams INTEGER NOT NULL,
  pieces INTEGER NOT NULL,
  grade TEXT NOT NULL,
  earned INTEGER NOT NULL,
  cut INTEGER NOT NULL,
  PRIMARY KEY (drop_off_id, line_no)
) STRICT, WITHOUT ROWID;
CREATE TABLE household_awards (
  household_id BLOB NOT NULL,
  period INTEGER NOT NULL,                    -- yyyymmdd or yyyymm
  drop_offs INTEGER NOT NULL,
  grams INTEGER NOT NULL,
  points INTEGER NOT NULL,
  food_points INTEGER NOT NULL,
  recyclable_points INTEGER NOT NULL,
  hazardous_points INTEGER NOT NULL,
  residual_points INTEGER NOT NULL,
  PRIMARY KEY (household_id, period)
) STRICT, WITHOUT ROWID;
CREATE TABLE rollup_days (
  day INTEGER NOT NULL,
  village_id BLOB NOT NULL,
  category TEXT NOT NULL,               -- '*': visits, all classes together
  drop_offs INTEGER NOT NULL,
  grams INTEGER NOT NULL,
  points INTEGER NOT NULL,
  PRIMARY KEY (day, village_id, category)
) STRICT, WITHOUT ROWID;
CREATE TABLE rollup_months (
  month INTEGER NOT NULL,
  village_id BLOB NOT NULL,
  category TEXT NOT NULL,
  drop_offs INTEGER NOT NULL,
  grams INTEGER NOT NULL,
  points INTEGER NOT NULL,
  households INTEGER NOT NULL,                  -- with at least one credited drop-off; on '*' only
  PRIMARY KEY (category, village_id, month)    -- a report adds up one class by village
) STRICT, WITHOUT ROWID;
CREATE TABLE photos (
  id BLOB NOT NULL PRIMARY KEY,
  actor_id BLOB NOT NULL,
  content_type TEXT NOT NULL,
  sha256 BLOB NOT NULL,
  bytes BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE photo_uses (
  photo_id BLOB NOT NULL,
  used_by BLOB NOT NULL,                              -- the drop-off or redemption it belongs to
  village_id BLOB NOT NULL,
  PRIMARY KEY (photo_id, used_by)
) STRICT, WITHOUT ROWID;

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
