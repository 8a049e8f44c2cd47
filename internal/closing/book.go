package closing

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
	"hufen/internal/points"
)

// The book by day and month is made from seals: what a seal holds never changes,
// and each is added once. So the posting path has nothing to do for it, and a
// village's balance on any day is a sum of a few rows and of what is not sealed
// yet.

// cell is a place in the book by day and month.
type cell struct {
	period  int32 // yyyymmdd or yyyymm
	ownerID id.ID // the village; the shop or town where an account has none
	account string
	entry   string
}

func (c cell) compare(other cell) int {
	return cmp.Or(cmp.Compare(c.period, other.period), bytes.Compare(c.ownerID[:], other.ownerID[:]),
		cmp.Compare(c.account, other.account), cmp.Compare(c.entry, other.entry))
}

// line is a line of the ledger, as far as the book by month needs it.
type line struct {
	cell   cell // without a period
	at     calendar.Micros
	points points.Points
}

const lineColumns = `e.recorded_at, e.kind, a.kind, a.village_id, a.code, l.points`

// linesOfEntry finds the lines of entries that were found before: left to itself,
// SQLite begins with all lines there are.
const linesOfEntry = `CROSS JOIN entry_lines l ON l.entry_id = e.id CROSS JOIN accounts a ON a.id = l.account_id`

func scanLine(rows *sql.Rows, more ...any) (l line, err error) {
	var villageID id.NullID
	var code string
	to := []any{&l.at, &l.cell.entry, &l.cell.account, &villageID, &code, &l.points}
	if err := rows.Scan(append(to, more...)...); err != nil {
		return l, err
	}
	l.cell.ownerID = villageID.ID
	if !villageID.Valid {
		l.cell.ownerID, err = ownerOf(code)
	}
	return l, err
}

// ownerOf returns whom the code of an account names: shop:<id>:payable.
func ownerOf(code string) (id.ID, error) {
	_, rest, _ := strings.Cut(code, ":")
	owner, _, _ := strings.Cut(rest, ":")
	return id.Parse(owner)
}

// sums are what lines add up to.
type sums map[cell]points.Points

func (s sums) add(period int32, l line) {
	l.cell.period = period
	s[l.cell] += l.points
}

func (s sums) take(c cell) points.Points {
	amount := s[c]
	delete(s, c)
	return amount
}

func (s sums) all() iter.Seq2[cell, points.Points] { return maps.All(s) }

// rows returns the cells in order.
func (s sums) rows() [][]any {
	var rows [][]any
	for _, c := range slices.SortedFunc(maps.Keys(s), cell.compare) {
		rows = append(rows, []any{c.period, c.ownerID[:], c.account, c.entry, int64(s[c])})
	}
	return rows
}

// Book adds the seals that are not in the book by month yet, the oldest first,
// and returns how many. Several instances may do it at once.
func (s *Service) Book(ctx context.Context) (int64, error) {
	var booked int64
	for {
		height, err := bookedHeight(ctx, s.db.Read)
		if err != nil {
			return booked, err
		}
		next := height + 1
		var known int64
		if err := s.db.Read.WithContext(ctx).Raw(`SELECT COUNT(*) FROM seals WHERE height = ?`, next).Row().Scan(&known); err != nil {
			return booked, fmt.Errorf("find the next seal: %w", err)
		}
		if known == 0 {
			return booked, nil
		}
		if err := s.bookSeal(ctx, next); err != nil && !database.IsDuplicate(err) { // a duplicate: another instance was faster
			return booked, fmt.Errorf("book seal %d: %w", next, err)
		}
		booked++
	}
}

// bookedHeight is the newest seal in the book; they go in one after the other.
func bookedHeight(ctx context.Context, tx *gorm.DB) (height int64, err error) {
	if err := tx.WithContext(ctx).Raw(`SELECT COALESCE(MAX(height), 0) FROM book_seals`).Row().Scan(&height); err != nil {
		return 0, fmt.Errorf("read booked seals: %w", err)
	}
	return height, nil
}

func (s *Service) bookSeal(ctx context.Context, height int64) error {
	days, months := sums{}, sums{}
	err := database.Scan(ctx, s.db.Read, `
		SELECT `+lineColumns+`
		FROM seal_items i CROSS JOIN entries e ON e.id = i.id `+linesOfEntry+` WHERE i.height = ?`, []any{height}, func(rows *sql.Rows) error {
		l, err := scanLine(rows)
		if err != nil {
			return err
		}
		day := calendar.DayOf(l.at, s.zone)
		days.add(int32(day), l)
		months.add(int32(day.Month()), l)
		return nil
	})
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		if _, err := database.Exec(ctx, tx, `INSERT INTO book_seals (height) VALUES (?)`, height); err != nil {
			return err
		}
		if err := addCells(ctx, tx, "book_days", "day", days); err != nil {
			return err
		}
		return addCells(ctx, tx, "book_months", "month", months)
	})
}

