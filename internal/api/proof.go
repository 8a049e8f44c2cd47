package api

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"hufen/internal/ledger"
	"hufen/internal/proof"
	"hufen/internal/qr"
)

// receiptOf is what a receipt says of its line; nil where no points were moved.
func receiptOf(p ledger.Place) *Receipt {
	if p.Seq == 0 {
		return nil
	}
	return &Receipt{Seq: p.Seq, Head: p.Short(), Code: p.Code()}
}

// CheckReceipt tells whoever has a receipt whether its line is in the book.
func (s *Server) CheckReceipt(c echo.Context, code string) error {
	r, err := ledger.ParseReceipt(code)
	if err != nil {
		return err
	}
	w, err := ledger.WitnessOf(c.Request().Context(), s.DB.Read, r)
	if err != nil {
		return err
	}
	answer := Witness{State: Unknown}
	switch {
	case !w.Found:
	case !w.Unchanged:
		answer.State = Changed
	case w.Seal == nil:
		answer.State = Waiting
	default:
		answer.State, answer.Seal = Sealed, sealBrief(w.Seal)
	}
	return c.JSON(http.StatusOK, answer)
}

// DrawReceipt draws where a receipt is checked. It is not drawn with the receipt:
// most of them are never printed.
func (s *Server) DrawReceipt(c echo.Context, code string) error {
	r, err := ledger.ParseReceipt(code)
	if err != nil {
		return err
	}
	drawn, err := qr.Draw(checkURL(s.Config.PublicURL, r), qr.Medium)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "public, max-age=86400")
	return c.Blob(http.StatusOK, "image/svg+xml", []byte(drawn.SVG()))
}

// checkURL is what the QR code of a receipt says. The code stands behind the #,
// so that no server between sees it; all is upper case, so that the code is small.
func checkURL(publicURL string, r ledger.Receipt) string {
	return strings.ToUpper(publicURL) + "/CHECK#" + strings.ReplaceAll(r.String(), "-", "")
}

func sealBrief(s *ledger.Seal) *SealBrief {
	return &SealBrief{Height: s.Height, Short: s.Hash().Short(), SealedAt: s.SealedAt}
}

// mostVerifications is how many of the newest are listed.
const mostVerifications = 30

// ListVerifications shows that verify is run, and what it found.
func (s *Server) ListVerifications(c echo.Context) error {
	ctx := c.Request().Context()
	runs, err := proof.Runs(ctx, s.DB.Read, mostVerifications)
	if err != nil {
		return err
	}
	answer := VerificationList{Items: make([]Verification, len(runs))}
	for i, r := range runs {
		answer.Items[i] = verificationAnswer(r)
	}
	answer.Seal, err = s.newestSeal(ctx)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, answer)
}

// newestSeal returns the newest seal, nil where there is none yet.
func (s *Server) newestSeal(ctx context.Context) (*SealBrief, error) {
	newest, err := ledger.NewestSeal(ctx, s.DB.Read)
	if errors.Is(err, ledger.ErrNoSeal) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return sealBrief(newest), nil
}

func verificationAnswer(r *proof.Recorded) Verification {
	answer := Verification{Id: r.ID, BeganAt: r.BeganAt, EndedAt: r.EndedAt, Ok: r.OK(), Whole: r.SinceHeight == 0, SinceHeight: r.SinceHeight,
		Height: r.Height, Entries: r.Entries, Lines: r.Lines, Waiting: r.Waiting, Found: r.Found, Findings: make([]VerificationFinding, len(r.Findings))}
	for i, f := range r.Findings {
		answer.Findings[i] = VerificationFinding{Check: f.Check, Row: f.ID, Text: f.Text}
	}
	return answer
}
