package trace

import (
	"database/sql"
	"fmt"
	"strings"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
	"hufen/internal/points"
)

// entry is an entry with its lines and its place in the seals.
type entry struct {
	id          id.ID
	kind        string
	effectiveAt calendar.Micros
	recordedAt  calendar.Micros
	villageID   id.ID
	actorID     id.ID
	reverses    id.NullID
	reason      string
	hash        []byte
	height      int64
	lines       []line
}

// line is a line of an entry with the owner its account's code names.
type line struct {
	accountID id.ID
	kind      string
	owner     id.ID
	points    points.Points
}

// household returns the entry's line on a household account that is above or
// below zero.
func (e *entry) household(sign points.Points) (line, bool) {
	for _, l := range e.lines {
		if l.kind == "household" && l.points*sign > 0 {
			return l, true
		}
	}
	return line{}, false
}

// load reads entries that were not read yet.
func (w *walk) load(ids ...id.ID) error {
	var fresh []id.ID
	for _, entryID := range ids {
		if _, ok := w.entries[entryID]; !ok && !entryID.IsZero() {
			fresh = append(fresh, entryID)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	marks, args := database.List(database.IDs(fresh))
	err := database.Scan(w.ctx, w.tx, `
		SELECT e.id, e.kind, e.effective_at, e.recorded_at, e.village_id, e.actor_id, e.reverses_id, e.reason, e.content_hash, COALESCE(s.height, 0)
		FROM entries e LEFT JOIN seal_items s ON s.id = e.id WHERE e.id IN (`+marks+`)`, args, func(rows *sql.Rows) error {
		var e entry
		err := rows.Scan(&e.id, &e.kind, &e.effectiveAt, &e.recordedAt, &e.villageID, &e.actorID, &e.reverses, &e.reason, &e.hash, &e.height)
		w.entries[e.id] = &e
		return err
	})
	if err != nil {
		return fmt.Errorf("read entries: %w", err)
	}
	err = database.Scan(w.ctx, w.tx, `
		SELECT l.entry_id, l.account_id, a.kind, a.code, l.points FROM entry_lines l JOIN accounts a ON a.id = l.account_id
		WHERE l.entry_id IN (`+marks+`) ORDER BY l.entry_id, l.line_no`, args, func(rows *sql.Rows) error {
		var entryID id.ID
		var l line
		var code string
		if err := rows.Scan(&entryID, &l.accountID, &l.kind, &code, &l.points); err != nil {
			return err
		}
		l.owner = ownerOf(code)
		if e := w.entries[entryID]; e != nil {
			e.lines = append(e.lines, l)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read lines: %w", err)
	}
	return nil
}

// ownerOf reads the id in an account's code.
func ownerOf(code string) id.ID {
	parts := strings.Split(code, ":")
	if len(parts) < 2 {
		return id.ID{}
	}
	owner, err := id.Parse(parts[1])
	if err != nil {
		return id.ID{}
	}
	return owner
}

// book reads a household account and what its points were spent on.
func (w *walk) book(accountID id.ID) (*book, error) {
	if b := w.books[accountID]; b != nil {
		return b, nil
	}
	var moves []move
	err := database.Scan(w.ctx, w.tx, `
		SELECT l.entry_id, e.reverses_id, l.points FROM entry_lines l JOIN entries e ON e.id = l.entry_id
		WHERE l.account_id = ? ORDER BY l.account_seq`, []any{accountID[:]}, func(rows *sql.Rows) error {
		var m move
		err := rows.Scan(&m.entryID, &m.reverses, &m.points)
		moves = append(moves, m)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read account: %w", err)
	}
	w.books[accountID] = newBook(accountID, moves)
	return w.books[accountID], nil
}

// one returns the id a query finds, zero if it finds none.
func (w *walk) one(query string, arg id.ID) (found id.ID, err error) {
	err = database.Scan(w.ctx, w.tx, query, []any{arg[:]}, func(rows *sql.Rows) error { return rows.Scan(&found) })
	return found, err
}

// heights returns in which seals requests without an entry are.
func (w *walk) heightOf(requestID id.ID) (height int64, err error) {
	err = database.Scan(w.ctx, w.tx, `SELECT height FROM seal_items WHERE id = ?`, []any{requestID[:]}, func(rows *sql.Rows) error { return rows.Scan(&height) })
	return height, err
}
