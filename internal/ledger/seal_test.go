package ledger

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hufen/internal/database"
	"hufen/internal/database/dbtest"
	"hufen/internal/id"
)

func TestSealer(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		v := newVault(t, db)
		if n := v.seal(v.Sealer); n != 0 {
			t.Errorf("%d were sealed of nothing", n)
		}
		v.mustVerify(nil)
		v.most = 10
		v.post(7) // 21 requests
		if n := v.seal(v.Sealer); n != 21 {
			t.Errorf("%d were sealed, want 21", n)
		}
		s := v.newest()
		want := []Total{{"household", 7 * 420}, {"issued", -7 * 720}, {"payable", 7 * 300}}
		if s.Height != 3 || s.Requests != 1 || s.RequestTotal != 21 || s.EntryTotal != 14 || !slices.Equal(s.Totals, want) {
			t.Errorf("got %+v", s)
		}
		if n := v.seal(v.Sealer); n != 0 {
			t.Errorf("%d were sealed again", n)
		}
		file, board := v.keep()
		v.post(2)
		v.seal(v.Sealer)
		v.post(1)
		v.mustVerify(file)
		if summary := v.mustVerify(board); summary.Height != 4 || summary.Sealed != 27 || summary.Waiting != 3 || len(summary.Notes) != 0 {
			t.Errorf("got %+v", summary)
		}
		info, err := os.Stat(NewKeyring(v.dataDir).Path(s.KeyID))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the key file: %v %v", info, err)
		}
	})
}

// What is younger than the delay waits; what was committed late or under a wrong
// clock is sealed too.
func TestSealer_Late(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		v := newVault(t, db)
		v.post(3)
		v.clock = v.clock.Add(-time.Minute - time.Second)
		if n := v.seal(v.Sealer); n != 0 {
			t.Errorf("%d were sealed at once", n)
		}
		v.clock = v.clock.Add(time.Minute)
		if n := v.seal(v.Sealer); n != 9 {
			t.Errorf("%d were sealed, want 9", n)
		}
		v.clock = v.clock.Add(-70 * time.Second) // a posting that took its time
		v.post(1)
		if n := v.seal(v.Sealer); n != 3 {
			t.Errorf("%d late ones were sealed, want 3", n)
		}
		now := v.clock
		v.clock = now.Add(-72 * time.Hour) // an instance three days behind
		v.post(1)
		v.clock = now
		if n := v.seal(v.Sealer); n != 0 {
			t.Errorf("%d were sealed, want none before the daily pass", n)
		}
		if r, _ := v.verify(nil); r.Count["unsealed"] != 3 {
			t.Errorf("found %v", r.Count)
		}
		if n, err := v.SealAll(context.Background()); n != 3 || err != nil {
			t.Errorf("%d were sealed, %v", n, err)
		}
		if summary := v.mustVerify(nil); len(summary.Notes) != 1 {
			t.Errorf("got %q", summary.Notes)
		}
	})
}

// Sealers on several instances at once seal everything once.
func TestSealer_Together(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		v := newVault(t, db)
		v.post(60)
		var running sync.WaitGroup
		for i := range 8 {
			s := v.another(db)
			if i%2 == 1 {
				s = v.another(dbtest.Again(t, db))
			}
			s.most = 7
			seal := s.Seal
			if i == 0 {
				seal = s.SealAll
			}
			running.Go(func() {
				for range 30 {
					if _, err := seal(context.Background()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		running.Wait()
		v.most = 7
		v.seal(v.Sealer)
		if summary := v.mustVerify(nil); summary.Sealed != 180 || summary.Waiting != 0 {
			t.Errorf("got %+v", summary)
		}
	})
}

// A sealer that dies at any statement, or around its COMMIT, leaves no half seal,
// and the next one goes on.
func TestSealer_Killed(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		v := newVault(t, db)
		broken, faults := dbtest.Faulty(t, db)
		dying := v.another(broken)
		dying.most = 4
		deaths := []func(){faults.LoseCommit, faults.LoseReply, func() { faults.FailCommit(errors.New("killed")) }}
		for at := 1; at <= 12; at++ {
			deaths = append(deaths, func() { faults.FailAt(at, errors.New("killed")) })
		}
		for i, die := range deaths {
			v.post(1)
			die()
			if _, err := dying.Seal(context.Background()); err == nil && i < 6 {
				t.Errorf("death %d was survived", i)
			}
			v.mustVerify(nil)
		}
		v.seal(v.Sealer)
		if summary := v.mustVerify(nil); summary.Waiting != 0 {
			t.Errorf("got %+v", summary)
		}
	})
}

func TestSealer_Rotate(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		v := newVault(t, db)
		if _, err := v.Rotate(ctx); !errors.Is(err, ErrNoSeal) {
			t.Errorf("before the first seal: %v", err)
		}
		v.post(2)
		v.seal(v.Sealer)
		old := v.newest()
		file, _ := v.keep()
		key, err := v.Rotate(ctx)
		if err != nil || key.FromHeight != 3 || key.VouchedBy != old.KeyID || key.Alone() {
			t.Fatalf("got %+v, %v", key, err)
		}
		if s := v.newest(); s.Height != 2 || s.KeyID != old.KeyID {
			t.Errorf("the rotation is sealed as %+v", s)
		}
		v.post(2)
		v.seal(v.Sealer)
		if s := v.newest(); s.Height != 3 || s.KeyID != key.ID {
			t.Errorf("after it %+v", s)
		}
		v.mustVerify(file)

		// An instance without the new key seals nothing and says so.
		stranger := NewSealer(db, NewKeyring(t.TempDir()), noFacts)
		stranger.now = v.now
		v.post(1)
		if n, err := stranger.Seal(ctx); n != 0 || !errors.Is(err, ErrSealKeyMissing) {
			t.Errorf("%d, %v", n, err)
		}

		// The keys are lost.
		lost, err := stranger.ReplaceLost(ctx)
		if err != nil || !lost.Alone() {
			t.Fatalf("got %+v, %v", lost, err)
		}
		v.seal(stranger)
		if summary := v.mustVerify(file); len(summary.Notes) != 1 {
			t.Errorf("got %q", summary.Notes)
		}

		// The old key no longer signs.
		s := v.newest()
		forged, err := NewKeyring(v.dataDir).read(old.KeyID)
		if err != nil {
			t.Fatal(err)
		}
		s.sign(forged)
		dbtest.Exec(v.t, v.db, `UPDATE seals SET key_id = ?, signature = ? WHERE height = ?`, s.KeyID, s.Signature, s.Height)
		if r, _ := v.verify(nil); r.Count["seal_key"] == 0 {
			t.Errorf("found %v", r.Count)
		}
	})
}

