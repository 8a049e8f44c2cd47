-- +goose Up
-- Seals: what happened, frozen in numbered pieces that are signed with a key outside the database. All insert-only.
CREATE TABLE IF NOT EXISTS seal_keys (
  id VARCHAR(16) NOT NULL PRIMARY KEY,         -- from the public key, see ledger.PublicKey
  public_key BINARY(32) NOT NULL,
  from_height BIGINT NOT NULL UNIQUE,          -- the first seal it signs
  vouched_by VARCHAR(16) NOT NULL,             -- the key before; itself where nobody could vouch for it
  signature BINARY(64) NOT NULL,               -- of the key that vouches, over the columns above
  created_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS seals (
  height BIGINT NOT NULL PRIMARY KEY,          -- from 1, without a gap
  prev_hash BINARY(32) NOT NULL,               -- hash of the seal before, zero at height 1
  merkle_root BINARY(32) NOT NULL,             -- RFC 6962, over the requests of this seal in the order of their ids
  request_count INT NOT NULL,
  entry_count INT NOT NULL,
  request_total BIGINT NOT NULL,               -- of all seals up to this one
  entry_total BIGINT NOT NULL,
  trial_balance_hash BINARY(32) NOT NULL,      -- over seal_totals
  until_at BIGINT NOT NULL,                    -- the newest recorded_at of all seals up to this one
  sealed_at BIGINT NOT NULL,
  key_id VARCHAR(16) NOT NULL,
  signature BINARY(64) NOT NULL                -- Ed25519
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS seal_totals (       -- the trial balance after a seal: all lines sealed so far
  height BIGINT NOT NULL,
  kind VARCHAR(20) NOT NULL,                   -- of the accounts
  points BIGINT NOT NULL,
  PRIMARY KEY (height, kind)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS seal_items (
  id BINARY(16) NOT NULL PRIMARY KEY,          -- of the request, and of its entry where there is one
  height BIGINT NOT NULL,
  position INT NOT NULL,                       -- from 0
  INDEX seal_items_height (height)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
-- The sealer reads what is new by the time it was recorded. MySQL has no CREATE INDEX IF NOT EXISTS.
SET @statement = IF((SELECT COUNT(*) FROM information_schema.statistics
  WHERE table_schema = DATABASE() AND table_name = 'requests' AND index_name = 'requests_recorded') = 0,
  'CREATE INDEX requests_recorded ON requests (recorded_at, id)', 'DO 0');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

-- +goose Down
DROP INDEX requests_recorded ON requests;
DROP TABLE seal_items;
DROP TABLE seal_totals;
DROP TABLE seals;
DROP TABLE seal_keys;
