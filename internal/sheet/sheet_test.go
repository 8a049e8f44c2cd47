package sheet_test

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"hufen/internal/calendar"
	"hufen/internal/fault"
	"hufen/internal/points"
	"hufen/internal/sheet"
)

// texts reads a file into its rows of text by row number.
func texts(t *testing.T, file []byte) map[int][]string {
	t.Helper()
	got, err := tryTexts(file)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func tryTexts(file []byte) (map[int][]string, error) {
	rows := map[int][]string{}
	for row, err := range sheet.Read(file) {
		if err != nil {
			return rows, err
		}
		for _, cell := range row.Cells {
			rows[row.Number] = append(rows[row.Number], cell.Text)
		}
	}
	return rows, nil
}

const roster = "村编码,组,门牌号,户主姓名,人口数\r\n511702101201,3组,12,张小芳,4\r\n511702101201,3组,13,\"𠮷田, 㛃\",2\r\n"

var rosterRows = map[int][]string{
	1: {"村编码", "组", "门牌号", "户主姓名", "人口数"},
	2: {"511702101201", "3组", "12", "张小芳", "4"},
	3: {"511702101201", "3组", "13", "𠮷田, 㛃", "2"},
}

func TestRead_CSVEncodings(t *testing.T) {
	gb := func(s string) []byte {
		b, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	utf16 := func(order unicode.Endianness) []byte {
		b, err := unicode.UTF16(order, unicode.UseBOM).NewEncoder().Bytes([]byte(roster))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for name, file := range map[string][]byte{
		"UTF-8":              []byte(roster),
		"UTF-8 with BOM":     []byte("\ufeff" + roster),
		"UTF-16LE":           utf16(unicode.LittleEndian),
		"UTF-16BE":           utf16(unicode.BigEndian),
		"GB18030":            gb(roster),
		"semicolons":         []byte(strings.ReplaceAll(strings.ReplaceAll(roster, ",", ";"), "; ", ", ")),
		"tabs":               []byte(strings.ReplaceAll(strings.ReplaceAll(roster, ",", "\t"), "\t ", ", ")),
		"LF":                 []byte(strings.ReplaceAll(roster, "\r\n", "\n")),
		"CR":                 []byte(strings.ReplaceAll(roster, "\r\n", "\r")),
		"no end of line":     []byte(strings.TrimSuffix(roster, "\r\n")),
		"blanks around":      []byte(strings.ReplaceAll(roster, "张小芳", " \u3000张小芳\u00a0\u200b")),
		"empty columns":      []byte(strings.ReplaceAll(roster, "\r\n", ",,,\r\n")),
		"sep line, one less": []byte("sep=,\r\n" + roster),
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(rosterRows, texts(t, file)); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("GBK", func(t *testing.T) {
		gbk, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte("组,姓名\r\n3组,张小芳\r\n"))
		if err != nil {
			t.Fatal(err)
		}
		want := map[int][]string{1: {"组", "姓名"}, 2: {"3组", "张小芳"}}
		if diff := cmp.Diff(want, texts(t, gbk)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestRead_CSVQuotes(t *testing.T) {
	got := texts(t, []byte("a,\"b\nc\",\"d\"\"e\"\n\n\"x\"y,z\"q,\n"))
	want := map[int][]string{1: {"a", "b c", `d"e`}, 3: {"xy", `z"q`}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRead_Faults(t *testing.T) {
	gbk := func(s string) string {
		b, _ := simplifiedchinese.GBK.NewEncoder().String(s)
		return b
	}
	book := workbook(t, func(f *excelize.File) { f.SetCellValue("Sheet1", "A1", "x") })
	deep := workbook(t, func(f *excelize.File) { f.SetCellValue("Sheet1", "BK2", "x") })
	for name, test := range map[string]struct {
		file string
		code string
		row  int
	}{
		"empty":                      {"", "sheet.empty", 0},
		"blank":                      {" \r\n", "sheet.empty", 0},
		"old xls":                    {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "sheet.old_xls", 0},
		"picture":                    {"\x89PNG\r\n\x1a\n\x00\x00", "sheet.not_text", 0},
		"truncated xlsx":             {string(book[:len(book)/2]), "sheet.truncated", 0},
		"other zip":                  {string(zipOf(t, map[string]string{"a.txt": "hello"})), "sheet.not_xlsx", 0},
		"too large":                  {strings.Repeat("a", sheet.MaxBytes+1), "sheet.too_large", 0},
		"open quote":                 {"a,b\nc,\"d\n", "sheet.open_quote", 2},
		"GBK appended to UTF-8":      {"编码,姓名\n1,张小芳\n2,李大明\n" + gbk("3,王小红") + "\n", "sheet.mixed_encoding", 4},
		"UTF-8 appended to GBK":      {gbk("编码,姓名\n1,张小芳\n2,李大明\n") + "3,王小红\n", "sheet.mixed_encoding", 4},
		"broken after BOM":           {"\ufeff编码\n" + gbk("王小红") + "\n", "sheet.mixed_encoding", 2},
		"neither":                    {gbk("编码,姓名\n1,张小芳\n") + "2,\xff\xff\n", "sheet.mixed_encoding", 3},
		"long cell":                  {"a\nb," + strings.Repeat("长", 501), "sheet.cell_too_long", 2},
		"many columns":               {"a\n" + strings.Repeat("x,", 60) + "x", "sheet.too_many_columns", 2},
		"many columns in a workbook": {string(deep), "sheet.too_many_columns", 2},
		"many rows":                  {strings.Repeat("x\n", sheet.MaxRows+1), "sheet.too_many_rows", 0},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tryTexts([]byte(test.file))
			if !fault.Is(err, test.code) {
				t.Fatalf("got %v, want %s", err, test.code)
			}
			f, _ := fault.As(err)
			if row, _ := f.Args["row"].(int); row != test.row {
				t.Errorf("row %v, want %d", f.Args["row"], test.row)
			}
		})
	}
}

// A sheet of 400 MB of zeros in a file of 400 KB, declared truthfully, and one
// whose directory lies about the size.
func TestRead_ZipBomb(t *testing.T) {
	zeros := strings.Repeat("0", 400<<20)
	honest := zipOf(t, map[string]string{"xl/workbook.xml": "<workbook/>", "xl/worksheets/sheet1.xml": zeros})
	if len(honest) > sheet.MaxBytes {
		t.Fatal("the bomb is too large to be one")
	}
	if _, err := tryTexts(honest); !fault.Is(err, "sheet.bomb") {
		t.Errorf("honest: %v", err)
	}
	book := workbook(t, func(f *excelize.File) { f.SetCellValue("Sheet1", "A1", "x") })
	parts := unzip(t, book)
	parts["xl/worksheets/sheet1.xml"] = "<worksheet><sheetData><row><c t=\"str\"><v>" + zeros[:9<<20] + "</v></c></row></sheetData></worksheet>"
	if _, err := tryTexts(zipOf(t, parts)); !fault.Is(err, "sheet.bomb") {
		t.Errorf("one huge cell: %v", err)
	}
}

func TestRead_XLSX(t *testing.T) {
	file := workbook(t, func(f *excelize.File) {
		day, _ := f.NewStyle(&excelize.Style{NumFmt: 14})
		custom := `yyyy"年"m"月"d"日"`
		chinese, _ := f.NewStyle(&excelize.Style{CustomNumFmt: &custom})
		weight := `0.00"kg d"`
		grams, _ := f.NewStyle(&excelize.Style{CustomNumFmt: &weight})
		at := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
		set := func(cell string, v any, style int) {
			f.SetCellValue("Sheet1", cell, v)
			f.SetCellStyle("Sheet1", cell, cell, style)
		}
		set("A1", "text", 0)
		set("B1", 12.0, 0)
		set("C1", 511702101201.0, 0)
		set("D1", 0.1+0.2, 0)
		set("E1", at, day)
		set("F1", at.Add(8*time.Hour+30*time.Minute), chinese)
		set("G1", 3.5, grams)
		set("H1", true, 0)
		set("A3", "=1+1", 0)
		set("B3", "𠮷㛃😀", 0)
		f.SetCellFormula("Sheet1", "C3", "=SUM(1,2)")
		f.SetCellRichText("Sheet1", "D3", []excelize.RichTextRun{{Text: "张"}, {Text: "芳"}})
		f.SetCellValue("Sheet1", "A5", "3组")
		f.MergeCell("Sheet1", "A5", "A7")
		f.SetCellValue("Sheet1", "B5", "12")
		f.SetCellValue("Sheet1", "B6", "13")
		f.SetCellValue("Sheet1", "B7", "14")
		f.NewSheet("Second")
		f.SetCellValue("Second", "A1", "not read")
	})
	want := map[int][]string{
		1: {"text", "12", "511702101201", "0.3", "2026-07-01", "2026-07-01 08:30:00", "3.5", "TRUE"},
		3: {"=1+1", "𠮷㛃😀", "", "张芳"},
		5: {"3组", "12"}, 6: {"3组", "13"}, 7: {"3组", "14"},
	}
	if diff := cmp.Diff(want, texts(t, file)); diff != "" {
		t.Error(diff)
	}
}

func TestDigits(t *testing.T) {
	for _, test := range []struct {
		text, digits string
		ok, lost     bool
	}{
		{"511702101201", "511702101201", true, false},
		{"511702101201.0", "511702101201", true, false},
		{"5.11702101201E+11", "511702101201", true, false},
		{"5.117021E+11", "", false, true},
		{"5.11702E+11", "", false, true},
		{"'0012", "0012", true, false},
		{"12.5", "", false, false},
		{"四", "", false, false},
		{"-4", "", false, false},
		{"", "", false, false},
	} {
		digits, ok, lost := sheet.Digits(test.text)
		if digits != test.digits || ok != test.ok || lost != test.lost {
			t.Errorf("%q: %q %v %v", test.text, digits, ok, lost)
		}
	}
}

func TestCell_Day(t *testing.T) {
	for text, want := range map[string]calendar.Day{
		"2026/7/1": 20260701, "2026-07-01": 20260701, "20260701": 20260701, "2026年7月1日": 20260701, "2026.7.1": 20260701,
		"2026-07-01 08:30:00": 20260701, "2026/02/30": 0, "20260230": 0, "7/1": 0, "": 0, "46204": 0, "昨天": 0,
	} {
		if got, ok := (sheet.Cell{Text: text}).Day(); got != want && ok {
			t.Errorf("%q: %v, want %v", text, got, want)
		} else if ok != (want != 0) {
			t.Errorf("%q: ok is %v", text, ok)
		}
	}
	if got, ok := (sheet.Cell{Text: "46204", Kind: sheet.Number}).Day(); !ok || got != 20260701 {
		t.Errorf("serial 46204: %v %v", got, ok)
	}
}

func TestWriteCSV(t *testing.T) {
	var out bytes.Buffer
	err := sheet.WriteCSV(&out, sheet.Rows(
		[]any{"村", "户主", "数"},
		[]any{"=1+1", "+86", -5}, []any{"-x", "@y", 0.5}, []any{"a,b", `c"d`, nil}, []any{"\t=x", calendar.Day(20260701), int64(7)}))
	if err != nil {
		t.Fatal(err)
	}
	want := "\ufeff村,户主,数\r\n'=1+1,'+86,-5\r\n'-x,'@y,0.5\r\n\"a,b\",\"c\"\"d\",\r\n\"'\t=x\",2026-07-01,7\r\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

// Points that were taken got an apostrophe in CSV as if they were a formula, and
// no spreadsheet could add up those of a settlement; large sums had an exponent.
func TestWrite_Amounts(t *testing.T) {
	row := []any{points.Points(-320), points.Points(6200), 1234567.5, 12_345_678_901.25, "-320", int64(-5)}
	var file bytes.Buffer
	if err := sheet.WriteCSV(&file, sheet.Rows(row)); err != nil {
		t.Fatal(err)
	}
	if want := "\ufeff-3.20,62,1234567.5,12345678901.25,'-320,-5\r\n"; file.String() != want {
		t.Errorf("got %q, want %q", file.String(), want)
	}
	file.Reset()
	if err := sheet.WriteXLSX(&file, "表", sheet.Rows(row)); err != nil {
		t.Fatal(err)
	}
	read, err := excelize.OpenReader(&file)
	if err != nil {
		t.Fatal(err)
	}
	for cell, want := range map[string]string{"A1": "-3.2", "B1": "62", "E1": "-320"} {
		kind, _ := read.GetCellType("表", cell)
		got, err := read.GetCellValue("表", cell)
		if text := kind == excelize.CellTypeInlineString; err != nil || got != want || text != (cell == "E1") {
			t.Errorf("%s is %q of kind %d, %v", cell, got, kind, err)
		}
	}
}

func TestWriteXLSX(t *testing.T) {
	var out bytes.Buffer
	if err := sheet.WriteXLSX(&out, "减量率", sheet.Rows([]any{"村", "=1+1", 0.302, nil, calendar.Day(20260701)})); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[int][]string{1: {"村", "=1+1", "0.302", "", "2026-07-01"}}, texts(t, out.Bytes())); diff != "" {
		t.Error(diff)
	}
	f, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if formula, _ := f.GetCellFormula("减量率", "B1"); formula != "" {
		t.Errorf("the text became the formula %q", formula)
	}
}

func TestWriteTemplate(t *testing.T) {
	var out bytes.Buffer
	err := sheet.WriteTemplate(&out, "户册", "说明", []sheet.Column{{Header: "组", Example: "3组", Rule: "村民小组"}, {Header: "门牌号", Example: "012"}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[int][]string{1: {"组", "门牌号"}, 2: {"3组", "012"}}, texts(t, out.Bytes())); diff != "" {
		t.Error(diff)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(roster))
	f.Add([]byte("\xff\xfea\x00,\x00b\x00"))
	f.Add([]byte("a;\"b\"\"\r\n\"\n"))
	f.Add(workbook(f, func(x *excelize.File) {
		x.SetCellValue("Sheet1", "A1", "组")
		x.MergeCell("Sheet1", "A1", "A3")
		x.SetCellValue("Sheet1", "C3", 12.5)
	}))
	f.Fuzz(func(t *testing.T, file []byte) {
		last := 0
		for row, err := range sheet.Read(file) {
			if err != nil {
				if _, ok := fault.As(err); !ok {
					t.Fatalf("not a fault: %v", err)
				}
				return
			}
			if row.Number <= last || len(row.Cells) == 0 || len(row.Cells) > sheet.MaxColumns {
				t.Fatalf("row %d after %d with %d cells", row.Number, last, len(row.Cells))
			}
			last = row.Number
		}
	})
}

func workbook(t testing.TB, fill func(*excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	fill(f)
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func zipOf(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, content := range parts {
		part, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		part.Write([]byte(content))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func unzip(t *testing.T, file []byte) map[string]string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for _, f := range r.File {
		var content bytes.Buffer
		part, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content.ReadFrom(part)
		parts[f.Name] = content.String()
	}
	return parts
}
