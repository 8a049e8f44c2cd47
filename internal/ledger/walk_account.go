package ledger

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
	"hufen/internal/points"
)

// accountBook is what a walk knows of accounts, about 250 bytes each.
type accountBook struct {
	accounts []walkedAccount
	byID     map[id.ID]int32
	partly   bool // the walk does not begin at the first line
}

// walkedAccount is an account with its stored balance, and with how far its lines
// were followed.
type walkedAccount struct {
	id        id.ID
	kind      string
	villageID id.NullID
	openedAt  calendar.Micros
	floored   bool
	used      bool

	hasBalance bool
	stored     balanceRow

	started bool
	seq     int64
	balance points.Points
	head    Hash
	lines   int64
	sum     points.Points
}

// balanceRow is a row of account_balances.
type balanceRow struct {
	points  points.Points
	version int64
	head    Hash
	owed    points.Points // what the household has to work off
}

// loadAccounts reads all accounts with their balances, and recomputes their ids.
func loadAccounts(ctx context.Context, tx *gorm.DB, partly bool) (*accountBook, error) {
	b := &accountBook{byID: make(map[id.ID]int32), partly: partly}
	kinds := words{}
	err := database.Each(ctx, tx, func(row database.Row) error {
		a := walkedAccount{id: row.ID(0), kind: kinds.of(row, 1), villageID: row.NullID(2), openedAt: calendar.Micros(row.Int(3)), floored: !row.Null(4)}
		b.byID[a.id] = int32(len(b.accounts))
		b.accounts = append(b.accounts, a)
		return nil
	}, `SELECT id, kind, village_id, opened_at, floor FROM accounts`)
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	err = database.Each(ctx, tx, func(row database.Row) error {
		if a := b.of(row.ID(0)); a != nil {
			a.hasBalance = true
			a.stored = balanceRow{points.Points(row.Int(1)), row.Int(2), HashOf(row.Bytes(3)), points.Points(row.Int(4))}
		}
		return nil
	}, `SELECT account_id, balance, version, head_hash, owed FROM account_balances`)
	if err != nil {
		return nil, fmt.Errorf("read balances: %w", err)
	}
	return b, nil
}

// of returns an account, nil where there is none.
func (b *accountBook) of(accountID id.ID) *walkedAccount {
	i, ok := b.byID[accountID]
	if !ok {
		return nil
	}
	return &b.accounts[i]
}

// name completes the account of a line.
func (b *accountBook) name(l *Line) {
	if a := b.of(l.Account.ID); a != nil {
		l.Account.Kind, l.Account.VillageID, l.Account.Floored = a.kind, a.villageID, a.floored
	}
}

// touch notes that a line names its account.
func (b *accountBook) touch(l *Line) *walkedAccount {
	a := b.of(l.Account.ID)
	if a != nil {
		a.used = true
	}
	return a
}

// follow puts a line on its account: it has to follow from the line before.
func (b *accountBook) follow(ctx context.Context, tx *gorm.DB, entryID id.ID, lineNo int, l *Line, r *Report) error {
	a := b.touch(l)
	switch {
	case a == nil:
		r.Find("account_missing", entryID, "a line on an account that is not there")
		return nil
	case a.floored != (l.Seq != 0):
		r.Find("account_seq", entryID, "a line that should be numbered on its account, or should not")
		return nil
	}
	a.lines++
	a.sum += l.Points
	if !a.floored {
		return nil
	}
	before := balanceRow{points: a.balance, version: a.seq, head: a.head}
	if l.Seq != a.seq+1 || b.partly && !a.started {
		var err error
		if before, err = lineBefore(ctx, tx, a.id, l.Seq); err != nil {
			return err
		}
	}
	a.checkLine(entryID, lineNo, l, before, r)
	if !a.started || l.Seq > a.seq {
		a.started, a.seq, a.balance, a.head = true, l.Seq, l.BalanceAfter, l.Hash
	}
	return nil
}

