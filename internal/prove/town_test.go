package prove_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/household"
	"hufen/internal/id"
)

// world is a town on a database of its own: villages with cleaners, households
// with cards, shops with keepers, officials. Its rows are written by hand with
// the columns of the first version, so that an older program finds them too.
type world struct {
	t        testing.TB
	kind     kind
	folder   string
	url      string
	district id.ID
	town     id.ID
	villages []village
	homes    []*home
	shops    []shop
	founded  int // households
	// Tokens of sessions.
	official, secondOfficial, finance string
}

type village struct {
	id, point id.ID
	cleaner   string
}

type home struct {
	id, village id.ID
	at          int // in world.villages
	code        string
}

type shop struct {
	id, goods id.ID
	keeper    string
}

const (
	villageCount = 3
	homesEach    = 6 // few, so that the clients meet at them
	shopCount    = 2
	goodsPoints  = 300 // hundredths
)

// newWorld makes a town on an empty database with the schema of the program
// under test.
func newWorld(t testing.TB, k kind) *world {
	t.Helper()
	return foundWorld(t, k, t.TempDir(), binary)
}

// foundWorld makes a town in a folder, with the schema of a program.
func foundWorld(t testing.TB, k kind, folder, program string) *world {
	t.Helper()
	url := filepath.Join(folder, "hufen.db")
	if k == mariadb {
		url = server.get(t).create(t)
	}
	return settle(t, k, folder, url, program)
}

// settle brings a database to the schema of a program and founds the town.
func settle(t testing.TB, k kind, folder, url, program string) *world {
	t.Helper()
	w := &world{t: t, kind: k, folder: folder, url: url, district: id.New(), town: id.New()}
	command, said := w.program(url, "migrate")
	command.Path = program
	if err := command.Run(); err != nil {
		t.Fatalf("migrate: %v\n%s", err, said)
	}
	keys, err := household.OpenKeys(filepath.Join(folder, "data"))
	must(t, err)
	w.within(func(db *database.DB) { w.found(db, keys) })
	return w
}

// within opens the database for a moment. No connection of ours stays: one that
// did would spare SQLite the recovery that a kill is to test.
func (w *world) within(do func(db *database.DB)) {
	w.t.Helper()
	db, err := database.Open(context.Background(), w.url)
	must(w.t, err)
	defer db.Close()
	do(db)
}

// founder writes the rows of a town.
type founder struct {
	*world
	ctx context.Context
	tx  *gorm.DB
	now calendar.Micros
}

const longAgo = calendar.Day(20200101)

func (w *world) found(db *database.DB, keys *household.Keys) {
	w.t.Helper()
	must(w.t, os.MkdirAll(filepath.Join(w.folder, "data"), 0o700))
	err := db.InTx(context.Background(), func(ctx context.Context, tx *gorm.DB) error {
		f := &founder{w, ctx, tx, calendar.Now()}
		w.villages, w.homes, w.shops, w.founded = nil, nil, nil, 0
		f.places()
		f.people()
		f.rules()
		for i := range villageCount * homesEach {
			f.home(keys, i%villageCount, fmt.Sprint(i+1))
		}
		return nil
	})
	must(w.t, err)
}

// insert writes one row; columns and values take turns.
func (f *founder) insert(table string, pairs ...any) {
	var columns []string
	var values []any
	for i := 0; i < len(pairs); i += 2 {
		columns, values = append(columns, pairs[i].(string)), append(values, pairs[i+1])
	}
	must(f.t, database.InsertRows(f.ctx, f.tx, table, columns, [][]any{values}))
}

func (f *founder) places() {
	above := []id.ID{}
	place := func(at id.ID, level division.Level, code string, above []id.ID) {
		var parent any
		if len(above) > 0 {
			parent = above[0][:]
		}
		f.insert("divisions", "id", at[:], "parent_id", parent, "level", string(level), "name", "试验"+code, "code", code,
			"valid_from", int32(longAgo), "updated_at", int64(f.now))
		for distance, ancestor := range append([]id.ID{at}, above...) {
			f.insert("division_ancestors", "ancestor_id", ancestor[:], "division_id", at[:], "distance", distance)
		}
	}
	place(f.district, division.District, "990101", above)
	place(f.town, division.Town, "990101101", []id.ID{f.district})
	for i := range villageCount {
		v := village{id: id.New(), point: id.New()}
		place(v.id, division.Village, fmt.Sprintf("990101101%03d", 201+i), []id.ID{f.town, f.district})
		f.insert("collection_points", "id", v.point[:], "village_id", v.id[:], "name", "村口", "opened_on", int32(longAgo), "updated_at", int64(f.now))
		v.cleaner = f.person(auth.Cleaner, v.id, nil)
		f.villages = append(f.villages, v)
	}
}

func (f *founder) people() {
	f.official = f.person(auth.TownOfficial, f.town, nil)
	f.secondOfficial = f.person(auth.TownOfficial, f.town, nil)
	f.finance = f.person(auth.Finance, f.town, nil)
	for range shopCount {
		f.shop()
	}
}