func addCells(ctx context.Context, tx *gorm.DB, table, period string, s sums) error {
	key := []string{period, "owner_id", "account_kind", "entry_kind"}
	return database.Upsert(ctx, tx, table, append(slices.Clone(key), "points"), key, []database.Set{{Column: "points", Add: true}}, s.rows())
}

// balances are what accounts of a kind hold, by their owner.
type balances map[id.ID]map[string]points.Points

func (b balances) add(ownerID id.ID, account string, amount points.Points) {
	if b[ownerID] == nil {
		b[ownerID] = make(map[string]points.Points)
	}
	b[ownerID][account] += amount
}

// balancesAt adds up what was recorded by the end of a day; margin is that of
// tail. Run it in a snapshot: a seal is booked meanwhile.
func (s *Service) balancesAt(ctx context.Context, tx *gorm.DB, day calendar.Day, margin time.Duration) (balances, error) {
	held := balances{}
	scan := func(rows *sql.Rows) error {
		var ownerID id.ID
		var account string
		var sum points.Points
		err := rows.Scan(&ownerID, &account, &sum)
		held.add(ownerID, account, sum)
		return err
	}
	err := database.Scan(ctx, tx, `
		SELECT owner_id, account_kind, SUM(points) FROM book_months
		WHERE month < ? AND account_kind IN ('household', 'clawback', 'payable') GROUP BY owner_id, account_kind`, []any{int64(day.Month())}, scan)
	if err != nil {
		return nil, fmt.Errorf("add up months: %w", err)
	}
	err = database.Scan(ctx, tx, `
		SELECT owner_id, account_kind, SUM(points) FROM book_days
		WHERE day BETWEEN ? AND ? AND account_kind IN ('household', 'clawback', 'payable') GROUP BY owner_id, account_kind`,
		[]any{int64(day.Month().First()), int64(day)}, scan)
	if err != nil {
		return nil, fmt.Errorf("add up days: %w", err)
	}
	return held, s.tail(ctx, tx, day.Next().Start(s.zone), margin, func(l line) { held.add(l.cell.ownerID, l.cell.account, l.points) })
}

// tailMargin is how far behind the newest booked seal reports look for what is in
// no seal. What the clock of an instance dated further back is booked once the
// daily pass of the sealer has found it.
const tailMargin = time.Hour

// What is not in the book: lines of newer seals, and of no seal.
const (
	notBooked = `seal_items i CROSS JOIN entries e ON e.id = i.id ` + linesOfEntry + ` WHERE i.height > ? AND e.recorded_at < ?`
	notSealed = `requests q LEFT JOIN seal_items i ON i.id = q.id CROSS JOIN entries e ON e.id = q.id ` + linesOfEntry + `
		WHERE q.recorded_at >= ? AND q.recorded_at < ? AND i.id IS NULL`
)

// tail calls take for the lines that are not in the book yet and were recorded
// before an instant: those of seals that are not booked, and those in no seal. It
// looks for these from a margin before the newest booked seal on.
func (s *Service) tail(ctx context.Context, tx *gorm.DB, until calendar.Micros, margin time.Duration, take func(line)) error {
	height, err := bookedHeight(ctx, tx)
	if err != nil {
		return err
	}
	var from calendar.Micros
	err = database.Scan(ctx, tx, `SELECT until_at, sealed_at FROM seals WHERE height = ?`, []any{height}, func(rows *sql.Rows) error {
		var untilAt, sealedAt calendar.Micros
		err := rows.Scan(&untilAt, &sealedAt)
		from = min(untilAt, sealedAt).Add(-margin)
		return err
	})
	if err != nil {
		return fmt.Errorf("read the newest booked seal: %w", err)
	}
	for _, q := range []struct {
		from string
		args []any
	}{
		{notBooked, []any{height, int64(until)}},
		{notSealed, []any{int64(from), int64(until)}},
	} {
		err := database.Scan(ctx, tx, `SELECT `+lineColumns+` FROM `+q.from, q.args, func(rows *sql.Rows) error {
			l, err := scanLine(rows)
			take(l)
			return err
		})
		if err != nil {
			return fmt.Errorf("read what is not booked: %w", err)
		}
	}
	return nil
}
