package sheet

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"io"
	"regexp"
	"strconv"
	"strings"

	"hufen/internal/fault"
)

// readRows streams the rows of a sheet. A cell merged over several rows, as in
// "3组" written once beside all its households, counts for each of them.
func (b *book) readRows(name string, take func(Row) error) error {
	fill, err := b.merges(name)
	if err != nil {
		return err
	}
	r := rows{book: b, fill: fill, take: take}
	return b.tokens(name, r.token)
}

// rows is the state of reading a sheet: the row and the cell it is in.
type rows struct {
	book   *book
	fill   map[int][]merge
	take   func(Row) error
	row    Row
	column int
	kind   string // the cell's t attribute
	style  int
	part   string // v, t or "" where text is not the cell's
	hint   bool   // inside a phonetic hint
	text   strings.Builder
}

func (r *rows) token(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		return r.open(t)
	case xml.CharData:
		if r.part != "" {
			r.text.Write(t)
		}
	case xml.EndElement:
		return r.close(t.Name.Local)
	}
	return nil
}

func (r *rows) open(tag xml.StartElement) error {
	switch tag.Name.Local {
	case "row":
		return r.openRow(attr(tag, "r"))
	case "c":
		return r.openCell(tag)
	case "v", "t":
		if !r.hint {
			r.part = tag.Name.Local
		}
	case "rPh":
		r.hint = true
	}
	return nil
}

// openRow numbers the row; the number may be left out, and must grow.
func (r *rows) openRow(number string) error {
	n := r.row.Number + 1
	if number != "" {
		given, err := strconv.Atoi(number)
		if err != nil || given < n || given > 1<<20 {
			return fault.New(fault.Invalid, "sheet.truncated")
		}
		n = given
	}
	r.row = Row{Number: n, Cells: make([]Cell, 0, len(r.row.Cells))}
	r.column = -1
	return nil
}

func (r *rows) openCell(tag xml.StartElement) error {
	r.column++
	if ref := attr(tag, "r"); ref != "" {
		column, _, ok := parseRef(ref)
		if !ok || column < r.column {
			return fault.New(fault.Invalid, "sheet.truncated")
		}
		r.column = column
	}
	r.kind = attr(tag, "t")
	r.style, _ = strconv.Atoi(attr(tag, "s"))
	r.text.Reset()
	return nil
}

func (r *rows) close(name string) error {
	switch name {
	case "v", "t":
		r.part = ""
	case "rPh":
		r.hint = false
	case "c":
		return r.closeCell()
	case "row":
		r.fillDown()
		return r.take(r.row)
	}
	return nil
}

func (r *rows) closeCell() error {
	if r.text.Len() == 0 {
		return nil
	}
	if r.column >= maxXLSXColumns {
		return fault.New(fault.Invalid, "sheet.too_many_columns", "row", r.row.Number, "limit", MaxColumns)
	}
	cell, err := r.cell(r.text.String())
	if err != nil {
		return err
	}
	for len(r.row.Cells) <= r.column {
		r.row.Cells = append(r.row.Cells, Cell{})
	}
	r.row.Cells[r.column] = cell
	return nil
}

// maxXLSXColumns bounds a row before its empty end is cut off.
const maxXLSXColumns = 1 << 14

func (r *rows) cell(stored string) (Cell, error) {
	switch r.kind {
	case "s":
		n, err := strconv.Atoi(strings.TrimSpace(stored))
		if err != nil || n < 0 || n >= len(r.book.strings) {
			return Cell{}, fault.New(fault.Invalid, "sheet.truncated")
		}
		return Cell{Text: r.book.strings[n]}, nil
	case "str", "inlineStr":
		return Cell{Text: unescape(stored)}, nil
	case "e":
		return Cell{Text: stored, Kind: Fault}, nil
	case "b":
		return Cell{Text: map[string]string{"1": "TRUE"}[stored]}, nil
	case "d":
		return Cell{Text: strings.Replace(strings.TrimSuffix(stored, "T00:00:00"), "T", " ", 1), Kind: Date}, nil
	}
	if shown := r.format(); shown != asNumber {
		if text, ok := dateText(stored, r.book.from1904); ok {
			if month, first := strings.CutSuffix(text, "-01"); first && shown == asMonth {
				text = month
			}
			return Cell{Text: text, Kind: Date}, nil
		}
	}
	return Cell{Text: plainNumber(stored), Kind: Number}, nil
}

