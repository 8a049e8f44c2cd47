package trace

import (
	"database/sql"
	"encoding/binary"
	"fmt"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
)

// statement is a settlement as it is now.
type statement struct {
	id, shopID, townID id.ID
	month              calendar.Month
	items              int
	points             points.Points
	fen                int64
	hash               []byte
	shop               shop
	acts               []act
}

// act is what somebody did with a settlement.
type act struct {
	id     id.ID
	act    string
	at     calendar.Micros
	by     string
	detail string
	paidOn calendar.Day
	hash   []byte
	height int64
}

// did returns the act of a kind, if there was one.
func (s *statement) did(kind string) (act, bool) {
	for _, a := range s.acts {
		if a.act == kind {
			return a, true
		}
	}
	return act{}, false
}

func (w *walk) statement(settlementID id.ID) (*statement, error) {
	var s *statement
	err := database.Scan(w.ctx, w.tx, `SELECT id, shop_id, town_id, month, items, points, fen, content_hash FROM settlements WHERE id = ?`,
		[]any{settlementID[:]}, func(rows *sql.Rows) error {
			s = &statement{}
			return rows.Scan(&s.id, &s.shopID, &s.townID, &s.month, &s.items, &s.points, &s.fen, &s.hash)
		})
	if err != nil || s == nil {
		return s, err
	}
	if s.shop, err = w.shop(s.shopID); err != nil {
		return nil, err
	}
	err = database.Scan(w.ctx, w.tx, `
		SELECT a.id, a.act, a.acted_at, COALESCE(u.name, ''), a.detail, COALESCE(a.paid_on, 0), a.act_hash, COALESCE(i.height, 0)
		FROM settlement_acts a LEFT JOIN users u ON u.id = a.actor_id LEFT JOIN seal_items i ON i.id = a.id
		WHERE a.settlement_id = ? ORDER BY a.step`, []any{settlementID[:]}, func(rows *sql.Rows) error {
		var a act
		err := rows.Scan(&a.id, &a.act, &a.at, &a.by, &a.detail, &a.paidOn, &a.hash, &a.height)
		s.acts = append(s.acts, a)
		return err
	})
	return s, err
}

// addSettled adds the statements that pay what was spent, with the part of them
// that is followed.
func (w *walk) addSettled(e *entry, after []hit) error {
	hits := after
	if l, ok := e.household(-1); ok && e.kind == ledger.Redemption {
		hits = append([]hit{hitOf(share{e.id, 0, -l.points})}, after...)
	}
	type part struct {
		points points.Points
		fen    int64
	}
	shares := map[id.ID]part{}
	var order []id.ID
	for _, h := range hits {
		err := database.Scan(w.ctx, w.tx, `
			SELECT c.settlement_id, i.points, i.fen FROM settlement_claims c
			JOIN settlement_items i ON i.settlement_id = c.settlement_id AND i.entry_id = c.entry_id
			WHERE c.entry_id = ?`, []any{h.entryID[:]}, func(rows *sql.Rows) error {
			var settlementID id.ID
			var whole, fen int64
			if err := rows.Scan(&settlementID, &whole, &fen); err != nil {
				return err
			}
			if _, known := shares[settlementID]; !known {
				order = append(order, settlementID)
			}
			sum := shares[settlementID]
			shares[settlementID] = part{sum.points + h.amount, sum.fen + h.fenOf(fen, whole)}
			return nil
		})
		if err != nil {
			return fmt.Errorf("read settlements: %w", err)
		}
	}
	for _, settlementID := range order {
		s, err := w.statement(settlementID)
		if err != nil {
			return err
		}
		w.addStatement(s, shares[settlementID].points, shares[settlementID].fen)
	}
	return nil
}

