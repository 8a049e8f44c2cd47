package sheet

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Rows makes a sequence for the writers of rows that are already there.
func Rows(rows ...[]any) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

// WriteCSV writes rows as CSV that Excel opens with a double click: UTF-8 with a
// byte order mark, CRLF. A text that a spreadsheet would take for a formula gets
// an apostrophe before it; numbers (Go's number types, and an Amount) stay numbers,
// nil is an empty cell. It ends with the first error of rows.
func WriteCSV(w io.Writer, rows iter.Seq2[[]any, error]) error {
	out := bufio.NewWriter(w)
	out.WriteString("\ufeff")
	for row, err := range rows {
		if err != nil {
			return err
		}
		for i, value := range row {
			if i > 0 {
				out.WriteByte(',')
			}
			out.WriteString(csvCell(value))
		}
		if _, err := out.WriteString("\r\n"); err != nil {
			return err
		}
	}
	return out.Flush()
}

// Amount is a number of hundredths that says itself as people write it, such as
// points: -3.20.
type Amount interface {
	fmt.Stringer
	Hundredths() int64
}

func csvCell(value any) string {
	switch value := value.(type) {
	case Amount:
		return value.String()
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64) // 1234567.5 and not 1.2345675e+06
	}
	if isNumber(value) {
		return fmt.Sprint(value)
	}
	text := guarded(textOf(value))
	if strings.ContainsAny(text, ",;\"\r\n\t") {
		return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
	}
	return text
}

// isNumber reports whether a value is of one of Go's number types. Types that
// have a String method of their own, such as days, are text.
func isNumber(value any) bool {
	if _, ok := value.(fmt.Stringer); ok {
		return false
	}
	switch value.(type) {
	case int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, float32, float64:
		return true
	}
	return false
}

func textOf(value any) string {
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}

// guarded neutralises a text a spreadsheet would compute (OWASP, CSV injection).
func guarded(text string) string {
	if strings.IndexAny(text, "=+-@\t\r\n＝＋－＠") == 0 {
		return "'" + text
	}
	return text
}

// WriteXLSX writes rows as an .xlsx file with one sheet. Texts are stored as
// texts, so nothing in them is a formula; numbers are stored as numbers.
func WriteXLSX(w io.Writer, sheetName string, rows iter.Seq2[[]any, error]) error {
	f := excelize.NewFile()
	defer f.Close()
	if err := f.SetSheetName("Sheet1", sheetName); err != nil {
		return fmt.Errorf("write .xlsx: %w", err)
	}
	out, err := f.NewStreamWriter(sheetName)
	if err != nil {
		return fmt.Errorf("write .xlsx: %w", err)
	}
	number := 0
	for row, err := range rows {
		if err != nil {
			return err
		}
		number++
		if err := out.SetRow(fmt.Sprintf("A%d", number), cells(row)); err != nil {
			return fmt.Errorf("write .xlsx: %w", err)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write .xlsx: %w", err)
	}
	if err := f.Write(w); err != nil {
		return fmt.Errorf("write .xlsx: %w", err)
	}
	return nil
}

func cells(row []any) []any {
	out := make([]any, len(row))
	for i, value := range row {
		amount, ok := value.(Amount)
		switch {
		case value == nil:
		case ok && amount.Hundredths()%100 == 0:
			out[i] = amount.Hundredths() / 100
		case ok:
			out[i] = float64(amount.Hundredths()) / 100
		case isNumber(value):
			out[i] = value
		default:
			out[i] = textOf(value)
		}
	}
	return out
}

// Column is one column of a template.
type Column struct {
	Header  string
	Example string
	Rule    string // one sentence
	Width   float64
}

// WriteTemplate writes an .xlsx to be filled in: a sheet with the headers and an
// example row, every column set to text so that the program keeps codes, house
// numbers and phones as they are typed, and a sheet with the rules.
func WriteTemplate(w io.Writer, dataName, rulesName string, columns []Column) error {
	f := excelize.NewFile()
	defer f.Close()
	t := template{file: f}
	t.do(func() error { return f.SetSheetName("Sheet1", dataName) })
	t.do(func() error { _, err := f.NewSheet(rulesName); return err })
	head := t.style(&excelize.Style{Font: &excelize.Font{Bold: true}, NumFmt: textFormat})
	body := t.style(&excelize.Style{NumFmt: textFormat})
	wrap := t.style(&excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	for i, c := range columns {
		letter := columnName(i)
		t.do(func() error { return f.SetColStyle(dataName, letter, body) })
		t.do(func() error { return f.SetColWidth(dataName, letter, letter, max(c.Width, 10)) })
		t.text(dataName, fmt.Sprintf("%s1", letter), c.Header, head)
		t.text(dataName, fmt.Sprintf("%s2", letter), c.Example, body)
		t.text(rulesName, fmt.Sprintf("A%d", i+1), c.Header, head)
		t.text(rulesName, fmt.Sprintf("B%d", i+1), c.Rule, wrap)
	}
	t.do(func() error { return f.SetColWidth(rulesName, "A", "A", 16) })
	t.do(func() error { return f.SetColWidth(rulesName, "B", "B", 80) })
	t.do(func() error { return f.Write(w) })
	if t.err != nil {
		return fmt.Errorf("write template: %w", t.err)
	}
	return nil
}

// textFormat is the number format @.
const textFormat = 49

// template keeps the first error, so that its steps read in a row.
type template struct {
	file *excelize.File
	err  error
}

func (t *template) do(step func() error) {
	if t.err == nil {
		t.err = step()
	}
}

func (t *template) style(s *excelize.Style) (number int) {
	t.do(func() (err error) { number, err = t.file.NewStyle(s); return err })
	return number
}

func (t *template) text(sheet, cell, text string, style int) {
	t.do(func() error { return t.file.SetCellStr(sheet, cell, text) })
	t.do(func() error { return t.file.SetCellStyle(sheet, cell, cell, style) })
}
