-- +goose Up
CREATE TABLE baselines (
  id BLOB NOT NULL PRIMARY KEY,
  village_id BLOB NOT NULL,
  month INTEGER NOT NULL,                          -- the month that was measured
  calendar_month INTEGER NOT NULL,            -- 1 to 12: the months it is the base of
  version INTEGER NOT NULL,
  disposal_grams INTEGER NOT NULL,
  person_days INTEGER NOT NULL,
  method TEXT NOT NULL,
  source TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  created_by BLOB NOT NULL,
  UNIQUE (village_id, calendar_month, version),
  CHECK (disposal_grams > 0),
  CHECK (person_days > 0)
) STRICT;
CREATE TABLE baseline_signatures (
  baseline_id BLOB NOT NULL,
  act TEXT NOT NULL,
  actor_id BLOB NOT NULL,
  signed_at INTEGER NOT NULL,
  PRIMARY KEY (baseline_id, act),
  UNIQUE (baseline_id, actor_id),              -- who locks is not who signs
  CHECK (act IN ('lock', 'sign'))
) STRICT;
CREATE TABLE baselines_in_force (                -- the highest signed version of each village and calendar month
  village_id BLOB NOT NULL,
  calendar_month INTEGER NOT NULL,
  baseline_id BLOB NOT NULL,
  disposal_grams INTEGER NOT NULL,
  person_days INTEGER NOT NULL,
  PRIMARY KEY (village_id, calendar_month)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE baselines_in_force;
DROP TABLE baseline_signatures;
DROP TABLE baselines;
