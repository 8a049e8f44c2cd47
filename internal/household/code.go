package household

import (
	"crypto/sha256"
	"strings"

	"hufen/internal/fault"
)

// Code is the secret on a card: 80 bits, written as 16 characters of
// Crockford's base32 and two check characters. The database holds its Hash
// only.
type Code [10]byte

const (
	alphabet    = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	bodyLength  = 16   // characters that hold the 80 bits
	codeLength  = 18   // with the two check characters
	checkModulo = 1021 // the largest prime that two base32 digits hold
)

// ParseCode reads a code as it was scanned or typed: upper or lower case, with
// or without spaces and dashes, I and L for 1, O for 0. It returns an Invalid
// fault "card.mistyped" when the length, a character or the check characters
// are wrong, and asks no database.
func ParseCode(text string) (Code, error) {
	digits, ok := digitsOf(text)
	if !ok || len(digits) != codeLength {
		return Code{}, fault.New(fault.Invalid, "card.mistyped")
	}
	check := checkNumber(digits[:bodyLength])
	if digits[bodyLength] != byte(check>>5) || digits[bodyLength+1] != byte(check&31) {
		return Code{}, fault.New(fault.Invalid, "card.mistyped")
	}
	return pack(digits[:bodyLength]), nil
}

// digitsOf turns text into base32 digits. Anything longer than a code cannot be
// one, so it stops there.
func digitsOf(text string) ([]byte, bool) {
	digits := make([]byte, 0, codeLength)
	for _, r := range text {
		if r > '\uff00' && r < '\uff5f' {
			r -= '\uff01' - '!' // what a Chinese keyboard types
		}
		if strings.ContainsRune(" -–—_.\t\r\n\u00a0\u3000\u200b\ufeff", r) {
			continue
		}
		value, ok := digitValue(r)
		if !ok || len(digits) == codeLength {
			return nil, false
		}
		digits = append(digits, value)
	}
	return digits, true
}

func digitValue(r rune) (byte, bool) {
	if r >= 'a' && r <= 'z' {
		r -= 'a' - 'A'
	}
	switch r {
	case 'I', 'L':
		r = '1'
	case 'O':
		r = '0'
	}
	i := strings.IndexRune(alphabet, r)
	return byte(i), i >= 0
}

// checkNumber returns the body read as a number, mod 1021.
func checkNumber(body []byte) int {
	rest := 0
	for _, digit := range body {
		rest = (rest*32 + int(digit)) % checkModulo
	}
	return rest
}

// pack turns 16 digits of 5 bits into 10 bytes.
func pack(digits []byte) Code {
	var c Code
	for i, digit := range digits {
		for bit := range 5 {
			if digit>>(4-bit)&1 == 1 {
				at := i*5 + bit
				c[at/8] |= 1 << (7 - at%8)
			}
		}
	}
	return c
}

func (c Code) digits() [codeLength]byte {
	var digits [codeLength]byte
	for at := range len(c) * 8 {
		digits[at/5] |= c[at/8] >> (7 - at%8) & 1 << (4 - at%5)
	}
	check := checkNumber(digits[:bodyLength])
	digits[bodyLength], digits[bodyLength+1] = byte(check>>5), byte(check&31)
	return digits
}

// String returns the 18 characters. They are a secret: not for logs.
func (c Code) String() string {
	var text [codeLength]byte
	for i, digit := range c.digits() {
		text[i] = alphabet[digit]
	}
	return string(text[:])
}

// Printed returns the code as it stands on the card, 4-4-4-4-2.
func (c Code) Printed() string {
	s := c.String()
	return s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:]
}

// Hash returns the SHA-256 of the 18 characters, which is what the database
// knows of the code.
func (c Code) Hash() [32]byte { return sha256.Sum256([]byte(c.String())) }

// CardURL returns what the QR code of a card says: all upper case, so that the
// code is small (QR's alphanumeric mode).
func CardURL(publicURL string, code Code) string {
	return strings.ToUpper(publicURL) + "/C/" + code.String()
}
