package ledger

import (
	"context"
	"database/sql"
	"fmt"

	"gorm.io/gorm"

	"hufen/internal/database"
	"hufen/internal/id"
	"hufen/internal/points"
)

// Finding is one thing that is not as it has to be.
type Finding struct {
	Check string // which promise is broken, e.g. "chain"
	ID    string // the row: an entry, an account, a request
	Text  string // what was found and what was expected
}

// Report collects findings. It keeps the first of each check and counts the
// rest.
type Report struct {
	Findings []Finding
	Count    map[string]int // findings by check
	Entries  int64
	Lines    int64
}

// mostFindings bounds how many rows of a check are named.
const mostFindings = 20

// Find adds a finding.
func (r *Report) Find(check string, row fmt.Stringer, format string, args ...any) {
	if r.Count == nil {
		r.Count = make(map[string]int)
	}
	r.Count[check]++
	if r.Count[check] <= mostFindings {
		r.Findings = append(r.Findings, Finding{check, row.String(), fmt.Sprintf(format, args...)})
	}
}

// Clean reports whether nothing was found.
func (r *Report) Clean() bool { return len(r.Count) == 0 }

// Verify recomputes the whole book in one snapshot and adds what is wrong to
// the report: entries balance and hash to what they say, accounts are chained
// without a gap to their balance, no balance is below its floor, requests and
// entries match both ways, reversals are exact and single. It never repairs.
func Verify(ctx context.Context, tx *gorm.DB, r *Report) error {
	for _, check := range []func(context.Context, *gorm.DB, *Report) error{
		verifyEntries, verifyAccounts, verifyAccountCodes, verifyRequests, verifyReversals,
	} {
		if err := check(ctx, tx, r); err != nil {
			return err
		}
	}
	return nil
}

// verifyEntries walks all entries with their lines (ledger.md §6: 1, 2, 6).
func verifyEntries(ctx context.Context, tx *gorm.DB, r *Report) error {
	rows, err := database.Query(ctx, tx, `
		SELECT e.id, e.kind, e.effective_at, e.recorded_at, e.village_id, e.actor_id, e.reverses_id, e.reason,
		       e.source_hash, e.content_hash,
		       l.line_no, l.account_id, l.points, COALESCE(l.account_seq, 0), COALESCE(l.balance_after, 0), l.line_hash
		FROM entries e LEFT JOIN entry_lines l ON l.entry_id = e.id
		ORDER BY e.id, l.line_no`)
	if err != nil {
		return fmt.Errorf("verify entries: %w", err)
	}
	defer rows.Close()
	var current *Entry
	var trial points.Points
	finish := func() {
		if current != nil {
			verifyEntry(current, r)
		}
	}
	for rows.Next() {
		e, line, lineNo, err := scanEntryLine(rows)
		if err != nil {
			return fmt.Errorf("verify entries: %w", err)
		}
		if current == nil || current.ID != e.ID {
			finish()
			current = e
			r.Entries++
		}
		if line == nil {
			continue
		}
		r.Lines++
		trial += line.Points
		current.Lines = append(current.Lines, *line)
		if lineNo != len(current.Lines) {
			r.Find("entry_lines", e.ID, "line %d stands where line %d should", lineNo, len(current.Lines))
		}
		if line.Seq == 0 && lineHash(Hash{}, e.ID, lineNo, line) != line.Hash {
			r.Find("line_hash", e.ID, "line %d does not hash to what it says", lineNo)
		}
	}
	finish()
	if trial != 0 {
		r.Find("trial_balance", book{}, "all lines add up to %s instead of 0", trial)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("verify entries: %w", err)
	}
	return verifyOrphanLines(ctx, tx, r)
}

// book names the book as a whole in findings.
type book struct{}

func (book) String() string { return "ledger" }

