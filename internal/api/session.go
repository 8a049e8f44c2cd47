package api

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"hufen/internal/auth"
	"hufen/internal/division"
	"hufen/internal/household"
	"hufen/internal/id"
)

// visitIdle is how long a household's page stays open on a phone that is not to
// be remembered.
const visitIdle = 30 * time.Minute

// SignIn signs a person in.
func (s *Server) SignIn(c echo.Context) error {
	var req SignIn
	if err := bind(c, &req); err != nil {
		return err
	}
	token, session, err := s.Auth.SignIn(c.Request().Context(), auth.SignIn{
		Login: req.Login, Password: req.Password, Code: orZero(req.Code), Device: c.Request().UserAgent(), Address: network(c.RealIP()),
	})
	if err != nil {
		return err
	}
	return s.signedIn(c, token, session)
}

// OpenHousehold shows a household its own page.
func (s *Server) OpenHousehold(c echo.Context) error {
	var req OpenHousehold
	if err := bind(c, &req); err != nil {
		return err
	}
	ctx := c.Request().Context()
	code, err := household.ParseCode(req.CardCode)
	if err != nil {
		return err
	}
	card, err := s.Households.SignIn(ctx, code, req.Pin, network(c.RealIP()))
	if err != nil {
		return err
	}
	idle := visitIdle
	if orZero(req.Remember) {
		idle = s.Config.SessionIdle
	}
	token, session, err := s.Auth.OpenHousehold(ctx, card.HouseholdID, c.Request().UserAgent(), idle)
	if err != nil {
		return err
	}
	return s.signedIn(c, token, session)
}

// signedIn sets the cookie and answers with the session.
func (s *Server) signedIn(c echo.Context, token string, session auth.Session) error {
	s.setSessionCookie(c, token, session)
	return s.answerSession(c, session)
}

// GetSession says who is signed in.
func (s *Server) GetSession(c echo.Context) error {
	s.renewSessionCookie(c)
	return s.answerSession(c, sessionOf(c))
}

func (s *Server) answerSession(c echo.Context, session auth.Session) error {
	ctx := c.Request().Context()
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return err
	}
	answer, home, err := s.whose(ctx, tree, session)
	if err != nil {
		return err
	}
	answer.CsrfToken = csrfTokenOf(c)
	if answer.Settings, err = s.sessionSettings(ctx, home); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, answer)
}

// whose answers who is signed in, and returns the division whose settings the
// pages follow.
func (s *Server) whose(ctx context.Context, tree *division.Tree, session auth.Session) (answer Session, home id.ID, err error) {
	actor := session.Actor
	if actor.Kind == auth.Household {
		brief, err := s.ownBrief(ctx, tree, actor.HouseholdID)
		if brief != nil {
			home = brief.Village.Id
		}
		return Session{Kind: SessionKindHousehold, Household: brief, Roles: []RoleGrant{}}, home, err
	}
	names, err := auth.PlaceNames(ctx, s.DB.Read, actor.Grants)
	return Session{
		Kind: SessionKindUser, User: &UserBrief{Id: actor.ID, Name: actor.Name, Login: session.Login},
		Totp: &session.TOTP, Roles: roleGrants(tree, names, actor.Grants),
	}, firstDivision(actor), err
}

func (s *Server) ownBrief(ctx context.Context, tree *division.Tree, householdID id.ID) (*HouseholdBrief, error) {
	found, err := household.Briefs(ctx, s.DB.Read, []id.ID{householdID})
	if err != nil {
		return nil, err
	}
	return briefs{tree: tree, households: found}.household(householdID), nil
}

// firstDivision returns a division the actor works in; zero for those who are
// confined to none.
func firstDivision(actor auth.Actor) id.ID {
	for _, d := range actor.Divisions() {
		if !d.IsZero() {
			return d
		}
	}
	return id.ID{}
}

func roleGrants(tree *division.Tree, names map[id.ID]string, grants []auth.Grant) []RoleGrant {
	list := make([]RoleGrant, len(grants))
	for i, g := range grants {
		list[i] = roleGrant(tree, names, g)
	}
	return list
}

