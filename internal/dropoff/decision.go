package dropoff

import (
	"context"
	"fmt"
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

// decision is what somebody decides about a drop-off afterwards, on its way
// through the posting path: a review or a reversal.
type decision struct {
	actor     auth.Actor
	dropOffID id.ID
	reason    string
	review    string // accepted, refused; "" for a reversal
	request   ledger.Request

	dropOff  *DropOff
	replayed bool
	err      error
}

// Request says what is asked for.
func (d *decision) Request() ledger.Request { return d.request }

// Fail says that the request was refused.
func (d *decision) Fail(err error) { d.dropOff, d.err = nil, err }

// Review accepts a drop-off that waits, which posts its award, or refuses it
// with a reason the household will read. Faults: NotFound "drop_off.unknown",
// Conflict "drop_off.not_pending" if somebody decided before, Invalid
// "drop_off.reason_missing".
func (s *Service) Review(ctx context.Context, actor auth.Actor, requestID, dropOffID id.ID, accept bool, reason string) (*DropOff, error) {
	verdict := "accepted"
	if !accept {
		verdict = Refused
		if strings.TrimSpace(reason) == "" {
			return nil, fault.New(fault.Invalid, "drop_off.reason_missing").At("/reason")
		}
	}
	return s.submit(ctx, &decision{actor: actor, dropOffID: dropOffID, reason: reason, review: verdict,
		request: decisionRequest("review", actor, requestID, dropOffID, verdict, reason)})
}

// Reverse takes a drop-off back by an opposite entry. A cleaner may take back
// the own one for some minutes, a cadre any of the village for some days (both
// are settings). What was spent by then becomes a clawback; the household does
// not go below zero. Faults: NotFound "drop_off.unknown", Refused
// "drop_off.undo_too_late", Conflict "drop_off.already_reversed".
func (s *Service) Reverse(ctx context.Context, actor auth.Actor, requestID, dropOffID id.ID, reason string) (*DropOff, error) {
	return s.submit(ctx, &decision{actor: actor, dropOffID: dropOffID, reason: reason,
		request: decisionRequest("reversal", actor, requestID, dropOffID, "", reason)})
}

func decisionRequest(kind string, actor auth.Actor, requestID, dropOffID id.ID, verdict, reason string) ledger.Request {
	hash := ledger.NewCanonical("hufen/request/" + kind + "/1").ID(requestID).ID(actor.ID).ID(dropOffID).Text(verdict).Text(reason).Sum()
	return ledger.Request{ID: requestID, Kind: kind, Hash: hash, ActorID: actor.ID}
}

func (s *Service) submit(ctx context.Context, d *decision) (*DropOff, error) {
	if d.request.ID.IsZero() {
		return nil, fault.New(fault.Invalid, "request.id_missing").At("/id")
	}
	if err := s.decisions.Submit(ctx, d); err != nil {
		return nil, err
	}
	if d.err != nil {
		return nil, d.err
	}
	d.dropOff.Replayed = d.replayed
	return d.dropOff, nil
}

// decide decides a group in one transaction: find the drop-offs, lock their
// households, look again, decide each, write.
func (s *Service) decide(ctx context.Context, tx *gorm.DB, decisions []*decision) error {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return err
	}
	ids := dropOffIDs(decisions)
	found, err := s.load(ctx, tx, ids)
	if err != nil {
		return err
	}
	batch, err := ledger.Lock(ctx, tx, s.now(), decisionAccounts(found))
	if err != nil {
		return err
	}
	if found, err = s.load(ctx, tx, ids); err != nil { // as they are now that nobody else can decide
		return err
	}
	days := make(map[id.ID][]calendar.Day)
	for _, d := range found {
		days[d.HouseholdID] = append(days[d.HouseholdID], d.Day)
	}
	counts, err := loadTally(ctx, tx, days, "year")
	if err != nil {
		return err
	}
	var reviews, items [][]any
	for _, d := range decisions {
		d.dropOff, d.err, d.replayed = nil, nil, false
		row, err := s.decideOne(ctx, tree, batch, counts, found[d.dropOffID], d)
		if refusal, ok := fault.As(err); ok {
			d.err = refusal
			batch.Reject(d.request, refusal)
			continue
		}
		if err != nil {
			return err
		}
		if row != nil {
			reviews = append(reviews, row)
			items = append(items, d.creditedItems()...)
		}
	}
	if err := batch.Write(ctx); err != nil {
		return err
	}
	if err := database.InsertRows(ctx, tx, "drop_off_reviews", []string{"drop_off_id", "id", "decision", "earned", "cut",
		"reason", "reviewer_id", "recorded_at"}, reviews); err != nil {
		return fmt.Errorf("write reviews: %w", err)
	}
	if err := database.InsertRows(ctx, tx, "drop_off_review_items", []string{"drop_off_id", "line_no", "grams", "pieces",
		"grade", "earned", "cut"}, items); err != nil {
		return fmt.Errorf("write reviewed items: %w", err)
	}
	return counts.write(ctx, tx)
}

// creditedItems are the items as an accepted review credits them.
func (q *decision) creditedItems() [][]any {
	if q.review != "accepted" {
		return nil
	}
	rows := make([][]any, len(q.dropOff.Items))
	for i, item := range q.dropOff.Items {
		rows[i] = []any{q.dropOff.ID[:], i + 1, item.Grams, item.Pieces, item.Grade, int64(item.Earned), int64(item.Cut)}
	}
	return rows
}

