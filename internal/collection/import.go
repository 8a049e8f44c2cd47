package collection

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"hufen/internal/auth"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// Verdict says what importing a row would do.
type Verdict string

// The verdicts.
const (
	Create Verdict = "create" // a new ticket
	Same   Verdict = "same"   // already on record with the same content
	Wrong  Verdict = "wrong"  // breaks a rule, or contradicts a ticket on record
)

// RowResult is what becomes of a row.
type RowResult struct {
	Line    int
	Verdict Verdict
	Fault   *fault.Fault // why it is wrong
	Preview string       // the ticket in short, once it could be read
}

// reportStation is the station of figures that were reported, not weighed.
const reportStation = "报表"

// CheckWeighIns says row by row what ApplyWeighIns would do, and writes nothing.
// Villages are looked for in a division, with the zero division in the actor's
// whole scope. It returns NotFound "division.unknown" outside the scope.
func (s *Service) CheckWeighIns(ctx context.Context, tx *gorm.DB, actor auth.Actor, under id.ID, rows []WeighInRow) ([]RowResult, error) {
	results, _, err := s.readRows(ctx, tx, actor, under, rows)
	return results, err
}

// ApplyWeighIns writes the rows that are new and right, in the caller's
// transaction, and says what became of each row. Rows already on record change
// nothing.
func (s *Service) ApplyWeighIns(ctx context.Context, tx *gorm.DB, actor auth.Actor, under id.ID, rows []WeighInRow) ([]RowResult, error) {
	results, tickets, err := s.readRows(ctx, tx, actor, under, rows)
	if err != nil {
		return nil, err
	}
	if err := insertWeighIns(ctx, tx, tickets); database.IsDuplicate(err) {
		return nil, fault.New(fault.Conflict, "weigh_in.import_overtaken").Because(err)
	} else if err != nil {
		return nil, err
	}
	return results, addToMonths(ctx, tx, tickets)
}

// readRows reads the rows into tickets, compares them with each other and with
// what is on record, and returns the new ones beside the results.
func (s *Service) readRows(ctx context.Context, tx *gorm.DB, actor auth.Actor, under id.ID, rows []WeighInRow) ([]RowResult, []WeighIn, error) {
	reader, err := s.newRowReader(ctx, actor, under)
	if err != nil {
		return nil, nil, err
	}
	results, read := make([]RowResult, len(rows)), make([]*WeighIn, len(rows))
	for i, row := range rows {
		results[i] = RowResult{Line: row.Line, Verdict: Wrong}
		w, f := reader.read(row)
		if f != nil {
			results[i].Fault = f
			continue
		}
		read[i], results[i].Preview = &w, reader.preview(w)
	}
	recorded, err := s.recorded(ctx, tx, read)
	if err != nil {
		return nil, nil, err
	}
	var fresh []WeighIn
	for i, w := range read {
		if w == nil {
			continue
		}
		if results[i].Verdict, results[i].Fault = recorded.judge(*w, s); results[i].Verdict == Create {
			fresh = append(fresh, *w)
		}
	}
	return results, fresh, nil
}

// ticketName names a ticket.
type ticketName struct {
	district        id.ID
	station, number string
}

func (w WeighIn) name() ticketName { return ticketName{w.DistrictID, w.Station, w.TicketNumber} }

// tickets are known tickets: the first version and the one in force.
type tickets map[ticketName]*knownTicket

type knownTicket struct {
	first, current WeighIn
	line           bool // from an earlier row of the same sheet
}

// judge compares a row with the ticket of that name, and remembers it when
// there is none.
func (t tickets) judge(w WeighIn, s *Service) (Verdict, *fault.Fault) {
	name := w.name()
	known := t[name]
	switch {
	case known == nil:
		t[name] = &knownTicket{first: w, current: w, line: true}
		return Create, nil
	case known.first.claims(w) || known.current.claims(w):
		return Same, nil
	case known.line:
		return Wrong, fault.New(fault.Conflict, "weigh_in.twice_in_sheet", "ticket_number", w.TicketNumber, "station", w.Station)
	}
	return Wrong, duplicateOf(known.first, s)
}

// numbersPerStatement bounds the parameters of one query.
const numbersPerStatement = 2000

// recorded reads the tickets on record that have the name of one of the rows.
func (s *Service) recorded(ctx context.Context, tx *gorm.DB, rows []*WeighIn) (tickets, error) {
	byStation := map[ticketName][]any{} // without a number
	for _, w := range rows {
		if w != nil {
			station := ticketName{district: w.DistrictID, station: w.Station}
			byStation[station] = append(byStation[station], w.TicketNumber)
		}
	}
	found := tickets{}
	for station, numbers := range byStation {
		for len(numbers) > 0 {
			n := min(len(numbers), numbersPerStatement)
			versions, err := queryWeighIns(ctx, tx, `
				w.district_id = ? AND w.station = ? AND w.ticket_number IN (`+database.Placeholders(n)+`) ORDER BY w.version`,
				append([]any{station.district, station.station}, numbers[:n]...)...)
			if err != nil {
				return nil, err
			}
			found.add(versions)
			numbers = numbers[n:]
		}
	}
	return found, nil
}

// add takes versions in ascending order.
func (t tickets) add(versions []WeighIn) {
	for _, w := range versions {
		name := w.name()
		if t[name] == nil {
			t[name] = &knownTicket{first: w}
		}
		t[name].current = w
	}
}

