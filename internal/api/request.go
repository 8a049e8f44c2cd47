package api

import (
	"encoding/base64"
	"encoding/json"
	"net/http"

	"github.com/labstack/echo/v4"

	"hufen/internal/fault"
	"hufen/internal/i18n"
)

// Keys under which the middleware leaves what it found out about a request.
const (
	keyLang      = "lang"
	keyRequestID = "request_id"
)

// langOf returns the language the caller wants to be answered in.
func langOf(c echo.Context) i18n.Lang {
	if lang, ok := c.Get(keyLang).(i18n.Lang); ok {
		return lang
	}
	lang := i18n.Match(c.Request().Header.Get("Accept-Language"))
	c.Set(keyLang, lang)
	return lang
}

// requestIDOf returns the number under which the log and the audit log know the
// request.
func requestIDOf(c echo.Context) string {
	requestID, _ := c.Get(keyRequestID).(string)
	return requestID
}

// bind decodes the JSON body into a request type. The body was checked against
// the contract before the handler was called, so a fault here is rare: a value
// the contract allows and the type does not, such as the 30th of February.
func bind(c echo.Context, into any) error {
	if err := json.NewDecoder(c.Request().Body).Decode(into); err != nil {
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
