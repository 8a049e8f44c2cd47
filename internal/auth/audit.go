package auth

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
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

// cut returns at most n characters of valid text.
func cut(s string, n int) string {
	s = strings.ToValidUTF8(s, "�")
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}
