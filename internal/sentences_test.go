package internal

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hufen/internal/i18n"
)

// inner faults never leave their package.
var inner = []string{"sheet.stopped"}

var faultCode = regexp.MustCompile(`fault\.New\(\s*fault\.\w+,\s*"([^"]+)"\s*[,)]`)

// Every fault that the program can name has a sentence in both languages.
func TestFaultsHaveSentences(t *testing.T) {
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, match := range faultCode.FindAllStringSubmatch(string(source), -1) {
			if !i18n.Known(match[1]) && !slices.Contains(inner, match[1]) {
				t.Errorf("%s: no sentence for %s", path, match[1])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
