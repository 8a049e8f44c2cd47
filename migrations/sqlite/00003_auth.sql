-- +goose Up
CREATE TABLE users (
  id BLOB NOT NULL PRIMARY KEY,
  login TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,                   -- person or machine
  password_hash TEXT NOT NULL DEFAULT '',
  totp_secret TEXT NOT NULL DEFAULT '',
  totp_confirmed INTEGER NOT NULL DEFAULT 0,
  totp_last_step INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  disabled_at INTEGER NULL,
  updated_at INTEGER NOT NULL,
  CHECK (kind IN ('person', 'machine'))
) STRICT;
CREATE TABLE user_roles (
  id BLOB NOT NULL PRIMARY KEY,
  user_id BLOB NOT NULL,
  role TEXT NOT NULL,
  division_id BLOB NULL,                 -- NULL: administrator of the whole installation
  shop_id BLOB NULL,                     -- shopkeepers
  granted_at INTEGER NOT NULL,
  granted_by BLOB NOT NULL,
  revoked_at INTEGER NULL,
  FOREIGN KEY (user_id) REFERENCES users (id)
) STRICT;
CREATE INDEX user_roles_user ON user_roles (user_id);
CREATE INDEX user_roles_division ON user_roles (division_id);
CREATE TABLE user_points (
  user_id BLOB NOT NULL,
  point_id BLOB NOT NULL,
  PRIMARY KEY (user_id, point_id)
) STRICT;
CREATE TABLE sessions (
  id BLOB NOT NULL PRIMARY KEY,
  token_hash BLOB NOT NULL UNIQUE,
  user_id BLOB NULL,
  household_id BLOB NULL,
  device TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER NULL,
  CHECK ((user_id IS NULL) <> (household_id IS NULL))
) STRICT;
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_household ON sessions (household_id);
CREATE TABLE api_keys (
  id BLOB NOT NULL PRIMARY KEY,
  user_id BLOB NOT NULL,
  name TEXT NOT NULL,
  key_hash BLOB NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  created_by BLOB NOT NULL,
  expires_at INTEGER NULL,
  revoked_at INTEGER NULL,
  FOREIGN KEY (user_id) REFERENCES users (id)
) STRICT;
CREATE TABLE throttles (
  subject BLOB NOT NULL PRIMARY KEY,     -- SHA-256 of what is throttled: an account, an address, a household
  failures INTEGER NOT NULL,
  window_at INTEGER NOT NULL,
  blocked_until INTEGER NOT NULL
) STRICT;
CREATE TABLE audit_log (
  id BLOB NOT NULL PRIMARY KEY,
  at INTEGER NOT NULL,
  actor_id BLOB NOT NULL,
  action TEXT NOT NULL,
  object_kind TEXT NOT NULL,
  object_id BLOB NULL,
  division_id BLOB NULL,
  request_id TEXT NOT NULL,
  detail TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX audit_log_division ON audit_log (division_id, id);
CREATE INDEX audit_log_object ON audit_log (object_id, id);

-- +goose Down
DROP TABLE audit_log;
DROP TABLE throttles;
DROP TABLE api_keys;
DROP TABLE sessions;
DROP TABLE user_points;
DROP TABLE user_roles;
DROP TABLE users;
