// Package ledger is the double-entry book of points. It owns accounts, entries
// and their lines, the one path by which they are written, and the proof that
// they are right. It knows no waste, no shops and no people: what an entry
// stands for lies with the package that posts it, tied to the entry by a hash.
package ledger

import (
	"hufen/internal/calendar"
	"hufen/internal/id"
	"hufen/internal/points"
)

// The kinds of entry.
const (
	DropOff    = "drop_off"
	Redemption = "redemption"
	Reversal   = "reversal"
	Settlement = "settlement"
	Adjustment = "adjustment"
)

// Entry is one movement of points: lines that add up to zero. An award of
// nothing is an entry without lines.
type Entry struct {
	ID          id.ID
	Kind        string
	EffectiveAt calendar.Micros // when it happened
	RecordedAt  calendar.Micros // when the ledger learned of it
	VillageID   id.ID
	ActorID     id.ID
	ReversesID  id.NullID // the entry this one takes back
	Reason      string
	SourceHash  Hash // content hash of the fact behind it
	ContentHash Hash // over every column above and the lines
	Lines       []Line
}

// Line is one side of an entry.
type Line struct {
	Account      Account
	Points       points.Points // hundredths, never 0
	Seq          int64         // place on the account, from 1; 0 where no balance is kept
	BalanceAfter points.Points
	Hash         Hash // over the account's line before and this one
}

// balanced reports whether the lines add up to zero, none of them zero, and are
// at least two or none.
func balanced(lines []Line) bool {
	var sum points.Points
	for _, l := range lines {
		if l.Points == 0 {
			return false
		}
		sum += l.Points
	}
	return sum == 0 && len(lines) != 1
}
