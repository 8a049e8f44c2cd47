package api

import (
	"bytes"
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"hufen/internal/adjustment"
	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/division"
	"hufen/internal/household"
	"hufen/internal/i18n"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
	"hufen/internal/sheet"
)

// ListAdjustments lists adjustments and late reversals.
func (s *Server) ListAdjustments(c echo.Context, params ListAdjustmentsParams) error {
	f := adjustment.Filter{DivisionID: orZero(params.Division), HouseholdID: orZero(params.Household),
		Waiting: orZero(params.Waiting), Limit: limitOf(params.Limit)}
	var err error
	if params.Month != nil {
		if f.Month, err = monthOf(*params.Month, "?month"); err != nil {
			return err
		}
	}
	if err := readCursor(params.Cursor, &f.After); err != nil {
		return err
	}
	list, err := s.Adjustments.List(c.Request().Context(), actorOf(c), f)
	if err != nil {
		return err
	}
	list, next := page(list, f.Limit, func(a *adjustment.Adjustment) any { return adjustment.Cursor{Day: a.Day, ID: a.ID} })
	items, err := s.adjustmentAnswers(c, list)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, AdjustmentList{Items: items, NextCursor: next})
}

func (s *Server) adjustmentAnswers(c echo.Context, list []*adjustment.Adjustment) ([]Adjustment, error) {
	ctx := c.Request().Context()
	households := make([]id.ID, len(list))
	for i, a := range list {
		households[i] = a.HouseholdID
	}
	known, err := s.briefs(ctx, households, nil)
	if err != nil {
		return nil, err
	}
	answers := make([]Adjustment, len(list))
	for i, a := range list {
		may, err := s.Adjustments.May(ctx, actorOf(c), a)
		if err != nil {
			return nil, err
		}
		answers[i] = adjustmentAnswer(known, a, may)
	}
	return answers, nil
}

func adjustmentAnswer(known briefs, a *adjustment.Adjustment, may []string) Adjustment {
	answer := Adjustment{Id: a.ID, Kind: AdjustmentKind(a.Kind), ObjectId: optionalID(a.ObjectID), Household: known.household(a.HouseholdID),
		Village: divisionBrief(known.tree, a.VillageID), Points: Points(a.Points), Reason: a.Reason, PhotoId: optionalID(a.PhotoID), Day: a.Day,
		State: AdjustmentState(a.State()), Limit: Points(a.Limit), Alone: Points(a.Alone),
		Acts: make([]AdjustmentAct, len(a.Acts)), May: make([]AdjustmentMay, len(may))}
	if a.ObjectKind != "" {
		kind := AdjustmentObjectKind(a.ObjectKind)
		answer.ObjectKind = &kind
	}
	for i, t := range a.Acts {
		answer.Acts[i] = AdjustmentAct{Act: AdjustmentActAct(t.Act), At: t.At, By: optional(t.ActorName), Detail: optional(t.Detail)}
	}
	for i, act := range may {
		answer.May[i] = AdjustmentMay(act)
	}
	return answer
}

// adjusted answers a step: 201, or 200 when it had been done before.
func (s *Server) adjusted(c echo.Context, found *adjustment.Adjustment, err error) error {
	if err != nil {
		return err
	}
	status := http.StatusCreated
	if found.Replayed {
		status = http.StatusOK
	}
	return s.answerAdjustment(c, status, found)
}

func (s *Server) answerAdjustment(c echo.Context, status int, found *adjustment.Adjustment) error {
	answers, err := s.adjustmentAnswers(c, []*adjustment.Adjustment{found})
	if err != nil {
		return err
	}
	return c.JSON(status, answers[0])
}

// CreateAdjustment gives points, or takes them.
func (s *Server) CreateAdjustment(c echo.Context) error {
	var req NewAdjustment
	if err := bind(c, &req); err != nil {
		return err
	}
	found, err := s.Adjustments.Create(c.Request().Context(), actorOf(c), adjustment.NewAdjustment{ID: req.Id, HouseholdID: req.HouseholdId,
		Points: points.Points(req.Points), Reason: req.Reason, PhotoID: nullID(req.PhotoId)})
	return s.adjusted(c, found, err)
}

