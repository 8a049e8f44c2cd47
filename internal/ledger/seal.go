package ledger

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
	"hufen/internal/points"
)

// Seal freezes a piece of the past: the requests it names, with what became of
// them, and by PrevHash every seal before it. Whoever keeps its hash can later
// tell whether anything up to it was changed, inserted or removed.
type Seal struct {
	Height       int64 // from 1, without a gap
	PrevHash     Hash  // of the seal before, zero at height 1
	Root         Hash  // RFC 6962 over the requests in the order of their ids
	Requests     int64
	Entries      int64
	RequestTotal int64 // of all seals up to this one
	EntryTotal   int64
	Totals       []Total         // the trial balance: all lines sealed so far
	UntilAt      calendar.Micros // the newest RecordedAt of all seals up to this one
	SealedAt     calendar.Micros
	KeyID        string
	Signature    []byte
}

// Total is what the accounts of a kind hold together.
type Total struct {
	Kind   string
	Points points.Points
}

// Hash returns the hash of the seal: what it says, and by PrevHash what all
// before it said.
func (s *Seal) Hash() Hash { return s.hashOver(totalsHash(s.Totals)) }

func (s *Seal) hashOver(totals Hash) Hash {
	return NewCanonical("hufen/seal/1").Number(s.Height).Bytes(s.PrevHash[:]).Bytes(s.Root[:]).
		Number(s.Requests).Number(s.Entries).Number(s.RequestTotal).Number(s.EntryTotal).
		Bytes(totals[:]).Instant(s.UntilAt).Instant(s.SealedAt).Text(s.KeyID).Sum()
}

func totalsHash(totals []Total) Hash {
	c := NewCanonical("hufen/trial-balance/1").Number(int64(len(totals)))
	for _, t := range totals {
		c.Text(t.Kind).Points(t.Points)
	}
	return c.Sum()
}

// signedBytes are what a key signs of a seal.
func signedBytes(sealHash Hash) []byte {
	return NewCanonical("hufen/seal-signature/1").Bytes(sealHash[:]).b
}

func (s *Seal) sign(key *SealKey) {
	s.KeyID = key.ID
	s.Signature = ed25519.Sign(key.private, signedBytes(s.Hash()))
}

// Leaf is a request as it is sealed, with its outcome and what stands behind
// it.
type Leaf struct {
	ID          id.ID
	Kind        string
	RequestHash Hash
	Outcome     string
	ErrorCode   string
	ErrorDetail string
	ActorID     id.ID
	RecordedAt  calendar.Micros
	Entry       Hash // content hash of its entry, zero where it has none
	Lines       []LeafLine
	Fact        Hash // see Facts, zero where there is none

	position int64
	present  bool // the request is there
	hasEntry bool
}

// LeafLine is a line of the entry: its hash, which is over its place on its
// account, and what that account is.
type LeafLine struct {
	Hash      Hash
	Kind      string
	VillageID id.NullID
	OpenedAt  calendar.Micros
}

// Facts returns a hash of what stands behind requests beside their entries: a
// drop-off that waits, a review. Most requests have nothing of the kind. The
// ledger does not know what these are; what it is given must never change once
// it is written.
type Facts func(ctx context.Context, tx *gorm.DB, requests []*Leaf) (map[id.ID]Hash, error)

// bytes are the data of the leaf in the tree.
func (l *Leaf) bytes() []byte {
	c := &Canonical{b: make([]byte, 0, 512)}
	l.appendTo(c, len(l.Lines))
	for i := range l.Lines {
		l.Lines[i].appendTo(c)
	}
	return c.b
}

// appendTo appends what the leaf says, but for its lines.
func (l *Leaf) appendTo(c *Canonical, lines int) {
	c.Text("hufen/leaf/1").ID(l.ID).Text(l.Kind).Bytes(l.RequestHash[:]).Text(l.Outcome).
		Text(l.ErrorCode).Text(l.ErrorDetail).ID(l.ActorID).Instant(l.RecordedAt).
		Bytes(l.Entry[:]).Bytes(l.Fact[:]).Number(int64(lines))
}

func (l *LeafLine) appendTo(c *Canonical) {
	c.Bytes(l.Hash[:]).Text(l.Kind).NullID(l.VillageID).Instant(l.OpenedAt)
}

// rootOf returns the root over leaves, which are in the order of their ids.
func rootOf(leaves []*Leaf) Hash {
	data := make([][]byte, len(leaves))
	for i, l := range leaves {
		data[i] = l.bytes()
	}
	return merkleRoot(data)
}

// maxLeaves bounds the requests of one seal.
const maxLeaves = 4096

// leafColumns are of requests q and entries e.
const leafColumns = `q.id, q.kind, q.request_hash, q.outcome, q.error_code, q.error_detail, q.actor_id, q.recorded_at, e.content_hash`

// scanLeaf reads leafColumns into a leaf, after the given destinations.
func scanLeaf(rows *sql.Rows, first ...any) (*Leaf, error) {
	var l Leaf
	var requestID, actorID id.NullID
	var kind, outcome, code, detail sql.NullString
	var recordedAt sql.NullInt64
	var request, entry []byte
	err := rows.Scan(append(first, &requestID, &kind, &request, &outcome, &code, &detail, &actorID, &recordedAt, &entry)...)
	if err != nil {
		return nil, err
	}
	l.ID, l.Kind, l.RequestHash, l.Outcome = requestID.ID, kind.String, HashOf(request), outcome.String
	l.ErrorCode, l.ErrorDetail, l.ActorID = code.String, detail.String, actorID.ID
	l.RecordedAt, l.Entry = calendar.Micros(recordedAt.Int64), HashOf(entry)
	l.present, l.hasEntry = requestID.Valid, entry != nil
	return &l, nil
}

