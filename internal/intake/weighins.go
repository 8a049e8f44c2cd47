package intake

import (
	"context"
	"strings"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/collection"
	"hufen/internal/id"
	"hufen/internal/sheet"
)

// weighInStep is how many tickets one transaction stores.
const weighInStep = 2000

// weighInPlan is a list of weighbridge tickets on its way in.
type weighInPlan struct {
	service *Service
	actor   auth.Actor
	under   id.ID
	mapping *collection.Mapping // nil: the usual headings
	columns *collection.Columns
	rows    []collection.WeighInRow
}

func (s *Service) newWeighInPlan(row importRow, actor auth.Actor) (*weighInPlan, error) {
	p := &weighInPlan{service: s, actor: actor, under: row.DivisionID.ID}
	if strings.TrimSpace(row.Mapping) == "" {
		return p, nil
	}
	mapping, err := collection.ParseMapping([]byte(row.Mapping))
	p.mapping = &mapping
	return p, err
}

func (p *weighInPlan) heading(row sheet.Row) error {
	read := collection.ReadHeading
	if p.mapping != nil {
		read = p.mapping.Columns
	}
	found, err := read(row)
	if err == nil {
		p.columns = found
	}
	return err
}

// lowerHeading is of no use for tickets: their columns have one name each.
func (p *weighInPlan) lowerHeading(sheet.Row) bool { return false }

func (p *weighInPlan) len() int { return len(p.rows) }

// steps compares all tickets at once, because any two may be the same.
func (p *weighInPlan) steps() (compare, store int) { return len(p.rows), weighInStep }

func (p *weighInPlan) ready(context.Context) error { return nil }

func (p *weighInPlan) add(row sheet.Row) { p.rows = append(p.rows, p.columns.Row(row)) }

func (p *weighInPlan) compare(ctx context.Context, tx *gorm.DB, from, to int) ([]Row, error) {
	return weighInRows(p.service.Collection.CheckWeighIns(ctx, tx, p.actor, p.under, p.rows[from:to]))
}

func (p *weighInPlan) store(ctx context.Context, tx *gorm.DB, from, to int) ([]Row, error) {
	return weighInRows(p.service.Collection.ApplyWeighIns(ctx, tx, p.actor, p.under, p.rows[from:to]))
}

func weighInRows(results []collection.RowResult, err error) ([]Row, error) {
	rows := make([]Row, len(results))
	for i, r := range results {
		rows[i] = Row{Number: r.Line, Verdict: Verdict(r.Verdict), Preview: r.Preview, Fault: r.Fault}
	}
	return rows, err
}
