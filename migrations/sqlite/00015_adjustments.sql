-- +goose Up
-- Points that people give and take by hand, and what two persons take back together. Both tables are insert-only.
CREATE TABLE adjustments (
  id BLOB NOT NULL PRIMARY KEY,                -- made by the client
  kind TEXT NOT NULL,
  object_kind TEXT NOT NULL DEFAULT '',        -- what a reversal takes back: drop_off, redemption, adjustment
  object_id BLOB NULL,
  reverses_id BLOB NULL,                       -- the entry of it
  household_id BLOB NOT NULL,
  village_id BLOB NOT NULL,
  town_id BLOB NOT NULL,
  points INTEGER NOT NULL,                     -- what the household gets; below zero: gives
  reason TEXT NOT NULL,
  photo_id BLOB NULL,
  limit_points INTEGER NOT NULL,               -- what one person may move in a month, as it was
  alone_points INTEGER NOT NULL,               -- what one person alone had moved in the month before
  day INTEGER NOT NULL,
  content_hash BLOB NOT NULL,
  CHECK (kind IN ('adjustment', 'reversal')),
  CHECK (kind = 'reversal' OR points <> 0),
  CHECK ((kind = 'reversal') = (object_kind IN ('drop_off', 'redemption', 'adjustment'))),
  CHECK ((kind = 'reversal') = (object_id IS NOT NULL)),
  CHECK ((kind = 'reversal') = (reverses_id IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX adjustments_household ON adjustments (household_id, day);
CREATE INDEX adjustments_village ON adjustments (village_id, day);
CREATE INDEX adjustments_reverses ON adjustments (reverses_id);
CREATE TABLE adjustment_acts (
  id BLOB NOT NULL PRIMARY KEY,                -- made by the client; where points moved also the id of the entry
  adjustment_id BLOB NOT NULL,
  step INTEGER NOT NULL,
  act TEXT NOT NULL,
  actor_id BLOB NOT NULL,
  acted_at INTEGER NOT NULL,
  detail TEXT NOT NULL DEFAULT '',             -- why it was refused
  act_hash BLOB NOT NULL,                      -- over the adjustment, or the act before, and this one
  UNIQUE (adjustment_id, step),                -- approved or refused, once
  UNIQUE (adjustment_id, actor_id),            -- who proposes and who decides are two people
  CHECK (act IN ('post', 'propose', 'approve', 'refuse')),
  CHECK ((step = 1) = (act IN ('post', 'propose'))),
  CHECK ((step = 2) = (act IN ('approve', 'refuse'))),
  CHECK (step <> 1 OR id = adjustment_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX adjustment_acts_acted ON adjustment_acts (acted_at);
-- What a household has still to work off, beside what it holds: minus the sum of its clawback account.
ALTER TABLE account_balances ADD COLUMN owed INTEGER NOT NULL DEFAULT 0 CHECK (owed >= 0);
UPDATE account_balances SET owed = (
  SELECT -SUM(l.points) FROM accounts h JOIN accounts c ON c.code = h.code || ':clawback'
  JOIN entry_lines l ON l.account_id = c.id WHERE h.id = account_balances.account_id)
WHERE account_id IN (
  SELECT h.id FROM accounts c JOIN accounts h ON h.code = REPLACE(c.code, ':clawback', '') WHERE c.kind = 'clawback'
  AND EXISTS (SELECT 1 FROM entry_lines l WHERE l.account_id = c.id));

-- +goose Down
ALTER TABLE account_balances DROP COLUMN owed;
DROP TABLE adjustment_acts;
DROP TABLE adjustments;
