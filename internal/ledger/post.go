package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/points"
)

// Batch is a group of requests that are posted in one transaction: the accounts
// are locked first, then each request is decided in turn, then all is written.
// A refusal is an outcome like any other; it is written too.
type Batch struct {
	tx       *gorm.DB
	at       calendar.Micros
	balances map[id.ID]*balance
	requests [][]any
	entries  [][]any
	lines    [][]any
	unsure   map[id.ID]Account         // accounts without a running balance that lines name
	fences   map[id.ID]calendar.Micros // by village or town, of those asked for
}

// balance is a locked account as the batch has moved it so far.
type balance struct {
	account Account
	points  points.Points
	version int64
	head    Hash
	moved   bool
	owed    points.Points // see owed.go
	owes    bool          // owed moved
}

// errMovedMeanwhile says that somebody else opened or moved the same account:
// two who open it can meet, and a Galera node may take the lock on it away.
// Doing the transaction again finds it as it is.
var errMovedMeanwhile = errors.New("ledger: account moved meanwhile")

// Lock opens a batch on a transaction and locks the accounts, in one order,
// opening those that are new. Every account with a running balance that a later
// Post moves has to be among them; the others need no lock.
func Lock(ctx context.Context, tx *gorm.DB, at calendar.Micros, accounts []Account) (*Batch, error) {
	b := &Batch{tx: tx, at: at, balances: make(map[id.ID]*balance, len(accounts)), unsure: make(map[id.ID]Account)}
	for _, a := range accounts {
		if a.Floored {
			b.balances[a.ID] = nil
		}
	}
	if err := b.lock(ctx); err != nil {
		return nil, err
	}
	var fresh []Account
	for _, a := range accounts {
		if !a.Floored {
			continue
		}
		if b.balances[a.ID] == nil {
			b.balances[a.ID] = &balance{}
			fresh = append(fresh, a)
		}
		b.balances[a.ID].account = a
	}
	return b, b.open(ctx, fresh)
}

