package household

import "testing"

func TestCleanName(t *testing.T) {
	for name, want := range map[string]string{
		" 张  小芳 ": "张小芳", "张 芳": "张芳", "Anna  Li": "Anna Li", "买买提·艾力 Abdul": "买买提·艾力 Abdul", "𠮷田㛃": "𠮷田㛃", "王👨\u200d👩": "王👨\u200d👩", "\u202e王五\u200b": "王五", "=1+1张": "=1+1张",
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
		"１２号": "12", "12 号": "12", "012": "12", " 3-2 ": "3-2", "老院子": "老院子", "\u200b7\u202c": "7", "\u200b": "!", "": "!",
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

func TestCleanPhone(t *testing.T) {
	for phone, want := range map[string]string{
		"138 1234 5678": "13812345678", "１３８-1234-5678": "13812345678", "+86 13812345678": "13812345678", "008613812345678": "13812345678",
		"8613812345678": "13812345678", "0818-2345678": "08182345678", "+860818": "!", "86138123456": "!", "138123456789": "!", "": "",
	} {
		got := phone
		if f := CleanPhone(&got); f != nil {
			got = "!"
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", phone, got, want)
		}
	}
}
