// Package intake takes in files: rosters of households, lists of divisions,
// weighbridge tickets. A file is checked row by row, shown to the person, and
// then stored, all good rows or all rows or none. It knows files and progress;
// what a row means and how it is stored is for division, household and
// collection to say.
//
// Checking and storing run in the background. The file is kept in the database
// until it is stored, and every step is claimed, so any instance can go on where
// another one stopped.
package intake

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/collection"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/household"
	"hufen/internal/id"
	"hufen/internal/sheet"
)

// Kind is what a file lists.
type Kind string

// The kinds.
const (
	Divisions  Kind = "divisions"
	Households Kind = "households"
	WeighIns   Kind = "weigh_ins"
)

// State is how far an import is.
type State string

// The states.
const (
	Checking State = "checking"
	Checked  State = "checked"
	Applying State = "applying"
	Applied  State = "applied"
	Failed   State = "failed"
)

// Mode says what to do when some rows are wrong.
type Mode string

// The modes.
const (
	GoodRows Mode = "good_rows" // store the others
	AllRows  Mode = "all_rows"  // store nothing
)

// importers are the roles that import.
var importers = []auth.Role{auth.Cadre, auth.TownOfficial, auth.DistrictOfficial, auth.Administrator}

// Counts says what became of the rows.
type Counts struct {
	Total   int // rows below the heading
	Done    int // rows checked or stored so far
	Created int
	Changed int
	Same    int
	Wrong   int
}

// Import is a file on its way in.
type Import struct {
	ID         id.ID
	Kind       Kind
	DivisionID id.ID // what the rows are confined to; zero: the actor's whole scope
	ActorID    id.ID
	FileName   string
	State      State
	Mode       Mode // empty until it is applied
	Counts     Counts
	Fault      *fault.Fault // why it failed
	CreatedAt  calendar.Micros
}

// Verdict is what a row does, or would do.
type Verdict string

// The verdicts.
const (
	Create Verdict = "create"
	Change Verdict = "change"
	Same   Verdict = "same"
	Wrong  Verdict = "wrong"
)

// Row is what was found out about a row.
type Row struct {
	Number  int // as the spreadsheet numbers it
	Verdict Verdict
	Preview string       // what was read, with masked names
	Fault   *fault.Fault // of a wrong row
}

// Services are what an import is made of.
type Services struct {
	DB         *database.DB
	Auth       *auth.Service
	Divisions  *division.Service
	Households *household.Service
	Collection *collection.Service
}

// Service takes in files.
type Service struct {
	Services
	ctx   context.Context // of the work in the background
	stop  context.CancelFunc
	work  sync.WaitGroup
	slots chan struct{}
	now   func() calendar.Micros // when files come in
}

// parallel bounds how many imports an instance works on at once: each holds its
// file in memory.
const parallel = 2

// New returns the service. Close has to be called.
func New(services Services) *Service {
	s := &Service{Services: services, slots: make(chan struct{}, parallel), now: calendar.Now}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s
}

// RunAt sets the clock by which files come in, before the first one: a demo town
// has brought its tickets month by month.
func (s *Service) RunAt(now func() calendar.Micros) { s.now = now }

// Close stops the work in the background and waits for it. What is not finished
// goes on at the next start, or on another instance.
func (s *Service) Close() {
	s.stop()
	s.work.Wait()
}

// Upload is a file to be imported.
type Upload struct {
	ID         id.ID // made by the client
	Kind       Kind
	DivisionID id.ID  // zero: the actor's whole scope
	Mapping    string // JSON, where the columns are not the template's; see docs/imports.md
	FileName   string
	File       []byte
}

// Create accepts a file and checks it in the background. The same id and file
// again return the import with replayed true; another file is a Conflict
// "request.id_reused". Files that cannot be opened are refused at once with the
// faults of sheet.Open, and so are "import.bad_mapping" and NotFound
// "division.unknown".
func (s *Service) Create(ctx context.Context, actor auth.Actor, in Upload) (imp Import, replayed bool, err error) {
	row, replayed, err := s.accept(ctx, actor, &in)
	if err != nil {
		return imp, false, err
	}
	if !replayed {
		s.start(row, actor)
	}
	return row.imported(), replayed, nil
}

