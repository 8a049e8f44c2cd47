package intake

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/household"
	"hufen/internal/id"
	"hufen/internal/sheet"
)

// rosterFields are the columns of a roster.
var rosterFields = fields{
	{name: "village", headings: []string{"村编码或村名", "村编码/村名", "村编码", "村代码", "行政区划代码", "区划代码", "村名", "村", "行政村", "村社区", "社区", "所在村", "村庄", "村名称", "行政村名称", "村社区名称", "village code", "village"}},
	{name: "town", headings: []string{"乡镇", "镇", "街道", "乡镇街道", "乡镇名称", "镇街", "town"}},
	{name: "group", headings: []string{"组", "村民小组", "小组", "组别", "组名", "社", "自然村", "组号", "村民小组名称", "村组", "group"}},
	{name: "house_number", headings: []string{"门牌号", "户号", "门牌", "户编号", "住户编号", "门牌号码", "房号", "户码", "house number", "house no", "number"}, required: true},
	{name: "head_name", headings: []string{"户主姓名", "户主", "家长姓名", "户主名", "户主名字", "户主名称", "姓名", "head of household", "head name", "head", "name"}, required: true},
	{name: "member_count", headings: []string{"人口数", "人口", "家庭人口数", "家庭人口", "常住人口数", "常住人口", "人口数量", "家庭人口数量", "家庭成员数", "常住人数", "人数", "member count", "members", "people"}, required: true},
	{name: "phone", headings: []string{"电话", "手机号", "手机", "联系电话", "手机号码", "电话号码", "联系方式", "户主电话", "联系手机", "phone", "mobile"}},
	{name: "from", headings: []string{"起始日期", "入册日期", "起始日", "from"}},
}

// rosterStep is how many households one statement compares or stores.
const rosterStep = 2000

// rosterPlan is a roster of households on its way in.
type rosterPlan struct {
	service *Service
	actor   auth.Actor
	mapping map[string]string
	columns columns
	headed  sheet.Row // the heading
	places  *places
	today   calendar.Day
	lines   []rosterLine
	first   map[houseKey]int // the row in which a house stands first
}

// rosterLine is a row as it was read.
type rosterLine struct {
	number    int
	village   division.Division
	group     groupName
	household household.RosterRow
	fault     *fault.Fault
}

// houseKey is a house as a file names it; its group may not be there yet.
type houseKey struct {
	village id.ID
	group   string
	number  string
}

func (s *Service) newRosterPlan(ctx context.Context, row importRow, actor auth.Actor) (*rosterPlan, error) {
	mapping, err := rosterFields.parseMapping(row.Mapping)
	if err != nil {
		return nil, err
	}
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return nil, err
	}
	today := s.Divisions.Today()
	return &rosterPlan{
		service: s, actor: actor, mapping: mapping, places: newPlaces(tree, actor, row.DivisionID.ID, today),
		today: today, first: map[houseKey]int{},
	}, nil
}

func (p *rosterPlan) heading(row sheet.Row) error {
	found, err := rosterFields.find(row, p.mapping)
	if err == nil {
		p.columns, p.headed = found, row
	}
	return err
}

func (p *rosterPlan) lowerHeading(row sheet.Row) bool {
	both, ok := rosterFields.below(p.headed, row)
	return ok && p.heading(both) == nil
}

func (p *rosterPlan) len() int { return len(p.lines) }

func (p *rosterPlan) steps() (compare, store int) { return rosterStep, rosterStep }

// add reads a row. Its first fault is what the person sees; a house that stands
// in an earlier row is one.
func (p *rosterPlan) add(row sheet.Row) {
	line := p.read(row)
	if line.fault == nil {
		key := houseKey{line.village.ID, line.group.key, line.household.HouseNumber}
		if first, twice := p.first[key]; twice {
			line.fault = fault.New(fault.Invalid, "roster.duplicate", "first", first)
		} else {
			p.first[key] = row.Number
		}
	}
	p.lines = append(p.lines, line)
}

