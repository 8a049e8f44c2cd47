package household

import "testing"

func TestCleanName(t *testing.T) {
	for name, want := range map[string]string{
		" 张  小芳 ": "张 小芳", "𠮷田㛃": "𠮷田㛃", "王👨\u200d👩": "王👨\u200d👩", "\u202e王五\u200b": "王五", "=1+1张": "=1+1张",
		"x'; DROP TABLE households;--": "x'; DROP TABLE households;--",
		"":                             "!", " ": "!", "\u200b": "!", "\u202e\u200d": "!", "12345": "!", "王\ufffd": "!", "王\x07": "!",
	} {
		got := name
		if f := CleanName(&got); f != nil {
			got = "!"
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestCleanHouseNumber(t *testing.T) {
	for number, want := range map[string]string{
		"１２号": "12", "012": "12", " 3-2 ": "3-2", "老院子": "老院子", "\u200b7\u202c": "7", "\u200b": "!", "": "!",
	} {
		got := number
		if f := CleanHouseNumber(&got); f != nil {
			got = "!"
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", number, got, want)
		}
	}
}
