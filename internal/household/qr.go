package household

import "strings"

// CardURL returns what the QR code of a card says: all upper case, so that the
// code is small (QR's alphanumeric mode).
func CardURL(publicURL string, code Code) string {
	return strings.ToUpper(publicURL) + "/C/" + code.String()
}
