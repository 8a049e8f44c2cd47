package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
	"hufen/internal/points"
)

// Sealer makes seals. Any number may run on one database: each seal has its
// height, and each request its place, only once.
type Sealer struct {
	db    *database.DB
	keys  Keyring
	facts Facts
	now   func() calendar.Micros
	most  int // requests in a seal

	accounts accountCache
}

// NewSealer returns a sealer that signs with the keys of a keyring. The key of a
// database without seals is made when the first one is.
func NewSealer(db *database.DB, keys Keyring, facts Facts) *Sealer {
	return &Sealer{db: db, keys: keys, facts: facts, now: calendar.Now, most: maxLeaves}
}

// RunAt sets the clock of the sealer, before its first use.
func (s *Sealer) RunAt(now func() calendar.Micros) { s.now = now }

// sealDelay is how old a request has to be before it is sealed, so that those
// recorded before it have been committed too.
const sealDelay = 10 * time.Second

// sealMargin is how far behind the newest seal is looked for requests that were
// committed late: longer than any posting takes.
const sealMargin = writeTimeout + sealDelay

// Seal seals what is older than a few seconds and returns how many requests
// that were. Where another sealer is faster the rest is left to it.
func (s *Sealer) Seal(ctx context.Context) (int64, error) {
	sealed, err := s.seal(ctx, s.now().Add(-sealDelay), sealMargin)
	if errors.Is(err, errSealedMeanwhile) {
		err = nil
	}
	return sealed, err
}

// SealAll seals everything there is, also what the clock of an instance dated
// long ago.
func (s *Sealer) SealAll(ctx context.Context) (int64, error) {
	var sealed int64
	for {
		n, err := s.seal(ctx, s.now(), 0)
		sealed += n
		if !errors.Is(err, errSealedMeanwhile) || ctx.Err() != nil {
			return sealed, err
		}
	}
}

// SealBetween seals what was recorded from one instant until before another and
// is in no seal, however long ago by the clock of whoever recorded it. Nobody may
// be recording there any more.
func (s *Sealer) SealBetween(ctx context.Context, from, until calendar.Micros) (int64, error) {
	var sealed int64
	for {
		newest, err := s.newest(ctx)
		if err != nil {
			return sealed, err
		}
		n, err := s.sealFrom(ctx, newest, cursor{at: from}, until-1)
		sealed += n
		if !errors.Is(err, errSealedMeanwhile) || ctx.Err() != nil {
			return sealed, err
		}
	}
}

// errSealedMeanwhile says that another sealer was faster.
var errSealedMeanwhile = errors.New("ledger: sealed meanwhile")

// seal makes seals of what was recorded until an instant, the oldest first. It
// begins a margin before the newest seal, or with a margin of 0 at the beginning
// of time. It returns errSealedMeanwhile where another sealer was faster.
func (s *Sealer) seal(ctx context.Context, until calendar.Micros, margin time.Duration) (int64, error) {
	newest, err := s.newest(ctx)
	if err != nil {
		return 0, err
	}
	from := cursor{}
	if margin > 0 && newest.Height > 0 {
		from.at = newest.UntilAt.Add(-margin)
	}
	return s.sealFrom(ctx, newest, from, until)
}

// newest returns the newest seal, the zero one where there is none.
func (s *Sealer) newest(ctx context.Context) (*Seal, error) {
	newest, err := NewestSeal(ctx, s.db.Read)
	if errors.Is(err, ErrNoSeal) {
		return &Seal{}, nil
	}
	return newest, err
}

// sealFrom makes the seals after the newest one.
func (s *Sealer) sealFrom(ctx context.Context, newest *Seal, from cursor, until calendar.Micros) (int64, error) {
	var sealed int64
	for {
		leaves, err := s.unsealed(ctx, from, until)
		if err != nil || len(leaves) == 0 {
			return sealed, err
		}
		last := leaves[len(leaves)-1]
		from = cursor{last.RecordedAt, last.ID}
		next, err := s.sealOne(ctx, newest, leaves)
		if err != nil {
			return sealed, err
		}
		sealed += next.Requests
		newest = next
		if len(leaves) < s.most {
			return sealed, nil
		}
	}
}

// cursor is a place among the requests in the order of their recording.
type cursor struct {
	at calendar.Micros
	id id.ID
}

