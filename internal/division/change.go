package division

import (
	"context"
	"fmt"
	"strings"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// Since is the first day of what has no known beginning, so that figures of past
// months find their village.
const Since calendar.Day = 2000_01_01

// NewDivision is a division to be created.
type NewDivision struct {
	ID        id.ID // made by the client
	ParentID  id.ID // zero: found by the code, or the top
	Level     Level
	Name      string
	Code      string       // may be empty
	ValidFrom calendar.Day // zero: Since
}

// Create adds a division below its parent. The same id and content again return
// it with replayed true; other content is a Conflict "request.id_reused".
// Faults are Invalid "division.name_missing", "division.bad_code",
// "division.code_level", "division.code_elsewhere", "division.group_code",
// "division.parent_missing" and "division.parent_level", Conflict
// "division.code_taken" and "division.name_taken", NotFound "division.unknown"
// for a parent outside the author's scope and Forbidden "division.not_yours".
func (s *Service) Create(ctx context.Context, author Author, in NewDivision) (d Division, replayed bool, err error) {
	tree, err := s.Tree(ctx)
	if err != nil {
		return d, false, err
	}
	d, err = in.division(tree, author)
	if err != nil {
		return d, false, err
	}
	if !author.Manages(tree, d.ParentID) {
		return d, false, notYours()
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		replayed, err = s.create(ctx, tx, author, d)
		return err
	})
	if err != nil {
		return d, false, err
	}
	s.Forget()
	return d, replayed, nil
}

func notYours() *fault.Fault { return fault.New(fault.Forbidden, "division.not_yours") }

// division checks what can be said without the database.
func (in NewDivision) division(tree *Tree, author Author) (Division, error) {
	d := Division{ID: in.ID, ParentID: in.ParentID, Level: in.Level, Name: strings.TrimSpace(in.Name), Code: in.Code, ValidFrom: in.ValidFrom, ValidTo: Forever}
	if d.ValidFrom == 0 {
		d.ValidFrom = Since
	}
	if d.ID.IsZero() { // it is the parent of the highest divisions
		return d, fault.New(fault.Invalid, "request.id_missing").At("/id")
	}
	if d.Name == "" {
		return d, fault.New(fault.Invalid, "division.name_missing").At("/name")
	}
	if err := d.readCode(); err != nil {
		return d, err.At("/code")
	}
	if d.ParentID.IsZero() {
		d.ParentID = parentByCode(d.Code, tree.ByCode).ID
	}
	parent, known := tree.Get(d.ParentID)
	if !d.ParentID.IsZero() && (!known || !author.Sees(tree, d.ParentID)) {
		return d, Unknown().At("/parent_id")
	}
	if err := d.fits(parent); err != nil {
		return d, err
	}
	return d, nil
}

// readCode brings the code into its short form and checks it against the level.
func (d *Division) readCode() *fault.Fault {
	if d.Code == "" {
		return nil
	}
	short, level, ok := ParseCode(d.Code)
	switch {
	case d.Level == Group:
		return fault.New(fault.Invalid, "division.group_code")
	case !ok:
		return fault.New(fault.Invalid, "division.bad_code")
	case level != d.Level:
		return fault.New(fault.Invalid, "division.code_level", "digits", len(short))
	}
	d.Code = short
	return nil
}

// parentByCode returns the nearest division whose code the code begins with, or
// the zero division.
func parentByCode(code string, find func(code string) (Division, bool)) Division {
	if code == "" {
		return Division{}
	}
	for _, above := range parentCodes(code) {
		if parent, ok := find(above); ok {
			return parent
		}
	}
	return Division{}
}

// fits checks a division against its parent, which is zero at the top.
func (d Division) fits(parent Division) *fault.Fault {
	want := map[Level]Level{Group: Village, Village: Town, Town: District}[d.Level]
	switch {
	case want != "" && (parent.ID.IsZero() || parent.Level.Above(want)):
		return fault.New(fault.Invalid, "division.parent_missing."+string(want)).At("/parent_id")
	case parent.ID.IsZero():
		return nil
	case want != "" && parent.Level != want, !parent.Level.Above(d.Level):
		return fault.New(fault.Invalid, "division.parent_level", "parent", parent.Name).At("/parent_id")
	case d.Code != "" && !strings.HasPrefix(d.Code, parent.Code):
		return fault.New(fault.Invalid, "division.code_elsewhere", "parent", parent.Name, "parent_code", parent.Code).At("/code")
	}
	return nil
}

