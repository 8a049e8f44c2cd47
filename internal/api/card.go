package api

import (
	"bytes"
	"net/http"

	"github.com/labstack/echo/v4"

	"hufen/internal/auth"
	"hufen/internal/dropoff"
	"hufen/internal/fault"
	"hufen/internal/household"
	"hufen/internal/i18n"
)

// IssueCard issues a household's card.
func (s *Server) IssueCard(c echo.Context) error {
	var req NewCard
	if err := bind(c, &req); err != nil {
		return err
	}
	card, replayed, err := s.Households.Issue(c.Request().Context(), actorOf(c), household.NewCard{
		ID: req.Id, HouseholdID: req.HouseholdId, Consent: orZero(req.Consent), PIN: orZero(req.Pin),
	})
	if err != nil {
		return err
	}
	return created(c, replayed, cardAnswer(card))
}

// RevokeCard makes a card dead.
func (s *Server) RevokeCard(c echo.Context, cardID PathId) error {
	var req Reason
	if err := bind(c, &req); err != nil {
		return err
	}
	card, err := s.Households.Revoke(c.Request().Context(), actorOf(c), cardID, req.Reason)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, cardAnswer(card))
}

// ReplaceCard makes a card dead and issues a new one in its place.
func (s *Server) ReplaceCard(c echo.Context, cardID PathId) error {
	var req ReplaceCard
	if err := bind(c, &req); err != nil {
		return err
	}
	card, replayed, err := s.Households.Replace(c.Request().Context(), actorOf(c), cardID, req.Id, req.Reason)
	if err != nil {
		return err
	}
	return created(c, replayed, cardAnswer(card))
}

func cardAnswer(c household.Card) Card {
	answer := Card{Id: c.ID, Version: c.Version, State: "live", IssuedAt: c.IssuedAt, RevokedAt: optional(c.RevokedAt), Reason: optional(c.Reason)}
	switch {
	case c.Replaced():
		answer.State = "replaced"
	case !c.Live():
		answer.State = "revoked"
	}
	return answer
}

// LookUpCard tells staff whose card they scanned, and what drop-offs earn there
// today.
func (s *Server) LookUpCard(c echo.Context) error {
	var req CardCode
	if err := bind(c, &req); err != nil {
		return err
	}
	code, err := household.ParseCode(req.CardCode)
	if err != nil {
		return at(err, "/card_code")
	}
	ctx := c.Request().Context()
	found, err := s.Households.LookUp(ctx, actorOf(c), code)
	if err != nil {
		return err
	}
	h, today := found.Household, s.Divisions.Today()
	tariff, err := s.DropOffs.TariffOn(ctx, h.DivisionID, today)
	if fault.Is(err, "tariff.none") && !actorOf(c).Has(auth.Cleaner) {
		tariff, err = &dropoff.Tariff{DivisionID: h.VillageID}, nil // a shop gives goods all the same
	}
	if err != nil {
		return err
	}
	last, err := s.DropOffs.LastOf(ctx, h.ID, h.VillageID, today)
	if err != nil {
		return err
	}
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, CardHousehold{
		CardId: found.CardID, Household: householdBrief(tree, h.Brief), HasPin: &h.HasPIN,
		LastDropOffAt: optional(last), Tariff: tariffAnswer(tree, tariff),
	})
}

// at points a fault at a place in the request.
func at(err error, pointer string) error {
	if f, ok := fault.As(err); ok {
		return f.At(pointer)
	}
	return err
}

// PrintCards answers with a page to print. The cards are for villagers, so the
// page is in Chinese whatever the browser asks for.
func (s *Server) PrintCards(c echo.Context, params PrintCardsParams) error {
	cards, err := s.Households.EnsureCards(c.Request().Context(), actorOf(c), household.Selection{
		DivisionID: orZero(params.Division), HouseholdIDs: orZero(params.Household),
	})
	if err != nil {
		return err
	}
	var page bytes.Buffer
	if err := household.WriteSheet(&page, cards, household.SheetOptions{PublicURL: s.Config.PublicURL, Lang: i18n.Chinese}); err != nil {
		return err
	}
	return c.HTMLBlob(http.StatusOK, page.Bytes())
}

// printStyle answers with the style of a print page.
func printStyle(css []byte) echo.HandlerFunc {
	return func(c echo.Context) error { return c.Blob(http.StatusOK, "text/css; charset=utf-8", css) }
}
