package intake

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/width"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/sheet"
)

// places finds the villages and groups that rows name, among those the actor may
// import into.
type places struct {
	tree   *division.Tree
	only   division.Division // the one village there is to choose; zero: several
	single id.ID             // the one group; zero: any
	names  map[string][]division.Division
	inside map[id.ID]bool
	groups map[id.ID]map[string]groupName
	today  calendar.Day
}

// groupName is a village group as a file names it.
type groupName struct {
	key  string // equal for 3组, 三组 and 第3组; empty for no group
	name string // as it is, or will be, called
	id   id.ID  // zero: not there yet
}

func newPlaces(tree *division.Tree, actor auth.Actor, under id.ID, today calendar.Day) *places {
	p := &places{
		tree: tree, names: map[string][]division.Division{}, inside: map[id.ID]bool{},
		groups: map[id.ID]map[string]groupName{}, today: today,
	}
	scope := actor.Divisions(importers...)
	if !under.IsZero() {
		scope = []id.ID{under}
		if d, _ := tree.Get(under); d.Level == division.Group {
			p.single, scope = under, []id.ID{d.ParentID}
		}
	}
	for _, v := range tree.Villages(scope...) {
		if !v.InForce(today) || p.single.IsZero() && !actor.Covers(tree, v.ID, importers...) {
			continue
		}
		p.inside[v.ID] = true
		p.names[villageWord(v.Name)] = append(p.names[villageWord(v.Name)], v)
		p.only = v
	}
	if len(p.inside) != 1 {
		p.only = division.Division{}
	}
	return p
}

// village finds a village by its 12-digit code or its name, with the town's name
// where there are several. Without either it is the only village there is. A
// village outside the scope is unknown.
func (p *places) village(text, town string) (division.Division, *fault.Fault) {
	if text == "" {
		if p.only.ID.IsZero() {
			return p.only, fault.New(fault.Invalid, "roster.village_missing")
		}
		return p.only, nil
	}
	digits, isCode, lost := codeDigits(text)
	if lost {
		return division.Division{}, fault.New(fault.Invalid, "roster.code_lost", "text", text)
	}
	if isCode {
		v, _ := p.tree.ByCode(digits)
		if !p.inside[v.ID] {
			return division.Division{}, fault.New(fault.Invalid, "roster.village_unknown", "text", text)
		}
		return v, nil
	}
	var candidates []division.Division
	for _, v := range p.called(villageWord(text)) {
		if above, _ := p.tree.At(v.ID, division.Town); town == "" || strings.Contains(above.Name, town) || strings.Contains(town, above.Name) {
			candidates = append(candidates, v)
		}
	}
	switch len(candidates) {
	case 0:
		return division.Division{}, fault.New(fault.Invalid, "roster.village_unknown", "text", text)
	case 1:
		return candidates[0], nil
	}
	return division.Division{}, fault.New(fault.Invalid, "roster.village_ambiguous", "text", text)
}

// called returns the villages with a name, or with the names of what they lie in
// before it: 碑庙镇青松村.
func (p *places) called(word string) []division.Division {
	if found := p.names[word]; len(found) > 0 {
		return found
	}
	var found []division.Division
	for own, villages := range p.names {
		above, ok := strings.CutSuffix(word, own)
		if !ok {
			continue
		}
		for _, v := range villages {
			if p.isAbove(above, v) {
				found = append(found, v)
			}
		}
	}
	return found
}

// isAbove reports whether text is made of names of divisions a village lies in,
// from the top down.
func (p *places) isAbove(text string, village division.Division) bool {
	for _, d := range p.tree.Path(village.ID) {
		if d.ID != village.ID {
			text = strings.TrimPrefix(text, d.Name)
		}
	}
	return text == ""
}

// villageWord is what stays the same when people write a village's name: 青竹湾,
// 青竹湾村, 青竹湾村委会 and 青竹湾村村民委员会 are one.
func villageWord(name string) string {
	name = strings.Join(strings.Fields(width.Fold.String(name)), "")
	for _, end := range []string{"民委员会", "委员会", "民委会", "委会", "村", "居", "社区"} {
		if short := strings.TrimSuffix(name, end); utf8.RuneCountInString(short) >= 2 {
			name = short
		}
	}
	return strings.TrimSuffix(name, "村")
}

// group finds a village's group by its number or name; one that is not there yet
// has no id. It returns an Invalid fault "roster.group_unknown" where none can be
// made, "roster.group_elsewhere" outside the only group allowed, and
// "roster.group" for a name that is too long.
func (p *places) group(village division.Division, text string) (groupName, *fault.Fault) {
	key, name := groupKey(text)
	if utf8.RuneCountInString(name) > 60 {
		return groupName{}, fault.New(fault.Invalid, "roster.group")
	}
	group := groupName{key: key, name: name}
	if known, ok := p.groupsOf(village)[key]; ok {
		group = known
	}
	switch {
	case !p.single.IsZero() && key == "":
		d, _ := p.tree.Get(p.single)
		key, _ := groupKey(d.Name)
		return groupName{key, d.Name, d.ID}, nil
	case !p.single.IsZero() && group.id != p.single:
		return group, fault.New(fault.Invalid, "roster.group_elsewhere", "text", text)
	case key != "" && group.id.IsZero() && village.Code == "":
		return group, fault.New(fault.Invalid, "roster.group_unknown", "text", text)
	}
	return group, nil
}

func (p *places) groupsOf(village division.Division) map[string]groupName {
	groups, known := p.groups[village.ID]
	if known {
		return groups
	}
	groups = map[string]groupName{}
	for _, d := range p.tree.Children(village.ID) {
		if key, _ := groupKey(d.Name); d.Level == division.Group && d.InForce(p.today) {
			groups[key] = groupName{key, d.Name, d.ID}
		}
	}
	p.groups[village.ID] = groups
	return groups
}

// groupKey returns what stays the same when people write a group's name, and the
// name a new one gets: 3, 三组, 第3村民小组 and ３社 are 3组; 上坝子 stays.
func groupKey(text string) (key, name string) {
	name = strings.Join(strings.Fields(width.Fold.String(text)), "")
	if name == "" || name == "无" || name == "-" || name == "/" {
		return "", ""
	}
	number := strings.TrimPrefix(name, "第")
	for _, end := range []string{"村民小组", "生产队", "小组", "组", "社", "队"} {
		if short, found := strings.CutSuffix(number, end); found {
			number = short
			break
		}
	}
	if n, ok := groupNumber(number); ok {
		return "#" + strconv.Itoa(n), strconv.Itoa(n) + "组"
	}
	return name, name
}

// groupNumber reads 12, 十二 or 12.0.
func groupNumber(text string) (int, bool) {
	if n, ok := sheet.Integer(text); ok && n > 0 {
		return n, true
	}
	tens, ones, hasTen := strings.Cut(text, "十")
	if !hasTen {
		tens, ones = "", text
	}
	t, tensOK := chineseDigit(tens)
	o, onesOK := chineseDigit(ones)
	switch {
	case !tensOK || !onesOK || text == "":
		return 0, false
	case hasTen && tens == "":
		t = 1
	}
	return t*10 + o, t*10+o > 0
}

// chineseDigit reads one digit; nothing is zero.
func chineseDigit(text string) (int, bool) {
	if text == "" {
		return 0, true
	}
	n := strings.Index("一二三四五六七八九", text)
	if n < 0 || utf8.RuneCountInString(text) != 1 {
		return 0, false
	}
	return n/len("一") + 1, true
}