// accept checks what can be said before the rows are read, and stores the file.
func (s *Service) accept(ctx context.Context, actor auth.Actor, in *Upload) (row importRow, replayed bool, err error) {
	if in.ID.IsZero() {
		return row, false, fault.New(fault.Invalid, "import.no_id").At("/id")
	}
	if err := s.confine(ctx, actor, in); err != nil {
		return row, false, err
	}
	if _, err := s.newPlan(ctx, in.row(actor, s.now()), actor); err != nil {
		return row, false, err
	}
	if err := looksReadable(in.File); err != nil {
		return row, false, err
	}
	row = in.row(actor, s.now())
	err = s.DB.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		stored, found, err := readImport(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		if replayed = found; found {
			same := stored.FileHash == row.FileHash && stored.Kind == row.Kind && stored.DivisionID == row.DivisionID && stored.ActorID == row.ActorID && stored.Mapping == row.Mapping
			if !same {
				return fault.New(fault.Conflict, "request.id_reused").At("/id")
			}
			row = stored
			return nil
		}
		return insertImport(ctx, tx, row, in.File)
	})
	return row, replayed, describe("store import", err)
}

// looksReadable opens a file and reads its first row.
func looksReadable(file []byte) error {
	opened, err := sheet.Open(file)
	if err != nil {
		return err
	}
	for _, err := range opened.Rows(0) {
		return err
	}
	return nil
}

// confine refuses a division outside the actor's scope, and takes the actor's
// own where none is named and there is only one.
func (s *Service) confine(ctx context.Context, actor auth.Actor, in *Upload) error {
	own := actor.Divisions(importers...)
	if in.DivisionID.IsZero() {
		if len(own) == 1 {
			in.DivisionID = own[0]
		}
		return nil
	}
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return err
	}
	if !actor.Covers(tree, in.DivisionID, importers...) {
		return division.Unknown().At("/division")
	}
	return nil
}

func (in Upload) row(actor auth.Actor, now calendar.Micros) importRow {
	return importRow{
		ID: in.ID, Kind: in.Kind, DivisionID: id.Some(in.DivisionID), ActorID: actor.ID, FileName: cut(in.FileName, 200),
		FileHash: sha256.Sum256(in.File), Mapping: in.Mapping, State: Checking, CreatedAt: now, UpdatedAt: now,
	}
}

// cut returns at most n characters of valid text.
func cut(s string, n int) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}

// describe wraps what is not a fault.
func describe(doing string, err error) error {
	if _, ok := fault.As(err); ok || err == nil {
		return err
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// Get returns an import of the actor's scope, or NotFound "import.unknown".
func (s *Service) Get(ctx context.Context, actor auth.Actor, importID id.ID) (Import, error) {
	row, err := s.visible(ctx, actor, importID)
	return row.imported(), err
}

func (s *Service) visible(ctx context.Context, actor auth.Actor, importID id.ID) (importRow, error) {
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return importRow{}, err
	}
	row, found, err := readImport(ctx, s.DB.Read, importID)
	if err != nil {
		return importRow{}, fmt.Errorf("read import: %w", err)
	}
	if !found || !sees(actor, tree, row) {
		return importRow{}, fault.New(fault.NotFound, "import.unknown")
	}
	return row, nil
}

// sees reports whether an import is the actor's own or lies in his division.
func sees(actor auth.Actor, tree *division.Tree, row importRow) bool {
	if row.ActorID == actor.ID || actor.Everywhere(importers...) {
		return true
	}
	return row.DivisionID.Valid && actor.Covers(tree, row.DivisionID.ID, importers...)
}

// Cursor is the place of an import in a list.
type Cursor struct {
	CreatedAt calendar.Micros `json:"t"`
	ID        id.ID           `json:"i"`
}

// List returns the imports of the actor's scope, newest first.
func (s *Service) List(ctx context.Context, actor auth.Actor, after Cursor, limit int) (imports []Import, more bool, err error) {
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return nil, false, err
	}
	for {
		rows, err := readImports(ctx, s.DB.Read, after, 200)
		if err != nil {
			return nil, false, fmt.Errorf("list imports: %w", err)
		}
		for _, row := range rows {
			if !sees(actor, tree, row) {
				continue
			}
			if len(imports) == limit {
				return imports, true, nil
			}
			imports = append(imports, row.imported())
		}
		if len(rows) < 200 {
			return imports, false, nil
		}
		last := rows[len(rows)-1]
		after = Cursor{last.CreatedAt, last.ID}
	}
}

// Rows returns what the check found out, by row number, with one verdict only
// where one is named. It returns NotFound "import.unknown".
func (s *Service) Rows(ctx context.Context, actor auth.Actor, importID id.ID, verdict Verdict, after, limit int) (rows []Row, more bool, err error) {
	if _, err := s.visible(ctx, actor, importID); err != nil {
		return nil, false, err
	}
	rows, err = readRows(ctx, s.DB.Read, importID, verdict, after, limit+1)
	if err != nil {
		return nil, false, fmt.Errorf("read import rows: %w", err)
	}
	if len(rows) > limit {
		return rows[:limit], true, nil
	}
	return rows, false, nil
}

