package report

import (
	"context"
	"database/sql"
	"fmt"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
)

// queryBaselines reads versions with the names of who made, locked and signed
// them, and the newest signed version beside them.
func queryBaselines(ctx context.Context, tx *gorm.DB, rest string, args ...any) ([]Baseline, error) {
	var list []Baseline
	err := each(ctx, tx, "baselines", `
		SELECT b.id, b.village_id, b.month, b.calendar_month, b.version, b.disposal_grams, b.person_days, b.method, b.source, b.reason,
		       b.created_at, b.created_by, COALESCE(c.name, ''),
		       l.actor_id, COALESCE(l.signed_at, 0), COALESCE(lu.name, ''),
		       s.actor_id, COALESCE(s.signed_at, 0), COALESCE(su.name, ''), `+newerSigned+`
		  FROM baselines b
		  JOIN divisions d ON d.id = b.village_id
		  LEFT JOIN users c ON c.id = b.created_by
		  LEFT JOIN baseline_signatures l ON l.baseline_id = b.id AND l.act = 'lock'
		  LEFT JOIN users lu ON lu.id = l.actor_id
		  LEFT JOIN baseline_signatures s ON s.baseline_id = b.id AND s.act = 'sign'
		  LEFT JOIN users su ON su.id = s.actor_id
		 WHERE `+rest, args, func(rows *sql.Rows) error {
		var b Baseline
		var locker, signer id.NullID
		var newer bool
		err := rows.Scan(&b.ID, &b.VillageID, &b.Month, &b.CalendarMonth, &b.Version, &b.DisposalGrams, &b.PersonDays, &b.Method, &b.Source, &b.Reason,
			&b.CreatedAt, &b.CreatedBy, &b.Creator, &locker, &b.LockedAt, &b.Locker, &signer, &b.SignedAt, &b.Signer, &newer)
		b.LockedBy, b.SignedBy = locker.ID, signer.ID
		b.State = b.stateOf(newer)
		list = append(list, b)
		return err
	})
	return list, err
}

// newerSigned is true for a version with a signed one after it.
const newerSigned = `EXISTS (SELECT 1 FROM baselines n
	JOIN baseline_signatures ns ON ns.baseline_id = n.id AND ns.act = 'sign'
	WHERE n.village_id = b.village_id AND n.calendar_month = b.calendar_month AND n.version > b.version)`

func (b Baseline) stateOf(newerSigned bool) BaselineState {
	switch {
	case newerSigned:
		return Superseded
	case b.SignedAt != 0:
		return Signed
	case b.LockedAt != 0:
		return Locked
	}
	return Draft
}

func readBaseline(ctx context.Context, tx *gorm.DB, baselineID id.ID) (b Baseline, found bool, err error) {
	list, err := queryBaselines(ctx, tx, `b.id = ?`, baselineID)
	if len(list) == 0 {
		return b, false, err
	}
	return list[0], true, err
}

func listBaselines(ctx context.Context, tx *gorm.DB, villages []id.ID, f BaselineFilter) ([]Baseline, error) {
	where, values := `b.village_id `+in(villages)+` AND NOT `+newerSigned, database.IDs(villages)
	if a := f.After; !a.VillageID.IsZero() {
		where += ` AND (d.code > ? OR d.code = ? AND (b.village_id > ? OR b.village_id = ? AND (b.calendar_month > ?
			OR b.calendar_month = ? AND b.version < ?)))`
		values = append(values, a.Code, a.Code, a.VillageID, a.VillageID, a.CalendarMonth, a.CalendarMonth, a.Version)
	}
	return queryBaselines(ctx, tx, where+` ORDER BY d.code, b.village_id, b.calendar_month, b.version DESC LIMIT ?`, append(values, f.Limit+1)...)
}

func nextVersion(ctx context.Context, tx *gorm.DB, b Baseline) (int, error) {
	version := 0
	err := each(ctx, tx, "baseline version", `
		SELECT COALESCE(MAX(version), 0) + 1 FROM baselines WHERE village_id = ? AND calendar_month = ?`,
		[]any{b.VillageID, b.CalendarMonth}, func(rows *sql.Rows) error { return rows.Scan(&version) })
	return version, err
}

func insertBaseline(ctx context.Context, tx *gorm.DB, b Baseline) error {
	_, err := database.Exec(ctx, tx, `
		INSERT INTO baselines (id, village_id, month, calendar_month, version, disposal_grams, person_days, method, source, reason, created_at, created_by)
		VALUES (?,?,?,?,?,?,?,?,?,?,?,?)`,
		b.ID, b.VillageID, b.Month, b.CalendarMonth, b.Version, b.DisposalGrams, b.PersonDays, b.Method, b.Source, b.Reason, b.CreatedAt, b.CreatedBy)
	if err != nil {
		return fmt.Errorf("insert baseline: %w", err)
	}
	return nil
}

