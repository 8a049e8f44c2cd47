package ledger

import (
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"hufen/internal/calendar"
	"hufen/internal/points"
)

// Kept is a seal as somebody outside kept it: a file, or what the QR code on the
// village board says.
type Kept struct {
	Height    int64
	Hash      Hash
	KeyID     string
	Signature []byte
	Public    ed25519.PublicKey // of the file; nil for what a QR code says
}

// MarshalText returns the whole hash in hexadecimal digits, as hufen seal show
// prints it and as it stands in JSON.
func (h Hash) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h[:])), nil }

// Short is the beginning of a hash as it stands on the board: 9f3c 41ab 70d2
// e85c.
func (h Hash) Short() string {
	text := hex.EncodeToString(h[:8])
	return text[:4] + " " + text[4:8] + " " + text[8:12] + " " + text[12:]
}

const (
	fileFormat = "hufen-seal/1"
	boardWords = "HUFEN SEAL 1 "
)

// sealFile is a seal on its way out of the house, with all that is needed to
// check it without the house.
type sealFile struct {
	Format       string          `json:"format"`
	Height       int64           `json:"height"`
	Hash         hexBytes        `json:"hash"`
	PrevHash     hexBytes        `json:"prev_hash"`
	Root         hexBytes        `json:"merkle_root"`
	Requests     int64           `json:"requests"`
	Entries      int64           `json:"entries"`
	RequestTotal int64           `json:"request_total"`
	EntryTotal   int64           `json:"entry_total"`
	Totals       []fileTotal     `json:"trial_balance"`
	UntilAt      calendar.Micros `json:"until_at"`
	SealedAt     calendar.Micros `json:"sealed_at"`
	KeyID        string          `json:"key_id"`
	PublicKey    hexBytes        `json:"public_key"`
	Signature    hexBytes        `json:"signature"`
}

type fileTotal struct {
	Accounts string `json:"accounts"`
	Points   int64  `json:"hundredths"`
}

// hexBytes are written as hexadecimal digits.
type hexBytes []byte

func (b hexBytes) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(b)), nil }

func (b *hexBytes) UnmarshalText(text []byte) error {
	decoded, err := hex.DecodeString(string(text))
	*b = decoded
	return err
}

// File returns the seal as a file to keep elsewhere (JSON).
func (s *Seal) File(keys []*PublicKey) ([]byte, error) {
	key := keyByID(keys, s.KeyID)
	if key == nil {
		return nil, fmt.Errorf("seal %d: key %s is not among the keys", s.Height, s.KeyID)
	}
	hash := s.Hash()
	f := sealFile{Format: fileFormat, Height: s.Height, Hash: hash[:], PrevHash: s.PrevHash[:], Root: s.Root[:],
		Requests: s.Requests, Entries: s.Entries, RequestTotal: s.RequestTotal, EntryTotal: s.EntryTotal, Totals: []fileTotal{},
		UntilAt: s.UntilAt, SealedAt: s.SealedAt, KeyID: s.KeyID, PublicKey: hexBytes(key.Public), Signature: s.Signature}
	for _, t := range s.Totals {
		f.Totals = append(f.Totals, fileTotal{t.Kind, int64(t.Points)})
	}
	content, err := json.MarshalIndent(f, "", "  ")
	return append(content, '\n'), err
}

// BoardText returns what the QR code on the board says: height, hash, key and
// signature, all in capitals, so that the code is small (QR's alphanumeric mode).
func (s *Seal) BoardText() string {
	return fmt.Sprintf("%s%d %X %s %X", boardWords, s.Height, s.Hash(), strings.ToUpper(s.KeyID), s.Signature)
}

// ParseKept reads a seal that was kept: a file of Seal.File, or a text file with
// what the QR code of Seal.BoardText says. A file that contradicts itself, or
// whose signature is not of the key it names, is an error.
func ParseKept(content []byte) (*Kept, error) {
	text := strings.TrimSpace(strings.TrimPrefix(string(content), "\ufeff"))
	if words, ok := strings.CutPrefix(text, boardWords); ok {
		return parseBoard(strings.Fields(words))
	}
	var f sealFile
	if err := json.Unmarshal([]byte(text), &f); err != nil || f.Format != fileFormat {
		return nil, errors.New("this is neither an exported seal nor the text of a seal's QR code")
	}
	return f.kept()
}

func parseBoard(words []string) (*Kept, error) {
	wrong := errors.New("the text of the seal's QR code is not complete")
	if len(words) != 4 {
		return nil, wrong
	}
	height, err1 := strconv.ParseInt(words[0], 10, 64)
	hash, err2 := hex.DecodeString(words[1])
	signature, err3 := hex.DecodeString(words[3])
	if errors.Join(err1, err2, err3) != nil || len(hash) != len(Hash{}) || len(signature) != ed25519.SignatureSize {
		return nil, wrong
	}
	return &Kept{Height: height, Hash: Hash(hash), KeyID: strings.ToLower(words[2]), Signature: signature}, nil
}

func (f *sealFile) kept() (*Kept, error) {
	s := &Seal{Height: f.Height, PrevHash: HashOf(f.PrevHash), Root: HashOf(f.Root), Requests: f.Requests, Entries: f.Entries,
		RequestTotal: f.RequestTotal, EntryTotal: f.EntryTotal, UntilAt: f.UntilAt, SealedAt: f.SealedAt, KeyID: f.KeyID}
	for _, t := range f.Totals {
		s.Totals = append(s.Totals, Total{t.Accounts, points.Points(t.Points)})
	}
	k := &Kept{Height: f.Height, Hash: s.Hash(), KeyID: f.KeyID, Signature: f.Signature, Public: ed25519.PublicKey(f.PublicKey)}
	switch {
	case k.Hash != HashOf(f.Hash):
		return nil, errors.New("the kept seal contradicts itself: its hash is not over what it says")
	case k.KeyID != KeyID(k.Public) || !signed(k.Public, signedBytes(k.Hash), k.Signature):
		return nil, errors.New("the kept seal is not signed by the key it names")
	}
	return k, nil
}
