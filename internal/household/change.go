package household

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// Change is what of a household changes; nil leaves a field as it is.
type Change struct {
	MemberCount *int
	From        *calendar.Day // the first day of the new count, or of being closed; today where nil
	HouseNumber *string
	HeadName    *string
	Phone       *string // empty: none any more
	Consent     *bool
	Closed      *bool
}

// Change changes a household and notes in the audit log which fields. People
// count from a day on, which may lie in the past; counts recorded for later days
// stay. A closed household keeps its history and never opens again; one that still
// has points, or of which something waits, is closed by the guided way only (see
// GuardClosing). Change returns NotFound "household.unknown", Refused
// "household.closed" and "household.not_empty", Conflict "household.number_taken" and the Invalid faults
// of the fields.
func (s *Service) Change(ctx context.Context, actor auth.Actor, householdID id.ID, in Change) (Household, error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return Household{}, err
	}
	from := s.today()
	if in.From != nil {
		from = *in.From
	}
	if err := in.check(from, s.today()); err != nil {
		return Household{}, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		row, err := lockOpen(ctx, tx, tree, actor, householdID)
		if err != nil {
			return err
		}
		if in.Closed != nil && *in.Closed && s.mayClose != nil {
			if err := s.mayClose(ctx, tx, row.ID, row.VillageID); err != nil {
				return err
			}
		}
		return in.apply(ctx, tx, actor, row, from, s.now())
	})
	if err != nil {
		return Household{}, describe("change household", err)
	}
	return s.Get(ctx, actor, householdID)
}

// check writes the fields in their usual form.
func (in *Change) check(from, today calendar.Day) error {
	faults := []*fault.Fault{CheckFrom(from, today)}
	if in.MemberCount != nil {
		faults = append(faults, CheckMemberCount(*in.MemberCount))
	}
	for _, field := range []struct {
		text  *string
		clean func(*string) *fault.Fault
	}{{in.HouseNumber, CleanHouseNumber}, {in.HeadName, CleanName}, {in.Phone, CleanPhone}} {
		if field.text != nil {
			faults = append(faults, field.clean(field.text))
		}
	}
	if in.Closed != nil && !*in.Closed {
		faults = append(faults, fault.New(fault.Invalid, "household.stays_closed").At("/closed"))
	}
	if f := fault.Join(faults...); f != nil {
		return f
	}
	return nil
}

// apply stores what differs and says in the audit log what it was, but for
// names and phones.
func (in Change) apply(ctx context.Context, tx *gorm.DB, actor auth.Actor, row householdRow, from calendar.Day, now calendar.Micros) error {
	var notes []string
	before := row
	if in.HouseNumber != nil && *in.HouseNumber != row.HouseNumber {
		notes = append(notes, fmt.Sprintf("house_number %s → %s", row.HouseNumber, *in.HouseNumber))
		row.HouseNumber = *in.HouseNumber
	}
	personNotes, err := in.applyPerson(ctx, tx, actor, row.ID, now)
	if err != nil {
		return err
	}
	memberNotes, err := in.applyMembers(ctx, tx, actor, &row, from, now)
	if err != nil {
		return err
	}
	notes = slices.Concat(notes, personNotes, memberNotes)
	if len(notes) == 0 {
		return nil
	}
	row.UpdatedAt = now
	if err := updateHousehold(ctx, tx, row); database.IsDuplicate(err) {
		return fault.New(fault.Conflict, "household.number_taken", "house_number", row.HouseNumber).At("/house_number")
	} else if err != nil {
		return err
	}
	action := "household.change"
	if row.ClosedAt != before.ClosedAt {
		action = "household.close"
		if err := auth.RevokeHousehold(ctx, tx, row.ID); err != nil {
			return err
		}
	}
	return auth.Audit(ctx, tx, actor, auth.Event{
		Action: action, ObjectKind: "household", ObjectID: row.ID, DivisionID: row.DivisionID, Detail: strings.Join(notes, "; "),
	})
}

func (in Change) applyPerson(ctx context.Context, tx *gorm.DB, actor auth.Actor, householdID id.ID, now calendar.Micros) (notes []string, err error) {
	person, err := readPerson(ctx, tx, householdID)
	if err != nil {
		return nil, err
	}
	if in.HeadName != nil && *in.HeadName != person.HeadName {
		person.HeadName = *in.HeadName
		notes = append(notes, "head_name")
	}
	if in.Phone != nil && *in.Phone != person.Phone {
		person.Phone = *in.Phone
		notes = append(notes, "phone")
	}
	if in.Consent != nil && *in.Consent && !person.ConsentAt.Valid {
		if err := storeConsent(ctx, tx, actor, householdID, now); err != nil {
			return nil, err
		}
		notes = append(notes, "consent")
	}
	if len(notes) == 0 {
		return nil, nil
	}
	return notes, exec1(ctx, tx, "UPDATE household_people SET head_name = ?, phone = ?, updated_at = ? WHERE household_id = ?",
		person.HeadName, person.Phone, now, householdID)
}

// storeConsent records that the household agreed, once.
func storeConsent(ctx context.Context, tx *gorm.DB, actor auth.Actor, householdID id.ID, now calendar.Micros) error {
	_, err := database.Exec(ctx, tx, "UPDATE household_people SET consent_at = ?, consent_by = ? WHERE household_id = ? AND consent_at IS NULL",
		now, actor.ID, householdID)
	return err
}

func (in Change) applyMembers(ctx context.Context, tx *gorm.DB, actor auth.Actor, row *householdRow, from calendar.Day, now calendar.Micros) (notes []string, err error) {
	closes := in.Closed != nil && *in.Closed
	if in.MemberCount == nil && !closes {
		return nil, nil
	}
	before, err := readMembers(ctx, tx, row.ID)
	if err != nil {
		return nil, err
	}
	after := before
	if in.MemberCount != nil && countOn(before, from) != *in.MemberCount {
		after = withCount(after, from, *in.MemberCount)
		notes = append(notes, fmt.Sprintf("member_count %d → %d from %s", countOn(before, from), *in.MemberCount, from))
	}
	if closes {
		after = endedAt(after, from)
		row.ClosedAt = now
		notes = append(notes, fmt.Sprintf("closed from %s", from))
	}
	row.MemberCount = after[len(after)-1].Count
	people := population{}
	people.move(row.VillageID, before, after)
	return notes, firstError(
		func() error { return replaceMembers(ctx, tx, actor, row.ID, before, after, now) },
		func() error { return people.store(ctx, tx) },
	)
}

func updateHousehold(ctx context.Context, tx *gorm.DB, row householdRow) error {
	return exec1(ctx, tx, "UPDATE households SET house_number = ?, member_count = ?, closed_at = ?, updated_at = ? WHERE id = ?",
		row.HouseNumber, row.MemberCount, row.ClosedAt, row.UpdatedAt, row.ID)
}
