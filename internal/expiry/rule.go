package expiry

import (
	"context"
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
	"hufen/internal/ledger"
)

// Mode is how points run out.
type Mode string

// The modes.
const (
	None    Mode = "none"     // points stay
	YearEnd Mode = "year_end" // what a year gave runs out some months after its end
	Idle    Mode = "idle"     // all run out when the account was not used for some months
)

// Rule says how points run out in a division, and in those below without a rule
// of their own, from a day on. It never takes points sooner than a full period
// after that day: the first year that runs out is the first that begins under
// the rule, and nobody was idle before it.
type Rule struct {
	ID          id.ID
	DivisionID  id.ID
	Mode        Mode
	Months      int // YearEnd: 0 to 12 after the year; Idle: 1 to 120
	ValidFrom   calendar.Day
	TimeZone    string // in which days are counted, so that anybody can recompute
	RecordedAt  calendar.Micros
	ActorID     id.ID
	ContentHash ledger.Hash

	zone *time.Location
}

func (r *Rule) contentHash() ledger.Hash {
	return ledger.NewCanonical("hufen/expiry-rule/1").ID(r.ID).ID(r.DivisionID).Text(string(r.Mode)).Number(int64(r.Months)).
		Number(int64(r.ValidFrom)).Text(r.TimeZone).Instant(r.RecordedAt).ID(r.ActorID).Sum()
}

// period is a lot as a rule cuts it: what was given before an instant runs out
// at the end of a day.
type period struct {
	before    calendar.Micros
	expiresOn calendar.Day
}

// overAt is the instant from which the points of the period are gone.
func (p period) overAt(zone *time.Location) calendar.Micros { return p.expiresOn.Next().Start(zone) }

// ofYear is the period of what a year gave.
func (r *Rule) ofYear(year int) period {
	december := calendar.Month(year*100 + 12)
	return period{before: december.Last().Next().Start(r.zone), expiresOn: december.AddMonths(r.Months).Last()}
}

// firstYear is the first year that runs out.
func (r *Rule) firstYear() int {
	year := r.ValidFrom.Month().Year()
	if r.ValidFrom%10000 > 101 {
		year++
	}
	return year
}

// ofIdle is the period of an account that was last used at an instant.
func (r *Rule) ofIdle(used calendar.Micros) period {
	since := max(calendar.DayOf(used, r.zone), r.ValidFrom)
	month := since.Month().AddMonths(r.Months)
	expiresOn := month.First().AddDays(min(int(since%100), month.Days()) - 1)
	return period{before: expiresOn.Next().Start(r.zone), expiresOn: expiresOn}
}

// yearOver returns the newest year that has run out on a day, if any has.
func (r *Rule) yearOver(today calendar.Day) (period, bool) {
	for year := today.Month().Year(); year >= r.firstYear(); year-- {
		if p := r.ofYear(year); p.expiresOn < today {
			return p, true
		}
	}
	return period{}, false
}

// yearNext returns the next year that runs out, today included.
func (r *Rule) yearNext(today calendar.Day) period {
	for year := max(r.firstYear(), today.Month().Year()-1); ; year++ {
		if p := r.ofYear(year); p.expiresOn >= today {
			return p
		}
	}
}

// bookAge is how late an instance may be about a new rule. Rules are only added.
const bookAge = 2 * time.Second

// book holds all rules, read anew when older than bookAge.
type book struct {
	db      *database.DB
	current atomic.Pointer[page]
}

type page struct {
	readAt time.Time
	rules  rules
}

func (b *book) read(ctx context.Context) (rules, error) {
	if p := b.current.Load(); p != nil && time.Since(p.readAt) < bookAge {
		return p.rules, nil
	}
	readAt := time.Now()
	found, err := loadRules(ctx, b.db.Read)
	if err != nil {
		return nil, err
	}
	b.current.Store(&page{readAt, found})
	return found, nil
}

// forget makes the next reader read again.
func (b *book) forget() { b.current.Store(nil) }

// rules are the rules of each division, the newest first.
type rules map[id.ID][]*Rule

// governing returns the rule that holds in a division on a day: that of the
// nearest division above it that has any, nil if none has.
func (b rules) governing(tree *division.Tree, divisionID id.ID, day calendar.Day) *Rule {
	if len(b) == 0 {
		return nil
	}
	for _, d := range slices.Backward(tree.Path(divisionID)) {
		for _, r := range b[d.ID] {
			if r.ValidFrom <= day {
				return r
			}
		}
	}
	return nil
}

// on is governing, but nil also where the rule is that points stay.
func (b rules) on(tree *division.Tree, divisionID id.ID, day calendar.Day) *Rule {
	if r := b.governing(tree, divisionID, day); r != nil && r.Mode != None {
		return r
	}
	return nil
}

// Rules are what a programme says about its points.
type Rules struct {
	InForce *Rule   // today; nil where nobody ever said anything, and points stay
	All     []*Rule // of the division and those above it, the newest first
}

// Rules returns the rules that hold or held in a division, and those to come.
// Returns NotFound "division.unknown" outside the actor's scope.
func (s *Service) Rules(ctx context.Context, actor auth.Actor, divisionID id.ID) (Rules, error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return Rules{}, err
	}
	if !actor.Sees(tree, divisionID) {
		return Rules{}, division.Unknown().At("?division")
	}
	book, err := s.book.read(ctx)
	if err != nil {
		return Rules{}, err
	}
	found := Rules{InForce: book.governing(tree, divisionID, s.today())}
	for _, d := range tree.Path(divisionID) {
		found.All = append(found.All, book[d.ID]...)
	}
	slices.SortStableFunc(found.All, func(a, b *Rule) int { return int(b.ValidFrom) - int(a.ValidFrom) })
	return found, nil
}

