package proof

import (
	_ "embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io"
	"time"

	"hufen/internal/calendar"
	"hufen/internal/i18n"
	"hufen/internal/ledger"
	"hufen/internal/points"
	"hufen/internal/qr"
)

//go:embed board.html
var boardHTML string

var boardTemplate = template.Must(template.New("board").Parse(boardHTML))

type boardPage struct {
	Lang               i18n.Lang
	Height             int64
	Title, Sealed, Why string
	Holds, Check       string
	Short              [2]string // the beginning of the hash, in two lines
	Side               int       // modules of the QR code
	Path               string
	TotalsTitle        string
	Totals             []boardTotal
	Facts              []boardFact
}

type boardTotal struct{ Name, Points string }

type boardFact struct{ Name, Value string }

// WriteBoard writes the page with a seal for the village board: an A4 page that
// needs nothing but itself.
func WriteBoard(w io.Writer, s *ledger.Seal, zone *time.Location, lang i18n.Lang) error {
	say := func(code string, args map[string]any) string { return i18n.Sentence(lang, code, args) }
	drawn, err := qr.Draw(s.BoardText(), qr.Medium)
	if err != nil {
		return err
	}
	hash := s.Hash()
	short := hash.Short()
	page := boardPage{
		Lang: lang, Height: s.Height, Title: say("seal.title", nil), Why: say("seal.why", nil), Check: say("seal.check", nil),
		Sealed: say("seal.sealed", map[string]any{"height": s.Height, "at": localTime(s.SealedAt, zone)}),
		Holds: say("seal.holds", map[string]any{"until": localTime(s.UntilAt, zone), "requests": s.RequestTotal,
			"entries": s.EntryTotal}),
		Short: [2]string{short[:9], short[10:]}, Path: drawn.Path, Side: drawn.Side,
		TotalsTitle: say("seal.totals", nil), Totals: boardTotals(s.Totals, lang),
		Facts: []boardFact{
			{say("seal.hash", nil), hex.EncodeToString(hash[:])},
			{say("seal.root", nil), hex.EncodeToString(s.Root[:])},
			{say("seal.previous", nil), hex.EncodeToString(s.PrevHash[:])},
			{say("seal.key", nil), s.KeyID},
			{say("seal.signature", nil), hex.EncodeToString(s.Signature)},
		},
	}
	if err := boardTemplate.Execute(w, page); err != nil {
		return fmt.Errorf("write board: %w", err)
	}
	return nil
}

func localTime(at calendar.Micros, zone *time.Location) string {
	return at.Time().In(zone).Format("2006-01-02 15:04")
}

// boardTotals names the totals and adds them up, to zero.
func boardTotals(totals []ledger.Total, lang i18n.Lang) []boardTotal {
	var rows []boardTotal
	var sum points.Points
	for _, t := range totals {
		rows = append(rows, boardTotal{AccountsName(t.Kind, lang), t.Points.String()})
		sum += t.Points
	}
	return append(rows, boardTotal{i18n.Sentence(lang, "seal.sum", nil), sum.String()})
}

// AccountsName names the accounts of a kind.
func AccountsName(kind string, lang i18n.Lang) string {
	if code := "seal.accounts." + kind; i18n.Known(code) {
		return i18n.Sentence(lang, code, nil)
	}
	return kind
}
