package database

import (
	"context"
	"fmt"
	"strings"

	"gorm.io/gorm"
)

// Limits of one INSERT. SQLite takes 32766 parameters (SQLITE_MAX_VARIABLE_NUMBER);
// MySQL gets them written into the text, which has to stay well below the
// smallest max_allowed_packet in use (16 MiB on MariaDB).
const (
	maxParameters = 32766
	maxBytes      = 1 << 20
)

// InsertRows inserts rows, one value for each column, in as few statements as
// the database takes. Table and column names are written as they are given.
func InsertRows(ctx context.Context, tx *gorm.DB, table string, columns []string, rows [][]any) error {
	for len(rows) > 0 {
		n := chunk(columns, rows)
		args := make([]any, 0, n*len(columns))
		for _, row := range rows[:n] {
			if len(row) != len(columns) {
				return fmt.Errorf("insert into %s: %d values for %d columns", table, len(row), len(columns))
			}
			args = append(args, row...)
		}
		if _, err := Exec(ctx, tx, insertSQL(table, columns, n), args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// chunk returns how many of the rows fit into one statement, at least one.
func chunk(columns []string, rows [][]any) int {
	n, size := 0, 0
	limit := max(1, maxParameters/len(columns))
	for n < len(rows) && n < limit && (n == 0 || size < maxBytes) {
		size += rowSize(rows[n])
		n++
	}
	return n
}

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
