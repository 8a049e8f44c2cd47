package division

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// CodeRow is a line of a list of divisions.
type CodeRow struct {
	Code       string // 2, 4, 6, 9 or 12 digits, with or without trailing zeros; empty for a village group
	Name       string
	Level      Level  // empty: what the code says
	ParentCode string // a village group's village; elsewhere it may be empty and must agree with the code
	ValidFrom  calendar.Day
	ValidTo    calendar.Day // the last day; zero: it has no end
}

// Verdict says what a row does.
type Verdict string

// The verdicts.
const (
	Creates Verdict = "create"
	Changes Verdict = "change"
	Same    Verdict = "same"
	Wrong   Verdict = "wrong"
)

// RowResult is what a row does, or why it cannot.
type RowResult struct {
	Verdict  Verdict
	Division Division     // as it will be; zero when wrong
	Fault    *fault.Fault // when wrong
}

// ParseLevel reads a level as lists write it, in English or Chinese.
func ParseLevel(text string) (Level, bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	if level := Level(text); level.Valid() {
		return level, true
	}
	level, ok := levelWords[text]
	return level, ok
}

var levelWords = map[string]Level{
	"省": Province, "省级": Province, "市": City, "地级": City, "地市": City, "区": District, "县": District, "区县": District, "县级": District,
	"乡": Town, "镇": Town, "乡镇": Town, "街道": Town, "乡级": Town, "county": District,
	"村": Village, "行政村": Village, "社区": Village, "居委会": Village, "村委会": Village, "村级": Village,
	"组": Group, "村民小组": Group, "小组": Group, "自然村": Group,
}

// CheckRows says what ApplyRows would do with each row. Parents are found by the
// code, wherever in the list they stand. Faults of single rows are in the
// results and name no place in a request.
func (s *Service) CheckRows(ctx context.Context, author Author, rows []CodeRow) ([]RowResult, error) {
	tree, err := s.Tree(ctx)
	if err != nil {
		return nil, err
	}
	return s.plan(author, tree, rows).results, nil
}

// ApplyRows stores the rows that are not wrong, in the caller's transaction; the
// same rows again change nothing. A new name holds from today. The caller calls Forget after the commit.
func (s *Service) ApplyRows(ctx context.Context, tx *gorm.DB, author Author, rows []CodeRow) ([]RowResult, error) {
	divisions, err := readDivisions(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("read divisions: %w", err)
	}
	p := s.plan(author, newTree(divisions), rows)
	for _, i := range p.order {
		r := &p.results[i]
		switch r.Verdict {
		case Creates:
			err = store(ctx, tx, author, r.Division)
		case Changes:
			before, _ := p.tree.Get(r.Division.ID)
			err = revise(ctx, tx, author, before, &r.Division, p.today)
		}
		if err != nil {
			return nil, fmt.Errorf("store division %s: %w", rows[i].Code, err)
		}
	}
	return p.results, nil
}

// plan decides row by row what to do.
type plan struct {
	author  Author
	tree    *Tree
	today   calendar.Day
	order   []int               // of the rows, parents first
	codes   map[string]Division // of earlier rows
	names   map[nameKey]bool    // given by earlier rows
	made    map[id.ID]bool      // by earlier rows
	results []RowResult
}

type nameKey struct {
	parent id.ID
	name   string
}

func (s *Service) plan(author Author, tree *Tree, rows []CodeRow) *plan {
	p := &plan{
		author: author, tree: tree, today: s.Today(), order: make([]int, len(rows)),
		codes: map[string]Division{}, names: map[nameKey]bool{}, made: map[id.ID]bool{}, results: make([]RowResult, len(rows)),
	}
	depth := make([]int, len(rows))
	for i := range rows {
		rows[i].Name = strings.TrimSpace(rows[i].Name)
		p.order[i], depth[i] = i, rows[i].depth()
	}
	slices.SortStableFunc(p.order, func(a, b int) int { return cmp.Compare(depth[a], depth[b]) })
	for _, i := range p.order {
		p.results[i] = p.decide(rows[i])
	}
	return p
}

func (row CodeRow) depth() int {
	if _, level, ok := ParseCode(row.Code); ok {
		return ranks[level]
	}
	return ranks[Group]
}

func (p *plan) decide(row CodeRow) RowResult {
	d, err := p.read(row)
	if err != nil {
		return RowResult{Verdict: Wrong, Fault: err}
	}
	before, found := p.find(d)
	if found {
		return p.change(row, before)
	}
	if !p.made[d.ParentID] && !p.author.Manages(p.tree, d.ParentID) {
		return RowResult{Verdict: Wrong, Fault: notYours()}
	}
	if p.names[nameKey{d.ParentID, d.Name}] || p.nameInForce(d) {
		return RowResult{Verdict: Wrong, Fault: fault.New(fault.Conflict, "division.name_taken", "name", d.Name)}
	}
	p.take(d)
	p.made[d.ID] = true
	return RowResult{Verdict: Creates, Division: d}
}