// decideOne decides about one drop-off and returns the review to store, if it
// is one.
func (s *Service) decideOne(ctx context.Context, tree *division.Tree, batch *ledger.Batch, counts *tally, d *DropOff, q *decision) ([]any, error) {
	if d == nil || !q.sees(tree, d) {
		return nil, fault.New(fault.NotFound, "drop_off.unknown")
	}
	if q.review == "" {
		return s.reverseOne(ctx, batch, counts, d, q)
	}
	if d.Status != Pending {
		return nil, fault.New(fault.Conflict, "drop_off.not_pending")
	}
	if q.review == Refused {
		return q.refuse(batch, d), nil
	}
	tariff, err := s.tariffByID(ctx, d.TariffID)
	if err != nil {
		return nil, err
	}
	for i := range d.Items {
		d.Items[i].Cut = 0
	}
	d.Cut, d.CutPeriod = tariff.cut(d.Items, func(c Cap) points.Points { return counts.earned(d.HouseholdID, c, d.Day) })
	d.Status, d.ReviewReason, d.Credited = Credited, "", d.Earned-d.Cut
	if err := batch.Post(q.request, &ledger.Entry{
		ID: q.request.ID, Kind: ledger.DropOff, EffectiveAt: d.HappenedAt, VillageID: d.VillageID, ActorID: q.actor.ID,
		SourceHash: d.ContentHash, Lines: ledger.Award(d.HouseholdID, d.VillageID, d.Credited),
	}); err != nil {
		return nil, err
	}
	counts.credit(d, 1)
	q.dropOff = d
	return []any{d.ID[:], q.request.ID[:], "accepted", int64(d.Earned), int64(d.Cut), q.reason, q.actor.ID[:], int64(batch.At())}, nil
}

// sees reports whether the actor may decide about the drop-off: a cadre in the
// village, a cleaner (reversals only) about the own one.
func (q *decision) sees(tree *division.Tree, d *DropOff) bool {
	if q.actor.Covers(tree, d.VillageID, auth.Cadre) {
		return true
	}
	return q.review == "" && d.CleanerID == q.actor.ID
}

func (q *decision) refuse(batch *ledger.Batch, d *DropOff) []any {
	batch.Settle(q.request)
	d.Status, d.ReviewReason = Refused, q.reason
	q.dropOff = d
	return []any{d.ID[:], q.request.ID[:], Refused, int64(d.Earned), int64(d.Cut), q.reason, q.actor.ID[:], int64(batch.At())}
}

// reverseOne takes a drop-off back. One that still waits is refused instead:
// there is nothing to take back.
func (s *Service) reverseOne(ctx context.Context, batch *ledger.Batch, counts *tally, d *DropOff, q *decision) ([]any, error) {
	if d.Status == Reversed || d.Status == Refused {
		return nil, fault.New(fault.Conflict, "drop_off.already_reversed")
	}
	if err := s.inTime(ctx, d, q, batch.At()); err != nil {
		return nil, err
	}
	if d.Status == Pending {
		return q.refuse(batch, d), nil
	}
	account := ledger.HouseholdAccount(d.HouseholdID, d.VillageID)
	if err := batch.Post(q.request, &ledger.Entry{
		ID: q.request.ID, Kind: ledger.Reversal, EffectiveAt: d.HappenedAt, VillageID: d.VillageID, ActorID: q.actor.ID,
		ReversesID: id.Some(d.awardID), Reason: q.reason, SourceHash: d.ContentHash,
		Lines: ledger.TakeBack(d.HouseholdID, d.VillageID, d.Credited, batch.Balance(account)),
	}); err != nil {
		return nil, err
	}
	counts.credit(d, -1)
	d.Status, d.Credited = Reversed, 0
	d.Balance, d.HasBalance = batch.Balance(account), true
	q.dropOff = d
	return nil, nil
}

// inTime refuses a reversal that comes too late.
func (s *Service) inTime(ctx context.Context, d *DropOff, q *decision, now calendar.Micros) error {
	until, err := s.UndoUntil(ctx, q.actor, d)
	if err != nil {
		return err
	}
	if now > until {
		return fault.New(fault.Refused, "drop_off.undo_too_late")
	}
	return nil
}

// UndoUntil returns until when an actor may take a drop-off back.
func (s *Service) UndoUntil(ctx context.Context, actor auth.Actor, d *DropOff) (calendar.Micros, error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return 0, err
	}
	if actor.Covers(tree, d.VillageID, auth.Cadre) {
		days, err := s.divisions.Setting(ctx, division.CadreUndoDays, d.VillageID, d.Day)
		return d.RecordedAt.Add(time.Duration(days) * 24 * time.Hour), err
	}
	minutes, err := s.divisions.Setting(ctx, division.UndoMinutes, d.VillageID, d.Day)
	return d.RecordedAt.Add(time.Duration(minutes) * time.Minute), err
}

func (s *Service) tariffByID(ctx context.Context, tariffID id.ID) (*Tariff, error) {
	p, err := s.tariffs.read(ctx)
	if err != nil {
		return nil, err
	}
	t := p.byID[tariffID]
	if t == nil {
		return nil, fmt.Errorf("tariff %s is missing", tariffID)
	}
	return t, nil
}

func dropOffIDs(decisions []*decision) []id.ID {
	ids := make([]id.ID, len(decisions))
	for i, d := range decisions {
		ids[i] = d.dropOffID
	}
	return ids
}

func decisionAccounts(found map[id.ID]*DropOff) []ledger.Account {
	var accounts []ledger.Account
	for _, d := range found {
		accounts = append(accounts, ledger.HouseholdAccount(d.HouseholdID, d.VillageID))
	}
	return accounts
}

// replayDecisions fills in what was decided before.
func (s *Service) replayDecisions(ctx context.Context, tx *gorm.DB, decisions []*decision) error {
	found, err := s.load(ctx, tx, dropOffIDs(decisions))
	if err != nil {
		return err
	}
	for _, q := range decisions {
		q.dropOff, q.err, q.replayed = found[q.dropOffID], nil, true
	}
	return nil
}
