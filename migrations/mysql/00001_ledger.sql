-- +goose Up
-- The double-entry ledger. Every table but account_balances is insert-only: a correction is a new entry.
CREATE TABLE IF NOT EXISTS accounts (
  id BINARY(16) NOT NULL PRIMARY KEY,          -- derived from code, see ledger.AccountID
  code VARCHAR(100) NOT NULL UNIQUE,
  kind VARCHAR(20) NOT NULL,
  village_id BINARY(16) NULL,
  floor BIGINT NULL,                           -- NULL: no running balance is kept
  opened_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS account_balances (
  account_id BINARY(16) NOT NULL PRIMARY KEY,
  balance BIGINT NOT NULL,
  floor BIGINT NOT NULL,
  version BIGINT NOT NULL,                     -- number of lines on the account
  head_hash BINARY(32) NOT NULL,               -- hash of the newest line
  CHECK (balance >= floor)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS requests (
  id BINARY(16) NOT NULL PRIMARY KEY,
  kind VARCHAR(20) NOT NULL,
  request_hash BINARY(32) NOT NULL,
  outcome VARCHAR(8) NOT NULL,
  error_code VARCHAR(64) NOT NULL DEFAULT '',
  error_detail VARCHAR(500) NOT NULL DEFAULT '',
  actor_id BINARY(16) NOT NULL,
  recorded_at BIGINT NOT NULL,
  CHECK (outcome IN ('posted', 'rejected', 'pending'))
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS entries (
  id BINARY(16) NOT NULL PRIMARY KEY,
  kind VARCHAR(20) NOT NULL,
  effective_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL,
  village_id BINARY(16) NOT NULL,
  actor_id BINARY(16) NOT NULL,
  reverses_id BINARY(16) NULL UNIQUE,
  reason VARCHAR(200) NOT NULL DEFAULT '',
  source_hash BINARY(32) NOT NULL,             -- content hash of the fact behind the entry
  content_hash BINARY(32) NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS entry_lines (
  entry_id BINARY(16) NOT NULL,
  line_no SMALLINT NOT NULL,
  account_id BINARY(16) NOT NULL,
  points BIGINT NOT NULL,
  account_seq BIGINT NULL,                     -- NULL on accounts without a floor
  balance_after BIGINT NULL,
  line_hash BINARY(32) NOT NULL,
  PRIMARY KEY (entry_id, line_no),
  UNIQUE (account_id, account_seq),
  CHECK (points <> 0)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE entry_lines;
DROP TABLE entries;
DROP TABLE requests;
DROP TABLE account_balances;
DROP TABLE accounts;