func (p *plan) take(d Division) {
	if d.Code != "" {
		p.codes[d.Code] = d
	}
	p.names[nameKey{d.ParentID, d.Name}] = true
}

// read makes a new division of a row, with its place in the tree.
func (p *plan) read(row CodeRow) (Division, *fault.Fault) {
	d := Division{ID: id.New(), Name: row.Name, Code: row.Code, Level: row.Level, ValidFrom: row.ValidFrom, ValidTo: row.ValidTo}
	if d.ValidFrom == 0 {
		d.ValidFrom = Since
	}
	if d.ValidTo == 0 {
		d.ValidTo = Forever
	}
	if d.Name == "" {
		return d, fault.New(fault.Invalid, "division.name_missing")
	}
	if !d.ValidFrom.Valid() || !d.ValidTo.Valid() || d.ValidTo < d.ValidFrom {
		return d, fault.New(fault.Invalid, "division.bad_days")
	}
	if err := d.readLevel(); err != nil {
		return d, err
	}
	parent, err := p.parent(d, row)
	if err != nil {
		return d, err
	}
	d.ParentID = parent.ID
	if err := d.fits(parent); err != nil {
		return d, err.At("")
	}
	return d, nil
}

// readLevel reads the code, and from it the level where the row names none.
func (d *Division) readLevel() *fault.Fault {
	if d.Code == "" {
		if d.Level != "" && d.Level != Group {
			return fault.New(fault.Invalid, "division.bad_code")
		}
		d.Level = Group
		return nil
	}
	if d.Level == "" {
		_, d.Level, _ = ParseCode(d.Code)
	}
	return d.readCode()
}

// parent finds the division above a row's, in the tree or among earlier rows.
func (p *plan) parent(d Division, row CodeRow) (Division, *fault.Fault) {
	if d.Code == "" {
		short, _, ok := ParseCode(row.ParentCode)
		if !ok {
			return Division{}, fault.New(fault.Invalid, "division.bad_parent_code")
		}
		parent, found := p.byCode(short)
		if !found {
			return Division{}, fault.New(fault.Invalid, "division.parent_missing."+string(Village))
		}
		return parent, nil
	}
	parent := parentByCode(d.Code, p.byCode)
	if row.ParentCode == "" {
		return parent, nil
	}
	if short, _, ok := ParseCode(row.ParentCode); !ok || !strings.HasPrefix(d.Code, short) {
		return Division{}, fault.New(fault.Invalid, "division.bad_parent_code")
	}
	return parent, nil
}

func (p *plan) byCode(code string) (Division, bool) {
	if d, ok := p.codes[code]; ok {
		return d, true
	}
	return p.tree.ByCode(code)
}

// find returns the division a row speaks of, if there is one already.
func (p *plan) find(d Division) (Division, bool) {
	if d.Code != "" {
		return p.byCode(d.Code)
	}
	for _, sibling := range p.tree.Children(d.ParentID) {
		if sibling.Level == Group && sibling.Name == d.Name {
			return sibling, true
		}
	}
	return Division{}, false
}

func (p *plan) nameInForce(d Division) bool {
	if d.ParentID.IsZero() {
		return false
	}
	return slices.ContainsFunc(p.tree.Children(d.ParentID), func(sibling Division) bool {
		return sibling.ID != d.ID && sibling.Name == d.Name && sibling.ValidTo >= d.ValidFrom
	})
}

// change compares a row with the division it speaks of. What the row leaves
// empty stays as it is.
func (p *plan) change(row CodeRow, before Division) RowResult {
	d := before
	d.Name = row.Name
	if row.ValidFrom != 0 {
		d.ValidFrom = row.ValidFrom
	}
	if row.ValidTo != 0 {
		d.ValidTo = row.ValidTo
	}
	if d == before {
		p.codes[d.Code] = d
		return RowResult{Verdict: Same, Division: before}
	}
	if _, twice := p.codes[d.Code]; twice && d.Code != "" {
		return RowResult{Verdict: Wrong, Fault: fault.New(fault.Conflict, "division.row_twice", "code", d.Code)}
	}
	if !p.author.Manages(p.tree, d.ID) {
		return RowResult{Verdict: Wrong, Fault: notYours()}
	}
	if d.ValidTo < d.ValidFrom {
		return RowResult{Verdict: Wrong, Fault: fault.New(fault.Invalid, "division.bad_days")}
	}
	if d.Name != before.Name && (p.names[nameKey{d.ParentID, d.Name}] || p.nameInForce(d)) {
		return RowResult{Verdict: Wrong, Fault: fault.New(fault.Conflict, "division.name_taken", "name", d.Name)}
	}
	p.take(d)
	return RowResult{Verdict: Changes, Division: d}
}
