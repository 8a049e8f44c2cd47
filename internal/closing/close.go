package closing

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/ledger"
)

// maxReason is the longest reason, in characters.
const maxReason = 200

// place is a town with its villages.
type place struct {
	town     division.Division
	villages []id.ID
	names    []string // of the villages
	all      []id.ID  // the town and everything below it
}

func placeOf(tree *division.Tree, actor auth.Actor, townID id.ID, roles []auth.Role) (place, error) {
	town, ok := tree.Get(townID)
	if !ok || town.Level != division.Town || !actor.Covers(tree, townID, roles...) {
		return place{}, division.Unknown()
	}
	p := place{town: town, all: append(division.IDs(tree.Below(townID)), townID)}
	for _, village := range tree.Villages(townID) {
		p.villages, p.names = append(p.villages, village.ID), append(p.names, village.Name)
	}
	return p, nil
}

// Close closes a town's month: from then on no entry is recorded into it, by no
// instance and whatever its clock says, and its figures stay as they are now.
// One person does it, month after month. The same request again returns what
// became of it.
//
// Faults: NotFound "division.unknown" outside the actor's scope, Invalid
// "closing.month_not_over", Refused "closing.already_closed", "closing.not_next",
// "closing.before_first" and "closing.nothing" for a month from before the book,
// "closing.blocked" while something stands in the way (Month says what),
// "closing.unsealed" while the last entries wait for their seal, "closing.person_only", Conflict
// "request.id_reused".
func (s *Service) Close(ctx context.Context, actor auth.Actor, requestID, townID id.ID, month calendar.Month) (*Month, error) {
	p, h, again, err := s.prepare(ctx, actor, Act{ID: requestID, TownID: townID, Month: month, Act: Close}, closers)
	if err != nil || again {
		return s.monthIf(ctx, actor, townID, month, err)
	}
	if len(h) == 0 {
		if err := s.inBook(ctx, month); err != nil {
			return nil, err
		}
	}
	found, err := s.blockers(ctx, p, month, 0)
	if err != nil {
		return nil, err
	}
	if len(found) > 0 && !onlyUnsealed(found) {
		return nil, fault.New(fault.Refused, "closing.blocked", "count", len(found))
	}
	if h.last(month).Act != begin {
		if err := s.begin(ctx, actor, p, month); err != nil {
			return s.orTwin(ctx, actor, Act{ID: requestID, TownID: townID, Month: month, Act: Close}, closers, err)
		}
	}
	if err := s.fence(ctx, p, s.endOf(month)); err != nil {
		return nil, fmt.Errorf("close %s: %w", month, err)
	}
	if err := s.finish(ctx, actor, p, requestID, month); err != nil {
		return s.orTwin(ctx, actor, Act{ID: requestID, TownID: townID, Month: month, Act: Close}, closers, err)
	}
	return s.Month(ctx, actor, townID, month)
}

// inBook refuses a month before anything was recorded: as the first one closed it
// would stand before all those that have to follow one by one.
func (s *Service) inBook(ctx context.Context, month calendar.Month) error {
	first, err := s.firstMonth(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("find the first month: %w", err)
	case first == 0:
		return fault.New(fault.Refused, "closing.nothing").At("/month")
	case month < first:
		return fault.New(fault.Refused, "closing.before_first", "month", first.String()).At("/month")
	}
	return nil
}

func onlyUnsealed(found []Blocker) bool {
	return !slices.ContainsFunc(found, func(b Blocker) bool { return b.Kind != Unsealed })
}

func (s *Service) monthIf(ctx context.Context, actor auth.Actor, townID id.ID, month calendar.Month, err error) (*Month, error) {
	if err != nil {
		return nil, err
	}
	found, err := s.Month(ctx, actor, townID, month)
	if found != nil {
		found.Replayed = true
	}
	return found, err
}

// prepare checks who asks for what, and whether it was done before.
func (s *Service) prepare(ctx context.Context, actor auth.Actor, a Act, roles []auth.Role) (p place, h history, again bool, err error) {
	if a.ID.IsZero() {
		return p, nil, false, fault.New(fault.Invalid, "request.id_missing").At("/id")
	}
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return p, nil, false, err
	}
	if p, err = placeOf(tree, actor, a.TownID, roles); err != nil {
		return p, nil, false, err
	}
	if actor.Kind == auth.Machine {
		return p, nil, false, fault.New(fault.Refused, "closing.person_only")
	}
	if !a.Month.Valid() || a.Month.Last() >= s.today() {
		return p, nil, false, fault.New(fault.Invalid, "closing.month_not_over").At("/month")
	}
	earlier, found, err := readAct(ctx, s.db.Read, a.ID)
	if err != nil {
		return p, nil, false, err
	}
	if found {
		if earlier.TownID != a.TownID || earlier.Month != a.Month || earlier.Act != a.Act || earlier.ActorID != actor.ID || earlier.Reason != a.Reason {
			err = reused()
		}
		return p, nil, true, err
	}
	if h, err = readHistory(ctx, s.db.Read, a.TownID); err != nil {
		return p, nil, false, err
	}
	if err = h.refusal(a.Act, a.Month, actor.ID); err != nil && h.has(a.ID) { // a twin was faster
		return s.prepare(ctx, actor, a, roles)
	}
	return p, h, false, err
}

