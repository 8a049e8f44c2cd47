package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"hufen/internal/adjustment"
	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/division"
	"hufen/internal/dropoff"
	"hufen/internal/household"
	"hufen/internal/i18n"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
	"hufen/internal/redemption"
	"hufen/internal/succession"
)

// GetOwnStatement shows a household its lines.
func (s *Server) GetOwnStatement(c echo.Context, params GetOwnStatementParams) error {
	brief, err := s.own(c)
	if err != nil {
		return err
	}
	return s.answerStatement(c, brief, params.Limit, params.Cursor)
}

// GetHouseholdStatement shows a household's lines to those who look after it.
func (s *Server) GetHouseholdStatement(c echo.Context, householdID PathId, params GetHouseholdStatementParams) error {
	h, err := s.Households.Get(c.Request().Context(), actorOf(c), householdID)
	if err != nil {
		return err
	}
	return s.answerStatement(c, h.Brief, params.Limit, params.Cursor)
}

func (s *Server) answerStatement(c echo.Context, h household.Brief, limit *QueryLimit, cursor *QueryCursor) error {
	var before int64
	if err := readCursor(cursor, &before); err != nil {
		return err
	}
	statement, err := s.statement(c.Request().Context(), langOf(c), h, before, limitOf(limit))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, statement)
}

// statement is a page of a household's lines, newest first, beginning below the
// place before. The first page also shows what still waits for a cadre.
func (s *Server) statement(ctx context.Context, lang i18n.Lang, h household.Brief, before int64, limit int) (Statement, error) {
	account := ledger.HouseholdAccount(h.ID, h.VillageID)
	lines, err := ledger.Statement(ctx, s.DB.Read, account, before, limit+1)
	if err != nil {
		return Statement{}, err
	}
	balance, err := ledger.BalanceOf(ctx, s.DB.Read, account)
	if err != nil {
		return Statement{}, err
	}
	if before == 0 && len(lines) > 0 {
		balance = lines[0].BalanceAfter // of the same moment as the lines
	}
	lines, next := page(lines, limit, func(l ledger.StatementLine) any { return l.Seq })
	facts, err := s.factsOf(ctx, lang, h, lines)
	if err != nil {
		return Statement{}, err
	}
	answer := Statement{Balance: Points(balance), Items: make([]StatementLine, len(lines)), NextCursor: next}
	for i, l := range lines {
		answer.Items[i] = facts.line(l)
	}
	if err := s.addDebts(ctx, h, &answer, before == 0); err != nil {
		return answer, err
	}
	if before != 0 {
		return answer, nil
	}
	if answer.Expiry, err = s.nextExpiry(ctx, h.ID, h.VillageID); err != nil {
		return answer, err
	}
	return answer, s.pending(ctx, facts, h.ID, &answer)
}

// pending lists what still waits, and what was refused not long ago.
func (s *Server) pending(ctx context.Context, facts *facts, householdID id.ID, answer *Statement) error {
	waiting, err := s.DropOffs.WaitingOf(ctx, householdID)
	if err != nil {
		return err
	}
	refused, err := s.DropOffs.RefusedOf(ctx, householdID, calendar.Now().Add(-refusedShown))
	if err != nil {
		return err
	}
	answer.Pending, answer.Refused = facts.pendingLines(waiting), facts.pendingLines(refused)
	return nil
}

// refusedShown is how long a household sees what was refused.
const refusedShown = 60 * 24 * time.Hour

func (f *facts) pendingLines(dropOffs []*dropoff.DropOff) *[]PendingLine {
	if len(dropOffs) == 0 {
		return nil
	}
	lines := make([]PendingLine, len(dropOffs))
	for i, d := range dropOffs {
		lines[i] = PendingLine{DropOffId: d.ID, HappenedAt: d.HappenedAt, Points: Points(d.Earned - d.Cut), Text: f.dropOffText(d)}
		switch {
		case d.Status == dropoff.Refused:
			lines[i].State, lines[i].Note = PendingLineStateRefused, f.say("statement.refused", "reason", d.ReviewNote)
		case d.Objection != "":
			lines[i].State, lines[i].Note = PendingLineStateObjected, f.say("statement.waits.objected", "reason", d.Objection)
		case d.Posted():
			lines[i].State, lines[i].Until = PendingLineStatePosted, &d.ObjectionUntil
			lines[i].Note = f.say("statement.waits.posted", "day", d.ObjectionUntil)
		default:
			lines[i].State, lines[i].Note = PendingLineStateReview, f.say("statement.waits.review")
		}
	}
	return &lines
}

