-- +goose Up
-- When points count: at once, after a cadre's review, or once nobody objected while the drop-off was posted.
-- MySQL has no ADD COLUMN IF NOT EXISTS.
SET @statement = IF((SELECT COUNT(*) FROM information_schema.columns
  WHERE table_schema = DATABASE() AND table_name = 'tariff_rules' AND column_name = 'crediting') = 0,
  'ALTER TABLE tariff_rules ADD COLUMN crediting SMALLINT NULL', 'DO 0'); -- days posted, 0 at once, -1 after a review; NULL: as its class
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;
SET @statement = IF((SELECT COUNT(*) FROM information_schema.columns
  WHERE table_schema = DATABASE() AND table_name = 'drop_off_holds' AND column_name = 'objection_until') = 0,
  'ALTER TABLE drop_off_holds ADD COLUMN objection_until INT NULL', 'DO 0'); -- last day of its objection period
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;
CREATE TABLE IF NOT EXISTS drop_off_objections ( -- insert-only; who objected puts the drop-off to a cadre
  drop_off_id BINARY(16) NOT NULL PRIMARY KEY,
  id BINARY(16) NOT NULL UNIQUE,               -- the objection's request
  reason VARCHAR(200) NOT NULL,
  actor_id BINARY(16) NOT NULL,
  recorded_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS drop_off_postings ( -- those in their objection period; what is decided or objected to leaves
  drop_off_id BINARY(16) NOT NULL PRIMARY KEY,
  village_id BINARY(16) NOT NULL,
  objection_until INT NOT NULL,
  INDEX drop_off_postings_village (village_id, drop_off_id),
  INDEX drop_off_postings_until (objection_until, drop_off_id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE drop_off_postings;
DROP TABLE drop_off_objections;
ALTER TABLE drop_off_holds DROP COLUMN objection_until;
ALTER TABLE tariff_rules DROP COLUMN crediting;
