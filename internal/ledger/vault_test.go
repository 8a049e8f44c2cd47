package ledger

import (
	"context"
	"slices"
	"testing"
	"time"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// vault is a book with a sealer and its keys.
type vault struct {
	*Sealer
	t       testing.TB
	db      *database.DB
	dataDir string
	village id.ID
	shop    id.ID
	clock   calendar.Micros
}

func newVault(t testing.TB, db *database.DB) *vault {
	t.Helper()
	v := &vault{t: t, db: db, dataDir: t.TempDir(), village: id.New(), shop: id.New(), clock: 1_784_000_000_000_000}
	v.Sealer = v.another(db)
	return v
}

// another is another instance of the service.
func (v *vault) another(db *database.DB) *Sealer {
	s := NewSealer(db, NewKeyring(v.dataDir), noFacts)
	s.now = func() calendar.Micros { return v.clock }
	return s
}

func noFacts(context.Context, *gorm.DB, []*Leaf) (map[id.ID]Hash, error) { return nil, nil }

// post gives n households 7.20 points each, lets each spend 3 of them, and
// refuses each something, a second apart.
func (v *vault) post(n int) {
	v.t.Helper()
	for range n {
		v.clock = v.clock.Add(time.Second)
		household := id.New()
		account := HouseholdAccount(household, v.village)
		err := v.db.InTx(context.Background(), func(ctx context.Context, tx *gorm.DB) error {
			b, err := Lock(ctx, tx, v.clock, []Account{account})
			if err != nil {
				return err
			}
			if err := v.enter(b, DropOff, Award(household, v.village, 720)); err != nil {
				return err
			}
			if err := v.enter(b, Redemption, Spend(household, v.village, v.shop, 300)); err != nil {
				return err
			}
			b.Reject(v.request(Redemption), fault.New(fault.Refused, "ledger.insufficient_points", "missing_points", int64(1)))
			return b.Write(ctx)
		})
		if err != nil {
			v.t.Fatal(err)
		}
	}
	v.clock = v.clock.Add(time.Minute)
}

func (v *vault) request(kind string) Request {
	return Request{ID: id.New(), Kind: kind, Hash: Hash{1, 2, 3}, ActorID: id.New()}
}

func (v *vault) enter(b *Batch, kind string, lines []Line) error {
	r := v.request(kind)
	return b.Post(r, &Entry{ID: r.ID, Kind: kind, EffectiveAt: v.clock, VillageID: v.village, ActorID: r.ActorID, Lines: lines})
}

func (v *vault) seal(s *Sealer) int64 {
	v.t.Helper()
	n, err := s.Seal(context.Background())
	if err != nil {
		v.t.Fatal(err)
	}
	return n
}

func (v *vault) newest() *Seal {
	v.t.Helper()
	s, err := NewestSeal(context.Background(), v.db.Read)
	if err != nil {
		v.t.Fatal(err)
	}
	return s
}

// keep returns the newest seal as a file and as the text of its QR code.
func (v *vault) keep() (file, board *Kept) {
	v.t.Helper()
	s := v.newest()
	keys, err := SealKeys(context.Background(), v.db.Read)
	if err != nil {
		v.t.Fatal(err)
	}
	content, err := s.File(keys)
	if err != nil {
		v.t.Fatal(err)
	}
	file, err = ParseKept(content)
	if err != nil {
		v.t.Fatal(err)
	}
	if board, err = ParseKept([]byte(s.BoardText() + "\n")); err != nil {
		v.t.Fatal(err)
	}
	if file.Hash != board.Hash || file.Height != board.Height || file.KeyID != board.KeyID || !slices.Equal(file.Signature, board.Signature) {
		v.t.Errorf("the file says %+v, the board %+v", file, board)
	}
	return file, board
}

// verify checks the book and its seals.
func (v *vault) verify(kept *Kept) (*Report, *SealSummary) {
	v.t.Helper()
	var r Report
	var summary *SealSummary
	err := v.db.Snapshot(context.Background(), func(ctx context.Context, tx *gorm.DB) (err error) {
		if err = Verify(ctx, tx, &r); err == nil {
			summary, err = VerifySeals(ctx, tx, &r, noFacts, kept)
		}
		return err
	})
	if err != nil {
		v.t.Fatal(err)
	}
	return &r, summary
}

func (v *vault) mustVerify(kept *Kept) *SealSummary {
	v.t.Helper()
	r, summary := v.verify(kept)
	for _, f := range r.Findings {
		v.t.Errorf("%s %s: %s", f.Check, f.ID, f.Text)
	}
	return summary
}
