package household

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
)

// householdRow is a row of households.
type householdRow struct {
	ID, VillageID, DivisionID     id.ID
	HouseNumber                   string
	MemberCount                   int
	OpenedAt, ClosedAt, UpdatedAt calendar.Micros
}

const householdColumns = "h.id, h.village_id, h.division_id, h.house_number, h.member_count, h.opened_at, h.closed_at, h.updated_at"

func (r *householdRow) fields() []any {
	return []any{&r.ID, &r.VillageID, &r.DivisionID, &r.HouseNumber, &r.MemberCount, &r.OpenedAt, &r.ClosedAt, &r.UpdatedAt}
}

func queryHouseholds(ctx context.Context, tx *gorm.DB, rest string, args ...any) ([]householdRow, error) {
	return collect(ctx, tx, func(r *householdRow) []any { return r.fields() }, "SELECT "+householdColumns+" FROM households h "+rest, args...)
}

// collect reads all rows of a query into values.
func collect[T any](ctx context.Context, tx *gorm.DB, fields func(*T) []any, query string, args ...any) ([]T, error) {
	rows, err := database.Query(ctx, tx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var values []T
	for rows.Next() {
		var v T
		if err := rows.Scan(fields(&v)...); err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return values, rows.Err()
}

func single[T any](values []T, err error) (v T, found bool, _ error) {
	if err != nil || len(values) == 0 {
		return v, false, err
	}
	return values[0], true, nil
}

func readHousehold(ctx context.Context, tx *gorm.DB, householdID id.ID) (householdRow, bool, error) {
	return single(queryHouseholds(ctx, tx, "WHERE h.id = ?", householdID))
}

func lockHousehold(ctx context.Context, tx *gorm.DB, householdID id.ID) (householdRow, bool, error) {
	return single(queryHouseholds(ctx, tx, "WHERE h.id = ?"+database.ForUpdate(tx), householdID))
}

// chunkSize bounds an IN list.
const chunkSize = 2000

// personRow is a row of household_people.
type personRow struct {
	HouseholdID id.ID
	HeadName    string
	Phone       string
	ConsentAt   sql.NullInt64
	ErasedAt    sql.NullInt64
}

func queryPeople(ctx context.Context, tx *gorm.DB, ids []id.ID) ([]personRow, error) {
	marks, values := database.List(database.IDs(ids))
	return collect(ctx, tx, func(p *personRow) []any {
		return []any{&p.HouseholdID, &p.HeadName, &p.Phone, &p.ConsentAt, &p.ErasedAt}
	},
		"SELECT household_id, head_name, phone, consent_at, erased_at FROM household_people WHERE household_id IN ("+marks+")", values...)
}

// readPerson returns the person of a household, empty after it was erased.
func readPerson(ctx context.Context, tx *gorm.DB, householdID id.ID) (personRow, error) {
	person, _, err := single(queryPeople(ctx, tx, []id.ID{householdID}))
	return person, err
}

func readMembers(ctx context.Context, tx *gorm.DB, householdID id.ID) ([]MemberCount, error) {
	return collect(ctx, tx, func(m *MemberCount) []any { return []any{&m.From, &m.Count} },
		"SELECT from_day, member_count FROM household_members WHERE household_id = ? ORDER BY from_day", householdID)
}

// complete adds to rows, at most chunkSize, what other tables know of them.
func complete(ctx context.Context, tx *gorm.DB, rows []householdRow) ([]Household, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	ids := make([]id.ID, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	people, err := queryPeople(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	pins, err := pinned(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	cards, err := queryCards(ctx, tx, "household_id IN ("+database.Placeholders(len(ids))+") ORDER BY version", database.IDs(ids)...)
	if err != nil {
		return nil, err
	}
	return assemble(rows, people, pins, cards), nil
}

func assemble(rows []householdRow, people []personRow, pins []id.ID, cards []cardRow) []Household {
	households := make([]Household, len(rows))
	at := make(map[id.ID]*Household, len(rows))
	for i, row := range rows {
		households[i] = Household{Brief: row.brief(), OpenedAt: row.OpenedAt, ClosedAt: row.ClosedAt}
		at[row.ID] = &households[i]
	}
	for _, p := range people {
		h := at[p.HouseholdID]
		h.MaskedName, h.HasPhone = MaskName(p.HeadName), p.Phone != ""
		h.ConsentAt, h.ErasedAt = calendar.Micros(p.ConsentAt.Int64), calendar.Micros(p.ErasedAt.Int64)
	}
	for _, householdID := range pins {
		at[householdID].HasPIN = true
	}
	for _, c := range cards { // the newest comes last
		card := c.card()
		at[c.HouseholdID].Card = &card
	}
	return households
}

func (r householdRow) brief() Brief {
	return Brief{ID: r.ID, VillageID: r.VillageID, DivisionID: r.DivisionID, HouseNumber: r.HouseNumber, MemberCount: r.MemberCount}
}

// insertHousehold stores a new household with its person, its first member
// count and its part of the population.
func insertHousehold(ctx context.Context, tx *gorm.DB, actor auth.Actor, row householdRow, in NewHousehold) error {
	counts := []MemberCount{{From: in.From, Count: in.MemberCount}}
	people := population{}
	people.move(row.VillageID, nil, counts)
	var consentAt any
	var consentBy id.NullID
	if in.Consent {
		consentAt, consentBy = row.OpenedAt, id.Some(actor.ID)
	}
	return firstError(
		func() error {
			return database.InsertRows(ctx, tx, "households", householdInsert, [][]any{row.values()})
		},
		func() error {
			return database.InsertRows(ctx, tx, "household_people", personInsert,
				[][]any{{row.ID, in.HeadName, in.Phone, consentAt, consentBy, row.OpenedAt}})
		},
		func() error { return insertMembers(ctx, tx, actor, row.ID, counts, row.OpenedAt) },
		func() error { return people.store(ctx, tx) },
	)
}

var (
	householdInsert = []string{"id", "village_id", "division_id", "house_number", "member_count", "opened_at", "closed_at", "updated_at"}
	personInsert    = []string{"household_id", "head_name", "phone", "consent_at", "consent_by", "updated_at"}
	memberInsert    = []string{"household_id", "from_day", "member_count", "recorded_at", "actor_id"}
)

func (r householdRow) values() []any {
	return []any{r.ID, r.VillageID, r.DivisionID, r.HouseNumber, r.MemberCount, r.OpenedAt, r.ClosedAt, r.UpdatedAt}
}

// firstError does steps in order until one fails.
func firstError(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func insertMembers(ctx context.Context, tx *gorm.DB, actor auth.Actor, householdID id.ID, counts []MemberCount, now calendar.Micros) error {
	rows := make([][]any, len(counts))
	for i, m := range counts {
		rows[i] = []any{householdID, m.From, m.Count, now, actor.ID}
	}
	return database.InsertRows(ctx, tx, "household_members", memberInsert, rows)
}

// replaceMembers stores counts that changed: it takes out those that are gone or
// different and puts the new ones in.
func replaceMembers(ctx context.Context, tx *gorm.DB, actor auth.Actor, householdID id.ID, before, after []MemberCount, now calendar.Micros) error {
	var fresh []MemberCount
	for _, m := range after {
		if !slices.Contains(before, m) {
			fresh = append(fresh, m)
		}
	}
	for _, m := range before {
		if slices.Contains(after, m) {
			continue
		}
		if err := exec1(ctx, tx, "DELETE FROM household_members WHERE household_id = ? AND from_day = ?", householdID, m.From); err != nil {
			return err
		}
	}
	return insertMembers(ctx, tx, actor, householdID, fresh, now)
}

// store adds the changes to population_changes.
func (p population) store(ctx context.Context, tx *gorm.DB) error {
	merge := " ON CONFLICT (village_id, day) DO UPDATE SET persons = persons + excluded.persons, households = households + excluded.households"
	if database.Dialect(tx.Name()) == database.MySQL {
		merge = " ON DUPLICATE KEY UPDATE persons = persons + VALUES(persons), households = households + VALUES(households)"
	}
	for rows := range slices.Chunk(p.rows(), 1000) {
		values := strings.TrimSuffix(strings.Repeat("(?,?,?,?),", len(rows)), ",")
		_, err := database.Exec(ctx, tx, "INSERT INTO population_changes (village_id, day, persons, households) VALUES "+values+merge, slices.Concat(rows...)...)
		if err != nil {
			return fmt.Errorf("change population: %w", err)
		}
	}
	return nil
}

// exec1 runs a statement that has to meet exactly one row.
func exec1(ctx context.Context, tx *gorm.DB, query string, args ...any) error {
	result, err := database.Exec(ctx, tx, query, args...)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return errors.Join(fmt.Errorf("%d rows met by %q", n, query), err)
	}
	return nil
}

// upsert inserts rows or, where the key is there, overwrites the other columns.
func upsert(ctx context.Context, tx *gorm.DB, table, key string, columns []string, rows [][]any) error {
	sets := make([]string, 0, len(columns))
	merge, value := " ON CONFLICT ("+key+") DO UPDATE SET ", "%[1]s = excluded.%[1]s"
	if database.Dialect(tx.Name()) == database.MySQL {
		merge, value = " ON DUPLICATE KEY UPDATE ", "%[1]s = VALUES(%[1]s)"
	}
	for _, column := range columns {
		if column != key {
			sets = append(sets, fmt.Sprintf(value, column))
		}
	}
	tuple := "(" + database.Placeholders(len(columns)) + "),"
	for chunk := range slices.Chunk(rows, 1000) {
		values := strings.TrimSuffix(strings.Repeat(tuple, len(chunk)), ",")
		_, err := database.Exec(ctx, tx, "INSERT INTO "+table+" ("+strings.Join(columns, ",")+") VALUES "+values+merge+strings.Join(sets, ","), slices.Concat(chunk...)...)
		if err != nil {
			return fmt.Errorf("store %s: %w", table, err)
		}
	}
	return nil
}