// facts are what the lines of a statement stand for.
type facts struct {
	lang        i18n.Lang
	dropOffs    map[id.ID]*dropoff.DropOff // by the entry that gave the points
	redemptions map[id.ID]*redemption.Redemption
	tariffs     map[id.ID]*dropoff.Tariff
	adjustments map[id.ID]*adjustment.Adjustment // those that a line takes back
	changes     map[id.ID]*succession.Change
	tree        *division.Tree
	householdID id.ID
}

// factsOf finds the drop-offs and redemptions behind lines, those that a line
// takes back included.
func (s *Server) factsOf(ctx context.Context, lang i18n.Lang, h household.Brief, lines []ledger.StatementLine) (*facts, error) {
	entries := make([]id.ID, 0, len(lines))
	for _, l := range lines {
		if l.ReversesID.Valid {
			entries = append(entries, l.ReversesID.ID)
		} else {
			entries = append(entries, l.EntryID)
		}
	}
	f := &facts{lang: lang, tariffs: make(map[id.ID]*dropoff.Tariff), householdID: h.ID}
	var err error
	if f.dropOffs, err = s.DropOffs.ByAward(ctx, entries); err != nil {
		return nil, err
	}
	if f.redemptions, err = s.Redemptions.ByID(ctx, entries); err != nil {
		return nil, err
	}
	if f.adjustments, err = s.Adjustments.ByEntry(ctx, reversedBy(lines)); err != nil {
		return nil, err
	}
	if f.changes, err = s.Successions.ByID(ctx, changesOf(lines)); err != nil {
		return nil, err
	}
	if f.tree, err = s.Divisions.Tree(ctx); err != nil {
		return nil, err
	}
	tariffs, err := s.DropOffs.Tariffs(ctx, auth.SystemActor("statement"), h.DivisionID)
	for _, t := range tariffs {
		f.tariffs[t.ID] = t
	}
	return f, err
}

// changesOf are the lines of household changes.
func changesOf(lines []ledger.StatementLine) (ids []id.ID) {
	for _, l := range lines {
		if l.Kind == ledger.HouseholdChange {
			ids = append(ids, l.EntryID)
		}
	}
	return ids
}

func (f *facts) say(code string, kv ...any) string {
	args := make(map[string]any, len(kv)/2)
	for i := 0; i+1 < len(kv); i += 2 {
		args[kv[i].(string)] = kv[i+1]
	}
	return i18n.Sentence(f.lang, code, args)
}

func (f *facts) join(parts []string) string { return strings.Join(parts, f.say("statement.and")) }

// line tells what a line is for and by which rule.
func (f *facts) line(l ledger.StatementLine) StatementLine {
	answer := StatementLine{EntryId: l.EntryID, Seq: &l.Seq, Kind: statementKind(l.Kind), EffectiveAt: l.EffectiveAt, RecordedAt: l.RecordedAt,
		Points: Points(l.Points), BalanceAfter: Points(l.BalanceAfter), ReversesId: optionalID(l.ReversesID), Receipt: receiptOf(l.Place())}
	entryID := l.EntryID
	if l.ReversesID.Valid {
		entryID = l.ReversesID.ID
	}
	if d, ok := f.dropOffs[entryID]; ok {
		answer.Text, answer.Rule = f.dropOffText(d), optional(f.ruleText(d)+f.correctedText(d))
		if d.Cut > 0 && !l.ReversesID.Valid {
			answer.Cut = hundredths(d.Cut)
		}
	}
	if r, ok := f.redemptions[entryID]; ok {
		answer.Text, answer.Rule = f.redemptionText(r), optional(f.say("statement.receipt", "number", r.Number))
	}
	if a, ok := f.adjustments[entryID]; ok {
		answer.Text = a.Reason
	}
	if l.Kind == ledger.Expiry {
		answer.Text = f.say("statement.expired")
	}
	if change, ok := f.changes[entryID]; ok {
		answer.Text = f.changeText(change, f.householdID)
	}
	if l.ReversesID.Valid {
		answer.Text = f.say("statement.reversed", "text", answer.Text)
		answer.Rule = optional(l.Reason)
	}
	if answer.Text == "" {
		answer.Text = l.Reason
	}
	return answer
}

