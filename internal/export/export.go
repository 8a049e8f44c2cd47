// Package export writes the whole book into one file that can be verified
// without the service: facts, seals and public keys as they are, people masked,
// secrets left out. It also writes what a village accountant opens in a
// spreadsheet. It reads other packages' tables and writes none.
package export

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
)

// format names what a file is.
const format = "hufen-export/1"

// ErrNoExport says that a file is not one of WriteFile.
var ErrNoExport = errors.New("this is not a file of hufen export")

// rowsTogether is how many rows are copied together.
const rowsTogether = 1000

// WriteFile writes the export of a database, as of one moment, to a new file: a
// SQLite database with the tables of the service. It keeps no writer waiting.
// Progress, which may be nil, is told the tables that are done.
func WriteFile(ctx context.Context, db *database.DB, path string, progress func(done, total int64)) error {
	folder, err := os.MkdirTemp(filepath.Dir(path), ".export-")
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	defer os.RemoveAll(folder)
	draft, err := database.Open(ctx, filepath.Join(folder, "draft.db"))
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	err = fill(ctx, db, draft, progress)
	if err == nil {
		err = draft.Backup(ctx, path)
	}
	if err = errors.Join(err, draft.Close()); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

func fill(ctx context.Context, db, draft *database.DB, progress func(done, total int64)) error {
	if err := database.Migrate(ctx, draft); err != nil {
		return err
	}
	tables, err := draft.Read.Migrator().GetTables()
	if err != nil {
		return err
	}
	slices.Sort(tables)
	return db.Snapshot(ctx, func(ctx context.Context, from *gorm.DB) error {
		return draft.InTx(ctx, func(inside context.Context, to *gorm.DB) error {
			if _, err := database.Exec(inside, to, `PRAGMA defer_foreign_keys = ON`); err != nil {
				return err
			}
			for i, table := range tables {
				if err := copyTable(ctx, from, inside, to, table); err != nil {
					return fmt.Errorf("copy %s: %w", table, err)
				}
				if progress != nil {
					progress(int64(i+1), int64(len(tables)))
				}
			}
			return describe(inside, to)
		})
	})
}

// describe writes what the file is.
func describe(ctx context.Context, to *gorm.DB) error {
	if _, err := database.Exec(ctx, to, `CREATE TABLE export_info (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT`); err != nil {
		return err
	}
	return database.InsertRows(ctx, to, "export_info", []string{"name", "value"}, [][]any{
		{"format", format}, {"made_at", calendar.Now().String()}, {"people", "masked"},
	})
}

// column is a column of a table of the file.
type column struct {
	name, kind string
}

func columnsOf(ctx context.Context, to *gorm.DB, table string) ([]column, error) {
	var columns []column
	rows, err := database.Query(ctx, to, `SELECT name, type FROM pragma_table_info(?) ORDER BY cid`, table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var c column
		if err := rows.Scan(&c.name, &c.kind); err != nil {
			return nil, err
		}
		columns = append(columns, c)
	}
	return columns, rows.Err()
}

// copyTable copies a table by the plan there is for it.
func copyTable(ctx context.Context, from *gorm.DB, inside context.Context, to *gorm.DB, table string) error {
	plan, known := plans[table]
	switch {
	case !known:
		return errors.New("nobody said whether it holds secrets")
	case plan.leave:
		return nil
	}
	columns, err := columnsOf(inside, to, table)
	if err != nil {
		return err
	}
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	var rows [][]any
	flush := func() error {
		err := database.InsertRows(inside, to, table, names, rows)
		rows = rows[:0]
		return err
	}
	err = database.Each(ctx, from, func(row database.Row) error {
		values := make([]any, len(columns))
		for i, c := range columns {
			if mask, hidden := plan.masks[c.name]; hidden {
				values[i] = mask(row, i)
			} else {
				values[i] = c.value(row, i)
			}
		}
		if rows = append(rows, values); len(rows) < rowsTogether {
			return nil
		}
		return flush()
	}, `SELECT `+strings.Join(names, ", ")+` FROM `+table)
	return errors.Join(err, flush())
}

// value is what stands in the column of a row, in the type it has in the file.
func (c column) value(row database.Row, i int) any {
	switch {
	case row.Null(i):
		return nil
	case c.kind == "TEXT":
		return row.Text(i)
	case c.kind == "BLOB":
		return slices.Clone(row.Bytes(i))
	}
	return row.Int(i)
}

// Open opens a file of WriteFile to be verified. Nothing is written, not even
// beside it.
func Open(ctx context.Context, path string) (*database.DB, error) {
	db, err := database.OpenFile(ctx, path)
	if err != nil {
		return nil, err
	}
	var is string
	if err := db.Read.Raw(`SELECT value FROM export_info WHERE name = 'format'`).Row().Scan(&is); err != nil || is != format {
		return nil, errors.Join(ErrNoExport, db.Close())
	}
	return db, nil
}
