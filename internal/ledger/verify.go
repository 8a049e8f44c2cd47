package ledger

import (
	"context"
	"fmt"
	"slices"
	"strings"

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
	Notes    []string       // what is no fault but has to be known
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

// Note adds what is no fault but has to be known.
func (r *Report) Note(format string, args ...any) {
	if len(r.Notes) < mostFindings {
		r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
	}
}

// Clean reports whether nothing was found.
func (r *Report) Clean() bool { return len(r.Count) == 0 }

// Add adds what another report found.
func (r *Report) Add(other *Report) {
	for check, n := range other.Count {
		if r.Count == nil {
			r.Count = make(map[string]int)
		}
		r.Count[check] += n
	}
	for _, f := range other.Findings {
		if r.named(f.Check) < mostFindings {
			r.Findings = append(r.Findings, f)
		}
	}
	r.Notes = append(r.Notes, other.Notes...)
	r.Entries += other.Entries
	r.Lines += other.Lines
}

// named counts the findings of a check that are named.
func (r *Report) named(check string) (n int) {
	for _, f := range r.Findings {
		if f.Check == check {
			n++
		}
	}
	return n
}

// Verify recomputes the whole book in one snapshot and adds what is wrong to
// the report: entries balance and hash to what they say, accounts are chained
// without a gap to their balance, no balance is below its floor, requests and
// entries match both ways, reversals are exact and single. It never repairs.
func Verify(ctx context.Context, tx *gorm.DB, r *Report) error {
	_, err := VerifyIn(ctx, []*gorm.DB{tx}, r, Scope{})
	return err
}

// book names the book as a whole in findings.
type book struct{}

func (book) String() string { return "ledger" }

// HashOf reads a stored hash; one of another length is no hash at all.
func HashOf(b []byte) Hash {
	var h Hash
	if len(b) == len(h) {
		copy(h[:], b)
	}
	return h
}

// verifyCodes recomputes every account's id, finds balances without an account,
// and holds debts against the accounts their codes name.
func (b *accountBook) verifyCodes(ctx context.Context, tx *gorm.DB, r *Report) error {
	debts := make(map[id.ID]points.Points) // by the account of the household
	err := database.Each(ctx, tx, func(row database.Row) error {
		stored, code := row.ID(0), row.Text(1)
		if accountID(code) != stored {
			r.Find("account_code", stored, "is not the id of code %s", code)
		}
		if a := b.of(stored); a != nil && a.kind == kindClawback {
			debts[accountID(strings.TrimSuffix(code, ":clawback"))] -= a.sum
		}
		return nil
	}, `SELECT id, code FROM accounts`)
	if err != nil {
		return fmt.Errorf("verify accounts: %w", err)
	}
	b.verifyOwed(debts, r)
	return findIDs(ctx, tx, r, "account_missing", "a balance of an account that is not there, or of one without a floor", `
		SELECT b.account_id FROM account_balances b LEFT JOIN accounts a ON a.id = b.account_id
		WHERE a.id IS NULL OR a.floor IS NULL OR a.floor <> b.floor LIMIT 1000`)
}

// verifyReversals checks that reversals take back exactly their entries, and are
// not themselves taken back (ledger.md §6: 11). What a household could not give
// back stands on its clawback account, so the two count as one.
func verifyReversals(ctx context.Context, tx *gorm.DB, r *Report, reversals []id.ID) error {
	marks, args := listOf(reversals)
	if err := findIDs(ctx, tx, r, "reversal_of_nothing", "takes back an entry that is not there, or a reversal", `
		SELECT x.id FROM entries x LEFT JOIN entries e ON e.id = x.reverses_id
		WHERE x.id IN (`+marks+`) AND (e.id IS NULL OR e.reverses_id IS NOT NULL) ORDER BY x.id`, args...); err != nil {
		return err
	}
	return findIDs(ctx, tx, r, "reversal_amount", "does not take back what its entry gave", `
		SELECT id FROM (
			SELECT x.id AS id, REPLACE(a.code, ':clawback', '') AS owner, l.points AS points
			FROM entries x JOIN entry_lines l ON l.entry_id = x.id JOIN accounts a ON a.id = l.account_id
			WHERE x.id IN (`+marks+`)
			UNION ALL
			SELECT x.id, REPLACE(a.code, ':clawback', ''), l.points
			FROM entries x JOIN entry_lines l ON l.entry_id = x.reverses_id JOIN accounts a ON a.id = l.account_id
			WHERE x.id IN (`+marks+`)
		) pairs GROUP BY id, owner HAVING SUM(points) <> 0 ORDER BY id`, append(slices.Clip(args), args...)...)
}

func listOf(ids []id.ID) (marks string, args []any) { return database.List(database.IDs(ids)) }

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