// NewRule is a rule to be recorded.
type NewRule struct {
	ID         id.ID // made by the client
	DivisionID id.ID // a village or above
	Mode       Mode
	Months     int
	ValidFrom  calendar.Day // today or later
}

// AddRule records a rule and notes it in the audit log. The same id and content
// again return the rule with replayed true; other content is a Conflict
// "request.id_reused". Of two rules from the same day the one recorded later
// holds. Faults: NotFound "division.unknown", Forbidden "expiry.not_yours",
// Invalid "expiry.months", "expiry.no_months", "expiry.past_day", "expiry.far_day"
// and "expiry.village_or_above",
// Refused "expiry.same_rule" where this rule would hold anyway.
func (s *Service) AddRule(ctx context.Context, actor auth.Actor, in NewRule) (rule *Rule, replayed bool, err error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return nil, false, err
	}
	if !actor.Sees(tree, in.DivisionID) {
		return nil, false, division.Unknown().At("/division_id")
	}
	if !actor.Manages(tree, in.DivisionID) {
		return nil, false, fault.New(fault.Forbidden, "expiry.not_yours")
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		rule, replayed, err = s.addRule(ctx, tx, tree, actor, in)
		return err
	})
	s.book.forget()
	return rule, replayed, err
}

func (s *Service) addRule(ctx context.Context, tx *gorm.DB, tree *division.Tree, actor auth.Actor, in NewRule) (*Rule, bool, error) {
	stored, err := loadRules(ctx, tx)
	if err != nil {
		return nil, false, err
	}
	if earlier := stored.byID(in.ID); earlier != nil {
		return earlier, true, earlier.same(in)
	}
	if err := s.check(tree, stored, in); err != nil {
		return nil, false, err
	}
	rule := &Rule{ID: in.ID, DivisionID: in.DivisionID, Mode: in.Mode, Months: in.Months, ValidFrom: in.ValidFrom,
		TimeZone: s.zone.String(), RecordedAt: s.now(), ActorID: actor.ID, zone: s.zone}
	rule.ContentHash = rule.contentHash()
	if err := insertRule(ctx, tx, rule); database.IsDuplicate(err) { // a twin was faster
		if stored, err = loadRules(ctx, tx); err != nil {
			return nil, false, err
		}
		if earlier := stored.byID(in.ID); earlier != nil {
			return earlier, true, earlier.same(in)
		}
		return nil, false, fmt.Errorf("the rule %s is there and is not", in.ID)
	} else if err != nil {
		return nil, false, err
	}
	return rule, false, auth.Audit(ctx, tx, actor, auth.Event{Action: "expiry.rule", ObjectKind: "expiry_rule", ObjectID: rule.ID,
		DivisionID: rule.DivisionID, Detail: fmt.Sprintf("%s %d, %s", rule.Mode, rule.Months, rule.ValidFrom)})
}

func (b rules) byID(ruleID id.ID) *Rule {
	for _, list := range b {
		for _, r := range list {
			if r.ID == ruleID {
				return r
			}
		}
	}
	return nil
}

// same returns the fault of an id that was used for something else.
func (r *Rule) same(in NewRule) error {
	if r.DivisionID != in.DivisionID || r.Mode != in.Mode || r.Months != in.Months || r.ValidFrom != in.ValidFrom {
		return fault.New(fault.Conflict, "request.id_reused").At("/id")
	}
	return nil
}

// bounds are the fewest and the most months of a mode.
var bounds = map[Mode][2]int{None: {0, 0}, YearEnd: {0, 12}, Idle: {1, 120}}

// mostMonthsAhead is how far ahead a rule can be laid down.
const mostMonthsAhead = 120

func (s *Service) check(tree *division.Tree, stored rules, in NewRule) error {
	bound, known := bounds[in.Mode]
	d, _ := tree.Get(in.DivisionID)
	switch {
	case in.ID.IsZero():
		return fault.New(fault.Invalid, "request.id_missing").At("/id")
	case known && in.Mode == None && in.Months != 0:
		return fault.New(fault.Invalid, "expiry.no_months").At("/months")
	case !known || in.Months < bound[0] || in.Months > bound[1]:
		return fault.New(fault.Invalid, "expiry.months", "minimum", bound[0], "maximum", bound[1]).At("/months")
	case !in.ValidFrom.Valid() || in.ValidFrom < s.today():
		return fault.New(fault.Invalid, "expiry.past_day", "today", s.today().String()).At("/valid_from")
	case in.ValidFrom.Month() > s.today().Month().AddMonths(mostMonthsAhead):
		return fault.New(fault.Invalid, "expiry.far_day", "months", mostMonthsAhead).At("/valid_from")
	case d.Level == division.Group:
		return fault.New(fault.Invalid, "expiry.village_or_above").At("/division_id")
	}
	if r := stored.governing(tree, in.DivisionID, in.ValidFrom); r != nil && r.Mode == in.Mode && r.Months == in.Months {
		return fault.New(fault.Refused, "expiry.same_rule")
	}
	return nil
}

// FirstOn returns the first day on which points can run out under the rule, 0
// where they stay.
func (r *Rule) FirstOn() calendar.Day {
	switch r.Mode {
	case YearEnd:
		return r.ofYear(r.firstYear()).expiresOn
	case Idle:
		return r.ofIdle(0).expiresOn
	}
	return 0
}
