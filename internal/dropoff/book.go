package dropoff

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/points"
)

// book holds all tariffs, read anew when older than bookAge. Versions are never
// changed, so the only thing an instance can be late about is a new version,
// and by no more than that.
type book struct {
	db      *database.DB
	current atomic.Pointer[page]
}

type page struct {
	readAt    time.Time
	divisions map[id.ID][]*Tariff // newest first
	byID      map[id.ID]*Tariff
	longest   string // the longest period of any cap: month or year
}

const bookAge = 2 * time.Second

func newBook(db *database.DB) *book { return &book{db: db} }

func (b *book) read(ctx context.Context) (*page, error) {
	if p := b.current.Load(); p != nil && time.Since(p.readAt) < bookAge {
		return p, nil
	}
	p := &page{readAt: time.Now(), divisions: make(map[id.ID][]*Tariff), byID: make(map[id.ID]*Tariff), longest: "month"}
	tariffs, err := loadTariffs(ctx, b.db.Read)
	if err != nil {
		return nil, err
	}
	for _, t := range tariffs {
		p.divisions[t.DivisionID] = append(p.divisions[t.DivisionID], t)
		p.byID[t.ID] = t
		if slices.ContainsFunc(t.Caps, func(c Cap) bool { return c.Period == "year" }) {
			p.longest = "year"
		}
	}
	b.current.Store(p)
	return p, nil
}

// forget makes the next reader read again.
func (b *book) forget() { b.current.Store(nil) }

// TariffOn returns the version in force in a division on a day: the newest of
// the nearest division above it that has any. It returns a Refused fault
// "tariff.none" if there is none.
func (s *Service) TariffOn(ctx context.Context, divisionID id.ID, day calendar.Day) (*Tariff, error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return nil, err
	}
	p, err := s.tariffs.read(ctx)
	if err != nil {
		return nil, err
	}
	return programme{tree, p}.tariffOn(divisionID, day)
}

// programme is what divisions and tariffs say at one moment.
type programme struct {
	tree    *division.Tree
	tariffs *page
}

func (p programme) tariffOn(divisionID id.ID, day calendar.Day) (*Tariff, error) {
	for _, d := range slices.Backward(p.tree.Path(divisionID)) {
		for _, t := range p.tariffs.divisions[d.ID] {
			if t.ValidFrom <= day {
				return t, nil
			}
		}
	}
	return nil, fault.New(fault.Refused, "tariff.none", "day", day.String())
}

// Tariffs returns the versions of a division and those above it, nearest
// division first, newest first. It returns NotFound "division.unknown" outside
// the actor's scope.
func (s *Service) Tariffs(ctx context.Context, actor auth.Actor, divisionID id.ID) ([]*Tariff, error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return nil, err
	}
	if !actor.Covers(tree, divisionID) {
		return nil, fault.New(fault.NotFound, "division.unknown")
	}
	p, err := s.tariffs.read(ctx)
	if err != nil {
		return nil, err
	}
	var list []*Tariff
	for _, d := range slices.Backward(tree.Path(divisionID)) {
		list = append(list, p.divisions[d.ID]...)
	}
	return list, nil
}

// NewTariff is a version to come.
type NewTariff struct {
	ID         id.ID
	DivisionID id.ID
	ValidFrom  calendar.Day // today or later
	Note       string
	Rules      []Rule
	Caps       []Cap
}

// AddTariff adds a version to a division's tariff, in force from a day on. The
// same ID and content again returns the stored version with replayed set.
// Faults: NotFound "division.unknown" outside the scope, Invalid for rules that
// contradict themselves or a day in the past, Conflict "request.id_reused".
func (s *Service) AddTariff(ctx context.Context, actor auth.Actor, in NewTariff) (t *Tariff, replayed bool, err error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return nil, false, err
	}
	if !actor.Covers(tree, in.DivisionID, auth.TownOfficial, auth.DistrictOfficial, auth.Administrator) {
		return nil, false, fault.New(fault.NotFound, "division.unknown").At("/division_id")
	}
	if err := in.check(calendar.DayOf(s.now(), s.zone)); err != nil {
		return nil, false, err
	}
	for range 20 { // somebody may take the version's number meanwhile
		err = s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
			t, replayed, err = s.addTariff(ctx, tx, actor, in)
			return err
		})
		if !database.IsDuplicate(err) {
			break
		}
	}
	s.tariffs.forget()
	return t, replayed, err
}

