package api

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"hufen/internal/division"
)

// ListDivisions lists divisions inside the own scope.
func (s *Server) ListDivisions(c echo.Context, params ListDivisionsParams) error {
	filter := division.Filter{ParentID: orZero(params.Parent), Level: division.Level(orZero(params.Level)), Text: orZero(params.Q), Limit: limitOf(params.Limit)}
	if err := readCursor(params.Cursor, &filter.After); err != nil {
		return err
	}
	ctx, actor := c.Request().Context(), actorOf(c)
	divisions, more, err := s.Divisions.List(ctx, actor, actor.Divisions(), filter)
	if err != nil {
		return err
	}
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return err
	}
	list := DivisionList{Items: make([]Division, len(divisions))}
	for i, d := range divisions {
		list.Items[i] = divisionAnswer(tree, d)
	}
	if more {
		list.NextCursor = writeCursor(true, divisions[len(divisions)-1].ID)
	}
	return c.JSON(http.StatusOK, list)
}

func divisionAnswer(tree *division.Tree, d division.Division) Division {
	answer := Division{Id: d.ID, ParentId: optional(d.ParentID), Level: Level(d.Level), Name: d.Name, Code: d.Code, ValidFrom: d.ValidFrom}
	if d.ValidTo != division.Forever {
		answer.ValidTo = &d.ValidTo
	}
	ancestors := []DivisionBrief{}
	for _, above := range tree.Path(d.ParentID) {
		if above.Level == division.District || division.District.Above(above.Level) {
			ancestors = append(ancestors, divisionBrief(tree, above.ID))
		}
	}
	answer.Ancestors = &ancestors
	return answer
}

// GetDivision shows a division with what lies above it.
func (s *Server) GetDivision(c echo.Context, divisionID PathId) error {
	d, _, err := s.Divisions.Get(c.Request().Context(), actorOf(c), divisionID)
	if err != nil {
		return err
	}
	return s.answerDivision(c, false, d)
}

// answerDivision answers 201 with a division that was created, else 200.
func (s *Server) answerDivision(c echo.Context, isNew bool, d division.Division) error {
	ctx := c.Request().Context()
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return err
	}
	answer := divisionAnswer(tree, d)
	if answer.Households, err = s.householdCount(ctx, d); err != nil {
		return err
	}
	return created(c, !isNew, answer)
}

// householdCount returns how many open households live in a village or group.
func (s *Server) householdCount(ctx context.Context, d division.Division) (*int64, error) {
	column := map[division.Level]string{division.Village: "village_id", division.Group: "division_id"}[d.Level]
	if column == "" {
		return nil, nil
	}
	var n int64
	err := s.DB.Read.WithContext(ctx).Table("households").Where(column+" = ? AND closed_at = 0", d.ID).Count(&n).Error
	return &n, err
}

// CreateDivision adds a division.
func (s *Server) CreateDivision(c echo.Context) error {
	var req NewDivision
	if err := bind(c, &req); err != nil {
		return err
	}
	d, replayed, err := s.Divisions.Create(c.Request().Context(), actorOf(c), division.NewDivision{
		ID: req.Id, ParentID: orZero(req.ParentId), Level: division.Level(req.Level), Name: req.Name, Code: orZero(req.Code), ValidFrom: orZero(req.ValidFrom),
	})
	if err != nil {
		return err
	}
	return s.answerDivision(c, !replayed, d)
}

// UpdateDivision renames, recodes or ends a division.
func (s *Server) UpdateDivision(c echo.Context, divisionID PathId) error {
	var req DivisionChange
	if err := bind(c, &req); err != nil {
		return err
	}
	d, err := s.Divisions.Update(c.Request().Context(), actorOf(c), divisionID, division.Update{From: req.From, Name: req.Name, Code: req.Code, Ended: req.Ended})
	if err != nil {
		return err
	}
	return s.answerDivision(c, false, d)
}
