package household

import (
	"strings"
	"unicode"
)

// MaskName hides a name for boards and other people's screens: 张小芳 is 张*芳,
// 张芳 and 张 芳 are 张*, a single character is *. What a reader sees as one character,
// such as 𠮷 or an emoji of several code points, counts as one. Long names get
// three stars at most.
func MaskName(name string) string {
	letters := lettersOf(closeUp(strings.TrimSpace(name)))
	switch n := len(letters); n {
	case 0:
		return ""
	case 1:
		return "*"
	case 2:
		return letters[0] + "*"
	default:
		return letters[0] + strings.Repeat("*", min(n-2, 3)) + letters[n-1]
	}
}

// lettersOf splits text into what a reader sees as characters: a rune with the
// marks, joiners and second halves that belong to it.
func lettersOf(text string) []string {
	var letters []string
	joined := false
	for _, r := range text {
		s := string(r)
		if n := len(letters) - 1; n >= 0 && (joined || extends(r) || secondFlagHalf(letters[n], r)) {
			letters[n] += s
		} else {
			letters = append(letters, s)
		}
		joined = r == zeroWidthJoiner
	}
	return letters
}

const zeroWidthJoiner = '\u200d'

// extends reports whether a rune only changes the one before it: combining
// marks, variation selectors (also of rare Han characters), skin tones.
func extends(r rune) bool {
	return r == zeroWidthJoiner || unicode.In(r, unicode.Mn, unicode.Me, unicode.Mc) ||
		r >= 0x1f3fb && r <= 0x1f3ff || r >= 0xe0020 && r <= 0xe007f
}

// secondFlagHalf reports whether two regional indicators make one flag.
func secondFlagHalf(letter string, r rune) bool {
	first := []rune(letter)
	return len(first) == 1 && regional(first[0]) && regional(r)
}

func regional(r rune) bool { return r >= 0x1f1e6 && r <= 0x1f1ff }
