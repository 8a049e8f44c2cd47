package settlement

import (
	"context"
	"strings"
	"unicode/utf8"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// maxDetail is the longest reason or reference, in characters.
const maxDetail = 200

// Submit hands a draft in; the shop's keeper does it. The same id again changes
// nothing. Faults: NotFound "settlement.unknown", Refused "settlement.not_draft",
// Conflict "request.id_reused".
func (s *Service) Submit(ctx context.Context, actor auth.Actor, requestID, settlementID id.ID) (*Settlement, error) {
	return s.act(ctx, actor, settlementID, Act{ID: requestID, Act: Submit})
}

// Reject refuses a submitted settlement for ever; its redemptions are free for a
// new one. A town official does it who did not draw it up. The same id again
// changes nothing. Faults: NotFound "settlement.unknown", Invalid
// "settlement.reason_missing", Refused "settlement.not_submitted",
// "settlement.already_decided", "settlement.same_person" and
// "settlement.person_only", Conflict "request.id_reused".
func (s *Service) Reject(ctx context.Context, actor auth.Actor, requestID, settlementID id.ID, reason string) (*Settlement, error) {
	if reason = strings.TrimSpace(reason); reason == "" {
		return nil, fault.New(fault.Invalid, "settlement.reason_missing").At("/reason")
	}
	if utf8.RuneCountInString(reason) > maxDetail {
		return nil, fault.New(fault.Invalid, "settlement.too_long", "limit", maxDetail).At("/reason")
	}
	return s.act(ctx, actor, settlementID, Act{ID: requestID, Act: Reject, Detail: reason})
}

// Pay notes that an approved settlement was paid, by which payment and on which
// day. Finance does it, nobody who drew up, submitted or approved it. The same
// id and content again changes nothing. Faults: NotFound "settlement.unknown",
// Invalid "settlement.reference_missing" and "settlement.paid_on", Refused
// "settlement.not_approved", "settlement.already_paid", "settlement.same_person"
// and "settlement.person_only", Conflict "request.id_reused".
func (s *Service) Pay(ctx context.Context, actor auth.Actor, requestID, settlementID id.ID, reference string, paidOn calendar.Day) (*Settlement, error) {
	if reference = strings.TrimSpace(reference); reference == "" {
		return nil, fault.New(fault.Invalid, "settlement.reference_missing").At("/reference")
	}
	if utf8.RuneCountInString(reference) > maxDetail {
		return nil, fault.New(fault.Invalid, "settlement.too_long", "limit", maxDetail).At("/reference")
	}
	if !paidOn.Valid() || paidOn > s.today() {
		return nil, fault.New(fault.Invalid, "settlement.paid_on").At("/paid_on")
	}
	return s.act(ctx, actor, settlementID, Act{ID: requestID, Act: Pay, Detail: reference, PaidOn: paidOn})
}

// act adds an act that moves no points. Whoever acts on a shop's settlements
// holds its row, so that of two at once one comes second and hears it.
func (s *Service) act(ctx context.Context, actor auth.Actor, settlementID id.ID, a Act) (*Settlement, error) {
	if a.ID.IsZero() {
		return nil, fault.New(fault.Invalid, "request.id_missing").At("/id")
	}
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return nil, err
	}
	a.SettlementID, a.ActorID, a.ActorName, a.At = settlementID, actor.ID, actor.Name, s.now()
	var found *Settlement
	err = s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		if err := lockShopsOf(ctx, tx, []id.ID{settlementID}); err != nil {
			return err
		}
		if found, err = loadOne(ctx, tx, settlementID); err != nil {
			return err
		}
		again, err := doneBefore(ctx, tx, a)
		if err != nil {
			return err
		}
		if err := s.may(tree, actor, found, a, again); err != nil || again {
			return err
		}
		done := found.add(a)
		if err := insertActs(ctx, tx, []Act{done}); err != nil {
			return err
		}
		if a.Act == Reject {
			if err := releaseItems(ctx, tx, settlementID); err != nil {
				return err
			}
		}
		return auth.Audit(ctx, tx, actor, found.event(done))
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// doneBefore reports whether the act is in the book; another act under its id is
// a Conflict.
func doneBefore(ctx context.Context, tx *gorm.DB, a Act) (bool, error) {
	earlier, found, err := readAct(ctx, tx, a.ID)
	if err != nil || !found {
		return false, err
	}
	if earlier.SettlementID != a.SettlementID || earlier.Act != a.Act || earlier.ActorID != a.ActorID ||
		earlier.Detail != a.Detail || earlier.PaidOn != a.PaidOn {
		return false, reused()
	}
	return true, nil
}

// may says why the actor may not do this with the settlement now, or nil. An
// act that was done before is only checked for its place.
func (s *Service) may(tree *division.Tree, actor auth.Actor, found *Settlement, a Act, again bool) error {
	if found == nil || !entitled(tree, actor, found, a.Act) {
		return unknown()
	}
	if again {
		found.Replayed = true
		return nil
	}
	if actor.Kind == auth.Machine && a.Act != Submit {
		return fault.New(fault.Refused, "settlement.person_only")
	}
	if refusal := s.wrongState(found, a); refusal != nil {
		return refusal
	}
	if a.Act == Submit {
		return nil
	}
	for _, earlier := range found.Acts {
		if earlier.ActorID == actor.ID {
			return fault.New(fault.Refused, "settlement.same_person")
		}
	}
	return nil
}

// entitled reports whether the act on this shop's settlements is the actor's.
func entitled(tree *division.Tree, actor auth.Actor, s *Settlement, act string) bool {
	switch act {
	case Submit:
		return actor.HasShop(s.ShopID)
	case Pay:
		return actor.Covers(tree, s.DivisionID, payers...)
	}
	return actor.Covers(tree, s.DivisionID, approvers...)
}

func (s *Service) wrongState(found *Settlement, a Act) error {
	switch state := found.State(); a.Act {
	case Submit:
		if state != Draft {
			return fault.New(fault.Refused, "settlement.not_draft")
		}
	case Approve, Reject:
		if state == Draft {
			return fault.New(fault.Refused, "settlement.not_submitted")
		}
		if state != Submitted {
			decided := found.Acts[2]
			return fault.New(fault.Refused, "settlement.already_decided", "name", decided.ActorName, "day", s.dayOf(decided.At))
		}
	case Pay:
		if state == Paid {
			return fault.New(fault.Refused, "settlement.already_paid", "reference", found.Acts[3].Detail)
		}
		if state != Approved {
			return fault.New(fault.Refused, "settlement.not_approved")
		}
		if a.PaidOn < calendar.DayOf(found.Acts[2].At, s.zone) {
			return fault.New(fault.Invalid, "settlement.paid_on").At("/paid_on")
		}
	}
	return nil
}