func (s *Service) create(ctx context.Context, tx *gorm.DB, author Author, d Division) (replayed bool, err error) {
	if _, _, err := lockDivision(ctx, tx, d.ParentID); err != nil {
		return false, err
	}
	stored, found, err := readOne(ctx, tx, "id = ?", d.ID)
	if err != nil {
		return false, err
	}
	if found {
		return true, sameDivision(stored, d)
	}
	if err := checkTaken(ctx, tx, d); err != nil {
		return false, err
	}
	return false, store(ctx, tx, author, d)
}

func sameDivision(stored, d Division) error {
	if stored.ParentID != d.ParentID || stored.Level != d.Level || stored.Code != d.Code || stored.Name != d.Name || stored.ValidFrom != d.ValidFrom {
		return fault.New(fault.Conflict, "request.id_reused").At("/id")
	}
	return nil
}

// checkTaken returns a Conflict fault when another division has the code, or a
// sibling the name, at the same time.
func checkTaken(ctx context.Context, tx *gorm.DB, d Division) error {
	if d.Code != "" {
		other, found, err := readOne(ctx, tx, "code = ? AND id <> ? AND valid_to >= ?", d.Code, d.ID, d.ValidFrom)
		if err != nil {
			return err
		}
		if found {
			return codeTaken(other)
		}
	}
	if d.ParentID.IsZero() {
		return nil
	}
	_, found, err := readOne(ctx, tx, "parent_id = ? AND name = ? AND id <> ? AND valid_to >= ?", d.ParentID, d.Name, d.ID, d.ValidFrom)
	if err != nil {
		return err
	}
	if found {
		return fault.New(fault.Conflict, "division.name_taken", "name", d.Name).At("/name")
	}
	return nil
}

func codeTaken(other Division) *fault.Fault {
	return fault.New(fault.Conflict, "division.code_taken", "name", other.Name).At("/code")
}

// store inserts a checked division and notes it.
func store(ctx context.Context, tx *gorm.DB, author Author, d Division) error {
	d.UpdatedAt = calendar.Now()
	if err := insertDivision(ctx, tx, d); database.IsDuplicate(err) {
		return codeTaken(d) // an older division had the code from the same day on
	} else if err != nil {
		return err
	}
	return author.Note(ctx, tx, Change{"division.create", "division", d.ID, d.ID, strings.TrimSpace(d.Code + " " + d.Name)})
}

// Update changes a division from a day on; nil leaves as it is.
type Update struct {
	From  calendar.Day
	Name  *string
	Code  *string
	Ended *bool // true: it no longer exists from that day on
}

// Update renames, recodes, ends or reopens a division; its old code and name stay
// on record. A name or code can change from today or an earlier day on, after
// the change before it. Faults are those of Create, Invalid
// "division.from_outside", Refused "division.has_divisions" and
// "division.has_households", NotFound "division.unknown" outside the author's
// scope and Forbidden "division.not_yours".
func (s *Service) Update(ctx context.Context, author Author, divisionID id.ID, in Update) (d Division, err error) {
	tree, err := s.Tree(ctx)
	if err != nil {
		return d, err
	}
	if !author.Sees(tree, divisionID) {
		return d, Unknown()
	}
	if known, _ := tree.Get(divisionID); !author.Manages(tree, divisionID) || in.Ended != nil && !author.Manages(tree, known.ParentID) {
		return d, notYours()
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		d, err = s.update(ctx, tx, author, tree, divisionID, in)
		return err
	})
	if err != nil {
		return d, err
	}
	s.Forget()
	return d, nil
}

