package ledger

import (
	"context"
	"database/sql"
	"fmt"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
	"hufen/internal/points"
)

// Expiry is the kind of an entry by which points of a household run out.
const Expiry = "expiry"

const kindExpired = "expired" // of account

// ExpiredAccount holds the points of a village's households that ran out.
func ExpiredAccount(villageID id.ID) Account {
	return newAccount("village:"+villageID.String()+":expired", kindExpired, villageID, false)
}

// Expire returns the lines by which points of a household run out.
func Expire(householdID, villageID id.ID, amount points.Points) []Line {
	return []Line{
		{Account: HouseholdAccount(householdID, villageID), Points: -amount},
		{Account: ExpiredAccount(villageID), Points: amount},
	}
}

// Lot is what an account still holds of all it was given before an instant, the
// oldest points being spent first. Nothing is kept of lots: they follow from the
// lines. What takes an entry back counts as if that entry had never been, so
// points that are put back stand where they came from, and an award that is
// taken back leaves its own lot, not an older one.
type Lot struct {
	Points  points.Points
	Through int64 // place of the account's last line before the instant; 0: there is none
}

// LotsBefore returns the lots of household accounts of before an instant.
// Accounts that were never posted to are not in the map. Since the newest points
// are spent last, a lot is the balance less what was given since: only the lines
// since the instant are read, and where there are none, only the last one.
func LotsBefore(ctx context.Context, db *gorm.DB, accounts []Account, before calendar.Micros) (map[id.ID]Lot, error) {
	heads, err := headsOf(ctx, db, accounts)
	if err != nil {
		return nil, err
	}
	lots := make(map[id.ID]Lot, len(heads))
	for accountID, h := range heads {
		newer := sinceLot{balance: h.balance}
		through, err := walkBack(ctx, db, accountID, h, func(m *move) bool {
			older := m.recordedAt < before
			if !older {
				newer.moves = append(newer.moves, *m)
			}
			return older
		})
		if err != nil {
			return nil, fmt.Errorf("read lots: %w", err)
		}
		lots[accountID] = Lot{newer.left(through), through}
	}
	return lots, nil
}

// sinceLot is a balance with the lines since the instant of a lot.
type sinceLot struct {
	balance points.Points
	moves   []move
}

// left is what of the balance was given by the lines up to a place: all but what
// was given since and not taken back.
func (s *sinceLot) left(through int64) points.Points {
	left := s.balance
	for i := range s.moves {
		if m := &s.moves[i]; m.gives(through) {
			left -= m.points
		}
	}
	return max(left, 0)
}

// move is a line of an account, as far as lots go.
type move struct {
	seq        int64
	points     points.Points
	kind       string
	recordedAt calendar.Micros
	ofSeq      int64         // the line of the account that it takes back; 0: none
	ofPoints   points.Points // and its points
}

const moveColumns = `l.account_seq, l.points, e.kind, e.recorded_at, COALESCE(o.account_seq, 0), COALESCE(o.points, 0)`

func (m *move) fields() []any {
	return []any{&m.seq, &m.points, &m.kind, &m.recordedAt, &m.ofSeq, &m.ofPoints}
}

// gives reports whether the line changes what was given behind a place: an award
// there, or the taking back of one.
func (m *move) gives(through int64) bool {
	if m.ofSeq != 0 {
		return m.ofSeq > through && m.ofPoints > 0
	}
	return m.seq > through && m.points > 0
}

// active reports whether the line shows that somebody uses the account: points
// came in or were spent. Points that expire or are taken back do not.
func (m *move) active() bool { return m.points > 0 || m.kind != Expiry && m.kind != Reversal }

// LastUsed returns when points last came into household accounts or were spent
// from them. Accounts without such a line are not in the map.
func LastUsed(ctx context.Context, db *gorm.DB, accounts []Account) (map[id.ID]calendar.Micros, error) {
	heads, err := headsOf(ctx, db, accounts)
	if err != nil {
		return nil, err
	}
	used := make(map[id.ID]calendar.Micros, len(heads))
	for accountID, h := range heads {
		_, err := walkBack(ctx, db, accountID, h, func(m *move) bool {
			if m.active() {
				used[accountID] = m.recordedAt
			}
			return m.active()
		})
		if err != nil {
			return nil, fmt.Errorf("read when accounts were used: %w", err)
		}
	}
	return used, nil
}

// head is an account's balance with its last line.
type head struct {
	balance points.Points
	move
}

