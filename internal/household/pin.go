package household

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"regexp"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/fault"
	"hufen/internal/id"
)

var pinForm = regexp.MustCompile(`^\d{4,6}$`)

// checkPIN returns an Invalid fault "pin.malformed" unless there are 4 to 6
// digits, and "pin.trivial" for one everybody tries first: 0000, 1234, 4321,
// 1212, 123123.
func checkPIN(pin string) *fault.Fault {
	if !pinForm.MatchString(pin) {
		return fault.New(fault.Invalid, "pin.malformed").At("/pin")
	}
	if isRun(pin, 0) || isRun(pin, 1) || isRun(pin, -1) || repeats(pin, 2) || repeats(pin, 3) {
		return fault.New(fault.Invalid, "pin.trivial").At("/pin")
	}
	return nil
}

// isRun reports whether every digit is the one before plus step; after 9 comes 0.
func isRun(pin string, step int) bool {
	for i := 1; i < len(pin); i++ {
		if (int(pin[i-1]-'0')+step+10)%10 != int(pin[i]-'0') {
			return false
		}
	}
	return true
}

// repeats reports whether the PIN is its first n digits over and over.
func repeats(pin string, n int) bool {
	return len(pin) > n && len(pin)%n == 0 && pin[n:] == pin[:len(pin)-n]
}

// SetPIN gives a household a new PIN of 4 to 6 digits and signs it out wherever
// it is signed in. It returns NotFound
// "household.unknown", Refused "household.closed", Invalid "pin.malformed" and
// "pin.trivial".
func (s *Service) SetPIN(ctx context.Context, actor auth.Actor, householdID id.ID, pin string) error {
	if f := checkPIN(pin); f != nil {
		return f
	}
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return err
	}
	if _, err := s.Get(ctx, actor, householdID); err != nil { // before the costly hash
		return err
	}
	hash, err := auth.HashSecret(ctx, pin)
	if err != nil {
		return err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		row, err := lockOpen(ctx, tx, tree, actor, householdID)
		if err != nil {
			return err
		}
		return s.storePIN(ctx, tx, actor, row, hash)
	})
	if err != nil {
		return describe("set PIN", err)
	}
	return s.throttle.Clear(ctx, s.pinSubject(householdID))
}

func (s *Service) storePIN(ctx context.Context, tx *gorm.DB, actor auth.Actor, row householdRow, hash string) error {
	if _, err := database.Exec(ctx, tx, "DELETE FROM household_pins WHERE household_id = ?", row.ID); err != nil {
		return err
	}
	columns := []string{"household_id", "pin_hash", "set_at", "set_by"}
	if err := database.InsertRows(ctx, tx, "household_pins", columns, [][]any{{row.ID, hash, s.now(), actor.ID}}); err != nil {
		return err
	}
	if err := auth.RevokeHousehold(ctx, tx, row.ID); err != nil {
		return err
	}
	return auth.Audit(ctx, tx, actor, auth.Event{Action: "household.set_pin", ObjectKind: "household", ObjectID: row.ID, DivisionID: row.DivisionID})
}

func (s *Service) pinSubject(householdID id.ID) auth.Subject {
	return auth.Subject{Kind: "pin", Key: householdID.String(), Limit: s.config.PINAttempts, Window: s.config.PINWindow}
}

// CheckPIN returns nil when the PIN is the household's. Else it returns Refused
// "pin.wrong" or "pin.not_set", or Limited "throttle.wait" after too many wrong
// ones. It takes a tenth of a second and writes, so it belongs before a
// transaction and not into one.
func (s *Service) CheckPIN(ctx context.Context, householdID id.ID, pin string) error {
	hash, _, err := readPIN(ctx, s.db.Read, householdID)
	if err != nil {
		return fmt.Errorf("check PIN: %w", err)
	}
	if hash == "" {
		return fault.New(fault.Refused, "pin.not_set").At("/pin")
	}
	done, err := s.throttle.Turn(ctx, s.pinSubject(householdID))
	if err != nil {
		return err
	}
	defer done()
	if err := s.throttle.Allow(ctx, s.pinSubject(householdID)); err != nil {
		return err
	}
	right, err := auth.CheckSecret(ctx, hash, pin)
	if err != nil {
		return fmt.Errorf("check PIN: %w", err)
	}
	if !right {
		return fault.New(fault.Refused, "pin.wrong").At("/pin")
	}
	return s.throttle.Clear(ctx, s.pinSubject(householdID))
}

