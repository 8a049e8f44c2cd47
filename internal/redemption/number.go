package redemption

import (
	"context"
	"encoding/binary"
	"fmt"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
)

// Crockford's base32: no I, L, O or U to be misread.
const numberDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// The length of a receipt number behind its day: 30 bits of the id, and more
// where those are taken.
const (
	numberLength  = 6
	longestNumber = 12
)

// number is the receipt number of a redemption, e.g. 20260714-7K3M9Q: the day
// and the last bits of the id, which are random.
func number(day calendar.Day, redemptionID id.ID, length int) string {
	bits := binary.BigEndian.Uint64(redemptionID[8:])
	text := fmt.Appendf(nil, "%d-", int32(day))
	for i := range length {
		text = append(text, numberDigits[bits>>(5*i)&31])
	}
	return string(text)
}

// numbers gives out receipt numbers that nobody has yet.
type numbers struct {
	day   calendar.Day
	taken map[string]bool
}

// findNumbers looks which of the group's numbers are taken.
func findNumbers(ctx context.Context, tx *gorm.DB, day calendar.Day, orders []*order) (numbers, error) {
	var wanted []any
	for _, o := range orders {
		if o.err == nil {
			wanted = append(wanted, number(day, o.in.ID, numberLength))
		}
	}
	n := numbers{day: day, taken: make(map[string]bool)}
	return n, n.look(ctx, tx, wanted)
}

func (n numbers) look(ctx context.Context, tx *gorm.DB, wanted []any) error {
	if len(wanted) == 0 {
		return nil
	}
	marks, args := database.List(wanted)
	rows, err := database.Query(ctx, tx, `
		SELECT number FROM redemptions WHERE number IN (`+marks+`)`, args...)
	if err != nil {
		return fmt.Errorf("look up numbers: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return fmt.Errorf("look up numbers: %w", err)
		}
		n.taken[text] = true
	}
	return rows.Err()
}

// give returns a number for a redemption, a longer one where the short is taken.
func (n numbers) give(ctx context.Context, tx *gorm.DB, redemptionID id.ID) (string, error) {
	for length := numberLength; length <= longestNumber; length++ {
		text := number(n.day, redemptionID, length)
		if length > numberLength {
			if err := n.look(ctx, tx, []any{text}); err != nil {
				return "", err
			}
		}
		if !n.taken[text] {
			n.taken[text] = true
			return text, nil
		}
	}
	return "", fmt.Errorf("redemption %s: no number is left", redemptionID)
}
