// Package household owns the 户: its place, its people, its cards and its
// PIN. Names and phones stand in tables of their own, apart from everything
// else, so that they can be erased when a household leaves. It leaves points
// to the ledger and drop-offs to dropoff.
package household

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// Who may do what with the households of their division.
var (
	readers  = []auth.Role{auth.Cadre, auth.TownOfficial, auth.DistrictOfficial, auth.Auditor, auth.Administrator}
	writers  = []auth.Role{auth.Cadre, auth.TownOfficial, auth.Administrator}
	scanners = []auth.Role{auth.Cleaner, auth.Shopkeeper, auth.Cadre, auth.TownOfficial, auth.Administrator}
)

// Config is what an operator can set.
type Config struct {
	Zone *time.Location
	// PINAttempts may fail for one household or card within PINWindow, and
	// AddressAttempts from one address.
	PINAttempts, AddressAttempts int
	PINWindow                    time.Duration
}

// Service keeps households and their cards.
type Service struct {
	db        *database.DB
	divisions *division.Service
	keys      *Keys
	throttle  *auth.Throttle
	config    Config
	now       func() calendar.Micros
	mayClose  func(ctx context.Context, tx *gorm.DB, householdID, villageID id.ID) error // nil: there are no points
}

// New returns the service of a database.
func New(db *database.DB, divisions *division.Service, keys *Keys, config Config) *Service {
	return &Service{db: db, divisions: divisions, keys: keys, throttle: auth.NewThrottle(db), config: config, now: calendar.Now}
}

// RunAt sets the clock of the service, before its first use: a demo town has had
// its households and cards for months. What is good for minutes only, PINs and
// confirmations, goes by the true time.
func (s *Service) RunAt(now func() calendar.Micros) { s.now = now }

// GuardClosing makes Change ask before it closes a household, under the lock of its
// row, whether anything is left of it. It is called before the first request.
func (s *Service) GuardClosing(mayClose func(ctx context.Context, tx *gorm.DB, householdID, villageID id.ID) error) {
	s.mayClose = mayClose
}

// Brief is a household as other people see it.
type Brief struct {
	ID          id.ID
	VillageID   id.ID
	DivisionID  id.ID // the village group, or the village where it has none
	HouseNumber string
	MaskedName  string // 张*芳; empty after the name was erased
	MemberCount int    // today's
}

// Household is a household as its cadre sees it. The full name and the phone
// are for Reveal only.
type Household struct {
	Brief
	OpenedAt  calendar.Micros
	ClosedAt  calendar.Micros // 0: open
	ConsentAt calendar.Micros // 0: not recorded
	ErasedAt  calendar.Micros // when name and phone were erased; 0: they were not
	HasPhone  bool
	HasPIN    bool
	Card      *Card         // the newest, live or not; nil before the first
	Cards     []Card        // newest first; of one household only
	Members   []MemberCount // oldest first; of one household only
}

// NewHousehold is what is needed to register a household.
type NewHousehold struct {
	ID          id.ID // made by the client
	DivisionID  id.ID // a village group, or a village
	HouseNumber string
	HeadName    string
	Phone       string // empty: none
	MemberCount int
	From        calendar.Day // the first day its people count; zero: today
	Consent     bool         // given on paper, recorded now

	undated bool // From was left out
}

// Register adds a household. The same id and content again return the stored
// household with replayed true; other content is a Conflict
// "request.id_reused". Other faults: NotFound "division.unknown" outside the
// actor's scope, Conflict "household.number_taken", Invalid
// "household.no_place", "household.future_day" and those of the single fields.
func (s *Service) Register(ctx context.Context, actor auth.Actor, in NewHousehold) (h Household, replayed bool, err error) {
	row, err := s.newRow(ctx, actor, &in)
	if err != nil {
		return h, false, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		replayed, err = s.register(ctx, tx, actor, row, in)
		return err
	})
	if err != nil {
		return h, false, describe("register household", err)
	}
	h, err = s.Get(ctx, actor, in.ID)
	return h, replayed, err
}

