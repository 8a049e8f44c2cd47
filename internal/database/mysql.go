package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"time"

	"github.com/go-sql-driver/mysql"
	"gorm.io/gorm"

	gormmysql "gorm.io/driver/mysql"
)

type mysqlEngine struct {
	user, password   string
	network, address string // tcp and host:port, or unix and a socket's path
	name             string
	tls              string // as in go-sql-driver: true, skip-verify, preferred
	pool             int    // connections of each role
}

func (e mysqlEngine) dialect() Dialect { return MySQL }

func (e mysqlEngine) poolSize(r role) int {
	if r == migrating {
		return 2 // the lock's and goose's
	}
	return e.pool
}

func (e mysqlEngine) dialector(pool gorm.ConnPool) gorm.Dialector {
	return mysqlDialector{&gormmysql.Dialector{Config: &gormmysql.Config{
		Conn: pool,
		// MariaDB gets the statements MySQL 8 will get.
		DisableWithReturning: true,
	}}}
}

func (e mysqlEngine) connector(r role) (driver.Connector, error) {
	c := mysql.NewConfig()
	c.User, c.Passwd = e.user, e.password
	c.Net, c.Addr = e.network, e.address
	c.DBName = e.name
	c.TLSConfig = e.tls
	c.Collation = "utf8mb4_bin"
	c.ParseTime = true
	c.Loc = time.UTC
	c.ClientFoundRows = true      // RowsAffected is "matched", as in SQLite
	c.InterpolateParams = true    // one round trip a statement
	c.MaxAllowedPacket = 0        // ask the server
	c.Logger = &mysql.NopLogger{} // what it says is in the errors too
	c.Timeout = 5 * time.Second
	c.WriteTimeout = 30 * time.Second
	c.ReadTimeout = readTimeout(r)
	c.Params = map[string]string{
		"innodb_lock_wait_timeout": "5",
		"time_zone":                "'+00:00'",
		"sql_mode":                 "'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
	}
	if err := c.Apply(mysql.Charset("utf8mb4", "utf8mb4_bin")); err != nil {
		return nil, err
	}
	base, err := mysql.NewConnector(c)
	if err != nil {
		return nil, err
	}
	return mysqlConnector{base, r}, nil
}

// readTimeout bounds a wait for the server's answer: a report may take longer
// than a posting, a change of a large table longer than both.
func readTimeout(r role) time.Duration {
	switch r {
	case writing:
		return 30 * time.Second
	case reading:
		return 5 * time.Minute
	}
	return 0
}

func isolation(r role) string {
	const committed = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"
	if r == reading {
		return committed + ", READ ONLY"
	}
	return committed
}

// mysqlConnector opens connections for a role.
type mysqlConnector struct {
	driver.Connector
	role role
}

// Connect opens a connection. The isolation level has no variable name that all
// servers of the family know, so a statement sets it. On a Galera node nothing
// is kept prepared: preparing is a command whose answer does not pass on that a
// transaction was taken away.
func (m mysqlConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := m.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	full := conn.(fullConn)
	if _, err := full.ExecContext(ctx, isolation(m.role), nil); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if m.role == migrating {
		return full, nil
	}
	galera := isGalera(ctx, full)
	if !galera {
		full = keeping(full, MySQL)
	}
	if m.role == writing {
		full = &wholeConn{fullConn: full, galera: galera}
	}
	return full, nil
}

type mysqlDialector struct{ *gormmysql.Dialector }

// Translate adds the CHECK errors, which GORM does not know.
func (d mysqlDialector) Translate(err error) error {
	if mysqlNumber(err) == 3819 || mysqlNumber(err) == 4025 {
		return gorm.ErrCheckConstraintViolated
	}
	return d.Dialector.Translate(err)
}

func (e mysqlEngine) snapshotLevel() sql.IsolationLevel { return sql.LevelRepeatableRead }

// lockMigrations holds GET_LOCK on a connection of its own. Without a database
// there is no lock either.
func (e mysqlEngine) lockMigrations(ctx context.Context, pool *sql.DB) (func(), error) {
	if e.name == "" {
		return nil, errors.New("DATABASE_URL names no database: mysql://…/name")
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	var got sql.NullInt64
	err = conn.QueryRowContext(ctx, "SELECT GET_LOCK(CONCAT('hufen.migrate.', SHA1(DATABASE())), 600)").Scan(&got)
	if err == nil && got.Int64 != 1 {
		err = errors.New("another process has been migrating for ten minutes")
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	// The lock ends with its connection, whatever the context says by then.
	return func() { discard(conn); conn.Close() }, nil
}

func (e mysqlEngine) durability(ctx context.Context, pool *sql.DB) (Durability, error) {
	var version string
	var flush, binlog, sync int
	err := pool.QueryRowContext(ctx, "SELECT VERSION(), @@innodb_flush_log_at_trx_commit, @@log_bin, @@sync_binlog").
		Scan(&version, &flush, &binlog, &sync)
	if err != nil {
		return Durability{}, err
	}
	d := Durability{Dialect: MySQL, Version: version}
	d.require(flush == 1, "innodb_flush_log_at_trx_commit", flush, 1)
	d.require(binlog == 0 || sync == 1, "sync_binlog", sync, 1)
	return d, nil
}

// mysqlNumber returns the server's error number, 0 for other errors.
func mysqlNumber(err error) uint16 {
	var e *mysql.MySQLError
	if errors.As(err, &e) {
		return e.Number
	}
	return 0
}
