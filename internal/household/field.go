package household

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"

	"hufen/internal/calendar"
	"hufen/internal/fault"
)

// Bounds of a household's fields. maxMembers is the largest household the
// programme believes.
const (
	maxNameLength   = 60
	maxNumberLength = 30
	maxMembers      = 30
	firstDay        = calendar.Day(2000_01_01)
)

// CleanName puts a name into its usual form: no blanks around it or between
// Chinese characters, one between other parts, composed characters, none that nobody sees. Rare characters and emoji are names too, and
// so is text that looks like a formula or like SQL: it is never computed. It
// returns an Invalid fault "household.name" for an empty or too long name, one
// without a letter, or one with characters that a wrong encoding left behind.
func CleanName(name *string) *fault.Fault {
	text := closeUp(oneLine(norm.NFC.String(*name)))
	length := utf8.RuneCountInString(text)
	if length == 0 || length > maxNameLength || damaged(text) || strings.IndexFunc(text, isNameLetter) < 0 {
		return fault.New(fault.Invalid, "household.name", "limit", maxNameLength).At("/head_name")
	}
	*name = text
	return nil
}

// oneLine leaves one blank between words and takes out what is not seen, such as
// zero-width spaces and marks that turn the direction of what follows; but for
// the joiner, which holds emoji together.
func oneLine(text string) string {
	seen := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) && r != '\u200d' {
			return -1
		}
		return r
	}, text)
	return strings.Join(strings.Fields(seen), " ")
}

// closeUp takes out blanks between Chinese characters: a list set in columns
// writes 张　芳 under 张小芳, and both lists mean the same person.
func closeUp(text string) string {
	if !strings.Contains(text, " ") {
		return text
	}
	words := strings.Split(text, " ")
	joined := words[0]
	for i, word := range words[1:] {
		last, _ := utf8.DecodeLastRuneInString(words[i])
		first, _ := utf8.DecodeRuneInString(word)
		if !unicode.Is(unicode.Han, last) || !unicode.Is(unicode.Han, first) {
			joined += " "
		}
		joined += word
	}
	return joined
}

func isNameLetter(r rune) bool {
	return unicode.IsLetter(r) || unicode.Is(unicode.Co, r) || r > 0x2000 && r != '\u200d'
}

// damaged reports control characters, and the mark that stands for what could
// not be decoded.
func damaged(text string) bool {
	return !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || r == utf8.RuneError
	})
}

var plainNumber = regexp.MustCompile(`^0*(\d+?) ?号?$`)

// CleanHouseNumber puts a house number into its usual form, so that one house
// has one: １２号, 012 and 12 are 12; 3-2 and 老院子 stay. It returns an Invalid
// fault "household.number" for an empty or too long one.
func CleanHouseNumber(number *string) *fault.Fault {
	text := oneLine(width.Narrow.String(norm.NFC.String(*number)))
	if m := plainNumber.FindStringSubmatch(text); m != nil {
		text = m[1]
	}
	if text == "" || utf8.RuneCountInString(text) > maxNumberLength || damaged(text) {
		return fault.New(fault.Invalid, "household.number", "limit", maxNumberLength).At("/house_number")
	}
	*number = text
	return nil
}

var (
	phoneFiller = strings.NewReplacer(" ", "", "-", "", "－", "", "(", "", ")", "", "（", "", "）", "")
	mobile      = regexp.MustCompile(`^1[3-9]\d{9}$`)
	landline    = regexp.MustCompile(`^0\d{9,11}$`)
	country     = regexp.MustCompile(`^(?:\+|00)?86(1\d{10})$`)
)

// CleanPhone puts a phone number into digits only. Empty is no phone. It returns
// an Invalid fault "household.phone" for anything but a mobile number of 11
// digits or a landline with its area code.
func CleanPhone(phone *string) *fault.Fault {
	digits := country.ReplaceAllString(phoneFiller.Replace(width.Narrow.String(strings.TrimSpace(*phone))), "$1")
	digits = strings.TrimPrefix(digits, "+86")
	if digits != "" && !mobile.MatchString(digits) && !landline.MatchString(digits) {
		return fault.New(fault.Invalid, "household.phone").At("/phone")
	}
	*phone = digits
	return nil
}

// CheckMemberCount returns an Invalid fault "household.member_count" unless
// there are 1 to 30 people.
func CheckMemberCount(n int) *fault.Fault {
	if n < 1 || n > maxMembers {
		return fault.New(fault.Invalid, "household.member_count", "limit", maxMembers).At("/member_count")
	}
	return nil
}

// CheckFrom returns an Invalid fault for a day in the future, whose count
// nobody can know, or before the year 2000.
func CheckFrom(from, today calendar.Day) *fault.Fault {
	switch {
	case !from.Valid() || from < firstDay:
		return fault.New(fault.Invalid, "household.early_day").At("/from")
	case from > today:
		return fault.New(fault.Invalid, "household.future_day").At("/from")
	}
	return nil
}