// unsealed returns requests behind a place that are in no seal, in the order of
// their recording.
func (s *Sealer) unsealed(ctx context.Context, from cursor, until calendar.Micros) ([]*Leaf, error) {
	hint := ""
	if s.db.Dialect == database.MySQL {
		hint = " FORCE INDEX (requests_recorded)"
	}
	rows, err := database.Query(ctx, s.db.Read, `
		SELECT `+leafColumns+`
		FROM requests q`+hint+`
		LEFT JOIN seal_items i ON i.id = q.id
		LEFT JOIN entries e ON e.id = q.id
		WHERE q.recorded_at >= ? AND (q.recorded_at > ? OR q.id > ?) AND q.recorded_at <= ? AND i.id IS NULL
		ORDER BY q.recorded_at, q.id LIMIT ?`, int64(from.at), int64(from.at), from.id[:], int64(until), s.most)
	if err != nil {
		return nil, fmt.Errorf("read what is not sealed: %w", err)
	}
	defer rows.Close()
	var leaves []*Leaf
	for rows.Next() {
		l, err := scanLeaf(rows)
		if err != nil {
			return nil, fmt.Errorf("read what is not sealed: %w", err)
		}
		leaves = append(leaves, l)
	}
	return leaves, rows.Err()
}

// sealOne makes the seal after another one. What it reads never changes any
// more, so it is read outside the transaction that writes the seal.
func (s *Sealer) sealOne(ctx context.Context, before *Seal, leaves []*Leaf) (*Seal, error) {
	leaves = slices.Clone(leaves)
	slices.SortFunc(leaves, func(a, b *Leaf) int { return slices.Compare(a.ID[:], b.ID[:]) })
	next, err := s.compute(ctx, before, leaves)
	if err != nil {
		return nil, err
	}
	keys, err := SealKeys(ctx, s.db.Read)
	if err != nil {
		return nil, err
	}
	key, err := s.keys.current(keys, next.Height)
	var first *PublicKey
	if err == nil && key == nil {
		if key, err = s.keys.first(); err == nil {
			first = vouch(key, key, 1, next.SealedAt)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	next.sign(key)
	return next, s.write(ctx, next, leaves, first)
}

// compute makes a seal over leaves, which it completes, but for its signature.
func (s *Sealer) compute(ctx context.Context, before *Seal, leaves []*Leaf) (*Seal, error) {
	next := follow(before, s.now())
	for _, l := range leaves {
		next.UntilAt = max(next.UntilAt, l.RecordedAt)
		next.Requests++
		if l.hasEntry {
			next.Entries++
		}
	}
	next.RequestTotal += next.Requests
	next.EntryTotal += next.Entries
	sums := before.sums()
	if err := s.addLines(ctx, leaves, sums); err != nil {
		return nil, err
	}
	next.Totals = sortedTotals(sums)
	if err := addFacts(ctx, s.db.Read, s.facts, leaves); err != nil {
		return nil, err
	}
	next.Root = rootOf(leaves)
	return next, nil
}

// follow begins the seal after another one, the zero one where there is none.
func follow(before *Seal, at calendar.Micros) *Seal {
	next := &Seal{Height: before.Height + 1, RequestTotal: before.RequestTotal, EntryTotal: before.EntryTotal,
		Totals: before.Totals, UntilAt: before.UntilAt, SealedAt: at}
	if before.Height > 0 {
		next.PrevHash = before.Hash()
	}
	return next
}

// together is for how many entries lines are read together, and how many
// accounts.
const together = 512

// addLines reads the lines of the leaves' entries, and adds what they move to
// the sums.
func (s *Sealer) addLines(ctx context.Context, leaves []*Leaf, sums map[string]points.Points) error {
	byID := make(map[id.ID]*Leaf, len(leaves))
	var entries []id.ID
	for _, l := range leaves {
		if l.hasEntry {
			byID[l.ID] = l
			entries = append(entries, l.ID)
		}
	}
	for part := range slices.Chunk(entries, together) {
		if err := s.addLinesOf(ctx, part, byID, sums); err != nil {
			return fmt.Errorf("read lines to seal: %w", err)
		}
	}
	return nil
}

// sealLine is a line on its way into its leaf.
type sealLine struct {
	leaf      *Leaf
	hash      Hash
	points    points.Points
	accountID id.ID
}

func (s *Sealer) addLinesOf(ctx context.Context, entries []id.ID, byID map[id.ID]*Leaf, sums map[string]points.Points) error {
	marks, args := database.List(database.IDs(entries))
	rows, err := database.Query(ctx, s.db.Read, `
		SELECT entry_id, line_hash, points, account_id FROM entry_lines
		WHERE entry_id IN (`+marks+`) ORDER BY entry_id, line_no`, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	var lines []sealLine
	var entryID id.ID
	var hash sql.RawBytes
	for rows.Next() {
		var l sealLine
		if err := rows.Scan(&entryID, &hash, &l.points, &l.accountID); err != nil {
			return err
		}
		l.leaf, l.hash = byID[entryID], HashOf(hash)
		lines = append(lines, l)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	accounts, err := s.accounts.of(ctx, s.db.Read, lines)
	if err != nil {
		return err
	}
	for _, l := range lines {
		a := accounts[l.accountID]
		a.Hash = l.hash
		l.leaf.Lines = append(l.leaf.Lines, a)
		sums[a.Kind] += l.points
	}
	return nil
}

// accountCache remembers what accounts are: it never changes. What it gives is a
// line without its hash.
type accountCache struct {
	mu   sync.Mutex
	seen map[id.ID]LeafLine
}

// mostSeen bounds the accounts that are remembered, about 100 bytes each.
const mostSeen = 100_000

// of returns the accounts of lines.
func (c *accountCache) of(ctx context.Context, db *gorm.DB, lines []sealLine) (map[id.ID]LeafLine, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen == nil || len(c.seen) > mostSeen {
		c.seen = make(map[id.ID]LeafLine)
	}
	found := make(map[id.ID]LeafLine)
	var missing []id.ID
	for _, l := range lines {
		a, ok := c.seen[l.accountID]
		if _, twice := found[l.accountID]; !ok && !twice {
			missing = append(missing, l.accountID)
		}
		found[l.accountID] = a
	}
	for part := range slices.Chunk(missing, together) {
		if err := c.read(ctx, db, part, found); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (c *accountCache) read(ctx context.Context, db *gorm.DB, ids []id.ID, found map[id.ID]LeafLine) error {
	marks, args := database.List(database.IDs(ids))
	rows, err := database.Query(ctx, db, `SELECT id, kind, village_id, opened_at FROM accounts WHERE id IN (`+marks+`)`, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var accountID id.ID
		var a LeafLine
		if err := rows.Scan(&accountID, &a.Kind, &a.VillageID, &a.OpenedAt); err != nil {
			return err
		}
		c.seen[accountID], found[accountID] = a, a
	}
	return rows.Err()
}

func addFacts(ctx context.Context, db *gorm.DB, facts Facts, leaves []*Leaf) error {
	found, err := facts(ctx, db, leaves)
	for _, l := range leaves {
		l.Fact = found[l.ID]
	}
	return err
}

// write stores a seal with its requests, and the key that signed it where it is
// the first.
func (s *Sealer) write(ctx context.Context, next *Seal, leaves []*Leaf, first *PublicKey) error {
	err := s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		if err := next.insert(ctx, tx, leaves); err != nil {
			return err
		}
		if first != nil {
			return first.insert(ctx, tx)
		}
		return nil
	})
	if database.IsDuplicate(err) {
		return errSealedMeanwhile
	}
	if err != nil {
		return fmt.Errorf("write seal %d: %w", next.Height, err)
	}
	return nil
}

// Rotate replaces the key that signs: a seal without requests, signed by the old
// key, holds the new one, which signs from the next seal on. It returns
// ErrNoSeal before the first seal.
func (s *Sealer) Rotate(ctx context.Context) (*PublicKey, error) {
	fresh, err := s.keys.create()
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	for {
		key, err := s.rotateTo(ctx, fresh)
		if !errors.Is(err, errSealedMeanwhile) {
			return key, err
		}
	}
}

func (s *Sealer) rotateTo(ctx context.Context, fresh *SealKey) (*PublicKey, error) {
	newest, err := NewestSeal(ctx, s.db.Read)
	if err != nil {
		return nil, err
	}
	keys, err := SealKeys(ctx, s.db.Read)
	if err != nil {
		return nil, err
	}
	next := follow(newest, s.now())
	old, err := s.keys.current(keys, next.Height)
	if err != nil {
		return nil, err
	}
	if old == nil {
		return nil, ErrSealKeyMissing
	}
	key := vouch(old, fresh, next.Height+1, next.SealedAt)
	next.Root = merkleRoot([][]byte{key.leaf()})
	next.sign(old)
	return key, s.write(ctx, next, nil, key)
}

// ReplaceLost goes on with a new key though the old one is lost. Nobody can
// vouch for it, and verify says so for ever. It returns ErrNoSeal before the
// first seal.
func (s *Sealer) ReplaceLost(ctx context.Context) (*PublicKey, error) {
	newest, err := NewestSeal(ctx, s.db.Read)
	if err != nil {
		return nil, err
	}
	fresh, err := s.keys.create()
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	key := vouch(fresh, fresh, newest.Height+1, s.now())
	err = s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error { return key.insert(ctx, tx) })
	if err != nil {
		return nil, fmt.Errorf("write key: %w", err)
	}
	return key, nil
}