func scanEntryLine(rows *sql.Rows) (*Entry, *Line, int, error) {
	var e Entry
	var source, content, lineHashBytes []byte
	var lineNo, amount, seq, after sql.NullInt64
	var accountID id.NullID
	err := rows.Scan(&e.ID, &e.Kind, &e.EffectiveAt, &e.RecordedAt, &e.VillageID, &e.ActorID, &e.ReversesID, &e.Reason,
		&source, &content, &lineNo, &accountID, &amount, &seq, &after, &lineHashBytes)
	if err != nil {
		return nil, nil, 0, err
	}
	e.SourceHash, e.ContentHash = hashOf(source), hashOf(content)
	if !lineNo.Valid {
		return &e, nil, 0, nil
	}
	return &e, &Line{Account: Account{ID: accountID.ID}, Points: points.Points(amount.Int64), Seq: seq.Int64,
		BalanceAfter: points.Points(after.Int64), Hash: hashOf(lineHashBytes)}, int(lineNo.Int64), nil
}

// hashOf reads a stored hash; one of another length is no hash at all.
func hashOf(b []byte) Hash {
	var h Hash
	if len(b) == len(h) {
		copy(h[:], b)
	}
	return h
}

func verifyEntry(e *Entry, r *Report) {
	if !balanced(e.Lines) {
		r.Find("balance", e.ID, "its %d lines do not balance", len(e.Lines))
	}
	if e.contentHash() != e.ContentHash {
		r.Find("content_hash", e.ID, "the entry does not hash to what it says")
	}
}

func verifyOrphanLines(ctx context.Context, tx *gorm.DB, r *Report) error {
	return findIDs(ctx, tx, r, "orphan_line", "a line of an entry that is not there", `
		SELECT l.entry_id FROM entry_lines l LEFT JOIN entries e ON e.id = l.entry_id WHERE e.id IS NULL LIMIT 1000`)
}

// chain is an account as its lines make it.
type chain struct {
	accountID id.ID
	balance   points.Points
	seq       int64
	head      Hash
}

// verifyAccounts walks the lines of each account that keeps a balance
// (ledger.md §6: 3, 4, 5).
func verifyAccounts(ctx context.Context, tx *gorm.DB, r *Report) error {
	balances, err := loadBalances(ctx, tx)
	if err != nil {
		return err
	}
	rows, err := database.Query(ctx, tx, `
		SELECT account_id, entry_id, line_no, points, account_seq, COALESCE(balance_after, 0), line_hash
		FROM entry_lines WHERE account_seq IS NOT NULL ORDER BY account_id, account_seq`)
	if err != nil {
		return fmt.Errorf("verify accounts: %w", err)
	}
	defer rows.Close()
	var current chain
	for rows.Next() {
		var entryID id.ID
		var l Line
		var lineNo int
		var hash []byte
		if err := rows.Scan(&l.Account.ID, &entryID, &lineNo, &l.Points, &l.Seq, &l.BalanceAfter, &hash); err != nil {
			return fmt.Errorf("verify accounts: %w", err)
		}
		l.Hash = hashOf(hash)
		if l.Account.ID != current.accountID {
			balances.finish(current, r)
			current = chain{accountID: l.Account.ID}
		}
		current.follow(entryID, lineNo, &l, r)
	}
	balances.finish(current, r)
	for accountID, b := range balances {
		if b.version != 0 || b.points != 0 {
			r.Find("balance_without_lines", accountID, "holds %s though it has no lines", b.points)
		}
	}
	return rows.Err()
}

func (c *chain) follow(entryID id.ID, lineNo int, l *Line, r *Report) {
	c.seq++
	c.balance += l.Points
	if l.Seq != c.seq {
		r.Find("account_seq", c.accountID, "line %d stands where line %d should", l.Seq, c.seq)
		c.seq = l.Seq
	}
	if l.BalanceAfter != c.balance {
		r.Find("balance_after", c.accountID, "line %d says %s, the sum is %s", l.Seq, l.BalanceAfter, c.balance)
	}
	if c.balance < 0 {
		r.Find("below_floor", c.accountID, "line %d leaves %s", l.Seq, c.balance)
	}
	if lineHash(c.head, entryID, lineNo, l) != l.Hash {
		r.Find("chain", c.accountID, "line %d does not follow from the one before", l.Seq)
	}
	c.head = l.Hash
}

