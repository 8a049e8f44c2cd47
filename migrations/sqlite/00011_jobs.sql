-- +goose Up
-- What runs by itself. Who inserts the row of a period does its work; the rows of long ago are removed.
CREATE TABLE job_runs (
  job TEXT NOT NULL,
  period INTEGER NOT NULL,                     -- its beginning, UTC µs
  owner TEXT NOT NULL,
  claimed_at INTEGER NOT NULL,
  finished_at INTEGER NOT NULL DEFAULT 0,      -- 0: not yet, or it failed
  error TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (job, period)
) STRICT;

-- +goose Down
DROP TABLE job_runs;
