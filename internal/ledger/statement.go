package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
	"hufen/internal/points"
)

// BalanceOf returns what a household account holds at this moment, 0 if it was
// never posted to.
func BalanceOf(ctx context.Context, db *gorm.DB, a Account) (points.Points, error) {
	var held points.Points
	err := db.WithContext(ctx).Raw(`SELECT balance FROM account_balances WHERE account_id = ?`, a.ID[:]).Row().Scan(&held)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read balance: %w", err)
	}
	return held, nil
}

// BalancesOf returns what household accounts hold at this moment; those that were
// never posted to are not in the map.
func BalancesOf(ctx context.Context, db *gorm.DB, accounts []Account) (map[id.ID]points.Points, error) {
	ids := make([]id.ID, len(accounts))
	for i, a := range accounts {
		ids[i] = a.ID
	}
	marks, args := database.List(database.IDs(ids))
	rows, err := database.Query(ctx, db, `SELECT account_id, balance FROM account_balances WHERE account_id IN (`+marks+`)`, args...)
	if err != nil {
		return nil, fmt.Errorf("read balances: %w", err)
	}
	defer rows.Close()
	held := make(map[id.ID]points.Points, len(ids))
	for rows.Next() {
		var accountID id.ID
		var balance points.Points
		if err := rows.Scan(&accountID, &balance); err != nil {
			return nil, fmt.Errorf("read balances: %w", err)
		}
		held[accountID] = balance
	}
	return held, rows.Err()
}

// StatementLine is one line of an account with the entry it belongs to.
type StatementLine struct {
	EntryID      id.ID
	Kind         string
	EffectiveAt  calendar.Micros
	RecordedAt   calendar.Micros
	ReversesID   id.NullID
	Reason       string
	Points       points.Points // hundredths
	Seq          int64         // place on the account, from 1
	BalanceAfter points.Points
	Hash         Hash
}

// Place returns where the line stands on its account.
func (l *StatementLine) Place() Place { return Place{l.EntryID, l.Seq, l.Hash, l.BalanceAfter} }

// Statement returns up to limit lines of a household account, newest first,
// beginning below the place before (0: with the newest).
func Statement(ctx context.Context, db *gorm.DB, a Account, before int64, limit int) ([]StatementLine, error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	rows, err := database.Query(ctx, db, `
		SELECT e.id, e.kind, e.effective_at, e.recorded_at, e.reverses_id, e.reason,
		       l.points, l.account_seq, l.balance_after, l.line_hash
		FROM entry_lines l JOIN entries e ON e.id = l.entry_id
		WHERE l.account_id = ? AND l.account_seq < ?
		ORDER BY l.account_seq DESC LIMIT ?`, a.ID[:], before, limit)
	if err != nil {
		return nil, fmt.Errorf("read statement: %w", err)
	}
	defer rows.Close()
	var lines []StatementLine
	for rows.Next() {
		var l StatementLine
		var hash []byte
		if err := rows.Scan(&l.EntryID, &l.Kind, &l.EffectiveAt, &l.RecordedAt, &l.ReversesID, &l.Reason,
			&l.Points, &l.Seq, &l.BalanceAfter, &hash); err != nil {
			return nil, fmt.Errorf("read statement: %w", err)
		}
		l.Hash = Hash(hash)
		lines = append(lines, l)
	}
	return lines, rows.Err()
}

// PlacesOf returns, for each entry, where it stands on a household account;
// entries without such a line are not in the map.
func PlacesOf(ctx context.Context, tx *gorm.DB, entryIDs []id.ID) (map[id.ID]Place, error) {
	places := make(map[id.ID]Place, len(entryIDs))
	if len(entryIDs) == 0 {
		return places, nil
	}
	rows, err := database.Query(ctx, tx, `
		SELECT entry_id, account_seq, line_hash, balance_after FROM entry_lines
		WHERE entry_id IN (`+database.Placeholders(len(entryIDs))+`) AND account_seq IS NOT NULL`, database.IDs(entryIDs)...)
	if err != nil {
		return nil, fmt.Errorf("read places of entries: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var p Place
		var head []byte
		if err := rows.Scan(&p.EntryID, &p.Seq, &head, &p.Balance); err != nil {
			return nil, fmt.Errorf("read places of entries: %w", err)
		}
		p.Head = HashOf(head)
		places[p.EntryID] = p
	}
	return places, rows.Err()
}

// Reversals returns which of the entries were taken back, and by which entry.
func Reversals(ctx context.Context, tx *gorm.DB, entryIDs []id.ID) (map[id.ID]id.ID, error) {
	by := make(map[id.ID]id.ID)
	if len(entryIDs) == 0 {
		return by, nil
	}
	rows, err := database.Query(ctx, tx, `
		SELECT reverses_id, id FROM entries
		WHERE reverses_id IN (`+database.Placeholders(len(entryIDs))+`)`, database.IDs(entryIDs)...)
	if err != nil {
		return nil, fmt.Errorf("read reversals: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var reversed, reversal id.ID
		if err := rows.Scan(&reversed, &reversal); err != nil {
			return nil, fmt.Errorf("read reversals: %w", err)
		}
		by[reversed] = reversal
	}
	return by, rows.Err()
}
