package id_test

import (
	"bytes"
	"database/sql/driver"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"hufen/internal/id"
)

const text = "019a7b2c-3d4e-7f50-8a1b-2c3d4e5f6071"

func TestParse(t *testing.T) {
	for _, s := range []string{text, "019A7B2C-3D4E-7F50-8A1B-2C3D4E5F6071"} {
		got, err := id.Parse(s)
		if err != nil || got.String() != text || got.Version() != 7 {
			t.Errorf("Parse(%q) = %s, %v", s, got, err)
		}
	}
	for _, s := range []string{
		"", "019a7b2c3d4e7f508a1b2c3d4e5f6071", "{" + text + "}", "urn:uuid:" + text, text + "0", text[1:],
		"019a7b2c-3d4e-7f50-8a1b-2c3d4e5f607g", "019a7b2c_3d4e-7f50-8a1b-2c3d4e5f6071", "019a7b2c-3d4e-7f508a1b-2c3d4e5f60711",
	} {
		if got, err := id.Parse(s); err != id.ErrSyntax || !got.IsZero() {
			t.Errorf("Parse(%q) = %s, %v; want ErrSyntax", s, got, err)
		}
	}
}

func TestParse_AgreesWithGoogle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := uuid.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "bytes"))
		got, err := id.Parse(want.String())
		if err != nil || got != id.ID(want) || got.String() != want.String() {
			t.Fatalf("got %s, %v; want %s", got, err, want)
		}
	})
}

func TestNew(t *testing.T) {
	before := time.Now().Truncate(time.Millisecond)
	made := id.New()
	u := uuid.UUID(made)
	if u.Version() != 7 || u.Variant() != uuid.RFC4122 {
		t.Errorf("%s has version %d, variant %v", made, u.Version(), u.Variant())
	}
	seconds, nanos := u.Time().UnixTime()
	if at := time.Unix(seconds, nanos); at.Before(before) || at.After(time.Now()) {
		t.Errorf("%s carries %v, now is %v", made, at, before)
	}
}

func TestNew_Increasing(t *testing.T) {
	const goroutines, each = 8, 5000
	made := make([][]id.ID, goroutines)
	var group sync.WaitGroup
	for i := range made {
		group.Go(func() {
			for range each {
				made[i] = append(made[i], id.New())
			}
		})
	}
	group.Wait()
	compare := func(a, b id.ID) int { return bytes.Compare(a[:], b[:]) }
	for _, ids := range made {
		if !slices.IsSortedFunc(ids, compare) {
			t.Error("not in order of birth")
		}
	}
	all := slices.Concat(made...)
	slices.SortFunc(all, compare)
	if unique := len(slices.Compact(all)); unique != goroutines*each {
		t.Errorf("%d different, want %d", unique, goroutines*each)
	}
}

func TestID_JSON(t *testing.T) {
	type row struct {
		ID   id.ID     `json:"id"`
		Null id.NullID `json:"null"`
		Some id.NullID `json:"some"`
	}
	want := row{ID: id.MustParse(text), Some: id.Some(id.MustParse(text))}
	written, err := json.Marshal(want)
	if err != nil || string(written) != `{"id":"`+text+`","null":null,"some":"`+text+`"}` {
		t.Errorf("wrote %s, %v", written, err)
	}
	read := row{Null: want.Some}
	if err := json.Unmarshal(written, &read); err != nil || read != want {
		t.Errorf("read %v, %v", read, err)
	}
	for _, bad := range []string{`{"id":7}`, `{"id":"x"}`, `{"some":7}`, `{"some":"x"}`, `{"some":""}`} {
		if err := json.Unmarshal([]byte(bad), &row{}); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

func TestID_Database(t *testing.T) {
	want := id.MustParse(text)
	value, err := want.Value()
	if b, ok := value.([]byte); err != nil || !ok || !bytes.Equal(b, want[:]) {
		t.Fatalf("value is %v, %v", value, err)
	}
	var got id.ID
	if err := got.Scan(value); err != nil || got != want {
		t.Errorf("scanned %s, %v", got, err)
	}
	for _, bad := range []any{nil, text, []byte("short"), int64(7)} {
		if err := got.Scan(bad); err == nil {
			t.Errorf("scanned %v", bad)
		}
	}
}

func TestNullID_Database(t *testing.T) {
	for _, want := range []id.NullID{{}, id.Some(id.MustParse(text))} {
		value, err := want.Value()
		if err != nil || (value != driver.Value(nil)) != want.Valid {
			t.Errorf("value of %v is %v, %v", want, value, err)
		}
		got := id.Some(id.New())
		if err := got.Scan(value); err != nil || got != want {
			t.Errorf("scanned %v, %v; want %v", got, err, want)
		}
	}
	if id.Some(id.ID{}).Valid {
		t.Error("the zero identifier is present")
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		id.New()
	}
}
