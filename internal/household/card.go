package household

import (
	"context"
	"database/sql"
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

// Card is one of the cards a household has had.
type Card struct {
	ID          id.ID
	HouseholdID id.ID
	Version     int // 1 is the household's first
	IssuedAt    calendar.Micros
	RevokedAt   calendar.Micros // 0: live
	Reason      string          // why it was revoked
	ReplacedBy  id.ID           // zero: by none
}

// Live reports whether the card can be used.
func (c Card) Live() bool { return c.RevokedAt == 0 }

// Replaced reports whether another card took its place.
func (c Card) Replaced() bool { return !c.ReplacedBy.IsZero() }

// cardRow is a row of cards.
type cardRow struct {
	ID          id.ID
	HouseholdID id.ID
	Version     int
	CodeHash    []byte
	IssuedAt    calendar.Micros
	RevokedAt   sql.NullInt64
	Reason      string
	ReplacedBy  id.NullID
}

func queryCards(ctx context.Context, tx *gorm.DB, where string, args ...any) ([]cardRow, error) {
	return collect(ctx, tx, func(c *cardRow) []any {
		return []any{&c.ID, &c.HouseholdID, &c.Version, &c.CodeHash, &c.IssuedAt, &c.RevokedAt, &c.Reason, &c.ReplacedBy}
	}, "SELECT id, household_id, version, code_hash, issued_at, revoked_at, revoked_reason, replaced_by FROM cards WHERE "+where, args...)
}

func (c cardRow) card() Card {
	return Card{ID: c.ID, HouseholdID: c.HouseholdID, Version: c.Version, IssuedAt: c.IssuedAt,
		RevokedAt: calendar.Micros(c.RevokedAt.Int64), Reason: c.Reason, ReplacedBy: c.ReplacedBy.ID}
}

// cardsOf returns the cards of a household, newest first.
func cardsOf(ctx context.Context, tx *gorm.DB, householdID id.ID) ([]Card, error) {
	rows, err := queryCards(ctx, tx, "household_id = ? ORDER BY version DESC", householdID)
	cards := make([]Card, len(rows))
	for i, row := range rows {
		cards[i] = row.card()
	}
	return cards, err
}

// NewCard is what is needed to issue a household's card.
type NewCard struct {
	ID          id.ID // made by the client
	HouseholdID id.ID
	Consent     bool   // given on paper, recorded now
	PIN         string // empty: none is set
}

// detail is what the audit log keeps of a card that was asked for.
func (in NewCard) detail(version int) string {
	detail := fmt.Sprintf("version %d", version)
	if in.Consent {
		detail += ", consent"
	}
	if in.PIN != "" {
		detail += ", PIN"
	}
	return detail
}

// Issue gives a household its card. The same id and content again return the
// stored card with replayed true; other content is a Conflict
// "request.id_reused". Other faults: NotFound "household.unknown", Refused
// "household.closed", Conflict "card.already_issued" while another card is
// live, and those of the PIN.
func (s *Service) Issue(ctx context.Context, actor auth.Actor, in NewCard) (card Card, replayed bool, err error) {
	tree, pinHash, err := s.prepareIssue(ctx, in)
	if err != nil {
		return card, false, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		row, err := lock(ctx, tx, tree, actor, in.HouseholdID, writers)
		if err != nil {
			return err
		}
		if card, replayed, err = in.stored(ctx, tx); replayed || err != nil {
			return err
		}
		if row.ClosedAt != 0 {
			return fault.New(fault.Refused, "household.closed")
		}
		if in.Consent {
			if err := storeConsent(ctx, tx, actor, row.ID, s.now()); err != nil {
				return err
			}
		}
		if pinHash != "" {
			if err := s.storePIN(ctx, tx, actor, row, pinHash); err != nil {
				return err
			}
		}
		card, err = s.issue(ctx, tx, actor, row, in)
		return err
	})
	if err == nil && replayed && in.PIN != "" {
		err = s.samePIN(ctx, actor, card, in.PIN)
	}
	return card, replayed, describe("issue card", err)
}

// stored returns the card that was issued under the id, if one was.
func (in NewCard) stored(ctx context.Context, tx *gorm.DB) (Card, bool, error) {
	card, found, err := storedCard(ctx, tx, in.ID, in.HouseholdID)
	if err != nil || !found {
		return Card{}, false, err
	}
	noted, _, _, err := auth.Noted(ctx, tx, "card.issue", card.ID)
	if err == nil && noted.Detail != in.detail(card.Version) {
		err = reused()
	}
	return card, true, err
}

// samePIN returns a Conflict fault where a card was issued with another PIN. It
// takes a tenth of a second and belongs outside transactions. Only who issued the
// card is told: nobody shall try PINs here. Once another one was set nobody can
// tell any more.
func (s *Service) samePIN(ctx context.Context, actor auth.Actor, card Card, pin string) error {
	_, issuer, _, err := auth.Noted(ctx, s.db.Read, "card.issue", card.ID)
	if err != nil {
		return err
	}
	if issuer != actor.ID {
		return reused()
	}
	hash, setAt, err := readPIN(ctx, s.db.Read, card.HouseholdID)
	if err != nil || hash == "" || setAt > card.IssuedAt {
		return err
	}
	same, err := auth.CheckSecret(ctx, hash, pin)
	if err == nil && !same {
		err = reused()
	}
	return err
}

