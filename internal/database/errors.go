package database

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"slices"

	"github.com/go-sql-driver/mysql"
	"gorm.io/gorm"
)

// ErrOutcomeUnknown is in the chain of InTx's error when the reply to COMMIT
// was lost: the transaction may or may not have happened. Ask again with the
// same ids to find out.
var ErrOutcomeUnknown = errors.New("the reply to COMMIT was lost")

// IsDuplicate reports whether err is the violation of a primary or unique key.
func IsDuplicate(err error) bool {
	code := sqliteCode(err)
	return errors.Is(err, gorm.ErrDuplicatedKey) || mysqlNumber(err) == 1062 ||
		code == sqlitePrimaryKey || code == sqliteUnique
}

// IsCheck reports whether err is the violation of a CHECK constraint: MySQL's
// 3819, MariaDB's 4025.
func IsCheck(err error) bool {
	number := mysqlNumber(err)
	return errors.Is(err, gorm.ErrCheckConstraintViolated) || number == 3819 || number == 4025 ||
		sqliteCode(err) == sqliteCheck
}

// IsForeignKey reports whether err is the violation of a foreign key.
func IsForeignKey(err error) bool {
	number := mysqlNumber(err)
	return errors.Is(err, gorm.ErrForeignKeyViolated) || number == 1451 || number == 1452 ||
		sqliteCode(err) == sqliteForeignKey
}

// retryable are the server's ways to say: roll back and do it all again.
var retryable = []uint16{
	1020,                         // record has changed since last read
	1205,                         // lock wait timeout; the transaction is still open
	1213,                         // deadlock; in Galera also a conflict at COMMIT
	3101,                         // group replication rolled the transaction back
	3572,                         // NOWAIT did not get the lock
	8002, 8005, 8022, 8028, 9007, // TiDB: write conflict, region or schema changed
}

// IsRetryable reports whether the same transaction may succeed when it is done
// again from its beginning, nothing of it having happened.
func IsRetryable(err error) bool {
	return slices.Contains(retryable, mysqlNumber(err)) || sqliteCode(err)&0xff == sqliteBusy
}

// IsUnavailable reports whether err means that the database cannot answer now
// and may later: it is not reached, goes down, or has no room for another
// connection or another row.
func IsUnavailable(err error) bool {
	return isLost(err) || IsRetryable(err) || slices.Contains(noRoom, mysqlNumber(err)) || sqliteCode(err)&0xff == sqliteFull
}

// noRoom are the server's ways to say: not now.
var noRoom = []uint16{
	1040, 1203, 1226, // too many connections, of all or of this user
	1053, 1927, // the server goes down, or has cut this connection
	1021, 1114, // the disk is full
	1047,       // Galera: this node has lost the others
	1290, 1836, // read only: somebody is moving the writer to another node
	9001, 9002, 9003, 9005, // TiDB: a part of the cluster does not answer
}

// isLost reports whether err means that the connection is gone.
func isLost(err error) bool {
	var network net.Error
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, mysql.ErrInvalidConn) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &network)
}

// spoils reports whether a transaction cannot be trusted after err. A violated
// constraint undoes its own statement and nothing else.
func spoils(err error) bool {
	return err != nil && !errors.Is(err, sql.ErrNoRows) &&
		!IsDuplicate(err) && !IsCheck(err) && !IsForeignKey(err)
}

// isMissingTable reports whether a query named a table that is not there.
// SQLite has no code of its own for it.
func isMissingTable(err error) bool {
	return mysqlNumber(err) == 1146 || sqliteCode(err) == 1
}
