package sheet

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"hufen/internal/fault"
)

// decodeText turns the bytes of a CSV file into text. A byte order mark decides;
// without one, text that is valid UTF-8 is UTF-8 and everything else GB18030,
// which contains GBK and is what Excel in China writes.
func decodeText(file []byte) (string, error) {
	switch {
	case bytes.HasPrefix(file, []byte("\xef\xbb\xbf")):
		return decodeUTF8(file[3:])
	case bytes.HasPrefix(file, []byte("\xff\xfe")):
		return decodeUTF16(file[2:], binary.LittleEndian)
	case bytes.HasPrefix(file, []byte("\xfe\xff")):
		return decodeUTF16(file[2:], binary.BigEndian)
	case bytes.IndexByte(file, 0) >= 0:
		return "", fault.New(fault.Invalid, "sheet.not_text")
	case utf8.Valid(file):
		return string(file), nil
	}
	if line := mixedLine(file); line > 0 {
		return "", mixed(line)
	}
	return decodeGB18030(file)
}

func mixed(line int) error { return fault.New(fault.Invalid, "sheet.mixed_encoding", "row", line) }

func decodeUTF8(text []byte) (string, error) {
	if utf8.Valid(text) {
		return string(text), nil
	}
	number := 0
	for line := range bytes.Lines(text) {
		number++
		if !utf8.Valid(line) {
			break
		}
	}
	return "", mixed(number)
}

func decodeUTF16(text []byte, order binary.ByteOrder) (string, error) {
	if len(text)%2 != 0 {
		return "", fault.New(fault.Invalid, "sheet.truncated")
	}
	units := make([]uint16, len(text)/2)
	for i := range units {
		units[i] = order.Uint16(text[2*i:])
	}
	return string(utf16.Decode(units)), nil
}

func decodeGB18030(file []byte) (string, error) {
	decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(file)
	if err != nil {
		return "", fault.New(fault.Invalid, "sheet.not_text").Because(err)
	}
	text := string(decoded)
	if before, _, bad := strings.Cut(text, "\ufffd"); bad {
		return "", mixed(1 + strings.Count(before, "\n"))
	}
	return text, nil
}

// mixedLine looks for lines of both encodings in one file, as appending one
// list to another makes them, and returns the first line of the rarer one, or
// 0. A line is UTF-8 beyond doubt when it is valid and has two Chinese
// characters: the same bytes read as GBK are rare characters in a row.
func mixedLine(file []byte) int {
	var utf8Lines, otherLines, firstUTF8, firstOther int
	number := 0
	for line := range bytes.Lines(file) {
		number++
		switch {
		case !utf8.Valid(line):
			if otherLines++; firstOther == 0 {
				firstOther = number
			}
		case chineseCharacters(line) >= 2:
			if utf8Lines++; firstUTF8 == 0 {
				firstUTF8 = number
			}
		}
	}
	switch {
	case utf8Lines == 0 || otherLines == 0:
		return 0
	case utf8Lines >= otherLines:
		return firstOther
	}
	return firstUTF8
}

func chineseCharacters(line []byte) int {
	n := 0
	for len(line) > 0 {
		r, size := utf8.DecodeRune(line)
		if r >= 0x4e00 && r <= 0x9fff {
			n++
		}
		line = line[size:]
	}
	return n
}
