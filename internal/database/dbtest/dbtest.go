// Package dbtest gives tests real databases: SQLite in a temporary file, and a
// fresh database on the MariaDB or MySQL server that HUFEN_TEST_MYSQL names.
package dbtest

import (
	"context"
	"crypto/rand"
	"database/sql/driver"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"hufen/internal/database"
)

// ServerVariable names the environment variable with the test server's address,
// e.g. mysql://root@unix(/tmp/x/s.sock)/; scripts/mariadb.sh sets it.
const ServerVariable = "HUFEN_TEST_MYSQL"

// Run runs test twice, as subtests "SQLite" and "MariaDB", each with a migrated
// empty database of its own. Without a server the second is skipped, and fails
// where CI is set.
func Run(t *testing.T, test func(t *testing.T, db *database.DB)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) { test(t, OpenSQLite(t)) })
	t.Run("MariaDB", func(t *testing.T) { test(t, OpenMariaDB(t)) })
}

// OpenSQLite returns a migrated empty SQLite database in a temporary folder.
func OpenSQLite(t testing.TB) *database.DB {
	t.Helper()
	url := filepath.Join(t.TempDir(), "test.db")
	if err := os.WriteFile(url, template(t), 0o600); err != nil {
		t.Fatal(err)
	}
	return Open(t, url)
}

// OpenMariaDB returns a migrated empty database on the test server.
func OpenMariaDB(t testing.TB) *database.DB {
	t.Helper()
	db := Open(t, EmptyMariaDB(t))
	migrate(t, db)
	return db
}

// Open opens the database at url and closes it when the test ends. SQLite does
// not wait for the disk, which only a power cut would tell.
func Open(t testing.TB, url string, options ...database.Option) *database.DB {
	t.Helper()
	if !strings.HasPrefix(url, "mysql:") {
		options = append([]database.Option{database.WrapConnector(hasty)}, options...)
	}
	db, err := database.Open(context.Background(), url, options...)
	if err != nil {
		t.Fatal(err)
	}
	urls.Store(db, url)
	t.Cleanup(func() {
		urls.Delete(db)
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// hastyConnector opens SQLite connections that do not wait for the disk.
type hastyConnector struct{ driver.Connector }

func hasty(c driver.Connector) driver.Connector { return hastyConnector{c} }

func (h hastyConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := h.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	_, err = conn.(driver.ExecerContext).ExecContext(ctx, "PRAGMA synchronous = OFF", nil)
	return conn, err
}

// Again opens the database of db a second time, as another instance of the
// service would.
func Again(t testing.TB, db *database.DB, options ...database.Option) *database.DB {
	t.Helper()
	return Open(t, URL(db), options...)
}

// URL returns the address of a database this package opened.
func URL(db *database.DB) string {
	url, _ := urls.Load(db)
	return url.(string)
}

var urls sync.Map // *database.DB to string

// EmptyMariaDB creates a database without tables on the test server and returns
// its address. It is dropped when the test ends.
func EmptyMariaDB(t testing.TB) string {
	t.Helper()
	server := os.Getenv(ServerVariable)
	if server == "" {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is not set: run the tests with scripts/mariadb.sh -- go test …", ServerVariable)
		}
		t.Skipf("%s is not set: scripts/mariadb.sh -- go test … runs this too", ServerVariable)
	}
	name := "hufen_" + strings.ToLower(rand.Text())
	serve(t, server, "CREATE DATABASE "+name+" CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
	t.Cleanup(func() { serve(t, server, "DROP DATABASE "+name) })
	return strings.TrimSuffix(server, "/") + "/" + name
}

// serve runs one statement on the server.
func serve(t testing.TB, server, statement string) {
	t.Helper()
	db, err := database.Open(context.Background(), server)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Write.Exec(statement).Error; err != nil {
		t.Fatal(err)
	}
}

func migrate(t testing.TB, db *database.DB) {
	t.Helper()
	if err := database.Migrate(context.Background(), db); err != nil {
		t.Fatal(err)
	}
}

// migrated is the content of a migrated SQLite file, made once for all tests of
// a package.
var migrated struct {
	sync.Once
	content []byte
}

func template(t testing.TB) []byte {
	t.Helper()
	migrated.Do(func() {
		folder := t.TempDir()
		db, err := database.Open(context.Background(), filepath.Join(folder, "migrated.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		migrate(t, db)
		path := filepath.Join(folder, "copy.db")
		if err := db.Backup(context.Background(), path); err != nil {
			t.Fatal(err)
		}
		if migrated.content, err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	})
	return migrated.content
}