func statementKind(kind string) StatementLineKind {
	switch kind {
	case ledger.DropOff:
		return StatementLineKindDropOff
	case ledger.Redemption:
		return StatementLineKindRedemption
	case ledger.Reversal:
		return StatementLineKindReversal
	case ledger.HouseholdChange:
		return StatementLineKindHouseholdChange
	case ledger.Expiry:
		return StatementLineKindExpiry
	}
	return StatementLineKindAdjustment
}

// correctedText tells what a review put right, and why.
func (f *facts) correctedText(d *dropoff.DropOff) string {
	if d.Recorded() == nil {
		return ""
	}
	return f.say("statement.and") + f.say("statement.corrected", "recorded", f.itemsText(d, d.Recorded()), "reason", d.ReviewNote)
}

// dropOffText lists the items, e.g. 厨余 3.6 公斤 · 优，塑料袋 50 个.
func (f *facts) dropOffText(d *dropoff.DropOff) string { return f.itemsText(d, d.Items) }

func (f *facts) itemsText(d *dropoff.DropOff, items []dropoff.Item) string {
	parts := make([]string, len(items))
	for i, item := range items {
		text := f.itemName(d, item)
		switch {
		case item.Grams > 0:
			text = f.say("statement.weight", "item", text, "item_grams", item.Grams)
		case item.Pieces > 0:
			text = f.say("statement.pieces", "item", text, "pieces", item.Pieces)
		}
		if item.Grade != "" {
			text += " · " + f.say("statement.grade."+item.Grade)
		}
		parts[i] = text
	}
	return f.join(parts)
}

func (f *facts) itemName(d *dropoff.DropOff, item dropoff.Item) string {
	if t := f.tariffs[d.TariffID]; t != nil {
		if rule, ok := t.Rule(item.Item); ok {
			return rule.Name(f.lang == i18n.English)
		}
	}
	return item.Item
}

// ruleText tells how the points came about, e.g. 标准第 2 版：优 = 10 分.
func (f *facts) ruleText(d *dropoff.DropOff) string {
	t := f.tariffs[d.TariffID]
	if t == nil {
		return ""
	}
	var parts []string
	for _, item := range d.Items {
		rule, ok := t.Rule(item.Item)
		if !ok {
			continue
		}
		text := f.price(rule, item)
		if len(d.Items) > 1 {
			text = f.itemName(d, item) + " " + text
		}
		parts = append(parts, text)
	}
	return f.say("statement.rule", "version", t.Version, "rules", f.join(parts))
}

func (f *facts) price(rule dropoff.Rule, item dropoff.Item) string {
	switch rule.Basis {
	case dropoff.PerKg:
		return f.say("statement.per_kg", "rule_points", rule.Points)
	case dropoff.PerCount:
		return f.say("statement.per_count", "pieces", rule.PerCount, "rule_points", rule.Points)
	}
	grades := map[string]points.Points{dropoff.Excellent: rule.Grades.Excellent, dropoff.Good: rule.Grades.Good,
		dropoff.Fair: rule.Grades.Fair, dropoff.Poor: rule.Grades.Poor}
	return f.say("statement.per_grade", "grade", f.say("statement.grade."+item.Grade), "rule_points", grades[item.Grade])
}

// redemptionText lists the goods and the shop, e.g. 肥皂 2 块（青竹湾积分超市）.
func (f *facts) redemptionText(r *redemption.Redemption) string {
	parts := make([]string, len(r.Items))
	for i, item := range r.Items {
		parts[i] = f.say("statement.goods", "name", item.Name, "quantity", item.Quantity, "unit", item.Unit)
	}
	return f.say("statement.shop", "goods", f.join(parts), "shop", r.ShopName)
}
