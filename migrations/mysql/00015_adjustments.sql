-- +goose Up
-- Points that people give and take by hand, and what two persons take back together. Both tables are insert-only.
CREATE TABLE IF NOT EXISTS adjustments (
  id BINARY(16) NOT NULL PRIMARY KEY,          -- made by the client
  kind VARCHAR(10) NOT NULL,
  object_kind VARCHAR(10) NOT NULL DEFAULT '', -- what a reversal takes back: drop_off, redemption, adjustment
  object_id BINARY(16) NULL,
  reverses_id BINARY(16) NULL,                 -- the entry of it
  household_id BINARY(16) NOT NULL,
  village_id BINARY(16) NOT NULL,
  town_id BINARY(16) NOT NULL,
  points BIGINT NOT NULL,                      -- what the household gets; below zero: gives
  reason VARCHAR(200) NOT NULL,
  photo_id BINARY(16) NULL,
  limit_points BIGINT NOT NULL,                -- what one person may move in a month, as it was
  alone_points BIGINT NOT NULL,                -- what one person alone had moved in the month before
  day INT NOT NULL,
  content_hash BINARY(32) NOT NULL,
  CHECK (kind IN ('adjustment', 'reversal')),
  CHECK (kind = 'reversal' OR points <> 0),
  CHECK ((kind = 'reversal') = (object_kind IN ('drop_off', 'redemption', 'adjustment'))),
  CHECK ((kind = 'reversal') = (object_id IS NOT NULL)),
  CHECK ((kind = 'reversal') = (reverses_id IS NOT NULL)),
  INDEX adjustments_household (household_id, day),
  INDEX adjustments_village (village_id, day),
  INDEX adjustments_reverses (reverses_id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS adjustment_acts (
  id BINARY(16) NOT NULL PRIMARY KEY,          -- made by the client; where points moved also the id of the entry
  adjustment_id BINARY(16) NOT NULL,
  step SMALLINT NOT NULL,
  act VARCHAR(7) NOT NULL,
  actor_id BINARY(16) NOT NULL,
  acted_at BIGINT NOT NULL,
  detail VARCHAR(200) NOT NULL DEFAULT '',     -- why it was refused
  act_hash BINARY(32) NOT NULL,                -- over the adjustment, or the act before, and this one
  UNIQUE (adjustment_id, step),                -- approved or refused, once
  UNIQUE (adjustment_id, actor_id),            -- who proposes and who decides are two people
  CHECK (act IN ('post', 'propose', 'approve', 'refuse')),
  CHECK ((step = 1) = (act IN ('post', 'propose'))),
  CHECK ((step = 2) = (act IN ('approve', 'refuse'))),
  CHECK (step <> 1 OR id = adjustment_id),
  INDEX adjustment_acts_acted (acted_at)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
-- What a household has still to work off, beside what it holds: minus the sum of its clawback account.
-- MySQL has no ADD COLUMN IF NOT EXISTS.
SET @statement = IF((SELECT COUNT(*) FROM information_schema.columns
  WHERE table_schema = DATABASE() AND table_name = 'account_balances' AND column_name = 'owed') = 0,
  'ALTER TABLE account_balances ADD COLUMN owed BIGINT NOT NULL DEFAULT 0 CHECK (owed >= 0)', 'DO 0');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;
UPDATE account_balances b JOIN (
  SELECT h.id, -SUM(l.points) AS owed FROM accounts c JOIN accounts h ON h.code = REPLACE(c.code, ':clawback', '')
  JOIN entry_lines l ON l.account_id = c.id WHERE c.kind = 'clawback' GROUP BY h.id) o ON o.id = b.account_id
SET b.owed = o.owed;

-- +goose Down
ALTER TABLE account_balances DROP COLUMN owed;
DROP TABLE adjustment_acts;
DROP TABLE adjustments;
