package dropoff

import (
	"context"
	"fmt"
	"slices"
	"strings"

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

// Who decides about what waits, and who may object to what is posted; the
// household itself may object too.
var (
	reviewers = []auth.Role{auth.Cadre, auth.TownOfficial}
	objectors = []auth.Role{auth.Cadre, auth.TownOfficial, auth.DistrictOfficial, auth.Auditor}
)

// MostReviews is how many drop-offs are accepted together.
const MostReviews = mostGroup

// Correction is what a reviewer puts right in an item before its points count.
// What is not given stays as it was recorded.
type Correction struct {
	Line   int // from 1
	Grams  *int64
	Pieces *int64
	Grade  string
}

// Review is a decision about a drop-off that waits.
type Review struct {
	ID          id.ID // made by the client
	DropOffID   id.ID
	Accept      bool
	Reason      string // for a refusal or a correction; the household reads it
	Corrections []Correction
}

// settingOfClass names the setting that says when the points of a class count.
var settingOfClass = map[string]division.SettingName{
	"food": division.CreditFood, "recyclable": division.CreditRecyclable,
	"hazardous": division.CreditHazardous, "residual": division.CreditResidual,
}

// terms decides when a drop-off counts by its items' rules and classes, the
// strictest of them for all: a review before an objection period, a longer
// period before a shorter one. What waits gets its ReviewReason.
func (s *Service) terms(ctx context.Context, t *Tariff, divisionID id.ID, d *DropOff) error {
	var days int64
	for _, item := range d.Items {
		rule, _ := t.Rule(item.Item)
		crediting := rule.Crediting.Int64
		if !rule.Crediting.Valid {
			var err error
			if crediting, err = s.divisions.Setting(ctx, settingOfClass[item.Category], divisionID, d.Day); err != nil {
				return err
			}
		}
		if crediting == division.AfterReview {
			d.ReviewReason, d.ObjectionUntil = "review_class", 0
			return nil
		}
		days = max(days, crediting)
	}
	if days > 0 {
		d.ReviewReason, d.ObjectionUntil = "objection_period", calendar.DayOf(d.RecordedAt, s.zone).AddDays(int(days))
	}
	return nil
}

// Posted reports whether the drop-off is in its objection period and nobody
// objected so far.
func (d *DropOff) Posted() bool {
	return d.Status == Pending && d.ObjectionUntil != 0 && d.Objection == "" && !d.overBudget
}

// Recorded returns the items as they were recorded where a review corrected
// them, else nil.
func (d *DropOff) Recorded() []Item {
	same := func(a, b Item) bool { return a.Grams == b.Grams && a.Pieces == b.Pieces && a.Grade == b.Grade }
	if d.recorded.items == nil || slices.EqualFunc(d.recorded.items, d.Items, same) {
		return nil
	}
	return d.recorded.items
}

// Review accepts a drop-off that waits, which posts its award, as it was
// recorded or corrected; or refuses it. Corrected items are priced by the
// tariff of the drop-off's day and capped like any others. The same ID again
// returns the first outcome. Faults: NotFound "drop_off.unknown", Forbidden
// "drop_off.own_review" for what the actor recorded, Conflict
// "drop_off.not_pending" if somebody decided before, Refused
// "drop_off.still_posted" for an acceptance within the objection period,
// Invalid "drop_off.reason_missing", "drop_off.line_unknown" or
// "drop_off.nothing_corrected".
func (s *Service) Review(ctx context.Context, actor auth.Actor, in Review) (*DropOff, error) {
	outcome := s.ReviewAll(ctx, actor, []Review{in})[0]
	return outcome.DropOff, outcome.Err
}

// ReviewAll decides about up to MostReviews drop-offs and returns one outcome
// each, in the order given. One that is refused does not hold up the others.
func (s *Service) ReviewAll(ctx context.Context, actor auth.Actor, reviews []Review) []Outcome {
	decisions := make([]*decision, len(reviews))
	for i, in := range reviews {
		verdict := accepted
		if !in.Accept {
			verdict = Refused
		}
		decisions[i] = newDecision("review", verdict, actor, in.ID, in.DropOffID, in.Reason, in.Corrections...)
		if refusal := in.check(); refusal != nil {
			decisions[i].err = refusal
		}
	}
	return s.submitAll(ctx, decisions)
}

// check refuses what can be refused without knowing the drop-off.
func (in Review) check() *fault.Fault {
	if (!in.Accept || len(in.Corrections) > 0) && strings.TrimSpace(in.Reason) == "" {
		return fault.New(fault.Invalid, "drop_off.reason_missing").At("/reason")
	}
	if !in.Accept && len(in.Corrections) > 0 {
		return fault.New(fault.Invalid, "drop_off.refused_corrected").At("/items")
	}
	seen := make(map[int]bool)
	for i, line := range in.Corrections {
		at := fmt.Sprintf("/items/%d", i)
		if line.Line < 1 || seen[line.Line] {
			return fault.New(fault.Invalid, "drop_off.line_unknown").At(at + "/line")
		}
		seen[line.Line] = true
		if refusal := (ItemInput{Grams: line.Grams, Pieces: line.Pieces, Grade: line.Grade}).check(); refusal != nil {
			return refusal.At(at + refusal.Pointer)
		}
	}
	return nil
}

// Object puts a drop-off that is posted before a cadre, with a reason. Faults:
// NotFound "drop_off.unknown", Conflict "drop_off.not_posted" if it is not, or
// no more, in its objection period, Invalid "drop_off.reason_missing".
func (s *Service) Object(ctx context.Context, actor auth.Actor, requestID, dropOffID id.ID, reason string) (*DropOff, error) {
	if strings.TrimSpace(reason) == "" {
		return nil, fault.New(fault.Invalid, "drop_off.reason_missing").At("/reason")
	}
	return s.submit(ctx, newDecision("objection", objected, actor, requestID, dropOffID, reason))
}

// object writes an objection down. The drop-off waits on, for a cadre now.
func (g *group) object(d *DropOff, q *decision) error {
	if !d.Posted() {
		return fault.New(fault.Conflict, "drop_off.not_posted")
	}
	g.batch.Settle(q.request)
	if q.byPeriod {
		d.overBudget, d.ReviewReason = true, overBudget
	} else {
		d.Objection = q.reason
	}
	g.objections = append(g.objections, []any{d.ID[:], q.request.ID[:], q.reason, q.actor.ID[:], int64(g.batch.At())})
	return nil
}

// reviewOne accepts or refuses one that waits.
func (s *Service) reviewOne(ctx context.Context, g *group, d *DropOff, q *decision) error {
	if d.Status != Pending {
		return fault.New(fault.Conflict, "drop_off.not_pending")
	}
	if d.CleanerID == q.actor.ID {
		return fault.New(fault.Forbidden, "drop_off.own_review")
	}
	if q.verdict == Refused {
		g.refuse(d, q)
		return nil
	}
	if q.byPeriod != d.Posted() {
		return fault.New(fault.Refused, "drop_off.still_posted", "day", d.ObjectionUntil)
	}
	return s.accept(ctx, g, d, q)
}

func (g *group) refuse(d *DropOff, q *decision) {
	g.batch.Settle(q.request)
	g.addReview(d, q, Refused)
	d.Status, d.ReviewReason = Refused, q.reason
}

// accept posts the award of what was recorded, or of what the correction says.
func (s *Service) accept(ctx context.Context, g *group, d *DropOff, q *decision) error {
	tariff, err := s.TariffByID(ctx, d.TariffID)
	if err != nil {
		return err
	}
	items, err := s.corrected(ctx, tariff, d, q.corrections)
	if err != nil {
		return err
	}
	now := *d
	now.Items, now.recorded.items, now.Earned = items, d.Items, 0
	for _, item := range items {
		now.Earned += item.Earned
	}
	now.Cut, now.CutPeriod = tariff.cut(items, func(c Cap) points.Points { return g.counts.earned(d.HouseholdID, c, d.Day) })
	now.Status, now.ReviewReason, now.Credited, now.awardID = Credited, "", now.Earned-now.Cut, q.request.ID
	lines, err := s.award(ctx, g.batch, ledger.HouseholdAccount(d.HouseholdID, d.VillageID), &now)
	if err != nil {
		return err
	}
	if err := g.batch.Post(q.request, &ledger.Entry{
		ID: q.request.ID, Kind: ledger.DropOff, EffectiveAt: d.HappenedAt, VillageID: d.VillageID, ActorID: q.actor.ID,
		SourceHash: d.ContentHash, Lines: lines,
	}); err != nil {
		return err
	}
	*d = now
	g.counts.credit(d, 1)
	g.addReview(d, q, accepted)
	for i, item := range items {
		g.items = append(g.items, []any{d.ID[:], i + 1, item.Grams, item.Pieces, item.Grade, int64(item.Earned), int64(item.Cut)})
	}
	return nil
}

// corrected returns the items as they are to count, priced anew and not yet cut.
func (s *Service) corrected(ctx context.Context, t *Tariff, d *DropOff, corrections []Correction) ([]Item, error) {
	items := slices.Clone(d.Items)
	for i := range items {
		items[i].Cut = 0
	}
	if len(corrections) == 0 {
		return items, nil
	}
	limits, err := s.limits(ctx, d.VillageID, d.Day)
	if err != nil {
		return nil, err
	}
	for i, c := range corrections {
		if c.Line > len(items) {
			return nil, fault.New(fault.Invalid, "drop_off.line_unknown").At(fmt.Sprintf("/items/%d/line", i))
		}
		if !c.changes(items[c.Line-1]) {
			return nil, fault.New(fault.Invalid, "drop_off.nothing_corrected").At(fmt.Sprintf("/items/%d", i))
		}
		item, refusal := t.item(c.over(items[c.Line-1]), limits)
		if refusal != nil {
			return nil, refusal.At(fmt.Sprintf("/items/%d%s", i, refusal.Pointer))
		}
		items[c.Line-1] = item
	}
	return items, nil
}

// changes reports whether a correction is about what was recorded: a count for
// something that was weighed would accept the wrong weight as it stands.
func (c Correction) changes(item Item) bool {
	return c.Grams != nil && item.Grams > 0 || c.Pieces != nil && item.Pieces > 0 || c.Grade != "" && item.Grade != ""
}

// over returns an item as it was recorded with what the correction puts right.
func (c Correction) over(item Item) ItemInput {
	in := ItemInput{Item: item.Item, Grams: c.Grams, Pieces: c.Pieces, Grade: c.Grade, PhotoID: item.PhotoID}
	if in.Grams == nil && item.Grams > 0 {
		in.Grams = &item.Grams
	}
	if in.Pieces == nil && item.Pieces > 0 {
		in.Pieces = &item.Pieces
	}
	if in.Grade == "" {
		in.Grade = item.Grade
	}
	return in
}

func (g *group) addReview(d *DropOff, q *decision, verdict string) {
	d.ReviewNote, d.ReviewerID = q.reason, id.Some(q.actor.ID)
	g.reviews = append(g.reviews, []any{d.ID[:], q.request.ID[:], verdict, int64(d.Earned), int64(d.Cut), q.reason, q.actor.ID[:], int64(g.batch.At())})
}

// write writes what was decided, beside the ledger.
func (g *group) write(ctx context.Context, tx *gorm.DB) error {
	if err := database.InsertRows(ctx, tx, "drop_off_reviews", []string{"drop_off_id", "id", "decision", "earned", "cut",
		"reason", "reviewer_id", "recorded_at"}, g.reviews); err != nil {
		return fmt.Errorf("write reviews: %w", err)
	}
	if err := database.InsertRows(ctx, tx, "drop_off_review_items", []string{"drop_off_id", "line_no", "grams", "pieces",
		"grade", "earned", "cut"}, g.items); err != nil {
		return fmt.Errorf("write reviewed items: %w", err)
	}
	if err := database.InsertRows(ctx, tx, "drop_off_objections", []string{"drop_off_id", "id", "reason", "actor_id",
		"recorded_at"}, g.objections); err != nil {
		return fmt.Errorf("write objections: %w", err)
	}
	return unpost(ctx, tx, g.unposted)
}

// unpost takes drop-offs off the list of those in their objection period.
func unpost(ctx context.Context, tx *gorm.DB, ids []id.ID) error {
	if len(ids) == 0 {
		return nil
	}
	marks, args := database.List(database.IDs(ids))
	if _, err := database.Exec(ctx, tx, `DELETE FROM drop_off_postings WHERE drop_off_id IN (`+marks+`)`, args...); err != nil {
		return fmt.Errorf("end objection period: %w", err)
	}
	return nil
}

// overBudget is why a drop-off waits when a budget is used up: before anything
// else, or, as the service's own objection, when its objection period is over.
const overBudget = "over_budget"

// CreditPosted credits the drop-offs whose objection period is over and to which
// nobody objected, and returns how many. Where a budget that makes drop-offs wait
// is used up, they wait for a cadre instead. Two may do it at once: who comes
// second finds it done.
func (s *Service) CreditPosted(ctx context.Context) (int, error) {
	today := calendar.DayOf(s.now(), s.zone)
	credited := 0
	for {
		over, err := s.periodOver(ctx, today)
		if err != nil || len(over) == 0 {
			return credited, err
		}
		decisions, err := s.endPeriods(ctx, over)
		if err != nil {
			return credited, err
		}
		var stale []id.ID
		for i, outcome := range s.submitAll(ctx, decisions) {
			switch {
			case outcome.Err == nil && decisions[i].verdict == accepted:
				credited++
			case outcome.Err == nil:
			case fault.Is(outcome.Err, "drop_off.not_pending"), fault.Is(outcome.Err, "drop_off.still_posted"), fault.Is(outcome.Err, "drop_off.not_posted"):
				stale = append(stale, over[i].dropOffID) // decided by a program that does not know the list
			default:
				return credited, fmt.Errorf("credit %s: %w", over[i].dropOffID, outcome.Err)
			}
		}
		if err := s.forgetPosted(ctx, stale); err != nil {
			return credited, err
		}
	}
}

// endPeriods decides for the service about drop-offs whose objection period is
// over.
func (s *Service) endPeriods(ctx context.Context, over []posted) ([]*decision, error) {
	var room Room
	if s.budgetRoom != nil {
		var err error
		if room, err = s.budgetRoom(ctx); err != nil {
			return nil, err
		}
	}
	actor := auth.SystemActor("objection period")
	decisions := make([]*decision, len(over))
	for i, p := range over {
		kind, verdict, reason := "review", accepted, ""
		if room != nil && p.points > 0 && !room(p.villageID, p.month, p.points) {
			kind, verdict, reason = "objection", objected, overBudget
		}
		decisions[i] = newDecision(kind, verdict, actor, id.New(), p.dropOffID, reason)
		decisions[i].byPeriod = true
	}
	return decisions, nil
}

// posted is a drop-off whose objection period is over, with what it was to give.
type posted struct {
	dropOffID, villageID id.ID
	month                calendar.Month
	points               points.Points
}

// periodOver returns some of the drop-offs whose objection period ended before
// today.
func (s *Service) periodOver(ctx context.Context, today calendar.Day) ([]posted, error) {
	var over []posted
	rows, err := database.Query(ctx, s.db.Read, `
		SELECT p.drop_off_id, p.village_id, d.month, d.earned - d.cut
		FROM drop_off_postings p JOIN drop_offs d ON d.id = p.drop_off_id
		WHERE p.objection_until < ? ORDER BY p.objection_until, p.drop_off_id LIMIT ?`, int64(today), mostGroup)
	if err != nil {
		return nil, fmt.Errorf("read postings: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var p posted
		if err := rows.Scan(&p.dropOffID, &p.villageID, &p.month, &p.points); err != nil {
			return nil, fmt.Errorf("read postings: %w", err)
		}
		over = append(over, p)
	}
	return over, rows.Err()
}

func (s *Service) forgetPosted(ctx context.Context, ids []id.ID) error {
	if len(ids) == 0 {
		return nil
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error { return unpost(ctx, tx, ids) })
}
