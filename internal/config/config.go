// Package config reads the environment once, at start. Every setting has a
// default that works for one village on one machine.
package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/caarlos0/env/v11"

	"hufen/internal/calendar"
)

// Config is what an operator can set. The help tag is the line shown by
// `hufen help serve`.
type Config struct {
	Host      string `env:"HOST" help:"address to listen on, empty for all"`
	Port      int    `env:"PORT" envDefault:"8080" help:"port to listen on"`
	PublicURL string `env:"PUBLIC_URL" help:"address printed on cards, without a path; http(s)://localhost:PORT when empty"`

	DataDir     string `env:"DATA_DIR" envDefault:"./data" help:"folder of the embedded database, keys and photos"`
	DatabaseURL string `env:"DATABASE_URL" help:"mysql://user:password@host:port/name, or a SQLite path; DATA_DIR/hufen.db when empty"`

	TLSCert        string         `env:"TLS_CERT" help:"certificate file; with TLS_KEY the service speaks HTTPS itself"`
	TLSKey         string         `env:"TLS_KEY" help:"private key file of TLS_CERT"`
	TrustedProxies []netip.Prefix `env:"TRUSTED_PROXIES" help:"networks whose X-Forwarded headers are believed, e.g. 10.0.0.0/8,::1/128"`

	TimeZone string     `env:"TIME_ZONE" envDefault:"Asia/Shanghai" help:"zone in which days and months are counted"`
	LogLevel slog.Level `env:"LOG_LEVEL" envDefault:"INFO" help:"DEBUG, INFO, WARN or ERROR"`

	RatePerSecond     float64       `env:"RATE_PER_SECOND" envDefault:"50" help:"requests a second from one address, 0 for no limit"`
	RateBurst         int           `env:"RATE_BURST" envDefault:"300" help:"requests one address may send at once"`
	ScanRatePerMinute float64       `env:"SCAN_RATE_PER_MINUTE" envDefault:"60" help:"card pages a minute for one address without a log-in, 0 for no limit"`
	LoginAttempts     int           `env:"LOGIN_ATTEMPTS" envDefault:"5" help:"failed log-ins of one account in LOGIN_WINDOW before it has to wait"`
	LoginAddressLimit int           `env:"LOGIN_ADDRESS_ATTEMPTS" envDefault:"30" help:"failed log-ins from one address in LOGIN_WINDOW before it has to wait"`
	LoginWindow       time.Duration `env:"LOGIN_WINDOW" envDefault:"15m" help:"window in which failed log-ins count"`
	PINAttempts       int           `env:"PIN_ATTEMPTS" envDefault:"5" help:"wrong household PINs in PIN_WINDOW before it has to wait"`
	PINWindow         time.Duration `env:"PIN_WINDOW" envDefault:"15m" help:"window in which wrong PINs count"`
	SessionIdle       time.Duration `env:"SESSION_IDLE" envDefault:"720h" help:"a session unused this long is over"`
	BodyLimitKiB      int64         `env:"BODY_LIMIT_KIB" envDefault:"1024" help:"largest request body in KiB"`
	UploadLimitKiB    int64         `env:"UPLOAD_LIMIT_KIB" envDefault:"20480" help:"largest uploaded file in KiB"`
	ShutdownGrace     time.Duration `env:"SHUTDOWN_GRACE" envDefault:"20s" help:"time to finish accepted requests when stopping"`

	Zone *time.Location `env:"-"` // of TimeZone
}

// Load reads the process environment. The error names every wrong variable.
func Load() (Config, error) { return parse(env.Options{}) }

// From reads the given variables only, for tests.
func From(environment map[string]string) (Config, error) {
	return parse(env.Options{Environment: environment})
}

func parse(options env.Options) (Config, error) {
	c, err := env.ParseAsWithOptions[Config](options)
	if err != nil {
		return Config{}, fmt.Errorf("configuration: %w", named(err))
	}
	if err := c.complete(); err != nil {
		return Config{}, fmt.Errorf("configuration: %w", err)
	}
	return c, nil
}

