package database

// Client is how the server's own tools (mariadb-dump, mysql) reach a database of
// the MySQL family.
type Client struct {
	Network, Address string // tcp and host:port, or unix and a socket's path
	User, Password   string
	Name             string
}

// ClientOf reads the address of a database as Open does. It is false for SQLite.
func ClientOf(url string) (Client, bool, error) {
	e, err := parseURL(url)
	if err != nil {
		return Client{}, false, err
	}
	m, ok := e.(mysqlEngine)
	return Client{Network: m.network, Address: m.address, User: m.user, Password: m.password, Name: m.name}, ok, nil
}

// FileOf returns the file of a SQLite database. It is false for the MySQL family.
func FileOf(url string) (path string, isFile bool, err error) {
	e, err := parseURL(url)
	if err != nil {
		return "", false, err
	}
	s, ok := e.(sqliteEngine)
	return s.path, ok, nil
}
