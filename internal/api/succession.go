package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"hufen/internal/division"
	"hufen/internal/id"
	"hufen/internal/points"
	"hufen/internal/succession"
	"hufen/internal/trace"
)

// CreateHouseholdChange splits, merges, moves or closes a household.
func (s *Server) CreateHouseholdChange(c echo.Context) error {
	var req NewSuccession
	if err := bind(c, &req); err != nil {
		return err
	}
	ctx := c.Request().Context()
	change, err := s.Successions.Record(ctx, actorOf(c), req.input())
	if err != nil {
		return err
	}
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return err
	}
	return created(c, change.Replayed, successionAnswer(tree, change))
}

// PreviewHouseholdChange says what a change would do.
func (s *Server) PreviewHouseholdChange(c echo.Context) error {
	var req NewSuccession
	if err := bind(c, &req); err != nil {
		return err
	}
	ctx := c.Request().Context()
	plan, err := s.Successions.Preview(ctx, actorOf(c), req.input())
	if err != nil {
		return err
	}
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return err
	}
	answer := SuccessionPlan{Change: successionAnswer(tree, &plan.Change), Source: sideAnswer(tree, plan.From)}
	if plan.To != nil {
		target := sideAnswer(tree, *plan.To)
		answer.Target = &target
	}
	if plan.Change.Kind == succession.Split {
		answer.Share = hundredths(plan.Share)
	}
	return c.JSON(http.StatusOK, answer)
}

func (req NewSuccession) input() succession.Input {
	in := succession.Input{ID: req.Id, Kind: succession.Kind(req.Kind), HouseholdID: req.HouseholdId, From: orZero(req.From), Reason: req.Reason,
		TargetID: orZero(req.TargetId), Members: orZero(req.Members), CardID: orZero(req.CardId)}
	if req.Points != nil {
		agreed := points.Points(*req.Points)
		in.Points = &agreed
	}
	if p := req.Place; p != nil {
		in.New = &succession.NewPlace{HouseholdID: p.HouseholdId, CardID: p.CardId, DivisionID: p.DivisionId, HouseNumber: p.HouseNumber,
			HeadName: orZero(p.HeadName), Phone: orZero(p.Phone), Consent: orZero(p.Consent)}
	}
	return in
}

// ListHouseholdChanges lists what a household went through.
func (s *Server) ListHouseholdChanges(c echo.Context, householdID PathId) error {
	ctx := c.Request().Context()
	list, err := s.Successions.Of(ctx, actorOf(c), householdID)
	if err != nil {
		return err
	}
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return err
	}
	items := make([]Succession, len(list))
	for i, change := range list {
		items[i] = successionAnswer(tree, change)
	}
	return c.JSON(http.StatusOK, SuccessionList{Items: items})
}

// EraseHousehold erases the personal data of a household that has left.
func (s *Server) EraseHousehold(c echo.Context, householdID PathId) error {
	var req Reveal
	if err := bind(c, &req); err != nil {
		return err
	}
	h, err := s.Households.Erase(c.Request().Context(), actorOf(c), householdID, req.Reason)
	if err != nil {
		return err
	}
	return s.answerHousehold(c, h)
}

func successionAnswer(tree *division.Tree, change *succession.Change) Succession {
	answer := Succession{Id: change.ID, Kind: SuccessionKind(change.Kind), HouseholdId: change.HouseholdID, TargetId: optionalID(change.TargetID),
		From: change.From, Members: change.Members, Points: Points(change.Points), Debt: Points(change.Debt), Place: placeAnswer(tree, change.Place),
		Reason: change.Reason, By: optional(change.ActorName), RecordedAt: change.RecordedAt}
	if change.TargetPlace != (succession.Place{}) {
		place := placeAnswer(tree, change.TargetPlace)
		answer.TargetPlace = &place
	}
	return answer
}

func placeAnswer(tree *division.Tree, p succession.Place) SuccessionPlace {
	return SuccessionPlace{Village: divisionBrief(tree, p.VillageID), Division: divisionBrief(tree, p.DivisionID), HouseNumber: p.HouseNumber}
}

func sideAnswer(tree *division.Tree, side succession.Side) SuccessionSide {
	return SuccessionSide{HouseholdId: side.HouseholdID, Place: placeAnswer(tree, side.Place), MaskedName: side.MaskedName,
		MembersBefore: side.MembersBefore, MembersAfter: side.MembersAfter, BalanceBefore: Points(side.BalanceBefore),
		BalanceAfter: Points(side.BalanceAfter), Closed: side.Closed, Founded: side.Founded, Card: SuccessionSideCard(side.Card), PinKept: side.PINKept}
}

// changeText says on a household's statement what a change was.
func (f *facts) changeText(change *succession.Change, householdID id.ID) string {
	house := func(p succession.Place) string {
		return trace.House(f.lang, f.tree.Name(p.DivisionID), p.HouseNumber)
	}
	code := "statement.change." + string(change.Kind)
	if change.HouseholdID != householdID {
		code += "_in"
	}
	return f.say(code, "members", change.Members, "house", house(change.Place), "target", house(change.TargetPlace))
}
