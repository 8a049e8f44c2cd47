package api

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"hufen/internal/fault"
	"hufen/internal/i18n"
)

const problemType = "application/problem+json"

// problemOf writes a fault as an RFC 9457 problem in a language. Only codes,
// arguments and sentences leave the house, never a cause.
func problemOf(lang i18n.Lang, f *fault.Fault, requestID string) Problem {
	p := Problem{
		Type:    "about:blank",
		Title:   i18n.Sentence(lang, "kind."+f.Kind.String(), nil),
		Status:  f.Kind.Status(),
		Code:    f.Code,
		Detail:  sentenceOf(lang, f, requestID),
		Pointer: text(f.Pointer),
	}
	p.RequestId = text(requestID)
	if len(f.Args) > 0 {
		p.Args = &f.Args
	}
	p.Errors = details(lang, f.Details, requestID)
	return p
}

// details flattens the single faults of a joined one.
func details(lang i18n.Lang, faults []*fault.Fault, requestID string) *[]struct {
	Code    string  `json:"code"`
	Detail  string  `json:"detail"`
	Pointer *string `json:"pointer,omitempty"`
} {
	if len(faults) == 0 {
		return nil
	}
	list := make([]struct {
		Code    string  `json:"code"`
		Detail  string  `json:"detail"`
		Pointer *string `json:"pointer,omitempty"`
	}, len(faults))
	for i, f := range faults {
		list[i].Code, list[i].Detail, list[i].Pointer = f.Code, sentenceOf(lang, f, requestID), text(f.Pointer)
	}
	return &list
}

// sentenceOf writes the sentence of a fault. Sentences about our own mistakes
// name the request.
func sentenceOf(lang i18n.Lang, f *fault.Fault, requestID string) string {
	args := map[string]any{"request_id": requestID}
	for name, value := range f.Args {
		args[name] = value
	}
	return i18n.Sentence(lang, f.Code, args)
}

// text returns s, or nil for the empty string.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// sendProblem answers a request with a fault.
func sendProblem(c echo.Context, f *fault.Fault) error {
	header := c.Response().Header()
	if seconds, ok := f.Args["seconds"].(int); ok && f.Kind == fault.Limited {
		header.Set("Retry-After", strconv.Itoa(seconds))
	}
	if f.Kind == fault.Unavailable {
		header.Set("Retry-After", "1")
	}
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Language", string(langOf(c)))
	if c.Request().Method == http.MethodHead {
		return c.NoContent(f.Kind.Status())
	}
	header.Set(echo.HeaderContentType, problemType)
	c.Response().WriteHeader(f.Kind.Status())
	return c.Echo().JSONSerializer.Serialize(c, problemOf(langOf(c), f, requestIDOf(c)), "")
}
