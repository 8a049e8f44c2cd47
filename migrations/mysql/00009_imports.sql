-- +goose Up
CREATE TABLE IF NOT EXISTS imports (
  id BINARY(16) NOT NULL PRIMARY KEY,
  kind VARCHAR(12) NOT NULL,
  division_id BINARY(16) NULL,
  actor_id BINARY(16) NOT NULL,
  file_name VARCHAR(200) NOT NULL,
  file MEDIUMBLOB NOT NULL,
  state VARCHAR(10) NOT NULL,
  mode VARCHAR(10) NOT NULL DEFAULT '',
  total_rows INT NOT NULL DEFAULT 0,
  done_rows INT NOT NULL DEFAULT 0,
  created_rows INT NOT NULL DEFAULT 0,
  changed_rows INT NOT NULL DEFAULT 0,
  same_rows INT NOT NULL DEFAULT 0,
  wrong_rows INT NOT NULL DEFAULT 0,
  error_code VARCHAR(64) NOT NULL DEFAULT '',
  error_detail VARCHAR(500) NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  CHECK (kind IN ('divisions', 'households', 'weigh_ins')),
  CHECK (state IN ('checking', 'checked', 'applying', 'applied', 'failed'))
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS import_rows (
  import_id BINARY(16) NOT NULL,
  row_no INT NOT NULL,
  verdict VARCHAR(8) NOT NULL,
  error_code VARCHAR(64) NOT NULL DEFAULT '',
  error_detail VARCHAR(500) NOT NULL DEFAULT '',
  preview VARCHAR(500) NOT NULL DEFAULT '',
  PRIMARY KEY (import_id, row_no),
  CHECK (verdict IN ('create', 'change', 'same', 'wrong'))
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE import_rows;
DROP TABLE imports;
