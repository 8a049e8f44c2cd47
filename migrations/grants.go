package migrations

import (
	"fmt"
	"slices"
	"strings"
)

// InsertOnly are the tables whose rows are never changed or removed: what
// happened, and who did it. A correction is a new row.
var InsertOnly = []string{
	"accounts", "requests", "entries", "entry_lines", "audit_log",
	"seal_keys", "seals", "seal_totals", "seal_items",
	"drop_offs", "drop_off_items", "drop_off_holds", "drop_off_objections", "drop_off_reviews", "drop_off_review_items",
	"redemptions", "redemption_items", "stock_moves", "photos", "photo_uses", "photo_erasures",
	"weigh_ins", "tariffs", "tariff_rules", "tariff_caps", "baseline_signatures",
	"settlements", "settlement_items", "settlement_acts",
	"closing_acts", "closing_villages", "closing_figures", "budgets", "book_seals",
	"household_changes",
	"expiry_rules", "expiries",
	"adjustments", "adjustment_acts",
	"verify_runs", "verify_findings",
}

// photoBytes is the one column of an insert-only table that the service may
// change: a photo can be erased, its row and its hash stay.
const photoBytes = "GRANT UPDATE (bytes) ON %s.photos TO %s"

// Grants returns the statements that give a MySQL account, such as
// 'hufen'@'10.0.0.%', what the service needs on a database with these tables:
// everything but changing InsertOnly, apart from the bytes of a photo, and the
// schema.
func Grants(database, account string, tables []string) []string {
	statements := []string{fmt.Sprintf("GRANT SELECT, INSERT, LOCK TABLES ON %s.* TO %s", quoted(database), account)}
	if slices.Contains(tables, "photos") {
		statements = append(statements, fmt.Sprintf(photoBytes, quoted(database), account))
	}
	for _, table := range tables {
		if !slices.Contains(InsertOnly, table) {
			statements = append(statements, fmt.Sprintf("GRANT UPDATE, DELETE ON %s.%s TO %s", quoted(database), quoted(table), account))
		}
	}
	return statements
}

func quoted(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }
