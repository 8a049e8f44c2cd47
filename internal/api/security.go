package api

import (
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/fault"
)

// contentPolicy lets pages load what this service itself serves and nothing
// else; 'wasm-unsafe-eval' is the scanner's.
const contentPolicy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; " +
	"connect-src 'self'; worker-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// secureHeaders are on every answer. The referrer is withheld because addresses
// may hold a card's code.
func secureHeaders(https bool) http.Header {
	header := http.Header{}
	header.Set("Content-Security-Policy", contentPolicy)
	header.Set("Permissions-Policy", "camera=(self), microphone=(), geolocation=(self)")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Frame-Options", "DENY")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	if https {
		header.Set("Strict-Transport-Security", "max-age=31536000")
	}
	return header
}

// secure sets the secureHeaders. Their values are shared by all answers; a
// handler that wants another one sets it anew.
func (s *Server) secure(next echo.HandlerFunc) echo.HandlerFunc {
	always := secureHeaders(s.Config.Secure())
	return func(c echo.Context) error {
		maps.Copy(c.Response().Header(), always)
		return next(c)
	}
}

const (
	csrfKey    = "csrf" // where Echo's middleware leaves the token of the request
	csrfLength = 32
)

// forgery refuses writes that another site made the caller's browser send.
// Browsers say where a request comes from (Sec-Fetch-Site); those that do not
// must repeat the cookie csrf in the header X-CSRF-Token. Requests with a key
// of their own carry no cookie that could be abused.
func (s *Server) forgery() echo.MiddlewareFunc {
	check := middleware.CSRFWithConfig(middleware.CSRFConfig{
		Skipper:        func(c echo.Context) bool { return bearer(c) != "" },
		TokenLength:    csrfLength,
		ContextKey:     csrfKey,
		CookieName:     "csrf",
		CookiePath:     "/",
		CookieMaxAge:   int((30 * 24 * time.Hour).Seconds()),
		CookieSecure:   s.Config.Secure(),
		CookieSameSite: http.SameSiteLaxMode,
	})
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		passed := "hufen.csrf"
		checked := check(func(c echo.Context) error {
			c.Set(passed, true)
			return next(c)
		})
		return func(c echo.Context) error {
			forgetWeakToken(c.Request())
			err := checked(c)
			if err != nil && c.Get(passed) == nil {
				return fault.New(fault.Forbidden, "request.csrf").Because(err)
			}
			return err
		}
	}
}

// forgetWeakToken takes a csrf cookie that this service did not make out of the
// request: Echo takes any value for good that the header repeats, even none.
func forgetWeakToken(r *http.Request) {
	if c, err := r.Cookie("csrf"); err != nil || len(c.Value) == csrfLength {
		return
	}
	cookies := r.Cookies()
	r.Header.Del("Cookie")
	for _, c := range cookies {
		if c.Name != "csrf" {
			r.AddCookie(c)
		}
	}
}

// csrfTokenOf returns what the caller has to send as X-CSRF-Token; nothing where
// its browser says where requests come from.
func csrfTokenOf(c echo.Context) string {
	token, _ := c.Get(csrfKey).(string)
	if token == middleware.CSRFUsingSecFetchSite {
		return ""
	}
	return token
}

// bearer returns the key of an Authorization header, "" where there is none.
func bearer(c echo.Context) string {
	scheme, key, found := strings.Cut(c.Request().Header.Get(echo.HeaderAuthorization), " ")
	if !found || !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(key)
}

// cookieName returns the name of the session's cookie. Over HTTPS browsers
// hold to the promise in its name: this host, this path, never over HTTP.
func (s *Server) cookieName() string {
	if s.Config.Secure() {
		return "__Host-hufen"
	}
	return "hufen"
}

// setSessionCookie makes the browser remember a session as long as it lasts; one
// of less than a day only until the browser is closed.
func (s *Server) setSessionCookie(c echo.Context, token string, session auth.Session) {
	cookie := s.sessionCookie(token)
	if left := session.ExpiresAt.Sub(calendar.Now()); left > 24*time.Hour {
		cookie.MaxAge = int(left.Seconds())
	}
	c.SetCookie(cookie)
}

// renewSessionCookie sends the caller's own cookie again, so that it lives as
// long as the session, which every use prolongs.
func (s *Server) renewSessionCookie(c echo.Context) {
	if x := exchangeOf(c); x.token != "" {
		s.setSessionCookie(c, x.token, x.session)
	}
}

// clearSessionCookie makes the browser forget its session.
func (s *Server) clearSessionCookie(c echo.Context) {
	cookie := s.sessionCookie("")
	cookie.MaxAge = -1
	c.SetCookie(cookie)
}

func (s *Server) sessionCookie(token string) *http.Cookie {
	return &http.Cookie{
		Name: s.cookieName(), Value: token, Path: "/",
		HttpOnly: true, Secure: s.Config.Secure(), SameSite: http.SameSiteLaxMode,
	}
}
