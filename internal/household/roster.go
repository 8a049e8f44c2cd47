package household

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
)

// RosterRow is a line of a roster, its fields in their usual form (CleanName and
// the others).
type RosterRow struct {
	VillageID   id.ID
	DivisionID  id.ID // the group, or the village; zero: a group that is not there yet
	HouseNumber string
	HeadName    string
	Phone       string // empty: as it is
	MemberCount int
	From        calendar.Day // the first day of the count; zero: today
}

// Verdict says what storing a line of a roster does.
type Verdict string

// The verdicts.
const (
	Create  Verdict = "create" // a new household
	Changed Verdict = "change" // another name, phone or member count
	Same    Verdict = "same"
)

// RosterResult is what becomes of a line.
type RosterResult struct {
	Verdict       Verdict
	MembersBefore int // of a household that is there
}

// CompareRoster says line by line what StoreRoster would do. It asks the
// database once for all lines. No two lines may be of the same house.
func (s *Service) CompareRoster(ctx context.Context, tx *gorm.DB, rows []RosterRow) ([]RosterResult, error) {
	known, err := readRoster(ctx, tx, rows, "")
	if err != nil {
		return nil, fmt.Errorf("compare roster: %w", err)
	}
	results := make([]RosterResult, len(rows))
	for i, row := range rows {
		results[i] = known.compare(row)
	}
	return results, nil
}

// StoreRoster creates and changes households so that they are as the lines say,
// in the caller's transaction, with a fixed number of statements. Storing the
// same lines again changes nothing. A duplicate key means that somebody
// registered one of them meanwhile; the whole may be done again.
func (s *Service) StoreRoster(ctx context.Context, tx *gorm.DB, actor auth.Actor, rows []RosterRow) ([]RosterResult, error) {
	known, err := readRoster(ctx, tx, rows, database.ForUpdate(tx))
	if err != nil {
		return nil, fmt.Errorf("store roster: %w", err)
	}
	results := make([]RosterResult, len(rows))
	b := batch{actor: actor, now: s.now(), today: s.today(), people: population{}}
	for i, row := range rows {
		results[i] = known.compare(row)
		switch results[i].Verdict {
		case Create:
			b.create(row)
		case Changed:
			b.change(known[row.key()], row)
		}
	}
	if err := b.store(ctx, tx); err != nil {
		return nil, fmt.Errorf("store roster: %w", err)
	}
	return results, nil
}

// roster holds the open households of the divisions in question by their house.
type roster map[houseKey]*listed

type houseKey struct {
	division id.ID
	number   string
}

type listed struct {
	householdRow
	personRow
}

func (r RosterRow) key() houseKey { return houseKey{r.DivisionID, r.HouseNumber} }

func (k roster) compare(row RosterRow) RosterResult {
	h := k[row.key()]
	switch {
	case h == nil || row.DivisionID.IsZero():
		return RosterResult{Verdict: Create}
	case h.HeadName != row.HeadName, row.Phone != "" && h.Phone != row.Phone, h.MemberCount != row.MemberCount:
		return RosterResult{Changed, h.MemberCount}
	}
	return RosterResult{Same, h.MemberCount}
}

// readRoster reads the households of every division the rows name: cheaper than
// asking for each house, since a roster lists most of them.
func readRoster(ctx context.Context, tx *gorm.DB, rows []RosterRow, forUpdate string) (roster, error) {
	divisions := map[id.ID]bool{}
	for _, row := range rows {
		divisions[row.DivisionID] = true
	}
	ids := make([]id.ID, 0, len(divisions))
	for division := range divisions {
		ids = append(ids, division)
	}
	slices.SortFunc(ids, func(a, b id.ID) int { return slices.Compare(a[:], b[:]) })
	known := roster{}
	for chunk := range slices.Chunk(ids, chunkSize) {
		found, err := collect(ctx, tx, func(l *listed) []any { return append(l.fields(), &l.HeadName, &l.Phone) },
			"SELECT "+householdColumns+", p.head_name, p.phone FROM households h JOIN household_people p ON p.household_id = h.id"+
				" WHERE h.division_id IN ("+database.Placeholders(len(chunk))+") AND h.closed_at = 0 ORDER BY h.id"+forUpdate, database.IDs(chunk)...)
		if err != nil {
			return nil, err
		}
		for i := range found {
			known[houseKey{found[i].DivisionID, found[i].HouseNumber}] = &found[i]
		}
	}
	return known, nil
}

// batch gathers what a number of lines change, to be stored table by table.
type batch struct {
	actor      auth.Actor
	now        calendar.Micros
	today      calendar.Day
	households [][]any
	persons    [][]any
	members    [][]any
	people     population
	changed    []changed
}

// changed is a household that gets another name, phone or count.
type changed struct {
	*listed
	row RosterRow
}