func (s *Service) update(ctx context.Context, tx *gorm.DB, author Author, tree *Tree, divisionID id.ID, in Update) (Division, error) {
	before, found, err := lockDivision(ctx, tx, divisionID)
	if err != nil || !found {
		return before, firstError(err, Unknown())
	}
	d := before
	if err := in.apply(&d, tree); err != nil {
		return before, err
	}
	if d == before {
		return d, nil
	}
	if d.Name != before.Name || d.Code != before.Code {
		if err := s.checkRename(ctx, tx, d, in.From); err != nil {
			return before, err
		}
	}
	if d.ValidTo < before.ValidTo {
		if err := checkEmpty(ctx, tx, d); err != nil {
			return before, err
		}
	}
	return d, revise(ctx, tx, author, before, &d, in.From)
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// apply writes the wishes into d and checks what can be said without the
// database.
func (in Update) apply(d *Division, tree *Tree) error {
	if in.Name != nil {
		if d.Name = strings.TrimSpace(*in.Name); d.Name == "" {
			return fault.New(fault.Invalid, "division.name_missing").At("/name")
		}
	}
	if in.Code != nil {
		d.Code = *in.Code
		if err := d.readCode(); err != nil {
			return err.At("/code")
		}
		parent, _ := tree.Get(d.ParentID)
		if err := d.fits(parent); err != nil {
			return err
		}
	}
	if in.Ended == nil {
		return nil
	}
	d.ValidTo = Forever
	if *in.Ended {
		if d.ValidTo = in.From.AddDays(-1); d.ValidTo < d.ValidFrom {
			return fromOutside(d.ValidFrom)
		}
	}
	return nil
}

func fromOutside(since calendar.Day) *fault.Fault {
	return fault.New(fault.Invalid, "division.from_outside", "since", since).At("/from")
}

// checkRename checks the day of a new name or code, and that nobody else has it.
func (s *Service) checkRename(ctx context.Context, tx *gorm.DB, d Division, from calendar.Day) error {
	since, err := lastCodeDay(ctx, tx, d.ID)
	if err != nil {
		return err
	}
	if since = max(since, d.ValidFrom); from < since || from > s.Today() {
		return fromOutside(since)
	}
	return checkTaken(ctx, tx, d)
}

// checkEmpty returns a Refused fault while anything inside the division goes on
// after its end.
func checkEmpty(ctx context.Context, tx *gorm.DB, d Division) error {
	_, found, err := readOne(ctx, tx, "parent_id = ? AND valid_to > ?", d.ID, d.ValidTo)
	if err != nil {
		return err
	}
	if found {
		return fault.New(fault.Refused, "division.has_divisions").At("/ended")
	}
	if found, err = hasHouseholds(ctx, tx, d.ID); err != nil {
		return err
	}
	if found {
		return fault.New(fault.Refused, "division.has_households").At("/ended")
	}
	return nil
}

// revise stores a checked change and notes it.
func revise(ctx context.Context, tx *gorm.DB, author Author, before Division, d *Division, from calendar.Day) error {
	d.UpdatedAt = max(calendar.Now(), before.UpdatedAt+1)
	if err := updateDivision(ctx, tx, *d); err != nil {
		return err
	}
	if err := moveCodes(ctx, tx, before, *d); err != nil {
		return err
	}
	if d.Name != before.Name || d.Code != before.Code {
		if err := closeCode(ctx, tx, d.ID, from); err != nil {
			return err
		}
		if d.Code != "" {
			if err := insertCode(ctx, tx, *d, from); database.IsDuplicate(err) {
				return codeTaken(*d)
			} else if err != nil {
				return err
			}
		}
	}
	return author.Note(ctx, tx, Change{"division.change", "division", d.ID, d.ID, d.differences(before, from)})
}

func (d Division) differences(before Division, from calendar.Day) string {
	changes := []string{from.String()}
	if d.Name != before.Name {
		changes = append(changes, before.Name+" → "+d.Name)
	}
	if d.Code != before.Code {
		changes = append(changes, before.Code+" → "+d.Code)
	}
	if d.ValidFrom != before.ValidFrom || d.ValidTo != before.ValidTo {
		changes = append(changes, fmt.Sprintf("%s–%s → %s–%s", before.ValidFrom, before.ValidTo, d.ValidFrom, d.ValidTo))
	}
	return strings.Join(changes, ", ")
}