func insertSignature(ctx context.Context, tx *gorm.DB, baselineID id.ID, act string, actorID id.ID, at calendar.Micros) error {
	_, err := database.Exec(ctx, tx, `INSERT INTO baseline_signatures (baseline_id, act, actor_id, signed_at) VALUES (?,?,?,?)`,
		baselineID, act, actorID, at)
	if err != nil {
		return fmt.Errorf("insert baseline signature: %w", err)
	}
	return nil
}

// putInForce brings the row of baselines_in_force of a village and calendar
// month up to date. The row is locked before it is decided, so that of two
// versions signed at once the higher one stays.
func putInForce(ctx context.Context, tx *gorm.DB, b Baseline) error {
	write := func(b Baseline, sets ...database.Set) error {
		err := database.Upsert(ctx, tx, "baselines_in_force", []string{"village_id", "calendar_month", "baseline_id", "disposal_grams", "person_days"},
			[]string{"village_id", "calendar_month"}, sets, [][]any{{b.VillageID, b.CalendarMonth, b.ID, b.DisposalGrams, b.PersonDays}})
		if err != nil {
			return fmt.Errorf("put baseline in force: %w", err)
		}
		return nil
	}
	locked := b
	locked.PersonDays = 0
	if err := write(locked, database.Set{Column: "person_days", Add: true}); err != nil { // adds nothing
		return err
	}
	signed, err := queryBaselines(ctx, tx, `b.village_id = ? AND b.calendar_month = ? AND s.actor_id IS NOT NULL AND NOT `+newerSigned,
		b.VillageID, b.CalendarMonth)
	if err != nil || len(signed) == 0 {
		return err
	}
	return write(signed[0], database.Set{Column: "baseline_id"}, database.Set{Column: "disposal_grams"}, database.Set{Column: "person_days"})
}

// SignedBase is a baseline that was signed, and when.
type SignedBase struct {
	Version    int
	Grams      int64
	PersonDays int64
	SignedAt   calendar.Micros
}

// SignedBases returns all baselines that were ever signed, by village and
// calendar month, the newest version first.
func SignedBases(ctx context.Context, tx *gorm.DB) (map[id.ID]map[int][]SignedBase, error) {
	found := map[id.ID]map[int][]SignedBase{}
	return found, each(ctx, tx, "signed baselines", `
		SELECT b.village_id, b.calendar_month, b.version, b.disposal_grams, b.person_days, s.signed_at
		  FROM baselines b JOIN baseline_signatures s ON s.baseline_id = b.id AND s.act = 'sign'
		 ORDER BY b.village_id, b.calendar_month, b.version DESC`, nil, func(rows *sql.Rows) error {
		var village id.ID
		var month int
		var b SignedBase
		err := rows.Scan(&village, &month, &b.Version, &b.Grams, &b.PersonDays, &b.SignedAt)
		if found[village] == nil {
			found[village] = map[int][]SignedBase{}
		}
		found[village][month] = append(found[village][month], b)
		return err
	})
}

// CheckBaselines returns the baselines that are the highest signed version of
// their village and calendar month but not in force as such, and those in force
// that are not. Run it in a database.Snapshot.
func CheckBaselines(ctx context.Context, tx *gorm.DB) ([]id.ID, error) {
	var wrong []id.ID
	scan := func(rows *sql.Rows) error {
		var baselineID id.ID
		err := rows.Scan(&baselineID)
		wrong = append(wrong, baselineID)
		return err
	}
	err := each(ctx, tx, "baselines not in force", `
		SELECT b.id FROM baselines b
		  JOIN baseline_signatures s ON s.baseline_id = b.id AND s.act = 'sign'
		  LEFT JOIN baselines_in_force f ON f.village_id = b.village_id AND f.calendar_month = b.calendar_month AND f.baseline_id = b.id
		       AND f.disposal_grams = b.disposal_grams AND f.person_days = b.person_days
		 WHERE f.baseline_id IS NULL AND NOT `+newerSigned, nil, scan)
	if err != nil {
		return nil, err
	}
	return wrong, each(ctx, tx, "baselines in force", `
		SELECT f.baseline_id FROM baselines_in_force f
		  LEFT JOIN baselines b ON b.id = f.baseline_id AND b.village_id = f.village_id AND b.calendar_month = f.calendar_month
		  LEFT JOIN baseline_signatures s ON s.baseline_id = b.id AND s.act = 'sign'
		 WHERE s.actor_id IS NULL`, nil, scan)
}
