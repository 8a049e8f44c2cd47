package api

import (
	"net/http"
	"strings"
	"testing"

	"hufen/internal/id"
	"hufen/internal/ledger"
)

// The QR code of a receipt is drawn for anybody from what is written on it, and
// for nothing that cannot be on one.
func TestReceiptPicture(t *testing.T) {
	forEach(t, map[string]string{"PUBLIC_URL": "https://hufen.example"}, func(t *testing.T, h *house) {
		r := ledger.Receipt{Entry: id.ID{1, 2, 3, 4, 5, 6}, Head: ledger.Hash{7, 8}}
		if said := checkURL(h.server.Config.PublicURL, r); said != "HTTPS://HUFEN.EXAMPLE/CHECK#"+strings.ReplaceAll(r.String(), "-", "") {
			t.Errorf("the code says %s", said)
		}
		a := h.ask("GET", prefix+"/receipts/"+r.String()+"/qr", "")
		if a.StatusCode != http.StatusOK || a.Header.Get("Content-Type") != "image/svg+xml" || !strings.HasPrefix(a.body, "<svg ") || a.Header.Get("Cache-Control") != "public, max-age=86400" {
			t.Errorf("%d %v %.60s", a.StatusCode, a.Header, a.body)
		}
		mistyped := strings.Replace(r.String(), "0", "1", 1)
		if a := h.ask("GET", prefix+"/receipts/"+mistyped+"/qr", ""); a.problem(t).Code != "receipt.mistyped" {
			t.Errorf("mistyped: %s", a.body)
		}
	})
}
