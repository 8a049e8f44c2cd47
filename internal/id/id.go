// Package id makes and reads the 16-byte identifiers of everything Hufen
// stores: UUIDs of version 7, ordered by time of birth, so that new rows go to
// the end of an index.
package id

import (
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
)

// ID is a UUID. It is stored as 16 bytes and written as text of 36 characters.
type ID [16]byte

// ErrSyntax is returned for text that is not a UUID in the 8-4-4-4-12 form.
var ErrSyntax = errors.New("id: not a UUID")

// Parse reads a UUID in the 8-4-4-4-12 form, upper or lower case, of any
// version. Braces, URN prefixes and missing hyphens are ErrSyntax.
func Parse(s string) (ID, error) {
	var id ID
	err := id.parse(s)
	return id, err
}

// MustParse is Parse for constants and tests; it panics on other text.
func MustParse(s string) ID {
	id, err := Parse(s)
	if err != nil {
		panic(fmt.Sprintf("id: MustParse(%q)", s))
	}
	return id
}

func (id *ID) parse(s string) error {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return ErrSyntax
	}
	var digits [32]byte
	n := copy(digits[:], s[:8])
	n += copy(digits[n:], s[9:13])
	n += copy(digits[n:], s[14:18])
	n += copy(digits[n:], s[19:23])
	copy(digits[n:], s[24:])
	var read ID
	if _, err := hex.Decode(read[:], digits[:]); err != nil {
		return ErrSyntax
	}
	*id = read
	return nil
}

// String writes the UUID in lower case, 36 characters.
func (id ID) String() string {
	var b [36]byte
	id.encode(&b)
	return string(b[:])
}

func (id ID) encode(b *[36]byte) {
	hex.Encode(b[:8], id[:4])
	b[8] = '-'
	hex.Encode(b[9:13], id[4:6])
	b[13] = '-'
	hex.Encode(b[14:18], id[6:8])
	b[18] = '-'
	hex.Encode(b[19:23], id[8:10])
	b[23] = '-'
	hex.Encode(b[24:], id[10:])
}

// IsZero reports whether the identifier was never set.
func (id ID) IsZero() bool { return id == ID{} }

// Version returns the UUID's version, 7 for identifiers made by New.
func (id ID) Version() int { return int(id[6] >> 4) }

// MarshalText writes the UUID as text, for JSON and map keys.
func (id ID) MarshalText() ([]byte, error) {
	var b [36]byte
	id.encode(&b)
	return b[:], nil
}

// UnmarshalText reads the UUID as Parse does.
func (id *ID) UnmarshalText(text []byte) error { return id.parse(string(text)) }

// Value gives the database the 16 bytes.
func (id ID) Value() (driver.Value, error) { return id[:], nil }

// Scan reads the 16 bytes from the database.
func (id *ID) Scan(src any) error {
	b, ok := src.([]byte)
	if !ok || len(b) != len(id) {
		return fmt.Errorf("id: cannot scan %T of a column that is not 16 bytes", src)
	}
	copy(id[:], b)
	return nil
}

// NullID is an identifier that may be absent; the zero value is NULL.
type NullID struct {
	ID    ID
	Valid bool // false is NULL
}

// Some returns a present identifier, or NULL for the zero identifier.
func Some(id ID) NullID { return NullID{ID: id, Valid: !id.IsZero()} }

// Value gives the database the 16 bytes or NULL.
func (n NullID) Value() (driver.Value, error) {
	if !n.Valid {
		return nil, nil
	}
	return n.ID.Value()
}

// Scan reads 16 bytes or NULL from the database.
func (n *NullID) Scan(src any) error {
	if src == nil {
		*n = NullID{}
		return nil
	}
	n.Valid = true
	return n.ID.Scan(src)
}

// MarshalJSON writes the UUID as text, or null.
func (n NullID) MarshalJSON() ([]byte, error) {
	if !n.Valid {
		return []byte("null"), nil
	}
	return []byte(`"` + n.ID.String() + `"`), nil
}

// UnmarshalJSON reads a UUID as text, or null.
func (n *NullID) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		*n = NullID{}
		return nil
	}
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return ErrSyntax
	}
	if err := n.ID.parse(string(text[1 : len(text)-1])); err != nil {
		return err
	}
	n.Valid = true
	return nil
}