// The form of seals is a promise to whoever keeps one: these vectors never
// change.
func TestSeal_Golden(t *testing.T) {
	key := newSealKey(make([]byte, ed25519.SeedSize))
	leaf := &Leaf{ID: id.MustParse("0198c0de-0000-7000-8000-000000000003"), Kind: Redemption, RequestHash: Hash{1}, Outcome: rejected,
		ErrorCode: "card.unknown", ErrorDetail: "at=%2Fcard_code&kind=3", ActorID: id.MustParse("0198c0de-0000-7000-8000-000000000004"),
		RecordedAt: 1_784_000_001_000_000, Entry: Hash{2}, Lines: []LeafLine{{Hash{3}, "household", id.Some(id.MustParse("0198c0de-0000-7000-8000-000000000005")), 1_784_000_000_000_000}, {Hash: Hash{4}, Kind: "issued"}}, Fact: Hash{5}}
	s := &Seal{Height: 2, PrevHash: Hash{6}, Root: rootOf([]*Leaf{leaf}), Requests: 1, Entries: 1, RequestTotal: 3, EntryTotal: 2,
		Totals: []Total{{"household", 420}, {"issued", -420}}, UntilAt: leaf.RecordedAt, SealedAt: 1_784_000_060_000_000}
	s.sign(key)
	hash := s.Hash()
	vouched := vouch(key, key, 1, s.SealedAt)
	for name, test := range map[string]struct {
		got  []byte
		want string
	}{
		"Root":      {s.Root[:], "0fb5221f0120579e8b50a82a5d88772632b4a175a56a45050bc551c3f8edb989"},
		"Seal":      {hash[:], "5c4efd6d3902764fe215142f34e2e9de8212eac71148b86bc8acdee7919d1786"},
		"Signature": {s.Signature, "7bcac397ba2a5535f144678d2eab28b8893d5de334f11ce6ee3a7492c9eb7af7b1a69b608d687a41b956cad193a152e029b3dcb0e14624ee672086e5a80d2306"},
		"Key":       {[]byte(vouched.ID), "35626434383932666538376265366130"},
		"Vouched":   {vouched.Signature, "48b1785faa13add36f9f0b2cc544691761cc24031a3460f7a3a9d8f6762622394530d779150ea231298c43e7d29559f454a65af7cf674d32f0ff45089d6ccd0c"},
	} {
		if got := hex.EncodeToString(test.got); got != test.want {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
}

func TestParseKept_Wrong(t *testing.T) {
	key := newSealKey(make([]byte, ed25519.SeedSize))
	s := &Seal{Height: 1, Requests: 1, RequestTotal: 1, Totals: []Total{{"household", 1}}}
	s.sign(key)
	content, err := s.File([]*PublicKey{vouch(key, key, 1, 1)})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"Empty":     "",
		"Else":      `{"format":"other"}`,
		"Changed":   strings.Replace(string(content), `"requests": 1`, `"requests": 2`, 1),
		"Signature": strings.Replace(string(content), hex.EncodeToString(s.Signature[:4]), "00000000", 1),
		"Half":      s.BoardText()[:100],
		"NoKey":     strings.Replace(string(content), key.ID, "0011223344556677", 2),
	} {
		if kept, err := ParseKept([]byte(text)); err == nil {
			t.Errorf("%s: got %+v", name, kept)
		}
	}
}

// What a sealer costs: reading and sealing b.N requests.
func BenchmarkSealer(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *database.DB{"SQLite": dbtest.OpenSQLite, "MariaDB": dbtest.OpenMariaDB} {
		b.Run(name, func(b *testing.B) {
			v := newVault(b, open(b))
			v.post(b.N/3 + 1)
			b.ResetTimer()
			if _, err := v.SealAll(context.Background()); err != nil {
				b.Fatal(err)
			}
		})
	}
}
