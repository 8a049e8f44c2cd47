package database

import (
	"context"
	"fmt"
	"slices"
)

// Grants says whether the database itself keeps the service from changing what
// happened.
type Grants struct {
	// Restricted is true where the account has rights on tables one by one, as
	// hufen migrate --grants gives them, and none beyond.
	Restricted bool `json:"restricted"`
	// Problems are rights on insert-only tables that an account restricted in this
	// way should not have.
	Problems []string `json:"problems,omitempty"`
}

// Grants asks the database what its account may do to tables whose rows are
// never changed. SQLite has no accounts, so nothing is restricted there.
func (db *DB) Grants(ctx context.Context, insertOnly []string) (Grants, error) {
	var g Grants
	if db.Dialect != MySQL {
		return g, nil
	}
	pool, err := db.Write.DB()
	if err != nil {
		return g, err
	}
	const grantee = `CONCAT('''', SUBSTRING_INDEX(CURRENT_USER(), '@', 1), '''@''', SUBSTRING_INDEX(CURRENT_USER(), '@', -1), '''')`
	const changing = `PRIVILEGE_TYPE IN ('UPDATE', 'DELETE', 'DROP', 'ALTER')`
	rows, err := pool.QueryContext(ctx, `
		SELECT '', PRIVILEGE_TYPE FROM information_schema.USER_PRIVILEGES WHERE GRANTEE = `+grantee+` AND `+changing+`
		UNION ALL SELECT '', PRIVILEGE_TYPE FROM information_schema.SCHEMA_PRIVILEGES
		WHERE GRANTEE = `+grantee+` AND DATABASE() LIKE TABLE_SCHEMA AND `+changing+`
		UNION ALL SELECT TABLE_NAME, PRIVILEGE_TYPE FROM information_schema.TABLE_PRIVILEGES
		WHERE GRANTEE = `+grantee+` AND TABLE_SCHEMA = DATABASE() AND `+changing+`
		UNION ALL SELECT DISTINCT TABLE_NAME, PRIVILEGE_TYPE FROM information_schema.COLUMN_PRIVILEGES
		WHERE GRANTEE = `+grantee+` AND TABLE_SCHEMA = DATABASE() AND `+changing+` AND NOT (TABLE_NAME = 'photos' AND COLUMN_NAME = 'bytes') ORDER BY 1, 2`)
	if err != nil {
		return g, fmt.Errorf("read grants: %w", err)
	}
	defer rows.Close()
	everywhere, byTable := false, false
	for rows.Next() {
		var table, right string
		if err := rows.Scan(&table, &right); err != nil {
			return g, fmt.Errorf("read grants: %w", err)
		}
		everywhere = everywhere || table == ""
		byTable = byTable || table != ""
		if slices.Contains(insertOnly, table) || table == "" {
			g.Problems = append(g.Problems, fmt.Sprintf("the account may %s %s", right, orAll(table)))
		}
	}
	if !byTable { // nobody tried to restrict it
		g.Problems = nil
	}
	g.Restricted = byTable && !everywhere && len(g.Problems) == 0
	return g, rows.Err()
}

func orAll(table string) string {
	if table == "" {
		return "every table"
	}
	return table
}
