package division

import (
	"cmp"
	"slices"

	"hufen/internal/id"
)

// Tree is the whole tree at one moment. It never changes, so it is read without
// a lock. Divisions that have ended are in it too: figures of past months need
// them.
//
// The zero id stands for the whole tree where a method takes what to look
// under, so that a right that holds everywhere needs no list.
type Tree struct {
	nodes map[id.ID]*node
	order []*node // parents before children, siblings by code and name
	codes map[string]*node
}

type node struct {
	Division
	parent *node
	below  []*node
	enter  int // position in Tree.order
	leave  int // position behind the last one below
}

// newTree builds the tree. A division whose parent is missing stands at the top.
func newTree(divisions []Division) *Tree {
	t := &Tree{nodes: make(map[id.ID]*node, len(divisions)), codes: make(map[string]*node, len(divisions))}
	nodes := make([]node, len(divisions))
	for i, d := range divisions {
		nodes[i].Division = d
		t.nodes[d.ID] = &nodes[i]
	}
	var tops []*node
	for i := range nodes {
		n := &nodes[i]
		t.addCode(n)
		if n.parent = t.nodes[n.ParentID]; n.parent == nil {
			tops = append(tops, n)
			continue
		}
		n.parent.below = append(n.parent.below, n)
	}
	t.order = make([]*node, 0, len(divisions))
	t.walk(tops)
	return t
}

// addCode lets a code lead to the division that had it last.
func (t *Tree) addCode(n *node) {
	if n.Code == "" {
		return
	}
	if other := t.codes[n.Code]; other == nil || other.ValidTo < n.ValidTo {
		t.codes[n.Code] = n
	}
}

func (t *Tree) walk(siblings []*node) {
	slices.SortFunc(siblings, func(a, b *node) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), compareNames(a.Name, b.Name), slices.Compare(a.ID[:], b.ID[:]))
	})
	for _, n := range siblings {
		n.enter = len(t.order)
		t.order = append(t.order, n)
		t.walk(n.below)
		n.leave = len(t.order)
	}
}

// Get returns a division.
func (t *Tree) Get(d id.ID) (Division, bool) {
	n := t.nodes[d]
	if n == nil {
		return Division{}, false
	}
	return n.Division, true
}

// Name returns a division's name, empty when there is no such division.
func (t *Tree) Name(d id.ID) string {
	division, _ := t.Get(d)
	return division.Name
}

// ByCode returns the division that has a code, or had it last. The code may be
// written with trailing zeros, as statistical lists do.
func (t *Tree) ByCode(code string) (Division, bool) {
	short, _, ok := ParseCode(code)
	n := t.codes[short]
	if !ok || n == nil {
		return Division{}, false
	}
	return n.Division, true
}

// Contains reports whether d lies inside ancestor. A division contains itself,
// and the zero id contains every division.
func (t *Tree) Contains(ancestor, d id.ID) bool {
	inner := t.nodes[d]
	if inner == nil {
		return false
	}
	if ancestor.IsZero() {
		return true
	}
	outer := t.nodes[ancestor]
	return outer != nil && outer.enter <= inner.enter && inner.enter < outer.leave
}

// At returns the ancestor of d, or d itself, that has the level.
func (t *Tree) At(d id.ID, level Level) (Division, bool) {
	for n := t.nodes[d]; n != nil; n = n.parent {
		if n.Level == level {
			return n.Division, true
		}
	}
	return Division{}, false
}

// Village returns the village of a group, or the village itself.
func (t *Tree) Village(d id.ID) (Division, bool) { return t.At(d, Village) }

// Path returns the divisions from the top down to d, d included.
func (t *Tree) Path(d id.ID) []Division {
	var path []Division
	for n := t.nodes[d]; n != nil; n = n.parent {
		path = append(path, n.Division)
	}
	slices.Reverse(path)
	return path
}

// Children returns the divisions directly below d, in order; below the zero id
// those at the top.
func (t *Tree) Children(d id.ID) []Division {
	var children []Division
	if d.IsZero() {
		for _, n := range t.order {
			if n.parent == nil {
				children = append(children, n.Division)
			}
		}
		return children
	}
	if n := t.nodes[d]; n != nil {
		for _, child := range n.below {
			children = append(children, child.Division)
		}
	}
	return children
}

// Below returns every division below d, parents before children, without d; below
// the zero id all of them.
func (t *Tree) Below(d id.ID) []Division {
	nodes := t.under(d)
	if !d.IsZero() && len(nodes) > 0 {
		nodes = nodes[1:]
	}
	return divisionsOf(nodes)
}

// Villages returns the villages inside any of the given divisions, each once and
// in the order of the tree. Without a division there are none.
func (t *Tree) Villages(under ...id.ID) []Division {
	return divisionsOf(slices.DeleteFunc(t.within(under), func(n *node) bool { return n.Level != Village }))
}

// Within returns the given divisions and all below them, each once and in the
// order of the tree.
func (t *Tree) Within(under ...id.ID) []Division { return divisionsOf(t.within(under)) }

func (t *Tree) within(under []id.ID) []*node {
	var nodes []*node
	for _, d := range under {
		nodes = append(nodes, t.under(d)...)
	}
	if len(under) > 1 {
		slices.SortFunc(nodes, func(a, b *node) int { return a.enter - b.enter })
		nodes = slices.Compact(nodes)
	}
	return slices.Clone(nodes)
}

// under returns d and all below it, as a part of t.order.
func (t *Tree) under(d id.ID) []*node {
	if d.IsZero() {
		return t.order
	}
	n := t.nodes[d]
	if n == nil {
		return nil
	}
	return t.order[n.enter:n.leave]
}

func divisionsOf(nodes []*node) []Division {
	divisions := make([]Division, len(nodes))
	for i, n := range nodes {
		divisions[i] = n.Division
	}
	return divisions
}

// IDs returns the ids of divisions, in their order.
func IDs(divisions []Division) []id.ID {
	ids := make([]id.ID, len(divisions))
	for i, d := range divisions {
		ids[i] = d.ID
	}
	return ids
}
