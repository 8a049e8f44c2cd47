package division_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// author is a division.Author: a manager of the division within, or of
// everything where that is zero.
type author struct {
	id     id.ID
	within id.ID
	reads  bool // may look, not change
	noted  *[]division.Change
}

func newAuthor() author { return author{id: id.New(), noted: new([]division.Change)} }

func (a author) AuthorID() id.ID { return a.id }

func (a author) Sees(tree *division.Tree, d id.ID) bool { return tree.Contains(a.within, d) }

func (a author) Manages(tree *division.Tree, d id.ID) bool {
	if d.IsZero() {
		return a.within.IsZero() && !a.reads
	}
	return a.Sees(tree, d) && !a.reads
}

func (a author) Note(_ context.Context, _ *gorm.DB, change division.Change) error {
	*a.noted = append(*a.noted, change)
	return nil
}

// town is a district with two towns; the first has two villages, the first of
// which has groups.
type town struct {
	s                                             *division.Service
	admin                                         author
	district, near, far, village, other, one, two id.ID
}

func newTown(t *testing.T, db *database.DB) town {
	t.Helper()
	w := town{s: division.New(db, calendar.Shanghai), admin: newAuthor()}
	w.district = w.create(t, id.ID{}, division.District, "511702", "通川区")
	w.near = w.create(t, w.district, division.Town, "511702100", "罗江镇")
	w.far = w.create(t, w.district, division.Town, "511702101", "蒲家镇")
	w.village = w.create(t, w.near, division.Village, "511702100200", "青竹湾村")
	w.other = w.create(t, w.near, division.Village, "511702100201", "石桥村")
	w.two = w.create(t, w.village, division.Group, "", "二组")
	w.one = w.create(t, w.village, division.Group, "", "一组")
	return w
}

func (w town) create(t *testing.T, parent id.ID, level division.Level, code, name string) id.ID {
	t.Helper()
	d, replayed, err := w.s.Create(t.Context(), w.admin, division.NewDivision{ID: id.New(), ParentID: parent, Level: level, Code: code, Name: name})
	if err != nil || replayed {
		t.Fatalf("create %s: %v", name, err)
	}
	return d.ID
}

func (w town) tree(t *testing.T) *division.Tree {
	t.Helper()
	tree, err := w.s.Tree(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func names(divisions []division.Division) []string {
	list := make([]string, len(divisions))
	for i, d := range divisions {
		list[i] = d.Name
	}
	return list
}

func check(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func checkFault(t *testing.T, err error, code string) {
	t.Helper()
	if f, ok := fault.As(err); !ok || f.Code != code {
		t.Errorf("got %v, want %s", err, code)
	}
}
