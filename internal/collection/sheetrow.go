package collection

import (
	"strings"

	"hufen/internal/fault"
	"hufen/internal/sheet"
)

// WeighInRow is a line of a sheet of tickets, still as text, by what its columns
// mean.
type WeighInRow struct {
	Line     int    // as the spreadsheet numbers it
	Period   string // 日期: a day, a month or a year
	Town     string // 乡镇, to tell villages of one name apart
	Village  string // 村: name or code
	Category string // 类别
	Gross    Quantity
	Tare     Quantity
	Net      Quantity
	Vehicle  string // 车牌
	Ticket   string // 票号
	Station  string // 转运站
}

// Quantity is a weight as text; a number without a unit is in Unit grams.
type Quantity struct {
	Text string
	Unit int64
}

// headings are the words over a column, without units and blanks.
var headings = map[string][]string{
	"period":   {"日期", "过磅日期", "称重日期", "时间", "过磅时间", "期间", "月份", "年份", "date", "day", "period"},
	"town":     {"乡镇", "镇", "街道", "乡镇(街道)", "town"},
	"village":  {"村", "行政村", "村名", "村庄", "村(社区)", "村代码", "区划代码", "来源", "village"},
	"category": {"类别", "垃圾类别", "品类", "种类", "垃圾种类", "category"},
	"gross":    {"毛重", "总重", "gross"},
	"tare":     {"皮重", "车重", "tare"},
	"net":      {"净重", "重量", "net"},
	"vehicle":  {"车牌", "车牌号", "车号", "vehicle"},
	"ticket":   {"票号", "磅单号", "过磅单号", "单号", "编号", "ticket"},
	"station":  {"转运站", "过磅站", "站点", "磅站", "station"},
}

// TemplateHeading is the first row of an empty sheet to fill in.
var TemplateHeading = []string{"日期", "乡镇", "村", "类别", "毛重(kg)", "皮重(kg)", "净重(kg)", "车牌", "票号", "转运站"}

var headingFields = func() map[string]string {
	fields := map[string]string{}
	for field, words := range headings {
		for _, word := range words {
			fields[word] = field
		}
	}
	return fields
}()

// Columns knows in which column of a sheet what is found.
type Columns struct {
	period, town, village, category, vehicle, ticket, station pattern
	gross, tare, net                                          weightColumn
	categories                                                map[string]string // foreign names; nil: none
}

type weightColumn struct {
	pattern pattern
	unit    int64
}

func (c weightColumn) read(row sheet.Row) Quantity { return Quantity{c.pattern.read(row), c.unit} }

// ReadHeading finds the columns of a sheet by its first row. It returns an
// Invalid fault "weigh_in.column_missing" that names one without which there is
// no ticket, or "weigh_in.column_twice".
func ReadHeading(heading sheet.Row) (*Columns, error) {
	found := map[string]int{}
	units := map[string]int64{}
	for i, cell := range heading.Cells {
		word, unit := cutUnit(cell.Text)
		field, known := headingFields[word]
		if _, twice := found[field]; twice {
			return nil, fault.New(fault.Invalid, "weigh_in.column_twice", "heading", cell.Text)
		}
		if known {
			found[field], units[field] = i, unit
		}
	}
	for _, field := range []string{"period", "village", "category"} {
		if _, ok := found[field]; !ok {
			return nil, fault.New(fault.Invalid, "weigh_in.column_missing", "heading", headings[field][0])
		}
	}
	_, net := found["net"]
	_, gross := found["gross"]
	_, tare := found["tare"]
	if !net && !(gross && tare) {
		return nil, fault.New(fault.Invalid, "weigh_in.column_missing", "heading", headings["net"][0])
	}
	column := func(field string) pattern {
		if i, ok := found[field]; ok {
			return pattern{{column: i}}
		}
		return nil
	}
	weight := func(field string) weightColumn { return weightColumn{column(field), units[field]} }
	return &Columns{
		period: column("period"), town: column("town"), village: column("village"), category: column("category"),
		vehicle: column("vehicle"), ticket: column("ticket"), station: column("station"),
		gross: weight("gross"), tare: weight("tare"), net: weight("net"),
	}, nil
}

// cutUnit takes the unit out of a heading: 净重(吨) is 净重 in tonnes. Without
// one weights are in kilograms.
func cutUnit(heading string) (word string, unit int64) {
	word = strings.NewReplacer(" ", "", "\uff08", "(", "\uff09", ")", "*", "").Replace(strings.ToLower(heading))
	if _, known := headingFields[word]; known {
		return word, gramsPerKilogram
	}
	word, text, found := strings.Cut(word, "(")
	if !found {
		word, text, _ = strings.Cut(word, "/")
	}
	switch strings.Trim(text, ")") {
	case "吨", "t":
		return word, gramsPerTonne
	case "斤", "市斤":
		return word, gramsPerKilogram / 2
	case "克", "g":
		return word, 1
	}
	return word, gramsPerKilogram
}

// Row reads a line of the sheet.
func (c *Columns) Row(row sheet.Row) WeighInRow {
	category := c.category.read(row)
	if c.categories != nil {
		category = c.foreign(category)
	}
	return WeighInRow{
		Line: row.Number, Period: c.period.read(row), Town: c.town.read(row), Village: c.village.read(row), Category: category,
		Gross: c.gross.read(row), Tare: c.tare.read(row), Net: c.net.read(row),
		Vehicle: c.vehicle.read(row), Ticket: c.ticket.read(row), Station: c.station.read(row),
	}
}

// foreign translates a category of another list; "*" stands for all others.
func (c *Columns) foreign(category string) string {
	if ours, ok := c.categories[category]; ok {
		return ours
	}
	if ours, ok := c.categories["*"]; ok {
		return ours
	}
	return category
}
