-- +goose Up
CREATE TABLE imports (
  id BLOB NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  division_id BLOB NULL,
  actor_id BLOB NOT NULL,
  file_name TEXT NOT NULL,
  file_hash BLOB NOT NULL,
  mapping TEXT NOT NULL DEFAULT '',   -- JSON: columns by name where they are not the template's
  state TEXT NOT NULL,
  mode TEXT NOT NULL DEFAULT '',
  total_rows INTEGER NOT NULL DEFAULT 0,
  done_rows INTEGER NOT NULL DEFAULT 0,
  created_rows INTEGER NOT NULL DEFAULT 0,
  changed_rows INTEGER NOT NULL DEFAULT 0,
  same_rows INTEGER NOT NULL DEFAULT 0,
  wrong_rows INTEGER NOT NULL DEFAULT 0,
  error_code TEXT NOT NULL DEFAULT '',
  error_detail TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CHECK (kind IN ('divisions', 'households', 'weigh_ins')),
  CHECK (state IN ('checking', 'checked', 'applying', 'applied', 'failed'))
) STRICT;
-- The uploaded file, in parts: beside the import, whose progress is written often, and removed once it is applied.
CREATE TABLE import_files (
  import_id BLOB NOT NULL,
  part INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (import_id, part)
) STRICT;
CREATE TABLE import_rows (
  import_id BLOB NOT NULL,
  row_no INTEGER NOT NULL,
  verdict TEXT NOT NULL,
  error_code TEXT NOT NULL DEFAULT '',
  error_detail TEXT NOT NULL DEFAULT '',
  preview TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (import_id, row_no),
  CHECK (verdict IN ('create', 'change', 'same', 'wrong'))
) STRICT;

-- +goose Down
DROP TABLE import_rows;
DROP TABLE import_files;
DROP TABLE imports;
