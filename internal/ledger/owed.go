package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"gorm.io/gorm"

	"hufen/internal/database"
	"hufen/internal/id"
	"hufen/internal/points"
)

// What a household owes is the sum of its clawback account. It also stands
// beside the balance, which is read and locked before every posting: so an award
// knows it without another query. Only batches in which a debt moves write it.

// Owed returns what a locked household has still to work off, from 0 on, the
// batch so far included.
func (b *Batch) Owed(a Account) points.Points { return b.balances[a.ID].owed }

// AwardWorkingOff returns the lines that give a household points of which some
// work off what it owes.
func AwardWorkingOff(householdID, villageID id.ID, amount, worked points.Points) []Line {
	return without0([]Line{
		{Account: HouseholdAccount(householdID, villageID), Points: amount - worked},
		{Account: ClawbackAccount(householdID, villageID), Points: worked},
		{Account: IssuedAccount(villageID), Points: -amount},
	})
}

// debtor is the balance beside which the debt of a clawback account stands, nil
// if it is not locked.
func (b *Batch) debtor(clawback Account) *balance {
	return b.balances[accountID(strings.TrimSuffix(clawback.Code, ":clawback"))]
}

// mayOwe makes sure that the household of a clawback line is locked, and that it
// works off no more than it owes.
func (b *Batch) mayOwe(entryID id.ID, l *Line) error {
	held := b.debtor(l.Account)
	switch {
	case held == nil:
		return fmt.Errorf("post entry %s: the household of %s is not locked", entryID, l.Account.Code)
	case held.owed < l.Points:
		return fmt.Errorf("post entry %s: works off %s, %s is owed", entryID, l.Points, held.owed)
	}
	return nil
}

// owe moves the debt by a line, if it is one of a clawback account.
func (b *Batch) owe(l *Line) {
	if l.Account.Kind != kindClawback {
		return
	}
	held := b.debtor(l.Account)
	held.owed -= l.Points
	held.owes = true
}

// writeOwed writes the debts that moved.
func (b *Batch) writeOwed(ctx context.Context) error {
	for accountID, held := range b.balances {
		if !held.owes {
			continue
		}
		if _, err := database.Exec(ctx, b.tx, `UPDATE account_balances SET owed = ? WHERE account_id = ?`, int64(held.owed), accountID[:]); err != nil {
			return fmt.Errorf("write debt: %w", err)
		}
	}
	return nil
}

// OwedBy returns what the household of an account has to work off at this
// moment, 0 if it was never posted to.
func OwedBy(ctx context.Context, db *gorm.DB, a Account) (points.Points, error) {
	var owed points.Points
	err := db.WithContext(ctx).Raw(`SELECT owed FROM account_balances WHERE account_id = ?`, a.ID[:]).Row().Scan(&owed)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read debt: %w", err)
	}
	return owed, nil
}

// OwedIn returns what entries moved on a household's clawback account: below
// zero where they added to the debt, above where they worked it off. Entries
// without such a line are not in the map.
func OwedIn(ctx context.Context, db *gorm.DB, householdID, villageID id.ID, entryIDs []id.ID) (map[id.ID]points.Points, error) {
	moved := make(map[id.ID]points.Points)
	if len(entryIDs) == 0 {
		return moved, nil
	}
	account := ClawbackAccount(householdID, villageID)
	marks, args := database.List(database.IDs(entryIDs))
	rows, err := database.Query(ctx, db, `SELECT entry_id, points FROM entry_lines WHERE account_id = ? AND entry_id IN (`+marks+`)`,
		append([]any{account.ID[:]}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("read debts of entries: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var entryID id.ID
		var amount points.Points
		if err := rows.Scan(&entryID, &amount); err != nil {
			return nil, fmt.Errorf("read debts of entries: %w", err)
		}
		moved[entryID] += amount
	}
	return moved, rows.Err()
}

// verifyOwed holds the debts beside the balances against the clawback accounts:
// what they say less what their lines add up to, by the code of the household's
// account.
func (b *accountBook) verifyOwed(debts map[id.ID]points.Points, r *Report) {
	for i := range b.accounts {
		if a := &b.accounts[i]; a.hasBalance && a.stored.owed != debts[a.id] {
			r.Find("owed", a.id, "says another debt than its clawback account")
		}
	}
}
