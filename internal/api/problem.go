package api

import (
	"maps"
	"strconv"

	"github.com/labstack/echo/v4"

	"hufen/internal/fault"
	"hufen/internal/i18n"
)

const problemType = "application/problem+json"

// problemOf writes a fault as an RFC 9457 problem in a language. Codes,
// arguments and sentences leave the house, never a cause.
func problemOf(lang i18n.Lang, f *fault.Fault, requestID string) Problem {
	p := Problem{
		Type:      "about:blank",
		Title:     i18n.Sentence(lang, "kind."+f.Kind.String(), nil),
		Status:    f.Kind.Status(),
		Code:      f.Code,
		Detail:    sentenceOf(lang, f, requestID),
		Pointer:   orNil(f.Pointer),
		RequestId: orNil(requestID),
		Errors:    detailsOf(lang, f.Details, requestID),
	}
	if len(f.Args) > 0 {
		p.Args = &f.Args
	}
	return p
}

// detailsOf writes the single faults of a joined one.
func detailsOf(lang i18n.Lang, faults []*fault.Fault, requestID string) *[]ProblemDetail {
	if len(faults) == 0 {
		return nil
	}
	details := make([]ProblemDetail, len(faults))
	for i, f := range faults {
		details[i] = ProblemDetail{Code: f.Code, Detail: sentenceOf(lang, f, requestID), Pointer: orNil(f.Pointer)}
	}
	return &details
}

// sentenceOf writes the sentence of a fault. Those about our own mistakes name
// the request.
func sentenceOf(lang i18n.Lang, f *fault.Fault, requestID string) string {
	args := map[string]any{"request_id": requestID}
	maps.Copy(args, f.Args)
	return i18n.Sentence(lang, f.Code, args)
}

// orNil returns s, or nil for the empty string.
func orNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// sendProblem answers a request with a fault.
func sendProblem(c echo.Context, status int, f *fault.Fault) error {
	header := c.Response().Header()
	switch seconds, known := f.Args["seconds"].(int); {
	case f.Kind == fault.Limited && known:
		header.Set("Retry-After", strconv.Itoa(seconds))
	case f.Kind == fault.Unavailable:
		header.Set("Retry-After", "1")
	}
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Language", string(langOf(c)))
	header.Set(echo.HeaderContentType, problemType)
	header.Del("ETag")
	problem := problemOf(langOf(c), f, requestIDOf(c))
	problem.Status = status
	c.Response().WriteHeader(status)
	return c.Echo().JSONSerializer.Serialize(c, problem, "")
}
