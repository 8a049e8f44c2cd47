package api

import (
	"bytes"
	"net/http"

	"github.com/labstack/echo/v4"

	"hufen/internal/settlement"
)

// ListSettlements lists the statements of shops.
func (s *Server) ListSettlements(c echo.Context, params ListSettlementsParams) error {
	ctx := c.Request().Context()
	f := settlement.Filter{ShopID: orZero(params.Shop), DivisionID: orZero(params.Division),
		State: settlement.State(orZero(params.State)), Limit: limitOf(params.Limit)}
	var err error
	if f.Month, err = monthOf(orZero(params.Month), "?month"); err != nil {
		return err
	}
	if err := readCursor(params.Cursor, &f.After); err != nil {
		return err
	}
	list, err := s.Settlements.List(ctx, actorOf(c), f)
	if err != nil {
		return err
	}
	list, next := page(list, f.Limit, func(one *settlement.Settlement) any { return settlement.Cursor{Month: one.Month, ID: one.ID} })
	items := make([]Settlement, len(list))
	for i, one := range list {
		if items[i], err = s.settlementAnswer(c, one); err != nil {
			return err
		}
	}
	return c.JSON(http.StatusOK, SettlementList{Items: items, NextCursor: next})
}

func (s *Server) settlementAnswer(c echo.Context, found *settlement.Settlement) (Settlement, error) {
	ctx := c.Request().Context()
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return Settlement{}, err
	}
	may, err := s.Settlements.May(ctx, actorOf(c), found)
	if err != nil {
		return Settlement{}, err
	}
	answer := Settlement{Id: found.ID, Number: found.Number(), Shop: ShopBrief{Id: found.ShopID, Name: found.ShopName},
		Town: divisionBrief(tree, found.TownID), Month: found.Month, Version: found.Version, Items: found.Items, Points: Points(found.Points),
		Fen: found.Fen, State: SettlementState(found.State()), Acts: make([]SettlementAct, len(found.Acts)), May: make([]SettlementMay, len(may))}
	for i, a := range found.Acts {
		answer.Acts[i] = SettlementAct{Act: SettlementActAct(a.Act), At: a.At, By: optional(a.ActorName), Detail: optional(a.Detail), PaidOn: optional(a.PaidOn)}
	}
	for i, act := range may {
		answer.May[i] = SettlementMay(act)
	}
	return answer, nil
}

// answerSettlement answers with a settlement and its goods.
func (s *Server) answerSettlement(c echo.Context, status int, found *settlement.Settlement) error {
	answer, err := s.settlementAnswer(c, found)
	if err != nil {
		return err
	}
	goods, err := s.Settlements.Lines(c.Request().Context(), found.ID)
	if err != nil {
		return err
	}
	lines := make([]SettlementLine, len(goods))
	for i, l := range goods {
		lines[i] = SettlementLine{Name: l.Name, Unit: l.Unit, UnitPoints: Points(l.UnitPoints), Quantity: l.Quantity,
			Points: Points(l.Points), Fen: l.Fen, Back: l.Back}
	}
	answer.Lines = &lines
	return c.JSON(status, answer)
}

// settled answers an act: 201, or 200 when it had been done before.
func (s *Server) settled(c echo.Context, found *settlement.Settlement, err error) error {
	if err != nil {
		return err
	}
	if found.Replayed {
		return s.answerSettlement(c, http.StatusOK, found)
	}
	return s.answerSettlement(c, http.StatusCreated, found)
}

// CreateSettlement draws up a statement.
func (s *Server) CreateSettlement(c echo.Context) error {
	var req NewSettlement
	if err := bind(c, &req); err != nil {
		return err
	}
	found, err := s.Settlements.Create(c.Request().Context(), actorOf(c),
		settlement.NewSettlement{ID: req.Id, ShopID: req.ShopId, Month: req.Month})
	return s.settled(c, found, err)
}

// GetSettlement shows one.
func (s *Server) GetSettlement(c echo.Context, settlementID PathId) error {
	found, err := s.Settlements.Get(c.Request().Context(), actorOf(c), settlementID)
	if err != nil {
		return err
	}
	return s.answerSettlement(c, http.StatusOK, found)
}

// SubmitSettlement hands a draft in.
func (s *Server) SubmitSettlement(c echo.Context, settlementID PathId) error {
	var req NewSubmission
	if err := bind(c, &req); err != nil {
		return err
	}
	found, err := s.Settlements.Submit(c.Request().Context(), actorOf(c), req.Id, settlementID)
	return s.settled(c, found, err)
}

// ApproveSettlement approves one.
func (s *Server) ApproveSettlement(c echo.Context, settlementID PathId) error {
	var req NewApproval
	if err := bind(c, &req); err != nil {
		return err
	}
	found, err := s.Settlements.Approve(c.Request().Context(), actorOf(c), req.Id, settlementID)
	return s.settled(c, found, err)
}

// RejectSettlement refuses one.
func (s *Server) RejectSettlement(c echo.Context, settlementID PathId) error {
	var req NewRejection
	if err := bind(c, &req); err != nil {
		return err
	}
	found, err := s.Settlements.Reject(c.Request().Context(), actorOf(c), req.Id, settlementID, req.Reason)
	return s.settled(c, found, err)
}

// PaySettlement notes a payment.
func (s *Server) PaySettlement(c echo.Context, settlementID PathId) error {
	var req NewPayment
	if err := bind(c, &req); err != nil {
		return err
	}
	found, err := s.Settlements.Pay(c.Request().Context(), actorOf(c), req.Id, settlementID, req.Reference, req.PaidOn)
	return s.settled(c, found, err)
}

// PrintSettlement answers with a page for signatures and seals. They are Chinese
// officials', so the page is in Chinese whatever the browser asks for.
func (s *Server) PrintSettlement(c echo.Context, settlementID PathId) error {
	ctx := c.Request().Context()
	found, err := s.Settlements.Get(ctx, actorOf(c), settlementID)
	if err != nil {
		return err
	}
	var page bytes.Buffer
	if err := s.Settlements.WriteSheet(ctx, &page, found); err != nil {
		return err
	}
	return c.HTMLBlob(http.StatusOK, page.Bytes())
}

// ExportSettlement answers with a spreadsheet. It is written before anything is
// sent, so that a failure still gets a proper answer.
func (s *Server) ExportSettlement(c echo.Context, settlementID PathId) error {
	ctx := c.Request().Context()
	found, err := s.Settlements.Get(ctx, actorOf(c), settlementID)
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if err := s.Settlements.WriteXLSX(ctx, &file, found, langOf(c)); err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="settlement-`+found.Number()+`.xlsx"`)
	return c.Blob(http.StatusOK, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", file.Bytes())
}
