package dbtest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"gorm.io/gorm"

	"hufen/internal/database"
)

// Tampering is what somebody with rights on the database could do to it: give
// every column of some rows another value, delete these rows, and whatever else
// Statements say.
type Tampering struct {
	Tables     map[string]Table
	Rows       int                 // how many keys of each table, the first and the last among them
	Values     map[string][]string // by column: other values where the usual one would be refused, as SQL
	Statements []string            // each has to change something
	AtLeast    int                 // so many changes have to be possible
}

// Table is how a table is tampered with.
type Table struct {
	Key    string // the column that says which row, or which rows together
	Only   string // columns to change, with spaces between; then no row is deleted
	Except string // columns that prove nothing
}

// Tamper makes one change after the other, each in a transaction that is taken
// back, and fails the test for those that found does not see. A change that a
// constraint refuses does not count. It logs how many there were, for the count
// of scripts/prove.sh.
func Tamper(t testing.TB, db *database.DB, with Tampering, found func(ctx context.Context, tx *gorm.DB) (bool, error)) {
	t.Helper()
	tried, missed := 0, 0
	try := func(c change, must bool) {
		changed, seen := c.try(t, db, found)
		if changed {
			tried++
		}
		if changed && !seen {
			missed++
			t.Errorf("%s was not found", c)
		}
		if must && !changed {
			t.Errorf("%s changed nothing", c)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(with.Tables)) {
		for _, c := range with.changes(t, db, name) {
			try(c, false)
		}
	}
	for _, statement := range with.Statements {
		try(change{statement: statement}, true)
	}
	t.Logf("%d changes, %d not found", tried, missed)
	if tried < with.AtLeast {
		t.Errorf("only %d were possible, want %d", tried, with.AtLeast)
	}
}

// change is a statement, and the key of its row.
type change struct {
	statement string
	key       []any
}

func (c change) String() string { return strings.TrimSpace(fmt.Sprintf("%s %x", c.statement, c.key)) }

var errTakenBack = errors.New("taken back")

// try makes the change, looks for it, and takes it back.
func (c change) try(t testing.TB, db *database.DB, found func(context.Context, *gorm.DB) (bool, error)) (changed, seen bool) {
	t.Helper()
	err := db.InTx(context.Background(), func(ctx context.Context, tx *gorm.DB) error {
		result, err := database.Exec(ctx, tx, c.statement, c.key...)
		if err != nil {
			return errTakenBack // a constraint stood in the way
		}
		if n, _ := result.RowsAffected(); n == 0 {
			return errTakenBack
		}
		changed = true
		seen, err = found(ctx, tx)
		return cmp.Or(err, errTakenBack)
	})
	if !errors.Is(err, errTakenBack) {
		t.Fatalf("%s: %v", c, err)
	}
	return changed, seen
}

// changes lists what is done to one table.
func (with Tampering) changes(t testing.TB, db *database.DB, name string) (list []change) {
	t.Helper()
	table := with.Tables[name]
	keys, columns := read(t, db, name, table.Key)
	var statements []string
	for _, c := range columns {
		if contains(table.Except, c.name) || table.Only != "" && !contains(table.Only, c.name) {
			continue
		}
		values := with.Values[c.name]
		if values == nil {
			values = []string{c.other()}
		}
		for _, value := range values {
			statements = append(statements, fmt.Sprintf("UPDATE %s SET %s = %s WHERE %s = ?", name, c.name, value, table.Key))
		}
	}
	if table.Only == "" {
		statements = append(statements, fmt.Sprintf("DELETE FROM %s WHERE %s = ?", name, table.Key))
	}
	for _, key := range spread(keys, with.Rows) {
		for _, statement := range statements {
			list = append(list, change{statement, []any{key}})
		}
	}
	return list
}

func contains(words, word string) bool { return slices.Contains(strings.Fields(words), word) }

// spread picks most of the keys, the first and the last among them.
func spread(keys []any, most int) []any {
	if len(keys) <= most {
		return keys
	}
	picked := make([]any, most)
	for i := range picked {
		picked[i] = keys[i*(len(keys)-1)/(most-1)]
	}
	return picked
}

// column is a column of a table, and how long its binary values are.
type column struct {
	name, kind string
	length     int
}

// other is an expression of a value the column does not have.
func (c column) other() string {
	switch c.kind {
	case "BLOB", "BINARY", "VARBINARY":
		return "x'" + strings.Repeat("a5", c.length) + "'"
	case "TEXT", "VARCHAR":
		return "'x'"
	}
	return "COALESCE(" + c.name + ", 0) + 1"
}

// read returns the keys of a table's rows in their order, and its columns.
func read(t testing.TB, db *database.DB, table, key string) (keys []any, columns []column) {
	t.Helper()
	rows, err := database.Query(context.Background(), db.Read, "SELECT * FROM "+table+" ORDER BY "+key)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		t.Fatal(err)
	}
	values, into := make([]any, len(types)), make([]any, len(types))
	for i, c := range types {
		into[i] = &values[i]
		columns = append(columns, column{c.Name(), strings.ToUpper(c.DatabaseTypeName()), 16})
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		for i, value := range values {
			if text, isBytes := value.([]byte); isBytes {
				columns[i].length = len(text)
			}
			if columns[i].name == key && (len(keys) == 0 || fmt.Sprint(keys[len(keys)-1]) != fmt.Sprint(value)) {
				keys = append(keys, value)
			}
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return keys, columns
}