func (s *Service) addTariff(ctx context.Context, tx *gorm.DB, actor auth.Actor, in NewTariff) (t *Tariff, replayed bool, err error) {
	if t, err = storedTariff(ctx, tx, in); t != nil || err != nil {
		return t, t != nil, err
	}
	if t, err = insertTariff(ctx, tx, actor, in, s.now()); err != nil {
		return nil, false, err
	}
	return t, false, auth.Audit(ctx, tx, actor, auth.Event{Action: "tariff.created", ObjectKind: "tariff", ObjectID: in.ID,
		DivisionID: in.DivisionID, Detail: fmt.Sprintf("version %d from %s", t.Version, t.ValidFrom)})
}

// check refuses a version that contradicts itself.
func (in NewTariff) check(today calendar.Day) error {
	var faults []*fault.Fault
	if in.ValidFrom < today {
		faults = append(faults, fault.New(fault.Invalid, "tariff.in_past", "day", today.String()).At("/valid_from"))
	}
	seen := make(map[string]bool)
	for i, r := range in.Rules {
		at := func(field string) string { return fmt.Sprintf("/rules/%d/%s", i, field) }
		if seen[r.Item] {
			faults = append(faults, fault.New(fault.Invalid, "tariff.item_twice", "item", r.Item).At(at("item")))
		}
		seen[r.Item] = true
		if !slices.Contains(Categories, r.Category) {
			faults = append(faults, fault.New(fault.Invalid, "tariff.unknown_category").At(at("category")))
		}
		if !slices.Contains([]string{PerKg, PerCount, PerGrade}, r.Basis) {
			faults = append(faults, fault.New(fault.Invalid, "tariff.unknown_basis").At(at("basis")))
		}
		if r.Basis == PerCount && r.PerCount < 1 {
			faults = append(faults, fault.New(fault.Invalid, "tariff.per_count_missing").At(at("per_count")))
		}
		if r.Points < 0 || min(r.Grades.Excellent, r.Grades.Good, r.Grades.Fair, r.Grades.Poor) < 0 {
			faults = append(faults, fault.New(fault.Invalid, "tariff.negative_points").At(at("points")))
		}
		if r.Crediting.Valid && (r.Crediting.Int64 < division.AfterReview || r.Crediting.Int64 > division.MostObjectionDays) {
			faults = append(faults, fault.New(fault.Invalid, "tariff.bad_crediting", "maximum", division.MostObjectionDays).At(at("crediting")))
		}
	}
	caps := make(map[string]bool)
	for i, c := range in.Caps {
		if caps[c.Period+c.Category] {
			faults = append(faults, fault.New(fault.Invalid, "tariff.cap_twice").At(fmt.Sprintf("/caps/%d", i)))
		}
		caps[c.Period+c.Category] = true
	}
	if joined := fault.Join(faults...); joined != nil {
		return joined
	}
	return nil
}

type tariffRow struct {
	ID         id.ID
	DivisionID id.ID
	Version    int
	ValidFrom  calendar.Day
	Note       string
	CreatedAt  calendar.Micros
	CreatedBy  id.ID
}

type ruleRow struct {
	TariffID                    id.ID
	Item, Category              string
	Position                    int
	NameZh, NameEn              string
	Basis                       string
	Points                      points.Points
	PerCount                    int64
	Excellent, Good, Fair, Poor points.Points
	Crediting                   sql.NullInt64
}

type capRow struct {
	TariffID         id.ID
	Period, Category string
	Points           points.Points
}

// storedTariff returns the version with the input's id, or nil; with other
// content it is a Conflict.
func storedTariff(ctx context.Context, tx *gorm.DB, in NewTariff) (*Tariff, error) {
	list, err := loadTariffsWhere(ctx, tx, "id = ?", in.ID[:])
	if err != nil || len(list) == 0 {
		return nil, err
	}
	t := list[0]
	if t.DivisionID != in.DivisionID || t.ValidFrom != in.ValidFrom || t.Note != in.Note ||
		!slices.Equal(t.Rules, in.Rules) || !sameCaps(t.Caps, in.Caps) {
		return nil, fault.New(fault.Conflict, "request.id_reused").At("/id")
	}
	return t, nil
}