// fenOf is what the parts of a redemption are worth of its fen. It is rounded at
// the ends of the parts, so that all parts together are worth the whole.
func (h hit) fenOf(fen, whole int64) (worth int64) {
	upTo := func(p points.Points) int64 { return (2*fen*int64(p) + whole) / (2 * whole) }
	for _, s := range h.parts {
		worth += upTo(s.to) - upTo(s.from)
	}
	return worth
}

// addStatement adds a statement and its payment. What a whole shop gets is for
// those who pay it.
func (w *walk) addStatement(s *statement, share points.Points, fen int64) {
	sees := w.seesShop(s.shopID, s.shop.divisionID)
	drawn := Step{Kind: Settlement, ID: s.id, Share: share, ShareFen: fen, Hash: short(s.hash), Number: Number(s.month, s.id)}
	fact := func(of *Step, label, value string) { of.Facts = append(of.Facts, Fact{w.say(label), value}) }
	fact(&drawn, "trace.shop", s.shop.name)
	fact(&drawn, "trace.month", s.month.String())
	if sees {
		drawn.Fen = s.fen
		fact(&drawn, "trace.items", fmt.Sprint(s.items))
	}
	for _, a := range s.acts {
		if a.act == "pay" {
			continue
		}
		drawn.At, drawn.RecordedAt = a.at, a.at
		drawn.Height = max(drawn.Height, a.height)
		if by := w.person(a.by); by != nil {
			fact(&drawn, "trace.act."+a.act, by[0])
		}
		if a.act == "approve" {
			drawn.EntryID = id.Some(a.id)
		}
	}
	w.add(drawn)
	if a, ok := s.did("pay"); ok {
		paid := Step{Kind: Payment, ID: a.id, At: a.at, RecordedAt: a.at, ShareFen: fen, By: w.person(a.by), Number: a.detail,
			Hash: short(a.hash), Height: a.height}
		if sees {
			paid.Fen = s.fen
		}
		fact(&paid, "trace.shop", s.shop.name)
		fact(&paid, "trace.paid_on", a.paidOn.String())
		w.add(paid)
	}
}

// followSettlement shows a statement with what was redeemed for it.
func (w *walk) followSettlement(settlementID, of id.ID) error {
	s, err := w.statement(settlementID)
	if err != nil {
		return err
	}
	if s == nil || !w.seesShop(s.shopID, s.shop.divisionID) {
		return Unknown()
	}
	w.trace.Subject, w.trace.Points, w.trace.Fen = Settlement, s.points, s.fen
	w.this = s.id
	if a, ok := s.did("pay"); ok && a.id == of {
		w.trace.Subject, w.this = Payment, of
	}
	var hits []hit
	err = database.Scan(w.ctx, w.tx, `SELECT entry_id FROM settlement_items WHERE settlement_id = ? ORDER BY entry_id LIMIT ?`,
		[]any{settlementID[:], most + 1}, func(rows *sql.Rows) error {
			var h hit
			err := rows.Scan(&h.entryID)
			hits = append(hits, h)
			return err
		})
	if err != nil {
		return fmt.Errorf("read settlement items: %w", err)
	}
	if len(hits) > most {
		hits, w.trace.More = hits[:most], true
	}
	if err := w.addEntries(hits); err != nil {
		return err
	}
	w.addStatement(s, s.points, s.fen)
	w.trace.Flow = []Amount{{"spent", s.points, 0}, {"settled", 0, s.fen}}
	if _, ok := s.did("pay"); ok {
		w.trace.Flow = append(w.trace.Flow, Amount{"paid", 0, s.fen})
	}
	return nil
}

// Crockford's base32: no I, L, O or U to be misread.
const numberDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// Number is what people call a statement, as the package settlement numbers it; a
// test holds the two together.
func Number(month calendar.Month, settlementID id.ID) string {
	bits := binary.BigEndian.Uint64(settlementID[8:])
	text := []byte(month.String()[:4] + month.String()[5:] + "-")
	for i := range 6 {
		text = append(text, numberDigits[bits>>(5*i)&31])
	}
	return string(text)
}