// HavingPIN returns which of the households have a PIN, as the transaction sees
// it; one statement for at most some hundreds of them.
func HavingPIN(ctx context.Context, tx *gorm.DB, householdIDs []id.ID) (map[id.ID]bool, error) {
	having := make(map[id.ID]bool)
	if len(householdIDs) == 0 {
		return having, nil
	}
	found, err := pinned(ctx, tx, householdIDs)
	if err != nil {
		return nil, fmt.Errorf("find PINs: %w", err)
	}
	for _, householdID := range found {
		having[householdID] = true
	}
	return having, nil
}

// pinned returns those of the households that have a PIN.
func pinned(ctx context.Context, tx *gorm.DB, householdIDs []id.ID) ([]id.ID, error) {
	return collect(ctx, tx, func(v *id.ID) []any { return []any{v} },
		"SELECT household_id FROM household_pins WHERE household_id IN ("+database.Placeholders(len(householdIDs))+")", database.IDs(householdIDs)...)
}

// readPIN returns the hash of a household's PIN, empty where it has none.
func readPIN(ctx context.Context, tx *gorm.DB, householdID id.ID) (hash string, setAt calendar.Micros, err error) {
	err = database.Scan(ctx, tx, "SELECT pin_hash, set_at FROM household_pins WHERE household_id = ?", []any{householdID},
		func(rows *sql.Rows) error { return rows.Scan(&hash, &setAt) })
	return hash, setAt, err
}

// SignIn returns the card's state for a household that shows its card and knows
// its PIN. Everything else, an unknown or dead card, a household without PIN and
// a wrong PIN, is one Unauthorized fault "household.wrong_sign_in" after the
// same time, so that nobody learns which cards live. Attempts are counted for
// the card and for the client's address; too many are Limited "throttle.wait".
func (s *Service) SignIn(ctx context.Context, code Code, pin, address string) (CardState, error) {
	hash := code.Hash()
	subjects := []auth.Subject{
		{Kind: "card", Key: hex.EncodeToString(hash[:]), Limit: s.config.PINAttempts, Window: s.config.PINWindow},
		{Kind: "address", Key: address, Limit: s.config.AddressAttempts, Window: s.config.PINWindow, Shared: true},
	}
	done, err := s.throttle.Turn(ctx, subjects[0])
	if err != nil {
		return CardState{}, err
	}
	defer done()
	if err := s.throttle.Allow(ctx, subjects...); err != nil {
		return CardState{}, err
	}
	card, pinHash, err := s.cardWithPIN(ctx, hash)
	if err != nil {
		return CardState{}, fmt.Errorf("sign in household: %w", err)
	}
	right, err := auth.CheckSecret(ctx, pinHash, pin)
	if err != nil {
		return CardState{}, fmt.Errorf("sign in household: %w", err)
	}
	if !right {
		return CardState{}, fault.New(fault.Unauthorized, "household.wrong_sign_in")
	}
	return card, s.throttle.Clear(ctx, subjects...)
}

// cardWithPIN returns a usable card and its household's PIN hash, which is empty
// where either is missing.
func (s *Service) cardWithPIN(ctx context.Context, hash [32]byte) (card CardState, pinHash string, err error) {
	cards, err := CardsByHash(ctx, s.db.Read, [][32]byte{hash})
	if err != nil {
		return card, "", err
	}
	card, found := cards[hash]
	if !found || card.Usable() != nil {
		return card, "", nil
	}
	pinHash, _, err = readPIN(ctx, s.db.Read, card.HouseholdID)
	return card, pinHash, err
}
