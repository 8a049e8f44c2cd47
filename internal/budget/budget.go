// Package budget owns points budgets: how many points a division may give in a
// month, quarter or year, how much of it is used, and what happens when it is
// used up. It counts by the rollups of the drop-offs, so nothing is kept and no
// row is changed by everybody.
package budget

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
)

// The lengths of a period. A quarter and a year are those of the calendar.
const (
	Month   = "month"
	Quarter = "quarter"
	Year    = "year"
)

// What happens to drop-offs once a budget is used up.
const (
	Warn = "warn" // they are credited all the same
	Hold = "hold" // they wait for a review
)

// Reason is why a drop-off waits that a used-up budget holds.
const Reason = "over_budget"

// NearPermille is from where on a budget is nearly used up.
const NearPermille = 800

var (
	readers = []auth.Role{auth.Cadre, auth.TownOfficial, auth.DistrictOfficial, auth.Finance, auth.Auditor, auth.Administrator}
	writers = auth.Managers
)

// Budget is how many points a division may give in each period, from a month
// on, until a later budget of the division begins.
type Budget struct {
	ID         id.ID
	DivisionID id.ID
	Period     string
	ValidFrom  calendar.Month
	Points     points.Points // 0: no budget from then on
	AtFull     string
	RecordedAt calendar.Micros
	ActorID    id.ID
	ActorName  string
}

// request is what the budget stands for in the ledger, so that it is sealed.
func (b *Budget) request() ledger.Request {
	hash := ledger.NewCanonical("hufen/request/budget/1").ID(b.ID).ID(b.ActorID).ID(b.DivisionID).Text(b.Period).Number(int64(b.ValidFrom)).
		Points(b.Points).Text(b.AtFull).Sum()
	return ledger.Request{ID: b.ID, Kind: "budget", Hash: hash, ActorID: b.ActorID}
}

// span is a run of whole months.
type span struct{ from, to calendar.Month }

// spanOf is the period of a kind that a month lies in.
func spanOf(period string, month calendar.Month) span {
	first := month
	switch period {
	case Quarter:
		first = month.AddMonths(-((int(month.OfYear()) - 1) % 3))
		return span{first, first.AddMonths(2)}
	case Year:
		first = month.AddMonths(1 - int(month.OfYear()))
		return span{first, first.AddMonths(11)}
	}
	return span{first, first}
}

// inForce returns the budget of a division that holds in a month: the newest.
// Budgets are in the order of their first months and records.
func inForce(budgets []Budget, divisionID id.ID, month calendar.Month) (Budget, bool) {
	for _, b := range slices.Backward(budgets) {
		if b.DivisionID == divisionID && b.ValidFrom <= month {
			return b, b.Points > 0
		}
	}
	return Budget{}, false
}

// Service keeps budgets and tells when one is used up.
type Service struct {
	db        *database.DB
	divisions *division.Service
	zone      *time.Location
	now       func() calendar.Micros
	watch     watch
}

// New returns the service of a database. Months begin in zone.
func New(db *database.DB, divisions *division.Service, zone *time.Location) *Service {
	return &Service{db: db, divisions: divisions, zone: zone, now: calendar.Now}
}

// RunAt sets the clock of the service, before its first use.
func (s *Service) RunAt(now func() calendar.Micros) { s.now = now }

func (s *Service) month() calendar.Month { return calendar.MonthOf(s.now(), s.zone) }

// Standing is a budget with what is used of it.
type Standing struct {
	Budget
	Division division.Division
	From, To calendar.Month
	Used     points.Points
}

// Permille is the used share; above 1,000 it is overdrawn.
func (s Standing) Permille() int64 { return int64(s.Used) * 1000 / int64(s.Points) }

// State is "ok", "near" from 80 % on, or "full" from 100 % on.
func (s Standing) State() string {
	switch {
	case s.Used >= s.Points:
		return "full"
	case s.Permille() >= NearPermille:
		return "near"
	}
	return "ok"
}

