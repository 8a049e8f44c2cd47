-- +goose Up
-- What the lines of the book add up to by day and by month, seal by seal. `owner_id` is the village of an account, or the shop or town
-- its code names; book_seals says which seals are in.
CREATE TABLE book_seals (
  height INTEGER NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;
CREATE TABLE book_days (
  day INTEGER NOT NULL,                            -- on which the entries were recorded
  owner_id BLOB NOT NULL,
  account_kind TEXT NOT NULL,
  entry_kind TEXT NOT NULL,
  points INTEGER NOT NULL,
  PRIMARY KEY (day, owner_id, account_kind, entry_kind)
) STRICT, WITHOUT ROWID;
CREATE TABLE book_months (
  month INTEGER NOT NULL,
  owner_id BLOB NOT NULL,
  account_kind TEXT NOT NULL,
  entry_kind TEXT NOT NULL,
  points INTEGER NOT NULL,
  PRIMARY KEY (month, owner_id, account_kind, entry_kind)
) STRICT, WITHOUT ROWID;
-- Month close. All three tables are insert-only.
CREATE TABLE closing_acts (
  id BLOB NOT NULL PRIMARY KEY,          -- made by the client; of a beginning by the service
  town_id BLOB NOT NULL,
  seq INTEGER NOT NULL,                            -- of the town's acts, from 1
  month INTEGER NOT NULL,
  step INTEGER NOT NULL,                           -- of the month's acts, from 1
  act TEXT NOT NULL,
  actor_id BLOB NOT NULL,
  asker_id BLOB NULL,                    -- of a re-opening: who asked for it
  acted_at INTEGER NOT NULL,
  until_at INTEGER NOT NULL,                    -- the end of the month
  reason TEXT NOT NULL DEFAULT '',
  figures_hash BLOB NOT NULL,            -- of a closing: over its figures
  act_hash BLOB NOT NULL,                -- over the town's act before and this one
  UNIQUE (town_id, seq),
  UNIQUE (town_id, month, step),
  CHECK (act IN ('begin', 'close', 'ask', 'reopen')),
  CHECK ((step % 4 = 1) = (act = 'begin')),
  CHECK ((step % 4 = 2) = (act = 'close')),
  CHECK ((step % 4 = 3) = (act = 'ask')),
  CHECK ((act = 'ask') = (reason <> '')),
  CHECK ((act = 'reopen') = (asker_id IS NOT NULL)),
  CHECK (asker_id IS NULL OR asker_id <> actor_id) -- who asks and who re-opens are two people
) STRICT, WITHOUT ROWID;
CREATE TABLE closing_villages (    -- where nothing is recorded before until_at any more
  division_id BLOB NOT NULL,             -- a village, or the town itself
  act_id BLOB NOT NULL,                  -- the beginning of the closing
  until_at INTEGER NOT NULL,
  PRIMARY KEY (division_id, act_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE closing_figures (     -- as they were when the month was closed
  act_id BLOB NOT NULL,
  village_id BLOB NOT NULL,
  name TEXT NOT NULL,
  value INTEGER NOT NULL,
  PRIMARY KEY (act_id, village_id, name)
) STRICT, WITHOUT ROWID;
-- A points budget of a division. Insert-only: the newest from a month on holds.
CREATE TABLE budgets (
  id BLOB NOT NULL PRIMARY KEY,
  division_id BLOB NOT NULL,
  period TEXT NOT NULL,
  valid_from INTEGER NOT NULL,                     -- the first month
  points INTEGER NOT NULL,                      -- in each period; 0: no budget from then on
  at_full TEXT NOT NULL,                    -- what happens at 100 %: only a warning, or drop-offs wait
  recorded_at INTEGER NOT NULL,
  actor_id BLOB NOT NULL,
  CHECK (period IN ('month', 'quarter', 'year')),
  CHECK (at_full IN ('warn', 'hold')),
  CHECK (points >= 0)
) STRICT, WITHOUT ROWID;
CREATE INDEX budgets_division ON budgets (division_id, valid_from);
-- Nothing is recorded on an account before closed_until.
ALTER TABLE account_balances ADD COLUMN closed_until INTEGER NOT NULL DEFAULT 0;
CREATE INDEX accounts_village ON accounts (village_id, id);

-- +goose Down
DROP INDEX accounts_village;
ALTER TABLE account_balances DROP COLUMN closed_until;
DROP TABLE budgets;
DROP TABLE closing_figures;
DROP TABLE closing_villages;
DROP TABLE closing_acts;
DROP TABLE book_months;
DROP TABLE book_days;
DROP TABLE book_seals;
