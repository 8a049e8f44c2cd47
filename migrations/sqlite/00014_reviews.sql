-- +goose Up
-- When points count: at once, after a cadre's review, or once nobody objected while the drop-off was posted.
ALTER TABLE tariff_rules ADD COLUMN crediting INTEGER NULL;        -- days posted, 0 at once, -1 after a review; NULL: as its class
ALTER TABLE drop_off_holds ADD COLUMN objection_until INTEGER NULL; -- last day of its objection period
CREATE TABLE drop_off_objections (             -- insert-only; who objected puts the drop-off to a cadre
  drop_off_id BLOB NOT NULL PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,                     -- the objection's request
  reason TEXT NOT NULL,
  actor_id BLOB NOT NULL,
  recorded_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE drop_off_postings (               -- those in their objection period; what is decided or objected to leaves
  drop_off_id BLOB NOT NULL PRIMARY KEY,
  village_id BLOB NOT NULL,
  objection_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX drop_off_postings_village ON drop_off_postings (village_id, drop_off_id);
CREATE INDEX drop_off_postings_until ON drop_off_postings (objection_until, drop_off_id);

-- +goose Down
DROP TABLE drop_off_postings;
DROP TABLE drop_off_objections;
ALTER TABLE drop_off_holds DROP COLUMN objection_until;
ALTER TABLE tariff_rules DROP COLUMN crediting;
