package dropoff

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/ledger"
)

// decision is what somebody decides about a drop-off afterwards, on its way
// through the posting path: a review, an objection or a reversal.
type decision struct {
	actor       auth.Actor
	dropOffID   id.ID
	verdict     string // accepted, refused, objected, reversed
	reason      string
	corrections []Correction // of an acceptance
	byPeriod    bool         // accepted because nobody objected in time
	request     ledger.Request

	dropOff  *DropOff
	replayed bool
	err      error
}

// The verdicts beside Refused and Reversed.
const (
	accepted = "accepted"
	objected = "objected"
)

// Request says what is asked for.
func (d *decision) Request() ledger.Request { return d.request }

// Fail says that the request was refused.
func (d *decision) Fail(err error) { d.dropOff, d.err = nil, err }

// Reverse takes a drop-off back by an opposite entry. A cleaner may take back
// the own one for some minutes, a cadre any of the village for some days (both
// are settings). What was spent by then becomes a clawback; the household does
// not go below zero. Faults: NotFound "drop_off.unknown", Refused
// "drop_off.undo_too_late", Conflict "drop_off.already_reversed".
func (s *Service) Reverse(ctx context.Context, actor auth.Actor, requestID, dropOffID id.ID, reason string) (*DropOff, error) {
	return s.submit(ctx, newDecision("reversal", "", actor, requestID, dropOffID, reason))
}

// newDecision makes a decision; the kind is that of its request. The verdict of
// a reversal is not part of what was asked.
func newDecision(kind, verdict string, actor auth.Actor, requestID, dropOffID id.ID, reason string, corrections ...Correction) *decision {
	c := ledger.NewCanonical("hufen/request/" + kind + "/1").ID(requestID).ID(actor.ID).ID(dropOffID).Text(verdict).Text(reason)
	for _, line := range corrections {
		c.Number(int64(line.Line)).Number(orZero(line.Grams)).Number(orZero(line.Pieces)).Text(line.Grade)
	}
	if verdict == "" {
		verdict = Reversed
	}
	return &decision{actor: actor, dropOffID: dropOffID, verdict: verdict, reason: reason, corrections: corrections,
		request: ledger.Request{ID: requestID, Kind: kind, Hash: c.Sum(), ActorID: actor.ID}}
}

func (s *Service) submit(ctx context.Context, d *decision) (*DropOff, error) {
	outcome := s.submitAll(ctx, []*decision{d})[0]
	return outcome.DropOff, outcome.Err
}

// submitAll returns one outcome each, in the order given. What has an error
// already was never asked for.
func (s *Service) submitAll(ctx context.Context, decisions []*decision) []Outcome {
	var asked []*decision
	for _, d := range decisions {
		if d.err == nil && d.request.ID.IsZero() {
			d.err = fault.New(fault.Invalid, "request.id_missing").At("/id")
		}
		if d.err == nil {
			asked = append(asked, d)
		}
	}
	var failed error
	if len(asked) > 0 {
		failed = s.decisions.Submit(ctx, asked...)
	}
	outcomes := make([]Outcome, len(decisions))
	for i, d := range decisions {
		switch {
		case d.err != nil:
			outcomes[i].Err = d.err
		case failed != nil:
			outcomes[i].Err = failed
		default:
			d.dropOff.Replayed = d.replayed
			outcomes[i].DropOff = d.dropOff
		}
	}
	return outcomes
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
	g := &group{tree: tree, batch: batch, counts: counts}
	for _, q := range decisions {
		q.dropOff, q.err, q.replayed = nil, nil, false
		err := s.decideOne(ctx, g, found[q.dropOffID], q)
		if refusal, ok := fault.As(err); ok {
			q.err = refusal
			batch.Reject(q.request, refusal)
			continue
		}
		if err != nil {
			return err
		}
	}
	if err := batch.Write(ctx); err != nil {
		return err
	}
	if err := g.write(ctx, tx); err != nil {
		return err
	}
	return counts.write(ctx, tx)
}

// group is what the decisions of one transaction come to.
type group struct {
	tree   *division.Tree
	batch  *ledger.Batch
	counts *tally

	reviews, items, objections [][]any
	unposted                   []id.ID // that leave their objection period
}

// decideOne decides about one drop-off. The answer is a copy, for another
// decision of the group may be about the same one.
func (s *Service) decideOne(ctx context.Context, g *group, d *DropOff, q *decision) error {
	if d == nil || !q.sees(g.tree, d) {
		return fault.New(fault.NotFound, "drop_off.unknown")
	}
	if d.Posted() {
		defer func() {
			if !d.Posted() {
				g.unposted = append(g.unposted, d.ID)
			}
		}()
	}
	var err error
	switch q.verdict {
	case Reversed:
		err = s.reverseOne(ctx, g, d, q)
	case objected:
		err = g.object(d, q)
	default:
		err = s.reviewOne(ctx, g, d, q)
	}
	if err != nil {
		return err
	}
	answer := *d
	q.dropOff = &answer
	return nil
}

// sees reports whether the actor may decide about the drop-off: a cadre of the
// village and the officials of its town; a cleaner the own one, to take it
// back; against one that is posted also the household itself and who audits.
func (q *decision) sees(tree *division.Tree, d *DropOff) bool {
	switch {
	case q.byPeriod:
		return true
	case q.verdict == Reversed:
		return d.CleanerID == q.actor.ID || q.actor.Covers(tree, d.VillageID, auth.Cadre)
	case q.verdict == objected && q.actor.Kind == auth.Household:
		return d.HouseholdID == q.actor.HouseholdID
	case q.verdict == objected:
		return q.actor.Covers(tree, d.VillageID, objectors...)
	}
	return q.actor.Covers(tree, d.VillageID, reviewers...)
}

// reverseOne takes a drop-off back. One that still waits is refused instead:
// there is nothing to take back.
func (s *Service) reverseOne(ctx context.Context, g *group, d *DropOff, q *decision) error {
	if d.Status == Reversed || d.Status == Refused {
		return fault.New(fault.Conflict, "drop_off.already_reversed")
	}
	if err := s.inTime(ctx, d, q, g.batch.At()); err != nil {
		return err
	}
	if d.Status == Pending {
		g.refuse(d, q)
		return nil
	}
	account := ledger.HouseholdAccount(d.HouseholdID, d.VillageID)
	if err := g.batch.Post(q.request, &ledger.Entry{
		ID: q.request.ID, Kind: ledger.Reversal, EffectiveAt: d.HappenedAt, VillageID: d.VillageID, ActorID: q.actor.ID,
		ReversesID: id.Some(d.awardID), Reason: q.reason, SourceHash: d.ContentHash,
		Lines: ledger.TakeBack(d.HouseholdID, d.VillageID, d.Credited, g.batch.Balance(account)),
	}); err != nil {
		return err
	}
	g.counts.credit(d, -1)
	d.Status, d.Credited = Reversed, 0
	d.Balance, d.HasBalance = g.batch.Balance(account), true
	return nil
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

// TariffByID returns a version by its id.
func (s *Service) TariffByID(ctx context.Context, tariffID id.ID) (*Tariff, error) {
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
