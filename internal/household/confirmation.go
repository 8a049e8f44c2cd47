package household

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"math/big"
	"time"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// confirmationLife is how long a confirmation is good.
const confirmationLife = 10 * time.Minute

// Confirmation is a cadre's word that a household without PIN wants a
// redemption: six digits that are good once, for ten minutes.
type Confirmation struct {
	Code      string
	ExpiresAt calendar.Micros
}

// confirmationTag keeps these bytes apart from any other use of the key.
const confirmationTag = "hufen confirmation 1\x00"

// confirmationHash is what the database knows of a code.
func (k *Keys) confirmationHash(householdID id.ID, code string) []byte {
	mac := hmac.New(sha256.New, k.card[:])
	mac.Write([]byte(confirmationTag))
	mac.Write(householdID[:])
	mac.Write([]byte(code))
	return mac.Sum(nil)
}

// Confirm returns a new code for a household, good for one redemption. Only the
// village's own cadres may give one: it stands in for the household. It returns
// NotFound "household.unknown" and Refused "household.closed".
func (s *Service) Confirm(ctx context.Context, actor auth.Actor, householdID id.ID) (c Confirmation, err error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return c, err
	}
	for range 5 { // a code this household had before is not given again
		err = s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
			row, err := lockOpen(ctx, tx, tree, actor, householdID)
			if err != nil {
				return err
			}
			if !actor.Covers(tree, row.DivisionID, auth.Cadre) {
				return Unknown()
			}
			c, err = s.insertConfirmation(ctx, tx, actor, row)
			return err
		})
		if !database.IsDuplicate(err) {
			break
		}
	}
	return c, describe("confirm for household", err)
}

func (s *Service) insertConfirmation(ctx context.Context, tx *gorm.DB, actor auth.Actor, row householdRow) (Confirmation, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return Confirmation{}, err
	}
	now := calendar.Now()
	c := Confirmation{Code: fmt.Sprintf("%06d", n), ExpiresAt: now.Add(confirmationLife)}
	err = database.InsertRows(ctx, tx, "confirmations",
		[]string{"id", "household_id", "code_hash", "created_by", "created_at", "expires_at"},
		[][]any{{id.New(), row.ID, s.keys.confirmationHash(row.ID, c.Code), actor.ID, now, c.ExpiresAt}})
	if err != nil {
		return Confirmation{}, err
	}
	return c, auth.Audit(ctx, tx, actor, auth.Event{Action: "household.confirm", ObjectKind: "household", ObjectID: row.ID, DivisionID: row.DivisionID})
}

// CheckConfirmation returns the confirmation a code stands for. It returns
// Refused "confirmation.wrong" when there is none, "confirmation.expired" and
// "confirmation.used", but not for the redemption that used it, and Limited
// "throttle.wait" after too many wrong codes. It writes, so it belongs before a
// transaction; UseConfirmation belongs into it.
func (s *Service) CheckConfirmation(ctx context.Context, householdID id.ID, code string, redemptionID id.ID) (id.ID, error) {
	subject := auth.Subject{Kind: "confirmation", Key: householdID.String(), Limit: s.config.PINAttempts, Window: s.config.PINWindow}
	done, err := s.throttle.Turn(ctx, subject)
	if err != nil {
		return id.ID{}, err
	}
	defer done()
	if err := s.throttle.Allow(ctx, subject); err != nil {
		return id.ID{}, err
	}
	row, found, err := readConfirmation(ctx, s.db.Read, s.keys.confirmationHash(householdID, code))
	if err != nil {
		return id.ID{}, fmt.Errorf("check confirmation: %w", err)
	}
	if !found {
		return id.ID{}, fault.New(fault.Refused, "confirmation.wrong").At("/confirmation")
	}
	if err := s.throttle.Clear(ctx, subject); err != nil {
		return id.ID{}, err
	}
	return row.ID, row.good(redemptionID)
}

// UseConfirmation marks a confirmation as used by a redemption, in its
// transaction. It returns Refused "confirmation.used" or "confirmation.expired"
// when it was lost meanwhile.
func UseConfirmation(ctx context.Context, tx *gorm.DB, confirmationID, redemptionID id.ID) error {
	row, found, err := single(queryConfirmations(ctx, tx, "id = ?"+database.ForUpdate(tx), confirmationID))
	if err != nil {
		return err
	}
	if !found {
		return fault.New(fault.Refused, "confirmation.wrong").At("/confirmation")
	}
	if err := row.good(redemptionID); err != nil {
		return err
	}
	return exec1(ctx, tx, "UPDATE confirmations SET used_by = ? WHERE id = ?", redemptionID, confirmationID)
}

type confirmationRow struct {
	ID        id.ID
	ExpiresAt calendar.Micros
	UsedBy    id.NullID
}

func (r confirmationRow) good(redemptionID id.ID) error {
	switch {
	case r.UsedBy.Valid && r.UsedBy.ID == redemptionID:
		return nil
	case r.UsedBy.Valid:
		return fault.New(fault.Refused, "confirmation.used").At("/confirmation")
	case r.ExpiresAt < calendar.Now():
		return fault.New(fault.Refused, "confirmation.expired").At("/confirmation")
	}
	return nil
}

func readConfirmation(ctx context.Context, tx *gorm.DB, hash []byte) (confirmationRow, bool, error) {
	return single(queryConfirmations(ctx, tx, "code_hash = ?", hash))
}

func queryConfirmations(ctx context.Context, tx *gorm.DB, where string, arg any) ([]confirmationRow, error) {
	return collect(ctx, tx, func(r *confirmationRow) []any { return []any{&r.ID, &r.ExpiresAt, &r.UsedBy} },
		"SELECT id, expires_at, used_by FROM confirmations WHERE "+where, arg)
}
