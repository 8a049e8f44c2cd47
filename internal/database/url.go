package database

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// parseURL tells the dialects apart. Its errors never repeat the url, which may
// hold a password.
func parseURL(raw string) (engine, error) {
	scheme, rest, ok := strings.Cut(raw, "://")
	switch {
	case raw == "":
		return nil, errors.New("database url is empty")
	case raw == ":memory:" || strings.HasPrefix(raw, "file:"):
		return nil, errors.New("database url is no path: each connection would have a database of its own, or a file by that name")
	case !ok:
		return sqliteEngine{path: raw}, nil
	case scheme == "sqlite" && rest != "":
		return sqliteEngine{path: rest}, nil
	case scheme == "mysql":
		return parseMySQL(rest)
	}
	return nil, fmt.Errorf("database url begins with %q, want mysql:// or a SQLite path", scheme+"://")
}

const defaultPool = 16

var errMySQLURL = errors.New("database url is not mysql://user:password@host:port/name or mysql://user@unix(/socket)/name")

// parseMySQL reads user:password@place/name?pool=16&tls=true, where place is
// host:port or unix(/path).
func parseMySQL(rest string) (engine, error) {
	credentials, place, ok := cutLast(rest, "@")
	if !ok {
		return nil, errMySQLURL
	}
	e := mysqlEngine{pool: defaultPool}
	if socket, after, unix := cutSocket(place); unix {
		e.network, e.address, place = "unix", socket, after
	}
	u, err := url.Parse("mysql://" + credentials + "@" + place)
	if err != nil {
		return nil, errMySQLURL
	}
	if e.network == "" {
		e.network, e.address = "tcp", u.Host
		if u.Port() == "" {
			e.address += ":3306"
		}
	}
	e.user = u.User.Username()
	e.password, _ = u.User.Password()
	e.name = strings.TrimPrefix(u.Path, "/")
	if e.address == "" || strings.HasPrefix(e.address, ":") || strings.Contains(e.name, "/") {
		return nil, errMySQLURL
	}
	return e.with(u.Query())
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

func cutSocket(place string) (socket, after string, found bool) {
	rest, ok := strings.CutPrefix(place, "unix(")
	if !ok {
		return "", "", false
	}
	socket, after, found = strings.Cut(rest, ")")
	return socket, "socket" + after, found
}

// with applies the settings behind the question mark.
func (e mysqlEngine) with(settings url.Values) (engine, error) {
	for name, values := range settings {
		switch name {
		case "pool":
			n, err := strconv.Atoi(values[0])
			if err != nil || n < 1 {
				return nil, errors.New("database url: pool is not a number of connections")
			}
			e.pool = n
		case "tls":
			e.tls = values[0]
		default:
			return nil, fmt.Errorf("database url: unknown setting %q, want pool or tls", name)
		}
	}
	return e, nil
}
