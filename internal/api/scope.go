package api

import (
	"slices"

	"github.com/labstack/echo/v4"

	"hufen/internal/api/contract"
	"hufen/internal/auth"
	"hufen/internal/fault"
)

// Names in an x-scope that are not roles.
const (
	scopePublic    = "public"    // no log-in
	scopeSession   = "session"   // a person at a device, whatever the roles
	scopeStaff     = "staff"     // a person or machine with any role
	scopeHousehold = "household" // a household that opened its own page
)

// admit finds out who is asking and whether the operation is for them. Nobody
// signed in is an Unauthorized fault, the wrong role a Forbidden one. An
// operation without a scope is for nobody.
func (s *Server) admit(c echo.Context, o *contract.Operation) error {
	if o.Scope == nil {
		return fault.New(fault.Forbidden, "role.not_allowed")
	}
	if slices.Contains(o.Scope.Roles, scopePublic) {
		return nil
	}
	x := exchangeOf(c)
	if err := s.identify(c, x); err != nil {
		return err
	}
	x.actor.RequestID = x.requestID
	if !allowed(x.actor, o.Scope.Roles) {
		return fault.New(fault.Forbidden, "role.not_allowed")
	}
	return nil
}

// identify fills in the actor: by key where one is sent, else by cookie. A key
// that is not good is never made up for by a cookie.
func (s *Server) identify(c echo.Context, x *exchange) (err error) {
	if key := bearer(c); key != "" {
		x.actor, err = s.Auth.Key(c.Request().Context(), key)
		return err
	}
	cookie, err := c.Cookie(s.cookieName())
	if err != nil || cookie.Value == "" {
		return fault.New(fault.Unauthorized, "session.needed")
	}
	x.session, err = s.Auth.Session(c.Request().Context(), cookie.Value)
	x.actor, x.token = x.session.Actor, cookie.Value
	return err
}

// allowed reports whether any of the scope's names is about the actor.
func allowed(actor auth.Actor, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		switch name {
		case scopeSession:
			return actor.Kind == auth.Person
		case scopeHousehold:
			return actor.Kind == auth.Household
		case scopeStaff:
			return actor.Kind != auth.Household && actor.Has(auth.Roles...)
		}
		return actor.Kind != auth.Household && actor.Has(auth.Role(name))
	})
}