func (f *founder) shop() {
	s := shop{id: id.New(), goods: id.New()}
	const stock = 1_000_000
	f.insert("shops", "id", s.id[:], "division_id", f.town[:], "name", "积分超市"+s.id.String()[24:], "opened_on", int32(longAgo), "updated_at", int64(f.now))
	f.insert("goods", "id", s.goods[:], "shop_id", s.id[:], "name", "肥皂", "unit", "块", "points", goodsPoints, "stock", stock, "active", 1, "updated_at", int64(f.now))
	f.insert("goods_prices", "goods_id", s.goods[:], "from_day", int32(longAgo), "points", goodsPoints, "recorded_at", int64(f.now), "actor_id", auth.SystemID[:])
	f.insert("stock_moves", "id", s.goods[:], "goods_id", s.goods[:], "delta", stock, "reason", "delivery", "actor_id", auth.SystemID[:], "recorded_at", int64(f.now))
	s.keeper = f.person(auth.Shopkeeper, f.town, s.id[:])
	f.shops = append(f.shops, s)
}

// person signs somebody in and returns the token of the cookie.
func (f *founder) person(role auth.Role, where id.ID, shopID any) string {
	user, grant, session := id.New(), id.New(), id.New()
	f.insert("users", "id", user[:], "login", user.String(), "name", "测试员", "kind", string(auth.Person), "created_at", int64(f.now), "updated_at", int64(f.now))
	f.insert("user_roles", "id", grant[:], "user_id", user[:], "role", string(role), "division_id", where[:], "shop_id", shopID,
		"granted_at", int64(f.now), "granted_by", auth.SystemID[:])
	random := make([]byte, 32)
	rand.Read(random)
	token := base64.RawURLEncoding.EncodeToString(random)
	hash := sha256.Sum256([]byte(token))
	const month = 30 * 24 * 3600 * 1_000_000
	f.insert("sessions", "id", session[:], "token_hash", hash[:], "user_id", user[:], "household_id", nil,
		"created_at", int64(f.now), "seen_at", int64(f.now), "expires_at", int64(f.now)+month)
	return token
}

// rules let people bring and take as much as the clients do, with one cap.
func (f *founder) rules() {
	for name, value := range map[division.SettingName]int64{
		division.ConfirmFromPoints: 100_000_00,
		division.PersonDayMaxGrams: 1_000_000,
		division.UndoMinutes:       24 * 60,
		division.DropOffFuture:     24 * 60,
	} {
		setting := id.New()
		f.insert("settings", "id", setting[:], "division_id", f.district[:], "name", string(name), "value", value,
			"valid_from", int32(longAgo), "recorded_at", int64(f.now), "actor_id", auth.SystemID[:])
	}
	tariff := id.New()
	f.insert("tariffs", "id", tariff[:], "division_id", f.district[:], "version", 1, "valid_from", int32(longAgo), "created_at", int64(f.now), "created_by", auth.SystemID[:])
	f.insert("tariff_rules", "tariff_id", tariff[:], "item", "paper", "position", 1, "category", "recyclable", "name_zh", "废纸", "name_en", "Paper", "basis", "per_kg", "points", 100)
	f.insert("tariff_rules", "tariff_id", tariff[:], "item", "battery", "position", 2, "category", "hazardous", "name_zh", "电池", "name_en", "Battery", "basis", "per_count", "points", 3700)
	f.insert("tariff_caps", "tariff_id", tariff[:], "period", "day", "category", "recyclable", "points", 1500_00)
}

func (f *founder) home(keys *household.Keys, at int, number string) *home {
	h := &home{id: id.New(), village: f.villages[at].id, at: at}
	f.founded++
	moved := longAgo.AddDays(f.founded) // each on a day of its own, which is a row of its own
	recorded := int64(moved.Start(calendar.Shanghai))
	card := id.New()
	code := keys.Code(card, 1)
	hash := code.Hash()
	h.code = code.String()
	f.insert("households", "id", h.id[:], "village_id", h.village[:], "division_id", h.village[:], "house_number", number, "member_count", 30,
		"opened_at", recorded, "updated_at", int64(f.now))
	f.insert("household_people", "household_id", h.id[:], "head_name", "张三", "updated_at", int64(f.now))
	f.insert("household_members", "household_id", h.id[:], "from_day", int32(moved), "member_count", 30, "recorded_at", recorded, "actor_id", auth.SystemID[:])
	f.insert("population_changes", "village_id", h.village[:], "day", int32(moved), "persons", 30, "households", 1)
	f.insert("cards", "id", card[:], "household_id", h.id[:], "version", 1, "code_hash", hash[:], "issued_at", int64(f.now), "issued_by", auth.SystemID[:])
	f.homes = append(f.homes, h)
	return h
}

// administer runs a statement on the world's database.
func (w *world) administer(statement string) {
	w.t.Helper()
	w.within(func(db *database.DB) { must(w.t, db.Write.Exec(statement).Error) })
}

// newShop opens another shop.
func (w *world) newShop() shop {
	w.t.Helper()
	w.within(func(db *database.DB) {
		must(w.t, db.InTx(context.Background(), func(ctx context.Context, tx *gorm.DB) error {
			(&founder{w, ctx, tx, calendar.Now()}).shop()
			return nil
		}))
	})
	return w.shops[len(w.shops)-1]
}