// sortedTotals returns the totals that are not zero, by kind.
func sortedTotals(sums map[string]points.Points) []Total {
	var totals []Total
	for kind, sum := range sums {
		if sum != 0 {
			totals = append(totals, Total{kind, sum})
		}
	}
	slices.SortFunc(totals, func(a, b Total) int {
		if a.Kind < b.Kind {
			return -1
		}
		return 1
	})
	return totals
}

func (s *Seal) sums() map[string]points.Points {
	sums := make(map[string]points.Points, len(s.Totals))
	for _, t := range s.Totals {
		sums[t.Kind] = t.Points
	}
	return sums
}

// ErrNoSeal says that there is no such seal.
var ErrNoSeal = errors.New("there is no such seal")

// NewestSeal returns the highest seal, or ErrNoSeal.
func NewestSeal(ctx context.Context, db *gorm.DB) (*Seal, error) {
	return sealWhere(ctx, db, "1 = 1")
}

// SealAt returns the seal of a height, or ErrNoSeal.
func SealAt(ctx context.Context, db *gorm.DB, height int64) (*Seal, error) {
	return sealWhere(ctx, db, "height = ?", height)
}

// SealBefore returns the last seal made before an instant, or ErrNoSeal.
func SealBefore(ctx context.Context, db *gorm.DB, at calendar.Micros) (*Seal, error) {
	return sealWhere(ctx, db, "sealed_at < ?", int64(at))
}

const sealColumns = `height, prev_hash, merkle_root, request_count, entry_count, request_total, entry_total,
	trial_balance_hash, until_at, sealed_at, key_id, signature`

// sealWhere returns the highest seal of those asked for.
func sealWhere(ctx context.Context, db *gorm.DB, where string, args ...any) (*Seal, error) {
	s, stored, err := firstSeal(ctx, db, where+" ORDER BY height DESC LIMIT 1", args...)
	if err != nil {
		return nil, err
	}
	if totalsHash(s.Totals) != stored {
		return nil, fmt.Errorf("seal %d: its trial balance does not hash to what it says", s.Height)
	}
	return s, nil
}

// firstSeal reads one seal with the hash it names for its trial balance.
func firstSeal(ctx context.Context, db *gorm.DB, where string, args ...any) (*Seal, Hash, error) {
	rows, err := database.Query(ctx, db, `SELECT `+sealColumns+` FROM seals WHERE `+where, args...)
	if err != nil {
		return nil, Hash{}, fmt.Errorf("read seal: %w", err)
	}
	defer rows.Close()
	if !rows.Next() {
		return nil, Hash{}, errors.Join(rows.Err(), ErrNoSeal)
	}
	s, totals, err := scanSeal(rows)
	if err == nil {
		err = errors.Join(rows.Err(), rows.Close())
	}
	if err == nil {
		s.Totals, err = loadTotals(ctx, db, s.Height)
	}
	if err != nil {
		return nil, Hash{}, fmt.Errorf("read seal: %w", err)
	}
	return s, totals, nil
}

func scanSeal(rows *sql.Rows) (*Seal, Hash, error) {
	var s Seal
	var prev, root, totals []byte
	err := rows.Scan(&s.Height, &prev, &root, &s.Requests, &s.Entries, &s.RequestTotal, &s.EntryTotal,
		&totals, &s.UntilAt, &s.SealedAt, &s.KeyID, &s.Signature)
	s.PrevHash, s.Root = HashOf(prev), HashOf(root)
	return &s, HashOf(totals), err
}

func loadTotals(ctx context.Context, db *gorm.DB, height int64) ([]Total, error) {
	rows, err := database.Query(ctx, db, `SELECT kind, points FROM seal_totals WHERE height = ? ORDER BY kind`, height)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var totals []Total
	for rows.Next() {
		var t Total
		if err := rows.Scan(&t.Kind, &t.Points); err != nil {
			return nil, err
		}
		totals = append(totals, t)
	}
	return totals, rows.Err()
}

// insert writes the seal with its requests. A key that is there already is a
// duplicate: somebody else sealed meanwhile.
func (s *Seal) insert(ctx context.Context, tx *gorm.DB, leaves []*Leaf) error {
	items := make([][]any, len(leaves))
	for i, l := range leaves {
		items[i] = []any{l.ID[:], s.Height, i}
	}
	totals := make([][]any, len(s.Totals))
	for i, t := range s.Totals {
		totals[i] = []any{s.Height, t.Kind, int64(t.Points)}
	}
	trial := totalsHash(s.Totals)
	row := []any{s.Height, s.PrevHash[:], s.Root[:], s.Requests, s.Entries, s.RequestTotal, s.EntryTotal,
		trial[:], int64(s.UntilAt), int64(s.SealedAt), s.KeyID, s.Signature}
	if err := database.InsertRows(ctx, tx, "seals", []string{"height", "prev_hash", "merkle_root", "request_count", "entry_count",
		"request_total", "entry_total", "trial_balance_hash", "until_at", "sealed_at", "key_id", "signature"}, [][]any{row}); err != nil {
		return err
	}
	if err := database.InsertRows(ctx, tx, "seal_totals", []string{"height", "kind", "points"}, totals); err != nil {
		return err
	}
	return database.InsertRows(ctx, tx, "seal_items", []string{"id", "height", "position"}, items)
}
