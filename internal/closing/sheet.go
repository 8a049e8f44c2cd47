package closing

import (
	"io"
	"iter"

	"hufen/internal/division"
	"hufen/internal/i18n"
	"hufen/internal/sheet"
)

// WriteCSV writes the report as CSV that Excel opens, in a language.
func (l *Liability) WriteCSV(w io.Writer, tree *division.Tree, lang i18n.Lang) error {
	return sheet.WriteCSV(w, l.lines(tree, lang))
}

// WriteXLSX writes the report as a spreadsheet, in a language.
func (l *Liability) WriteXLSX(w io.Writer, tree *division.Tree, lang i18n.Lang) error {
	return sheet.WriteXLSX(w, i18n.Sentence(lang, "liability.sheet", nil), l.lines(tree, lang))
}

var liabilityColumns = []string{"town", "village", "points", "value", "yuan", "clawback", "owed", "owed_yuan"}

// lines yields a note, the heading, the villages and the sums.
func (l *Liability) lines(tree *division.Tree, lang i18n.Lang) iter.Seq2[[]any, error] {
	say := func(code string, args map[string]any) string { return i18n.Sentence(lang, code, args) }
	return func(yield func([]any, error) bool) {
		heading := make([]any, len(liabilityColumns))
		for i, column := range liabilityColumns {
			heading[i] = say("liability.column."+column, nil)
		}
		if !yield([]any{say("liability.note", map[string]any{"day": l.Day.String()})}, nil) || !yield(heading, nil) {
			return
		}
		for _, row := range l.Rows {
			town, _ := tree.At(row.Division.ID, division.Town)
			if !yield(row.line(town.Name, row.Division.Name), nil) {
				return
			}
		}
		sums := l.Towns
		if l.Total != nil {
			sums = append(sums[:len(sums):len(sums)], *l.Total)
		}
		for _, sum := range sums {
			if !yield(sum.line(sum.Division.Name, say("liability.total", nil)), nil) {
				return
			}
		}
	}
}

func (r *LiabilityRow) line(town, village string) []any {
	var value any
	if r.ValueFen != 0 {
		value = hundredths(r.ValueFen)
	}
	return []any{town, village, hundredths(int64(r.Points)), value, hundredths(r.Fen), hundredths(int64(r.Clawback)),
		hundredths(int64(r.Owed)), hundredths(r.OwedFen)}
}

// hundredths is a number of points or yuan, as a spreadsheet can add it up.
func hundredths(n int64) any {
	if n%100 == 0 {
		return n / 100
	}
	return float64(n) / 100
}