type balanceMap map[id.ID]balance

func loadBalances(ctx context.Context, tx *gorm.DB) (balanceMap, error) {
	rows, err := database.Query(ctx, tx, `SELECT account_id, balance, version, head_hash FROM account_balances`)
	if err != nil {
		return nil, fmt.Errorf("verify balances: %w", err)
	}
	defer rows.Close()
	balances := make(balanceMap)
	for rows.Next() {
		var accountID id.ID
		var b balance
		var head []byte
		if err := rows.Scan(&accountID, &b.points, &b.version, &head); err != nil {
			return nil, fmt.Errorf("verify balances: %w", err)
		}
		b.head = hashOf(head)
		balances[accountID] = b
	}
	return balances, rows.Err()
}

// finish holds a finished chain against the stored balance and crosses it off.
func (m balanceMap) finish(c chain, r *Report) {
	if c.accountID.IsZero() {
		return
	}
	b, ok := m[c.accountID]
	delete(m, c.accountID)
	switch {
	case !ok:
		r.Find("balance_missing", c.accountID, "has lines and no balance")
	case b.points != c.balance:
		r.Find("balance_sum", c.accountID, "the balance is %s, its lines add up to %s", b.points, c.balance)
	case b.version != c.seq:
		r.Find("balance_version", c.accountID, "the balance counts %d lines, there are %d", b.version, c.seq)
	case b.head != c.head:
		r.Find("balance_head", c.accountID, "the balance has another newest line")
	}
}

