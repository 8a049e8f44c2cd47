package auth

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/division"
	"hufen/internal/id"
)

// Event is what the audit log keeps of an act.
type Event struct {
	Action     string // noun.verb, at most 60 bytes
	ObjectKind string // the noun, at most 30 bytes
	ObjectID   id.ID  // zero where there is none
	DivisionID id.ID  // where it happened; zero where only administrators shall read it
	Detail     string // what changed; cut at 1000 characters
}

// detailLimit is the length of the column, in characters.
const detailLimit = 1000

// Audit adds a line to the audit log, in the transaction of what it tells about.
func Audit(ctx context.Context, tx *gorm.DB, actor Actor, event Event) error {
	_, err := database.Exec(ctx, tx, `
		INSERT INTO audit_log (id, at, actor_id, action, object_kind, object_id, division_id, request_id, detail)
		VALUES (?,?,?,?,?,?,?,?,?)`,
		id.New(), calendar.Now(), actor.ID, event.Action, event.ObjectKind, id.Some(event.ObjectID), id.Some(event.DivisionID),
		cut(actor.RequestID, 64), cut(event.Detail, detailLimit))
	if err != nil {
		return fmt.Errorf("audit %s: %w", event.Action, err)
	}
	return nil
}

// Noted returns what the audit log keeps of the newest act of a kind on an object,
// and who did it: what was asked for under an id that is sent again.
func Noted(ctx context.Context, tx *gorm.DB, action string, objectID id.ID) (event Event, actorID id.ID, found bool, err error) {
	err = database.Scan(ctx, tx, `
		SELECT actor_id, division_id, detail FROM audit_log WHERE object_id = ? AND action = ? ORDER BY id DESC LIMIT 1`, []any{objectID, action},
		func(rows *sql.Rows) error {
			var divisionID id.NullID
			err := rows.Scan(&actorID, &divisionID, &event.Detail)
			event.Action, event.ObjectID, event.DivisionID, found = action, objectID, divisionID.ID, true
			return err
		})
	if err != nil {
		return event, actorID, false, fmt.Errorf("read what was noted of %s: %w", action, err)
	}
	return event, actorID, found, nil
}

// cut returns at most n characters of valid text.
func cut(s string, n int) string {
	s = strings.ToValidUTF8(s, "�")
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}

// Record is a line of the audit log.
type Record struct {
	ID         id.ID
	At         calendar.Micros
	ActorID    id.ID
	ActorName  string // empty for a household and for the service itself
	Action     string
	ObjectKind string
	ObjectID   id.ID // zero where there is none
	RequestID  string
	Detail     string
}

// auditors are the roles that read the audit log.
var auditors = []Role{Auditor, DistrictOfficial, Administrator}

// RecordFilter says which lines to list, and where to go on.
type RecordFilter struct {
	DivisionID id.ID // zero: the whole scope
	ObjectID   id.ID // zero: of every object
	Limit      int
	Before     id.ID // zero: from the newest
}

// AuditLog lists what happened inside the actor's scope, the newest first, and
// whether there is more. What happened in no division is listed for those who
// are confined to none. It returns NotFound "division.unknown" for a division
// outside the scope.
func (s *Service) AuditLog(ctx context.Context, actor Actor, filter RecordFilter) (records []Record, more bool, err error) {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return nil, false, err
	}
	scope := actor.Divisions(auditors...)
	if !filter.DivisionID.IsZero() {
		if !actor.Covers(tree, filter.DivisionID, auditors...) {
			return nil, false, division.Unknown().At("?division")
		}
		scope = []id.ID{filter.DivisionID}
	}
	if len(scope) == 0 {
		return nil, false, nil
	}
	if records, err = findRecords(ctx, s.db.Read, scope, filter); err != nil {
		return nil, false, fmt.Errorf("list audit log: %w", err)
	}
	records, more = page(records, filter.Limit)
	return records, more, nil
}

// findRecords reads one line more than the limit.
func findRecords(ctx context.Context, tx *gorm.DB, scope []id.ID, filter RecordFilter) ([]Record, error) {
	where, args := []string{"1 = 1"}, []any(nil)
	if !slices.Contains(scope, id.ID{}) {
		where = append(where, "l.division_id IN (SELECT division_id FROM division_ancestors WHERE ancestor_id IN ("+database.Placeholders(len(scope))+"))")
		for _, d := range scope {
			args = append(args, d)
		}
	}
	if !filter.ObjectID.IsZero() {
		where, args = append(where, "l.object_id = ?"), append(args, filter.ObjectID)
	}
	if !filter.Before.IsZero() {
		where, args = append(where, "l.id < ?"), append(args, filter.Before)
	}
	rows, err := database.Query(ctx, tx, `
		SELECT l.id, l.at, l.actor_id, COALESCE(u.name, ''), l.action, l.object_kind, l.object_id, l.request_id, l.detail
		FROM audit_log l LEFT JOIN users u ON u.id = l.actor_id
		WHERE `+strings.Join(where, " AND ")+`
		ORDER BY l.id DESC LIMIT ?`, append(args, filter.Limit+1)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var records []Record
	for rows.Next() {
		var r Record
		var object id.NullID
		if err := rows.Scan(&r.ID, &r.At, &r.ActorID, &r.ActorName, &r.Action, &r.ObjectKind, &object, &r.RequestID, &r.Detail); err != nil {
			return nil, err
		}
		r.ObjectID = object.ID
		records = append(records, r)
	}
	return records, rows.Err()
}
