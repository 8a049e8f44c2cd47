-- +goose Up
-- What the lines of the book add up to by day and by month, seal by seal. `owner_id` is the village of an account, or the shop or town
-- its code names; book_seals says which seals are in.
CREATE TABLE IF NOT EXISTS book_seals (
  height BIGINT NOT NULL PRIMARY KEY
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS book_days (
  day INT NOT NULL,                            -- on which the entries were recorded
  owner_id BINARY(16) NOT NULL,
  account_kind VARCHAR(20) NOT NULL,
  entry_kind VARCHAR(20) NOT NULL,
  points BIGINT NOT NULL,
  PRIMARY KEY (day, owner_id, account_kind, entry_kind)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS book_months (
  month INT NOT NULL,
  owner_id BINARY(16) NOT NULL,
  account_kind VARCHAR(20) NOT NULL,
  entry_kind VARCHAR(20) NOT NULL,
  points BIGINT NOT NULL,
  PRIMARY KEY (month, owner_id, account_kind, entry_kind)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
-- Month close. All three tables are insert-only.
CREATE TABLE IF NOT EXISTS closing_acts (
  id BINARY(16) NOT NULL PRIMARY KEY,          -- made by the client; of a beginning by the service
  town_id BINARY(16) NOT NULL,
  seq INT NOT NULL,                            -- of the town's acts, from 1
  month INT NOT NULL,
  step INT NOT NULL,                           -- of the month's acts, from 1
  act VARCHAR(6) NOT NULL,
  actor_id BINARY(16) NOT NULL,
  asker_id BINARY(16) NULL,                    -- of a re-opening: who asked for it
  acted_at BIGINT NOT NULL,
  until_at BIGINT NOT NULL,                    -- the end of the month
  reason VARCHAR(200) NOT NULL DEFAULT '',
  figures_hash BINARY(32) NOT NULL,            -- of a closing: over its figures
  act_hash BINARY(32) NOT NULL,                -- over the town's act before and this one
  UNIQUE (town_id, seq),
  UNIQUE (town_id, month, step),
  CHECK (act IN ('begin', 'close', 'ask', 'reopen')),
  CHECK ((step % 4 = 1) = (act = 'begin')),
  CHECK ((step % 4 = 2) = (act = 'close')),
  CHECK ((step % 4 = 3) = (act = 'ask')),
  CHECK ((act = 'ask') = (reason <> '')),
  CHECK ((act = 'reopen') = (asker_id IS NOT NULL)),
  CHECK (asker_id IS NULL OR asker_id <> actor_id) -- who asks and who re-opens are two people
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS closing_villages (    -- where nothing is recorded before until_at any more
  division_id BINARY(16) NOT NULL,             -- a village, or the town itself
  act_id BINARY(16) NOT NULL,                  -- the beginning of the closing
  until_at BIGINT NOT NULL,
  PRIMARY KEY (division_id, act_id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS closing_figures (     -- as they were when the month was closed
  act_id BINARY(16) NOT NULL,
  village_id BINARY(16) NOT NULL,
  name VARCHAR(32) NOT NULL,
  value BIGINT NOT NULL,
  PRIMARY KEY (act_id, village_id, name)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
-- A points budget of a division. Insert-only: the newest from a month on holds.
CREATE TABLE IF NOT EXISTS budgets (
  id BINARY(16) NOT NULL PRIMARY KEY,
  division_id BINARY(16) NOT NULL,
  period VARCHAR(7) NOT NULL,
  valid_from INT NOT NULL,                     -- the first month
  points BIGINT NOT NULL,                      -- in each period; 0: no budget from then on
  at_full VARCHAR(4) NOT NULL,                    -- what happens at 100 %: only a warning, or drop-offs wait
  recorded_at BIGINT NOT NULL,
  actor_id BINARY(16) NOT NULL,
  CHECK (period IN ('month', 'quarter', 'year')),
  CHECK (at_full IN ('warn', 'hold')),
  CHECK (points >= 0),
  INDEX budgets_division (division_id, valid_from)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
-- Nothing is recorded on an account before closed_until. MySQL has no ADD COLUMN IF NOT EXISTS.
SET @statement = IF((SELECT COUNT(*) FROM information_schema.columns
  WHERE table_schema = DATABASE() AND table_name = 'account_balances' AND column_name = 'closed_until') = 0,
  'ALTER TABLE account_balances ADD COLUMN closed_until BIGINT NOT NULL DEFAULT 0', 'DO 0');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;
SET @statement = IF((SELECT COUNT(*) FROM information_schema.statistics
  WHERE table_schema = DATABASE() AND table_name = 'accounts' AND index_name = 'accounts_village') = 0,
  'CREATE INDEX accounts_village ON accounts (village_id, id)', 'DO 0');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

-- +goose Down
DROP INDEX accounts_village ON accounts;
ALTER TABLE account_balances DROP COLUMN closed_until;
DROP TABLE budgets;
DROP TABLE closing_figures;
DROP TABLE closing_villages;
DROP TABLE closing_acts;
DROP TABLE book_months;
DROP TABLE book_days;
DROP TABLE book_seals;