func reused() *fault.Fault { return fault.New(fault.Conflict, "request.id_reused").At("/id") }

func (s *Service) prepareIssue(ctx context.Context, in NewCard) (tree *division.Tree, pinHash string, err error) {
	if in.ID.IsZero() {
		return nil, "", fault.New(fault.Invalid, "card.no_id").At("/id")
	}
	if tree, err = s.divisions.Tree(ctx); err != nil || in.PIN == "" {
		return tree, "", err
	}
	if f := checkPIN(in.PIN); f != nil {
		return nil, "", f
	}
	pinHash, err = auth.HashSecret(ctx, in.PIN)
	return tree, pinHash, err
}

// storedCard returns the card with an id, if it is there.
func storedCard(ctx context.Context, tx *gorm.DB, cardID, householdID id.ID) (Card, bool, error) {
	row, found, err := single(queryCards(ctx, tx, "id = ?", cardID))
	if err != nil || !found {
		return Card{}, false, err
	}
	if row.HouseholdID != householdID {
		return Card{}, false, reused()
	}
	return row.card(), true, nil
}

// issue adds the next card of a household whose row is locked.
func (s *Service) issue(ctx context.Context, tx *gorm.DB, actor auth.Actor, row householdRow, in NewCard) (Card, error) {
	cards, err := cardsOf(ctx, tx, row.ID)
	if err != nil {
		return Card{}, err
	}
	if slices.ContainsFunc(cards, Card.Live) {
		return Card{}, fault.New(fault.Conflict, "card.already_issued")
	}
	card := Card{ID: in.ID, HouseholdID: row.ID, Version: len(cards) + 1, IssuedAt: s.now()}
	if err := s.insertCards(ctx, tx, actor, []Card{card}); err != nil {
		return Card{}, err
	}
	return card, auth.Audit(ctx, tx, actor, auth.Event{
		Action: "card.issue", ObjectKind: "card", ObjectID: card.ID, DivisionID: row.DivisionID, Detail: in.detail(card.Version),
	})
}

func (s *Service) insertCards(ctx context.Context, tx *gorm.DB, actor auth.Actor, cards []Card) error {
	rows := make([][]any, len(cards))
	for i, c := range cards {
		hash := s.keys.Code(c.ID, c.Version).Hash()
		rows[i] = []any{c.ID, c.HouseholdID, c.Version, hash[:], c.IssuedAt, actor.ID}
	}
	return database.InsertRows(ctx, tx, "cards", []string{"id", "household_id", "version", "code_hash", "issued_at", "issued_by"}, rows)
}

// Revoke makes a card dead at once. A dead card stays as it is. It returns
// NotFound "card.unknown" outside the actor's scope.
func (s *Service) Revoke(ctx context.Context, actor auth.Actor, cardID id.ID, reason string) (card Card, err error) {
	err = s.withCard(ctx, actor, cardID, func(ctx context.Context, tx *gorm.DB, c Card, row householdRow) error {
		card = c
		if !c.Live() {
			return nil
		}
		card.RevokedAt, card.Reason = s.now(), reason
		return revoke(ctx, tx, actor, card, row, reason)
	})
	return card, describe("revoke card", err)
}

// Replace revokes a card and issues a new one with the given id in its place; a
// card that was only revoked can be replaced later. The points stay. The same
// ids and reason again return the new card with replayed true, another reason is a
// Conflict "request.id_reused". It returns NotFound "card.unknown", Refused
// "household.closed", Conflict "card.already_replaced" and "card.already_issued"
// while another card is live.
func (s *Service) Replace(ctx context.Context, actor auth.Actor, cardID, newID id.ID, reason string) (card Card, replayed bool, err error) {
	if newID.IsZero() {
		return card, false, fault.New(fault.Invalid, "card.no_id").At("/id")
	}
	err = s.withCard(ctx, actor, cardID, func(ctx context.Context, tx *gorm.DB, old Card, row householdRow) error {
		replayed = old.ReplacedBy == newID
		if replayed {
			noted, _, _, err := auth.Noted(ctx, tx, "card.replace", old.ID)
			if err != nil || noted.Detail != reason {
				return firstError(func() error { return err }, func() error { return reused() })
			}
			card, _, err = storedCard(ctx, tx, newID, row.ID)
			return err
		}
		card, err = s.replace(ctx, tx, actor, old, row, newID, reason)
		return err
	})
	return card, replayed, describe("replace card", err)
}

