package collection

import (
	"context"
	"fmt"
	"strings"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// Correction is what is to be different in the next version of a ticket. What
// is nil stays.
type Correction struct {
	ID        id.ID // of the new version, made by the client
	Reason    string
	VillageID *id.ID
	Category  *Category
	Day       *calendar.Day
	// Weights replace the old ones; a gross or tare alone goes with the other
	// one of the old version, a net weight stands for itself.
	Weights Weights
	Void    *bool
}

// CorrectWeighIn adds the next version of a ticket; the old one stays on record.
// versionID is the version the person has seen: when it is no longer the one in
// force the answer is a Conflict "weigh_in.outdated". It returns NotFound
// "weigh_in.unknown" or "division.unknown" outside the scope, and Invalid
// faults; "weigh_in.nothing_changed" among them.
func (s *Service) CorrectWeighIn(ctx context.Context, actor auth.Actor, versionID id.ID, in Correction) (w WeighIn, replayed bool, err error) {
	in.Reason = strings.TrimSpace(in.Reason)
	if f := checkText(in.Reason, 200, "weigh_in.reason", "/reason"); f != nil {
		return w, false, f
	}
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return w, false, err
	}
	if in.VillageID != nil {
		if f := village(tree, actor, *in.VillageID, Correctors); f != nil {
			return w, false, f
		}
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		w, replayed, err = s.correct(ctx, tx, tree, actor, versionID, in)
		return err
	})
	return w, replayed, err
}

func (s *Service) correct(ctx context.Context, tx *gorm.DB, tree *division.Tree, actor auth.Actor, versionID id.ID, in Correction) (WeighIn, bool, error) {
	current, err := findTicket(ctx, tx, tree, actor, versionID, Correctors)
	if err != nil {
		return WeighIn{}, false, err
	}
	if stored, found, err := readVersion(ctx, tx, in.ID); err != nil || found {
		return s.replayCorrection(current, stored, in, err)
	}
	if current.ID != versionID {
		return WeighIn{}, false, outdated()
	}
	w, err := s.next(actor, current, in)
	if err != nil {
		return WeighIn{}, false, err
	}
	if err := insertWeighIns(ctx, tx, []WeighIn{w}); database.IsDuplicate(err) {
		return s.overtaken(ctx, tx, tree, actor, versionID, in)
	} else if err != nil {
		return WeighIn{}, false, err
	}
	if err := refreshMonths(ctx, tx, append(cellsOf(current), cellsOf(w)...)); err != nil {
		return WeighIn{}, false, err
	}
	w.Versions = append([]WeighIn{w}, current.Versions...)
	return w, false, auth.Audit(ctx, tx, actor, auth.Event{
		Action: "weigh_in.correct", ObjectKind: "weigh_in", ObjectID: w.ID, DivisionID: w.VillageID,
		Detail: fmt.Sprintf("%s %s, version %d: %s", w.Station, w.TicketNumber, w.Version, w.Reason),
	})
}

// overtaken answers a correction whose version number somebody took meanwhile:
// a twin of this request, or another one.
func (s *Service) overtaken(ctx context.Context, tx *gorm.DB, tree *division.Tree, actor auth.Actor, versionID id.ID, in Correction) (WeighIn, bool, error) {
	stored, found, err := readVersion(ctx, tx, in.ID)
	if err == nil && !found {
		err = outdated()
	}
	if err != nil {
		return WeighIn{}, false, err
	}
	current, err := findTicket(ctx, tx, tree, actor, versionID, Correctors)
	return s.replayCorrection(current, stored, in, err)
}

func outdated() *fault.Fault { return fault.New(fault.Conflict, "weigh_in.outdated") }

// replayCorrection answers a request id that is already on record.
func (s *Service) replayCorrection(current, stored WeighIn, in Correction, err error) (WeighIn, bool, error) {
	if err != nil {
		return WeighIn{}, false, err
	}
	for _, before := range current.Versions {
		if before.Version != stored.Version-1 || before.Station != stored.Station || before.TicketNumber != stored.TicketNumber {
			continue
		}
		if again, err := s.next(auth.Actor{}, before, in); err == nil && stored.says(again) {
			stored.Versions = current.Versions
			return stored, true, nil
		}
	}
	return WeighIn{}, false, fault.New(fault.Conflict, "request.id_reused").At("/id")
}

// next returns the version that follows w.
func (s *Service) next(actor auth.Actor, w WeighIn, in Correction) (WeighIn, error) {
	next := w
	next.ID, next.Version, next.Reason, next.Versions = in.ID, w.Version+1, in.Reason, nil
	next.RecordedAt, next.ActorID, next.RecordedBy = s.now(), actor.ID, actor.Name
	if in.VillageID != nil {
		next.VillageID = *in.VillageID
	}
	if in.Category != nil {
		next.Category = *in.Category
	}
	if in.Void != nil {
		next.Void = *in.Void
	}
	if in.Day != nil && *in.Day != w.From {
		if w.To != w.From {
			return next, fault.New(fault.Invalid, "weigh_in.period_fixed").At("/day")
		}
		next.From, next.To = *in.Day, *in.Day
	}
	if err := next.reweigh(in.Weights); err != nil {
		return next, err
	}
	if err := joined(next.faults(s.today())...); err != nil {
		return next, err
	}
	if next.claims(w) {
		return next, fault.New(fault.Invalid, "weigh_in.nothing_changed")
	}
	return next, nil
}

// reweigh puts corrected weights into w. What was estimated from buckets has
// been weighed then.
func (w *WeighIn) reweigh(weights Weights) error {
	if weights == (Weights{}) {
		return nil
	}
	if weights.NetGrams == nil {
		if weights.GrossGrams == nil {
			weights.GrossGrams = w.GrossGrams
		}
		if weights.TareGrams == nil {
			weights.TareGrams = w.TareGrams
		}
	}
	if w.Method == Buckets {
		w.Method = Scale
	}
	weights, err := weights.Settle(w.Method)
	if err != nil {
		return err
	}
	w.GrossGrams, w.TareGrams, w.NetGrams = weights.GrossGrams, weights.TareGrams, *weights.NetGrams
	return nil
}
