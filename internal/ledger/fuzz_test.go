package ledger

import (
	"bytes"
	"encoding/binary"
	"testing"

	"hufen/internal/id"
)

// field is one field of a made-up fact.
type field struct {
	number int64
	text   []byte
	kind   byte // n number, t text, b bytes, i id
}

// fieldsOf reads any bytes as fields.
func fieldsOf(data []byte) (fields []field) {
	for len(data) > 0 {
		f := field{kind: "ntbi"[data[0]%4]}
		data = data[1:]
		length := 16
		switch f.kind {
		case 'n':
			length = 8
		case 't', 'b':
			if len(data) > 0 {
				length, data = int(data[0]), data[1:]
			}
		}
		f.text = make([]byte, length)
		copy(f.text, data)
		if f.kind == 't' || f.kind == 'b' {
			f.text = f.text[:min(length, len(data))]
		}
		data = data[min(length, len(data)):]
		if f.kind == 'n' {
			f.number = int64(binary.LittleEndian.Uint64(f.text))
		}
		fields = append(fields, f)
	}
	return fields
}

// FuzzCanonical reads canonical bytes back: what the fields were follows from
// them, so that no two facts of a kind have the same.
func FuzzCanonical(f *testing.F) {
	f.Add([]byte("\x00\x01\x02\x03\x04\x05\x06\x07\x08"))
	f.Add([]byte("\x01\x05hello\x01\x00\x02\x03abc"))
	f.Add([]byte("\x03\x01\x98\xc0\xde\x00\x00p\x00\x80\x00\x00\x00\x00\x00\x00\x01\x01\x02\xe4\xb8"))
	f.Fuzz(func(t *testing.T, data []byte) {
		fields := fieldsOf(data)
		c := NewCanonical("fuzz/1")
		for _, f := range fields {
			switch f.kind {
			case 'n':
				c.Number(f.number)
			case 't':
				c.Text(string(f.text))
			case 'b':
				c.Bytes(f.text)
			case 'i':
				c.ID(id.ID(f.text))
			}
		}
		rest := c.b
		if tag := nextBytes(t, &rest); string(tag) != "fuzz/1" {
			t.Fatalf("tag %q", tag)
		}
		for i, f := range fields {
			if f.kind == 'n' {
				if got := int64(binary.BigEndian.Uint64(rest)); got != f.number {
					t.Fatalf("field %d: %d, want %d", i, got, f.number)
				}
				rest = rest[8:]
			} else if got := nextBytes(t, &rest); !bytes.Equal(got, f.text) {
				t.Fatalf("field %d: %x, want %x", i, got, f.text)
			}
		}
		if len(rest) > 0 {
			t.Fatalf("%d bytes are left", len(rest))
		}
	})
}

func nextBytes(t *testing.T, rest *[]byte) []byte {
	t.Helper()
	if len(*rest) < 4 {
		t.Fatal("no length")
	}
	length := int(binary.BigEndian.Uint32(*rest))
	if len(*rest) < 4+length {
		t.Fatal("too short")
	}
	found := (*rest)[4 : 4+length]
	*rest = (*rest)[4+length:]
	return found
}

// FuzzParseKept reads what somebody says is a seal: it is refused, or a seal that
// can be compared.
func FuzzParseKept(f *testing.F) {
	f.Add([]byte(`{"height":1}`))
	f.Add([]byte("hufen-seal:1"))
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if kept, err := ParseKept(data); err == nil && kept == nil {
			t.Fatal("neither a seal nor an error")
		}
	})
}
