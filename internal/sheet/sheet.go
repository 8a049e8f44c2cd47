// Package sheet reads the files people keep their lists in, .xlsx and CSV as
// Excel and WPS write them, into rows of text, and writes both. It knows no
// column: what a row means is its caller's business.
//
// It has a reader of its own for .xlsx: one that streams, bounds every part it
// unpacks and keeps the stored digits of a number apart from how a cell shows
// them. A library's reader gives either the digits or the date, never both.
package sheet

import (
	"bytes"
	"iter"
	"strings"
	"unicode"

	"hufen/internal/fault"
)

// Limits of a file that is read.
const (
	MaxBytes      = 15 << 20
	MaxRows       = 200_000 // rows with content
	MaxColumns    = 60
	MaxCellLength = 500 // characters
)

// Row is a row with at least one cell that is not empty.
type Row struct {
	Number int    // as the spreadsheet numbers it, from 1
	Cells  []Cell // from column A on; cells after the last filled one are left out
}

// Text returns the text of the cell in a column counted from 0, "" beyond the
// last.
func (r Row) Text(column int) string { return r.Cell(column).Text }

// Cell returns the cell in a column counted from 0, an empty one beyond the
// last.
func (r Row) Cell(column int) Cell {
	if column < 0 || column >= len(r.Cells) {
		return Cell{}
	}
	return r.Cells[column]
}

// Cell is the content of one cell as text, without blanks around it. A number
// has all the digits that are stored, without exponent and without zeros after
// the point; a date is 2026-07-01, or 2026-07-01 08:30:00. A formula is the
// value it had when the file was saved; nothing is ever computed.
type Cell struct {
	Text string
	Kind Kind
}

// Kind says what the spreadsheet took a cell for. In CSV everything is Text.
type Kind uint8

// The kinds.
const (
	Text   Kind = iota
	Number      // a number
	Date        // a number shown as a date or time
	Fault       // an error value such as #REF!
)

// File is an opened file: its sheets, of which CSV has one.
type File struct {
	names []string
	reads []readFunc
}

// Open looks into a file and reads no row yet. Its faults are of kind Invalid but
// the first: TooLarge "sheet.too_large"; "sheet.empty", "sheet.old_xls",
// "sheet.disguised", "sheet.not_xlsx", "sheet.truncated", "sheet.bomb",
// "sheet.not_text", "sheet.mixed_encoding". The first bytes decide what it is,
// never its name.
func Open(file []byte) (*File, error) {
	switch {
	case len(file) > MaxBytes:
		return nil, fault.New(fault.TooLarge, "sheet.too_large", "limit_mb", MaxBytes>>20)
	case len(bytes.TrimSpace(file)) == 0:
		return nil, fault.New(fault.Invalid, "sheet.empty")
	case bytes.HasPrefix(file, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		return nil, fault.New(fault.Invalid, "sheet.old_xls")
	case bytes.HasPrefix(file, []byte("PK\x03\x04")), bytes.HasPrefix(file, []byte("PK\x05\x06")):
		return openXLSX(file)
	case isDisguised(file):
		return nil, fault.New(fault.Invalid, "sheet.disguised")
	}
	return openCSV(file)
}

// Names returns the names of the sheets that are not hidden, as their tabs stand.
func (f *File) Names() []string { return f.names }

// Rows yields the rows of a sheet, counted from 0, in order. It ends with an
// Invalid fault: those of Open, where a part is damaged, "sheet.open_quote",
// "sheet.too_many_rows", "sheet.too_many_columns", "sheet.cell_too_long".
func (f *File) Rows(sheet int) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		counter := counter{yield: yield}
		if err := f.reads[sheet](counter.take); err != nil && !counter.stopped {
			yield(Row{}, err)
		}
	}
}

// Read yields the rows of the first sheet of an .xlsx or CSV file. It ends with a
// fault of Open or Rows.
func Read(file []byte) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		opened, err := Open(file)
		if err != nil {
			yield(Row{}, err)
			return
		}
		opened.Rows(0)(yield)
	}
}

// errStop ends a reader whose caller has seen enough.
var errStop = fault.New(fault.Invalid, "sheet.stopped")

type readFunc func(take func(Row) error) error

// isDisguised knows web pages, which many systems hand out as ".xls", and PDF.
func isDisguised(file []byte) bool {
	start := bytes.ToLower(bytes.TrimSpace(bytes.TrimPrefix(file[:min(len(file), 512)], []byte("\xef\xbb\xbf"))))
	return bytes.HasPrefix(start, []byte("%pdf-")) || bytes.HasPrefix(start, []byte("<!doctype")) ||
		bytes.HasPrefix(start, []byte("<html")) || bytes.HasPrefix(start, []byte("<?xml")) || bytes.HasPrefix(start, []byte("<table"))
}

// counter enforces the limits that hold for every kind of file, and hands rows
// with content on.
type counter struct {
	yield   func(Row, error) bool
	rows    int
	stopped bool
}

func (c *counter) take(row Row) error {
	for i := range row.Cells {
		row.Cells[i].Text = clean(row.Cells[i].Text)
	}
	for len(row.Cells) > 0 && row.Cells[len(row.Cells)-1].Text == "" {
		row.Cells = row.Cells[:len(row.Cells)-1]
	}
	if len(row.Cells) == 0 {
		return nil
	}
	if c.rows++; c.rows > MaxRows {
		return fault.New(fault.Invalid, "sheet.too_many_rows", "limit", MaxRows)
	}
	if len(row.Cells) > MaxColumns {
		return fault.New(fault.Invalid, "sheet.too_many_columns", "row", row.Number, "limit", MaxColumns)
	}
	for i, cell := range row.Cells {
		if len(cell.Text) > MaxCellLength && len([]rune(cell.Text)) > MaxCellLength {
			return fault.New(fault.Invalid, "sheet.cell_too_long", "row", row.Number, "column", columnName(i), "limit", MaxCellLength)
		}
	}
	if !c.yield(row, nil) {
		c.stopped = true
		return errStop
	}
	return nil
}

// clean drops what nobody sees: blanks around the text, control characters,
// byte order marks and zero-width spaces. Line breaks become a blank.
func clean(text string) string {
	if isPlain(text) {
		return text
	}
	text = strings.ToValidUTF8(text, "\ufffd")
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\u00a0' || r == '\u3000':
			return ' '
		case r < ' ' || r == 0x7f || r == '\ufeff' || r == '\u200b':
			return -1
		}
		return r
	}, text)
	return strings.TrimFunc(text, unicode.IsSpace)
}

// isPlain reports whether text is printable ASCII with no blank at its ends,
// which most cells are.
func isPlain(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] >= 0x7f {
			return false
		}
	}
	return text == "" || text[0] != ' ' && text[len(text)-1] != ' '
}

// columnName returns the letters of a column counted from 0: A, Z, AA.
func columnName(column int) string {
	name := ""
	for column++; column > 0; column = (column - 1) / 26 {
		name = string(rune('A'+(column-1)%26)) + name
	}
	return name
}
