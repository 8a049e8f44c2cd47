-- +goose Up
-- The double-entry ledger. Every table but account_balances is insert-only: a correction is a new entry.
CREATE TABLE accounts (
  id BLOB NOT NULL PRIMARY KEY,          -- derived from code, see ledger.AccountID
  code TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  village_id BLOB NULL,
  floor INTEGER NULL,                           -- NULL: no running balance is kept
  opened_at INTEGER NOT NULL
) STRICT;
CREATE TABLE account_balances (
  account_id BLOB NOT NULL PRIMARY KEY,
  balance INTEGER NOT NULL,
  floor INTEGER NOT NULL,
  version INTEGER NOT NULL,                     -- number of lines on the account
  head_hash BLOB NOT NULL,               -- hash of the newest line
  CHECK (balance >= floor)
) STRICT, WITHOUT ROWID;
CREATE TABLE requests (
  id BLOB NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  request_hash BLOB NOT NULL,
  outcome TEXT NOT NULL,
  error_code TEXT NOT NULL DEFAULT '',
  error_detail TEXT NOT NULL DEFAULT '',
  actor_id BLOB NOT NULL,
  recorded_at INTEGER NOT NULL,
  CHECK (outcome IN ('posted', 'rejected', 'pending'))
) STRICT, WITHOUT ROWID;
CREATE TABLE entries (
  id BLOB NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  effective_at INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  village_id BLOB NOT NULL,
  actor_id BLOB NOT NULL,
  reverses_id BLOB NULL UNIQUE,
  reason TEXT NOT NULL DEFAULT '',
  source_hash BLOB NOT NULL,             -- content hash of the fact behind the entry
  content_hash BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE entry_lines (
  entry_id BLOB NOT NULL,
  line_no INTEGER NOT NULL,
  account_id BLOB NOT NULL,
  points INTEGER NOT NULL,
  account_seq INTEGER NULL,                     -- NULL on accounts without a floor
  balance_after INTEGER NULL,
  line_hash BLOB NOT NULL,
  PRIMARY KEY (entry_id, line_no),
  UNIQUE (account_id, account_seq),
  CHECK (points <> 0)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE entry_lines;
DROP TABLE entries;
DROP TABLE requests;
DROP TABLE account_balances;
DROP TABLE accounts;
