// Package qr draws QR codes as SVG: on cards, receipts, boards and the page of a
// second factor.
package qr

import (
	"fmt"
	"strings"

	"github.com/skip2/go-qrcode"
)

// Level is how much of a code may be dirty or torn and it still reads.
type Level = qrcode.RecoveryLevel

// The levels in use.
const (
	Medium  = qrcode.Medium  // 15 %: screens, slips and boards
	Highest = qrcode.Highest // 30 %: cards, which are carried for years
)

// quiet is the light border a code needs around it, in modules.
const quiet = 4

// Code is a drawn QR code.
type Code struct {
	Path string // dark modules as the d of an SVG path, one rectangle for each run; without a border
	Side int    // modules of a side
}

// Draw draws a text.
func Draw(text string, level Level) (Code, error) {
	code, err := qrcode.New(text, level)
	if err != nil {
		return Code{}, fmt.Errorf("draw QR code: %w", err)
	}
	code.DisableBorder = true
	rows := code.Bitmap()
	var b strings.Builder
	for y, row := range rows {
		for x := 0; x < len(row); x++ {
			run := 0
			for x+run < len(row) && row[x+run] {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", x, y, run, run)
				x += run
			}
		}
	}
	return Code{b.String(), len(rows)}, nil
}

// SVG returns the code as a picture of its own, dark on white with its border.
func (c Code) SVG() string {
	whole := c.Side + 2*quiet
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="%d %d %d %d" shape-rendering="crispEdges"><path fill="#fff" d="M%d %dh%dv%dh-%dz"/><path d="%s"/></svg>`,
		-quiet, -quiet, whole, whole, -quiet, -quiet, whole, whole, whole, c.Path)
}
