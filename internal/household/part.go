package household

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// Part is a household that takes part in a change: one that splits, is merged,
// moves or ends, or the one that people or points go to. Its row is locked, so
// it stays as it is until the transaction ends.
type Part struct {
	Brief
	ClosedAt calendar.Micros // 0: open
	Members  []MemberCount   // oldest first
	HasPIN   bool
	Card     *Card // the live one; nil where there is none
	row      householdRow
}

// Parts locks households in one order and returns them by id. It returns
// NotFound "household.unknown" for one that is not there or outside the actor's
// scope.
func (s *Service) Parts(ctx context.Context, tx *gorm.DB, actor auth.Actor, ids ...id.ID) (map[id.ID]*Part, error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return nil, err
	}
	ids = slices.Clone(ids)
	slices.SortFunc(ids, func(a, b id.ID) int { return slices.Compare(a[:], b[:]) })
	parts := make(map[id.ID]*Part, len(ids))
	for _, householdID := range ids {
		row, err := lock(ctx, tx, tree, actor, householdID, writers)
		if err != nil {
			return nil, err
		}
		if parts[householdID], err = part(ctx, tx, row); err != nil {
			return nil, fmt.Errorf("read household: %w", err)
		}
	}
	return parts, nil
}

func part(ctx context.Context, tx *gorm.DB, row householdRow) (*Part, error) {
	found, err := complete(ctx, tx, []householdRow{row})
	if err != nil {
		return nil, err
	}
	p := &Part{Brief: found[0].Brief, ClosedAt: row.ClosedAt, HasPIN: found[0].HasPIN, row: row}
	if card := found[0].Card; card != nil && card.Live() {
		p.Card = card
	}
	p.Members, err = readMembers(ctx, tx, row.ID)
	return p, err
}

// CountOn returns how many people the household has on a day.
func (p *Part) CountOn(day calendar.Day) int { return countOn(p.Members, day) }

// CountedLater returns the first day after a day on which another count begins,
// 0 if there is none.
func (p *Part) CountedLater(day calendar.Day) calendar.Day {
	for _, m := range p.Members {
		if m.From > day {
			return m.From
		}
	}
	return 0
}

// HouseTaken reports whether an open household has this number in a division.
func HouseTaken(ctx context.Context, tx *gorm.DB, divisionID id.ID, houseNumber string) (bool, error) {
	found, err := queryHouseholds(ctx, tx, "WHERE h.division_id = ? AND h.house_number = ? AND h.closed_at = 0", divisionID, houseNumber)
	if err != nil {
		return false, fmt.Errorf("look for a house: %w", err)
	}
	return len(found) > 0, nil
}

func taken(err error, houseNumber string) error {
	if database.IsDuplicate(err) {
		return fault.New(fault.Conflict, "household.number_taken", "house_number", houseNumber).At("/place/house_number").Because(err)
	}
	return err
}

// Recount gives a part another number of people from a day on.
func (s *Service) Recount(ctx context.Context, tx *gorm.DB, actor auth.Actor, p *Part, from calendar.Day, count int) error {
	if p.CountOn(from) == count {
		return nil
	}
	return s.storeMembers(ctx, tx, actor, p, withCount(p.Members, from, count))
}

func (s *Service) storeMembers(ctx context.Context, tx *gorm.DB, actor auth.Actor, p *Part, after []MemberCount) error {
	people := population{}
	people.move(p.VillageID, p.Members, after)
	p.row.MemberCount, p.row.UpdatedAt = after[len(after)-1].Count, s.now()
	return firstError(
		func() error { return replaceMembers(ctx, tx, actor, p.ID, p.Members, after, s.now()) },
		func() error { return people.store(ctx, tx) },
		func() error { return updateHousehold(ctx, tx, p.row) },
	)
}

// Leave closes a part: nobody counts from a day on, its card is dead, its PIN is
// gone and its own pages are signed out.
func (s *Service) Leave(ctx context.Context, tx *gorm.DB, actor auth.Actor, p *Part, from calendar.Day, reason string) error {
	if p.Card != nil {
		card := *p.Card
		card.RevokedAt, card.Reason = s.now(), reason
		if err := revoke(ctx, tx, actor, card, p.row, card.Reason); err != nil {
			return err
		}
	}
	if err := dropPIN(ctx, tx, p.ID); err != nil {
		return err
	}
	p.row.ClosedAt = s.now()
	if err := s.storeMembers(ctx, tx, actor, p, endedAt(p.Members, from)); err != nil {
		return err
	}
	return auth.RevokeHousehold(ctx, tx, p.ID)
}

