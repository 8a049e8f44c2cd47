package api

import (
	"bytes"
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"hufen/internal/division"
	"hufen/internal/expiry"
	"hufen/internal/household"
	"hufen/internal/id"
)

// ListExpiryRules shows how points run out in a division.
func (s *Server) ListExpiryRules(c echo.Context, params ListExpiryRulesParams) error {
	ctx := c.Request().Context()
	found, err := s.Expiries.Rules(ctx, actorOf(c), params.Division)
	if err != nil {
		return err
	}
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return err
	}
	answer := ExpiryRuleList{Items: make([]ExpiryRule, len(found.All))}
	for i, rule := range found.All {
		answer.Items[i] = expiryRuleAnswer(tree, rule)
	}
	if found.InForce != nil {
		rule := expiryRuleAnswer(tree, found.InForce)
		answer.InForce = &rule
	}
	return c.JSON(http.StatusOK, answer)
}

func expiryRuleAnswer(tree *division.Tree, rule *expiry.Rule) ExpiryRule {
	return ExpiryRule{Id: rule.ID, Division: divisionBrief(tree, rule.DivisionID), Mode: ExpiryMode(rule.Mode), Months: rule.Months,
		ValidFrom: rule.ValidFrom, FirstOn: optional(rule.FirstOn()), RecordedAt: rule.RecordedAt}
}

// CreateExpiryRule records a rule.
func (s *Server) CreateExpiryRule(c echo.Context) error {
	var req NewExpiryRule
	if err := bind(c, &req); err != nil {
		return err
	}
	ctx := c.Request().Context()
	rule, replayed, err := s.Expiries.AddRule(ctx, actorOf(c), expiry.NewRule{ID: req.Id, DivisionID: req.DivisionId,
		Mode: expiry.Mode(req.Mode), Months: req.Months, ValidFrom: req.ValidFrom})
	if err != nil {
		return err
	}
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return err
	}
	return created(c, replayed, expiryRuleAnswer(tree, rule))
}

// ListExpiryNotices lists who loses points soon, as JSON or as a file.
func (s *Server) ListExpiryNotices(c echo.Context, params ListExpiryNoticesParams) error {
	ctx := c.Request().Context()
	if params.Format != nil && *params.Format == NoticesCSV {
		return s.sendExpiryNotices(c, orZero(params.Division))
	}
	f := expiry.Filter{DivisionID: orZero(params.Division), Limit: limitOf(params.Limit)}
	if err := readCursor(params.Cursor, &f.After); err != nil {
		return err
	}
	list, more, err := s.Expiries.Notices(ctx, actorOf(c), f)
	if err != nil {
		return err
	}
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return err
	}
	answer := ExpiryNoticeList{Until: s.Expiries.TellsUntil(), Items: make([]ExpiryNotice, len(list))}
	for i, n := range list {
		answer.Items[i] = ExpiryNotice{Household: householdBrief(tree, n.Brief), Points: Points(n.Points), ExpiresOn: n.ExpiresOn}
	}
	if more {
		answer.NextCursor = writeCursor(true, household.CursorOf(list[len(list)-1].Household))
	}
	if f.After.ID.IsZero() {
		sum, err := s.Expiries.Sum(ctx, actorOf(c), f.DivisionID)
		if err != nil {
			return err
		}
		answer.Households, answer.Points = &sum.Households, hundredths(sum.Points)
	}
	return c.JSON(http.StatusOK, answer)
}

// sendExpiryNotices answers with a file. It is written before anything is sent,
// so that a failure still gets a proper answer.
func (s *Server) sendExpiryNotices(c echo.Context, divisionID id.ID) error {
	var file bytes.Buffer
	if err := s.Expiries.WriteCSV(c.Request().Context(), &file, actorOf(c), divisionID, langOf(c)); err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="expiring-points-`+s.Divisions.Today().String()+`.csv"`)
	return c.Blob(http.StatusOK, "text/csv; charset=utf-8", file.Bytes())
}

// nextExpiry is what a household loses next, nil where its points stay.
func (s *Server) nextExpiry(ctx context.Context, householdID, villageID id.ID) (*NextExpiry, error) {
	next, err := s.Expiries.NextOf(ctx, []expiry.Holder{{HouseholdID: householdID, VillageID: villageID}})
	if err != nil {
		return nil, err
	}
	return nextExpiryAnswer(next, householdID), nil
}

func nextExpiryAnswer(next map[id.ID]expiry.Next, householdID id.ID) *NextExpiry {
	n, ok := next[householdID]
	if !ok {
		return nil
	}
	return &NextExpiry{Points: Points(n.Points), ExpiresOn: n.ExpiresOn, Soon: n.Soon}
}
