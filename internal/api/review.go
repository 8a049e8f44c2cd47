package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"hufen/internal/auth"
	"hufen/internal/dropoff"
	"hufen/internal/id"
)

// ListReviews lists what waits for a cadre, or what is posted.
func (s *Server) ListReviews(c echo.Context, params ListReviewsParams) error {
	ctx, actor := c.Request().Context(), actorOf(c)
	var after id.ID
	if err := readCursor(params.Cursor, &after); err != nil {
		return err
	}
	read := s.DropOffs.Waiting
	if orZero(params.Posted) {
		read = s.DropOffs.Posted
	}
	limit := limitOf(params.Limit)
	list, err := read(ctx, actor, orZero(params.Division), after, limit+1)
	if err != nil {
		return err
	}
	list, next := page(list, limit, func(d *dropoff.DropOff) any { return d.ID })
	items, err := s.listed(ctx, langOf(c), actor, list)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, DropOffList{Items: items, NextCursor: next})
}

// ReviewDropOff decides about one that waits.
func (s *Server) ReviewDropOff(c echo.Context, dropOffID PathId) error {
	var req NewReview
	if err := bind(c, &req); err != nil {
		return err
	}
	in := dropoff.Review{ID: req.Id, DropOffID: dropOffID, Accept: req.Decision == NewReviewDecisionAccepted, Reason: orZero(req.Reason)}
	for _, line := range orZero(req.Items) {
		in.Corrections = append(in.Corrections, dropoff.Correction{Line: line.Line, Grams: line.Grams, Pieces: line.Pieces,
			Grade: string(orZero(line.Grade))})
	}
	d, err := s.DropOffs.Review(c.Request().Context(), actorOf(c), in)
	if err != nil {
		return err
	}
	return s.decided(c, d)
}

// AcceptDropOffs accepts many, one outcome each.
func (s *Server) AcceptDropOffs(c echo.Context) error {
	var req AcceptanceBatch
	if err := bind(c, &req); err != nil {
		return err
	}
	ctx, actor := c.Request().Context(), actorOf(c)
	reviews, ids := make([]dropoff.Review, len(req.Reviews)), make([]id.ID, len(req.Reviews))
	for i, r := range req.Reviews {
		reviews[i], ids[i] = dropoff.Review{ID: r.Id, DropOffID: r.DropOffId, Accept: true}, r.Id
	}
	return s.answerOutcomes(c, ids, s.DropOffs.ReviewAll(ctx, actor, reviews), func(d *dropoff.DropOff) (DropOff, error) {
		return dropOffAnswer(d), nil
	})
}

// ObjectToDropOff puts one that is posted before a cadre.
func (s *Server) ObjectToDropOff(c echo.Context, dropOffID PathId) error {
	var req NewObjection
	if err := bind(c, &req); err != nil {
		return err
	}
	actor := actorOf(c)
	d, err := s.DropOffs.Object(c.Request().Context(), actor, req.Id, dropOffID, req.Reason)
	if err != nil {
		return err
	}
	if actor.Kind == auth.Household { // it reads no names of those who recorded and review
		return created(c, d.Replayed, dropOffAnswer(d))
	}
	return s.decided(c, d)
}
