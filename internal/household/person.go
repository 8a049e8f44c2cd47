package household

import (
	"context"
	"strings"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// Person is the personal data of a household.
type Person struct {
	HeadName string
	Phone    string
}

// Reveal returns the full name and phone, and notes who saw them and why. It
// returns NotFound "household.unknown" outside the actor's scope and Invalid
// "household.no_reason" without a reason.
func (s *Service) Reveal(ctx context.Context, actor auth.Actor, householdID id.ID, reason string) (Person, error) {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return Person{}, fault.New(fault.Invalid, "household.no_reason").At("/reason")
	}
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return Person{}, err
	}
	var person personRow
	err = s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		row, found, err := readHousehold(ctx, tx, householdID)
		if err != nil {
			return err
		}
		if !found || !actor.Covers(tree, row.DivisionID, writers...) {
			return Unknown()
		}
		if person, err = readPerson(ctx, tx, householdID); err != nil {
			return err
		}
		return auth.Audit(ctx, tx, actor, auth.Event{
			Action: "household.reveal", ObjectKind: "household", ObjectID: householdID, DivisionID: row.DivisionID, Detail: reason,
		})
	})
	if err != nil {
		return Person{}, describe("reveal household", err)
	}
	return Person{HeadName: person.HeadName, Phone: person.Phone}, nil
}