// checkLine holds a line against the one before it on its account.
func (a *walkedAccount) checkLine(entryID id.ID, lineNo int, l *Line, before balanceRow, r *Report) {
	if before.version != l.Seq-1 {
		r.Find("account_seq", a.id, "line %d follows line %d", l.Seq, before.version)
		return
	}
	after := before.points + l.Points
	if l.BalanceAfter != after {
		r.Find("balance_after", a.id, "line %d says %s, the sum is %s", l.Seq, l.BalanceAfter, after)
	}
	if l.BalanceAfter < 0 {
		r.Find("below_floor", a.id, "line %d leaves %s", l.Seq, l.BalanceAfter)
	}
	if lineHash(before.head, entryID, lineNo, l) != l.Hash {
		r.Find("chain", a.id, "line %d does not follow from the one before", l.Seq)
	}
}

// lineBefore reads the line before a place on an account, for lines that were not
// posted in the order of their ids. Version is -1 where there is none.
func lineBefore(ctx context.Context, tx *gorm.DB, accountID id.ID, seq int64) (balanceRow, error) {
	if seq == 1 {
		return balanceRow{}, nil
	}
	before := balanceRow{version: -1}
	err := database.Each(ctx, tx, func(row database.Row) error {
		before = balanceRow{points: points.Points(row.Int(0)), version: seq - 1, head: HashOf(row.Bytes(1))}
		return nil
	}, `SELECT balance_after, line_hash FROM entry_lines WHERE account_id = ? AND account_seq = ?`, accountID[:], seq-1)
	if err != nil {
		return before, fmt.Errorf("read line before: %w", err)
	}
	return before, nil
}

// finish holds the accounts against their stored balances.
func (b *accountBook) finish(ctx context.Context, tx *gorm.DB, r *Report) error {
	if b.partly {
		return verifyHeads(ctx, tx, r)
	}
	for i := range b.accounts {
		b.accounts[i].finish(r)
	}
	return b.verifyCodes(ctx, tx, r)
}

func (a *walkedAccount) finish(r *Report) {
	switch s := a.stored; {
	case !a.used && !a.hasBalance:
		r.Find("account_unused", a.id, "an account without lines and without a balance")
	case a.floored && !a.hasBalance:
		r.Find("balance_missing", a.id, "has lines and no balance")
	case !a.hasBalance:
	case a.lines == 0 && (s.version != 0 || s.points != 0):
		r.Find("balance_without_lines", a.id, "holds %s though it has no lines", s.points)
	case s.points != a.sum || s.points != a.balance:
		r.Find("balance_sum", a.id, "the balance is %s, its lines add up to %s", s.points, a.sum)
	case s.version != a.lines || s.version != a.seq:
		r.Find("balance_version", a.id, "the balance counts %d lines, there are %d up to number %d", s.version, a.lines, a.seq)
	case s.head != a.head && a.lines > 0:
		r.Find("balance_head", a.id, "the balance has another newest line")
	}
}

// verifyHeads holds every balance against the newest line of its account.
func verifyHeads(ctx context.Context, tx *gorm.DB, r *Report) error {
	if err := findIDs(ctx, tx, r, "balance_head", "the balance is not what the newest line left", `
		SELECT b.account_id FROM account_balances b
		LEFT JOIN entry_lines l ON l.account_id = b.account_id AND l.account_seq = b.version
		WHERE CASE WHEN b.version = 0 THEN b.balance <> 0
			ELSE l.entry_id IS NULL OR l.balance_after <> b.balance OR l.line_hash <> b.head_hash END LIMIT 1000`); err != nil {
		return err
	}
	return findIDs(ctx, tx, r, "balance_version", "has lines behind the newest one its balance knows", `
		SELECT b.account_id FROM account_balances b
		CROSS JOIN entry_lines l ON l.account_id = b.account_id AND l.account_seq = b.version + 1 LIMIT 1000`)
}