// begin says that from now on nothing is recorded before the end of the month.
// It is committed before anything else happens: who opens an account afterwards
// reads it.
func (s *Service) begin(ctx context.Context, actor auth.Actor, p place, month calendar.Month) error {
	divisions := append(slices.Clone(p.villages), p.town.ID)
	return s.act(ctx, actor, p, Act{ID: id.New(), Month: month, Act: begin, FiguresHash: hashVillages(divisions)}, Close, func(ctx context.Context, tx *gorm.DB, a Act) error {
		rows := make([][]any, len(divisions))
		for i, d := range divisions {
			rows[i] = []any{d[:], a.ID[:], int64(a.UntilAt)}
		}
		return database.InsertRows(ctx, tx, "closing_villages", []string{"division_id", "act_id", "until_at"}, rows)
	})
}

// fenceTogether is how many accounts are told at once that a month is closed.
const fenceTogether = 500

// fence tells every account of the villages. It waits for postings that hold an
// account or open one, and for approvals of settlements; those that come
// afterwards see what was written. Nobody waits for it longer than for some
// hundred rows.
func (s *Service) fence(ctx context.Context, p place, until calendar.Micros) error {
	var accounts []id.ID
	err := s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) (err error) {
		marks, args := database.List(database.IDs(p.villages))
		if accounts, err = readIDs(ctx, tx, `SELECT id FROM accounts WHERE village_id IN (`+marks+`) AND floor IS NOT NULL ORDER BY village_id, id`+database.ForUpdate(tx), args...); err != nil {
			return err
		}
		marks, args = database.List(database.IDs(p.all))
		_, err = readIDs(ctx, tx, `SELECT id FROM shops WHERE division_id IN (`+marks+`) ORDER BY id`+database.ForUpdate(tx), args...)
		return err
	})
	if err != nil {
		return fmt.Errorf("find accounts: %w", err)
	}
	slices.SortFunc(accounts, func(a, b id.ID) int { return slices.Compare(a[:], b[:]) })
	for some := range slices.Chunk(accounts, fenceTogether) {
		err := s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
			marks, args := database.List(database.IDs(some))
			_, err := database.Exec(ctx, tx, `UPDATE account_balances SET closed_until = ? WHERE account_id IN (`+marks+`) AND closed_until < ?`,
				append(append([]any{int64(until)}, args...), int64(until))...)
			return err
		})
		if err != nil {
			return fmt.Errorf("tell accounts: %w", err)
		}
	}
	return nil
}

// finish keeps the figures. Nothing is recorded into the month any more; what
// was is in a seal, or the closing has to wait for it.
func (s *Service) finish(ctx context.Context, actor auth.Actor, p place, requestID id.ID, month calendar.Month) error {
	h, err := readHistory(ctx, s.db.Read, p.town.ID)
	if err != nil {
		return err
	}
	if err := s.sealed(ctx, p, h.closedBefore(month), s.endOf(month)); err != nil {
		return err
	}
	if _, err := s.Book(ctx); err != nil {
		return err
	}
	figures, err := s.figuresOf(ctx, p.town.ID, p.villages, month)
	if err != nil {
		return err
	}
	return s.act(ctx, actor, p, Act{ID: requestID, Month: month, Act: Close, FiguresHash: hashFigures(figures)}, Close, func(ctx context.Context, tx *gorm.DB, a Act) error {
		rows := make([][]any, len(figures))
		for i, f := range figures {
			rows[i] = []any{a.ID[:], f.villageID[:], f.name, f.value}
		}
		return database.InsertRows(ctx, tx, "closing_figures", []string{"act_id", "village_id", "name", "value"}, rows)
	})
}

// sealed makes sure that all that was recorded in the town in a time is in a
// seal. Nothing is any more, so what is found is all there will be.
func (s *Service) sealed(ctx context.Context, p place, from, until calendar.Micros) error {
	n, err := s.unsealed(ctx, p, from, until)
	if err != nil || n == 0 {
		return err
	}
	refusal := fault.New(fault.Refused, "closing.unsealed", "count", n)
	if s.sources.Seal == nil {
		return refusal
	}
	if err := s.sources.Seal(ctx, from, until); err != nil {
		return refusal.Because(err)
	}
	if n, err = s.unsealed(ctx, p, from, until); err != nil || n == 0 {
		return err
	}
	return refusal
}

