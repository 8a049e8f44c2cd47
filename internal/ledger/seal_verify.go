package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
	"hufen/internal/points"
)

// SealSummary says how far the seals reach.
type SealSummary struct {
	Height  int64           // of the newest seal, 0 where there is none
	UntilAt calendar.Micros // what was recorded until then is sealed
	Sealed  int64           // requests in seals
	Waiting int64           // requests in none yet
	Notes   []string        // what is no fault but has to be known
}

// sealGrace is how long a request may be in no seal: the daily pass has seen it
// by then, whatever the clock of its instance said.
const sealGrace = 25 * time.Hour

// VerifySeals recomputes every seal from the rows it froze: heights without a
// gap, each chained to the one before and signed, every request in exactly one.
// Where somebody kept a seal, today's database has to have the same one. It adds
// what is wrong to the report and never repairs.
func VerifySeals(ctx context.Context, tx *gorm.DB, r *Report, facts Facts, kept *Kept) (*SealSummary, error) {
	keys, err := SealKeys(ctx, tx)
	if err != nil {
		return nil, err
	}
	w := &sealWalk{report: r, facts: facts, kept: kept, keys: keys, before: &Seal{}, sums: map[string]points.Points{}}
	w.checkKeys()
	for err == nil {
		var more bool
		if more, err = w.part(ctx, tx); !more {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("verify seals: %w", err)
	}
	w.checkEnd()
	if err := findUnsealed(ctx, tx, r, w.before); err != nil {
		return nil, err
	}
	return w.summary(ctx, tx)
}

// sealName names a seal in findings.
type sealName int64

func (n sealName) String() string { return fmt.Sprintf("seal %d", int64(n)) }

type keyName string

func (n keyName) String() string { return "key " + string(n) }

// sealWalk goes through the seals upwards.
type sealWalk struct {
	report *Report
	facts  Facts
	kept   *Kept
	keys   []*PublicKey
	before *Seal                    // as stored
	hash   Hash                     // of before
	sums   map[string]points.Points // of all lines sealed so far
	late   int64
	met    bool // the kept seal is there
}

// sealsTogether is how many seals are read together.
const sealsTogether = 100

// part checks the next seals; more is false when there are none left.
func (w *sealWalk) part(ctx context.Context, tx *gorm.DB) (more bool, err error) {
	rows, err := database.Query(ctx, tx, `SELECT `+sealColumns+` FROM seals WHERE height > ? ORDER BY height LIMIT ?`, w.before.Height, sealsTogether)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	var seals []*Seal
	var trials []Hash
	for rows.Next() {
		s, trial, err := scanSeal(rows)
		if err != nil {
			return false, err
		}
		seals, trials = append(seals, s), append(trials, trial)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return false, err
	}
	for i, s := range seals {
		if err := w.check(ctx, tx, s, trials[i]); err != nil {
			return false, err
		}
	}
	return len(seals) == sealsTogether, nil
}

func (w *sealWalk) find(s *Seal, check, format string, args ...any) {
	w.report.Find(check, sealName(s.Height), format, args...)
}

// check holds one seal against the one before and against its rows.
func (w *sealWalk) check(ctx context.Context, tx *gorm.DB, s *Seal, trial Hash) error {
	var err error
	if s.Totals, err = loadTotals(ctx, tx, s.Height); err != nil {
		return err
	}
	if s.Height != w.before.Height+1 {
		w.find(s, "seal_height", "follows seal %d", w.before.Height)
	}
	if s.PrevHash != w.hash {
		w.find(s, "seal_chain", "does not follow from the one before")
	}
	if totalsHash(s.Totals) != trial {
		w.find(s, "seal_totals", "its trial balance does not hash to what it says")
	}
	hash := s.hashOver(trial)
	w.checkSignature(s, hash)
	if err := w.checkContent(ctx, tx, s); err != nil {
		return err
	}
	if w.kept != nil && w.kept.Height == s.Height {
		w.met = true
		w.checkKept(s, hash)
	}
	w.before, w.hash, w.sums = s, hash, s.sums()
	return nil
}

func (w *sealWalk) checkSignature(s *Seal, hash Hash) {
	k := keyFor(w.keys, s.Height)
	switch {
	case k == nil:
		w.find(s, "seal_key", "there is no key that signs it")
	case k.ID != s.KeyID:
		w.find(s, "seal_key", "is signed by %s where %s signs", s.KeyID, k.ID)
	case !signed(k.Public, signedBytes(hash), s.Signature):
		w.find(s, "seal_signature", "%s did not sign what it says", k.ID)
	}
}

// checkContent recomputes what the seal says about its requests.
func (w *sealWalk) checkContent(ctx context.Context, tx *gorm.DB, s *Seal) error {
	leaves, err := w.leavesOf(ctx, tx, s)
	if err != nil {
		return err
	}
	want := follow(w.before, s.SealedAt)
	for i, l := range leaves {
		if l.position != int64(i) {
			w.find(s, "seal_position", "%s stands at %d instead of %d", l.ID, l.position, i)
		}
		if !l.present {
			w.find(s, "seal_missing", "request %s is gone", l.ID)
		}
		if l.RecordedAt < w.before.UntilAt.Add(-sealGrace) {
			w.late++
		}
		want.UntilAt = max(want.UntilAt, l.RecordedAt)
		want.Requests++
		if l.hasEntry {
			want.Entries++
		}
	}
	want.RequestTotal += want.Requests
	want.EntryTotal += want.Entries
	if want.Root = rootOf(leaves); len(leaves) == 0 {
		want.Root = w.rotationRoot(s)
	}
	if want.Root != s.Root {
		w.find(s, "seal_root", "its requests are not what was sealed")
	}
	if want.Requests != s.Requests || want.Entries != s.Entries || want.RequestTotal != s.RequestTotal || want.EntryTotal != s.EntryTotal {
		w.find(s, "seal_size", "says %d requests, %d entries, %d and %d in all; there are %d, %d, %d and %d", s.Requests, s.Entries,
			s.RequestTotal, s.EntryTotal, want.Requests, want.Entries, want.RequestTotal, want.EntryTotal)
	}
	if want.UntilAt != s.UntilAt {
		w.find(s, "seal_until", "says %s, its requests reach to %s", s.UntilAt, want.UntilAt)
	}
	if !maps.Equal(points64(sortedTotals(w.sums)), points64(s.Totals)) {
		w.find(s, "seal_totals", "its trial balance is not the sum of the lines")
	}
	return nil
}

func points64(totals []Total) map[string]points.Points {
	m := make(map[string]points.Points, len(totals))
	for _, t := range totals {
		m[t.Kind] = t.Points
	}
	return m
}

// rotationRoot is the root of a seal without requests: it holds the key of the
// seals after it.
func (w *sealWalk) rotationRoot(s *Seal) Hash {
	for _, k := range w.keys {
		if k.FromHeight == s.Height+1 && !k.Alone() {
			return merkleRoot([][]byte{k.leaf()})
		}
	}
	return Hash{}
}

// leavesOf reads the requests of a seal as they are today, with their lines,
// which it adds to the sums.
func (w *sealWalk) leavesOf(ctx context.Context, tx *gorm.DB, s *Seal) ([]*Leaf, error) {
	rows, err := database.Query(ctx, tx, `
		SELECT i.id, i.position, `+leafColumns+`
		FROM seal_items i LEFT JOIN requests q ON q.id = i.id LEFT JOIN entries e ON e.id = i.id
		WHERE i.height = ? ORDER BY i.id`, s.Height)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var leaves []*Leaf
	byID := make(map[id.ID]*Leaf)
	for rows.Next() {
		var itemID id.ID
		var position int64
		l, err := scanLeaf(rows, &itemID, &position)
		if err != nil {
			return nil, err
		}
		l.ID, l.position = itemID, position
		leaves = append(leaves, l)
		byID[itemID] = l
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	lines, err := database.Query(ctx, tx, `
		SELECT `+lineColumnsToSeal+`
		FROM seal_items i JOIN entry_lines l ON l.entry_id = i.id LEFT JOIN accounts a ON a.id = l.account_id
		WHERE i.height = ? ORDER BY i.id, l.line_no`, s.Height)
	if err != nil {
		return nil, err
	}
	if err := scanLines(lines, byID, w.sums); err != nil {
		return nil, err
	}
	return leaves, addFacts(ctx, tx, w.facts, leaves)
}

// checkKeys follows the keys: each on the word of the one before.
func (w *sealWalk) checkKeys() {
	for i, k := range w.keys {
		by := k
		if i > 0 && !k.Alone() {
			by = w.keys[i-1]
		}
		switch {
		case k.ID != KeyID(k.Public):
			w.report.Find("seal_key", keyName(k.ID), "is not the id of its key")
		case i == 0 && k.FromHeight != 1:
			w.report.Find("seal_key", keyName(k.ID), "is the first and signs from seal %d", k.FromHeight)
		case k.VouchedBy != by.ID || !signed(by.Public, k.signedBytes(), k.Signature):
			w.report.Find("seal_key", keyName(k.ID), "%s did not vouch for it", by.ID)
		}
	}
}

// checkKept holds the seal of the height somebody kept against what was kept.
func (w *sealWalk) checkKept(s *Seal, hash Hash) {
	if hash != w.kept.Hash {
		w.find(s, "kept_seal", "is %s, the kept one is %s: what was sealed until then has been changed", hash.Short(), w.kept.Hash.Short())
	}
	public := w.kept.Public
	if k := keyByID(w.keys, w.kept.KeyID); k == nil {
		w.find(s, "kept_key", "%s, which signed the kept seal, is not among the keys", w.kept.KeyID)
	} else if public == nil {
		public = k.Public
	} else if !bytes.Equal(public, k.Public) {
		w.find(s, "kept_key", "%s is another key than the one that signed the kept seal", k.ID)
	}
	if public != nil && !signed(public, signedBytes(w.kept.Hash), w.kept.Signature) {
		w.find(s, "kept_signature", "%s did not sign the kept seal", w.kept.KeyID)
	}
}

// checkEnd checks what shows only once all seals were seen.
func (w *sealWalk) checkEnd() {
	if w.kept != nil && !w.met {
		w.report.Find("kept_seal", sealName(w.kept.Height), "is not there, the seals end at %d: the newest rows are gone", w.before.Height)
	}
	for _, k := range w.keys {
		if k.FromHeight > w.before.Height+1 {
			w.report.Find("seal_key", keyName(k.ID), "signs from seal %d, the seals end at %d", k.FromHeight, w.before.Height)
		}
	}
}

// findUnsealed finds rows of seals that are not there, and requests that should
// have been sealed.
func findUnsealed(ctx context.Context, tx *gorm.DB, r *Report, newest *Seal) error {
	if err := findIDs(ctx, tx, r, "seal_orphan", "is in a seal that is not there", `
		SELECT i.id FROM seal_items i LEFT JOIN seals s ON s.height = i.height WHERE s.height IS NULL LIMIT 1000`); err != nil {
		return err
	}
	var orphans int64
	err := tx.WithContext(ctx).Raw(`
		SELECT COUNT(*) FROM seal_totals t LEFT JOIN seals s ON s.height = t.height WHERE s.height IS NULL`).Row().Scan(&orphans)
	if err != nil {
		return fmt.Errorf("verify seals: %w", err)
	}
	if orphans > 0 {
		r.Find("seal_orphan", book{}, "%d totals of seals that are not there", orphans)
	}
	if newest.Height == 0 {
		return nil
	}
	return findIDs(ctx, tx, r, "unsealed", "was recorded long before the newest seal and is in none", `
		SELECT q.id FROM requests q LEFT JOIN seal_items i ON i.id = q.id
		WHERE i.id IS NULL AND q.recorded_at < ? LIMIT 1000`, int64(newest.UntilAt.Add(-sealGrace)))
}

func (w *sealWalk) summary(ctx context.Context, tx *gorm.DB) (*SealSummary, error) {
	s := &SealSummary{Height: w.before.Height, UntilAt: w.before.UntilAt, Sealed: w.before.RequestTotal}
	var requests int64
	if err := tx.WithContext(ctx).Raw(`SELECT COUNT(*) FROM requests`).Row().Scan(&requests); err != nil {
		return nil, fmt.Errorf("count requests: %w", err)
	}
	s.Waiting = max(0, requests-s.Sealed)
	for _, k := range w.keys {
		if k.Alone() {
			s.Notes = append(s.Notes, fmt.Sprintf("key %s signs from seal %d on; the key before it was lost and could not vouch for it", k.ID, k.FromHeight))
		}
	}
	if w.late > 0 {
		s.Notes = append(s.Notes, fmt.Sprintf("%d requests were sealed more than a day after they were recorded; was a clock wrong?", w.late))
	}
	return s, nil
}
