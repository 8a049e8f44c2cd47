package qr_test

import (
	"strings"
	"testing"

	"hufen/internal/qr"
)

func TestDraw(t *testing.T) {
	code, err := qr.Draw("HTTPS://HUFEN.EXAMPLE/CHECK#06G00QJWTKSKRGDBE39EH2M7", qr.Medium)
	if err != nil {
		t.Fatal(err)
	}
	// The corner of a code is a dark line of seven modules; 33 modules stay
	// larger than half a millimetre on a 58 mm slip.
	if !strings.HasPrefix(code.Path, "M0 0h7v1h-7z") || code.Side > 33 {
		t.Errorf("side %d, path %.40s", code.Side, code.Path)
	}
	if svg := code.SVG(); !strings.HasPrefix(svg, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-4 -4 `) || !strings.Contains(svg, code.Path) {
		t.Errorf("picture %.80s", svg)
	}
	if _, err := qr.Draw(strings.Repeat("长", 2000), qr.Highest); err == nil {
		t.Error("drew what does not fit")
	}
}
