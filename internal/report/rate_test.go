package report

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"hufen/internal/i18n"
)

func TestRate_Text(t *testing.T) {
	for _, c := range []struct {
		rate Rate
		want string
	}{
		// product.md §3, the worked case.
		{reduction(8_900_000, 33_480, 12_400_000, 32_550), "30.2%"},
		{reduction(8_900_000, 1, 12_400_000, 1), "28.2%"},
		{share(1, 2), "50.0%"},
		{share(1, 2000), "0.1%"},       // 0.05 %: half goes up
		{share(49_999, 100e6), "0.0%"}, // just below
		{share(-1, 2000), "-0.1%"},
		{share(-1, 5000), "0.0%"}, // not −0.0 %
		{share(0, 1), "0.0%"},
		{share(1, 1), "100.0%"},
		{reduction(20_109_000_000, 1, 1_000_000, 1), "-2010800.0%"},
		{missing(Incomplete, Sentence{}), ""},
		// 36 months of a city: the products do not fit into 64 bits.
		{reduction(36e12, 36e10, 72e12, 36e10), "50.0%"},
	} {
		if got := c.rate.Text(); got != c.want {
			t.Errorf("%v: got %q, want %q", c.rate.share, got, c.want)
		}
	}
}

func TestRate_reaches(t *testing.T) {
	if !share(300, 1000).reaches(300) || share(2999, 10000).reaches(300) || missing(Incomplete, Sentence{}).reaches(0) {
		t.Error("29.99 % is below 30 %, and so is what is unknown")
	}
}

var reasonCode = regexp.MustCompile(`(?:sentence\(|code :?= )"(report\.[^"]+)"`)

// Every reason that can stand in place of a figure has its words.
func TestReasonsHaveSentences(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range reasonCode.FindAllStringSubmatch(string(source), -1) {
			found++
			if !i18n.Known(match[1]) {
				t.Errorf("%s: no sentence for %s", file, match[1])
			}
		}
	}
	for _, column := range exportColumns {
		if !i18n.Known("report.column." + column.code) {
			t.Errorf("no heading for %s", column.code)
		}
	}
	if found < 15 {
		t.Errorf("found only %d reasons", found)
	}
}