func roleGrant(tree *division.Tree, names map[id.ID]string, g auth.Grant) RoleGrant {
	grant := RoleGrant{Id: g.ID, Role: Role(g.Role)}
	if !g.DivisionID.IsZero() {
		brief := divisionBrief(tree, g.DivisionID)
		grant.Division = &brief
	}
	if !g.ShopID.IsZero() {
		grant.Shop = &ShopBrief{Id: g.ShopID, Name: names[g.ShopID]}
	}
	if len(g.PointIDs) > 0 {
		points := make([]PointBrief, len(g.PointIDs))
		for i, point := range g.PointIDs {
			points[i] = PointBrief{Id: point, Name: names[point]}
		}
		grant.Points = &points
	}
	return grant
}

// sessionSettings are the settings that pages follow, as they hold today in a
// division.
func (s *Server) sessionSettings(ctx context.Context, divisionID id.ID) (*SessionSettings, error) {
	var values [4]int64
	today := s.Divisions.Today()
	for i, name := range []division.SettingName{division.UndoMinutes, division.ShowBalanceToCleaner, division.ItemMaxGrams, division.ConfirmFromPoints} {
		var err error
		if values[i], err = s.Divisions.Setting(ctx, name, divisionID, today); err != nil {
			return nil, err
		}
	}
	return &SessionSettings{
		TimeZone: s.Config.TimeZone, UndoMinutes: int(values[0]), ShowBalanceToCleaner: values[1] != 0, ItemMaxGrams: values[2], ConfirmFromPoints: &values[3],
	}, nil
}

// SignOut signs this device out.
func (s *Server) SignOut(c echo.Context) error {
	if err := s.Auth.SignOut(c.Request().Context(), sessionOf(c)); err != nil {
		return err
	}
	s.clearSessionCookie(c)
	return c.NoContent(http.StatusNoContent)
}

// ChangePassword sets the own password.
func (s *Server) ChangePassword(c echo.Context) error {
	var req ChangePassword
	if err := bind(c, &req); err != nil {
		return err
	}
	session := sessionOf(c)
	session.Actor = actorOf(c) // it knows the request's number
	if err := s.Auth.ChangePassword(c.Request().Context(), session, req.Old, req.New); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// BeginTotp makes a secret for one-time codes.
func (s *Server) BeginTotp(c echo.Context) error {
	secret, err := s.Auth.BeginTOTP(c.Request().Context(), actorOf(c))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, TotpSecret{Secret: secret.Secret, Uri: secret.URI, QrSvg: &secret.QR})
}

// ConfirmTotp switches one-time codes on.
func (s *Server) ConfirmTotp(c echo.Context) error { return s.withTotpCode(c, s.Auth.ConfirmTOTP) }

// RemoveTotp switches one-time codes off.
func (s *Server) RemoveTotp(c echo.Context) error { return s.withTotpCode(c, s.Auth.RemoveTOTP) }

func (s *Server) withTotpCode(c echo.Context, do func(ctx context.Context, actor auth.Actor, code string) error) error {
	var req TotpCode
	if err := bind(c, &req); err != nil {
		return err
	}
	if err := do(c.Request().Context(), actorOf(c), req.Code); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// ListSessions lists the own devices.
func (s *Server) ListSessions(c echo.Context) error {
	list, err := s.devices(c, actorOf(c).ID)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, DeviceList{Items: list})
}

func (s *Server) devices(c echo.Context, userID id.ID) ([]Device, error) {
	sessions, err := s.Auth.Devices(c.Request().Context(), userID)
	if err != nil {
		return nil, err
	}
	list := make([]Device, len(sessions))
	for i, d := range sessions {
		list[i] = Device{Id: d.ID, Device: d.Device, CreatedAt: d.CreatedAt, SeenAt: d.SeenAt, Current: d.ID == sessionOf(c).ID}
	}
	return list, nil
}

// RevokeSession signs a device out.
func (s *Server) RevokeSession(c echo.Context, sessionID PathId) error {
	if err := s.Auth.RevokeSession(c.Request().Context(), actorOf(c), sessionID); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