func (p *rosterPlan) read(row sheet.Row) rosterLine {
	cell := func(name string) sheet.Cell { return p.columns.cell(row, name) }
	line := rosterLine{number: row.Number}
	group, number := splitDoor(cell("group").Text, cell("house_number"))
	h := &line.household
	h.HouseNumber, h.HeadName = number.Text, cell("head_name").Text
	line.fault = firstFault(
		brokenCell(row),
		func() *fault.Fault { return p.readPlace(&line, cell("village"), cell("town").Text, group) },
		func() *fault.Fault { return readNumber(h, number) },
		func() *fault.Fault { return household.CleanName(&h.HeadName) },
		func() *fault.Fault { return readMembers(h, cell("member_count")) },
		func() *fault.Fault { return readPhone(h, cell("phone").Text) },
		func() *fault.Fault { return p.readFrom(h, cell("from")) },
	)
	return line
}

// firstFault tries one thing after the other, as people read a row.
func firstFault(tries ...func() *fault.Fault) *fault.Fault {
	for _, try := range tries {
		if f := try(); f != nil {
			return f
		}
	}
	return nil
}

// brokenCell finds what a formula left behind: #REF!, #N/A.
func brokenCell(row sheet.Row) func() *fault.Fault {
	return func() *fault.Fault {
		for _, cell := range row.Cells {
			if cell.Kind == sheet.Fault {
				return fault.New(fault.Invalid, "roster.broken_cell", "text", cell.Text)
			}
		}
		return nil
	}
}

var door = regexp.MustCompile(`^(.+?[组社])\s*(\S+)$`)

// splitDoor takes 3组12号 apart where the group has no column of its own.
func splitDoor(group string, number sheet.Cell) (string, sheet.Cell) {
	if m := door.FindStringSubmatch(number.Text); m != nil && group == "" {
		return m[1], sheet.Cell{Text: m[2]}
	}
	return group, number
}

func (p *rosterPlan) readPlace(line *rosterLine, village sheet.Cell, town, group string) (f *fault.Fault) {
	if line.village, f = p.places.village(village.Text, town); f != nil {
		return f
	}
	line.household.VillageID = line.village.ID
	line.group, f = p.places.group(line.village, group)
	return f
}

// readNumber refuses the date Excel makes of a house number such as 3-12.
func readNumber(h *household.RosterRow, number sheet.Cell) *fault.Fault {
	if number.Kind == sheet.Date {
		return fault.New(fault.Invalid, "roster.number_is_date", "text", number.Text)
	}
	return household.CleanHouseNumber(&h.HouseNumber)
}

func readMembers(h *household.RosterRow, cell sheet.Cell) *fault.Fault {
	text := cell.Text
	for _, unit := range []string{"人", "口"} {
		text = strings.TrimSpace(strings.TrimSuffix(text, unit))
	}
	n, ok := sheet.Integer(text)
	if !ok {
		n = 0
	}
	h.MemberCount = n
	return household.CheckMemberCount(n)
}

func readPhone(h *household.RosterRow, text string) *fault.Fault {
	digits, ok, lost := sheet.Digits(text)
	switch {
	case lost:
		return fault.New(fault.Invalid, "roster.phone_lost", "text", text)
	case ok:
		text = digits
	}
	h.Phone = text
	return household.CleanPhone(&h.Phone)
}

func (p *rosterPlan) readFrom(h *household.RosterRow, cell sheet.Cell) *fault.Fault {
	if cell.Text == "" {
		return nil
	}
	day, ok := cell.Day()
	if !ok {
		day = 0
	}
	h.From = day
	return household.CheckFrom(day, p.today)
}

// ready puts the rows into an order that only the file decides, household
// beside household of one place: a chunk then touches few places, and who goes
// on after a crash finds the same chunks.
func (p *rosterPlan) ready(context.Context) error {
	slices.SortStableFunc(p.lines, func(a, b rosterLine) int {
		return cmp.Or(bytes.Compare(a.village.ID[:], b.village.ID[:]), strings.Compare(a.group.key, b.group.key))
	})
	p.first = nil
	return nil
}

