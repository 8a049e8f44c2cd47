package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"hufen/internal/database"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/points"
)

// Place is where an entry stands on a household's account. It is on every
// receipt, so the household is a witness: who changes the past has to explain
// the paper.
type Place struct {
	EntryID id.ID
	Seq     int64 // number of the household's lines up to this one; 0: no points were moved
	Head    Hash  // of the line, which is over all lines of the household before it
	Balance points.Points
}

// Place returns where the entry stands once it was posted.
func (e *Entry) Place() Place {
	for i := range e.Lines {
		if l := &e.Lines[i]; l.Seq != 0 {
			return Place{e.ID, l.Seq, l.Hash, l.BalanceAfter}
		}
	}
	return Place{}
}

// Short returns the beginning of the head as receipts show it: 9f3c 41ab.
func (p Place) Short() string { return p.Head.Short()[:9] }

// Code returns what finds and proves the line, 24 characters in groups of four.
// It tells nothing of the household, its points or its village.
func (p Place) Code() string { return Receipt{p.EntryID, p.Head}.String() }

// Receipt is what the code of a receipt says: the first six bytes of the entry's
// id, which are its time, and the first seven of the line's hash. The rest of
// both is zero.
type Receipt struct {
	Entry id.ID
	Head  Hash
}

// Crockford's base32, as on cards.
var receiptDigits = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

const (
	receiptTime  = 6 // bytes of the id
	receiptHead  = 7 // bytes of the hash
	receiptBytes = receiptTime + receiptHead + 2
	receiptChars = receiptBytes * 8 / 5
)

// String writes the code of the receipt.
func (r Receipt) String() string {
	body := append(r.Entry[:receiptTime:receiptTime], r.Head[:receiptHead]...)
	check := sha256.Sum256(append([]byte("hufen receipt 1\x00"), body...))
	text := receiptDigits.EncodeToString(append(body, check[:2]...))
	var groups []string
	for i := 0; i < len(text); i += 4 {
		groups = append(groups, text[i:i+4])
	}
	return strings.Join(groups, "-")
}

// ParseReceipt reads the code of a receipt as it was scanned or typed: upper or
// lower case, with or without spaces and dashes, I and L for 1, O for 0. It
// returns an Invalid fault "receipt.mistyped" where it cannot be one, and asks no
// database.
func ParseReceipt(text string) (Receipt, error) {
	mistyped := fault.New(fault.Invalid, "receipt.mistyped")
	if len(text) > 200 {
		return Receipt{}, mistyped
	}
	plain := strings.Map(func(r rune) rune {
		if r > '\uff00' && r < '\uff5f' {
			r -= '\uff01' - '!' // what a Chinese keyboard types
		}
		switch {
		case strings.ContainsRune(" -–—_.\t\r\n\u00a0\u3000\u200b\ufeff", r):
			return -1
		case r >= 'a' && r <= 'z':
			r -= 'a' - 'A'
		}
		switch r {
		case 'I', 'L':
			return '1'
		case 'O':
			return '0'
		}
		return r
	}, text)
	content, err := receiptDigits.DecodeString(plain)
	if err != nil || len(plain) != receiptChars {
		return Receipt{}, mistyped
	}
	var r Receipt
	copy(r.Entry[:], content[:receiptTime])
	copy(r.Head[:], content[receiptTime:receiptTime+receiptHead])
	if strings.ReplaceAll(r.String(), "-", "") != plain {
		return Receipt{}, mistyped
	}
	return r, nil
}

// Witness says what the book knows of a receipt. It is about nobody.
type Witness struct {
	Found     bool // the line is in the book
	Unchanged bool // and is what it was: line and entry hash to what they say, and follow from the line before
	Seal      *Seal
	entryID   id.ID
}

// mostAtOnce bounds how many lines of one millisecond are looked at.
const mostAtOnce = 1000