// ProposeReversal asks for something to be taken back.
func (s *Server) ProposeReversal(c echo.Context) error {
	var req NewLateReversal
	if err := bind(c, &req); err != nil {
		return err
	}
	found, err := s.Adjustments.ProposeReversal(c.Request().Context(), actorOf(c), adjustment.NewReversal{ID: req.Id,
		ObjectKind: string(req.ObjectKind), ObjectID: req.ObjectId, Reason: req.Reason, PhotoID: nullID(req.PhotoId)})
	return s.adjusted(c, found, err)
}

// GetAdjustment shows one.
func (s *Server) GetAdjustment(c echo.Context, adjustmentID PathId) error {
	found, err := s.Adjustments.Get(c.Request().Context(), actorOf(c), adjustmentID)
	if err != nil {
		return err
	}
	return s.answerAdjustment(c, http.StatusOK, found)
}

// ApproveAdjustment posts one.
func (s *Server) ApproveAdjustment(c echo.Context, adjustmentID PathId) error {
	var req NewApproval
	if err := bind(c, &req); err != nil {
		return err
	}
	found, err := s.Adjustments.Approve(c.Request().Context(), actorOf(c), req.Id, adjustmentID)
	return s.adjusted(c, found, err)
}

// RefuseAdjustment leaves one undone.
func (s *Server) RefuseAdjustment(c echo.Context, adjustmentID PathId) error {
	var req NewRejection
	if err := bind(c, &req); err != nil {
		return err
	}
	found, err := s.Adjustments.Refuse(c.Request().Context(), actorOf(c), req.Id, adjustmentID, req.Reason)
	return s.adjusted(c, found, err)
}

// GetAdjustmentBulletin shows the public list of a month.
func (s *Server) GetAdjustmentBulletin(c echo.Context, params GetAdjustmentBulletinParams) error {
	answer, err := s.bulletin(c, params.Division, params.Month)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, answer)
}

