-- +goose Up
-- What verify found, night by night: who reads it sees that it was run. Both tables are insert-only.
CREATE TABLE verify_runs (
  id BLOB NOT NULL PRIMARY KEY,
  began_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  since_height INTEGER NOT NULL,                -- seals up to this one were not looked at again; 0: everything was
  height INTEGER NOT NULL,                      -- of the newest seal
  seal_hash BLOB NOT NULL,
  entries INTEGER NOT NULL,
  entry_lines INTEGER NOT NULL,
  waiting INTEGER NOT NULL,                     -- requests in no seal yet
  findings INTEGER NOT NULL,                    -- 0: all was as it has to be
  owner TEXT NOT NULL                   -- the machine
) STRICT;
CREATE TABLE verify_findings (
  run_id BLOB NOT NULL,
  line_no INTEGER NOT NULL,
  check_name TEXT NOT NULL,
  row_name TEXT NOT NULL,               -- an id, or the name of a seal or key
  detail TEXT NOT NULL,
  PRIMARY KEY (run_id, line_no)
) STRICT;

-- +goose Down
DROP TABLE verify_findings;
DROP TABLE verify_runs;
