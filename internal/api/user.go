package api

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"hufen/internal/auth"
)

// ListUsers lists the people and machines inside the own scope.
func (s *Server) ListUsers(c echo.Context, params ListUsersParams) error {
	filter := auth.UserFilter{DivisionID: orZero(params.Division), Text: orZero(params.Q), Limit: limitOf(params.Limit)}
	if err := readCursor(params.Cursor, &filter.After); err != nil {
		return err
	}
	ctx := c.Request().Context()
	users, more, err := s.Auth.Users(ctx, actorOf(c), filter)
	if err != nil {
		return err
	}
	answers, err := s.users(ctx, users...)
	if err != nil {
		return err
	}
	list := UserList{Items: answers}
	if more {
		last := users[len(users)-1]
		list.NextCursor = writeCursor(true, auth.UserCursor{Name: last.Name, ID: last.ID})
	}
	return c.JSON(http.StatusOK, list)
}

func (s *Server) users(ctx context.Context, users ...auth.User) ([]User, error) {
	tree, err := s.Divisions.Tree(ctx)
	if err != nil {
		return nil, err
	}
	var grants []auth.Grant
	for _, u := range users {
		grants = append(grants, u.Grants...)
	}
	names, err := auth.PlaceNames(ctx, s.DB.Read, grants)
	if err != nil {
		return nil, err
	}
	answers := make([]User, len(users))
	for i, u := range users {
		answers[i] = User{
			Id: u.ID, Login: u.Login, Name: u.Name, Kind: UserKind(u.Kind), Disabled: u.Disabled, Totp: u.TOTP, Roles: roleGrants(tree, names, u.Grants),
		}
	}
	return answers, nil
}

// answerUser answers 201 with a user who was created, else 200.
func (s *Server) answerUser(c echo.Context, isNew bool, u auth.User) error {
	answers, err := s.users(c.Request().Context(), u)
	if err != nil {
		return err
	}
	return created(c, !isNew, answers[0])
}

// CreateUser creates a person or a machine.
func (s *Server) CreateUser(c echo.Context) error {
	var req NewUser
	if err := bind(c, &req); err != nil {
		return err
	}
	u, replayed, err := s.Auth.CreateUser(c.Request().Context(), actorOf(c), auth.NewUser{
		ID: req.Id, Login: req.Login, Name: req.Name, Kind: auth.Kind(req.Kind), Password: orZero(req.Password), Role: roleInput(req.Role),
	})
	if err != nil {
		return err
	}
	return s.answerUser(c, !replayed, u)
}

func roleInput(req RoleInput) auth.RoleInput {
	return auth.RoleInput{Role: auth.Role(req.Role), DivisionID: orZero(req.DivisionId), ShopID: orZero(req.ShopId), PointIDs: orZero(req.PointIds)}
}

// GetUser shows a user with roles and devices.
func (s *Server) GetUser(c echo.Context, userID PathId) error {
	ctx := c.Request().Context()
	u, err := s.Auth.User(ctx, actorOf(c), userID)
	if err != nil {
		return err
	}
	answers, err := s.users(ctx, u)
	if err != nil {
		return err
	}
	devices, err := s.devices(c, userID)
	if err != nil {
		return err
	}
	answers[0].Devices = &devices
	return c.JSON(http.StatusOK, answers[0])
}

// UpdateUser renames, disables or enables a user, or sets a new password.
func (s *Server) UpdateUser(c echo.Context, userID PathId) error {
	var req UserChange
	if err := bind(c, &req); err != nil {
		return err
	}
	u, err := s.Auth.UpdateUser(c.Request().Context(), actorOf(c), userID, auth.UserChange{
		Name: req.Name, Disabled: req.Disabled, Password: req.Password, RemoveTOTP: orZero(req.RemoveTotp),
	})
	if err != nil {
		return err
	}
	return s.answerUser(c, false, u)
}

// GrantRole gives a user a role.
func (s *Server) GrantRole(c echo.Context, userID PathId) error {
	var req NewRole
	if err := bind(c, &req); err != nil {
		return err
	}
	u, replayed, err := s.Auth.GrantRole(c.Request().Context(), actorOf(c), userID, req.Id, roleInput(req.Role))
	if err != nil {
		return err
	}
	return s.answerUser(c, !replayed, u)
}

// RevokeRole takes a role away.
func (s *Server) RevokeRole(c echo.Context, userID PathId, roleID Id) error {
	if err := s.Auth.RevokeRole(c.Request().Context(), actorOf(c), userID, roleID); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// ListApiKeys lists the keys of machines.
func (s *Server) ListApiKeys(c echo.Context) error {
	keys, err := s.Auth.APIKeys(c.Request().Context(), actorOf(c))
	if err != nil {
		return err
	}
	list := ApiKeyList{Items: make([]ApiKey, len(keys))}
	for i, key := range keys {
		list.Items[i] = apiKey(key)
	}
	return c.JSON(http.StatusOK, list)
}

func apiKey(key auth.APIKey) ApiKey {
	return ApiKey{
		Id: key.ID, Name: key.Name, User: UserBrief{Id: key.User.ID, Name: key.User.Name, Login: key.User.Login},
		CreatedAt: key.CreatedAt, RevokedAt: optional(key.RevokedAt),
	}
}

// CreateApiKey makes a key and shows it once.
func (s *Server) CreateApiKey(c echo.Context) error {
	var req NewApiKey
	if err := bind(c, &req); err != nil {
		return err
	}
	made, key, err := s.Auth.CreateAPIKey(c.Request().Context(), actorOf(c), auth.NewAPIKey{ID: req.Id, UserID: req.UserId, Name: req.Name})
	if err != nil {
		return err
	}
	answer := apiKey(made)
	answer.Key = &key
	return c.JSON(http.StatusCreated, answer)
}

// RevokeApiKey revokes a key.
func (s *Server) RevokeApiKey(c echo.Context, keyID PathId) error {
	if err := s.Auth.RevokeAPIKey(c.Request().Context(), actorOf(c), keyID); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
