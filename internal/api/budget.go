package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"hufen/internal/budget"
	"hufen/internal/points"
)

// ListBudgets lists the budgets that hold in a month.
func (s *Server) ListBudgets(c echo.Context, params ListBudgetsParams) error {
	month, err := monthOf(orZero(params.Month), "?month")
	if err != nil {
		return err
	}
	list, err := s.Budgets.List(c.Request().Context(), actorOf(c), orZero(params.Division), month)
	if err != nil {
		return err
	}
	items := make([]Budget, len(list))
	for i, b := range list {
		items[i] = Budget{Id: b.ID, Division: briefOf(b.Division), Period: BudgetPeriod(b.Period), ValidFrom: b.ValidFrom, Points: Points(b.Points),
			AtFull: BudgetAtFull(b.AtFull), From: b.From, To: b.To, Used: Points(b.Used), Permille: b.Permille(), State: BudgetState(b.State()),
			RecordedAt: b.RecordedAt, By: optional(b.ActorName)}
	}
	return c.JSON(http.StatusOK, BudgetList{Items: items})
}

// SetBudget gives a division a budget.
func (s *Server) SetBudget(c echo.Context) error {
	var req NewBudget
	if err := bind(c, &req); err != nil {
		return err
	}
	made, replayed, err := s.Budgets.Set(c.Request().Context(), actorOf(c), budget.Budget{ID: req.Id, DivisionID: req.DivisionId,
		Period: string(req.Period), ValidFrom: req.ValidFrom, Points: points.Points(req.Points), AtFull: string(req.AtFull)})
	if err != nil {
		return err
	}
	return created(c, replayed, NewBudget{Id: made.ID, DivisionId: made.DivisionID, Period: BudgetPeriod(made.Period), ValidFrom: made.ValidFrom,
		Points: Points(made.Points), AtFull: BudgetAtFull(made.AtFull)})
}
