package api

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"hufen/internal/auth"
	"hufen/internal/fault"
	"hufen/internal/i18n"
)

// exchange is what the middleware finds out about a request before its handler
// is called.
type exchange struct {
	requestID string
	lang      i18n.Lang
	actor     auth.Actor
	session   auth.Session // of cookie callers
	token     string       // of cookie callers
	body      []byte       // a JSON body, checked against the contract
	checked   bool         // body is set
	broken    error        // what the contract says against single requests of a batch
}

const exchangeKey = "hufen.exchange"

// exchangeOf returns the exchange of a request; an empty one outside of the
// routes.
func exchangeOf(c echo.Context) *exchange {
	if x, ok := c.Get(exchangeKey).(*exchange); ok {
		return x
	}
	x := &exchange{lang: i18n.Match(c.Request().Header.Get("Accept-Language"))}
	c.Set(exchangeKey, x)
	return x
}

// actorOf returns who is asking; the zero Actor on public operations.
func actorOf(c echo.Context) auth.Actor { return exchangeOf(c).actor }

// sessionOf returns the session of the caller's cookie; the zero Session for
// machines and on public operations.
func sessionOf(c echo.Context) auth.Session { return exchangeOf(c).session }

// langOf returns the language the caller wants to be answered in.
func langOf(c echo.Context) i18n.Lang { return exchangeOf(c).lang }

// requestIDOf returns the number under which the log and the audit log know the
// request.
func requestIDOf(c echo.Context) string { return exchangeOf(c).requestID }

// bind decodes the JSON body into a request type. The body was checked against
// the contract before the handler was called, so a fault here is rare.
func bind(c echo.Context, into any) error {
	x := exchangeOf(c)
	body := x.body
	if !x.checked {
		var err error
		if body, err = io.ReadAll(c.Request().Body); err != nil {
			return err
		}
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fault.New(fault.Malformed, "request.malformed").Because(err)
	}
	return nil
}

// created answers with body: 201, or 200 when the request had been done before.
func created(c echo.Context, replayed bool, body any) error {
	if replayed {
		return c.JSON(http.StatusOK, body)
	}
	return c.JSON(http.StatusCreated, body)
}

// defaultLimit is the length of a page of a list whose caller named none; the
// contract bounds the others to 200.
const defaultLimit = 50

// limitOf returns how many items a page of a list has.
func limitOf(limit *QueryLimit) int {
	if limit == nil {
		return defaultLimit
	}
	return *limit
}

// writeCursor returns the cursor of the page after the item with that sort key,
// or nil where there is no next page. The key is anything JSON can hold.
func writeCursor(more bool, key any) *string {
	if !more {
		return nil
	}
	text, err := json.Marshal(key)
	if err != nil {
		panic("api: a cursor that is not JSON: " + err.Error())
	}
	cursor := base64.RawURLEncoding.EncodeToString(text)
	return &cursor
}

// readCursor reads the sort key out of a cursor into key and leaves it alone
// where there is none. What writeCursor did not make is a Malformed fault
// "request.bad_cursor".
func readCursor(cursor *QueryCursor, key any) error {
	if cursor == nil || *cursor == "" {
		return nil
	}
	text, err := base64.RawURLEncoding.DecodeString(*cursor)
	if err == nil {
		err = json.Unmarshal(text, key)
	}
	if err != nil {
		return fault.New(fault.Malformed, "request.bad_cursor").At("?cursor")
	}
	return nil
}
