package api

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"hufen/internal/calendar"
	"hufen/internal/fault"
	"hufen/internal/id"
	"hufen/internal/points"
	"hufen/internal/redemption"
)

// CreateRedemption gives goods for points.
func (s *Server) CreateRedemption(c echo.Context) error {
	var req NewRedemption
	if err := bind(c, &req); err != nil {
		return err
	}
	ctx := c.Request().Context()
	r, err := s.Redemptions.Redeem(ctx, actorOf(c), redemption.Input{
		ID: req.Id, CardCode: req.CardCode, ShopID: req.ShopId, Items: redemptionLines(req.Items),
		PIN: orZero(req.Pin), PhotoID: nullID(req.PhotoId), Confirmation: orZero(req.Confirmation), Points: points.Points(orZero(req.Points))})
	if err != nil {
		return err
	}
	answer := redemptionAnswer(r)
	return created(c, r.Replayed, answer)
}

func redemptionLines(items []RedemptionLine) []redemption.Line {
	lines := make([]redemption.Line, len(items))
	for i, item := range items {
		lines[i] = redemption.Line{GoodsID: item.GoodsId, Quantity: item.Quantity}
	}
	return lines
}

// redemptionAnswer is a redemption as on its receipt. Whoever sells knows whose
// card it is, so the household is left to redemptionsWithHouseholds.
func redemptionAnswer(r *redemption.Redemption) Redemption {
	answer := Redemption{Id: r.ID, Number: r.Number, Shop: ShopBrief{Id: r.ShopID, Name: r.ShopName}, Cashier: optional(r.CashierName),
		RecordedAt: r.RecordedAt, Points: Points(r.Points), Fen: r.Fen, ConfirmMethod: RedemptionConfirmMethod(r.ConfirmMethod),
		Status: RedemptionStatus(r.Status), Items: make([]RedemptionItem, len(r.Items))}
	for i, item := range r.Items {
		answer.Items[i] = RedemptionItem{GoodsId: item.GoodsID, Name: item.Name, Unit: item.Unit, Quantity: item.Quantity,
			UnitPoints: Points(item.UnitPoints), Points: Points(item.Points)}
	}
	if r.HasBalance {
		answer.BalanceBefore, answer.Balance = hundredths(r.BalanceBefore), hundredths(r.Balance)
		answer.Receipt = receiptOf(r.Place)
	}
	return answer
}

// redemptionsWithHouseholds adds house numbers and masked names.
func (s *Server) redemptionsWithHouseholds(ctx context.Context, list []*redemption.Redemption) ([]Redemption, error) {
	households := make([]id.ID, len(list))
	for i, r := range list {
		households[i] = r.HouseholdID
	}
	named, err := s.briefs(ctx, households, nil)
	if err != nil {
		return nil, err
	}
	answers := make([]Redemption, len(list))
	for i, r := range list {
		answers[i] = redemptionAnswer(r)
		answers[i].Household = named.household(r.HouseholdID)
	}
	return answers, nil
}

// QuoteRedemption prices goods for a household.
func (s *Server) QuoteRedemption(c echo.Context) error {
	var req QuoteRequest
	if err := bind(c, &req); err != nil {
		return err
	}
	q, err := s.Redemptions.Quote(c.Request().Context(), actorOf(c),
		redemption.QuoteInput{CardCode: req.CardCode, ShopID: req.ShopId, Items: redemptionLines(req.Items)})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, Quote{Points: Points(q.Points), Enough: q.Missing == 0, MissingPoints: Points(q.Missing), ConfirmNeeded: q.ConfirmNeeded})
}

// ListRedemptions lists a day.
func (s *Server) ListRedemptions(c echo.Context, params ListRedemptionsParams) error {
	ctx := c.Request().Context()
	f := redemption.Filter{ShopID: orZero(params.Shop), Day: s.Divisions.Today(), Limit: limitOf(params.Limit)}
	if params.Day != nil {
		day, err := calendar.ParseDay(*params.Day)
		if err != nil {
			return fault.New(fault.Invalid, "rule.day").At("?day")
		}
		f.Day = day
	}
	if err := readCursor(params.Cursor, &f.Before); err != nil {
		return err
	}
	list, totals, err := s.Redemptions.List(ctx, actorOf(c), f)
	if err != nil {
		return err
	}
	list, next := page(list, f.Limit, func(r *redemption.Redemption) any { return r.ID })
	items, err := s.redemptionsWithHouseholds(ctx, list)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, RedemptionList{Items: items, NextCursor: next, Totals: &RedemptionTotals{
		Redemptions: totals.Redemptions, Points: Points(totals.Points), Fen: totals.Fen}})
}

// GetRedemption shows one.
func (s *Server) GetRedemption(c echo.Context, redemptionID PathId) error {
	r, err := s.Redemptions.Get(c.Request().Context(), actorOf(c), redemptionID)
	if err != nil {
		return err
	}
	return s.answerRedemption(c, http.StatusOK, r)
}

func (s *Server) answerRedemption(c echo.Context, status int, r *redemption.Redemption) error {
	answers, err := s.redemptionsWithHouseholds(c.Request().Context(), []*redemption.Redemption{r})
	if err != nil {
		return err
	}
	if answers[0].Expiry, err = s.nextExpiry(c.Request().Context(), r.HouseholdID, r.VillageID); err != nil {
		return err
	}
	return c.JSON(status, answers[0])
}

// ReverseRedemption takes one back.
func (s *Server) ReverseRedemption(c echo.Context, redemptionID PathId) error {
	var req NewReversal
	if err := bind(c, &req); err != nil {
		return err
	}
	r, err := s.Redemptions.Reverse(c.Request().Context(), actorOf(c), req.Id, redemptionID, req.Reason)
	if err != nil {
		return err
	}
	status := http.StatusCreated
	if r.Replayed {
		status = http.StatusOK
	}
	return s.answerRedemption(c, status, r)
}