func sameCaps(a, b []Cap) bool {
	return len(a) == len(b) && !slices.ContainsFunc(b, func(c Cap) bool { return !slices.Contains(a, c) })
}

func insertTariff(ctx context.Context, tx *gorm.DB, actor auth.Actor, in NewTariff, at calendar.Micros) (*Tariff, error) {
	var version int
	if err := tx.Raw(`SELECT COALESCE(MAX(version), 0) + 1 FROM tariffs WHERE division_id = ?`, in.DivisionID[:]).
		Row().Scan(&version); err != nil {
		return nil, fmt.Errorf("count tariff versions: %w", err)
	}
	row := tariffRow{in.ID, in.DivisionID, version, in.ValidFrom, in.Note, at, actor.ID}
	if err := tx.Table("tariffs").Create(&row).Error; err != nil {
		return nil, fmt.Errorf("write tariff: %w", err)
	}
	rules := make([]ruleRow, len(in.Rules))
	for i, r := range in.Rules {
		rules[i] = ruleRow{in.ID, r.Item, r.Category, i + 1, r.NameZh, r.NameEn, r.Basis, r.Points, max(r.PerCount, 1),
			r.Grades.Excellent, r.Grades.Good, r.Grades.Fair, r.Grades.Poor, r.Crediting}
	}
	if err := tx.Table("tariff_rules").Create(&rules).Error; err != nil {
		return nil, fmt.Errorf("write tariff rules: %w", err)
	}
	if len(in.Caps) > 0 {
		caps := make([]capRow, len(in.Caps))
		for i, c := range in.Caps {
			caps[i] = capRow{in.ID, c.Period, c.Category, c.Points}
		}
		if err := tx.Table("tariff_caps").Create(&caps).Error; err != nil {
			return nil, fmt.Errorf("write tariff caps: %w", err)
		}
	}
	return &Tariff{in.ID, in.DivisionID, version, in.ValidFrom, in.Note, in.Rules, in.Caps}, nil
}

func loadTariffs(ctx context.Context, db *gorm.DB) ([]*Tariff, error) {
	return loadTariffsWhere(ctx, db, "1 = 1")
}

// loadTariffsWhere reads versions with their rules and caps, newest first.
func loadTariffsWhere(ctx context.Context, db *gorm.DB, where string, args ...any) ([]*Tariff, error) {
	var rows []tariffRow
	if err := db.WithContext(ctx).Table("tariffs").Where(where, args...).
		Order("valid_from DESC, version DESC").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read tariffs: %w", err)
	}
	var rules []ruleRow
	if err := db.WithContext(ctx).Table("tariff_rules").Order("tariff_id, position").Find(&rules).Error; err != nil {
		return nil, fmt.Errorf("read tariff rules: %w", err)
	}
	var caps []capRow
	if err := db.WithContext(ctx).Table("tariff_caps").Order("tariff_id, period, category").Find(&caps).Error; err != nil {
		return nil, fmt.Errorf("read tariff caps: %w", err)
	}
	list := make([]*Tariff, len(rows))
	byID := make(map[id.ID]*Tariff, len(rows))
	for i, r := range rows {
		list[i] = &Tariff{ID: r.ID, DivisionID: r.DivisionID, Version: r.Version, ValidFrom: r.ValidFrom, Note: r.Note}
		byID[r.ID] = list[i]
	}
	for _, r := range rules {
		if t := byID[r.TariffID]; t != nil {
			t.Rules = append(t.Rules, Rule{r.Item, r.Category, r.NameZh, r.NameEn, r.Basis, r.Points, r.PerCount,
				Grades{r.Excellent, r.Good, r.Fair, r.Poor}, r.Crediting})
		}
	}
	for _, c := range caps {
		if t := byID[c.TariffID]; t != nil {
			t.Caps = append(t.Caps, Cap{c.Period, c.Category, c.Points})
		}
	}
	return list, nil
}