func (s *Service) replace(ctx context.Context, tx *gorm.DB, actor auth.Actor, old Card, row householdRow, newID id.ID, reason string) (Card, error) {
	if row.ClosedAt != 0 {
		return Card{}, fault.New(fault.Refused, "household.closed")
	}
	if old.Replaced() {
		return Card{}, fault.New(fault.Conflict, "card.already_replaced")
	}
	if _, found, err := storedCard(ctx, tx, newID, row.ID); err != nil || found {
		return Card{}, firstError(func() error { return err }, func() error { return reused() })
	}
	if old.Live() {
		old.RevokedAt, old.Reason = s.now(), reason
	}
	old.ReplacedBy = newID
	if err := revoke(ctx, tx, actor, old, row, reason); err != nil {
		return Card{}, err
	}
	return s.issue(ctx, tx, actor, row, NewCard{ID: newID})
}

// revoke stores the end of a card, and of the household's pages that were opened
// with it. The reason is why it is done now, which is not why it was revoked where
// that was done before.
func revoke(ctx context.Context, tx *gorm.DB, actor auth.Actor, c Card, row householdRow, reason string) error {
	if err := auth.RevokeHousehold(ctx, tx, row.ID); err != nil {
		return err
	}
	err := exec1(ctx, tx, "UPDATE cards SET revoked_at = ?, revoked_by = ?, revoked_reason = ?, replaced_by = ? WHERE id = ?",
		c.RevokedAt, actor.ID, c.Reason, id.Some(c.ReplacedBy), c.ID)
	if err != nil {
		return err
	}
	// Who found the card may have signed in with it.
	if err := auth.RevokeHousehold(ctx, tx, row.ID); err != nil {
		return err
	}
	action := "card.revoke"
	if c.Replaced() {
		action = "card.replace"
	}
	return auth.Audit(ctx, tx, actor, auth.Event{Action: action, ObjectKind: "card", ObjectID: c.ID, DivisionID: row.DivisionID, Detail: reason})
}

// withCard locks a card's household and hands both to fn.
func (s *Service) withCard(ctx context.Context, actor auth.Actor, cardID id.ID, fn func(ctx context.Context, tx *gorm.DB, c Card, row householdRow) error) error {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		card, found, err := single(queryCards(ctx, tx, "id = ?", cardID))
		if err != nil {
			return err
		}
		if !found {
			return UnknownCard()
		}
		row, err := lock(ctx, tx, tree, actor, card.HouseholdID, writers)
		if fault.Is(err, "household.unknown") {
			return UnknownCard()
		}
		if err != nil {
			return err
		}
		// Once more: it may have changed while the household was waited for.
		if card, _, err = single(queryCards(ctx, tx, "id = ?", cardID)); err != nil {
			return err
		}
		return fn(ctx, tx, card.card(), row)
	})
}

// UnknownCard is the answer for a card that does not exist or lies outside the
// actor's scope: a NotFound fault "card.unknown".
func UnknownCard() *fault.Fault { return fault.New(fault.NotFound, "card.unknown") }

// Scanned is what staff learn from a card.
type Scanned struct {
	CardID    id.ID
	Household Household // without cards and member counts
}

// LookUp returns the household behind a card for staff who just scanned it. It
// returns NotFound "card.unknown" outside the actor's scope, and the faults of
// CardState.Usable.
func (s *Service) LookUp(ctx context.Context, actor auth.Actor, code Code) (Scanned, error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return Scanned{}, err
	}
	hash := code.Hash()
	cards, err := CardsByHash(ctx, s.db.Read, [][32]byte{hash})
	if err != nil {
		return Scanned{}, err
	}
	card, found := cards[hash]
	if !found || !actor.Covers(tree, card.DivisionID, scanners...) && !actor.Serves(tree, card.DivisionID) {
		return Scanned{}, UnknownCard()
	}
	if err := card.usableIn(s.config.Zone); err != nil {
		return Scanned{}, err
	}
	rows, err := queryHouseholds(ctx, s.db.Read, "WHERE h.id = ?", card.HouseholdID)
	if err != nil {
		return Scanned{}, fmt.Errorf("look up card: %w", err)
	}
	households, err := complete(ctx, s.db.Read, rows)
	if err != nil || len(households) == 0 {
		return Scanned{}, fmt.Errorf("look up card: %w", err)
	}
	return Scanned{CardID: card.CardID, Household: households[0]}, nil
}

// Briefs returns what other people see of households, by id, for lists of what
// belongs to them. Ids of no household are not in the map.
func Briefs(ctx context.Context, tx *gorm.DB, ids []id.ID) (map[id.ID]Brief, error) {
	briefs := make(map[id.ID]Brief, len(ids))
	for chunk := range slices.Chunk(ids, chunkSize) {
		marks, ids := database.List(database.IDs(chunk))
		rows, err := queryHouseholds(ctx, tx, "WHERE h.id IN ("+marks+")", ids...)
		if err != nil {
			return nil, fmt.Errorf("read households: %w", err)
		}
		people, err := queryPeople(ctx, tx, chunk)
		if err != nil {
			return nil, fmt.Errorf("read households: %w", err)
		}
		for _, row := range rows {
			briefs[row.ID] = row.brief()
		}
		for _, p := range people {
			brief := briefs[p.HouseholdID]
			brief.MaskedName = MaskName(p.HeadName)
			briefs[p.HouseholdID] = brief
		}
	}
	return briefs, nil
}
