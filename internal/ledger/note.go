package ledger

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/fault"
)

// Note writes down a request that moves no points and needs no account, such as
// closing a month, in the transaction of what it stands for. So it is in a seal
// like everything else, and what seals hash of it says what was done. An id that
// was used before is a Conflict "request.id_reused".
func Note(ctx context.Context, tx *gorm.DB, at calendar.Micros, r Request) error {
	batch, err := Lock(ctx, tx, at, nil)
	if err != nil {
		return err
	}
	batch.Settle(r)
	err = batch.Write(ctx)
	if errors.Is(err, errSeenBefore) {
		return fault.New(fault.Conflict, "request.id_reused").At("/id").Because(err)
	}
	return err
}

// noted are the kinds of request that Note writes: posted without an entry.
const noted = " closing budget "
