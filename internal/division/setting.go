package division

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// SettingName names a setting; it is also the code of its title.
type SettingName string

// The settings.
const (
	PointValueFen        SettingName = "point_value_fen"
	ReductionTarget      SettingName = "reduction_target_permille"
	Coverage             SettingName = "coverage_permille"
	BucketDensity        SettingName = "bucket_density_kg_per_m3"
	DropOffFuture        SettingName = "drop_off_future_minutes"
	DropOffPast          SettingName = "drop_off_past_days"
	UndoMinutes          SettingName = "undo_minutes"
	CadreUndoDays        SettingName = "cadre_undo_days"
	PersonDayMaxGrams    SettingName = "person_day_max_grams"
	ItemMaxGrams         SettingName = "item_max_grams"
	ItemMaxPieces        SettingName = "item_max_pieces"
	ShowBalanceToCleaner SettingName = "show_balance_to_cleaner"
	ConfirmFromPoints    SettingName = "confirm_from_points"
	ReviewAll            SettingName = "review_all"
	CreditFood           SettingName = "credit_food"
	CreditRecyclable     SettingName = "credit_recyclable"
	CreditHazardous      SettingName = "credit_hazardous"
	CreditResidual       SettingName = "credit_residual"
	AdjustmentLimit      SettingName = "adjustment_limit_points" // one person alone, per household and month
	ClawbackShare        SettingName = "clawback_share_permille" // of an award, to work off what is owed
)

// Unit is what a setting's number counts.
type Unit string

// The units.
const (
	UnitFen      Unit = "fen"
	UnitPoints   Unit = "points" // hundredths of a point
	UnitGrams    Unit = "grams"
	UnitPieces   Unit = "pieces"
	UnitMinutes  Unit = "minutes"
	UnitDays     Unit = "days"
	UnitPermille Unit = "permille"
	UnitSwitch   Unit = "switch" // 0 off, 1 on
	UnitDensity  Unit = "kg_per_m3"

	// When points count: AtOnce, AfterReview, or the days of an objection period.
	UnitCrediting Unit = "crediting"
)

// The values of UnitCrediting that are not a number of days.
const (
	AtOnce      = 0
	AfterReview = -1
)

// MostObjectionDays is the longest objection period.
const MostObjectionDays = 60

// Definition says what values a setting takes. Its title is the sentence
// "setting." + Name.
type Definition struct {
	Name                      SettingName
	Unit                      Unit
	Minimum, Maximum, Default int64
}

// Catalogue lists the settings in the order pages show them.
var Catalogue = []Definition{
	{PointValueFen, UnitFen, 1, 10_000, 1},
	{ConfirmFromPoints, UnitPoints, 0, 100_000_00, 0},
	{ReviewAll, UnitSwitch, 0, 1, 0},
	{ShowBalanceToCleaner, UnitSwitch, 0, 1, 1},
	{ItemMaxGrams, UnitGrams, 100, 1_000_000, 60_000},
	{ItemMaxPieces, UnitPieces, 1, 100_000, 1_000},
	{PersonDayMaxGrams, UnitGrams, 100, 1_000_000, 5_000},
	{UndoMinutes, UnitMinutes, 0, 24 * 60, 10},
	{CadreUndoDays, UnitDays, 0, 366, 3},
	{DropOffFuture, UnitMinutes, 0, 24 * 60, 10},
	{DropOffPast, UnitDays, 1, 366, 90},
	{ReductionTarget, UnitPermille, 0, 1000, 300},
	{Coverage, UnitPermille, 0, 1000, 800},
	{BucketDensity, UnitDensity, 10, 2_000, 263},
	{CreditFood, UnitCrediting, AfterReview, MostObjectionDays, AtOnce},
	{CreditRecyclable, UnitCrediting, AfterReview, MostObjectionDays, AtOnce},
	{CreditHazardous, UnitCrediting, AfterReview, MostObjectionDays, AtOnce},
	{CreditResidual, UnitCrediting, AfterReview, MostObjectionDays, AtOnce},
	{AdjustmentLimit, UnitPoints, 0, 100_000_00, 50_00},
	{ClawbackShare, UnitPermille, 0, 1000, 500},
}

var definitions = func() map[SettingName]Definition {
	m := make(map[SettingName]Definition, len(Catalogue))
	for _, d := range Catalogue {
		m[d.Name] = d
	}
	return m
}()

// Value is a value a setting has in a division from a day on.
type Value struct {
	ID         id.ID
	DivisionID id.ID
	Name       SettingName
	Value      int64
	ValidFrom  calendar.Day
	RecordedAt calendar.Micros
	ActorID    id.ID
}

// settings holds the values of each division and name, by the day they begin;
// for a day given twice only the later record.
type settings map[settingKey][]Value

type settingKey struct {
	division id.ID
	name     SettingName
}

func newSettings(values []Value) settings {
	s := make(settings)
	slices.SortFunc(values, func(a, b Value) int {
		return cmp.Or(cmp.Compare(a.ValidFrom, b.ValidFrom), cmp.Compare(a.RecordedAt, b.RecordedAt), slices.Compare(a.ID[:], b.ID[:]))
	})
	for _, v := range values {
		key := settingKey{v.DivisionID, v.Name}
		dated := s[key]
		if n := len(dated); n > 0 && dated[n-1].ValidFrom == v.ValidFrom {
			dated[n-1] = v
			continue
		}
		s[key] = append(dated, v)
	}
	return s
}

// in returns the value a division itself has on a day.
func (s settings) in(division id.ID, name SettingName, day calendar.Day) (Value, bool) {
	dated := s[settingKey{division, name}]
	for i := len(dated) - 1; i >= 0; i-- {
		if dated[i].ValidFrom <= day {
			return dated[i], true
		}
	}
	return Value{}, false
}