// Apply stores a checked file in the background. Asking again with the same mode
// returns the import as it is. It returns NotFound "import.unknown", Conflict
// "import.not_checked" and "import.already_applied", and Refused
// "import.has_wrong_rows" where all rows are wanted and some are wrong.
func (s *Service) Apply(ctx context.Context, actor auth.Actor, importID id.ID, mode Mode) (Import, error) {
	row, started, err := s.beginApply(ctx, actor, importID, mode)
	if err != nil {
		return Import{}, err
	}
	if started {
		s.start(row, actor)
	}
	return row.imported(), nil
}

func (s *Service) beginApply(ctx context.Context, actor auth.Actor, importID id.ID, mode Mode) (row importRow, started bool, err error) {
	if row, err = s.visible(ctx, actor, importID); err != nil {
		return row, false, err
	}
	switch {
	case row.Mode == mode && (row.State == Applying || row.State == Applied):
		return row, false, nil
	case row.Mode != "":
		return row, false, fault.New(fault.Conflict, "import.already_applied")
	case row.State != Checked:
		return row, false, fault.New(fault.Conflict, "import.not_checked")
	case mode == AllRows && row.Counts.Wrong > 0:
		return row, false, hasWrongRows(row.Counts.Wrong)
	}
	err = s.step(ctx, &row, func(_ context.Context, _ *gorm.DB, r *importRow) error {
		r.State, r.Mode, r.Counts = Applying, mode, Counts{Total: r.Counts.Total}
		return nil
	})
	if errors.Is(err, errTakenOver) { // somebody else pressed the button as well
		err = fault.New(fault.Conflict, "import.already_applied")
	}
	return row, err == nil, describe("apply import", err)
}

func hasWrongRows(wrong int) *fault.Fault {
	return fault.New(fault.Refused, "import.has_wrong_rows", "wrong", wrong)
}

// Options says how Run imports.
type Options struct {
	DivisionID id.ID
	Mapping    string
	FileName   string
	Mode       Mode         // empty: check only
	Progress   func(Import) // called now and then; may be nil
}

// Result is what Run did, with the wrong rows.
type Result struct {
	Import Import
	Wrong  []Row
}

// Run imports a file at once, for the command line: it checks the rows and, with
// a mode, stores them. Wrong rows are in the result; where all rows are wanted
// they are also a Refused fault "import.has_wrong_rows".
func (s *Service) Run(ctx context.Context, actor auth.Actor, kind Kind, file []byte, options Options) (Result, error) {
	row, _, err := s.accept(ctx, actor, &Upload{
		ID: id.New(), Kind: kind, DivisionID: options.DivisionID, Mapping: options.Mapping, FileName: options.FileName, File: file,
	})
	if err != nil {
		return Result{}, err
	}
	if err := s.do(ctx, &row, actor, options.Progress); err != nil {
		return Result{Import: row.imported()}, err
	}
	wrong, err := readRows(ctx, s.DB.Read, row.ID, Wrong, 0, sheet.MaxRows)
	if err != nil || options.Mode == "" || row.State == Failed {
		return Result{row.imported(), wrong}, firstError(err, faultOf(row))
	}
	row, _, err = s.beginApply(ctx, actor, row.ID, options.Mode)
	if err != nil {
		return Result{row.imported(), wrong}, err
	}
	err = s.do(ctx, &row, actor, options.Progress)
	return Result{row.imported(), wrong}, firstError(err, faultOf(row))
}

func faultOf(row importRow) error {
	if f := row.imported().Fault; f != nil {
		return f
	}
	return nil
}

func firstError(errs ...error) error {
	i := slices.IndexFunc(errs, func(err error) bool { return err != nil })
	if i < 0 {
		return nil
	}
	return errs[i]
}

// storedArgs writes the arguments of a fault, to be read in anybody's language
// later. What does not fit is left out.
func storedArgs(f *fault.Fault) string {
	if len(f.Args) == 0 {
		return ""
	}
	text, err := json.Marshal(f.Args)
	if err != nil || len(text) > 500 {
		return ""
	}
	return string(text)
}

// readFault is the fault whose code and arguments were stored.
func readFault(code, args string) *fault.Fault {
	if code == "" {
		return nil
	}
	f := &fault.Fault{Kind: fault.Invalid, Code: code}
	_ = json.Unmarshal([]byte(args), &f.Args) // "" and nothing else is not JSON
	return f
}
