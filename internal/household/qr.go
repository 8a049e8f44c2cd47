package household

import (
	"fmt"
	"strings"

	"github.com/skip2/go-qrcode"
)

// quietZone is the light border the QR library puts around a code, in modules.
const quietZone = 4

// drawQR returns the dark modules of a QR code as an SVG path, and the modules
// of a side. It has no border: what stands around it keeps four modules away.
// The level is H, which still reads with 30 % of it dirty.
func drawQR(text string) (path string, side int, err error) {
	code, err := qrcode.New(text, qrcode.Highest)
	if err != nil {
		return "", 0, fmt.Errorf("draw QR code: %w", err)
	}
	rows := code.Bitmap()
	side = len(rows) - 2*quietZone
	var b strings.Builder
	for y := range side {
		row := rows[y+quietZone][quietZone : quietZone+side]
		for x := 0; x < side; x++ {
			run := 0
			for x+run < side && row[x+run] {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", x, y, run, run)
				x += run
			}
		}
	}
	return b.String(), side, nil
}

// CardURL returns what the QR code of a card says: all upper case, so that the
// code is small (QR's alphanumeric mode).
func CardURL(publicURL string, code Code) string {
	return strings.ToUpper(publicURL) + "/C/" + code.String()
}