func (b *batch) from(row RosterRow) calendar.Day {
	if row.From != 0 {
		return row.From
	}
	return b.today
}

func (b *batch) create(row RosterRow) {
	h := householdRow{
		ID: id.New(), VillageID: row.VillageID, DivisionID: row.DivisionID, HouseNumber: row.HouseNumber,
		MemberCount: row.MemberCount, OpenedAt: b.now, UpdatedAt: b.now,
	}
	count := MemberCount{From: b.from(row), Count: row.MemberCount}
	b.households = append(b.households, h.values())
	b.persons = append(b.persons, []any{h.ID, row.HeadName, row.Phone, nil, nil, b.now})
	b.members = append(b.members, []any{h.ID, count.From, count.Count, b.now, b.actor.ID})
	b.people.move(row.VillageID, nil, []MemberCount{count})
}

func (b *batch) change(h *listed, row RosterRow) { b.changed = append(b.changed, changed{h, row}) }

func (b *batch) store(ctx context.Context, tx *gorm.DB) error {
	return firstError(
		func() error { return database.InsertRows(ctx, tx, "households", householdInsert, b.households) },
		func() error { return database.InsertRows(ctx, tx, "household_people", personInsert, b.persons) },
		func() error { return database.InsertRows(ctx, tx, "household_members", memberInsert, b.members) },
		func() error { return b.storeChanged(ctx, tx) },
		func() error { return b.people.store(ctx, tx) },
	)
}

func (b *batch) storeChanged(ctx context.Context, tx *gorm.DB) error {
	for chunk := range slices.Chunk(b.changed, chunkSize) {
		var persons, households [][]any
		var moved []changed
		for _, c := range chunk {
			if c.row.Phone == "" {
				c.row.Phone = c.Phone
			}
			persons = append(persons, []any{c.ID, c.row.HeadName, c.row.Phone, b.now})
			if c.row.MemberCount != c.MemberCount {
				c.householdRow.MemberCount, c.householdRow.UpdatedAt = c.row.MemberCount, b.now
				households = append(households, c.householdRow.values())
				moved = append(moved, c)
			}
		}
		err := firstError(
			func() error {
				return upsert(ctx, tx, "household_people", "household_id", []string{"household_id", "head_name", "phone", "updated_at"}, persons)
			},
			func() error { return upsert(ctx, tx, "households", "id", householdInsert, households) },
			func() error { return b.moveMembers(ctx, tx, moved) },
		)
		if err != nil {
			return err
		}
	}
	return nil
}

// moveMembers records new counts of households, from the lines' days on. A count
// of that very day gives way; later ones give way too, because the roster is
// the present.
func (b *batch) moveMembers(ctx context.Context, tx *gorm.DB, moved []changed) error {
	if len(moved) == 0 {
		return nil
	}
	ids := make([]id.ID, len(moved))
	for i, c := range moved {
		ids[i] = c.ID
	}
	type recorded struct {
		household id.ID
		MemberCount
	}
	counts, err := collect(ctx, tx, func(r *recorded) []any { return []any{&r.household, &r.From, &r.Count} },
		"SELECT household_id, from_day, member_count FROM household_members WHERE household_id IN ("+
			database.Placeholders(len(ids))+") ORDER BY household_id, from_day", database.IDs(ids)...)
	if err != nil {
		return err
	}
	before := map[id.ID][]MemberCount{}
	for _, r := range counts {
		before[r.household] = append(before[r.household], r.MemberCount)
	}
	var gone []any
	var fresh [][]any
	for _, c := range moved {
		from := b.from(c.row)
		after := withCount(slices.DeleteFunc(slices.Clone(before[c.ID]), func(m MemberCount) bool { return m.From >= from }), from, c.row.MemberCount)
		b.people.move(c.VillageID, before[c.ID], after)
		for _, m := range before[c.ID] {
			if m.From >= from {
				gone = append(gone, c.ID, m.From)
			}
		}
		fresh = append(fresh, []any{c.ID, from, c.row.MemberCount, b.now, b.actor.ID})
	}
	if err := deleteMembers(ctx, tx, gone); err != nil {
		return err
	}
	return database.InsertRows(ctx, tx, "household_members", memberInsert, fresh)
}

// deleteMembers removes counts given as household, day, household, day …
func deleteMembers(ctx context.Context, tx *gorm.DB, pairs []any) error {
	for chunk := range slices.Chunk(pairs, 2*400) {
		where := "household_id = ? AND from_day = ?"
		query := "DELETE FROM household_members WHERE " + where
		for range len(chunk)/2 - 1 {
			query += " OR " + where
		}
		if _, err := database.Exec(ctx, tx, query, chunk...); err != nil {
			return err
		}
	}
	return nil
}
