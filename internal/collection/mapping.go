package collection

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"hufen/internal/fault"
	"hufen/internal/sheet"
)

// Mapping says how a list that was not made for this service is read as
// tickets. Each text is a pattern: {heading} stands for the cell under that
// heading, {heading:3} for the same filled up with zeros to three characters,
// everything else for itself.
type Mapping struct {
	Period     string            `json:"period"`
	Town       string            `json:"town"`
	Village    string            `json:"village"`
	Category   string            `json:"category"`
	Categories map[string]string `json:"categories"` // theirs → ours; "*" for all others
	Gross      string            `json:"gross"`
	Tare       string            `json:"tare"`
	Net        string            `json:"net"`
	Unit       string            `json:"unit"` // kg (default) or t
	Vehicle    string            `json:"vehicle"`
	Ticket     string            `json:"ticket"`
	Station    string            `json:"station"`
}

// ParseMapping reads a mapping from JSON. An unknown field or unit, an unknown
// category or a missing pattern is an Invalid fault "mapping.invalid" that says
// which.
func ParseMapping(text []byte) (Mapping, error) {
	var m Mapping
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&m); err != nil {
		return m, invalidMapping(err.Error())
	}
	for name, pattern := range map[string]string{"period": m.Period, "village": m.Village, "category": m.Category} {
		if pattern == "" {
			return m, invalidMapping(name)
		}
	}
	if m.Net == "" && (m.Gross == "" || m.Tare == "") {
		return m, invalidMapping("net")
	}
	if m.unit() == 0 {
		return m, invalidMapping("unit: " + m.Unit)
	}
	for _, ours := range m.Categories {
		if !Category(ours).Valid() {
			return m, invalidMapping("categories: " + ours)
		}
	}
	return m, nil
}

func invalidMapping(what string) *fault.Fault {
	return fault.New(fault.Invalid, "mapping.invalid", "what", what)
}

func (m Mapping) unit() int64 {
	return map[string]int64{"": gramsPerKilogram, "kg": gramsPerKilogram, "t": gramsPerTonne}[m.Unit]
}

// Columns finds the columns the mapping speaks of by the first row of a sheet.
// It returns an Invalid fault "weigh_in.column_missing" for one that is not
// there.
func (m Mapping) Columns(heading sheet.Row) (*Columns, error) {
	names := make([]string, len(heading.Cells))
	for i, cell := range heading.Cells {
		names[i] = cell.Text
	}
	c := &Columns{categories: m.Categories}
	c.gross.unit, c.tare.unit, c.net.unit = m.unit(), m.unit(), m.unit()
	for _, field := range []struct {
		text string
		into *pattern
	}{
		{m.Period, &c.period}, {m.Town, &c.town}, {m.Village, &c.village}, {m.Category, &c.category}, {m.Vehicle, &c.vehicle},
		{m.Ticket, &c.ticket}, {m.Station, &c.station}, {m.Gross, &c.gross.pattern}, {m.Tare, &c.tare.pattern}, {m.Net, &c.net.pattern},
	} {
		compiled, err := compile(field.text, names)
		if err != nil {
			return nil, err
		}
		*field.into = compiled
	}
	return c, nil
}

// pattern makes one text out of the cells of a row. The empty pattern makes the
// empty text.
type pattern []part

// part is a literal text, or where that is empty a column.
type part struct {
	literal string
	column  int
	width   int // filled up with zeros to so many characters
}

func (p pattern) read(row sheet.Row) string {
	if len(p) == 1 && p[0].literal == "" && p[0].width == 0 {
		return row.Text(p[0].column)
	}
	var b strings.Builder
	for _, part := range p {
		text := part.literal
		if text == "" {
			text = row.Text(part.column)
		}
		if zeros := part.width - len(text); zeros > 0 {
			b.WriteString(strings.Repeat("0", zeros))
		}
		b.WriteString(text)
	}
	return b.String()
}

func compile(text string, names []string) (pattern, error) {
	var p pattern
	for text != "" {
		literal, rest, _ := strings.Cut(text, "{")
		if literal != "" {
			p = append(p, part{literal: literal})
		}
		if len(literal) == len(text) {
			break
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			return nil, invalidMapping(text)
		}
		name, width, _ := strings.Cut(name, ":")
		column := slices.Index(names, name)
		if column < 0 {
			return nil, fault.New(fault.Invalid, "weigh_in.column_missing", "heading", name)
		}
		n, err := strconv.ParseUint(width, 10, 6)
		if width != "" && err != nil {
			return nil, invalidMapping(text)
		}
		p = append(p, part{column: column, width: int(n)})
		text = after
	}
	return p, nil
}
