package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"hufen/internal/database"
	"hufen/migrations"
)

// routeOperator registers what an operator and his machines look at.
func (s *Server) routeOperator(e *echo.Echo) {
	e.GET("/healthz", func(c echo.Context) error { return c.JSON(http.StatusOK, map[string]string{"status": "ok"}) })
	e.GET("/readyz", s.ready)
	e.GET("/metrics", echo.WrapHandler(s.Metrics.handler()))
}

// readiness says whether requests should be sent here, and why not.
type readiness struct {
	Ready      bool                `json:"ready"`
	Reasons    []string            `json:"reasons,omitempty"`
	Durability database.Durability `json:"durability"`
	Grants     database.Grants     `json:"grants"`
	Schema     schemaState         `json:"schema"`
}

type schemaState struct {
	Has   int64 `json:"has"`   // newest migration of the database
	Knows int64 `json:"knows"` // newest migration of this program
}

// ready answers 200 when the database is reachable, up to date and keeps what
// it acknowledges, and where its account was restricted is closed to changes of
// what happened; else 503 with the reasons.
func (s *Server) ready(c echo.Context) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), 3*time.Second)
	defer cancel()
	r := s.readiness(ctx)
	c.Response().Header().Set("Cache-Control", "no-store")
	if !r.Ready {
		return c.JSON(http.StatusServiceUnavailable, r)
	}
	return c.JSON(http.StatusOK, r)
}

func (s *Server) readiness(ctx context.Context) readiness {
	var r readiness
	var err error
	if r.Durability, err = s.DB.Durability(ctx); err != nil {
		r.Reasons = append(r.Reasons, "the database does not answer")
		return r
	}
	r.Reasons = append(r.Reasons, r.Durability.Problems...)
	if r.Grants, err = s.DB.Grants(ctx, migrations.InsertOnly); err != nil {
		r.Reasons = append(r.Reasons, "the rights of the database account cannot be read")
	}
	r.Reasons = append(r.Reasons, r.Grants.Problems...)
	r.Schema.Has, r.Schema.Knows, err = database.SchemaVersion(ctx, s.DB)
	switch {
	case err != nil:
		r.Reasons = append(r.Reasons, "the version of the schema cannot be read")
	case r.Schema.Has < r.Schema.Knows:
		r.Reasons = append(r.Reasons, fmt.Sprintf("the schema is at %d, this program needs %d", r.Schema.Has, r.Schema.Knows))
	}
	r.Ready = len(r.Reasons) == 0
	return r
}
