package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"hufen/internal/household"
	"hufen/web"
)

// asset is a file of the front end in the encodings it was built in.
type asset struct {
	contentType string
	immutable   bool // its name changes with its content
	encodings   map[string]encoded
}

// encoded is a file as it is sent with one Content-Encoding, "" for none.
type encoded struct {
	open func() io.ReadSeeker
	tag  string
}

// suffixes are the twins that the build writes beside a file, best first.
var suffixes = []struct{ name, suffix string }{{"br", ".br"}, {"gzip", ".gz"}, {"", ""}}

// frontEnd is the built front end.
type frontEnd map[string]*asset // by path without the first slash

// shellName is the page that every address of the front end begins with.
const shellName = "index.html"

// notBuilt stands in for the front end of a program built without it.
const notBuilt = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Hufen 户分</title>` +
	`<p>The front end is not part of this program: build it with <code>make</code>. The service itself is running, see <a href="/api/docs">/api/docs</a>.`

// openFrontEnd reads what the build left in a folder.
func openFrontEnd(dist fs.FS) (frontEnd, error) {
	files := frontEnd{}
	err := fs.WalkDir(dist, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(path.Base(name), ".") {
			return err
		}
		return files.add(dist, name)
	})
	if err != nil {
		return nil, fmt.Errorf("read the front end: %w", err)
	}
	if files[shellName] == nil {
		content := []byte(notBuilt)
		files.put(shellName, "", encoded{func() io.ReadSeeker { return bytes.NewReader(content) }, tagOf(content)})
	}
	return files, nil
}

func (files frontEnd) add(dist fs.FS, name string) error {
	content, err := fs.ReadFile(dist, name)
	if err != nil {
		return err
	}
	// Opened anew for each answer: the bytes are in the program already, a copy
	// for each file would be in memory twice.
	e := encoded{func() io.ReadSeeker { f, _ := dist.Open(name); return f.(io.ReadSeeker) }, tagOf(content)}
	for _, twin := range suffixes[:2] {
		if plain, isTwin := strings.CutSuffix(name, twin.suffix); isTwin {
			files.put(plain, twin.name, e)
			return nil
		}
	}
	files.put(name, "", e)
	return nil
}

func tagOf(content []byte) string {
	sum := sha256.Sum256(content)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

func (files frontEnd) put(name, encoding string, e encoded) {
	if files[name] == nil {
		files[name] = &asset{contentType: contentType(name), immutable: strings.HasPrefix(name, "assets/"), encodings: map[string]encoded{}}
	}
	files[name].encodings[encoding] = e
}

// contentType names the types that systems know by different names, or not.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".wasm":
		return "application/wasm"
	case ".webmanifest":
		return "application/manifest+json"
	}
	return mime.TypeByExtension(path.Ext(name))
}

// routeFrontEnd registers the pages. Every address that nothing else has goes
// to the front end.
func (s *Server) routeFrontEnd(e *echo.Echo) error {
	dist, err := fs.Sub(web.Dist, "dist")
	if err != nil {
		return err
	}
	files, err := openFrontEnd(dist)
	if err != nil {
		return err
	}
	files.route(e)
	return nil
}

func (files frontEnd) route(e *echo.Echo) {
	e.GET("/c/:code", files.card)
	e.GET("/C/:code", files.card)
	e.Use(files.otherwise)
}

// otherwise hands what no route has to the front end. It is no route itself: a
// catch-all would hide that an address has other methods (405).
func (files frontEnd) otherwise(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		err := next(c)
		if errors.Is(err, echo.ErrNotFound) {
			return files.page(c)
		}
		return err
	}
}

// card answers a scanned card with the same bytes whoever holds it and whatever
// became of it; the database is not asked. A code whose check characters are
// wrong gets the same page, as not found.
func (files frontEnd) card(c echo.Context) error {
	if _, err := household.ParseCode(c.Param("code")); err != nil {
		return files.send(c, http.StatusNotFound, shellName)
	}
	return files.send(c, http.StatusOK, shellName)
}

// page answers with a file of the front end, or with its shell where a browser
// asks for a page: which pages there are, the front end knows.
func (files frontEnd) page(c echo.Context) error {
	request := c.Request()
	name := strings.TrimPrefix(request.URL.Path, "/")
	switch {
	case request.Method != http.MethodGet || name == "api" || strings.HasPrefix(name, "api/"):
		return echo.ErrNotFound
	case name == "":
		return files.send(c, http.StatusOK, shellName)
	case files[name] != nil:
		return files.send(c, http.StatusOK, name)
	case path.Ext(name) != "" || !strings.Contains(request.Header.Get("Accept"), "text/html"):
		return echo.ErrNotFound
	}
	return files.send(c, http.StatusOK, shellName)
}

func (files frontEnd) send(c echo.Context, status int, name string) error {
	file := files[name]
	encoding, e := file.pick(c.Request().Header.Get("Accept-Encoding"))
	header := c.Response().Header()
	header.Set(echo.HeaderContentType, file.contentType)
	header.Set("Vary", "Accept-Encoding")
	header.Set("ETag", e.tag)
	header.Set("Cache-Control", "no-cache")
	if file.immutable {
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if encoding != "" {
		header.Set("Content-Encoding", encoding)
	}
	if status != http.StatusOK {
		return c.Stream(status, file.contentType, e.open())
	}
	http.ServeContent(c.Response(), c.Request(), "", time.Time{}, e.open())
	return nil
}

// pick returns the smallest form of the file that the caller understands.
func (a *asset) pick(accept string) (string, encoded) {
	for _, twin := range suffixes {
		if e, built := a.encodings[twin.name]; built && (twin.name == "" || accepts(accept, twin.name)) {
			return twin.name, e
		}
	}
	return "", a.encodings[""]
}

// accepts reports whether an Accept-Encoding header names an encoding with a
// weight above zero (RFC 9110 §12.5.3).
func accepts(header, encoding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, parameter, _ := strings.Cut(part, ";")
		if !strings.EqualFold(strings.TrimSpace(name), encoding) {
			continue
		}
		q, weighted := strings.CutPrefix(strings.TrimSpace(parameter), "q=")
		weight, err := strconv.ParseFloat(q, 64)
		return !weighted || err == nil && weight > 0
	}
	return false
}
