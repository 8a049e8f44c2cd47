package api

import (
	"math"
	"net/http"

	"github.com/labstack/echo/v4"

	"hufen/internal/calendar"
	"hufen/internal/collection"
	"hufen/internal/division"
	"hufen/internal/fault"
)

// ListWeighIns lists the tickets in force, newest day first.
func (s *Server) ListWeighIns(c echo.Context, params ListWeighInsParams) error {
	ctx := c.Request().Context()
	f := collection.Filter{DivisionID: orZero(params.Division), Limit: limitOf(params.Limit)}
	var err error
	if f.From, err = dayOf(params.From, "?from"); err != nil {
		return err
	}
	if f.To, err = dayOf(params.To, "?to"); err != nil {
		return err
	}
	if err := readCursor(params.Cursor, &f.After); err != nil {
		return err
	}
	tickets, more, err := s.Collection.WeighIns(ctx, actorOf(c), f)
	if err != nil {
		return err
	}
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return err
	}
	list := WeighInList{Items: weighInAnswers(tree, tickets)}
	if n := len(tickets); n > 0 {
		list.NextCursor = writeCursor(more, collection.Cursor{Day: tickets[n-1].From, ID: tickets[n-1].ID})
	}
	return c.JSON(http.StatusOK, list)
}

// dayOf reads a day of the query; without one it is the zero day. A day that
// does not exist is Invalid "weigh_in.day_unknown".
func dayOf(text *string, pointer string) (calendar.Day, error) {
	if text == nil {
		return 0, nil
	}
	day, err := calendar.ParseDay(*text)
	if err != nil {
		return 0, fault.New(fault.Invalid, "weigh_in.day_unknown").At(pointer)
	}
	return day, nil
}

// CreateWeighIn records a ticket.
func (s *Server) CreateWeighIn(c echo.Context) error {
	var req NewWeighIn
	if err := bind(c, &req); err != nil {
		return err
	}
	ctx := c.Request().Context()
	w, replayed, err := s.Collection.RecordWeighIn(ctx, actorOf(c), collection.NewWeighIn{
		ID: req.Id, Station: req.Station, TicketNumber: req.TicketNumber, VillageID: req.VillageId, Category: collection.Category(req.Category),
		Day: req.Day, To: orZero(req.To), Vehicle: orZero(req.Vehicle),
		Weights: collection.Weights{GrossGrams: req.GrossGrams, TareGrams: req.TareGrams, NetGrams: req.NetGrams},
		Buckets: int64(math.Round(orZero(req.Buckets) * 100)),
	})
	if err != nil {
		return err
	}
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return err
	}
	return created(c, replayed, weighInAnswer(tree, w))
}

// GetWeighIn shows a ticket with all its versions.
func (s *Server) GetWeighIn(c echo.Context, versionID PathId) error {
	ctx := c.Request().Context()
	w, err := s.Collection.WeighIn(ctx, actorOf(c), versionID)
	if err != nil {
		return err
	}
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, weighInAnswer(tree, w))
}

// CorrectWeighIn adds the next version of a ticket.
func (s *Server) CorrectWeighIn(c echo.Context, versionID PathId) error {
	var req WeighInCorrection
	if err := bind(c, &req); err != nil {
		return err
	}
	ctx := c.Request().Context()
	w, replayed, err := s.Collection.CorrectWeighIn(ctx, actorOf(c), versionID, collection.Correction{
		ID: req.Id, Reason: req.Reason, VillageID: req.VillageId, Category: (*collection.Category)(req.Category), Day: req.Day, Void: req.Void,
		Weights: collection.Weights{GrossGrams: req.GrossGrams, TareGrams: req.TareGrams, NetGrams: req.NetGrams},
	})
	if err != nil {
		return err
	}
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return err
	}
	return created(c, replayed, weighInAnswer(tree, w))
}

func weighInAnswers(tree *division.Tree, tickets []collection.WeighIn) []WeighIn {
	answers := make([]WeighIn, len(tickets))
	for i, w := range tickets {
		answers[i] = weighInAnswer(tree, w)
	}
	return answers
}

func weighInAnswer(tree *division.Tree, w collection.WeighIn) WeighIn {
	answer := WeighIn{Id: w.ID, Station: w.Station, TicketNumber: w.TicketNumber, Version: w.Version, Village: divisionBrief(tree, w.VillageID),
		Category: Category(w.Category), From: w.From, To: w.To, GrossGrams: w.GrossGrams, TareGrams: w.TareGrams, NetGrams: w.NetGrams,
		Vehicle: optional(w.Vehicle), Method: WeighInMethod(w.Method), Void: w.Void, Reason: optional(w.Reason), RecordedAt: w.RecordedAt,
		RecordedBy: optional(w.RecordedBy)}
	if len(w.Versions) > 0 {
		versions := weighInAnswers(tree, w.Versions)
		answer.Versions = &versions
	}
	return answer
}
