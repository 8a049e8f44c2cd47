package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strconv"

	"gorm.io/gorm"

	"hufen/internal/id"
)

// Row is a row as the driver gives it. Bytes are valid until the next row.
type Row []driver.Value

// Each runs a query and calls each for every row, without what database/sql does
// for the convenience of a scan: for those who read millions of them. The
// callback cannot use the same transaction.
func Each(ctx context.Context, tx *gorm.DB, each func(Row) error, query string, args ...any) error {
	pool, ok := tx.Statement.ConnPool.(*txPool)
	if !ok || pool.conn == nil {
		return eachScanned(ctx, tx, each, query, args)
	}
	return pool.raw(func(conn any) error {
		named, err := named(make([]driver.NamedValue, len(args)), args)
		if err != nil {
			return err
		}
		rows, err := conn.(driver.QueryerContext).QueryContext(ctx, query, named)
		if err != nil {
			return err
		}
		return errors.Join(readRows(rows, each), rows.Close())
	})
}

// execEach runs a statement with each of the rows as its arguments, without what
// database/sql does for each.
func execEach(ctx context.Context, tx *gorm.DB, query string, rows [][]any) error {
	pool, ok := tx.Statement.ConnPool.(*txPool)
	if !ok || pool.conn == nil {
		for _, row := range rows {
			if _, err := Exec(ctx, tx, query, row...); err != nil {
				return err
			}
		}
		return nil
	}
	return pool.raw(func(conn any) error {
		values := make([]driver.NamedValue, len(rows[0]))
		for _, row := range rows {
			args, err := named(values, row)
			if err == nil {
				err = ctx.Err()
			}
			if err == nil {
				_, err = conn.(driver.ExecerContext).ExecContext(ctx, query, args)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// raw runs fn on the driver's connection.
func (p *txPool) raw(fn func(conn any) error) error {
	if p.spoiled != nil {
		return p.spoiled
	}
	err := p.conn.Raw(fn)
	p.note(err)
	return err
}

// named writes arguments into values as drivers want them.
func named(values []driver.NamedValue, args []any) ([]driver.NamedValue, error) {
	for i, arg := range args {
		value, err := driver.DefaultParameterConverter.ConvertValue(arg)
		if err != nil {
			return nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
		values[i] = driver.NamedValue{Ordinal: i + 1, Value: value}
	}
	return values, nil
}

func readRows(rows driver.Rows, each func(Row) error) error {
	row := make(Row, len(rows.Columns()))
	for {
		if err := rows.Next(row); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if err := each(row); err != nil {
			return err
		}
	}
}

// eachScanned is Each outside of a transaction.
func eachScanned(ctx context.Context, tx *gorm.DB, each func(Row) error, query string, args []any) error {
	rows, err := Query(ctx, tx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	values, places := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		places[i] = &values[i]
	}
	row := make(Row, len(columns))
	for rows.Next() {
		if err := rows.Scan(places...); err != nil {
			return err
		}
		for i := range values {
			row[i] = values[i]
		}
		if err := each(row); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Null reports whether column i is NULL.
func (r Row) Null(i int) bool { return r[i] == nil }

// Int returns the number in column i, 0 for NULL and for what is no number.
func (r Row) Int(i int) int64 {
	switch v := r[i].(type) {
	case int64:
		return v
	case []byte:
		n, _ := strconv.ParseInt(string(v), 10, 64)
		return n
	}
	return 0
}

// Bytes returns the bytes in column i, nil for NULL.
func (r Row) Bytes(i int) []byte {
	switch v := r[i].(type) {
	case []byte:
		return v
	case string:
		return []byte(v)
	}
	return nil
}

// Text returns the text in column i, "" for NULL.
func (r Row) Text(i int) string {
	switch v := r[i].(type) {
	case string:
		return v
	case []byte:
		return string(v)
	}
	return ""
}

// ID returns the identifier in column i; what has another length is none.
func (r Row) ID(i int) id.ID {
	var found id.ID
	if b, ok := r[i].([]byte); ok && len(b) == len(found) {
		copy(found[:], b)
	}
	return found
}

// NullID returns the identifier in column i, or that there is none.
func (r Row) NullID(i int) id.NullID {
	if r[i] == nil {
		return id.NullID{}
	}
	return id.NullID{ID: r.ID(i), Valid: true}
}
