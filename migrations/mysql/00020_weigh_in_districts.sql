-- +goose Up
-- Two districts may each have a station of one name: a ticket is known by district, station and number.
SET @statement = IF((SELECT COUNT(*) FROM information_schema.columns
  WHERE table_schema = DATABASE() AND table_name = 'weigh_ins' AND column_name = 'district_id') = 0,
  'ALTER TABLE weigh_ins ADD COLUMN district_id BINARY(16) NOT NULL DEFAULT ''''', 'DO 0');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;
UPDATE weigh_ins w SET w.district_id = COALESCE((SELECT a.ancestor_id FROM division_ancestors a JOIN divisions d ON d.id = a.ancestor_id
    WHERE a.division_id = w.village_id AND d.level = 'district'), w.district_id);
SET @statement = IF((SELECT COUNT(*) FROM information_schema.statistics
  WHERE table_schema = DATABASE() AND table_name = 'weigh_ins' AND index_name = 'weigh_ins_ticket') = 0,
  'ALTER TABLE weigh_ins ADD UNIQUE INDEX weigh_ins_ticket (district_id, station, ticket_number, version)', 'DO 0');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;
SET @statement = IF((SELECT COUNT(*) FROM information_schema.statistics
  WHERE table_schema = DATABASE() AND table_name = 'weigh_ins' AND index_name = 'station') > 0,
  'ALTER TABLE weigh_ins DROP INDEX station', 'DO 0');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

-- +goose Down
ALTER TABLE weigh_ins ADD UNIQUE INDEX station (station, ticket_number, version);
ALTER TABLE weigh_ins DROP INDEX weigh_ins_ticket;
ALTER TABLE weigh_ins DROP COLUMN district_id;