// verifyAccountCodes recomputes every account's id and finds lines and balances
// without an account.
func verifyAccountCodes(ctx context.Context, tx *gorm.DB, r *Report) error {
	rows, err := database.Query(ctx, tx, `SELECT id, code FROM accounts`)
	if err != nil {
		return fmt.Errorf("verify accounts: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var stored id.ID
		var code string
		if err := rows.Scan(&stored, &code); err != nil {
			return fmt.Errorf("verify accounts: %w", err)
		}
		if accountID(code) != stored {
			r.Find("account_code", stored, "is not the id of code %s", code)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("verify accounts: %w", err)
	}
	if err := findIDs(ctx, tx, r, "account_unused", "an account without lines and without a balance", `
		SELECT a.id FROM accounts a WHERE NOT EXISTS (SELECT 1 FROM entry_lines l WHERE l.account_id = a.id)
		AND NOT EXISTS (SELECT 1 FROM account_balances b WHERE b.account_id = a.id) LIMIT 1000`); err != nil {
		return err
	}
	if err := findIDs(ctx, tx, r, "account_missing", "a line on an account that is not there", `
		SELECT DISTINCT l.account_id FROM entry_lines l LEFT JOIN accounts a ON a.id = l.account_id WHERE a.id IS NULL LIMIT 1000`); err != nil {
		return err
	}
	if err := findIDs(ctx, tx, r, "account_missing", "a balance of an account that is not there, or of one without a floor", `
		SELECT b.account_id FROM account_balances b LEFT JOIN accounts a ON a.id = b.account_id
		WHERE a.id IS NULL OR a.floor IS NULL OR a.floor <> b.floor LIMIT 1000`); err != nil {
		return err
	}
	return findIDs(ctx, tx, r, "account_seq", "a line that should be numbered on its account, or should not", `
		SELECT l.entry_id FROM entry_lines l JOIN accounts a ON a.id = l.account_id
		WHERE (a.floor IS NULL) <> (l.account_seq IS NULL) LIMIT 1000`)
}

// verifyRequests holds requests against entries, both ways (ledger.md §6: 8).
func verifyRequests(ctx context.Context, tx *gorm.DB, r *Report) error {
	if err := findIDs(ctx, tx, r, "entry_without_request", "nobody asked for this entry", `
		SELECT e.id FROM entries e LEFT JOIN requests q ON q.id = e.id AND q.outcome = 'posted' WHERE q.id IS NULL LIMIT 1000`); err != nil {
		return err
	}
	if err := findIDs(ctx, tx, r, "request_kind", "asks for another kind of thing than it became", `
		SELECT q.id FROM requests q LEFT JOIN entries e ON e.id = q.id
		WHERE NOT (e.id IS NULL AND q.kind IN ('drop_off', 'review', 'reversal', 'objection', 'redemption', 'settlement', 'adjustment', 'approval', 'refusal')
			OR e.id IS NOT NULL AND (e.kind = q.kind OR e.kind = 'drop_off' AND q.kind = 'review'
				OR e.kind IN ('adjustment', 'reversal') AND q.kind = 'approval')) LIMIT 1000`); err != nil {
		return err
	}
	return findIDs(ctx, tx, r, "request_without_entry", "was answered as posted, its entry is missing", `
		SELECT q.id FROM requests q LEFT JOIN entries e ON e.id = q.id
		LEFT JOIN drop_off_reviews v ON v.id = q.id AND v.decision = 'refused'
		WHERE q.outcome = 'posted' AND e.id IS NULL AND v.id IS NULL AND q.kind NOT IN ('objection', 'refusal') LIMIT 1000`)
}

// verifyReversals checks that a reversal takes back exactly its entry, and is
// not itself taken back (ledger.md §6: 11). What a household could not give
// back stands on its clawback account, so the two count as one.
func verifyReversals(ctx context.Context, tx *gorm.DB, r *Report) error {
	if err := findIDs(ctx, tx, r, "reversal_of_nothing", "takes back an entry that is not there, or a reversal", `
		SELECT x.id FROM entries x LEFT JOIN entries e ON e.id = x.reverses_id
		WHERE x.reverses_id IS NOT NULL AND (e.id IS NULL OR e.reverses_id IS NOT NULL) LIMIT 1000`); err != nil {
		return err
	}
	if err := findIDs(ctx, tx, r, "reversal_kind", "is a reversal that names nothing, or the other way round", `
		SELECT id FROM entries WHERE (kind = 'reversal') <> (reverses_id IS NOT NULL) LIMIT 1000`); err != nil {
		return err
	}
	return findIDs(ctx, tx, r, "reversal_amount", "does not take back what its entry gave", `
		SELECT id FROM (
			SELECT x.id AS id, REPLACE(a.code, ':clawback', '') AS owner, l.points AS points
			FROM entries x JOIN entry_lines l ON l.entry_id = x.id JOIN accounts a ON a.id = l.account_id
			WHERE x.reverses_id IS NOT NULL
			UNION ALL
			SELECT x.id, REPLACE(a.code, ':clawback', ''), l.points
			FROM entries x JOIN entry_lines l ON l.entry_id = x.reverses_id JOIN accounts a ON a.id = l.account_id
			WHERE x.reverses_id IS NOT NULL
		) pairs GROUP BY id, owner HAVING SUM(points) <> 0 LIMIT 1000`)
}

// findIDs runs a query that returns the ids of rows that should not be.
func findIDs(ctx context.Context, tx *gorm.DB, r *Report, check, text, query string, args ...any) error {
	rows, err := database.Query(ctx, tx, query, args...)
	if err != nil {
		return fmt.Errorf("verify %s: %w", check, err)
	}
	defer rows.Close()
	for rows.Next() {
		var rowID id.ID
		if err := rows.Scan(&rowID); err != nil {
			return fmt.Errorf("verify %s: %w", check, err)
		}
		r.Find(check, rowID, "%s", text)
	}
	return rows.Err()
}

// FindIDs is for the verifiers of other packages: every id the query returns is
// a finding.
func (r *Report) FindIDs(ctx context.Context, tx *gorm.DB, check, text, query string, args ...any) error {
	return findIDs(ctx, tx, r, check, text, query, args...)
}
