package bench

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/dropoff"
	"hufen/internal/household"
	"hufen/internal/id"
)

// The size of the made-up district. Its villages all take part in the reports;
// those of the first towns have households with cards.
const (
	towns             = 10
	villagesPerTown   = 50
	householdsPerTown = villagesPerTown * householdsPerVillage

	householdsPerVillage = 200
	shopsPerTown         = 10
	goodsPerShop         = 5
)

// district is what the load needs to know of the rows that were loaded. Tokens
// are those of sessions.
type district struct {
	id         id.ID
	official   string
	villages   []village
	inhabited  int // villages, from the first on, whose households are on record
	households []home
	shops      []shop
}

type village struct {
	id      id.ID
	town    id.ID
	point   id.ID
	cleaner string
}

type home struct {
	id, card id.ID
	code     string
	village  int // in district.villages
	token    string
}

type shop struct {
	id     id.ID
	keeper string
	goods  []id.ID
}

// loader collects the rows of tables and writes them in one transaction. Rows
// of one table have the same columns.
type loader struct {
	now    calendar.Micros
	keys   *household.Keys
	tables []*rows
}

type rows struct {
	table   string
	columns []string
	values  [][]any
}

// table begins a table; the order of these calls is the order of writing.
func (l *loader) table(name string, columns ...string) *rows {
	t := &rows{table: name, columns: columns}
	l.tables = append(l.tables, t)
	return t
}

func (t *rows) add(values ...any) { t.values = append(t.values, values) }

func (l *loader) write(ctx context.Context, db *database.DB) error {
	return db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		for _, t := range l.tables {
			if err := database.InsertRows(ctx, tx, t.table, t.columns, t.values); err != nil {
				return fmt.Errorf("load %s: %w", t.table, err)
			}
		}
		return nil
	})
}

// loadDistrict writes the district and a tariff that caps, but so high that
// nothing is cut.
func loadDistrict(ctx context.Context, db *database.DB, keys *household.Keys, households int) (*district, error) {
	l := &loader{now: calendar.Now(), keys: keys}
	d := &district{id: id.New()}
	l.divisions(d)
	l.people(d)
	l.homes(d, households)
	l.settings(d)
	if err := l.write(ctx, db); err != nil {
		return nil, err
	}
	return d, addTariff(ctx, db, d)
}

// openedOn is before any month a report asks for.
const openedOn = calendar.Day(20200101)

func (l *loader) divisions(d *district) {
	divisions := l.table("divisions", "id", "parent_id", "level", "name", "code", "valid_from", "updated_at")
	ancestors := l.table("division_ancestors", "ancestor_id", "division_id", "distance")
	points := l.table("collection_points", "id", "village_id", "name", "opened_on", "updated_at")
	place := func(at id.ID, level division.Level, name, code string, above ...id.ID) {
		var parent any
		if len(above) > 0 {
			parent = above[0][:]
		}
		divisions.add(at[:], parent, string(level), name, code, int32(openedOn), int64(l.now))
		for distance, ancestor := range append([]id.ID{at}, above...) {
			ancestors.add(ancestor[:], at[:], distance)
		}
	}
	place(d.id, division.District, "试验区", "990101")
	for t := range towns {
		town := id.New()
		place(town, division.Town, fmt.Sprintf("第%d镇", t+1), fmt.Sprintf("990101%03d", 101+t), d.id)
		for v := range villagesPerTown {
			at := village{id: id.New(), town: town, point: id.New()}
			place(at.id, division.Village, fmt.Sprintf("第%d村", v+1), fmt.Sprintf("990101%03d%03d", 101+t, 201+v), town, d.id)
			points.add(at.point[:], at.id[:], "村口", int32(openedOn), int64(l.now))
			d.villages = append(d.villages, at)
		}
	}
}

// people gives each village a cleaner, each town its shops with a keeper, and
// the district an official, all signed in.
func (l *loader) people(d *district) {
	shops := l.table("shops", "id", "division_id", "name", "opened_on", "updated_at")
	goods := l.table("goods", "id", "shop_id", "name", "unit", "points", "stock", "active", "updated_at")
	prices := l.table("goods_prices", "goods_id", "from_day", "points", "recorded_at", "actor_id")
	moves := l.table("stock_moves", "id", "goods_id", "delta", "reason", "actor_id", "recorded_at")
	users := l.table("users", "id", "login", "name", "kind", "created_at", "updated_at")
	roles := l.table("user_roles", "id", "user_id", "role", "division_id", "shop_id", "granted_at", "granted_by")
	sessions := l.sessions()
	person := func(role auth.Role, where id.ID, shopID any) string {
		user, grant := id.New(), id.New()
		users.add(user[:], user.String(), "测试员", string(auth.Person), int64(l.now), int64(l.now))
		roles.add(grant[:], user[:], string(role), where[:], shopID, int64(l.now), auth.SystemID[:])
		return l.session(sessions, user[:], nil)
	}
	d.official = person(auth.DistrictOfficial, d.id, nil)
	for i := range d.villages {
		d.villages[i].cleaner = person(auth.Cleaner, d.villages[i].id, nil)
	}
	for i := range towns * shopsPerTown {
		town := d.villages[i/shopsPerTown*villagesPerTown].town
		s := shop{id: id.New()}
		shops.add(s.id[:], town[:], fmt.Sprintf("积分超市%d", i+1), int32(openedOn), int64(l.now))
		s.keeper = person(auth.Shopkeeper, town, s.id[:])
		for g := range goodsPerShop {
			article := id.New()
			goods.add(article[:], s.id[:], fmt.Sprintf("肥皂%d", g+1), "块", articlePoints, articleStock, 1, int64(l.now))
			prices.add(article[:], int32(openedOn), articlePoints, int64(l.now), auth.SystemID[:])
			moves.add(article[:], article[:], articleStock, "delivery", auth.SystemID[:], int64(l.now))
			s.goods = append(s.goods, article)
		}
		d.shops = append(d.shops, s)
	}
}

