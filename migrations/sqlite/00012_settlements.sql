-- +goose Up
-- A statement of what the town owes a shop for a month. Settlements, their items and their acts are insert-only.
CREATE TABLE settlements (
  id BLOB NOT NULL PRIMARY KEY,
  shop_id BLOB NOT NULL,
  town_id BLOB NOT NULL,                 -- that pays
  month INTEGER NOT NULL,
  version INTEGER NOT NULL,                        -- above 1: drawn up again after a rejection
  items INTEGER NOT NULL,
  points INTEGER NOT NULL,
  fen INTEGER NOT NULL,
  items_hash BLOB NOT NULL,              -- over all items in the order of their entries
  content_hash BLOB NOT NULL,
  UNIQUE (shop_id, month, version),
  CHECK (items > 0),
  CHECK (points > 0),
  CHECK (fen >= 0)
) STRICT, WITHOUT ROWID;
CREATE TABLE settlement_items (
  settlement_id BLOB NOT NULL,
  entry_id BLOB NOT NULL,                -- a redemption, or the reversal of one that was settled before
  redemption_id BLOB NOT NULL,
  points INTEGER NOT NULL,                      -- below zero where taken back
  fen INTEGER NOT NULL,
  PRIMARY KEY (settlement_id, entry_id),
  CHECK (points <> 0),
  CHECK ((points > 0) = (entry_id = redemption_id))
) STRICT, WITHOUT ROWID;
CREATE TABLE settlement_claims (   -- the items of settlements that were not rejected
  entry_id BLOB NOT NULL PRIMARY KEY,    -- in one settlement at most
  settlement_id BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX settlement_claims_settlement ON settlement_claims (settlement_id);
CREATE TABLE settlement_acts (
  id BLOB NOT NULL PRIMARY KEY,          -- made by the client; of an approval also the id of its entry
  settlement_id BLOB NOT NULL,
  step INTEGER NOT NULL,
  act TEXT NOT NULL,
  actor_id BLOB NOT NULL,
  sole_id BLOB NULL,                     -- the actor, but of a submission
  acted_at INTEGER NOT NULL,
  detail TEXT NOT NULL DEFAULT '',     -- why it was rejected, or the reference of the payment
  paid_on INTEGER NULL,
  act_hash BLOB NOT NULL,                -- over the act before and this one
  UNIQUE (settlement_id, step),                -- approved or rejected, once
  UNIQUE (settlement_id, sole_id),             -- who draws up, who decides and who pays are three people
  CHECK ((step = 1) = (act = 'create')),
  CHECK ((step = 2) = (act = 'submit')),
  CHECK ((step = 3) = (act IN ('approve', 'reject'))),
  CHECK ((step = 4) = (act = 'pay')),
  CHECK ((step = 2) = (sole_id IS NULL)),
  CHECK (sole_id IS NULL OR sole_id = actor_id),
  CHECK ((step = 4) = (paid_on IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE settlement_acts;
DROP TABLE settlement_claims;
DROP TABLE settlement_items;
DROP TABLE settlements;