// rowReader turns text into tickets.
type rowReader struct {
	s        *Service
	actor    auth.Actor
	tree     *division.Tree
	inScope  map[id.ID]bool
	villages map[string][]division.Division // by name, in scope
}

func (s *Service) newRowReader(ctx context.Context, actor auth.Actor, under id.ID) (*rowReader, error) {
	tree, villages, _, err := s.villages(ctx, actor, under, Writers)
	if err != nil {
		return nil, err
	}
	r := &rowReader{s: s, actor: actor, tree: tree, inScope: map[id.ID]bool{}, villages: map[string][]division.Division{}}
	for _, villageID := range villages {
		d, _ := tree.Get(villageID)
		r.inScope[villageID] = true
		r.villages[d.Name] = append(r.villages[d.Name], d)
	}
	return r, nil
}

// read applies the rules to a row and returns the first one it breaks.
func (r *rowReader) read(row WeighInRow) (WeighIn, *fault.Fault) {
	w := WeighIn{ID: id.New(), Version: 1, Method: Scale, Station: row.Station, TicketNumber: row.Ticket, Vehicle: row.Vehicle,
		RecordedAt: r.s.now(), ActorID: r.actor.ID}
	var ok bool
	if w.From, w.To, ok = parsePeriod(row.Period); !ok {
		return w, fault.New(fault.Invalid, "weigh_in.period_unreadable", "text", row.Period)
	}
	if w.Category, ok = parseCategory(row.Category); !ok {
		return w, fault.New(fault.Invalid, "weigh_in.category_unreadable", "text", row.Category)
	}
	found, f := r.village(row)
	if f != nil {
		return w, f
	}
	w.VillageID, w.DistrictID = found.ID, districtOf(r.tree, found.ID)
	if w.To > w.From {
		w.Method = Report
		r.nameReport(&w, row, found)
	}
	if all := fault.Join(w.faults(r.s.today())...); all != nil {
		return w, all.Details[0]
	}
	return w, w.weigh(row)
}

// nameReport gives a reported figure without a ticket number one of its own, so
// that the same figure is not imported twice.
func (r *rowReader) nameReport(w *WeighIn, row WeighInRow, village division.Division) {
	if w.Station == "" {
		w.Station = reportStation
	}
	if w.TicketNumber == "" {
		w.TicketNumber = fmt.Sprintf("%s/%s/%s", r.codeOrID(village), w.Category, row.Period)
	}
}

func (r *rowReader) codeOrID(d division.Division) string {
	if d.Code != "" {
		return d.Code
	}
	return d.ID.String()
}

// weigh reads the weights of a row.
func (w *WeighIn) weigh(row WeighInRow) *fault.Fault {
	var weights Weights
	for _, column := range []struct {
		quantity Quantity
		into     **int64
	}{{row.Gross, &weights.GrossGrams}, {row.Tare, &weights.TareGrams}, {row.Net, &weights.NetGrams}} {
		if column.quantity.Text == "" {
			continue
		}
		grams, ok := parseGrams(column.quantity.Text, column.quantity.Unit)
		if !ok {
			return fault.New(fault.Invalid, "weigh_in.weight_unreadable", "text", column.quantity.Text)
		}
		*column.into = &grams
	}
	weights, err := weights.Settle(w.Method)
	if f, ok := fault.As(err); ok {
		return f
	}
	w.GrossGrams, w.TareGrams, w.NetGrams = weights.GrossGrams, weights.TareGrams, *weights.NetGrams
	return nil
}

// village finds the village of a row by code or by name, with the town where
// two have the same name.
func (r *rowReader) village(row WeighInRow) (division.Division, *fault.Fault) {
	if d, ok := r.tree.ByCode(row.Village); ok && d.Level == division.Village && r.inScope[d.ID] {
		return d, nil
	}
	candidates := r.villages[row.Village]
	if len(candidates) == 0 {
		candidates = r.villages[row.Village+"村"]
	}
	if row.Town != "" {
		candidates = r.inTown(candidates, row.Town)
	}
	switch len(candidates) {
	case 1:
		return candidates[0], nil
	case 0:
		return division.Division{}, fault.New(fault.Invalid, "weigh_in.village_unknown", "name", row.Village)
	}
	return division.Division{}, fault.New(fault.Invalid, "weigh_in.village_ambiguous", "name", row.Village, "count", len(candidates))
}

func (r *rowReader) inTown(candidates []division.Division, town string) []division.Division {
	var inside []division.Division
	for _, d := range candidates {
		if above, ok := r.tree.At(d.ID, division.Town); ok && (above.Name == town || above.Code == town) {
			inside = append(inside, d)
		}
	}
	return inside
}

// preview writes a ticket in short.
func (r *rowReader) preview(w WeighIn) string {
	period := w.From.String()
	if w.To > w.From {
		period += "…" + w.To.String()
	}
	return fmt.Sprintf("%s · %s · %s · %s kg", r.tree.Name(w.VillageID), period, w.Category, kilograms(w.NetGrams))
}

// kilograms writes grams as kilograms with as many decimals as they need.
func kilograms(grams int64) string {
	text := fmt.Sprintf("%d.%03d", grams/1000, grams%1000)
	for text[len(text)-1] == '0' {
		text = text[:len(text)-1]
	}
	if text[len(text)-1] == '.' {
		return text[:len(text)-1]
	}
	return text
}
