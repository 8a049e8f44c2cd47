package api

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"hufen/internal/auth"
	"hufen/internal/division"
	"hufen/internal/id"
	"hufen/internal/report"
)

// ListBaselines lists the baselines in force and those that wait.
func (s *Server) ListBaselines(c echo.Context, params ListBaselinesParams) error {
	ctx := c.Request().Context()
	f := report.BaselineFilter{DivisionID: orZero(params.Division), Limit: limitOf(params.Limit)}
	if err := readCursor(params.Cursor, &f.After); err != nil {
		return err
	}
	baselines, last, more, err := s.Reports.Baselines(ctx, actorOf(c), f)
	if err != nil {
		return err
	}
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return err
	}
	items := make([]Baseline, len(baselines))
	for i, b := range baselines {
		items[i] = baselineAnswer(tree, b)
	}
	return c.JSON(http.StatusOK, BaselineList{Items: items, NextCursor: writeCursor(more, last)})
}

// CreateBaseline stores a version of a baseline.
func (s *Server) CreateBaseline(c echo.Context) error {
	var req NewBaseline
	if err := bind(c, &req); err != nil {
		return err
	}
	ctx := c.Request().Context()
	b, replayed, err := s.Reports.CreateBaseline(ctx, actorOf(c), report.NewBaseline{
		ID: req.Id, VillageID: req.VillageId, Month: req.Month, DisposalGrams: orZero(req.DisposalGrams), PersonDays: orZero(req.PersonDays),
		Method: req.Method, Source: req.Source, Reason: orZero(req.Reason),
	})
	if err != nil {
		return err
	}
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return err
	}
	return created(c, replayed, baselineAnswer(tree, b))
}

// LockBaseline makes the caller stand for a baseline.
func (s *Server) LockBaseline(c echo.Context, baselineID PathId) error {
	return s.actOnBaseline(c, baselineID, s.Reports.LockBaseline)
}

// SignBaseline puts a locked baseline in force.
func (s *Server) SignBaseline(c echo.Context, baselineID PathId) error {
	return s.actOnBaseline(c, baselineID, s.Reports.SignBaseline)
}

func (s *Server) actOnBaseline(c echo.Context, baselineID id.ID, act func(context.Context, auth.Actor, id.ID) (report.Baseline, error)) error {
	ctx := c.Request().Context()
	b, err := act(ctx, actorOf(c), baselineID)
	if err != nil {
		return err
	}
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, baselineAnswer(tree, b))
}

func baselineAnswer(tree *division.Tree, b report.Baseline) Baseline {
	return Baseline{Id: b.ID, Village: divisionBrief(tree, b.VillageID), Month: b.Month, CalendarMonth: b.CalendarMonth, Version: b.Version,
		DisposalGrams: b.DisposalGrams, PersonDays: b.PersonDays, Method: b.Method, Source: b.Source, Reason: optional(b.Reason),
		State: BaselineState(b.State), CreatedBy: b.Creator, LockedBy: optional(b.Locker), LockedAt: optional(b.LockedAt),
		SignedBy: optional(b.Signer), SignedAt: optional(b.SignedAt)}
}
