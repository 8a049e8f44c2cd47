package trace

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hufen/internal/id"
	"hufen/internal/points"
)

// named makes the id of a short name.
func named(name string) (i id.ID) {
	copy(i[:], name)
	return i
}

func bookOf(moves ...move) *book { return newBook(named("account"), moves) }

func gain(name string, amount points.Points) move { return move{entryID: named(name), points: amount} }

func back(name, of string, amount points.Points) move {
	return move{entryID: named(name), reverses: id.Some(named(of)), points: amount}
}

func names(shares []share) map[string]points.Points {
	sums := map[string]points.Points{}
	for _, s := range shares {
		name := ""
		for _, letter := range s.entryID {
			if letter != 0 {
				name += string(rune(letter))
			}
		}
		sums[name] += s.amount
	}
	return sums
}

func TestBook(t *testing.T) {
	for name, test := range map[string]struct {
		book *book
		of   string
		want map[string]points.Points
	}{
		"the oldest is spent first": {bookOf(gain("a", 12), gain("b", 10), gain("soap", -15), gain("salt", -5)), "soap",
			map[string]points.Points{"a": 12, "b": 3}},
		"an award is spent on two": {bookOf(gain("a", 12), gain("b", 10), gain("soap", -15), gain("salt", -5)), "b",
			map[string]points.Points{"soap": 3, "salt": 5}},
		"a taken back award leaves itself": {bookOf(gain("a", 12), gain("b", 10), back("x", "b", -10), gain("soap", -12)), "soap",
			map[string]points.Points{"a": 12}},
		"a taken back spending never was": {bookOf(gain("a", 12), gain("b", 10), gain("soap", -12), back("x", "soap", 12), gain("salt", -13)), "salt",
			map[string]points.Points{"a": 12, "b": 1}},
		"what is left is on nothing": {bookOf(gain("a", 12), gain("b", 10), gain("soap", -12)), "b", map[string]points.Points{}},
	} {
		t.Run(name, func(t *testing.T) {
			i := test.book.at[named(test.of)]
			amount := test.book.moves[i].points
			got := test.book.spentOn(i, span{0, amount})
			if amount < 0 {
				got = test.book.cameFrom(i, span{0, -amount})
			}
			if diff := cmp.Diff(test.want, names(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Whatever moves, no point is spent twice, everything spent has an origin, and
// what is left is the balance.
func TestBook_Sums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var moves []move
		var balance points.Points
		taken := map[int]bool{}
		for range rapid.IntRange(1, 40).Draw(t, "moves") {
			amount := points.Points(rapid.IntRange(1, 50).Draw(t, "amount"))
			m := move{entryID: id.New(), points: amount}
			switch of := rapid.IntRange(-3, len(moves)-1).Draw(t, "of"); {
			case of >= 0 && !taken[of] && !moves[of].reverses.Valid:
				taken[of] = true
				m.reverses, m.points = id.Some(moves[of].entryID), max(-moves[of].points, -balance)
			case of == -1 || of == -2:
				m.points = max(-amount, -balance)
			}
			if m.points == 0 {
				continue
			}
			balance += m.points
			moves = append(moves, m)
		}
		b := newBook(id.New(), moves)
		var left points.Points
		for i, m := range moves {
			for _, s := range b.left[i] {
				left += s.to - s.from
			}
			var sum points.Points
			for _, s := range b.cameFrom(i, span{0, max(-m.points, 0)}) {
				sum += s.amount
			}
			if m.points < 0 && sum != -m.points {
				t.Fatalf("%s was spent, %s has an origin", -m.points, sum)
			}
			spent := points.Points(0)
			for _, s := range b.spentOn(i, span{0, max(m.points, 0)}) {
				spent += s.amount
			}
			if spent > max(m.points, 0) {
				t.Fatalf("%s of %s were spent", spent, m.points)
			}
		}
		if left != balance {
			t.Fatalf("%s is left of %s", left, balance)
		}
	})
}
