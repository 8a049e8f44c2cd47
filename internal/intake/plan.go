package intake

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/width"
	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/fault"
	"hufen/internal/sheet"
)

// plan is a file of one kind on its way in: first its rows are added, then they
// are compared or stored, a range at a time, always in the same order.
type plan interface {
	// heading takes a row for the heading, or says what it lacks.
	heading(row sheet.Row) error
	// lowerHeading takes the row below the heading for its second line, as in
	// 户主 over 姓名 and 电话, if that is what it is.
	lowerHeading(row sheet.Row) bool
	// add takes a row below the heading.
	add(row sheet.Row)
	// ready is called after the last row.
	ready(ctx context.Context) error
	// len returns how many rows there are.
	len() int
	// steps returns how many rows to compare and to store at once.
	steps() (compare, store int)
	// compare says what store would do.
	compare(ctx context.Context, tx *gorm.DB, from, to int) ([]Row, error)
	// store stores the good rows, in the caller's transaction. It may be called
	// again for the same rows when that is rolled back.
	store(ctx context.Context, tx *gorm.DB, from, to int) ([]Row, error)
}

// newPlan returns the plan of an import's kind, or the fault of its mapping.
func (s *Service) newPlan(ctx context.Context, row importRow, actor auth.Actor) (plan, error) {
	switch row.Kind {
	case Households:
		return s.newRosterPlan(ctx, row, actor)
	case Divisions:
		return s.newDivisionPlan(row, actor)
	case WeighIns:
		return s.newWeighInPlan(row, actor)
	}
	return nil, fault.New(fault.Invalid, "import.unknown_kind").At("/kind")
}

// fields are the columns a kind knows, by their names in a mapping.
type fields []field

type field struct {
	name     string
	headings []string // the usual ones, the best first; the first is the template's
	required bool
}

// columns says in which column a field stands.
type columns map[string]int

func (c columns) cell(row sheet.Row, name string) sheet.Cell {
	column, ok := c[name]
	if !ok {
		return sheet.Cell{}
	}
	return row.Cell(column)
}

// find looks for the fields in a heading, under the names the mapping gives
// them. It returns an Invalid fault "import.column_missing" that names all
// required ones it did not find.
func (f fields) find(heading sheet.Row, mapping map[string]string) (columns, error) {
	words := make([]string, len(heading.Cells))
	for i, cell := range heading.Cells {
		words[i] = headingWord(cell.Text)
	}
	found := columns{}
	var missing []string
	for _, field := range f {
		names := field.headings
		if mapped, ok := mapping[field.name]; ok {
			names = []string{mapped}
		}
		for _, name := range names {
			if at := slices.Index(words, headingWord(name)); at >= 0 {
				found[field.name] = at
				break
			}
		}
		if _, ok := found[field.name]; !ok && field.required {
			missing = append(missing, names[0])
		}
	}
	if len(missing) > 0 {
		return nil, fault.New(fault.Invalid, "import.column_missing", "columns", strings.Join(missing, "、"))
	}
	return found, nil
}

// below puts the second line of a heading under its first. ok is false for a row
// that is none: one without a word that stands over a column, or with a digit.
func (f fields) below(first, second sheet.Row) (both sheet.Row, ok bool) {
	both = sheet.Row{Number: second.Number, Cells: slices.Clone(first.Cells)}
	for i, cell := range second.Cells {
		if strings.ContainsFunc(cell.Text, unicode.IsDigit) {
			return both, false
		}
		if cell.Text == "" {
			continue
		}
		for len(both.Cells) <= i {
			both.Cells = append(both.Cells, sheet.Cell{})
		}
		both.Cells[i] = cell
		ok = ok || f.knows(headingWord(cell.Text))
	}
	return both, ok
}

func (f fields) knows(word string) bool {
	return slices.ContainsFunc(f, func(known field) bool {
		return slices.ContainsFunc(known.headings, func(heading string) bool { return headingWord(heading) == word })
	})
}

// remark is what stands in brackets of any kind.
var remark = regexp.MustCompile(`\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|〔[^〔〕]*〕`)

// headingWord is a heading without what people put around it: blanks, stars,
// remarks in brackets.
func headingWord(text string) string {
	text = strings.ToLower(width.Fold.String(text))
	text = strings.NewReplacer(" ", "", "*", "", ":", "", "_", "", ".", "").Replace(text)
	if without := remark.ReplaceAllString(text, ""); without != "" {
		text = without
	}
	if before, _, found := strings.Cut(text, "("); found && before != "" {
		text = before
	}
	return text
}

// parseMapping reads {"field": "heading"}. It returns an Invalid fault
// "import.bad_mapping" for other JSON and fields that do not exist.
func (f fields) parseMapping(text string) (map[string]string, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var mapping map[string]string
	if err := json.Unmarshal([]byte(text), &mapping); err != nil {
		return nil, badMapping("JSON")
	}
	for name := range mapping {
		if !slices.ContainsFunc(f, func(known field) bool { return known.name == name }) {
			return nil, badMapping(name)
		}
	}
	return mapping, nil
}

func badMapping(what string) error {
	return fault.New(fault.Invalid, "import.bad_mapping", "what", what).At("/map")
}
