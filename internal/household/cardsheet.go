package household

import (
	"bufio"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"

	"hufen/internal/i18n"
	"hufen/internal/qr"
)

// SheetCSS is the style of the print page, to be served at SheetCSSPath.
//
//go:embed cards.css
var SheetCSS []byte

// SheetCSSPath is where the print page looks for its style.
const SheetCSSPath = "/print/cards.css"

// CardsPerSheet is how many cards of 85.6 × 54 mm (ISO/IEC 7810 ID-1) an A4
// sheet holds.
const CardsPerSheet = 10

//go:embed cards.html
var sheetHTML string

var sheetTemplate = template.Must(template.New("cards").Parse(sheetHTML))

// SheetOptions says how the print page is made.
type SheetOptions struct {
	PublicURL string // the address on the cards, without a path
	Lang      i18n.Lang
	// Inline puts the style into the page, for a file that is opened without the
	// service.
	Inline bool
}

type sheetPage struct {
	Lang    i18n.Lang
	Title   string
	Hint    string
	CSS     template.CSS
	CSSPath string
	Sheets  []printedSheet
}

type printedSheet struct {
	Cards []printedCard
	Slug  string
}

type printedCard struct {
	Door       string
	LongDoor   bool
	Side       int
	Path       string
	Use1, Use2 string
	Code       [2]string // 4-4- and 4-4-2
}

// WriteSheet writes a page that prints the cards, ten on an A4 sheet, with cut
// marks, the house and the code, and no name.
func WriteSheet(w io.Writer, cards []SheetCard, options SheetOptions) error {
	say := func(code string, args map[string]any) string { return i18n.Sentence(options.Lang, code, args) }
	page := sheetPage{
		Lang: options.Lang, CSSPath: SheetCSSPath,
		Title: say("print.cards", nil), Hint: say("print.hint", map[string]any{"cards": len(cards)}),
	}
	if options.Inline {
		page.CSS = template.CSS(SheetCSS)
	}
	sheets := (len(cards) + CardsPerSheet - 1) / CardsPerSheet
	for chunk := range slices.Chunk(cards, CardsPerSheet) {
		sheet := printedSheet{Slug: say("print.slug", map[string]any{
			"from": chunk[0].Village + " " + chunk[0].Door(), "to": chunk[len(chunk)-1].Door(), "sheet": len(page.Sheets) + 1, "sheets": sheets,
		})}
		for _, c := range chunk {
			card, err := printed(c, options.PublicURL)
			if err != nil {
				return err
			}
			card.Use1, card.Use2 = say("print.use_scan", nil), say("print.use_bring", nil)
			sheet.Cards = append(sheet.Cards, card)
		}
		page.Sheets = append(page.Sheets, sheet)
	}
	out := bufio.NewWriter(w)
	if err := sheetTemplate.Execute(out, page); err != nil {
		return fmt.Errorf("write card sheet: %w", err)
	}
	return out.Flush()
}

func printed(c SheetCard, publicURL string) (printedCard, error) {
	drawn, err := qr.Draw(CardURL(publicURL, c.Code), qr.Highest)
	if err != nil {
		return printedCard{}, err
	}
	code := c.Code.Printed()
	return printedCard{Door: c.Door(), LongDoor: halfWidths(c.Door()) > maxHalfWidths, Side: drawn.Side, Path: drawn.Path, Code: [2]string{code[:10], code[10:]}}, nil
}

// maxHalfWidths is how many Latin letters fit beside the QR code in large type.
const maxHalfWidths = 12

// halfWidths counts a Chinese character as two Latin ones.
func halfWidths(text string) int {
	n := 0
	for _, r := range text {
		n++
		if r > 0x2e80 {
			n++
		}
	}
	return n
}
