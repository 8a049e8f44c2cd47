-- +goose Up
-- Seals: what happened, frozen in numbered pieces that are signed with a key outside the database. All insert-only.
CREATE TABLE seal_keys (
  id TEXT NOT NULL PRIMARY KEY,          -- from the public key, see ledger.PublicKey
  public_key BLOB NOT NULL,
  from_height INTEGER NOT NULL UNIQUE,         -- the first seal it signs
  vouched_by TEXT NOT NULL,                    -- the key before; itself where nobody could vouch for it
  signature BLOB NOT NULL,                     -- of the key that vouches, over the columns above
  created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE seals (
  height INTEGER NOT NULL PRIMARY KEY,         -- from 1, without a gap
  prev_hash BLOB NOT NULL,                     -- hash of the seal before, zero at height 1
  merkle_root BLOB NOT NULL,                   -- RFC 6962, over the requests of this seal in the order of their ids
  request_count INTEGER NOT NULL,
  entry_count INTEGER NOT NULL,
  request_total INTEGER NOT NULL,              -- of all seals up to this one
  entry_total INTEGER NOT NULL,
  trial_balance_hash BLOB NOT NULL,            -- over seal_totals
  until_at INTEGER NOT NULL,                   -- the newest recorded_at of all seals up to this one
  sealed_at INTEGER NOT NULL,
  key_id TEXT NOT NULL,
  signature BLOB NOT NULL                      -- Ed25519
) STRICT;
CREATE TABLE seal_totals (                     -- the trial balance after a seal: all lines sealed so far
  height INTEGER NOT NULL,
  kind TEXT NOT NULL,                          -- of the accounts
  points INTEGER NOT NULL,
  PRIMARY KEY (height, kind)
) STRICT;
CREATE TABLE seal_items (
  id BLOB NOT NULL PRIMARY KEY,                -- of the request, and of its entry where there is one
  height INTEGER NOT NULL,
  position INTEGER NOT NULL                    -- from 0
) STRICT, WITHOUT ROWID;
CREATE INDEX seal_items_height ON seal_items (height);
-- The sealer reads what is new by the time it was recorded.
CREATE INDEX requests_recorded ON requests (recorded_at, id);

-- +goose Down
DROP INDEX requests_recorded;
DROP TABLE seal_items;
DROP TABLE seal_totals;
DROP TABLE seals;
DROP TABLE seal_keys;
