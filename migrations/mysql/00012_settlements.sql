-- +goose Up
-- A statement of what the town owes a shop for a month. Settlements, their items and their acts are insert-only.
CREATE TABLE IF NOT EXISTS settlements (
  id BINARY(16) NOT NULL PRIMARY KEY,
  shop_id BINARY(16) NOT NULL,
  town_id BINARY(16) NOT NULL,                 -- that pays
  month INT NOT NULL,
  version INT NOT NULL,                        -- above 1: drawn up again after a rejection
  items INT NOT NULL,
  points BIGINT NOT NULL,
  fen BIGINT NOT NULL,
  items_hash BINARY(32) NOT NULL,              -- over all items in the order of their entries
  content_hash BINARY(32) NOT NULL,
  UNIQUE (shop_id, month, version),
  CHECK (items > 0),
  CHECK (points > 0),
  CHECK (fen >= 0)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS settlement_items (
  settlement_id BINARY(16) NOT NULL,
  entry_id BINARY(16) NOT NULL,                -- a redemption, or the reversal of one that was settled before
  redemption_id BINARY(16) NOT NULL,
  points BIGINT NOT NULL,                      -- below zero where taken back
  fen BIGINT NOT NULL,
  PRIMARY KEY (settlement_id, entry_id),
  CHECK (points <> 0),
  CHECK ((points > 0) = (entry_id = redemption_id))
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS settlement_claims (   -- the items of settlements that were not rejected
  entry_id BINARY(16) NOT NULL PRIMARY KEY,    -- in one settlement at most
  settlement_id BINARY(16) NOT NULL,
  INDEX settlement_claims_settlement (settlement_id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS settlement_acts (
  id BINARY(16) NOT NULL PRIMARY KEY,          -- made by the client; of an approval also the id of its entry
  settlement_id BINARY(16) NOT NULL,
  step SMALLINT NOT NULL,
  act VARCHAR(7) NOT NULL,
  actor_id BINARY(16) NOT NULL,
  sole_id BINARY(16) NULL,                     -- the actor, but of a submission
  acted_at BIGINT NOT NULL,
  detail VARCHAR(200) NOT NULL DEFAULT '',     -- why it was rejected, or the reference of the payment
  paid_on INT NULL,
  act_hash BINARY(32) NOT NULL,                -- over the act before and this one
  UNIQUE (settlement_id, step),                -- approved or rejected, once
  UNIQUE (settlement_id, sole_id),             -- who draws up, who decides and who pays are three people
  CHECK ((step = 1) = (act = 'create')),
  CHECK ((step = 2) = (act = 'submit')),
  CHECK ((step = 3) = (act IN ('approve', 'reject'))),
  CHECK ((step = 4) = (act = 'pay')),
  CHECK ((step = 2) = (sole_id IS NULL)),
  CHECK (sole_id IS NULL OR sole_id = actor_id),
  CHECK ((step = 4) = (paid_on IS NOT NULL))
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE settlement_acts;
DROP TABLE settlement_claims;
DROP TABLE settlement_items;
DROP TABLE settlements;