// closedBefore is up to where everything was in a seal when the month before was
// closed.
func (h history) closedBefore(month calendar.Month) (until calendar.Micros) {
	for _, a := range h {
		if a.Act == Close && a.Month < month {
			until = max(until, a.UntilAt)
		}
	}
	return until
}

// AskReopening asks for a closed month to be re-opened, with a reason; only the
// newest can be. Somebody else decides. Faults as of Close, and Invalid
// "closing.reason_missing", Refused "closing.not_closed", "closing.not_newest",
// "closing.already_asked".
func (s *Service) AskReopening(ctx context.Context, actor auth.Actor, requestID, townID id.ID, month calendar.Month, reason string) (*Month, error) {
	if reason = strings.TrimSpace(reason); reason == "" {
		return nil, fault.New(fault.Invalid, "closing.reason_missing").At("/reason")
	}
	if utf8.RuneCountInString(reason) > maxReason {
		return nil, fault.New(fault.Invalid, "closing.reason_long", "limit", maxReason).At("/reason")
	}
	return s.simple(ctx, actor, Act{ID: requestID, TownID: townID, Month: month, Act: Ask, Reason: reason}, closers)
}

// Reopen opens a closed month again, so that it can be closed with other
// figures. What was recorded stays where it is. Who asked for it does not decide
// it. Faults as of Close, and Refused "closing.not_asked", "closing.same_person".
func (s *Service) Reopen(ctx context.Context, actor auth.Actor, requestID, townID id.ID, month calendar.Month) (*Month, error) {
	return s.simple(ctx, actor, Act{ID: requestID, TownID: townID, Month: month, Act: Reopen}, openers)
}

// simple adds an act that keeps nothing but itself.
func (s *Service) simple(ctx context.Context, actor auth.Actor, a Act, roles []auth.Role) (*Month, error) {
	p, h, again, err := s.prepare(ctx, actor, a, roles)
	if err != nil || again {
		return s.monthIf(ctx, actor, a.TownID, a.Month, err)
	}
	if a.Act == Reopen {
		a.AskerID = id.Some(h.last(a.Month).ActorID)
	}
	if err := s.act(ctx, actor, p, a, a.Act, func(context.Context, *gorm.DB, Act) error { return nil }); err != nil {
		return s.orTwin(ctx, actor, a, roles, err)
	}
	return s.Month(ctx, actor, a.TownID, a.Month)
}

// orTwin returns the month where an act was refused because the same request, sent
// twice at once, had done it meanwhile; else the refusal.
func (s *Service) orTwin(ctx context.Context, actor auth.Actor, a Act, roles []auth.Role, refusal error) (*Month, error) {
	if _, refused := fault.As(refusal); !refused {
		return nil, refusal
	}
	if _, _, again, err := s.prepare(ctx, actor, a, roles); again {
		return s.monthIf(ctx, actor, a.TownID, a.Month, err)
	}
	return nil, refusal
}

// act writes an act behind the town's others, with what belongs to it. allowed
// is the act whose order it has to keep. Of two at once one meets the other's
// number and looks again.
func (s *Service) act(ctx context.Context, actor auth.Actor, p place, a Act, allowed string, write func(context.Context, *gorm.DB, Act) error) error {
	a.TownID, a.ActorID, a.ActorName, a.At, a.UntilAt = p.town.ID, actor.ID, actor.Name, s.now(), s.endOf(a.Month)
	var err error
	for range 5 {
		err = s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
			h, err := readHistory(ctx, tx, a.TownID)
			if err != nil {
				return err
			}
			if err := h.refusal(allowed, a.Month, actor.ID); err != nil {
				return err
			}
			if a.Act == begin && h.last(a.Month).Act == begin {
				return nil // somebody else closes it too
			}
			next := h.add(a)
			if err := insertAct(ctx, tx, next); err != nil {
				return err
			}
			if err := ledger.Note(ctx, tx, next.At, next.request()); err != nil {
				return err
			}
			if err := write(ctx, tx, next); err != nil {
				return err
			}
			return auth.Audit(ctx, tx, actor, auth.Event{Action: "closing." + a.Act, ObjectKind: "closing", ObjectID: a.ID, DivisionID: a.TownID,
				Detail: strings.TrimSpace(a.Month.String() + " " + a.Reason)})
		})
		if !database.IsDuplicate(err) {
			return err
		}
	}
	return fault.New(fault.Conflict, "closing.meanwhile").Because(err)
}
