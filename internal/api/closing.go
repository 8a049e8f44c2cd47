package api

import (
	"bytes"
	"maps"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"hufen/internal/calendar"
	"hufen/internal/closing"
	"hufen/internal/division"
	"hufen/internal/fault"
)

// GetLiability answers with what is outstanding per village, as JSON or as a
// file.
func (s *Server) GetLiability(c echo.Context, params GetLiabilityParams) error {
	ctx := c.Request().Context()
	var day calendar.Day
	if params.Day != nil {
		var err error
		if day, err = calendar.ParseDay(*params.Day); err != nil {
			return fault.New(fault.Invalid, "liability.day").At("?day")
		}
	}
	found, err := s.Closings.Liability(ctx, actorOf(c), orZero(params.Division), day)
	if err != nil {
		return err
	}
	if format := orZero(params.Format); format != "" && format != GetLiabilityParamsFormatJson {
		tree, err := s.Divisions.Tree(ctx)
		if err != nil {
			return err
		}
		return sendLiability(c, tree, found, format)
	}
	answer := LiabilityReport{Day: found.Day, Rows: liabilityRows(found.Rows)}
	if found.Total != nil {
		total := liabilityRow(*found.Total)
		answer.Total = &total
	}
	if len(found.Towns) > 0 {
		towns := liabilityRows(found.Towns)
		answer.Towns = &towns
	}
	return c.JSON(http.StatusOK, answer)
}

// sendLiability answers with a file. It is written before anything is sent, so
// that a failure still gets a proper answer.
func sendLiability(c echo.Context, tree *division.Tree, found *closing.Liability, format GetLiabilityParamsFormat) error {
	var file bytes.Buffer
	contentType, write := "text/csv; charset=utf-8", found.WriteCSV
	if format == GetLiabilityParamsFormatXlsx {
		contentType, write = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", found.WriteXLSX
	}
	if err := write(&file, tree, langOf(c)); err != nil {
		return err
	}
	name := "liability-" + found.Day.String() + "." + string(format)
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	return c.Blob(http.StatusOK, contentType, file.Bytes())
}

func liabilityRows(rows []closing.LiabilityRow) []LiabilityRow {
	answers := make([]LiabilityRow, len(rows))
	for i, row := range rows {
		answers[i] = liabilityRow(row)
	}
	return answers
}

func liabilityRow(row closing.LiabilityRow) LiabilityRow {
	return LiabilityRow{Division: briefOf(row.Division), Villages: optional(row.Villages), Points: Points(row.Points), Clawback: Points(row.Clawback),
		ValueFen: optional(row.ValueFen), Fen: row.Fen, Owed: Points(row.Owed), OwedFen: row.OwedFen}
}

func briefOf(d division.Division) DivisionBrief {
	return DivisionBrief{Id: d.ID, Name: d.Name, Level: Level(d.Level)}
}

// ListClosings lists the months of a town.
func (s *Server) ListClosings(c echo.Context, params ListClosingsParams) error {
	months, err := s.Closings.Months(c.Request().Context(), actorOf(c), params.Town)
	if err != nil {
		return err
	}
	items := make([]Closing, len(months))
	for i := range months {
		items[i] = closingAnswer(&months[i])
	}
	return c.JSON(http.StatusOK, ClosingList{Items: items})
}

func closingAnswer(found *closing.Month) Closing {
	answer := Closing{Town: briefOf(found.Town), Month: found.Month, State: ClosingState(found.State), ClosedAt: optional(found.ClosedAt),
		Acts: make([]ClosingAct, len(found.Acts)), Blockers: make([]ClosingBlocker, len(found.Blockers)), May: make([]ClosingMay, len(found.May))}
	for i, a := range found.Acts {
		answer.Acts[i] = ClosingAct{Act: ClosingActAct(a.Act), At: a.At, By: optional(a.ActorName), Reason: optional(a.Reason)}
	}
	for i, b := range found.Blockers {
		answer.Blockers[i] = ClosingBlocker{Kind: ClosingBlockerKind(b.Kind), Count: b.Count, ObjectId: optional(b.ID), Name: optional(b.Name)}
	}
	for i, act := range found.May {
		answer.May[i] = ClosingMay(act)
	}
	if len(found.Villages) > 0 {
		villages := make([]ClosingVillage, len(found.Villages))
		for i, v := range found.Villages {
			villages[i] = ClosingVillage{Village: briefOf(v.Village), Figures: figureAnswers(v)}
		}
		answer.Villages = &villages
	}
	return answer
}

// figureAnswers puts the figures as recorded beside those as restated.
func figureAnswers(v closing.VillageFigures) []ClosingFigure {
	names := slices.Collect(maps.Keys(v.Restated))
	for name := range v.Recorded {
		if _, ok := v.Restated[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	figures := make([]ClosingFigure, len(names))
	for i, name := range names {
		figures[i].Name = name
		if value, ok := v.Recorded[name]; ok {
			figures[i].Recorded = &value
		}
		if value, ok := v.Restated[name]; ok {
			figures[i].Restated = &value
		}
	}
	return figures
}

// GetClosing shows a town's month.
func (s *Server) GetClosing(c echo.Context, townID PathId, month PathMonth) error {
	asked, err := monthOf(month, "/month")
	if err != nil {
		return err
	}
	found, err := s.Closings.Month(c.Request().Context(), actorOf(c), townID, asked)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, closingAnswer(found))
}

// CloseMonth closes one.
func (s *Server) CloseMonth(c echo.Context, townID PathId, month PathMonth) error {
	var req NewClosing
	asked, err := monthOf(month, "/month")
	if err == nil {
		err = bind(c, &req)
	}
	if err != nil {
		return err
	}
	return closed(c)(s.Closings.Close(c.Request().Context(), actorOf(c), req.Id, townID, asked))
}

// AskReopening asks for one to be re-opened.
func (s *Server) AskReopening(c echo.Context, townID PathId, month PathMonth) error {
	var req NewReopening
	asked, err := monthOf(month, "/month")
	if err == nil {
		err = bind(c, &req)
	}
	if err != nil {
		return err
	}
	return closed(c)(s.Closings.AskReopening(c.Request().Context(), actorOf(c), req.Id, townID, asked, req.Reason))
}

// ReopenMonth re-opens one.
func (s *Server) ReopenMonth(c echo.Context, townID PathId, month PathMonth) error {
	var req NewClosing
	asked, err := monthOf(month, "/month")
	if err == nil {
		err = bind(c, &req)
	}
	if err != nil {
		return err
	}
	return closed(c)(s.Closings.Reopen(c.Request().Context(), actorOf(c), req.Id, townID, asked))
}

// closed answers an act on a month.
func closed(c echo.Context) func(*closing.Month, error) error {
	return func(found *closing.Month, err error) error {
		if err != nil {
			return err
		}
		return created(c, found.Replayed, closingAnswer(found))
	}
}
