-- +goose Up
CREATE TABLE IF NOT EXISTS baselines (
  id BINARY(16) NOT NULL PRIMARY KEY,
  village_id BINARY(16) NOT NULL,
  month INT NOT NULL,                          -- the month that was measured
  calendar_month SMALLINT NOT NULL,            -- 1 to 12: the months it is the base of
  version INT NOT NULL,
  disposal_grams BIGINT NOT NULL,
  person_days BIGINT NOT NULL,
  method VARCHAR(200) NOT NULL,
  source VARCHAR(200) NOT NULL,
  reason VARCHAR(200) NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  created_by BINARY(16) NOT NULL,
  UNIQUE (village_id, calendar_month, version),
  CHECK (disposal_grams > 0),
  CHECK (person_days > 0)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS baseline_signatures (
  baseline_id BINARY(16) NOT NULL,
  act VARCHAR(4) NOT NULL,
  actor_id BINARY(16) NOT NULL,
  signed_at BIGINT NOT NULL,
  PRIMARY KEY (baseline_id, act),
  UNIQUE (baseline_id, actor_id),              -- who locks is not who signs
  CHECK (act IN ('lock', 'sign'))
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS baselines_in_force (  -- the highest signed version of each village and calendar month
  village_id BINARY(16) NOT NULL,
  calendar_month SMALLINT NOT NULL,
  baseline_id BINARY(16) NOT NULL,
  disposal_grams BIGINT NOT NULL,
  person_days BIGINT NOT NULL,
  PRIMARY KEY (village_id, calendar_month)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE baselines_in_force;
DROP TABLE baseline_signatures;
DROP TABLE baselines;
