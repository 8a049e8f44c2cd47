-- +goose Up
CREATE TABLE IF NOT EXISTS imports (
  id BINARY(16) NOT NULL PRIMARY KEY,
  kind VARCHAR(12) NOT NULL,
  division_id BINARY(16) NULL,
  actor_id BINARY(16) NOT NULL,
  file_name VARCHAR(200) NOT NULL,
  file_hash BINARY(32) NOT NULL,
  mapping VARCHAR(2000) NOT NULL DEFAULT '',   -- JSON: columns by name where they are not the template's
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
-- The uploaded file, in parts: beside the import, whose progress is written often, and removed once it is applied.
CREATE TABLE IF NOT EXISTS import_files (
  import_id BINARY(16) NOT NULL,
  part INT NOT NULL,
  bytes MEDIUMBLOB NOT NULL,
  PRIMARY KEY (import_id, part)
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
DROP TABLE import_files;
DROP TABLE imports;
