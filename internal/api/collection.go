package api

import (
	"math"
	"net/http"

	"github.com/labstack/echo/v4"

	"hufen/internal/collection"
	"hufen/internal/division"
)

// ListCollectionPoints lists collection points, a cleaner's own ones first.
func (s *Server) ListCollectionPoints(c echo.Context, params ListCollectionPointsParams) error {
	ctx := c.Request().Context()
	f := collection.PointFilter{DivisionID: orZero(params.Division), Limit: limitOf(params.Limit)}
	if err := readCursor(params.Cursor, &f.After); err != nil {
		return err
	}
	points, last, more, err := s.Collection.Points(ctx, actorOf(c), f)
	if err != nil {
		return err
	}
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return err
	}
	items := make([]CollectionPoint, len(points))
	for i, p := range points {
		items[i] = pointAnswer(tree, p)
	}
	return c.JSON(http.StatusOK, CollectionPointList{Items: items, NextCursor: writeCursor(more, last)})
}

// CreateCollectionPoint opens a collection point.
func (s *Server) CreateCollectionPoint(c echo.Context) error {
	var req NewCollectionPoint
	if err := bind(c, &req); err != nil {
		return err
	}
	ctx := c.Request().Context()
	p, replayed, err := s.Collection.CreatePoint(ctx, actorOf(c), collection.Point{
		ID: req.Id, VillageID: req.VillageId, Name: req.Name, LatitudeE6: millionths(req.Latitude), LongitudeE6: millionths(req.Longitude),
		OpenedOn: orZero(req.OpenedOn),
	})
	if err != nil {
		return err
	}
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return err
	}
	return created(c, replayed, pointAnswer(tree, p))
}

// UpdateCollectionPoint renames, moves or closes a collection point.
func (s *Server) UpdateCollectionPoint(c echo.Context, pointID PathId) error {
	var req CollectionPointChange
	if err := bind(c, &req); err != nil {
		return err
	}
	ctx := c.Request().Context()
	p, err := s.Collection.ChangePoint(ctx, actorOf(c), pointID, collection.PointChange{
		Name: req.Name, LatitudeE6: millionths(req.Latitude), LongitudeE6: millionths(req.Longitude), ClosedOn: req.ClosedOn,
	})
	if err != nil {
		return err
	}
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, pointAnswer(tree, p))
}

func pointAnswer(tree *division.Tree, p collection.Point) CollectionPoint {
	return CollectionPoint{Id: p.ID, Name: p.Name, Village: divisionBrief(tree, p.VillageID), Latitude: degrees(p.LatitudeE6),
		Longitude: degrees(p.LongitudeE6), OpenedOn: p.OpenedOn, ClosedOn: optional(p.ClosedOn)}
}

// millionths turns degrees into what is stored.
func millionths(d *float64) *int32 {
	if d == nil {
		return nil
	}
	e6 := int32(math.Round(*d * 1e6))
	return &e6
}

func degrees(e6 *int32) *float64 {
	if e6 == nil {
		return nil
	}
	d := float64(*e6) / 1e6
	return &d
}