// List returns the budgets that hold in a month, 0 for this one, in the order of
// the tree, with what is used of them. It returns NotFound "division.unknown"
// for a division outside the actor's scope.
func (s *Service) List(ctx context.Context, actor auth.Actor, divisionID id.ID, month calendar.Month) ([]Standing, error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return nil, err
	}
	under := actor.Divisions(readers...)
	if !divisionID.IsZero() {
		if !actor.Covers(tree, divisionID, readers...) {
			return nil, division.Unknown().At("?division")
		}
		under = []id.ID{divisionID}
	}
	if month == 0 {
		month = s.month()
	}
	budgets, err := readBudgets(ctx, s.db.Read)
	if err != nil || len(budgets) == 0 {
		return nil, err
	}
	var list []Standing
	for _, d := range tree.Within(under...) {
		b, ok := inForce(budgets, d.ID, month)
		if !ok {
			continue
		}
		p := spanOf(b.Period, month)
		one := Standing{Budget: b, Division: d, From: p.from, To: p.to}
		if one.Used, err = used(ctx, s.db.Read, division.IDs(tree.Villages(d.ID)), p); err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}

// Set gives a division a budget from a month on, this one or a later one; 0
// points end it. The same ID and content again returns the stored one with
// replayed true.
//
// Faults: NotFound "division.unknown" outside the actor's scope, Forbidden
// "budget.not_yours", Invalid "budget.level", "budget.past_month",
// "budget.points", Conflict "request.id_reused".
func (s *Service) Set(ctx context.Context, actor auth.Actor, in Budget) (made Budget, replayed bool, err error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return made, false, err
	}
	if err := s.check(tree, actor, in); err != nil {
		return made, false, err
	}
	in.RecordedAt, in.ActorID, in.ActorName = s.now(), actor.ID, actor.Name
	err = s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		var err error
		if made, replayed, err = storedBudget(ctx, tx, in); err != nil || replayed {
			return err
		}
		if in.ValidFrom < s.month() {
			return fault.New(fault.Invalid, "budget.past_month", "month", s.month().String()).At("/valid_from")
		}
		if err := insertBudget(ctx, tx, in); database.IsDuplicate(err) { // a twin was faster
			if made, replayed, err = storedBudget(ctx, tx, in); err == nil && !replayed {
				err = fmt.Errorf("the budget %s is there and is not", in.ID)
			}
			return err
		} else if err != nil {
			return err
		}
		made = in
		if err := ledger.Note(ctx, tx, in.RecordedAt, in.request()); err != nil {
			return err
		}
		return auth.Audit(ctx, tx, actor, auth.Event{Action: "budget.set", ObjectKind: "budget", ObjectID: in.ID, DivisionID: in.DivisionID,
			Detail: fmt.Sprintf("%s / %s, %s, %s", in.Points, in.Period, in.AtFull, in.ValidFrom)})
	})
	s.watch.forget()
	return made, replayed, err
}

func (s *Service) check(tree *division.Tree, actor auth.Actor, in Budget) error {
	if in.ID.IsZero() {
		return fault.New(fault.Invalid, "request.id_missing").At("/id")
	}
	d, ok := tree.Get(in.DivisionID)
	switch {
	case !ok || !actor.Covers(tree, in.DivisionID):
		return division.Unknown().At("/division_id")
	case !actor.Covers(tree, in.DivisionID, writers...):
		return fault.New(fault.Forbidden, "budget.not_yours")
	case d.Level == division.Group:
		return fault.New(fault.Invalid, "budget.level").At("/division_id")
	case in.Points < 0 || in.Points > 1_000_000_000_00:
		return fault.New(fault.Invalid, "budget.points").At("/points")
	case !in.ValidFrom.Valid():
		return fault.New(fault.Invalid, "budget.past_month", "month", s.month().String()).At("/valid_from")
	}
	return nil
}

// storedBudget returns the budget that was set under the ID, if any, and a
// Conflict if it is another one.
func storedBudget(ctx context.Context, tx *gorm.DB, in Budget) (made Budget, found bool, err error) {
	stored, err := readBudgets(ctx, tx)
	if err != nil {
		return made, false, err
	}
	n := slices.IndexFunc(stored, func(b Budget) bool { return b.ID == in.ID })
	if n < 0 {
		return made, false, nil
	}
	return stored[n], true, sameBudget(stored[n], in)
}

func sameBudget(a, b Budget) error {
	if a.DivisionID != b.DivisionID || a.Period != b.Period || a.ValidFrom != b.ValidFrom || a.Points != b.Points || a.AtFull != b.AtFull || a.ActorID != b.ActorID {
		return fault.New(fault.Conflict, "request.id_reused").At("/id")
	}
	return nil
}

