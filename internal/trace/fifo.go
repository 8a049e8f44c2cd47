package trace

import (
	"slices"

	"hufen/internal/id"
	"hufen/internal/points"
)

// move is a line of a household account, oldest first in its book.
type move struct {
	entryID  id.ID
	reverses id.NullID // the entry it takes back
	points   points.Points
}

// use says that so many points of one move were spent by another. Both amounts
// are counted from a place on: point 0 is the first of a move.
type use struct {
	in, out     int // the two moves
	inAt, outAt points.Points
	amount      points.Points
	back        bool // given back later: it no longer counts
}

// book is a household account read first in, first out: of what is there the
// oldest is spent first. What takes an award back takes from that award as long
// as it is there; what takes a spending back puts the points where they came from.
type book struct {
	account id.ID
	moves   []move
	uses    []use
	at      map[id.ID]int // move by entry
	left    [][]span      // of each move that gave points: what is not spent
}

// span is a piece of a move, from a place on up to another.
type span struct{ from, to points.Points }

// newBook reads an account's moves.
func newBook(account id.ID, moves []move) *book {
	b := &book{account: account, moves: moves, at: make(map[id.ID]int, len(moves)), left: make([][]span, len(moves))}
	for i, m := range moves {
		b.at[m.entryID] = i
		if m.points > 0 {
			b.give(i)
		} else {
			b.take(i)
		}
	}
	return b
}

// give puts points on the account: back where a spending took them, or as new
// ones.
func (b *book) give(i int) {
	given := points.Points(0)
	if spent, ok := b.reversed(i); ok && b.moves[spent].points < 0 {
		for k := range b.uses {
			u := &b.uses[k]
			if u.out != spent || u.back || given+u.amount > b.moves[i].points {
				continue
			}
			u.back = true
			given += u.amount
			b.put(u.in, span{u.inAt, u.inAt + u.amount})
		}
	}
	if given < b.moves[i].points {
		b.left[i] = []span{{given, b.moves[i].points}}
	}
}

func (b *book) reversed(i int) (int, bool) {
	if !b.moves[i].reverses.Valid {
		return 0, false
	}
	at, ok := b.at[b.moves[i].reverses.ID]
	return at, ok
}

// put gives a piece back to a move.
func (b *book) put(i int, s span) {
	b.left[i] = append(b.left[i], s)
	slices.SortFunc(b.left[i], func(x, y span) int { return int(x.from - y.from) })
}

// take spends points: of the award that is taken back first, then the oldest.
func (b *book) take(i int) {
	need := -b.moves[i].points
	if award, ok := b.reversed(i); ok {
		need = b.spend(award, i, need)
	}
	for in := 0; in < i && need > 0; in++ {
		need = b.spend(in, i, need)
	}
}

// spend takes what is needed from one move and returns what is still missing.
func (b *book) spend(in, out int, need points.Points) points.Points {
	for need > 0 && len(b.left[in]) > 0 {
		s := &b.left[in][0]
		n := min(need, s.to-s.from)
		b.uses = append(b.uses, use{in: in, out: out, inAt: s.from, outAt: -b.moves[out].points - need, amount: n})
		need -= n
		if s.from += n; s.from == s.to {
			b.left[in] = b.left[in][1:]
		}
	}
	return need
}

// share is a part of a move: points of it from a place on.
type share struct {
	entryID id.ID
	at      points.Points
	amount  points.Points
}

// spentOn returns what the part s of a move that gave points was spent on.
func (b *book) spentOn(i int, s span) []share {
	var shares []share
	for _, u := range b.uses {
		if u.in != i || u.back {
			continue
		}
		if from, to := max(s.from, u.inAt), min(s.to, u.inAt+u.amount); from < to {
			shares = append(shares, share{b.moves[u.out].entryID, u.outAt + from - u.inAt, to - from})
		}
	}
	return shares
}

// cameFrom returns where the part s of a spending came from.
func (b *book) cameFrom(i int, s span) []share {
	var shares []share
	for _, u := range b.uses {
		if u.out != i {
			continue
		}
		if from, to := max(s.from, u.outAt), min(s.to, u.outAt+u.amount); from < to {
			shares = append(shares, share{b.moves[u.in].entryID, u.inAt + from - u.outAt, to - from})
		}
	}
	return shares
}
