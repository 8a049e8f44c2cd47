package report

import (
	"fmt"
	"io"
	"iter"
	"math/big"

	"hufen/internal/division"
	"hufen/internal/i18n"
	"hufen/internal/sheet"
)

// WriteCSV writes the report as CSV that Excel opens, in a language.
func (report *Reduction) WriteCSV(w io.Writer, tree *division.Tree, lang i18n.Lang) error {
	return sheet.WriteCSV(w, report.lines(tree, lang))
}

// WriteXLSX writes the report as a spreadsheet, in a language.
func (report *Reduction) WriteXLSX(w io.Writer, tree *division.Tree, lang i18n.Lang) error {
	return sheet.WriteXLSX(w, i18n.Sentence(lang, "report.sheet", nil), report.lines(tree, lang))
}

// exportColumns are the columns of an export and what stands in them.
var exportColumns = []struct {
	code string
	cell func(report *Reduction, row Row, lang i18n.Lang) any
}{
	{"reduction", func(_ *Reduction, r Row, _ i18n.Lang) any { return rateCell(r.Reduction) }},
	{"raw", func(_ *Reduction, r Row, _ i18n.Lang) any { return rateCell(r.Raw) }},
	{"reached", func(_ *Reduction, r Row, lang i18n.Lang) any { return reached(r, lang) }},
	{"diverted", func(_ *Reduction, r Row, _ i18n.Lang) any { return rateCell(r.Diverted) }},
	{"participation", func(_ *Reduction, r Row, _ i18n.Lang) any { return rateCell(r.Participation) }},
	{"coverage", func(_ *Reduction, r Row, _ i18n.Lang) any { return r.CoverageDays }},
	{"days", func(_ *Reduction, r Row, _ i18n.Lang) any { return r.Days }},
	{"disposal", func(_ *Reduction, r Row, _ i18n.Lang) any { return weightCell(r.DisposalGrams) }},
	{"food", func(_ *Reduction, r Row, _ i18n.Lang) any { return weightCell(r.FoodGrams) }},
	{"recyclable", func(_ *Reduction, r Row, _ i18n.Lang) any { return weightCell(r.RecyclableGrams) }},
	{"hazardous", func(_ *Reduction, r Row, _ i18n.Lang) any { return weightCell(r.HazardousGrams) }},
	{"person_days", func(_ *Reduction, r Row, _ i18n.Lang) any { return known(r.PersonDays, r.PersonDays) }},
	{"baseline", func(_ *Reduction, r Row, _ i18n.Lang) any { return known(r.BaselineGrams, weightCell(r.BaselineGrams)) }},
	{"baseline_person_days", func(_ *Reduction, r Row, _ i18n.Lang) any {
		return known(r.BaselinePersonDays, r.BaselinePersonDays)
	}},
	{"estimated", func(_ *Reduction, r Row, lang i18n.Lang) any { return yes(r.Estimated, lang) }},
	{"formula", func(_ *Reduction, r Row, lang i18n.Lang) any { return r.explain(lang) }},
}

// lines yields the note, the heading, the villages and the sums.
func (report *Reduction) lines(tree *division.Tree, lang i18n.Lang) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		heading := []any{i18n.Sentence(lang, "report.column.town", nil), i18n.Sentence(lang, "report.column.village", nil)}
		for _, column := range exportColumns {
			heading = append(heading, i18n.Sentence(lang, "report.column."+column.code, nil))
		}
		if !yield([]any{report.note(lang)}, nil) || !yield(heading, nil) {
			return
		}
		for _, row := range report.Rows {
			if !yield(report.line(townName(tree, row), row.Division.Name, row, lang), nil) {
				return
			}
		}
		for _, row := range report.sums() {
			if !yield(report.line(row.Division.Name, total(row, lang), row, lang), nil) {
				return
			}
		}
	}
}

func (report *Reduction) sums() []Row {
	if report.Total == nil {
		return nil
	}
	return append(report.Towns[:len(report.Towns):len(report.Towns)], *report.Total)
}

func (report *Reduction) line(town, name string, row Row, lang i18n.Lang) []any {
	line := []any{town, name}
	for _, column := range exportColumns {
		line = append(line, column.cell(report, row, lang))
	}
	return line
}

// note says what the figures are about.
func (report *Reduction) note(lang i18n.Lang) string {
	args := map[string]any{"from": report.From.String(), "to": report.To.String(), "version": report.FormulaVersion,
		"target": percent(report.TargetPermille)}
	if report.Against == SignedBaseline {
		return i18n.Sentence(lang, "report.note", args)
	}
	args["base_from"], args["base_to"] = report.BaseFrom.String(), report.BaseTo.String()
	return i18n.Sentence(lang, "report.note_tickets", args)
}

// percent writes permille as percent: 300 → 30, 305 → 30.5.
func percent(permille int64) string {
	if permille%10 == 0 {
		return fmt.Sprint(permille / 10)
	}
	return fmt.Sprintf("%d.%d", permille/10, permille%10)
}

func townName(tree *division.Tree, row Row) string { return townOf(tree, row).Name }

func total(row Row, lang i18n.Lang) string {
	return i18n.Sentence(lang, "report.total", map[string]any{"counted": row.VillagesCounted, "villages": row.Villages})
}

// rateCell is the rate in percent with one decimal, as a number, so that a
// spreadsheet can sort it; an empty cell where there is none.
func rateCell(r Rate) any {
	if r.State != OK {
		return nil
	}
	tenths, _ := new(big.Rat).SetFrac(tenthsOf(r.share), big.NewInt(10)).Float64()
	return tenths
}

// weightCell is a weight in kilograms.
func weightCell(grams int64) any {
	if grams%1000 == 0 {
		return grams / 1000
	}
	return float64(grams) / 1000
}

// known is the value, an empty cell where the number is zero.
func known(n int64, value any) any {
	if n == 0 {
		return nil
	}
	return value
}

func yes(is bool, lang i18n.Lang) string {
	if is {
		return i18n.Sentence(lang, "report.yes", nil)
	}
	return i18n.Sentence(lang, "report.no", nil)
}

// reached is empty where there is no rate.
func reached(row Row, lang i18n.Lang) any {
	if row.Reduction.State != OK {
		return nil
	}
	return yes(row.Reached, lang)
}

// explain writes the formula with its numbers, or why there is none.
func (t *Row) explain(lang i18n.Lang) string {
	if t.Reduction.State == OK {
		return i18n.Sentence(lang, t.Formula.Code, t.Formula.Args)
	}
	return i18n.Sentence(lang, t.Reduction.Reason.Code, t.Reduction.Reason.Args)
}
