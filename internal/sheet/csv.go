package sheet

import (
	"strings"

	"hufen/internal/fault"
)

// openCSV reads text whose cells are parted by commas, semicolons or tabs.
func openCSV(file []byte) (*File, error) {
	text, err := decodeText(file)
	if err != nil {
		return nil, err
	}
	text, separator := chooseSeparator(text)
	read := func(take func(Row) error) error { return readCSV(text, separator, take) }
	return &File{names: []string{""}, reads: []readFunc{read}}, nil
}

// chooseSeparator takes the one Excel wrote into a first line "sep=;", or the
// one that occurs most in the first lines; commas win a draw.
func chooseSeparator(text string) (rest string, separator byte) {
	first, after, _ := strings.Cut(text, "\n")
	if mark := strings.TrimSpace(first); len(mark) == 5 && strings.HasPrefix(strings.ToLower(mark), "sep=") {
		return after, mark[4]
	}
	sample := text[:min(len(text), 4<<10)]
	separator, most := byte(','), strings.Count(sample, ",")
	for _, other := range []byte{'\t', ';'} {
		if n := strings.Count(sample, string(other)); n > most {
			separator, most = other, n
		}
	}
	return text, separator
}

// readCSV follows RFC 4180 and what spreadsheets make of it: a quote opens a
// cell only at its beginning, lines end with CRLF, LF or CR, and an empty line
// is a row too.
func readCSV(text string, separator byte, take func(Row) error) error {
	for number := 1; text != ""; number++ {
		row := Row{Number: number}
		for more := true; more; {
			var cell string
			var ok bool
			if cell, text, ok = cutCell(text, separator); !ok {
				return fault.New(fault.Invalid, "sheet.open_quote", "row", number)
			}
			row.Cells = append(row.Cells, Cell{Text: asText(cell)})
			if len(row.Cells) > maxCSVCells {
				return fault.New(fault.Invalid, "sheet.too_many_columns", "row", number, "limit", MaxColumns)
			}
			text, more = afterCell(text, separator)
		}
		if err := take(row); err != nil {
			return err
		}
	}
	return nil
}

// asText takes off what programs put around a text so that a spreadsheet leaves
// it one: ="0012", '0012.
func asText(cell string) string {
	trimmed := strings.TrimSpace(cell)
	if inner, ok := strings.CutPrefix(trimmed, `="`); ok {
		if inner, ok = strings.CutSuffix(inner, `"`); ok && !strings.Contains(inner, `"`) {
			return inner
		}
	}
	return strings.TrimPrefix(cell, "'")
}

// maxCSVCells bounds a row before its empty end is cut off: people leave
// columns of empty cells behind.
const maxCSVCells = 1 << 14

// cutCell cuts one cell off; ok is false when a quote is never closed. What
// follows a closing quote belongs to the cell.
func cutCell(text string, separator byte) (cell, rest string, ok bool) {
	if !strings.HasPrefix(text, `"`) {
		cell, rest = upToEnd(text, separator)
		return cell, rest, true
	}
	cell, rest, ok = quoted(text[1:])
	tail, rest := upToEnd(rest, separator)
	return cell + tail, rest, ok
}

// upToEnd cuts text before the next separator or end of line.
func upToEnd(text string, separator byte) (before, rest string) {
	for i := range len(text) {
		if text[i] == separator || text[i] == '\r' || text[i] == '\n' {
			return text[:i], text[i:]
		}
	}
	return text, ""
}

// quoted reads up to the closing quote; two quotes are one.
func quoted(text string) (cell, rest string, ok bool) {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, `"`)
		if !found {
			return "", "", false
		}
		b.WriteString(before)
		if !strings.HasPrefix(after, `"`) {
			return b.String(), after, true
		}
		b.WriteByte('"')
		text = after[1:]
	}
}

// afterCell skips what ends a cell.
func afterCell(text string, separator byte) (rest string, more bool) {
	switch {
	case text == "":
		return "", false
	case text[0] == separator:
		return text[1:], true
	case strings.HasPrefix(text, "\r\n"):
		return text[2:], false
	}
	return text[1:], false
}
