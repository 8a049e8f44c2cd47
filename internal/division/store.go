package division

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
)

const divisionColumns = "id, parent_id, level, code, name, valid_from, valid_to, updated_at"

func readDivisions(ctx context.Context, tx *gorm.DB) ([]Division, error) {
	return queryDivisions(ctx, tx, "SELECT "+divisionColumns+" FROM divisions")
}

func queryDivisions(ctx context.Context, tx *gorm.DB, query string, args ...any) ([]Division, error) {
	rows, err := database.Query(ctx, tx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var divisions []Division
	for rows.Next() {
		d, err := scanDivision(rows)
		if err != nil {
			return nil, err
		}
		divisions = append(divisions, d)
	}
	return divisions, rows.Err()
}

func scanDivision(rows *sql.Rows) (Division, error) {
	var d Division
	var parent id.NullID
	err := rows.Scan(&d.ID, &parent, &d.Level, &d.Code, &d.Name, &d.ValidFrom, &d.ValidTo, &d.UpdatedAt)
	d.ParentID = parent.ID
	return d, err
}

// readOne returns one division; found is false where there is none.
func readOne(ctx context.Context, tx *gorm.DB, where string, args ...any) (d Division, found bool, err error) {
	divisions, err := queryDivisions(ctx, tx, "SELECT "+divisionColumns+" FROM divisions WHERE "+where, args...)
	if err != nil || len(divisions) == 0 {
		return Division{}, false, err
	}
	return divisions[0], true, nil
}

// lockDivision reads a division and keeps others from changing it.
func lockDivision(ctx context.Context, tx *gorm.DB, d id.ID) (Division, bool, error) {
	return readOne(ctx, tx, "id = ?"+database.ForUpdate(tx), d)
}

// insertDivision stores a division, its code and its place below its ancestors.
func insertDivision(ctx context.Context, tx *gorm.DB, d Division) error {
	_, err := database.Exec(ctx, tx, "INSERT INTO divisions ("+divisionColumns+") VALUES (?,?,?,?,?,?,?,?)",
		d.ID, id.Some(d.ParentID), d.Level, d.Code, d.Name, d.ValidFrom, d.ValidTo, d.UpdatedAt)
	if err != nil {
		return err
	}
	_, err = database.Exec(ctx, tx, `
		INSERT INTO division_ancestors (ancestor_id, division_id, distance)
		SELECT ancestor_id, ?, distance + 1 FROM division_ancestors WHERE division_id = ?`, d.ID, d.ParentID)
	if err != nil {
		return err
	}
	_, err = database.Exec(ctx, tx, "INSERT INTO division_ancestors (ancestor_id, division_id, distance) VALUES (?, ?, 0)", d.ID, d.ID)
	if err != nil || d.Code == "" {
		return err
	}
	return insertCode(ctx, tx, d, d.ValidFrom)
}

func insertCode(ctx context.Context, tx *gorm.DB, d Division, from calendar.Day) error {
	_, err := database.Exec(ctx, tx, "INSERT INTO division_codes (code, division_id, name, valid_from, valid_to) VALUES (?,?,?,?,?)",
		d.Code, d.ID, d.Name, from, d.ValidTo)
	return err
}

// closeCode ends the division's present code the day before from, or removes it
// where it only began on that day or later.
func closeCode(ctx context.Context, tx *gorm.DB, d id.ID, from calendar.Day) error {
	if _, err := database.Exec(ctx, tx, "DELETE FROM division_codes WHERE division_id = ? AND valid_from >= ?", d, from); err != nil {
		return err
	}
	_, err := database.Exec(ctx, tx, "UPDATE division_codes SET valid_to = ? WHERE division_id = ? AND valid_to >= ?", from.AddDays(-1), d, from)
	return err
}

// moveCodes lets the recorded codes begin and end with the division.
func moveCodes(ctx context.Context, tx *gorm.DB, before, d Division) error {
	if d.ValidFrom != before.ValidFrom {
		_, err := database.Exec(ctx, tx, "UPDATE division_codes SET valid_from = ? WHERE division_id = ? AND valid_from = ?", d.ValidFrom, d.ID, before.ValidFrom)
		if err != nil {
			return err
		}
	}
	if d.ValidTo == before.ValidTo {
		return nil
	}
	_, err := database.Exec(ctx, tx, "UPDATE division_codes SET valid_to = ? WHERE division_id = ? AND valid_to = ?", d.ValidTo, d.ID, before.ValidTo)
	return err
}

func updateDivision(ctx context.Context, tx *gorm.DB, d Division) error {
	result, err := database.Exec(ctx, tx, "UPDATE divisions SET code = ?, name = ?, valid_from = ?, valid_to = ?, updated_at = ? WHERE id = ?",
		d.Code, d.Name, d.ValidFrom, d.ValidTo, d.UpdatedAt, d.ID)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return errors.Join(fmt.Errorf("update division %s: %d rows", d.ID, n), err)
	}
	return nil
}

const valueColumns = "id, division_id, name, value, valid_from, recorded_at, actor_id"

func readSettings(ctx context.Context, tx *gorm.DB) (settings, error) {
	values, err := queryValues(ctx, tx, "SELECT "+valueColumns+" FROM settings")
	return newSettings(values), err
}

func readValue(ctx context.Context, tx *gorm.DB, v id.ID) (Value, bool, error) {
	values, err := queryValues(ctx, tx, "SELECT "+valueColumns+" FROM settings WHERE id = ?", v)
	if err != nil || len(values) == 0 {
		return Value{}, false, err
	}
	return values[0], true, nil
}

func queryValues(ctx context.Context, tx *gorm.DB, query string, args ...any) ([]Value, error) {
	rows, err := database.Query(ctx, tx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var values []Value
	for rows.Next() {
		var v Value
		if err := rows.Scan(&v.ID, &v.DivisionID, &v.Name, &v.Value, &v.ValidFrom, &v.RecordedAt, &v.ActorID); err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return values, rows.Err()
}

func insertValue(ctx context.Context, tx *gorm.DB, v Value) error {
	_, err := database.Exec(ctx, tx, "INSERT INTO settings ("+valueColumns+") VALUES (?,?,?,?,?,?,?)",
		v.ID, v.DivisionID, v.Name, v.Value, v.ValidFrom, v.RecordedAt, v.ActorID)
	return err
}

// lastCodeDay returns the day from which the present code and name hold, or zero
// for a division without code.
func lastCodeDay(ctx context.Context, tx *gorm.DB, d id.ID) (day calendar.Day, err error) {
	rows, err := database.Query(ctx, tx, "SELECT COALESCE(MAX(valid_from), 0) FROM division_codes WHERE division_id = ?", d)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&day); err != nil {
			return 0, err
		}
	}
	return day, rows.Err()
}

// hasHouseholds reports whether any open household lives in a division.
// Households belong to a package above; this is all that is asked of them here.
func hasHouseholds(ctx context.Context, tx *gorm.DB, d id.ID) (found bool, err error) {
	rows, err := database.Query(ctx, tx, "SELECT 1 FROM households WHERE (village_id = ? OR division_id = ?) AND closed_at = 0 LIMIT 1", d, d)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	for rows.Next() {
		found = true
	}
	return found, rows.Err()
}
