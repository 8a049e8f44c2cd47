package ledger

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"time"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/points"
)

// SealSummary says how far the seals reach.
type SealSummary struct {
	Height  int64           // of the newest seal, 0 where there is none
	Hash    Hash            // of the newest seal
	Since   int64           // seals up to this height were left out
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
	return VerifyIn(ctx, []*gorm.DB{tx}, r, Scope{Facts: facts, Kept: kept, sealsOnly: true})
}

// sealName names a seal in findings.
type sealName int64

func (n sealName) String() string { return fmt.Sprintf("seal %d", int64(n)) }

type keyName string

func (n keyName) String() string { return "key " + string(n) }

// sealWalk goes through the seals upwards, as the requests they hold are met.
type sealWalk struct {
	report  *Report
	kept    *Kept
	keys    []*PublicKey
	newest  *Seal
	since   int64                    // seals up to this height are left out
	before  *Seal                    // as stored
	hash    Hash                     // of before
	sums    map[string]points.Points // of all lines sealed so far
	ahead   []aheadSeal              // the next ones
	open    map[int64]*rebuilt       // by height, those with rows that were met
	late    int64
	waiting int64
	met     bool // the kept seal is there
}

// sealsTogether is how many seals are read together.
const sealsTogether = 200

func (w *sealWalk) find(s *Seal, check, format string, args ...any) {
	w.report.Find(check, sealName(s.Height), format, args...)
}

// check holds one seal against the one before and against its rows.
func (w *sealWalk) check(s *Seal, trial Hash, made *rebuilt) {
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
	w.checkContent(s, made)
	if w.kept != nil && w.kept.Height == s.Height {
		w.met = true
		w.checkKept(s, hash)
	}
	w.before, w.hash, w.sums = s, hash, s.sums()
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
func (w *sealWalk) checkContent(s *Seal, made *rebuilt) {
	want := follow(w.before, s.SealedAt)
	for _, at := range made.recorded {
		if at < w.before.UntilAt.Add(-sealGrace) {
			w.late++
		}
		want.UntilAt = max(want.UntilAt, at)
	}
	want.Requests, want.Entries = made.requests, made.entries
	want.RequestTotal += want.Requests
	want.EntryTotal += want.Entries
	for kind, sum := range made.sums {
		w.sums[kind] += sum
	}
	if want.Root = made.tree.root(); made.requests == 0 {
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

// findOrphanTotals finds totals of seals that are not there.
func findOrphanTotals(ctx context.Context, tx *gorm.DB, r *Report) error {
	var orphans int64
	err := tx.WithContext(ctx).Raw(`
		SELECT COUNT(*) FROM seal_totals t LEFT JOIN seals s ON s.height = t.height WHERE s.height IS NULL`).Row().Scan(&orphans)
	if err != nil {
		return fmt.Errorf("verify seals: %w", err)
	}
	if orphans > 0 {
		r.Find("seal_orphan", book{}, "%d totals of seals that are not there", orphans)
	}
	return nil
}

func (w *sealWalk) summary() *SealSummary {
	s := &SealSummary{Height: w.before.Height, Hash: w.hash, UntilAt: w.before.UntilAt, Sealed: w.before.RequestTotal, Waiting: w.waiting, Since: w.since}
	for _, k := range w.keys {
		if k.Alone() {
			s.Notes = append(s.Notes, fmt.Sprintf("key %s signs from seal %d on; the key before it was lost and could not vouch for it", k.ID, k.FromHeight))
		}
	}
	if w.late > 0 {
		s.Notes = append(s.Notes, fmt.Sprintf("%d requests were sealed more than a day after they were recorded; was a clock wrong?", w.late))
	}
	return s
}
