-- +goose Up
CREATE TABLE IF NOT EXISTS shops (
  id BINARY(16) NOT NULL PRIMARY KEY,
  division_id BINARY(16) NOT NULL,             -- the village or town it stands in
  name VARCHAR(60) NOT NULL,
  opened_on INT NOT NULL,
  closed_on INT NULL,
  updated_at BIGINT NOT NULL,
  FOREIGN KEY (division_id) REFERENCES divisions (id),
  INDEX shops_division (division_id, name)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS goods (
  id BINARY(16) NOT NULL PRIMARY KEY,
  shop_id BINARY(16) NOT NULL,
  name VARCHAR(60) NOT NULL,
  unit VARCHAR(10) NOT NULL,
  points BIGINT NOT NULL,                      -- the price in force today
  stock BIGINT NOT NULL,
  active SMALLINT NOT NULL,
  updated_at BIGINT NOT NULL,
  CHECK (stock >= 0),
  CHECK (points > 0),
  FOREIGN KEY (shop_id) REFERENCES shops (id),
  INDEX goods_shop (shop_id, name)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS goods_prices (
  goods_id BINARY(16) NOT NULL,
  from_day INT NOT NULL,
  points BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL,
  actor_id BINARY(16) NOT NULL,
  PRIMARY KEY (goods_id, from_day)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS stock_moves (
  id BINARY(16) NOT NULL,
  goods_id BINARY(16) NOT NULL,
  delta BIGINT NOT NULL,
  reason VARCHAR(20) NOT NULL,                 -- delivery, count, redemption, reversal
  actor_id BINARY(16) NOT NULL,
  recorded_at BIGINT NOT NULL,
  PRIMARY KEY (id, goods_id),
  CHECK (delta <> 0)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS redemptions (
  id BINARY(16) NOT NULL PRIMARY KEY,
  number VARCHAR(24) NOT NULL UNIQUE,
  household_id BINARY(16) NOT NULL,
  card_id BINARY(16) NOT NULL,
  village_id BINARY(16) NOT NULL,
  shop_id BINARY(16) NOT NULL,
  cashier_id BINARY(16) NOT NULL,
  recorded_at BIGINT NOT NULL,
  day INT NOT NULL,
  month INT NOT NULL,
  points BIGINT NOT NULL,
  point_value_fen BIGINT NOT NULL,             -- fen per whole point on that day
  fen BIGINT NOT NULL,
  confirm_method VARCHAR(8) NOT NULL,
  confirm_id BINARY(16) NULL,                  -- the photo or the cadre's confirmation
  content_hash BINARY(32) NOT NULL,
  CHECK (points > 0),
  CHECK (confirm_method IN ('pin', 'photo', 'cadre', 'none')),
  INDEX redemptions_shop (shop_id, day),
  INDEX redemptions_household (household_id, month)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS redemption_items (
  redemption_id BINARY(16) NOT NULL,
  line_no SMALLINT NOT NULL,
  goods_id BINARY(16) NOT NULL,
  name VARCHAR(60) NOT NULL,
  unit VARCHAR(10) NOT NULL,
  quantity BIGINT NOT NULL,
  unit_points BIGINT NOT NULL,
  points BIGINT NOT NULL,
  PRIMARY KEY (redemption_id, line_no),
  CHECK (quantity > 0)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE redemption_items;
DROP TABLE redemptions;
DROP TABLE stock_moves;
DROP TABLE goods_prices;
DROP TABLE goods;
DROP TABLE shops;
