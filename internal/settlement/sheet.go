package settlement

import (
	"context"
	"database/sql"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"iter"
	"strconv"
	"strings"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/i18n"
	"hufen/internal/id"
	"hufen/internal/points"
	"hufen/internal/sheet"
)

// SheetCSS is the style of the print page, to be served at SheetCSSPath.
//
//go:embed statement.css
var SheetCSS []byte

// SheetCSSPath is where the print page looks for its style.
const SheetCSSPath = "/print/statement.css"

//go:embed statement.html
var sheetHTML string

var sheetTemplate = template.Must(template.New("statement").Funcs(template.FuncMap{"yuan": yuan, "day": chineseDay}).Parse(sheetHTML))

type sheetPage struct {
	*Settlement
	CSSPath  string
	Town     string
	Title    string
	MonthOf  string
	Lines    []Line
	Rounding int64 // what rounding per redemption adds to the lines, in fen
	Words    string
	Persons  map[string]printedAct
}

type printedAct struct {
	Name   string
	Day    calendar.Day
	Detail string
}

// WriteSheet writes a page of A4 for signatures and seals, in Chinese: goods,
// sums, the amount in words, and who did what so far.
func (s *Service) WriteSheet(ctx context.Context, w io.Writer, found *Settlement) error {
	tree, err := s.divisions.Tree(ctx)
	if err != nil {
		return err
	}
	goods, err := s.Lines(ctx, found.ID)
	if err != nil {
		return err
	}
	page := sheetPage{Settlement: found, CSSPath: SheetCSSPath, Town: tree.Name(found.TownID), Lines: goods, Rounding: found.Fen,
		MonthOf: fmt.Sprintf("%d 年 %d 月", found.Month.Year(), found.Month.OfYear()), Words: Words(found.Fen), Persons: map[string]printedAct{}}
	page.Title = page.MonthOf + "积分兑换结算单"
	for _, l := range goods {
		page.Rounding -= l.Fen
	}
	for _, a := range found.Acts {
		day := calendar.DayOf(a.At, s.zone)
		if a.Act == Pay {
			day = a.PaidOn
		}
		page.Persons[a.Act] = printedAct{a.ActorName, day, a.Detail}
	}
	if err := sheetTemplate.Execute(w, page); err != nil {
		return fmt.Errorf("write statement: %w", err)
	}
	return nil
}

// yuan writes an amount of fen as yuan, e.g. 1,185.00.
func yuan(fen int64) string {
	sign := ""
	if fen < 0 {
		sign, fen = "−", -fen
	}
	digits := strconv.FormatInt(fen/100, 10)
	var parts []string
	for len(digits) > 3 {
		parts = append([]string{digits[len(digits)-3:]}, parts...)
		digits = digits[:len(digits)-3]
	}
	return sign + strings.Join(append([]string{digits}, parts...), ",") + fmt.Sprintf(".%02d", fen%100)
}

func chineseDay(d calendar.Day) string {
	return fmt.Sprintf("%d 年 %d 月 %d 日", d/10000, d/100%100, d%100)
}

// WriteXLSX writes the settlement with each of its items as a spreadsheet, in a
// language.
func (s *Service) WriteXLSX(ctx context.Context, w io.Writer, found *Settlement, lang i18n.Lang) error {
	return sheet.WriteXLSX(w, i18n.Sentence(lang, "settlement.sheet", nil), s.rows(ctx, found, lang))
}

// sheetColumns are the columns of the list of items.
var sheetColumns = []string{"number", "day", "kind", "points", "yuan"}

// rows yields the heading and the items, read one at a time.
func (s *Service) rows(ctx context.Context, found *Settlement, lang i18n.Lang) iter.Seq2[[]any, error] {
	say := func(code string, args map[string]any) string { return i18n.Sentence(lang, code, args) }
	return func(yield func([]any, error) bool) {
		heading := make([]any, len(sheetColumns))
		for i, column := range sheetColumns {
			heading[i] = say("settlement.column."+column, nil)
		}
		for _, row := range [][]any{
			{say("settlement.sheet_title", map[string]any{"shop": found.ShopName, "month": found.Month.String(), "number": found.Number()})},
			{say("settlement.sheet_total", map[string]any{"items": found.Items, "total_points": found.Points, "yuan": yuan(found.Fen)})},
			{Words(found.Fen)}, {}, heading,
		} {
			if !yield(row, nil) {
				return
			}
		}
		err := s.eachReceipt(ctx, found.ID, func(r receipt) bool {
			return yield([]any{r.number, r.day.String(), say("settlement.kind."+r.kind(), nil), r.points, yuanCell(r.fen)}, nil)
		})
		if err != nil {
			yield(nil, err)
		}
	}
}

// yuanCell is a number for a spreadsheet, which knows no other kind.
func yuanCell(fen int64) any { return float64(fen) / 100 }

// receipt is an item with the number on its receipt.
type receipt struct {
	redemptionID id.ID
	number       string
	day          calendar.Day
	points       points.Points
	fen          int64
}

func (r *receipt) kind() string {
	if r.points < 0 {
		return "back"
	}
	return "redemption"
}

// eachReceipt reads the items of a settlement until take says it is enough.
func (s *Service) eachReceipt(ctx context.Context, settlementID id.ID, take func(receipt) bool) error {
	more := true
	err := database.Scan(ctx, s.db.Read, `
		SELECT r.id, r.number, r.day, i.points, i.fen FROM settlement_items i JOIN redemptions r ON r.id = i.redemption_id
		WHERE i.settlement_id = ? ORDER BY i.entry_id`, []any{settlementID[:]}, func(rows *sql.Rows) error {
		if !more {
			return nil
		}
		var r receipt
		err := rows.Scan(&r.redemptionID, &r.number, &r.day, &r.points, &r.fen)
		more = err == nil && take(r)
		return err
	})
	if err != nil {
		return fmt.Errorf("read settlement items: %w", err)
	}
	return nil
}
