-- +goose Up
-- What runs by itself. Who inserts the row of a period does its work; the rows of long ago are removed.
CREATE TABLE IF NOT EXISTS job_runs (
  job VARCHAR(32) NOT NULL,
  period BIGINT NOT NULL,                      -- its beginning, UTC µs
  owner VARCHAR(64) NOT NULL,
  claimed_at BIGINT NOT NULL,
  finished_at BIGINT NOT NULL DEFAULT 0,       -- 0: not yet, or it failed
  error VARCHAR(500) NOT NULL DEFAULT '',
  PRIMARY KEY (job, period)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE job_runs;
