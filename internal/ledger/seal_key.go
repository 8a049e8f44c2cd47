package ledger

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
)

// SealKey signs seals (Ed25519). It is a file outside the database, so that who
// can write there cannot make a past of his own.
type SealKey struct {
	ID      string
	private ed25519.PrivateKey
}

// KeyID names a public key: 16 hexadecimal digits of its hash.
func KeyID(public ed25519.PublicKey) string {
	sum := sha256.Sum256(append([]byte("hufen seal key 1\x00"), public...))
	return hex.EncodeToString(sum[:8])
}

func newSealKey(seed []byte) *SealKey {
	private := ed25519.NewKeyFromSeed(seed)
	return &SealKey{ID: KeyID(private.Public().(ed25519.PublicKey)), private: private}
}

// Public returns the key others check signatures with.
func (k *SealKey) Public() ed25519.PublicKey { return k.private.Public().(ed25519.PublicKey) }

// Keyring is the folder with the keys of seals: dataDir/keys/seal-<id>.key, mode
// 0600. Old keys stay there; which one is in use stands in the database.
type Keyring struct{ folder string }

// NewKeyring returns the keyring of a data folder. It reads nothing yet.
func NewKeyring(dataDir string) Keyring { return Keyring{filepath.Join(dataDir, "keys")} }

// Path returns where the key with an id is kept.
func (r Keyring) Path(keyID string) string { return filepath.Join(r.folder, "seal-"+keyID+".key") }

// read returns the key with an id, or an error that is fs.ErrNotExist.
func (r Keyring) read(keyID string) (*SealKey, error) {
	path := r.Path(keyID)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	seed, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("%s: not 64 hexadecimal digits", path)
	}
	key := newSealKey(seed)
	if key.ID != keyID {
		return nil, fmt.Errorf("%s holds key %s", path, key.ID)
	}
	return key, nil
}

// first returns the key for a database that has none yet: one that is in the
// folder, or a new one.
func (r Keyring) first() (*SealKey, error) {
	paths, err := filepath.Glob(r.Path("*"))
	if err != nil {
		return nil, err
	}
	slices.Sort(paths)
	for _, path := range paths {
		keyID := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), "seal-"), ".key")
		return r.read(keyID)
	}
	return r.create()
}

// create makes a key. Its file appears with all its content: written beside its
// place and linked there, which never replaces a file.
func (r Keyring) create() (*SealKey, error) {
	if err := os.MkdirAll(r.folder, 0o700); err != nil {
		return nil, err
	}
	seed := make([]byte, ed25519.SeedSize)
	rand.Read(seed)
	key := newSealKey(seed)
	draft := filepath.Join(r.folder, "draft."+rand.Text())
	defer os.Remove(draft)
	if err := writeSynced(draft, hex.EncodeToString(seed)+"\n"); err != nil {
		return nil, err
	}
	if err := os.Link(draft, r.Path(key.ID)); err != nil {
		return nil, err
	}
	return key, syncFolder(r.folder)
}

func writeSynced(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Sync(), f.Close())
}

func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// PublicKey is a key as the database knows it.
type PublicKey struct {
	ID         string
	Public     ed25519.PublicKey
	FromHeight int64  // the first seal it signs
	VouchedBy  string // the key before; itself where nobody could vouch for it
	Signature  []byte // of the key that vouches
	CreatedAt  calendar.Micros
}

func (k *PublicKey) signedBytes() []byte {
	return NewCanonical("hufen/seal-key/1").Text(k.ID).Bytes(k.Public).Number(k.FromHeight).Text(k.VouchedBy).Instant(k.CreatedAt).b
}

// vouch names a key from a height on, on the word of another or its own.
func vouch(by, key *SealKey, fromHeight int64, at calendar.Micros) *PublicKey {
	k := &PublicKey{ID: key.ID, Public: key.Public(), FromHeight: fromHeight, VouchedBy: by.ID, CreatedAt: at}
	k.Signature = ed25519.Sign(by.private, k.signedBytes())
	return k
}

// Alone reports whether a key that is not the first has nobody's word but its
// own: the one before it was lost.
func (k *PublicKey) Alone() bool { return k.VouchedBy == k.ID && k.FromHeight > 1 }

// leaf is what the seal of a rotation holds.
func (k *PublicKey) leaf() []byte { return append(k.signedBytes(), k.Signature...) }

func (k *PublicKey) insert(ctx context.Context, tx *gorm.DB) error {
	return database.InsertRows(ctx, tx, "seal_keys",
		[]string{"id", "public_key", "from_height", "vouched_by", "signature", "created_at"},
		[][]any{{k.ID, []byte(k.Public), k.FromHeight, k.VouchedBy, k.Signature, int64(k.CreatedAt)}})
}

// SealKeys returns the keys that sign or signed seals, the first one first.
func SealKeys(ctx context.Context, db *gorm.DB) ([]*PublicKey, error) {
	rows, err := database.Query(ctx, db, `
		SELECT id, public_key, from_height, vouched_by, signature, created_at FROM seal_keys ORDER BY from_height`)
	if err != nil {
		return nil, fmt.Errorf("read seal keys: %w", err)
	}
	defer rows.Close()
	var keys []*PublicKey
	for rows.Next() {
		var k PublicKey
		var public []byte
		if err := rows.Scan(&k.ID, &public, &k.FromHeight, &k.VouchedBy, &k.Signature, &k.CreatedAt); err != nil {
			return nil, fmt.Errorf("read seal keys: %w", err)
		}
		k.Public = bytes.Clone(public)
		keys = append(keys, &k)
	}
	return keys, rows.Err()
}

// keyFor returns the key that signs the seal of a height, nil if there is none.
func keyFor(keys []*PublicKey, height int64) *PublicKey {
	var found *PublicKey
	for _, k := range keys {
		if k.FromHeight <= height {
			found = k
		}
	}
	return found
}

// keyByID returns the key with an id, nil if there is none.
func keyByID(keys []*PublicKey, keyID string) *PublicKey {
	for _, k := range keys {
		if k.ID == keyID {
			return k
		}
	}
	return nil
}

// signed reports whether a key made a signature. A key or a signature of another
// length made none.
func signed(public ed25519.PublicKey, message, signature []byte) bool {
	return len(public) == ed25519.PublicKeySize && len(signature) == ed25519.SignatureSize && ed25519.Verify(public, message, signature)
}

// ErrSealKeyMissing says that the key in use is not in the keys folder.
var ErrSealKeyMissing = errors.New("the key that signs seals is missing")

// current returns the key that signs the seal of a height, nil where the
// database has no keys yet.
func (r Keyring) current(keys []*PublicKey, height int64) (*SealKey, error) {
	k := keyFor(keys, height)
	if k == nil {
		return nil, nil
	}
	key, err := r.read(k.ID)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: copy %s from the instance that made it", ErrSealKeyMissing, r.Path(k.ID))
	}
	return key, err
}