// describe wraps what is not a fault.
func describe(doing string, err error) error {
	if _, ok := fault.As(err); ok || err == nil {
		return err
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// newRow checks the input and the actor's right, writes the fields in their
// usual form, and returns the row to insert.
func (s *Service) newRow(ctx context.Context, actor auth.Actor, in *NewHousehold) (householdRow, error) {
	var row householdRow
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return row, err
	}
	if !actor.Covers(tree, in.DivisionID, writers...) {
		return row, division.Unknown().At("/division_id")
	}
	today := s.today()
	if in.undated = in.From == 0; in.undated {
		in.From = today
	}
	village, faults := s.checkNew(tree, in, today)
	if err := fault.Join(faults...); err != nil {
		return row, err
	}
	now := s.now()
	return householdRow{
		ID: in.ID, VillageID: village.ID, DivisionID: in.DivisionID, HouseNumber: in.HouseNumber,
		MemberCount: in.MemberCount, OpenedAt: now, UpdatedAt: now,
	}, nil
}

func (s *Service) checkNew(tree *division.Tree, in *NewHousehold, today calendar.Day) (division.Division, []*fault.Fault) {
	village, isPlace := tree.Village(in.DivisionID)
	faults := []*fault.Fault{
		CleanHouseNumber(&in.HouseNumber), CleanName(&in.HeadName), CleanPhone(&in.Phone),
		CheckMemberCount(in.MemberCount), CheckFrom(in.From, today),
	}
	if in.ID.IsZero() {
		faults = append(faults, fault.New(fault.Invalid, "household.no_id").At("/id"))
	}
	if place, _ := tree.Get(in.DivisionID); !isPlace || !place.InForce(today) {
		faults = append(faults, fault.New(fault.Invalid, "household.no_place").At("/division_id"))
	}
	return village, faults
}

// register inserts the household, unless it is there.
func (s *Service) register(ctx context.Context, tx *gorm.DB, actor auth.Actor, row householdRow, in NewHousehold) (replayed bool, err error) {
	if replayed, err := s.replay(ctx, tx, row, in); replayed || err != nil {
		return replayed, err
	}
	err = insertHousehold(ctx, tx, actor, row, in)
	if database.IsDuplicate(err) {
		if replayed, err := s.replay(ctx, tx, row, in); replayed || err != nil {
			return replayed, err
		}
		return false, fault.New(fault.Conflict, "household.number_taken", "house_number", row.HouseNumber).At("/house_number")
	}
	if err != nil {
		return false, err
	}
	return false, auth.Audit(ctx, tx, actor, auth.Event{
		Action: "household.register", ObjectKind: "household", ObjectID: row.ID, DivisionID: row.DivisionID,
		Detail: in.detail(),
	})
}

// detail is what the audit log keeps of a new household: nothing personal.
func (in NewHousehold) detail() string {
	return fmt.Sprintf("house_number %s, member_count %d from %s, consent %t", in.HouseNumber, in.MemberCount, in.From, in.Consent)
}

// replay reports whether the household was registered with this content, whatever
// was changed since but name and phone, which are kept once.
func (s *Service) replay(ctx context.Context, tx *gorm.DB, row householdRow, in NewHousehold) (bool, error) {
	stored, found, err := readHousehold(ctx, tx, row.ID)
	if err != nil || !found {
		return false, err
	}
	person, err := readPerson(ctx, tx, row.ID)
	if err != nil {
		return false, err
	}
	noted, _, _, err := auth.Noted(ctx, tx, "household.register", row.ID)
	if err != nil {
		return false, err
	}
	if in.undated {
		in.From = calendar.DayOf(stored.OpenedAt, s.config.Zone)
	}
	if noted.DivisionID != row.DivisionID || noted.Detail != in.detail() || person.HeadName != in.HeadName || person.Phone != in.Phone {
		return false, fault.New(fault.Conflict, "request.id_reused").At("/id")
	}
	return true, nil
}

// Get returns a household with its cards and member counts. It returns NotFound
// "household.unknown" outside the actor's scope.
func (s *Service) Get(ctx context.Context, actor auth.Actor, householdID id.ID) (Household, error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return Household{}, err
	}
	row, found, err := readHousehold(ctx, s.db.Read, householdID)
	if err != nil {
		return Household{}, fmt.Errorf("read household: %w", err)
	}
	if !found || !actor.Covers(tree, row.DivisionID, readers...) {
		return Household{}, Unknown()
	}
	households, err := complete(ctx, s.db.Read, []householdRow{row})
	if err != nil {
		return Household{}, fmt.Errorf("read household: %w", err)
	}
	h := households[0]
	if h.Cards, err = cardsOf(ctx, s.db.Read, householdID); err != nil {
		return Household{}, fmt.Errorf("read household: %w", err)
	}
	if h.Members, err = readMembers(ctx, s.db.Read, householdID); err != nil {
		return Household{}, fmt.Errorf("read household: %w", err)
	}
	return h, nil
}

// Unknown is the answer for a household that does not exist or lies outside the
// actor's scope: a NotFound fault "household.unknown".
func Unknown() *fault.Fault { return fault.New(fault.NotFound, "household.unknown") }

// lock returns the household's row and keeps others from changing it. It
// returns NotFound "household.unknown" outside the scope of the actor's roles.
func lock(ctx context.Context, tx *gorm.DB, tree *division.Tree, actor auth.Actor, householdID id.ID, roles []auth.Role) (householdRow, error) {
	row, found, err := lockHousehold(ctx, tx, householdID)
	if err != nil {
		return row, err
	}
	if !found || !actor.Covers(tree, row.DivisionID, roles...) {
		return row, Unknown()
	}
	return row, nil
}

// lockOpen is lock for what only an open household can have: a Refused fault
// "household.closed" otherwise.
func lockOpen(ctx context.Context, tx *gorm.DB, tree *division.Tree, actor auth.Actor, householdID id.ID) (householdRow, error) {
	row, err := lock(ctx, tx, tree, actor, householdID, writers)
	if err == nil && row.ClosedAt != 0 {
		err = fault.New(fault.Refused, "household.closed")
	}
	return row, err
}

func (s *Service) today() calendar.Day { return calendar.DayOf(s.now(), s.config.Zone) }