// ExportAdjustmentBulletin answers with the public list as a file. It is written
// before anything is sent, so that a failure still gets a proper answer.
func (s *Server) ExportAdjustmentBulletin(c echo.Context, params ExportAdjustmentBulletinParams) error {
	answer, err := s.bulletin(c, params.Division, params.Month)
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if err := answer.write(&file, langOf(c), s.Config.Zone); err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="adjustments-`+answer.Month.String()+`.csv"`)
	return c.Blob(http.StatusOK, "text/csv; charset=utf-8", file.Bytes())
}

func (s *Server) bulletin(c echo.Context, division *QueryDivision, monthText string) (AdjustmentBulletin, error) {
	month, err := monthOf(monthText, "?month")
	if err != nil {
		return AdjustmentBulletin{}, err
	}
	actor, divisionID := actorOf(c), orZero(division)
	if actor.Kind == auth.Household {
		if actor, divisionID, err = s.neighbour(c, divisionID); err != nil {
			return AdjustmentBulletin{}, err
		}
	}
	if own := actor.Divisions(); divisionID.IsZero() && len(own) == 1 {
		divisionID = own[0] // who belongs to one division means that
	}
	board, err := s.Adjustments.Board(c.Request().Context(), actor, divisionID, month)
	if err != nil {
		return AdjustmentBulletin{}, err
	}
	return s.bulletinAnswer(c, board)
}

// neighbour is a household as somebody who belongs to its village, which is the
// one whose list it reads.
func (s *Server) neighbour(c echo.Context, divisionID id.ID) (auth.Actor, id.ID, error) {
	own, err := s.own(c)
	if err != nil {
		return auth.Actor{}, divisionID, err
	}
	if !divisionID.IsZero() && divisionID != own.VillageID {
		return auth.Actor{}, divisionID, division.Unknown().At("?division")
	}
	actor := actorOf(c)
	actor.Grants = []auth.Grant{{DivisionID: own.VillageID}}
	return actor, own.VillageID, nil
}

func (s *Server) bulletinAnswer(c echo.Context, board *adjustment.Board) (AdjustmentBulletin, error) {
	households := make([]id.ID, len(board.Adjustments))
	for i, a := range board.Adjustments {
		households[i] = a.HouseholdID
	}
	known, err := s.briefs(c.Request().Context(), households, nil)
	if err != nil {
		return AdjustmentBulletin{}, err
	}
	answer := AdjustmentBulletin{Division: divisionBrief(known.tree, board.DivisionID), Month: board.Month,
		Given: Points(board.Given), Taken: Points(board.Taken), Rows: make([]AdjustmentBulletinRow, len(board.Adjustments))}
	for i, a := range board.Adjustments {
		h := known.households[a.HouseholdID]
		last := a.Acts[len(a.Acts)-1]
		row := AdjustmentBulletinRow{At: last.At, Village: divisionBrief(known.tree, a.VillageID).Name, HouseNumber: h.HouseNumber,
			Group: householdBrief(known.tree, h).Group, MaskedName: h.MaskedName, Kind: bulletinKind(a), Points: Points(a.Points), Reason: a.Reason, By: optional(a.Acts[0].ActorName)}
		if last.Act == adjustment.Approve {
			row.ApprovedBy = optional(last.ActorName)
		}
		answer.Rows[i] = row
	}
	return answer, nil
}

func bulletinKind(a *adjustment.Adjustment) AdjustmentBulletinRowKind {
	switch {
	case a.Kind == adjustment.Reversal:
		return AdjustmentBulletinRowKind(a.ObjectKind)
	case a.Points > 0:
		return "given"
	}
	return "taken"
}

// house is the group and the house number.
func (r *AdjustmentBulletinRow) house() string {
	if r.Group == nil {
		return r.HouseNumber
	}
	return r.Group.Name + " " + r.HouseNumber
}

// write writes the public list as CSV that Excel opens.
func (b *AdjustmentBulletin) write(file *bytes.Buffer, lang i18n.Lang, zone *time.Location) error {
	say := func(code string, args map[string]any) string { return i18n.Sentence(lang, code, args) }
	rows := [][]any{{say("adjustment.title", map[string]any{"place": b.Division.Name, "month": b.Month.String()})}}
	var heading []any
	for _, column := range []string{"day", "village", "house", "name", "kind", "points", "reason", "by", "approved"} {
		heading = append(heading, say("adjustment.column."+column, nil))
	}
	rows = append(rows, heading)
	for _, r := range b.Rows {
		rows = append(rows, []any{calendar.DayOf(r.At, zone).String(), r.Village, r.house(), r.MaskedName,
			say("adjustment.kind."+string(r.Kind), nil), points.Points(r.Points), r.Reason, orZero(r.By), orZero(r.ApprovedBy)})
	}
	return sheet.WriteCSV(file, sheet.Rows(rows...))
}

// addDebts says what the lines of a statement added to the household's debt or
// worked off it, and how much it is now where that is asked for.
func (s *Server) addDebts(ctx context.Context, h household.Brief, answer *Statement, total bool) error {
	entries := make([]id.ID, len(answer.Items))
	for i, l := range answer.Items {
		entries[i] = l.EntryId
	}
	moved, err := ledger.OwedIn(ctx, s.DB.Read, h.ID, h.VillageID, entries)
	if err != nil {
		return err
	}
	for i := range answer.Items {
		switch amount := moved[answer.Items[i].EntryId]; {
		case amount > 0:
			answer.Items[i].WorkedOff = hundredths(amount)
		case amount < 0:
			answer.Items[i].Owed = hundredths(-amount)
		}
	}
	if !total {
		return nil
	}
	owed, err := ledger.OwedBy(ctx, s.DB.Read, ledger.HouseholdAccount(h.ID, h.VillageID))
	if owed > 0 {
		answer.Owed = hundredths(owed)
	}
	return err
}

// reversedBy are the entries that lines take back.
func reversedBy(lines []ledger.StatementLine) (entries []id.ID) {
	for _, l := range lines {
		if l.ReversesID.Valid {
			entries = append(entries, l.ReversesID.ID)
		}
	}
	return entries
}