func (p *rosterPlan) compare(ctx context.Context, tx *gorm.DB, from, to int) ([]Row, error) {
	lines := slices.Clone(p.lines[from:to])
	good := p.locate(lines)
	results, err := p.service.Households.CompareRoster(ctx, tx, households(good))
	if err != nil {
		return nil, err
	}
	return rosterRows(lines, good, results), nil
}

// locate fills in the groups that are there and returns the rows without a
// fault.
func (p *rosterPlan) locate(lines []rosterLine) (good []*rosterLine) {
	for i := range lines {
		line := &lines[i]
		if line.fault != nil {
			continue
		}
		line.household.DivisionID = line.group.id
		if line.group.key == "" {
			line.household.DivisionID = line.village.ID
		}
		good = append(good, line)
	}
	return good
}

func households(lines []*rosterLine) []household.RosterRow {
	rows := make([]household.RosterRow, len(lines))
	for i, line := range lines {
		rows[i] = line.household
	}
	return rows
}

func (p *rosterPlan) store(ctx context.Context, tx *gorm.DB, from, to int) ([]Row, error) {
	lines := slices.Clone(p.lines[from:to])
	if err := p.makeGroups(ctx, tx, p.locate(lines)); err != nil {
		return nil, err
	}
	var good []*rosterLine
	for i := range lines {
		if lines[i].fault == nil {
			good = append(good, &lines[i])
		}
	}
	results, err := p.service.Households.StoreRoster(ctx, tx, p.actor, households(good))
	if err != nil {
		return nil, err
	}
	return rosterRows(lines, good, results), nil
}

// groupAuthor lets whoever imports a village's roster make its groups, in his
// own name.
type groupAuthor struct{ auth.Actor }

// Manages reports whether the village is the actor's to import.
func (a groupAuthor) Manages(tree *division.Tree, d id.ID) bool {
	return a.Covers(tree, d, importers...)
}

// makeGroups makes the village groups that are not there yet.
func (p *rosterPlan) makeGroups(ctx context.Context, tx *gorm.DB, lines []*rosterLine) error {
	type groupKey struct {
		village id.ID
		name    string
	}
	at := map[groupKey]int{}
	var rows []division.CodeRow
	for _, line := range lines {
		key := groupKey{line.village.ID, line.group.name}
		if _, known := at[key]; line.household.DivisionID.IsZero() && !known {
			at[key] = len(rows)
			rows = append(rows, division.CodeRow{Name: line.group.name, Level: division.Group, ParentCode: line.village.Code})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	results, err := p.service.Divisions.ApplyRows(ctx, tx, groupAuthor{p.actor}, rows)
	if err != nil {
		return fmt.Errorf("make village groups: %w", err)
	}
	for _, line := range lines {
		if !line.household.DivisionID.IsZero() {
			continue
		}
		result := results[at[groupKey{line.village.ID, line.group.name}]]
		line.household.DivisionID, line.fault = result.Division.ID, result.Fault
	}
	return nil
}

// rosterRows says what becomes of each line; results are those of the good ones.
func rosterRows(lines []rosterLine, good []*rosterLine, results []household.RosterResult) []Row {
	rows := make([]Row, 0, len(lines))
	next := 0
	for i := range lines {
		line := &lines[i]
		row := Row{Number: line.number, Verdict: Wrong, Fault: line.fault}
		before := 0
		if next < len(good) && good[next] == line {
			row.Verdict, before = Verdict(results[next].Verdict), results[next].MembersBefore
			next++
		}
		row.Preview = line.preview(before)
		rows = append(rows, row)
	}
	return rows
}

// preview writes the line as it was understood: 青竹湾村 3组 12 张*芳 4人.
func (line *rosterLine) preview(before int) string {
	h := line.household
	people := ""
	switch {
	case before != 0 && before != h.MemberCount:
		people = fmt.Sprintf("%d→%d人", before, h.MemberCount)
	case h.MemberCount != 0:
		people = fmt.Sprintf("%d人", h.MemberCount)
	}
	parts := []string{line.village.Name, line.group.name, h.HouseNumber, household.MaskName(h.HeadName), people}
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), " ")
}
