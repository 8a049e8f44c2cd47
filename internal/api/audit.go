package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"hufen/internal/auth"
	"hufen/internal/i18n"
)

// ListAuditLog lists who changed or revealed what.
func (s *Server) ListAuditLog(c echo.Context, params ListAuditLogParams) error {
	filter := auth.RecordFilter{DivisionID: orZero(params.Division), ObjectID: orZero(params.Object), Limit: limitOf(params.Limit)}
	if err := readCursor(params.Cursor, &filter.Before); err != nil {
		return err
	}
	records, more, err := s.Auth.AuditLog(c.Request().Context(), actorOf(c), filter)
	if err != nil {
		return err
	}
	list := AuditList{Items: make([]AuditRecord, len(records))}
	for i, r := range records {
		list.Items[i] = AuditRecord{
			Id: r.ID, At: r.At, Actor: actorName(langOf(c), r), Action: r.Action, ObjectKind: r.ObjectKind,
			ObjectId: optional(r.ObjectID), RequestId: r.RequestID, Detail: r.Detail,
		}
	}
	if more {
		list.NextCursor = writeCursor(true, records[len(records)-1].ID)
	}
	return c.JSON(http.StatusOK, list)
}

// actorName names the service itself and households in the reader's language.
func actorName(lang i18n.Lang, r auth.Record) string {
	switch {
	case r.ActorName != "":
		return r.ActorName
	case r.ActorID == auth.SystemID:
		return i18n.Sentence(lang, "actor.system", nil)
	}
	return i18n.Sentence(lang, "actor.household", nil)
}
