package household

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// SheetCard is a card as it is printed: no name.
type SheetCard struct {
	Code        Code
	Village     string
	Group       string // empty where the village has none
	HouseNumber string
}

// Selection says whose cards to print.
type Selection struct {
	DivisionID   id.ID   // a village or a group; zero where households are named
	HouseholdIDs []id.ID // at most 200
}

// maxSheetCards bounds one print page; the largest villages have 1,000
// households.
const maxSheetCards = 2000

// EnsureCards returns the live cards of a village, a group or chosen households
// for printing, by group and house number, and issues those that are missing. A
// household whose card was revoked and not replaced gets a new one only when it
// was chosen itself. Codes are made from the key again, so a sheet can be
// printed any number of times. It returns NotFound "division.unknown" and
// "household.unknown" outside the actor's scope, Invalid "card.no_selection"
// and "card.too_many", and Refused "card.other_key" when the key file is not
// the one the cards were made with.
func (s *Service) EnsureCards(ctx context.Context, actor auth.Actor, selection Selection) ([]SheetCard, error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return nil, err
	}
	var sheet []SheetCard
	err = s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		rows, err := selected(ctx, tx, tree, actor, selection)
		if err != nil {
			return err
		}
		sheet, err = s.sheetCards(ctx, tx, tree, actor, rows, len(selection.HouseholdIDs) > 0)
		return err
	})
	return sheet, describe("issue cards", err)
}

// selected returns the open households to print, in order, and locks them:
// cards are only issued under the lock of their household.
func selected(ctx context.Context, tx *gorm.DB, tree *division.Tree, actor auth.Actor, selection Selection) ([]householdRow, error) {
	var rows []householdRow
	var err error
	locked := " ORDER BY h.id" + database.ForUpdate(tx)
	switch place, known := tree.Get(selection.DivisionID); {
	case len(selection.HouseholdIDs) > 0:
		rows, err = queryHouseholds(ctx, tx, "WHERE h.id IN ("+database.Placeholders(len(selection.HouseholdIDs))+")"+locked, database.IDs(selection.HouseholdIDs)...)
	case selection.DivisionID.IsZero():
		return nil, fault.New(fault.Invalid, "card.no_selection").At("?division")
	case !known || !actor.Covers(tree, place.ID, writers...):
		return nil, division.Unknown().At("?division")
	case place.Level == division.Village:
		rows, err = queryHouseholds(ctx, tx, "WHERE h.village_id = ? AND h.closed_at = 0"+locked, place.ID)
	case place.Level == division.Group:
		rows, err = queryHouseholds(ctx, tx, "WHERE h.division_id = ? AND h.closed_at = 0"+locked, place.ID)
	default:
		return nil, fault.New(fault.Invalid, "card.no_selection").At("?division")
	}
	if err != nil {
		return nil, err
	}
	if len(rows) > maxSheetCards {
		return nil, fault.New(fault.Invalid, "card.too_many", "limit", maxSheetCards).At("?division")
	}
	if err := checkSelected(tree, actor, rows, selection.HouseholdIDs); err != nil {
		return nil, err
	}
	places := placesOf(tree, []id.ID{{}})
	slices.SortFunc(rows, func(a, b householdRow) int { return inOrder(places, a, b) })
	return rows, nil
}

// checkSelected refuses chosen households that are not there for the actor, or
// closed.
func checkSelected(tree *division.Tree, actor auth.Actor, rows []householdRow, chosen []id.ID) error {
	for _, row := range rows {
		if !actor.Covers(tree, row.DivisionID, writers...) {
			return Unknown().At("?household")
		}
		if row.ClosedAt != 0 {
			return fault.New(fault.Refused, "household.closed").At("?household")
		}
	}
	for _, householdID := range chosen {
		if !slices.ContainsFunc(rows, func(r householdRow) bool { return r.ID == householdID }) {
			return Unknown().At("?household")
		}
	}
	return nil
}

// sheetCards finds or issues the card of each household.
func (s *Service) sheetCards(ctx context.Context, tx *gorm.DB, tree *division.Tree, actor auth.Actor, rows []householdRow, chosen bool) ([]SheetCard, error) {
	newest, err := newestCards(ctx, tx, rows)
	if err != nil {
		return nil, err
	}
	var sheet []SheetCard
	var issued []Card
	now := s.now()
	for _, row := range rows {
		old, had := newest[row.ID]
		live := had && !old.RevokedAt.Valid
		if had && !live && !chosen {
			continue
		}
		card := old.card()
		if !live {
			card = Card{ID: id.New(), HouseholdID: row.ID, Version: old.Version + 1, IssuedAt: now}
			issued = append(issued, card)
		}
		code := s.keys.Code(card.ID, card.Version)
		if hash := code.Hash(); live && !bytes.Equal(hash[:], old.CodeHash) {
			return nil, fault.New(fault.Refused, "card.other_key")
		}
		sheet = append(sheet, sheetCard(tree, row, code))
	}
	if err := s.insertCards(ctx, tx, actor, issued); err != nil {
		return nil, err
	}
	return sheet, auditIssued(ctx, tx, actor, rows, issued)
}

// newestCards returns the newest card of each household that has one.
func newestCards(ctx context.Context, tx *gorm.DB, rows []householdRow) (map[id.ID]cardRow, error) {
	newest := map[id.ID]cardRow{}
	for chunk := range slices.Chunk(rows, chunkSize) {
		ids := make([]id.ID, len(chunk))
		for i, row := range chunk {
			ids[i] = row.ID
		}
		cards, err := queryCards(ctx, tx, "household_id IN ("+database.Placeholders(len(ids))+") ORDER BY version", database.IDs(ids)...)
		if err != nil {
			return nil, err
		}
		for _, c := range cards {
			newest[c.HouseholdID] = c
		}
	}
	return newest, nil
}

func auditIssued(ctx context.Context, tx *gorm.DB, actor auth.Actor, rows []householdRow, issued []Card) error {
	at := make(map[id.ID]id.ID, len(rows))
	for _, row := range rows {
		at[row.ID] = row.DivisionID
	}
	for _, card := range issued {
		err := auth.Audit(ctx, tx, actor, auth.Event{
			Action: "card.issue", ObjectKind: "card", ObjectID: card.ID, DivisionID: at[card.HouseholdID], Detail: "for a print sheet",
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func sheetCard(tree *division.Tree, row householdRow, code Code) SheetCard {
	card := SheetCard{Code: code, Village: tree.Name(row.VillageID), HouseNumber: row.HouseNumber}
	if row.DivisionID != row.VillageID {
		card.Group = tree.Name(row.DivisionID)
	}
	return card
}

// Door writes where a household lives, as its card says it: 3 组 12 号.
func (c SheetCard) Door() string {
	number := c.HouseNumber
	if strings.Trim(number, "0123456789-") == "" {
		number += " 号"
	}
	group := c.Group
	if digits, isNumbered := strings.CutSuffix(group, "组"); isNumbered && digits != "" && strings.Trim(digits, "0123456789") == "" {
		group = digits + " 组"
	}
	return strings.TrimSpace(group + " " + number)
}