// Reissue gives a part that stays a new card in place of the one it has, and takes
// its PIN: those who left know it.
func (s *Service) Reissue(ctx context.Context, tx *gorm.DB, actor auth.Actor, p *Part, cardID id.ID, reason string) error {
	if err := dropPIN(ctx, tx, p.ID); err != nil {
		return err
	}
	if err := freeCard(ctx, tx, cardID); err != nil {
		return err
	}
	var err error
	if p.Card == nil {
		_, err = s.issue(ctx, tx, actor, p.row, NewCard{ID: cardID})
	} else {
		_, err = s.replace(ctx, tx, actor, *p.Card, p.row, cardID, reason)
	}
	return err
}

// dropPIN removes a household's PIN and signs it out.
func dropPIN(ctx context.Context, tx *gorm.DB, householdID id.ID) error {
	if _, err := database.Exec(ctx, tx, "DELETE FROM household_pins WHERE household_id = ?", householdID); err != nil {
		return fmt.Errorf("drop PIN: %w", err)
	}
	return auth.RevokeHousehold(ctx, tx, householdID)
}

// freeCard returns Conflict "request.id_reused" where a card has this id.
func freeCard(ctx context.Context, tx *gorm.DB, cardID id.ID) error {
	_, found, err := single(queryCards(ctx, tx, "id = ?", cardID))
	if err == nil && found {
		err = fault.New(fault.Conflict, "request.id_reused").At("/card_id")
	}
	return err
}

// CheckPlace writes the fields of a household that is to be founded in their
// usual form and returns its village. Faults are those of Register.
func (s *Service) CheckPlace(ctx context.Context, actor auth.Actor, in *NewHousehold) (division.Division, error) {
	row, err := s.newRow(ctx, actor, in)
	if err != nil {
		return division.Division{}, err
	}
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return division.Division{}, err
	}
	village, _ := tree.Get(row.VillageID)
	return village, nil
}

// Found registers a household in the caller's transaction and issues its card.
// What CheckPlace checked is not checked again.
func (s *Service) Found(ctx context.Context, tx *gorm.DB, actor auth.Actor, in NewHousehold, cardID id.ID) error {
	row, err := s.newRow(ctx, actor, &in)
	if err != nil {
		return err
	}
	if _, found, err := readHousehold(ctx, tx, in.ID); err != nil || found {
		return firstError(func() error { return err }, func() error { return fault.New(fault.Conflict, "request.id_reused").At("/place/household_id") })
	}
	if err := freeCard(ctx, tx, cardID); err != nil {
		return err
	}
	if err := taken(insertHousehold(ctx, tx, actor, row, in), in.HouseNumber); err != nil {
		return err
	}
	_, err = s.issue(ctx, tx, actor, row, NewCard{ID: cardID})
	return err
}

// Resettle founds the household a part becomes in another village: the same
// people, name, phone, consent and PIN, with a new card.
func (s *Service) Resettle(ctx context.Context, tx *gorm.DB, actor auth.Actor, p *Part, in NewHousehold, cardID id.ID) error {
	person, err := readPerson(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	in.HeadName, in.Phone = person.HeadName, person.Phone
	pin, _, err := readPIN(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	if err := s.Found(ctx, tx, actor, in, cardID); err != nil {
		return err
	}
	if person.ConsentAt.Valid {
		if err := storeConsent(ctx, tx, actor, in.ID, calendar.Micros(person.ConsentAt.Int64)); err != nil {
			return err
		}
	}
	if pin == "" {
		return nil
	}
	return database.InsertRows(ctx, tx, "household_pins", []string{"household_id", "pin_hash", "set_at", "set_by"},
		[][]any{{in.ID, pin, s.now(), actor.ID}})
}

// Relocate gives a part another place in its village. Card and PIN stay.
func (s *Service) Relocate(ctx context.Context, tx *gorm.DB, p *Part, divisionID id.ID, houseNumber string) error {
	return taken(exec1(ctx, tx, "UPDATE households SET division_id = ?, house_number = ?, updated_at = ? WHERE id = ?",
		divisionID, houseNumber, s.now(), p.ID), houseNumber)
}
