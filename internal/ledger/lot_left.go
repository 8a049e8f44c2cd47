package ledger

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
	"hufen/internal/points"
)

// LeastLeft returns the least that accounts held, at any time from an instant on,
// of what they were given before another: what a lot that runs out then would
// have taken at whatever time that was done. Accounts that held none of it at one
// time or another are not in the map. It is for verifiers: most accounts are
// told by their last few lines, read together.
func LeastLeft(ctx context.Context, db *gorm.DB, accounts []Account, before, from calendar.Micros) (map[id.ID]points.Points, error) {
	heads, err := headsOf(ctx, db, accounts)
	if err != nil {
		return nil, err
	}
	recent, err := recentMoves(ctx, db, accounts)
	if err != nil {
		return nil, fmt.Errorf("read lots: %w", err)
	}
	least := make(map[id.ID]points.Points)
	for accountID, h := range heads {
		t := trail{accountID: accountID, balance: h.balance, moves: recent[accountID]}
		left, err := t.least(ctx, db, before, from)
		if err != nil {
			return nil, fmt.Errorf("read lots: %w", err)
		}
		if left > 0 {
			least[accountID] = left
		}
	}
	return least, nil
}

// fewMoves is how many lines of each account are read together.
const fewMoves = 10

func recentMoves(ctx context.Context, db *gorm.DB, accounts []Account) (map[id.ID][]move, error) {
	ids := make([]id.ID, len(accounts))
	for i, a := range accounts {
		ids[i] = a.ID
	}
	marks, args := listOf(ids)
	rows, err := database.Query(ctx, db, `
		SELECT b.account_id, `+moveColumns+`
		FROM account_balances b
		JOIN entry_lines l ON l.account_id = b.account_id AND l.account_seq > b.version - ?
		JOIN entries e ON e.id = l.entry_id
		LEFT JOIN entry_lines o ON o.entry_id = e.reverses_id AND o.account_id = l.account_id
		WHERE b.account_id IN (`+marks+`) ORDER BY b.account_id, l.account_seq DESC`, append([]any{fewMoves}, args...)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	moves := make(map[id.ID][]move, len(accounts))
	for rows.Next() {
		var accountID id.ID
		var m move
		if err := rows.Scan(append([]any{&accountID}, m.fields()...)...); err != nil {
			return nil, err
		}
		moves[accountID] = append(moves[accountID], m)
	}
	return moves, rows.Err()
}

// trail is the lines of an account from the newest back, as far as they were read.
type trail struct {
	accountID id.ID
	balance   points.Points
	moves     []move
}

// get returns the line so many behind the newest, nil before the first.
func (t *trail) get(ctx context.Context, db *gorm.DB, i int) (*move, error) {
	if i == len(t.moves) {
		if i == 0 || t.moves[i-1].seq <= 1 {
			return nil, nil
		}
		page, err := movesBelow(ctx, db, t.accountID, t.moves[i-1].seq)
		if err != nil || len(page) == 0 {
			return nil, err
		}
		t.moves = append(t.moves, page...)
	}
	return &t.moves[i], nil
}

// least reads back as far as it has to and returns the least that was left.
func (t *trail) least(ctx context.Context, db *gorm.DB, before, from calendar.Micros) (points.Points, error) {
	left, undone := t.balance, make(map[int64]points.Points)
	for i := 0; left > 0; i++ {
		m, err := t.get(ctx, db, i)
		if err != nil {
			return 0, err
		}
		if m == nil || m.recordedAt < min(before, from) {
			t.moves = t.moves[:min(i+1, len(t.moves))]
			return t.leastOf(before, from), nil
		}
		switch { // what was given since and not taken back only grows on the way
		case m.recordedAt < before:
		case m.ofSeq != 0:
			undone[m.ofSeq] += m.points
		case m.points > 0:
			left -= m.points + undone[m.seq]
		}
	}
	return 0, nil
}

// leastOf is least once all lines are there: those from an instant on, and the one
// before them.
func (t *trail) leastOf(before, from calendar.Micros) points.Points {
	least, balance := t.balance, t.balance
	for i := range t.moves {
		newer := sinceLot{balance: balance, moves: t.moves[i:]}
		var through int64
		if n := slices.IndexFunc(newer.moves, func(m move) bool { return m.recordedAt < before }); n >= 0 {
			through, newer.moves = newer.moves[n].seq, newer.moves[:n]
		}
		least = min(least, newer.left(through))
		if t.moves[i].recordedAt < from {
			return least
		}
		balance -= t.moves[i].points
	}
	return 0 // the account began since
}
