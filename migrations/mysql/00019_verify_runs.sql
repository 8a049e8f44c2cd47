-- +goose Up
-- What verify found, night by night: who reads it sees that it was run. Both tables are insert-only.
CREATE TABLE IF NOT EXISTS verify_runs (
  id BINARY(16) NOT NULL PRIMARY KEY,
  began_at BIGINT NOT NULL,
  ended_at BIGINT NOT NULL,
  since_height BIGINT NOT NULL,                -- seals up to this one were not looked at again; 0: everything was
  height BIGINT NOT NULL,                      -- of the newest seal
  seal_hash BINARY(32) NOT NULL,
  entries BIGINT NOT NULL,
  entry_lines BIGINT NOT NULL,
  waiting BIGINT NOT NULL,                     -- requests in no seal yet
  findings BIGINT NOT NULL,                    -- 0: all was as it has to be
  owner VARCHAR(64) NOT NULL                   -- the machine
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS verify_findings (
  run_id BINARY(16) NOT NULL,
  line_no INT NOT NULL,
  check_name VARCHAR(40) NOT NULL,
  row_name VARCHAR(80) NOT NULL,               -- an id, or the name of a seal or key
  detail VARCHAR(500) NOT NULL,
  PRIMARY KEY (run_id, line_no)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE verify_findings;
DROP TABLE verify_runs;
