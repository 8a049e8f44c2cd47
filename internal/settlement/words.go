package settlement

import "strings"

var (
	numerals = []string{"零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"}
	places   = []string{"", "拾", "佰", "仟"}
	groups   = []string{"", "万", "亿", "万亿", "亿亿"}
)

// Words writes an amount of fen as it stands on a Chinese bill (支付结算办法,
// appendix 1): 人民币壹仟壹佰捌拾伍元整. An amount that ends at yuan or jiao is
// closed by 整, one with fen is not; a gap of noughts is one 零. An amount below
// zero begins with 负.
func Words(fen int64) string {
	text := "人民币"
	amount := uint64(fen)
	if fen < 0 {
		text, amount = text+"负", -amount
	}
	yuan, jiao, rest := amount/100, amount/10%10, amount%10
	if yuan > 0 || jiao+rest == 0 {
		text += yuanWords(yuan) + "元"
	}
	switch {
	case jiao == 0 && rest == 0:
		return text + "整"
	case rest == 0:
		return text + numerals[jiao] + "角整"
	case jiao == 0 && yuan > 0:
		return text + "零" + numerals[rest] + "分"
	case jiao == 0:
		return text + numerals[rest] + "分"
	}
	return text + numerals[jiao] + "角" + numerals[rest] + "分"
}

// yuanWords writes a number in groups of four digits.
func yuanWords(n uint64) string {
	if n == 0 {
		return "零"
	}
	var parts []string
	for ; n > 0; n /= 10000 {
		parts = append(parts, "")
		parts[len(parts)-1] = groupWords(n%10000, n >= 10000)
	}
	var text strings.Builder
	gap := false
	for i := len(parts) - 1; i >= 0; i-- {
		part := parts[i]
		if part == "" {
			gap = true
			continue
		}
		if gap && !strings.HasPrefix(part, "零") {
			text.WriteString("零")
		}
		gap = false
		text.WriteString(part + groups[i])
	}
	return text.String()
}

// groupWords writes up to four digits; with more before them, noughts at their
// front are one 零. It is empty for 0.
func groupWords(n uint64, more bool) string {
	if n == 0 {
		return ""
	}
	text := ""
	gap := false
	for i, unit := 3, uint64(1000); i >= 0; i, unit = i-1, unit/10 {
		digit := n / unit % 10
		if digit == 0 {
			gap = gap || more || text != ""
			continue
		}
		if gap {
			text += "零"
		}
		gap = false
		text += numerals[digit] + places[i]
	}
	return text
}