// lock reads and locks the balances of all accounts in the map that have one.
func (b *Batch) lock(ctx context.Context) error {
	if len(b.balances) == 0 {
		return nil
	}
	ids := make([]id.ID, 0, len(b.balances))
	for accountID := range b.balances {
		ids = append(ids, accountID)
	}
	slices.SortFunc(ids, func(x, y id.ID) int { return slices.Compare(x[:], y[:]) })
	marks, args := database.List(database.IDs(ids))
	rows, err := database.Query(ctx, b.tx, `
		SELECT account_id, balance, version, head_hash, closed_until, owed
		FROM account_balances WHERE account_id IN (`+marks+`)
		ORDER BY account_id`+database.ForUpdate(b.tx), args...)
	if err != nil {
		return fmt.Errorf("lock balances: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var accountID id.ID
		var found balance
		var head []byte
		var closedUntil calendar.Micros
		if err := rows.Scan(&accountID, &found.points, &found.version, &head, &closedUntil, &found.owed); err != nil {
			return fmt.Errorf("lock balances: %w", err)
		}
		found.head = Hash(head)
		b.at = max(b.at, closedUntil)
		b.balances[accountID] = &found
	}
	return rows.Err()
}

// open writes new accounts with a balance of zero.
func (b *Batch) open(ctx context.Context, fresh []Account) error {
	if len(fresh) == 0 {
		return nil
	}
	villages := make([]id.ID, len(fresh))
	for i, a := range fresh {
		villages[i] = a.VillageID.ID
	}
	if err := insertAccounts(ctx, b.tx, b.at, fresh...); err != nil {
		return err
	}
	if err := b.NotBefore(ctx, villages...); err != nil {
		return err
	}
	var head Hash
	rows := make([][]any, len(fresh))
	for i, a := range fresh {
		rows[i] = []any{a.ID[:], 0, 0, 0, head[:], int64(b.fences[a.VillageID.ID])}
	}
	err := database.InsertRows(ctx, b.tx, "account_balances",
		[]string{"account_id", "balance", "floor", "version", "head_hash", "closed_until"}, rows)
	if database.IsDuplicate(err) {
		return errMovedMeanwhile
	}
	return err
}

// opened remembers accounts without a running balance that were seen in the
// database. Accounts are never deleted, so it can only save a query.
var opened sync.Map

// openUnfloored opens the accounts without a running balance that the batch
// posts to for the first time.
func (b *Batch) openUnfloored(ctx context.Context) error {
	for accountID, a := range b.unsure {
		key := openedKey{b.tx.Config.ConnPool, accountID}
		if _, ok := opened.Load(key); ok {
			continue
		}
		var n int64
		if err := b.tx.Table("accounts").Where("id = ?", accountID[:]).Count(&n).Error; err != nil {
			return fmt.Errorf("open account: %w", err)
		}
		if n > 0 {
			opened.Store(key, true)
			continue
		}
		if err := insertAccounts(ctx, b.tx, b.at, a); err != nil {
			return err
		}
	}
	return nil
}

// openedKey keeps the accounts of several open databases apart.
type openedKey struct {
	pool gorm.ConnPool
	id   id.ID
}

func insertAccounts(ctx context.Context, tx *gorm.DB, at calendar.Micros, accounts ...Account) error {
	rows := make([][]any, len(accounts))
	for i, a := range accounts {
		var floor any
		if a.Floored {
			floor = 0
		}
		rows[i] = []any{a.ID[:], a.Code, a.Kind, database.OrNull(a.VillageID), floor, int64(at)}
	}
	err := database.InsertRows(ctx, tx, "accounts", []string{"id", "code", "kind", "village_id", "floor", "opened_at"}, rows)
	if database.IsDuplicate(err) {
		return errMovedMeanwhile
	}
	if err != nil {
		return fmt.Errorf("open accounts: %w", err)
	}
	return nil
}

// At is the instant at which the batch is recorded: the one given to Lock, or the
// end of the newest month that was closed for one of its accounts.
func (b *Batch) At() calendar.Micros { return b.at }

// Balance returns what a locked account holds, the batch so far included.
func (b *Batch) Balance(a Account) points.Points { return b.balances[a.ID].points }

// Post decides that a request becomes an entry, and numbers and chains its
// lines. It returns a Refused fault "ledger.insufficient_points" with the
// missing_points if an account would fall below zero; the request is then still
// undecided and the caller refuses it or does something else.
func (b *Batch) Post(r Request, e *Entry) error {
	if !balanced(e.Lines) {
		return fmt.Errorf("post entry %s: lines do not balance", e.ID)
	}
	if err := b.enough(e); err != nil {
		return err
	}
	e.RecordedAt = b.at
	b.requests = append(b.requests, requestRow(r, posted, nil, b.at))
	for i := range e.Lines {
		b.move(e, i)
	}
	e.ContentHash = e.contentHash()
	b.entries = append(b.entries, entryRow(e))
	return nil
}

func (b *Batch) enough(e *Entry) error {
	for i := range e.Lines {
		l := &e.Lines[i]
		if l.Account.Kind == kindClawback {
			if err := b.mayOwe(e.ID, l); err != nil {
				return err
			}
		}
		if !l.Account.Floored {
			continue
		}
		held, ok := b.balances[l.Account.ID]
		if !ok {
			return fmt.Errorf("post entry %s: account %s is not locked", e.ID, l.Account.Code)
		}
		if after := held.points + l.Points; after < 0 {
			return fault.New(fault.Refused, "ledger.insufficient_points", "missing_points", int64(-after))
		}
	}
	return nil
}

// move puts line i of the entry on its account.
func (b *Batch) move(e *Entry, i int) {
	l := &e.Lines[i]
	var before Hash
	var seq, after any
	if held := b.balances[l.Account.ID]; l.Account.Floored {
		before = held.head
		held.points += l.Points
		held.version++
		l.Seq, l.BalanceAfter = held.version, held.points
		seq, after = l.Seq, int64(l.BalanceAfter)
		held.moved = true
		l.Hash = lineHash(before, e.ID, i+1, l)
		held.head = l.Hash
	} else {
		b.unsure[l.Account.ID] = l.Account
		b.owe(l)
		l.Hash = lineHash(before, e.ID, i+1, l)
	}
	b.lines = append(b.lines, []any{e.ID[:], i + 1, l.Account.ID[:], int64(l.Points), seq, after, l.Hash[:]})
}

// Reject decides that a request is refused, for ever.
func (b *Batch) Reject(r Request, refusal *fault.Fault) {
	b.requests = append(b.requests, requestRow(r, rejected, refusal, b.at))
}

// Hold decides that a request is kept and waits for a review.
func (b *Batch) Hold(r Request) {
	b.requests = append(b.requests, requestRow(r, pending, nil, b.at))
}

// Settle decides that a request is done without moving points, such as a review
// that refuses.
func (b *Batch) Settle(r Request) {
	b.requests = append(b.requests, requestRow(r, posted, nil, b.at))
}

var (
	entryColumns = []string{"id", "kind", "effective_at", "recorded_at", "village_id", "actor_id",
		"reverses_id", "reason", "source_hash", "content_hash"}
	lineColumns = []string{"entry_id", "line_no", "account_id", "points", "account_seq", "balance_after", "line_hash"}
)

func entryRow(e *Entry) []any {
	return []any{e.ID[:], e.Kind, int64(e.EffectiveAt), int64(e.RecordedAt), e.VillageID[:], e.ActorID[:],
		database.OrNull(e.ReversesID), e.Reason, e.SourceHash[:], e.ContentHash[:]}
}

// Write writes the requests with their outcomes, the entries, their lines and
// the new balances. The requests go first: if one was seen before, nothing of
// the batch may be, and the Writer starts over without it.
func (b *Batch) Write(ctx context.Context) error {
	err := database.InsertRows(ctx, b.tx, "requests", requestColumns, b.requests)
	if database.IsDuplicate(err) {
		return errSeenBefore
	}
	if err != nil {
		return fmt.Errorf("write requests: %w", err)
	}
	if err := b.openUnfloored(ctx); err != nil {
		return err
	}
	if err := database.InsertRows(ctx, b.tx, "entries", entryColumns, b.entries); err != nil {
		return fmt.Errorf("write entries: %w", err)
	}
	err = database.InsertRows(ctx, b.tx, "entry_lines", lineColumns, b.lines)
	if database.IsDuplicate(err) {
		return fmt.Errorf("%w: %w", errMovedMeanwhile, err)
	}
	if err != nil {
		return fmt.Errorf("write lines: %w", err)
	}
	if err := b.writeBalances(ctx); err != nil {
		return err
	}
	return b.writeOwed(ctx)
}

// writeBalances moves the locked balances. That nobody else moved them is made
// sure by the lock, and on any engine by UNIQUE (account_id, account_seq).
func (b *Batch) writeBalances(ctx context.Context) error {
	var rows [][]any
	for _, held := range b.balances {
		if held.moved {
			rows = append(rows, []any{held.account.ID[:], int64(held.points), 0, held.version, held.head[:]})
		}
	}
	slices.SortFunc(rows, func(x, y []any) int { return slices.Compare(x[0].([]byte), y[0].([]byte)) })
	err := database.Upsert(ctx, b.tx, "account_balances",
		[]string{"account_id", "balance", "floor", "version", "head_hash"}, []string{"account_id"},
		[]database.Set{{Column: "balance"}, {Column: "version"}, {Column: "head_hash"}}, rows)
	if err != nil {
		return fmt.Errorf("write balances: %w", err)
	}
	return nil
}
