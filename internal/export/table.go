package export

import (
	"crypto/sha256"
	"encoding/hex"

	"hufen/internal/database"
	"hufen/internal/household"
)

// plan says what of a table goes into the file.
type plan struct {
	leave bool            // nothing: secrets, or what is of the moment
	masks map[string]mask // columns that are not copied as they are
}

// mask is what is written instead of the value in column i of a row.
type mask func(row database.Row, i int) any

var (
	whole   = plan{}
	leftOut = plan{leave: true}
)

func empty(database.Row, int) any      { return "" }
func nothing(database.Row, int) any    { return []byte{} }
func name(row database.Row, i int) any { return household.MaskName(row.Text(i)) }

// blind replaces a secret by something of its own that tells nothing of it: the
// hash of the row's id, which is its first column.
func blind(row database.Row, _ int) any {
	sum := sha256.Sum256(append([]byte("hufen/blind/1\x00"), row.Bytes(0)...))
	return sum[:]
}

func blindText(row database.Row, i int) any { return hex.EncodeToString(blind(row, i).([]byte)[:8]) }

// plans has every table there is; one that is new has to be thought about.
var plans = map[string]plan{
	"accounts": whole, "account_balances": whole, "requests": whole, "entries": whole, "entry_lines": whole,
	"seals": whole, "seal_items": whole, "seal_keys": whole, "seal_totals": whole,
	"drop_offs": whole, "drop_off_items": whole, "drop_off_holds": whole, "drop_off_reviews": whole, "drop_off_review_items": whole,
	"drop_off_objections": whole, "drop_off_postings": whole, "tariffs": whole, "tariff_rules": whole, "tariff_caps": whole, "household_awards": whole,
	"shops": whole, "goods": whole, "goods_prices": whole, "stock_moves": whole, "redemptions": whole, "redemption_items": whole,
	"settlements": whole, "settlement_items": whole, "settlement_claims": whole, "settlement_acts": whole,
	"adjustments": whole, "adjustment_acts": whole, "expiry_rules": whole, "expiries": whole, "expiry_marks": whole,
	"household_changes": whole, "households": whole, "household_members": whole, "population_changes": whole,
	"book_seals": whole, "book_days": whole, "book_months": whole, "closing_acts": whole, "closing_villages": whole, "closing_figures": whole, "budgets": whole,
	"divisions": whole, "division_codes": whole, "division_ancestors": whole, "settings": whole,
	"collection_points": whole, "weigh_ins": whole, "weigh_in_months": whole, "baselines": whole, "baseline_signatures": whole, "baselines_in_force": whole,
	"rollups": whole, "rollup_days": whole, "rollup_months": whole, "photo_uses": whole, "photo_erasures": whole, "user_points": whole, "user_roles": whole,
	"verify_runs": whole, "verify_findings": whole,

	"household_people": {masks: map[string]mask{"head_name": name, "phone": empty}},
	"cards":            {masks: map[string]mask{"code_hash": blind}},
	"confirmations":    {masks: map[string]mask{"code_hash": blind}},
	"photos":           {masks: map[string]mask{"bytes": nothing}},
	"users":            {masks: map[string]mask{"login": blindText, "name": name, "password_hash": empty, "totp_secret": empty}},
	"audit_log":        {masks: map[string]mask{"detail": empty}},

	"household_pins": leftOut, "sessions": leftOut, "api_keys": leftOut, "throttles": leftOut,
	"imports": leftOut, "import_files": leftOut, "import_rows": leftOut, "job_runs": leftOut, "goose_db_version": leftOut, "sqlite_sequence": leftOut,
}
