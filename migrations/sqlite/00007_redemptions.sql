-- +goose Up
CREATE TABLE shops (
  id BLOB NOT NULL PRIMARY KEY,
  division_id BLOB NOT NULL,             -- the village or town it stands in
  name TEXT NOT NULL,
  opened_on INTEGER NOT NULL,
  closed_on INTEGER NULL,
  updated_at INTEGER NOT NULL,
  FOREIGN KEY (division_id) REFERENCES divisions (id)
) STRICT;
CREATE INDEX shops_division ON shops (division_id, name);
CREATE TABLE goods (
  id BLOB NOT NULL PRIMARY KEY,
  shop_id BLOB NOT NULL,
  name TEXT NOT NULL,
  unit TEXT NOT NULL,
  points INTEGER NOT NULL,                      -- the price in force today
  stock INTEGER NOT NULL,
  active INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CHECK (stock >= 0),
  CHECK (points > 0),
  FOREIGN KEY (shop_id) REFERENCES shops (id)
) STRICT;
CREATE INDEX goods_shop ON goods (shop_id, name);
CREATE TABLE goods_prices (
  goods_id BLOB NOT NULL,
  from_day INTEGER NOT NULL,
  points INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  actor_id BLOB NOT NULL,
  PRIMARY KEY (goods_id, from_day)
) STRICT;
CREATE TABLE stock_moves (
  id BLOB NOT NULL,
  goods_id BLOB NOT NULL,
  delta INTEGER NOT NULL,
  reason TEXT NOT NULL,                 -- delivery, count, redemption, reversal
  actor_id BLOB NOT NULL,
  recorded_at INTEGER NOT NULL,
  PRIMARY KEY (id, goods_id),
  CHECK (delta <> 0)
) STRICT, WITHOUT ROWID;
CREATE TABLE redemptions (
  id BLOB NOT NULL PRIMARY KEY,
  number TEXT NOT NULL UNIQUE,
  household_id BLOB NOT NULL,
  card_id BLOB NOT NULL,
  village_id BLOB NOT NULL,
  shop_id BLOB NOT NULL,
  cashier_id BLOB NOT NULL,
  recorded_at INTEGER NOT NULL,
  day INTEGER NOT NULL,
  month INTEGER NOT NULL,
  points INTEGER NOT NULL,
  point_value_fen INTEGER NOT NULL,             -- fen per whole point on that day
  fen INTEGER NOT NULL,
  confirm_method TEXT NOT NULL,
  confirm_id BLOB NULL,                  -- the photo or the cadre's confirmation
  content_hash BLOB NOT NULL,
  CHECK (points > 0),
  CHECK (confirm_method IN ('pin', 'photo', 'cadre', 'none'))
) STRICT, WITHOUT ROWID;
CREATE INDEX redemptions_shop ON redemptions (shop_id, day);
CREATE INDEX redemptions_household ON redemptions (household_id, month);
CREATE TABLE redemption_items (
  redemption_id BLOB NOT NULL,
  line_no INTEGER NOT NULL,
  goods_id BLOB NOT NULL,
  name TEXT NOT NULL,
  unit TEXT NOT NULL,
  quantity INTEGER NOT NULL,
  unit_points INTEGER NOT NULL,
  points INTEGER NOT NULL,
  PRIMARY KEY (redemption_id, line_no),
  CHECK (quantity > 0)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE redemption_items;
DROP TABLE redemptions;
DROP TABLE stock_moves;
DROP TABLE goods_prices;
DROP TABLE goods;
DROP TABLE shops;