func headsOf(ctx context.Context, db *gorm.DB, accounts []Account) (map[id.ID]head, error) {
	ids := make([]id.ID, len(accounts))
	for i, a := range accounts {
		ids[i] = a.ID
	}
	marks, args := database.List(database.IDs(ids))
	rows, err := database.Query(ctx, db, `
		SELECT b.account_id, b.balance, `+moveColumns+`
		FROM account_balances b
		JOIN entry_lines l ON l.account_id = b.account_id AND l.account_seq = b.version
		JOIN entries e ON e.id = l.entry_id
		LEFT JOIN entry_lines o ON o.entry_id = e.reverses_id AND o.account_id = l.account_id
		WHERE b.account_id IN (`+marks+`)`, args...)
	if err != nil {
		return nil, fmt.Errorf("read last lines: %w", err)
	}
	defer rows.Close()
	heads := make(map[id.ID]head, len(ids))
	for rows.Next() {
		var accountID id.ID
		var h head
		if err := rows.Scan(append([]any{&accountID, &h.balance}, h.fields()...)...); err != nil {
			return nil, fmt.Errorf("read last lines: %w", err)
		}
		heads[accountID] = h
	}
	return heads, rows.Err()
}

// walkPage is how many lines are read at a time on the way back.
const walkPage = 50

// walkBack shows the lines of an account to look, the newest first, until look
// says that it has seen enough, and returns the place where that was, 0 at the
// beginning of the account.
func walkBack(ctx context.Context, db *gorm.DB, accountID id.ID, h head, look func(*move) bool) (int64, error) {
	if look(&h.move) {
		return h.seq, nil
	}
	for below := h.seq; below > 1; {
		page, err := movesBelow(ctx, db, accountID, below)
		if err != nil {
			return 0, err
		}
		if len(page) == 0 {
			return 0, nil
		}
		for i := range page {
			if look(&page[i]) {
				return page[i].seq, nil
			}
		}
		below = page[len(page)-1].seq
	}
	return 0, nil
}

func movesBelow(ctx context.Context, db *gorm.DB, accountID id.ID, below int64) ([]move, error) {
	rows, err := database.Query(ctx, db, `
		SELECT `+moveColumns+`
		FROM entry_lines l
		JOIN entries e ON e.id = l.entry_id
		LEFT JOIN entry_lines o ON o.entry_id = e.reverses_id AND o.account_id = l.account_id
		WHERE l.account_id = ? AND l.account_seq < ?
		ORDER BY l.account_seq DESC LIMIT ?`, accountID[:], below, walkPage)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	return scanMoves(rows)
}

func scanMoves(rows *sql.Rows) ([]move, error) {
	var moves []move
	for rows.Next() {
		var m move
		if err := rows.Scan(m.fields()...); err != nil {
			return nil, err
		}
		moves = append(moves, m)
	}
	return moves, rows.Err()
}

// ExpiryLot is an expiry as the lines tell it, for its verifier.
type ExpiryLot struct {
	EntryID  id.ID
	Lot                      // recomputed from the lines before the expiry
	LastUsed calendar.Micros // before the expiry, 0 if the account never was
}

// ExpiredLots calls each for every expiry of a table with the columns
// account_id, entry_id and through_seq, with its lot computed anew as it was at
// that moment. Lots begin before the instants that before returns for entries.
func ExpiredLots(ctx context.Context, tx *gorm.DB, table string, before func(entryID id.ID) calendar.Micros, each func(ExpiryLot)) error {
	rows, err := database.Query(ctx, tx, `
		SELECT x.entry_id, xl.balance_after - xl.points,
		       COALESCE((SELECT ue.recorded_at FROM entry_lines ul JOIN entries ue ON ue.id = ul.entry_id
		                 WHERE ul.account_id = x.account_id AND ul.account_seq < xl.account_seq
		                   AND (ul.points > 0 OR ue.kind NOT IN ('expiry', 'reversal'))
		                 ORDER BY ul.account_seq DESC LIMIT 1), 0),
		       `+moveColumns+`
		FROM `+table+` x
		JOIN entry_lines xl ON xl.entry_id = x.entry_id AND xl.account_id = x.account_id
		JOIN entry_lines l ON l.account_id = x.account_id AND l.account_seq >= x.through_seq AND l.account_seq < xl.account_seq
		JOIN entries e ON e.id = l.entry_id
		LEFT JOIN entry_lines o ON o.entry_id = e.reverses_id AND o.account_id = l.account_id
		ORDER BY x.entry_id, l.account_seq DESC`)
	if err != nil {
		return fmt.Errorf("verify lots: %w", err)
	}
	defer rows.Close()
	var current ExpiryLot
	var newer sinceLot
	finish := func() {
		if !current.EntryID.IsZero() {
			current.Points = newer.left(current.Through)
			each(current)
		}
	}
	for rows.Next() {
		var entryID id.ID
		var balance points.Points
		var used calendar.Micros
		var m move
		if err := rows.Scan(append([]any{&entryID, &balance, &used}, m.fields()...)...); err != nil {
			return fmt.Errorf("verify lots: %w", err)
		}
		if entryID != current.EntryID {
			finish()
			current, newer = ExpiryLot{EntryID: entryID, LastUsed: used}, sinceLot{balance: balance}
		}
		if m.recordedAt < before(entryID) {
			current.Through = max(current.Through, m.seq)
		} else {
			newer.moves = append(newer.moves, m)
		}
	}
	finish()
	return rows.Err()
}
