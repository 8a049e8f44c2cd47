package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"

	"hufen/internal/database"
	"hufen/internal/fault"
)

// answerError is the one place where an error becomes an answer. Faults say
// what they are; everything else is our own mistake: it is logged and the
// caller gets the request's number only.
func answerError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	f := faultOf(err)
	logCause(c, f)
	if err := sendProblem(c, problemStatus(err, f), f); err != nil {
		slog.WarnContext(c.Request().Context(), "answer not sent", "request_id", requestIDOf(c), "error", err)
	}
}

// logCause writes the causes that the answer hides.
func logCause(c echo.Context, f *fault.Fault) {
	if f.Kind != fault.Internal && f.Kind != fault.Unavailable || c.Request().Context().Err() != nil {
		return
	}
	slog.ErrorContext(c.Request().Context(), "request failed",
		"request_id", requestIDOf(c), "route", routeOf(c), "code", f.Code, "error", f.Error())
}

// faultOf finds the fault in an error, translates what the framework says, and
// wraps the rest as internal.
func faultOf(err error) *fault.Fault {
	if f, ok := fault.As(err); ok {
		return f
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return fault.New(fault.TooLarge, "request.too_large", "limit_kib", tooLarge.Limit>>10)
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fault.New(fault.Unavailable, "server.unavailable").Because(err)
	}
	var framework *echo.HTTPError
	if errors.As(err, &framework) {
		return faultOfFramework(framework)
	}
	if database.IsUnavailable(err) {
		return fault.New(fault.Unavailable, "server.unavailable").Because(err)
	}
	return fault.New(fault.Internal, "server.internal").Because(err)
}

// faultOfFramework is the fault behind a status that the framework chose.
func faultOfFramework(err *echo.HTTPError) *fault.Fault {
	switch err.Code {
	case http.StatusNotFound:
		return fault.New(fault.NotFound, "request.unknown_route")
	case http.StatusMethodNotAllowed:
		return fault.New(fault.Malformed, "request.method_not_allowed")
	case http.StatusBadRequest:
		return fault.New(fault.Malformed, "request.malformed").Because(err)
	}
	return fault.New(fault.Internal, "server.internal").Because(err)
}

// problemStatus returns the status of a fault: its kind's, or the one that only the
// framework knows.
func problemStatus(err error, f *fault.Fault) int {
	var framework *echo.HTTPError
	if !errors.As(err, &framework) {
		return f.Kind.Status()
	}
	switch framework.Code {
	case http.StatusMethodNotAllowed, http.StatusUnsupportedMediaType:
		return framework.Code
	}
	return f.Kind.Status()
}