const (
	articlePoints = 100 // hundredths
	articleStock  = 1_000_000_000
)

func (l *loader) sessions() *rows {
	return l.table("sessions", "id", "token_hash", "user_id", "household_id", "created_at", "seen_at", "expires_at")
}

// session signs somebody in and returns the token of the cookie.
func (l *loader) session(sessions *rows, userID, householdID any) string {
	random := make([]byte, 32)
	rand.Read(random)
	token := base64.RawURLEncoding.EncodeToString(random)
	hash := sha256.Sum256([]byte(token))
	session := id.New()
	const month = 30 * 24 * 3600 * 1_000_000
	sessions.add(session[:], hash[:], userID, householdID, int64(l.now), int64(l.now), int64(l.now)+month)
	return token
}

// homes gives the villages, from the first on, households with cards and a
// session on their own phone.
func (l *loader) homes(d *district, wanted int) {
	homes := l.table("households", "id", "village_id", "division_id", "house_number", "member_count", "opened_at", "updated_at")
	people := l.table("household_people", "household_id", "head_name", "updated_at")
	members := l.table("household_members", "household_id", "from_day", "member_count", "recorded_at", "actor_id")
	population := l.table("population_changes", "village_id", "day", "persons", "households")
	cards := l.table("cards", "id", "household_id", "version", "code_hash", "issued_at", "issued_by")
	sessions := l.sessions()
	d.inhabited = min((wanted+householdsPerVillage-1)/householdsPerVillage, len(d.villages))
	for v, at := range d.villages[:d.inhabited] {
		population.add(at.id[:], int32(openedOn), membersPerHousehold*householdsPerVillage, householdsPerVillage)
		for n := range householdsPerVillage {
			h := home{id: id.New(), card: id.New(), village: v}
			code := l.keys.Code(h.card, 1)
			hash := code.Hash()
			h.code = code.String()
			h.token = l.session(sessions, nil, h.id[:])
			homes.add(h.id[:], at.id[:], at.id[:], fmt.Sprint(n+1), membersPerHousehold, int64(l.now), int64(l.now))
			people.add(h.id[:], "张三", int64(l.now))
			members.add(h.id[:], int32(openedOn), membersPerHousehold, int64(l.now), auth.SystemID[:])
			cards.add(h.card[:], h.id[:], 1, hash[:], int64(l.now), auth.SystemID[:])
			d.households = append(d.households, h)
		}
	}
}

const membersPerHousehold = 4

// settings let households redeem without a PIN and bring more in a day than
// people do: the load is many days in a few seconds.
func (l *loader) settings(d *district) {
	settings := l.table("settings", "id", "division_id", "name", "value", "valid_from", "recorded_at", "actor_id")
	for name, value := range map[division.SettingName]int64{
		division.ConfirmFromPoints: 100_000_00,
		division.PersonDayMaxGrams: 1_000_000,
	} {
		setting := id.New()
		settings.add(setting[:], d.id[:], string(name), value, int32(openedOn), int64(l.now), auth.SystemID[:])
	}
}

// addTariff sets graded kitchen waste as one real programme has it, paper by
// weight, and batteries, with which every household begins rich.
func addTariff(ctx context.Context, db *database.DB, d *district) error {
	divisions := division.New(db, calendar.Shanghai)
	dropOffs := dropoff.New(db, divisions, calendar.Shanghai)
	defer dropOffs.Close()
	_, _, err := dropOffs.AddTariff(ctx, auth.SystemActor("bench"), dropoff.NewTariff{
		ID: id.New(), DivisionID: d.id, ValidFrom: divisions.Today(),
		Rules: []dropoff.Rule{
			{Item: "food", Category: "food", NameZh: "厨余垃圾", NameEn: "Kitchen waste", Basis: dropoff.PerGrade, PerCount: 1,
				Grades: dropoff.Grades{Excellent: 10_00, Good: 8_00, Fair: 6_00, Poor: 0}},
			{Item: "recyclable.paper", Category: "recyclable", NameZh: "废纸", NameEn: "Paper", Basis: dropoff.PerKg, Points: 2_00, PerCount: 1},
			{Item: "battery", Category: "hazardous", NameZh: "电池", NameEn: "Battery", Basis: dropoff.PerCount, Points: 10_000_00, PerCount: 1},
		},
		Caps: []dropoff.Cap{{Period: "month", Category: dropoff.AllCategories, Points: 100_000_000_00}},
	})
	if err != nil {
		return fmt.Errorf("load the tariff: %w", err)
	}
	return nil
}
