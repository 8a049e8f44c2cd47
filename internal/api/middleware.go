package api

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"golang.org/x/time/rate"

	"hufen/internal/fault"
	"hufen/internal/i18n"
	"hufen/internal/id"
)

// observe gives a request its number, answers its error, and tells the log and
// the metrics how it went. They know the pattern of the route, never the path,
// which may hold a card's code.
func (s *Server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		started := time.Now()
		x := &exchange{requestID: id.New().String(), lang: i18n.Match(c.Request().Header.Get("Accept-Language"))}
		c.Set(exchangeKey, x)
		c.Response().Header().Set(echo.HeaderXRequestID, x.requestID)
		if err := caught(next, c); err != nil {
			answerError(err, c)
		}
		took := time.Since(started)
		s.Metrics.observe(c, took)
		logRequest(c, x, took)
		return nil
	}
}

// caught turns a panic into an error with its stack. Where the answer has begun
// nothing can be said any more but that it is broken.
func caught(next echo.HandlerFunc, c echo.Context) (err error) {
	defer func() {
		switch reason := recover(); {
		case reason == nil:
		case reason == http.ErrAbortHandler:
			panic(reason)
		default:
			err = fmt.Errorf("panic: %v\n%s", reason, debug.Stack())
			if c.Response().Committed {
				logCause(c, faultOf(err))
				panic(http.ErrAbortHandler)
			}
		}
	}()
	return next(c)
}

func logRequest(c echo.Context, x *exchange, took time.Duration) {
	level := slog.LevelInfo
	if c.Response().Status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	ctx := c.Request().Context()
	if !slog.Default().Enabled(ctx, level) {
		return
	}
	attributes := []slog.Attr{
		slog.String("method", c.Request().Method),
		slog.String("route", routeOf(c)),
		slog.Int("status", c.Response().Status),
		slog.Float64("ms", float64(took.Microseconds())/1000),
		slog.String("request_id", x.requestID),
	}
	if !x.actor.ID.IsZero() {
		attributes = append(attributes, slog.String("actor_id", x.actor.ID.String()))
	}
	slog.LogAttrs(ctx, level, "request", attributes...)
}

// routeOf returns the pattern of the route, "/*" for everything that has none.
func routeOf(c echo.Context) string {
	if path := c.Path(); path != "" {
		return path
	}
	return "/*"
}

// clientAddress finds the caller's address: the peer's, or, when the peer is a
// trusted proxy, the last one in X-Forwarded-For that no trusted proxy has.
func clientAddress(trusted []netip.Prefix) echo.IPExtractor {
	if len(trusted) == 0 {
		return echo.ExtractIPDirect()
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range trusted {
		options = append(options, echo.TrustIPRange(&net.IPNet{
			IP:   p.Masked().Addr().AsSlice(),
			Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen()),
		}))
	}
	return echo.ExtractIPFromXFFHeader(options...)
}

// limiter bounds how often one address may come.
type limiter struct {
	store middleware.RateLimiterStore // nil: no bound
	wait  int                         // seconds until there is room again, at most
}

func newLimiter(perSecond float64, burst int) limiter {
	if perSecond == 0 {
		return limiter{}
	}
	return limiter{
		store: middleware.NewRateLimiterMemoryStoreWithConfig(middleware.RateLimiterMemoryStoreConfig{
			Rate: rate.Limit(perSecond), Burst: max(burst, 1), ExpiresIn: 3 * time.Minute,
		}),
		wait: max(1, int(1/perSecond+0.5)),
	}
}

func (l limiter) check(c echo.Context) error {
	if l.store == nil {
		return nil
	}
	if allowed, err := l.store.Allow(network(c.RealIP())); err != nil || allowed {
		return err
	}
	return fault.New(fault.Limited, "request.limited", "seconds", l.wait)
}

// network returns what is counted as one address: for IPv6 the /64 that one
// household or phone is given.
func network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil || a.Unmap().Is4() {
		return address
	}
	p, _ := a.Prefix(64)
	return p.String()
}

// limitRate bounds every address generously, and tightly where secrets could be
// guessed: the card pages of people who are not signed in, and signing in.
func (s *Server) limitRate() echo.MiddlewareFunc {
	all := newLimiter(s.Config.RatePerSecond, s.Config.RateBurst)
	scans := newLimiter(s.Config.ScanRatePerMinute/60, int(s.Config.ScanRatePerMinute))
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if err := all.check(c); err != nil {
				return err
			}
			if s.guessable(c) {
				if err := scans.check(c); err != nil {
					return err
				}
			}
			return next(c)
		}
	}
}

// guessable reports whether the request could be one of many guesses.
func (s *Server) guessable(c echo.Context) bool {
	switch c.Path() {
	case "/c/:code", "/C/:code":
		return !s.signedInHere(c)
	case prefix + "/receipts/:code":
		return true
	case prefix + "/session", prefix + "/session/household":
		return c.Request().Method == http.MethodPost
	}
	return false
}

// signedInHere reports whether the cookie of the request is that of a session;
// any other cookie is as good as none.
func (s *Server) signedInHere(c echo.Context) bool {
	cookie, err := c.Cookie(s.cookieName())
	if err != nil || cookie.Value == "" {
		return false
	}
	_, err = s.Auth.Session(c.Request().Context(), cookie.Value)
	return err == nil
}

// noStore keeps answers with personal data out of every cache.
func noStore(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set("Cache-Control", "no-store")
		return next(c)
	}
}
