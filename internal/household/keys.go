package household

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"hufen/internal/id"
)

// Keys makes the codes of cards. All instances of a service must have the same
// key file: a code printed by one is looked up by the others.
type Keys struct{ card [32]byte }

// cardCodeTag keeps these bytes apart from any other use of the key.
const cardCodeTag = "hufen card code 1\x00"

// OpenKeys reads the card key in dataDir/keys, and makes it on the first start
// (mode 0600). Of several instances that start at once one makes it and all
// read it. Without the file printed sheets cannot be printed again; cards that
// are out keep working.
func OpenKeys(dataDir string) (*Keys, error) {
	path := filepath.Join(dataDir, "keys", "card.key")
	key, err := readKey(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := createKey(path); err != nil {
			return nil, fmt.Errorf("make card key: %w", err)
		}
		key, err = readKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read card key: %w", err)
	}
	return &Keys{card: key}, nil
}

func readKey(path string) (key [32]byte, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return key, err
	}
	n, err := hex.Decode(key[:], []byte(strings.TrimSpace(string(text[:min(len(text), 80)]))))
	if err != nil || n != len(key) {
		return key, fmt.Errorf("%s: not 64 hexadecimal digits", path)
	}
	return key, nil
}

// createKey writes a new key beside its place and links it there: a link, other
// than a rename, never replaces the key another instance put there meanwhile.
func createKey(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	draft := path + "." + rand.Text()
	defer os.Remove(draft)
	var key [32]byte
	rand.Read(key[:])
	if err := writeSynced(draft, hex.EncodeToString(key[:])+"\n"); err != nil {
		return err
	}
	if err := os.Link(draft, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(filepath.Dir(path))
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

// Code returns the code of a card: HMAC-SHA256 over its id and version, cut to
// 80 bits.
func (k *Keys) Code(cardID id.ID, version int) Code {
	mac := hmac.New(sha256.New, k.card[:])
	mac.Write([]byte(cardCodeTag))
	mac.Write(cardID[:])
	mac.Write(binary.BigEndian.AppendUint32(nil, uint32(version)))
	return Code(mac.Sum(nil)[:10])
}

// Derive returns a secret for another purpose, which the tag names, so that one
// key file is all there is to keep safe.
func (k *Keys) Derive(tag string) [32]byte {
	mac := hmac.New(sha256.New, k.card[:])
	mac.Write([]byte("hufen derived key 1\x00" + tag))
	return [32]byte(mac.Sum(nil))
}
