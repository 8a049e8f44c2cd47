package export

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"

	"gorm.io/gorm"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/household"
	"hufen/internal/i18n"
	"hufen/internal/id"
	"hufen/internal/ledger"
	"hufen/internal/points"
	"hufen/internal/sheet"
)

// Sheets says what goes into the tables for a spreadsheet.
type Sheets struct {
	Villages []id.ID // nil: all
	Zone     *time.Location
	Lang     i18n.Lang
}

// WriteSheets writes a zip with CSV files that a spreadsheet opens with a double
// click, as of one moment, row by row: every line of every household's account
// with the code of its receipt, drop-offs, redemptions, and the seals.
func WriteSheets(ctx context.Context, db *database.DB, w io.Writer, s Sheets) error {
	archive := zip.NewWriter(w)
	err := db.Snapshot(ctx, func(ctx context.Context, tx *gorm.DB) error {
		owners, err := s.readOwners(ctx, tx)
		if err != nil {
			return fmt.Errorf("export: %w", err)
		}
		for _, t := range s.tables(owners) {
			file, err := archive.CreateHeader(&zip.FileHeader{Name: s.say("export.sheet."+t.name) + ".csv", Method: zip.Deflate, Modified: time.Now()})
			if err != nil {
				return err
			}
			if err := sheet.WriteCSV(file, s.rows(ctx, tx, t)); err != nil {
				return fmt.Errorf("export %s: %w", t.name, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return archive.Close()
}

func (s Sheets) say(code string) string { return i18n.Sentence(s.Lang, code, nil) }

// table is a CSV file: its columns, and the rows it is made of.
type table struct {
	name    string
	columns []string // the codes of their titles
	query   string
	village string // column with the village, "" where it is of none
	order   string
	cells   func(database.Row) []any
}

// whose are the columns that tables of households begin with.
var whose = []string{"village", "house", "head"}

// owner is what is told of a household.
type owner struct{ village, house, head string }

func (o owner) cells() []any { return []any{o.village, o.house, o.head} }

const (
	ownerColumns = `v.name, h.house_number, COALESCE(p.head_name, '')`
	ownerTables  = ` JOIN divisions v ON v.id = h.village_id LEFT JOIN household_people p ON p.household_id = h.id`
)

func ownerOf(row database.Row) owner {
	return owner{row.Text(0), row.Text(1), household.MaskName(row.Text(2))}
}

func (s Sheets) at(row database.Row, i int) string {
	return calendar.Micros(row.Int(i)).Time().In(s.Zone).Format("2006-01-02 15:04:05")
}

func amount(row database.Row, i int) points.Points { return points.Points(row.Int(i)) }

// tables are the files of the archive. The owners are by their accounts.
func (s Sheets) tables(owners map[id.ID]owner) []table {
	return []table{
		{name: "lines", columns: with(whose, "seq", "recorded", "happened", "kind", "in", "out", "balance", "reason", "receipt"), village: "a.village_id",
			query: `SELECT l.account_id, l.account_seq, e.recorded_at, e.effective_at, e.kind, l.points, l.balance_after, e.reason, e.id, l.line_hash
				FROM accounts a JOIN entry_lines l ON l.account_id = a.id JOIN entries e ON e.id = l.entry_id WHERE a.kind = 'household'`,
			order: `l.account_id, l.account_seq`,
			cells: func(row database.Row) []any {
				var head ledger.Hash
				copy(head[:], row.Bytes(9))
				moved := amount(row, 5)
				return append(owners[row.ID(0)].cells(), row.Int(1), s.at(row, 2), s.at(row, 3), s.say("export.kind."+row.Text(4)),
					max(moved, 0), max(-moved, 0), amount(row, 6), row.Text(7), ledger.Place{EntryID: row.ID(8), Head: head}.Code())
			}},
		{name: "drop_offs", columns: with(whose, "happened", "item", "grams", "pieces", "grade", "earned", "cut", "status"), village: "d.village_id",
			query: `SELECT ` + ownerColumns + `, d.happened_at, i.item, i.grams, i.pieces, i.grade, i.earned, i.cut, d.status
				FROM drop_offs d JOIN households h ON h.id = d.household_id` + ownerTables + ` JOIN drop_off_items i ON i.drop_off_id = d.id WHERE 1 = 1`,
			order: `d.id, i.line_no`,
			cells: func(row database.Row) []any {
				return append(ownerOf(row).cells(), s.at(row, 3), row.Text(4), row.Int(5), row.Int(6), row.Text(7), amount(row, 8), amount(row, 9),
					s.say("export.status."+row.Text(10)))
			}},
		{name: "redemptions", columns: with(whose, "recorded", "number", "shop", "goods", "quantity", "points"), village: "r.village_id",
			query: `SELECT ` + ownerColumns + `, r.recorded_at, r.number, s.name, i.name, i.quantity, i.points
				FROM redemptions r JOIN households h ON h.id = r.household_id` + ownerTables + ` JOIN shops s ON s.id = r.shop_id
				JOIN redemption_items i ON i.redemption_id = r.id WHERE 1 = 1`,
			order: `r.id, i.line_no`,
			cells: func(row database.Row) []any {
				return append(ownerOf(row).cells(), s.at(row, 3), row.Text(4), row.Text(5), row.Text(6), row.Int(7), amount(row, 8))
			}},
		{name: "seals", columns: []string{"height", "sealed", "until", "requests", "entries", "root", "key", "signature"},
			query: `SELECT height, sealed_at, until_at, request_count, entry_count, merkle_root, key_id, signature FROM seals WHERE 1 = 1`, order: `height`,
			cells: func(row database.Row) []any {
				return []any{row.Int(0), s.at(row, 1), s.at(row, 2), row.Int(3), row.Int(4), fmt.Sprintf("%x", row.Bytes(5)), row.Text(6), fmt.Sprintf("%x", row.Bytes(7))}
			}},
	}
}

func with(columns []string, more ...string) []string { return append(slices.Clone(columns), more...) }

// readOwners reads the households by their accounts.
func (s Sheets) readOwners(ctx context.Context, tx *gorm.DB) (map[id.ID]owner, error) {
	owners := make(map[id.ID]owner)
	where, args := s.within("h.village_id")
	err := database.Each(ctx, tx, func(row database.Row) error {
		owners[ledger.HouseholdAccount(row.ID(3), row.ID(4)).ID] = ownerOf(row)
		return nil
	}, `SELECT `+ownerColumns+`, h.id, h.village_id FROM households h`+ownerTables+` WHERE 1 = 1`+where, args...)
	return owners, err
}

// within is the condition that a column holds one of the villages.
func (s Sheets) within(column string) (string, []any) {
	if s.Villages == nil || column == "" {
		return "", nil
	}
	args := make([]any, len(s.Villages))
	for i := range s.Villages {
		args[i] = s.Villages[i][:]
	}
	marks, args := database.List(args)
	return " AND " + column + " IN (" + marks + ")", args
}

var errStopped = errors.New("nobody reads on")

// rows streams the rows of a table under their titles.
func (s Sheets) rows(ctx context.Context, tx *gorm.DB, t table) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		titles := make([]any, len(t.columns))
		for i, c := range t.columns {
			titles[i] = s.say("export.column." + c)
		}
		if !yield(titles, nil) {
			return
		}
		where, args := s.within(t.village)
		err := database.Each(ctx, tx, func(row database.Row) error {
			if !yield(t.cells(row), nil) {
				return errStopped
			}
			return nil
		}, t.query+where+` ORDER BY `+t.order, args...)
		if err != nil && !errors.Is(err, errStopped) {
			yield(nil, err)
		}
	}
}
