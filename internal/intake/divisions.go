package intake

import (
	"context"
	"strings"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/sheet"
)

// divisionFields are the columns of a list of divisions.
var divisionFields = fields{
	{name: "code", headings: []string{"编码", "代码", "区划代码", "行政区划代码", "统计用区划代码", "统计用区划码", "区划编码", "行政区划编码", "code"}, required: true},
	{name: "name", headings: []string{"名称", "区划名称", "行政区划名称", "行政区划", "单位名称", "name"}, required: true},
	{name: "level", headings: []string{"级别", "层级", "level"}},
	{name: "parent_code", headings: []string{"上级编码", "上级代码", "父级编码", "parent code"}},
	{name: "valid_from", headings: []string{"起始日期", "生效日期", "valid from"}},
	{name: "valid_to", headings: []string{"截止日期", "失效日期", "valid to"}},
}

// divisionPlan is a list of divisions on its way in. A row may need any other,
// so all are taken at once.
type divisionPlan struct {
	service *Service
	actor   auth.Actor
	mapping map[string]string
	columns columns
	headed  sheet.Row // the heading
	numbers []int
	rows    []division.CodeRow
	faults  map[int]*fault.Fault // of rows that could not be read, by their place
}

func (s *Service) newDivisionPlan(row importRow, actor auth.Actor) (*divisionPlan, error) {
	mapping, err := divisionFields.parseMapping(row.Mapping)
	if err != nil {
		return nil, err
	}
	return &divisionPlan{service: s, actor: actor, mapping: mapping, faults: map[int]*fault.Fault{}}, nil
}

func (p *divisionPlan) heading(row sheet.Row) error {
	found, err := divisionFields.find(row, p.mapping)
	if err == nil {
		p.columns, p.headed = found, row
	}
	return err
}

func (p *divisionPlan) lowerHeading(row sheet.Row) bool {
	both, ok := divisionFields.below(p.headed, row)
	return ok && p.heading(both) == nil
}

func (p *divisionPlan) len() int { return len(p.rows) }

func (p *divisionPlan) steps() (compare, store int) { return len(p.rows), len(p.rows) }

func (p *divisionPlan) ready(context.Context) error { return nil }

func (p *divisionPlan) add(row sheet.Row) {
	cell := func(name string) sheet.Cell { return p.columns.cell(row, name) }
	read, f := readDivision(cell)
	if f != nil {
		p.faults[len(p.rows)] = f
	}
	p.numbers = append(p.numbers, row.Number)
	p.rows = append(p.rows, read)
}

func readDivision(cell func(name string) sheet.Cell) (row division.CodeRow, f *fault.Fault) {
	row.Name = cell("name").Text
	if row.Code, f = readCode(cell("code").Text); f != nil {
		return row, f
	}
	if row.ParentCode, f = readCode(cell("parent_code").Text); f != nil {
		return row, f
	}
	if level := cell("level").Text; level != "" {
		var ok bool
		if row.Level, ok = division.ParseLevel(level); !ok {
			return row, fault.New(fault.Invalid, "import.unknown_level", "text", level)
		}
	}
	if row.ValidFrom, f = readDay(cell("valid_from")); f != nil {
		return row, f
	}
	row.ValidTo, f = readDay(cell("valid_to"))
	return row, f
}

// readCode reads a code that may have been through a spreadsheet. What is no
// number stays as it is, for division to refuse.
func readCode(text string) (string, *fault.Fault) {
	digits, ok, lost := codeDigits(text)
	if lost {
		return "", fault.New(fault.Invalid, "roster.code_lost", "text", text)
	}
	if !ok {
		return text, nil
	}
	return digits, nil
}

// codeDigits reads the digits of a code, which people part by blanks.
func codeDigits(text string) (digits string, ok, lost bool) {
	return sheet.Digits(strings.Join(strings.Fields(text), ""))
}

func readDay(cell sheet.Cell) (calendar.Day, *fault.Fault) {
	if cell.Text == "" {
		return 0, nil
	}
	day, ok := cell.Day()
	if !ok {
		return 0, fault.New(fault.Invalid, "import.bad_day", "text", cell.Text)
	}
	return day, nil
}

func (p *divisionPlan) compare(ctx context.Context, _ *gorm.DB, from, to int) ([]Row, error) {
	return p.each(from, to, func(rows []division.CodeRow) ([]division.RowResult, error) {
		return p.service.Divisions.CheckRows(ctx, p.actor, rows)
	})
}

func (p *divisionPlan) store(ctx context.Context, tx *gorm.DB, from, to int) ([]Row, error) {
	return p.each(from, to, func(rows []division.CodeRow) ([]division.RowResult, error) {
		return p.service.Divisions.ApplyRows(ctx, tx, p.actor, rows)
	})
}

// each has the readable rows decided and says what becomes of all.
func (p *divisionPlan) each(from, to int, decide func([]division.CodeRow) ([]division.RowResult, error)) ([]Row, error) {
	var readable []division.CodeRow
	for i := from; i < to; i++ {
		if p.faults[i] == nil {
			readable = append(readable, p.rows[i])
		}
	}
	results, err := decide(readable)
	if err != nil {
		return nil, err
	}
	var rows []Row
	for i := from; i < to; i++ {
		row := Row{Number: p.numbers[i], Verdict: Wrong, Fault: p.faults[i], Preview: strings.TrimSpace(p.rows[i].Code + " " + p.rows[i].Name)}
		if row.Fault == nil {
			row.Verdict, row.Fault = Verdict(results[0].Verdict), results[0].Fault
			results = results[1:]
		}
		rows = append(rows, row)
	}
	return rows, nil
}
