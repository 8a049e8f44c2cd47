package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"hufen/internal/division"
	"hufen/internal/household"
)

// ListHouseholds lists households by village, group and house number.
func (s *Server) ListHouseholds(c echo.Context, params ListHouseholdsParams) error {
	filter := household.Filter{
		DivisionID: orZero(params.Division), Text: orZero(params.Q), Closed: orZero(params.Closed), Limit: limitOf(params.Limit),
	}
	if err := readCursor(params.Cursor, &filter.After); err != nil {
		return err
	}
	households, more, err := s.Households.List(c.Request().Context(), actorOf(c), filter)
	if err != nil {
		return err
	}
	tree, err := s.Divisions.Tree(c.Request().Context())
	if err != nil {
		return err
	}
	list := HouseholdList{Items: make([]Household, len(households))}
	for i, h := range households {
		list.Items[i] = householdAnswer(tree, h)
	}
	if more {
		list.NextCursor = writeCursor(more, household.CursorOf(households[len(households)-1]))
	}
	return c.JSON(http.StatusOK, list)
}

// CreateHousehold registers a household.
func (s *Server) CreateHousehold(c echo.Context) error {
	var req NewHousehold
	if err := bind(c, &req); err != nil {
		return err
	}
	h, replayed, err := s.Households.Register(c.Request().Context(), actorOf(c), household.NewHousehold{
		ID: req.Id, DivisionID: req.DivisionId, HouseNumber: req.HouseNumber, HeadName: req.HeadName, Phone: orZero(req.Phone),
		MemberCount: req.MemberCount, From: orZero(req.From), Consent: orZero(req.Consent),
	})
	if err != nil {
		return err
	}
	tree, err := s.Divisions.Tree(c.Request().Context())
	if err != nil {
		return err
	}
	return created(c, replayed, householdAnswer(tree, h))
}

// GetHousehold shows one household with its cards and member counts.
func (s *Server) GetHousehold(c echo.Context, householdID PathId) error {
	h, err := s.Households.Get(c.Request().Context(), actorOf(c), householdID)
	if err != nil {
		return err
	}
	return s.answerHousehold(c, h)
}

// UpdateHousehold changes a household.
func (s *Server) UpdateHousehold(c echo.Context, householdID PathId) error {
	var req HouseholdChange
	if err := bind(c, &req); err != nil {
		return err
	}
	h, err := s.Households.Change(c.Request().Context(), actorOf(c), householdID, household.Change{
		MemberCount: req.MemberCount, From: req.From, HouseNumber: req.HouseNumber, HeadName: req.HeadName, Phone: req.Phone,
		Consent: req.Consent, Closed: req.Closed,
	})
	if err != nil {
		return err
	}
	return s.answerHousehold(c, h)
}

// RevealHousehold shows the full name and phone, once, and it is written down.
func (s *Server) RevealHousehold(c echo.Context, householdID PathId) error {
	var req Reveal
	if err := bind(c, &req); err != nil {
		return err
	}
	person, err := s.Households.Reveal(c.Request().Context(), actorOf(c), householdID, req.Reason)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, Person{HeadName: person.HeadName, Phone: optional(person.Phone)})
}

// SetPin sets a household's PIN.
func (s *Server) SetPin(c echo.Context, householdID PathId) error {
	var req SetPin
	if err := bind(c, &req); err != nil {
		return err
	}
	if err := s.Households.SetPIN(c.Request().Context(), actorOf(c), householdID, req.Pin); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// CreateConfirmation gives a cadre a code for one redemption.
func (s *Server) CreateConfirmation(c echo.Context, householdID PathId) error {
	confirmation, err := s.Households.Confirm(c.Request().Context(), actorOf(c), householdID)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, Confirmation{Code: confirmation.Code, ExpiresAt: confirmation.ExpiresAt})
}

func (s *Server) answerHousehold(c echo.Context, h household.Household) error {
	tree, err := s.Divisions.Tree(c.Request().Context())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, householdAnswer(tree, h))
}

func householdAnswer(tree *division.Tree, h household.Household) Household {
	brief := householdBrief(tree, h.Brief)
	answer := Household{
		Id: brief.Id, HouseNumber: brief.HouseNumber, MaskedName: brief.MaskedName, MemberCount: brief.MemberCount,
		Village: brief.Village, Group: brief.Group,
		OpenedAt: h.OpenedAt, ClosedAt: optional(h.ClosedAt), ConsentAt: optional(h.ConsentAt), ErasedAt: optional(h.ErasedAt), HasPhone: &h.HasPhone, HasPin: h.HasPIN,
	}
	if h.Card != nil {
		card := cardAnswer(*h.Card)
		answer.Card = &card
	}
	if h.Cards != nil {
		cards := make([]Card, len(h.Cards))
		for i, card := range h.Cards {
			cards[i] = cardAnswer(card)
		}
		answer.Cards = &cards
	}
	if h.Members != nil {
		members := make([]MemberCount, len(h.Members))
		for i, m := range h.Members {
			members[i] = MemberCount{From: m.From, Count: m.Count}
		}
		answer.Members = &members
	}
	return answer
}
