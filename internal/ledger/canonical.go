package ledger

import (
	"crypto/sha256"
	"encoding/binary"

	"hufen/internal/calendar"
	"hufen/internal/id"
	"hufen/internal/points"
)

// Hash is a SHA-256 over canonical bytes.
type Hash [32]byte

// Canonical builds canonical bytes: a tag that says what they are and in which
// version, then the fields in a fixed order, numbers as eight bytes big-endian,
// everything else with its length before it. Two different facts never have the
// same bytes. The zero value is not usable; begin with NewCanonical.
type Canonical struct{ b []byte }

// NewCanonical begins the bytes of a fact, e.g. with the tag "hufen/drop-off/1".
func NewCanonical(tag string) *Canonical {
	c := &Canonical{b: make([]byte, 0, 320)}
	return c.Text(tag)
}

// Number appends a number.
func (c *Canonical) Number(n int64) *Canonical {
	c.b = binary.BigEndian.AppendUint64(c.b, uint64(n))
	return c
}

// Points appends an amount of points.
func (c *Canonical) Points(p points.Points) *Canonical { return c.Number(int64(p)) }

// Instant appends an instant.
func (c *Canonical) Instant(at calendar.Micros) *Canonical { return c.Number(int64(at)) }

// Text appends a text.
func (c *Canonical) Text(s string) *Canonical {
	c.b = binary.BigEndian.AppendUint32(c.b, uint32(len(s)))
	c.b = append(c.b, s...)
	return c
}

// Bytes appends bytes.
func (c *Canonical) Bytes(s []byte) *Canonical {
	c.b = binary.BigEndian.AppendUint32(c.b, uint32(len(s)))
	c.b = append(c.b, s...)
	return c
}

// ID appends an identifier.
func (c *Canonical) ID(i id.ID) *Canonical { return c.Bytes(i[:]) }

// NullID appends an identifier, or that there is none.
func (c *Canonical) NullID(n id.NullID) *Canonical {
	if !n.Valid {
		return c.Bytes(nil)
	}
	return c.ID(n.ID)
}

// Sum returns the SHA-256 of the bytes.
func (c *Canonical) Sum() Hash { return sha256.Sum256(c.b) }

// contentHash is over every column of the entry and of its lines as they were
// asked for.
func (e *Entry) contentHash() Hash { return e.appendTo(&Canonical{b: make([]byte, 0, 320)}).Sum() }

func (e *Entry) appendTo(c *Canonical) *Canonical {
	c.Text("hufen/entry/1").ID(e.ID).Text(e.Kind).Instant(e.EffectiveAt).Instant(e.RecordedAt).
		ID(e.VillageID).ID(e.ActorID).NullID(e.ReversesID).Text(e.Reason).Bytes(e.SourceHash[:]).
		Number(int64(len(e.Lines)))
	for i := range e.Lines {
		c.Number(int64(i + 1)).ID(e.Lines[i].Account.ID).Points(e.Lines[i].Points)
	}
	return c
}

// lineHash chains a line to the line before it on the same account. On an
// account without a running balance before is zero, as are seq and balance.
func lineHash(before Hash, entryID id.ID, lineNo int, l *Line) Hash {
	return l.appendTo(&Canonical{b: make([]byte, 0, 192)}, before, entryID, lineNo).Sum()
}

func (l *Line) appendTo(c *Canonical, before Hash, entryID id.ID, lineNo int) *Canonical {
	return c.Text("hufen/line/1").Bytes(before[:]).ID(entryID).Number(int64(lineNo)).
		ID(l.Account.ID).Points(l.Points).Number(l.Seq).Points(l.BalanceAfter)
}
