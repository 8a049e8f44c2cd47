package household_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"hufen/internal/fault"
	"hufen/internal/household"
	"hufen/internal/id"
)

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// keysOf returns keys whose file holds the digits.
func keysOf(t *testing.T, digits string) *household.Keys {
	t.Helper()
	folder := t.TempDir()
	if err := os.MkdirAll(filepath.Join(folder, "keys"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "keys", "card.key"), []byte(digits), 0o600); err != nil {
		t.Fatal(err)
	}
	keys, err := household.OpenKeys(folder)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// Cards that are out there: these codes can never change. Computed a second time
// with Python's hmac and hashlib.
func TestKeys_Code_golden(t *testing.T) {
	keys := keysOf(t, strings.Repeat("00112233445566778899aabbccddeeff", 2)+"\n")
	for _, test := range []struct {
		card    string
		version int
		code    string
	}{
		{"0190b5c0-0000-7000-8000-000000000001", 1, "N4Z6-E0ZB-YSJK-G299-VV"},
		{"0190b5c0-0000-7000-8000-000000000001", 2, "8ZZD-J9KW-GX24-7DH1-52"},
		{"0190b5c0-0000-7000-8000-000000000002", 1, "GTZS-K89V-BDRG-EGBX-EA"},
	} {
		if got := keys.Code(id.MustParse(test.card), test.version); got.Printed() != test.code {
			t.Errorf("card %s version %d: %s, want %s", test.card, test.version, got.Printed(), test.code)
		}
	}
}

func TestCode_Hash_golden(t *testing.T) {
	code, err := household.ParseCode("0000000000000000" + "00")
	if err != nil {
		t.Fatal(err)
	}
	// printf 000000000000000000 | sha256sum
	want := "1bd2b169a9e74a32133550e72e053aecd00500161bf87eb33d921a0dc63d1a71"
	if got := hexOf(code.Hash()); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func hexOf(b [32]byte) string {
	const digits = "0123456789abcdef"
	var s strings.Builder
	for _, v := range b {
		s.WriteByte(digits[v>>4])
		s.WriteByte(digits[v&15])
	}
	return s.String()
}

func TestParseCode(t *testing.T) {
	code := keysOf(t, strings.Repeat("ab", 32)).Code(id.New(), 1)
	text := code.String()
	confusable := strings.NewReplacer("1", "l", "0", "o").Replace(strings.ToLower(text))
	wide := strings.Map(func(r rune) rune { return r + 0xfee0 }, code.Printed())
	for _, form := range []string{text, code.Printed(), strings.ToLower(text), confusable, wide, strings.ToLower(wide), "\ufeff" + text[:4] + "\u200b" + text[4:], " " + text[:4] + " " + text[4:] + "\n", strings.ReplaceAll(text, "1", "I")} {
		if got, err := household.ParseCode(form); err != nil || got != code {
			t.Errorf("%q: %v, %v", form, got, err)
		}
	}
	for _, form := range []string{"", text[:17], text + "0", text[:17] + "U", strings.Repeat("é", 18), text[:17] + "\x00", strings.Repeat(text, 1000)} {
		if _, err := household.ParseCode(form); !fault.Is(err, "card.mistyped") {
			t.Errorf("%.40q: %v", form, err)
		}
	}
}

// Every single wrong character, and every two neighbours or next neighbours in
// the wrong order, is told apart without a database.
func TestParseCode_findsEverySlip(t *testing.T) {
	keys := keysOf(t, strings.Repeat("5c", 32))
	tried := 0
	for range 200 {
		text := keys.Code(id.New(), 1).String()
		try := func(wrong string) {
			if wrong == text {
				return
			}
			tried++
			if _, err := household.ParseCode(wrong); err == nil {
				t.Fatalf("%s passes for %s", wrong, text)
			}
		}
		for i := range text {
			for _, c := range alphabet {
				try(text[:i] + string(c) + text[i+1:])
			}
			for _, distance := range []int{1, 2} {
				if j := i + distance; j < len(text) {
					b := []byte(text)
					b[i], b[j] = b[j], b[i]
					try(string(b))
				}
			}
		}
	}
	if tried < 100_000 {
		t.Errorf("only %d slips tried", tried)
	}
}

func TestOpenKeys(t *testing.T) {
	t.Run("instances that start at once have one key", func(t *testing.T) {
		folder := t.TempDir()
		card := id.New()
		codes := make([]household.Code, 16)
		var group sync.WaitGroup
		for i := range codes {
			group.Go(func() {
				keys, err := household.OpenKeys(folder)
				if err != nil {
					t.Error(err)
					return
				}
				codes[i] = keys.Code(card, 1)
			})
		}
		group.Wait()
		for _, code := range codes {
			if code != codes[0] {
				t.Fatal("two keys")
			}
		}
		files, err := os.ReadDir(filepath.Join(folder, "keys"))
		if err != nil || len(files) != 1 {
			t.Fatalf("%v, %v: drafts left behind", files, err)
		}
		if info, err := files[0].Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
	})
	t.Run("a damaged key is not replaced", func(t *testing.T) {
		folder := t.TempDir()
		path := filepath.Join(folder, "keys", "card.key")
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		for _, content := range []string{"", "abc", strings.Repeat("g", 64), strings.Repeat("0", 65), strings.Repeat("0", 62)} {
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := household.OpenKeys(folder); err == nil {
				t.Errorf("%q taken for a key", content)
			}
			if left, _ := os.ReadFile(path); string(left) != content {
				t.Errorf("%q became %q", content, left)
			}
		}
	})
}

func TestMaskName(t *testing.T) {
	for name, want := range map[string]string{
		"张小芳": "张*芳", "张芳": "张*", "张 芳": "张*", "张": "*", "": "", " 张小芳 ": "张*芳", "欧阳小芳": "欧**芳",
		"𠮷㛃子": "𠮷*子", "𠮷田": "𠮷*", "阿卜杜拉·买买提": "阿***提",
		"葛\U000e0100城一": "葛\U000e0100*一", "👨‍👩‍👧张🇨🇳": "👨‍👩‍👧*🇨🇳", "e\u0301lan": "e\u0301**n", "👍🏽好": "👍🏽*",
	} {
		if got := household.MaskName(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