// named says which variables could not be read; the library names our fields.
func named(err error) error {
	var all env.AggregateError
	if !errors.As(err, &all) {
		return err
	}
	var errs []error
	for _, err := range all.Errors {
		var unread env.ParseError
		if errors.As(err, &unread) {
			field, _ := reflect.TypeFor[Config]().FieldByName(unread.Name)
			err = fmt.Errorf("%s: %w", field.Tag.Get("env"), unread.Err)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// complete fills what follows from other settings and refuses what cannot work.
func (c *Config) complete() error {
	var zoneErr error
	c.Zone, zoneErr = time.LoadLocation(c.TimeZone)
	if c.DatabaseURL == "" {
		c.DatabaseURL = filepath.Join(c.DataDir, "hufen.db")
	}
	if c.PublicURL == "" {
		c.PublicURL = c.scheme() + "://localhost:" + strconv.Itoa(c.Port)
	}
	c.PublicURL = strings.TrimSuffix(c.PublicURL, "/")
	return errors.Join(
		wrong(zoneErr != nil || c.TimeZone == "", "TIME_ZONE: unknown zone %q, want a name such as %s", c.TimeZone, calendar.DefaultZone),
		wrong(c.Port < 0 || c.Port > 65535, "PORT: %d is not 0 to 65535", c.Port),
		wrong((c.TLSCert == "") != (c.TLSKey == ""), "TLS_CERT and TLS_KEY: set both or neither"),
		wrong(!isOrigin(c.PublicURL), "PUBLIC_URL: %q is not http(s)://host[:port]", c.PublicURL),
		wrong(c.RatePerSecond < 0 || c.ScanRatePerMinute < 0, "RATE_PER_SECOND, SCAN_RATE_PER_MINUTE: below zero"),
		wrong(c.LoginAttempts < 1 || c.LoginAddressLimit < 1 || c.PINAttempts < 1, "LOGIN_ATTEMPTS, LOGIN_ADDRESS_ATTEMPTS, PIN_ATTEMPTS: below one"),
		wrong(c.LoginWindow <= 0 || c.PINWindow <= 0 || c.SessionIdle <= 0 || c.ShutdownGrace <= 0, "LOGIN_WINDOW, PIN_WINDOW, SESSION_IDLE, SHUTDOWN_GRACE: not above zero"),
		wrong(c.BodyLimitKiB < 1 || c.UploadLimitKiB < 1, "BODY_LIMIT_KIB, UPLOAD_LIMIT_KIB: below one"),
	)
}

func wrong(is bool, format string, args ...any) error {
	if !is {
		return nil
	}
	return fmt.Errorf(format, args...)
}

func isOrigin(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.Path == "" && u.RawQuery == "" && u.Fragment == "" && u.User == nil
}

// Address returns host:port to listen on.
func (c Config) Address() string { return net.JoinHostPort(c.Host, strconv.Itoa(c.Port)) }

// Secure reports whether people reach the service over HTTPS, by itself or
// behind a proxy.
func (c Config) Secure() bool { return c.TLSCert != "" || strings.HasPrefix(c.PublicURL, "https:") }

// scheme returns what the service itself speaks.
func (c Config) scheme() string {
	if c.TLSCert != "" {
		return "https"
	}
	return "http"
}

// Path returns the path of a file in the data folder.
func (c Config) Path(name string) string { return filepath.Join(c.DataDir, name) }

// Help lists every variable with its default and meaning, one a line.
func Help() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for field := range reflect.TypeFor[Config]().Fields() {
		if help := field.Tag.Get("help"); help != "" {
			fmt.Fprintf(w, "%s\t%s\t%s\n", field.Tag.Get("env"), field.Tag.Get("envDefault"), help)
		}
	}
	w.Flush()
	return b.String()
}
