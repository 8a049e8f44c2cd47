-- +goose Up
CREATE TABLE IF NOT EXISTS users (
  id BINARY(16) NOT NULL PRIMARY KEY,
  login VARCHAR(60) NOT NULL UNIQUE,
  name VARCHAR(60) NOT NULL,
  kind VARCHAR(10) NOT NULL,                   -- person or machine
  password_hash VARCHAR(200) NOT NULL DEFAULT '',
  totp_secret VARCHAR(64) NOT NULL DEFAULT '',
  totp_confirmed SMALLINT NOT NULL DEFAULT 0,
  totp_last_step BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  disabled_at BIGINT NULL,
  updated_at BIGINT NOT NULL,
  CHECK (kind IN ('person', 'machine'))
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS user_roles (
  id BINARY(16) NOT NULL PRIMARY KEY,
  user_id BINARY(16) NOT NULL,
  role VARCHAR(20) NOT NULL,
  division_id BINARY(16) NULL,                 -- NULL: administrator of the whole installation
  shop_id BINARY(16) NULL,                     -- shopkeepers
  granted_at BIGINT NOT NULL,
  granted_by BINARY(16) NOT NULL,
  revoked_at BIGINT NULL,
  FOREIGN KEY (user_id) REFERENCES users (id),
  INDEX user_roles_user (user_id),
  INDEX user_roles_division (division_id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS user_points (
  user_id BINARY(16) NOT NULL,
  point_id BINARY(16) NOT NULL,
  PRIMARY KEY (user_id, point_id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS sessions (
  id BINARY(16) NOT NULL PRIMARY KEY,
  token_hash BINARY(32) NOT NULL UNIQUE,
  user_id BINARY(16) NULL,
  household_id BINARY(16) NULL,
  device VARCHAR(200) NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  revoked_at BIGINT NULL,
  CHECK ((user_id IS NULL) <> (household_id IS NULL)),
  INDEX sessions_user (user_id),
  INDEX sessions_household (household_id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS api_keys (
  id BINARY(16) NOT NULL PRIMARY KEY,
  user_id BINARY(16) NOT NULL,
  name VARCHAR(60) NOT NULL,
  key_hash BINARY(32) NOT NULL UNIQUE,
  created_at BIGINT NOT NULL,
  created_by BINARY(16) NOT NULL,
  expires_at BIGINT NULL,
  revoked_at BIGINT NULL,
  FOREIGN KEY (user_id) REFERENCES users (id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS throttles (
  subject BINARY(32) NOT NULL PRIMARY KEY,     -- SHA-256 of what is throttled: an account, an address, a household
  failures INT NOT NULL,
  window_at BIGINT NOT NULL,
  blocked_until BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS audit_log (
  id BINARY(16) NOT NULL PRIMARY KEY,
  at BIGINT NOT NULL,
  actor_id BINARY(16) NOT NULL,
  action VARCHAR(60) NOT NULL,
  object_kind VARCHAR(30) NOT NULL,
  object_id BINARY(16) NULL,
  division_id BINARY(16) NULL,
  request_id VARCHAR(64) NOT NULL,
  detail VARCHAR(1000) NOT NULL DEFAULT '',
  INDEX audit_log_division (division_id, id),
  INDEX audit_log_object (object_id, id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE audit_log;
DROP TABLE throttles;
DROP TABLE api_keys;
DROP TABLE sessions;
DROP TABLE user_points;
DROP TABLE user_roles;
DROP TABLE users;