// WitnessOf looks a receipt up. What it answers is the same for a receipt that
// never was and for one whose line is gone.
func WitnessOf(ctx context.Context, db *gorm.DB, r Receipt) (*Witness, error) {
	w := &Witness{}
	d := newDesk(&walk{accounts: &accountBook{}})
	var ids []any
	err := database.Each(ctx, db, func(row database.Row) error {
		if !bytes.HasPrefix(row.Bytes(1), r.Head[:receiptHead]) {
			return nil
		}
		entryID := row.ID(0)
		ids = append(ids, entryID[:])
		return nil
	}, `SELECT entry_id, line_hash FROM entry_lines WHERE entry_id >= ? AND entry_id <= ? AND account_seq IS NOT NULL LIMIT ?`,
		r.Entry[:], lastOf(r.Entry), int64(mostAtOnce))
	if err == nil && len(ids) > 0 {
		err = d.read(ctx, db, Selection{ids: ids[:1]})
	}
	if err != nil {
		return nil, fmt.Errorf("look up receipt: %w", err)
	}
	if len(ids) == 0 || len(d.entries) == 0 {
		return w, nil
	}
	w.Found, w.entryID = true, d.entries[0].ID
	if w.Unchanged, err = unchanged(ctx, db, &d.entries[0], r.Head); err != nil {
		return nil, fmt.Errorf("look up receipt: %w", err)
	}
	w.Seal, err = sealOf(ctx, db, w.entryID)
	return w, err
}

// lastOf is the last id of the millisecond with which one begins.
func lastOf(first id.ID) []byte {
	last := first
	for i := receiptTime; i < len(last); i++ {
		last[i] = 0xff
	}
	return last[:]
}

// unchanged recomputes an entry and the line a receipt is for.
func unchanged(ctx context.Context, db *gorm.DB, e *Entry, head Hash) (bool, error) {
	if e.contentHash() != e.ContentHash || !balanced(e.Lines) {
		return false, nil
	}
	for i := range e.Lines {
		l := &e.Lines[i]
		if l.Seq == 0 || !bytes.HasPrefix(l.Hash[:], head[:receiptHead]) {
			continue
		}
		before, err := lineBefore(ctx, db, l.Account.ID, l.Seq)
		if err != nil {
			return false, err
		}
		return before.version == l.Seq-1 && before.points+l.Points == l.BalanceAfter && lineHash(before.head, e.ID, i+1, l) == l.Hash, nil
	}
	return false, nil
}

// sealOf returns the seal that a request is in, nil if it waits for one.
func sealOf(ctx context.Context, db *gorm.DB, requestID id.ID) (*Seal, error) {
	var height int64
	err := database.Each(ctx, db, func(row database.Row) error {
		height = row.Int(0)
		return nil
	}, `SELECT height FROM seal_items WHERE id = ?`, requestID[:])
	if err != nil || height == 0 {
		return nil, err
	}
	return SealAt(ctx, db, height)
}

// ProveSealed recomputes the seal of a receipt that was found, from all requests
// it holds, and reports whether it is what was sealed and signed. Facts are as in
// VerifySeals.
func (w *Witness) ProveSealed(ctx context.Context, db *gorm.DB, facts Facts) (bool, error) {
	if w.Seal == nil {
		return false, nil
	}
	accounts, err := loadAccounts(ctx, db, true)
	if err != nil {
		return false, err
	}
	keys, err := SealKeys(ctx, db)
	if err != nil {
		return false, err
	}
	var ids []any
	err = database.Each(ctx, db, func(row database.Row) error {
		requestID := row.ID(0)
		ids = append(ids, requestID[:])
		return nil
	}, `SELECT id FROM seal_items WHERE height = ? ORDER BY id`, w.Seal.Height)
	if err != nil {
		return false, fmt.Errorf("prove seal: %w", err)
	}
	d := newDesk(&walk{Scope: Scope{Facts: facts}, accounts: accounts, seals: &sealWalk{}})
	var made tree
	for some := range slices.Chunk(ids, listSize) {
		if err := errors.Join(d.read(ctx, db, Selection{ids: some}), d.sealLeaves(ctx, db)); err != nil {
			return false, fmt.Errorf("prove seal: %w", err)
		}
		for i := range d.sealed {
			made.add(d.sealed[i].hash)
		}
	}
	key := keyFor(keys, w.Seal.Height)
	return made.root() == w.Seal.Root && key != nil && signed(key.Public, signedBytes(w.Seal.Hash()), w.Seal.Signature), nil
}
