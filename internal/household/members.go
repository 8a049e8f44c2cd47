package household

import (
	"bytes"
	"cmp"
	"slices"

	"hufen/internal/calendar"
	"hufen/internal/id"
)

// MemberCount is how many people a household has from a day on; 0 means that it
// is gone.
type MemberCount struct {
	From  calendar.Day
	Count int
}

// withCount returns the counts, oldest first, with another one from a day on.
// Later counts stay.
func withCount(counts []MemberCount, from calendar.Day, count int) []MemberCount {
	counts = slices.Clone(counts)
	at, found := slices.BinarySearchFunc(counts, from, func(m MemberCount, day calendar.Day) int { return cmp.Compare(m.From, day) })
	if found {
		counts[at].Count = count
		return counts
	}
	return slices.Insert(counts, at, MemberCount{From: from, Count: count})
}

// endedAt returns the counts with nobody from a day on.
func endedAt(counts []MemberCount, day calendar.Day) []MemberCount {
	counts = slices.Clone(counts)
	kept := slices.DeleteFunc(counts, func(m MemberCount) bool { return m.From >= day })
	return append(kept, MemberCount{From: day})
}

// countOn returns the people on a day.
func countOn(counts []MemberCount, day calendar.Day) int {
	n := 0
	for _, m := range counts {
		if m.From <= day {
			n = m.Count
		}
	}
	return n
}

// population is the change of a village against the day before, by village and
// day. The sum of a village's changes up to a day is its population on it.
type population map[populationKey]populationChange

type populationKey struct {
	village id.ID
	day     calendar.Day
}

type populationChange struct{ persons, households int64 }

// move takes one household's counts from what they were to what they are.
func (p population) move(village id.ID, before, after []MemberCount) {
	p.add(village, before, -1)
	p.add(village, after, +1)
}

func (p population) add(village id.ID, counts []MemberCount, sign int64) {
	last := 0
	for _, m := range counts {
		key := populationKey{village, m.From}
		change := p[key]
		change.persons += sign * int64(m.Count-last)
		change.households += sign * int64(one(m.Count)-one(last))
		p[key] = change
		last = m.Count
	}
}

// one is 1 for a household with people and 0 for one without.
func one(count int) int { return min(count, 1) }

// rows returns the changes that change something, in the order of their keys.
func (p population) rows() [][]any {
	keys := make([]populationKey, 0, len(p))
	for key, change := range p {
		if change != (populationChange{}) {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b populationKey) int {
		return cmp.Or(bytes.Compare(a.village[:], b.village[:]), cmp.Compare(a.day, b.day))
	})
	rows := make([][]any, len(keys))
	for i, key := range keys {
		rows[i] = []any{key.village, key.day, p[key].persons, p[key].households}
	}
	return rows
}