func (r *rows) format() format {
	if r.style < 0 || r.style >= len(r.book.formats) {
		return asNumber
	}
	return r.book.formats[r.style]
}

// escaped is how workbooks write a character that XML has no place for, such as
// the carriage return of a pasted text.
var escaped = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

func unescape(text string) string {
	if !strings.Contains(text, "_x") {
		return text
	}
	return escaped.ReplaceAllStringFunc(text, func(code string) string {
		r, _ := strconv.ParseUint(code[2:6], 16, 32)
		return string(rune(r))
	})
}

// merge is one column of cells shown as one, and what its first cell holds.
type merge struct {
	column, from, to int
	cell             *Cell
}

// maxMerges bounds the rows that merged cells cover.
const maxMerges = 500_000

// fillDown copies a merged cell's content into the rows below the first.
func (r *rows) fillDown() {
	for _, m := range r.fill[r.row.Number] {
		if r.row.Number == m.from {
			*m.cell = r.row.Cell(m.column)
			continue
		}
		for len(r.row.Cells) <= m.column {
			r.row.Cells = append(r.row.Cells, Cell{})
		}
		if r.row.Cells[m.column].Text == "" {
			r.row.Cells[m.column] = *m.cell
		}
	}
}

// merges returns the merged cells of one column and several rows, by row. They
// are listed after the rows, so this reads the part once more.
func (b *book) merges(name string) (map[int][]merge, error) {
	content, err := b.parts[name].Open()
	if err != nil {
		return nil, fault.New(fault.Invalid, "sheet.not_xlsx").Because(err)
	}
	defer content.Close()
	tags := bufio.NewReaderSize(&bounded{from: content, left: maxUnpacked}, 64<<10)
	byRow := map[int][]merge{}
	for left := maxMerges; left > 0; {
		tag, err := tags.ReadSlice('>')
		if err == io.EOF {
			return byRow, nil
		}
		if err != nil && err != bufio.ErrBufferFull {
			return nil, damaged(err)
		}
		if m, ok := parseMerge(tag); ok {
			for row := m.from; row <= m.to && left > 0; row, left = row+1, left-1 {
				byRow[row] = append(byRow[row], m)
			}
		}
	}
	return byRow, nil
}

// parseMerge reads <mergeCell ref="B2:B9"/>.
func parseMerge(tag []byte) (merge, bool) {
	at := bytes.LastIndexByte(tag, '<')
	if at < 0 || !bytes.Contains(tag[at:], []byte("mergeCell ")) {
		return merge{}, false
	}
	_, rest, _ := strings.Cut(string(tag[at:]), `ref="`)
	ref, _, _ := strings.Cut(rest, `"`)
	first, last, _ := strings.Cut(ref, ":")
	column, from, ok := parseRef(first)
	lastColumn, to, lastOK := parseRef(last)
	if !ok || !lastOK || column != lastColumn || to <= from || to > 1<<20 {
		return merge{}, false
	}
	return merge{column: column, from: from, to: to, cell: new(Cell)}, true
}

// parseRef reads a reference such as AB12 into its column from 0 and row.
func parseRef(ref string) (column, row int, ok bool) {
	i := 0
	for i < len(ref) && i < 3 && ref[i] >= 'A' && ref[i] <= 'Z' {
		column = column*26 + int(ref[i]-'A') + 1
		i++
	}
	row, err := strconv.Atoi(ref[i:])
	return column - 1, row, i > 0 && err == nil && row > 0
}
