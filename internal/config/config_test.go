package config_test

import (
	"log/slog"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"hufen/internal/calendar"
	"hufen/internal/config"
)

func TestFrom_Defaults(t *testing.T) {
	c, err := config.From(nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Address() != ":8080" || c.PublicURL != "http://localhost:8080" || c.DatabaseURL != "data/hufen.db" || c.Secure() {
		t.Errorf("%+v", c)
	}
	if c.Zone.String() != calendar.DefaultZone || c.LogLevel != slog.LevelInfo {
		t.Errorf("zone %v, level %v", c.Zone, c.LogLevel)
	}
}

func TestFrom(t *testing.T) {
	c, err := config.From(map[string]string{
		"HOST": "::1", "PORT": "8443", "PUBLIC_URL": "https://fen.example.cn/", "DATA_DIR": "/srv/hufen",
		"TRUSTED_PROXIES": "10.0.0.0/8,::1/128", "TIME_ZONE": "Asia/Urumqi", "LOG_LEVEL": "debug", "LOGIN_WINDOW": "1h",
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.Address() != "[::1]:8443" || c.PublicURL != "https://fen.example.cn" || !c.Secure() {
		t.Errorf("address %s, public %s", c.Address(), c.PublicURL)
	}
	if c.DatabaseURL != "/srv/hufen/hufen.db" || c.Path("card.key") != "/srv/hufen/card.key" {
		t.Errorf("database %s, key %s", c.DatabaseURL, c.Path("card.key"))
	}
	if len(c.TrustedProxies) != 2 || c.TrustedProxies[0] != netip.MustParsePrefix("10.0.0.0/8") {
		t.Errorf("proxies %v", c.TrustedProxies)
	}
	if c.LogLevel != slog.LevelDebug || c.LoginWindow != time.Hour || c.Zone.String() != "Asia/Urumqi" {
		t.Errorf("%+v", c)
	}
}

func TestFrom_OwnTLS(t *testing.T) {
	c, err := config.From(map[string]string{"TLS_CERT": "cert.pem", "TLS_KEY": "key.pem", "PORT": "8443"})
	if err != nil {
		t.Fatal(err)
	}
	if !c.Secure() || c.PublicURL != "https://localhost:8443" {
		t.Errorf("secure %v, public %s", c.Secure(), c.PublicURL)
	}
}

func TestFrom_Err(t *testing.T) {
	for name, value := range map[string]string{
		"PORT": "eighty", "PUBLIC_URL": "fen.example.cn", "TLS_CERT": "cert.pem", "TIME_ZONE": "Mars/Base", "LOG_LEVEL": "loud",
		"TRUSTED_PROXIES": "10.0.0.0/99", "RATE_PER_SECOND": "-1", "LOGIN_ATTEMPTS": "0", "LOGIN_WINDOW": "0s", "BODY_LIMIT_KIB": "0",
	} {
		if _, err := config.From(map[string]string{name: value}); err == nil {
			t.Errorf("%s=%s was accepted", name, value)
		} else if !strings.Contains(err.Error(), name) {
			t.Errorf("%s=%s: the error does not name it: %v", name, value, err)
		}
	}
}

func TestHelp(t *testing.T) {
	help := config.Help()
	for _, want := range []string{"PORT", "8080", "DATABASE_URL", "TRUSTED_PROXIES", "SHUTDOWN_GRACE"} {
		if !strings.Contains(help, want) {
			t.Errorf("%s is missing in\n%s", want, help)
		}
	}
}

// The operator's manual lists every variable.
func TestHelp_Documented(t *testing.T) {
	manual, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Skip(err)
	}
	for line := range strings.Lines(config.Help()) {
		name, _, _ := strings.Cut(line, " ")
		if !strings.Contains(string(manual), name) {
			t.Errorf("docs/operations.md does not tell about %s", name)
		}
	}
}