// used adds up the points villages gave in some months: for drop-offs, by the
// month in which they happened, as the rollups count them; and by hand, less what
// was taken by hand. It and usedBy are the only places that read the rollups here.
func used(ctx context.Context, tx *gorm.DB, villages []id.ID, p span) (points.Points, error) {
	var sum points.Points
	by, err := usedBy(ctx, tx, villages, p)
	for _, months := range by {
		for _, amount := range months {
			sum += amount
		}
	}
	return sum, err
}

func usedBy(ctx context.Context, tx *gorm.DB, villages []id.ID, p span) (given, error) {
	found := make(given, len(villages))
	if len(villages) == 0 {
		return found, nil
	}
	marks, args := database.List(database.IDs(villages))
	err := database.Scan(ctx, tx, `SELECT village_id, period, points FROM rollups WHERE village_id IN (`+marks+`) AND period BETWEEN ? AND ?`,
		append(args, int64(p.from), int64(p.to)), func(rows *sql.Rows) error {
			var villageID id.ID
			var month calendar.Month
			var amount points.Points
			err := rows.Scan(&villageID, &month, &amount)
			found.add(villageID, month, amount)
			return err
		})
	if err == nil {
		err = addAdjusted(ctx, tx, villages, p, found)
	}
	if err != nil {
		return nil, fmt.Errorf("add up what budgets are used: %w", err)
	}
	return found, nil
}

// given is what villages gave, by month.
type given map[id.ID]map[calendar.Month]points.Points

func (g given) add(villageID id.ID, month calendar.Month, amount points.Points) {
	if g[villageID] == nil {
		g[villageID] = make(map[calendar.Month]points.Points)
	}
	g[villageID][month] += amount
}

// addAdjusted adds what was given and taken by hand. What takes an adjustment back
// counts for the month of that adjustment.
func addAdjusted(ctx context.Context, tx *gorm.DB, villages []id.ID, p span, found given) error {
	marks, args := database.List(database.IDs(villages))
	return database.Scan(ctx, tx, `
		SELECT a.village_id, COALESCE(o.day, a.day), SUM(a.points)
		FROM adjustments a JOIN adjustment_acts t ON t.adjustment_id = a.id AND t.act IN ('post', 'approve')
		LEFT JOIN adjustments o ON o.id = a.object_id AND a.object_kind = 'adjustment'
		WHERE a.village_id IN (`+marks+`) AND a.day >= ? AND (a.kind = 'adjustment' OR o.id IS NOT NULL)
		GROUP BY a.village_id, COALESCE(o.day, a.day)`, append(args, int64(p.from.First())), func(rows *sql.Rows) error {
		var villageID id.ID
		var day calendar.Day
		var amount points.Points
		err := rows.Scan(&villageID, &day, &amount)
		if month := day.Month(); month >= p.from && month <= p.to {
			found.add(villageID, month, amount)
		}
		return err
	})
}

var budgetColumns = []string{"id", "division_id", "period", "valid_from", "points", "at_full", "recorded_at", "actor_id"}

func insertBudget(ctx context.Context, tx *gorm.DB, b Budget) error {
	return database.InsertRows(ctx, tx, "budgets", budgetColumns, [][]any{{b.ID[:], b.DivisionID[:], b.Period, int64(b.ValidFrom),
		int64(b.Points), b.AtFull, int64(b.RecordedAt), b.ActorID[:]}})
}

// readBudgets reads all budgets, in the order of their first months and records.
func readBudgets(ctx context.Context, tx *gorm.DB) ([]Budget, error) {
	var list []Budget
	err := database.Scan(ctx, tx, `
		SELECT b.`+strings.Join(budgetColumns, ", b.")+`, COALESCE(u.name, '')
		FROM budgets b LEFT JOIN users u ON u.id = b.actor_id ORDER BY b.valid_from, b.recorded_at, b.id`, nil, func(rows *sql.Rows) error {
		var b Budget
		err := rows.Scan(&b.ID, &b.DivisionID, &b.Period, &b.ValidFrom, &b.Points, &b.AtFull, &b.RecordedAt, &b.ActorID, &b.ActorName)
		list = append(list, b)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read budgets: %w", err)
	}
	return list, nil
}

// scanHash puts an id and a hash into a map.
func scanHash(into map[id.ID]ledger.Hash) func(*sql.Rows) error {
	return func(rows *sql.Rows) error {
		var rowID id.ID
		var hash []byte
		if err := rows.Scan(&rowID, &hash); err != nil {
			return err
		}
		into[rowID] = ledger.HashOf(hash)
		return nil
	}
}