// at returns the value that holds in a division on a day: the nearest
// ancestor's, or the default, which belongs to no division.
func (s settings) at(tree *Tree, definition Definition, division id.ID, day calendar.Day) Value {
	for n := tree.nodes[division]; n != nil; n = n.parent {
		if v, ok := s.in(n.ID, definition.Name, day); ok {
			return v
		}
	}
	return Value{Name: definition.Name, Value: definition.Default}
}

// Setting returns the value that holds in a division on a day: the division's
// own, else the nearest ancestor's, else the default. It reads no row unless
// the snapshot is older than two seconds. An unknown name is an error, an
// unknown division has the defaults.
func (s *Service) Setting(ctx context.Context, name SettingName, divisionID id.ID, day calendar.Day) (int64, error) {
	definition, ok := definitions[name]
	if !ok {
		return 0, fmt.Errorf("division: no setting %q", name)
	}
	snap, err := s.snapshot.get(ctx)
	if err != nil {
		return 0, err
	}
	if len(snap.settings) == 0 {
		return definition.Default, nil
	}
	return snap.settings.at(snap.tree, definition, divisionID, day).Value, nil
}

// SettingState is a setting as it holds in a division.
type SettingState struct {
	Definition
	Value Value   // in force; without a DivisionID it is the default
	Later []Value // the division's own values of later days
}

// Settings returns every setting as it holds in a division on a day. Returns
// NotFound "division.unknown" outside the author's scope.
func (s *Service) Settings(ctx context.Context, author Author, divisionID id.ID, day calendar.Day) ([]SettingState, error) {
	snap, err := s.snapshot.get(ctx)
	if err != nil {
		return nil, err
	}
	if !author.Sees(snap.tree, divisionID) {
		return nil, Unknown()
	}
	states := make([]SettingState, len(Catalogue))
	for i, definition := range Catalogue {
		states[i] = snap.settings.state(snap.tree, definition, divisionID, day)
	}
	return states, nil
}

func (s settings) state(tree *Tree, definition Definition, division id.ID, day calendar.Day) SettingState {
	state := SettingState{Definition: definition, Value: s.at(tree, definition, division, day)}
	for _, v := range s[settingKey{division, definition.Name}] {
		if v.ValidFrom > day {
			state.Later = append(state.Later, v)
		}
	}
	return state
}

// NewValue gives a setting a value in a division from a day on.
type NewValue struct {
	ID         id.ID // made by the client
	DivisionID id.ID
	Name       SettingName
	Value      int64
	ValidFrom  calendar.Day // today or later
}

// ChangeSetting records a value and notes it in the audit log. The same id and
// content again return the state with replayed true; other content is a
// Conflict "request.id_reused". It returns Invalid faults "setting.unknown",
// "setting.out_of_range" and "setting.past_day", NotFound "division.unknown"
// outside the author's scope and Forbidden "setting.not_yours" where the author
// may only look.
func (s *Service) ChangeSetting(ctx context.Context, author Author, in NewValue) (state SettingState, replayed bool, err error) {
	tree, err := s.Tree(ctx)
	if err != nil {
		return state, false, err
	}
	if !author.Sees(tree, in.DivisionID) {
		return state, false, Unknown().At("/division_id")
	}
	if !author.Manages(tree, in.DivisionID) {
		return state, false, fault.New(fault.Forbidden, "setting.not_yours")
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		replayed, err = s.recordValue(ctx, tx, author, in)
		return err
	})
	if err != nil {
		return state, false, err
	}
	s.Forget()
	snap, err := s.snapshot.get(ctx)
	if err != nil {
		return state, false, err
	}
	return snap.settings.state(snap.tree, definitions[in.Name], in.DivisionID, s.Today()), replayed, nil
}

func (s *Service) recordValue(ctx context.Context, tx *gorm.DB, author Author, in NewValue) (replayed bool, err error) {
	stored, found, err := readValue(ctx, tx, in.ID)
	if err != nil {
		return false, err
	}
	if found {
		return true, sameValue(stored, in)
	}
	if err := s.checkValue(in); err != nil {
		return false, err
	}
	v := Value{in.ID, in.DivisionID, in.Name, in.Value, in.ValidFrom, s.now(), author.AuthorID()}
	if err := insertValue(ctx, tx, v); database.IsDuplicate(err) { // a twin was faster
		if stored, _, err = readValue(ctx, tx, in.ID); err != nil {
			return false, err
		}
		return true, sameValue(stored, in)
	} else if err != nil {
		return false, err
	}
	return false, author.Note(ctx, tx, Change{
		Action: "setting.change", ObjectKind: "setting", ObjectID: v.ID, DivisionID: v.DivisionID,
		Detail: fmt.Sprintf("%s = %d, %s", v.Name, v.Value, v.ValidFrom),
	})
}

func sameValue(v Value, in NewValue) error {
	if v.DivisionID != in.DivisionID || v.Name != in.Name || v.Value != in.Value || v.ValidFrom != in.ValidFrom {
		return fault.New(fault.Conflict, "request.id_reused").At("/id")
	}
	return nil
}

func (s *Service) checkValue(in NewValue) error {
	definition, ok := definitions[in.Name]
	if !ok {
		return fault.New(fault.Invalid, "setting.unknown").At("/name")
	}
	if in.Value < definition.Minimum || in.Value > definition.Maximum {
		return fault.New(fault.Invalid, "setting.out_of_range", "minimum", definition.Minimum, "maximum", definition.Maximum).At("/value")
	}
	if !in.ValidFrom.Valid() || in.ValidFrom < s.Today() {
		return fault.New(fault.Invalid, "setting.past_day", "today", s.Today()).At("/valid_from")
	}
	return nil
}
