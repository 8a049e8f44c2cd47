package api

import (
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"hufen/internal/api/contract"
	"hufen/internal/fault"
)

// guard stands before an operation: it lets those in whom the contract names,
// with requests the contract allows.
func (s *Server) guard(o *contract.Operation) echo.MiddlewareFunc {
	limit := s.bodyLimit(o)
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if err := s.admit(c, o); err != nil {
				return err
			}
			if err := o.CheckParameters(c.Param, c.QueryParams()); err != nil {
				return err
			}
			if o.HasBody() {
				if err := readBody(c, o, limit); err != nil {
					return err
				}
			}
			return next(c)
		}
	}
}

// formMediaType is what files are uploaded as.
const formMediaType = echo.MIMEMultipartForm

// bodyLimit returns how many bytes an operation's body may have.
func (s *Server) bodyLimit(o *contract.Operation) int64 {
	if _, form := o.MediaType(formMediaType); form {
		return s.Config.UploadLimitKiB << 10
	}
	return s.Config.BodyLimitKiB << 10
}

// readBody reads and checks the body. JSON is kept for bind, a form for
// FormValue and FormFile; other bodies are left to the handler to read.
func readBody(c echo.Context, o *contract.Operation, limit int64) error {
	request := c.Request()
	if request.ContentLength > limit {
		// The rest is not read; a keep-alive connection would choke on it.
		c.Response().Header().Set("Connection", "close")
		return fault.New(fault.TooLarge, "request.too_large", "limit_kib", limit>>10)
	}
	mediaType, known := o.MediaType(request.Header.Get(echo.HeaderContentType))
	if !known || !plain(request.Header) {
		return echo.NewHTTPError(http.StatusUnsupportedMediaType).SetInternal(
			fault.New(fault.Malformed, "request.wrong_media_type", "accepted", strings.Join(o.MediaTypes(), ", ")))
	}
	request.Body = http.MaxBytesReader(c.Response(), request.Body, limit)
	switch mediaType {
	case echo.MIMEApplicationJSON:
		return readJSON(c, o)
	case formMediaType:
		return readForm(c, o)
	}
	return nil
}

// plain reports whether the body is not compressed.
func plain(header http.Header) bool {
	encoding := header.Get(echo.HeaderContentEncoding)
	return encoding == "" || strings.EqualFold(encoding, "identity")
}

func readJSON(c echo.Context, o *contract.Operation) error {
	x := exchangeOf(c)
	body, err := readAll(c.Request())
	if err != nil {
		return unreadable(err)
	}
	x.body, x.checked = body, true
	err = o.CheckBody(echo.MIMEApplicationJSON, body)
	if onlyParts(o, err) {
		x.broken, err = err, nil
	}
	return err
}

// readAll reads a body whose length is mostly known in one piece.
func readAll(r *http.Request) ([]byte, error) {
	if r.ContentLength <= 0 {
		return io.ReadAll(r.Body)
	}
	body := make([]byte, r.ContentLength)
	_, err := io.ReadFull(r.Body, body)
	return body, err
}

// formMemory is how much of a form is kept in memory; the rest is in temporary
// files, which net/http removes after the request.
const formMemory = 1 << 20

func readForm(c echo.Context, o *contract.Operation) error {
	if err := c.Request().ParseMultipartForm(formMemory); err != nil {
		return unreadable(err)
	}
	form := c.Request().MultipartForm
	fields := url.Values{}
	for name, values := range form.Value {
		fields[name] = values
	}
	for name, files := range form.File {
		fields[name] = append(fields[name], make([]string, len(files))...)
	}
	return o.CheckForm(fields)
}

// unreadable is the fault of a body that did not arrive whole, unless it was
// too large.
func unreadable(err error) error {
	if f := faultOf(err); f.Kind == fault.TooLarge {
		return f
	}
	return fault.New(fault.Malformed, "request.malformed").Because(err)
}
