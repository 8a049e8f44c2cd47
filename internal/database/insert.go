package database

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
)

// maxBytes bounds the text of one INSERT on MySQL, into which the values are
// written. The smallest max_allowed_packet in use is 16 MiB, on MariaDB.
const maxBytes = 1 << 20

// InsertRows inserts rows, one value for each column, in as few statements as
// serve the database best. Table and column names are written as they are given.
func InsertRows(ctx context.Context, tx *gorm.DB, table string, columns []string, rows [][]any) error {
	return insertRows(ctx, tx, table, columns, "", rows)
}

func insertRows(ctx context.Context, tx *gorm.DB, table string, columns []string, suffix string, rows [][]any) error {
	for _, row := range rows {
		if len(row) != len(columns) {
			return fmt.Errorf("insert into %s: %d values for %d columns", table, len(row), len(columns))
		}
	}
	if Dialect(tx.Name()) == SQLite && len(rows) > 0 {
		// There is no round trip to save, and a short statement that stays prepared
		// is up to twice as fast as a long one.
		return execEach(ctx, tx, insertSQL(table, columns, 1)+suffix, rows)
	}
	query, queryRows := "", 0
	for len(rows) > 0 {
		n := chunk(rows)
		if n != queryRows {
			query, queryRows = insertSQL(table, columns, n)+suffix, n
		}
		if _, err := Exec(ctx, tx, query, slices.Concat(rows[:n]...)...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// chunk returns how many of the rows go into one statement on MySQL, where a
// round trip costs as much as some rows.
func chunk(rows [][]any) int {
	n, size := 0, 0
	for n < min(len(rows), mostRows) && size < maxBytes {
		size += rowSize(rows[n])
		n++
	}
	return n
}

// mostRows go into one statement. Statements for any number of rows
// that comes again stay prepared: reading their text is half of the server's
// work on them.
const mostRows = 64

// rowSize estimates the bytes of a row written into a statement, where every
// byte of a text may need an escape.
func rowSize(row []any) int {
	size := 0
	for _, value := range row {
		switch v := value.(type) {
		case []byte:
			size += 2*len(v) + 12
		case string:
			size += 2*len(v) + 4
		default:
			size += 40 // a number, or an identifier of 16 bytes
		}
	}
	return size
}

func insertSQL(table string, columns []string, rows int) string {
	names := strings.Join(columns, ",")
	tuple := "(" + Placeholders(len(columns)) + "),"
	var b strings.Builder
	b.Grow(len("INSERT INTO  () VALUES ") + len(table) + len(names) + rows*len(tuple))
	b.WriteString("INSERT INTO ")
	b.WriteString(table)
	b.WriteString(" (")
	b.WriteString(names)
	b.WriteString(") VALUES ")
	for range rows {
		b.WriteString(tuple)
	}
	return strings.TrimSuffix(b.String(), ",")
}
