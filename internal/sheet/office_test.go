package sheet_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"hufen/internal/calendar"
	"hufen/internal/fault"
	"hufen/internal/sheet"
)

// Excel writes characters that XML has no place for as _x000D_: a name pasted
// with its line end must not become 张三_x000D_.
func TestRead_EscapedCharacters(t *testing.T) {
	book := unzip(t, workbook(t, func(f *excelize.File) {
		f.SetCellValue("Sheet1", "A1", "shared")
		f.SetCellValue("Sheet1", "B1", "x")
	}))
	book["xl/sharedStrings.xml"] = `<sst><si><t>张三_x000D_&#10;</t></si><si><t>_x005F_x0041_ _x00e9_ _x12_</t></si></sst>`
	got := texts(t, zipOf(t, book))
	if diff := cmp.Diff(map[int][]string{1: {"张三", "_x0041_ é _x12_"}}, got); diff != "" {
		t.Error(diff)
	}
}

// A cell that shows 2026年10月 holds the first of October; it means the month.
func TestRead_DateShownAsMonth(t *testing.T) {
	file := workbook(t, func(f *excelize.File) {
		for i, code := range []string{`yyyy"年"m"月"`, "yyyy-mm", "mmm-yy", "[$-804]yyyy/m;@", "yyyy-mm-dd", "m/d/yy h:mm", "mm:ss"} {
			style, _ := f.NewStyle(&excelize.Style{CustomNumFmt: &code})
			cell := fmt.Sprintf("%c1", 'A'+i)
			f.SetCellValue("Sheet1", cell, time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC))
			f.SetCellStyle("Sheet1", cell, cell, style)
		}
		built, _ := f.NewStyle(&excelize.Style{NumFmt: 17})
		f.SetCellValue("Sheet1", "A2", time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC))
		f.SetCellStyle("Sheet1", "A2", "A2", built)
		f.SetCellValue("Sheet1", "B2", time.Date(2026, 10, 7, 0, 0, 0, 0, time.UTC))
		f.SetCellStyle("Sheet1", "B2", "B2", built)
	})
	want := map[int][]string{
		1: {"2026-10", "2026-10", "2026-10", "2026-10", "2026-10-01", "2026-10-01", "2026-10-01"},
		2: {"2026-10", "2026-10-07"},
	}
	if diff := cmp.Diff(want, texts(t, file)); diff != "" {
		t.Error(diff)
	}
	day, ok := sheet.Cell{Text: "2026-10", Kind: sheet.Date}.Day()
	if !ok || day != calendar.Day(20261001) {
		t.Error(day, ok)
	}
}

func TestOpen_SeveralSheets(t *testing.T) {
	opened, err := sheet.Open(workbook(t, func(f *excelize.File) {
		f.NewSheet("老表")
		f.NewSheet("户册")
		f.SetSheetVisible("老表", false)
		f.SetCellValue("户册", "A1", "here")
	}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Sheet1", "户册"}, opened.Names()); diff != "" {
		t.Fatal(diff)
	}
	for row, err := range opened.Rows(1) {
		if err != nil || row.Text(0) != "here" {
			t.Error(row, err)
		}
	}
}

// Millions of empty texts unpack to little and take gigabytes once they are read.
func TestRead_BombOfTexts(t *testing.T) {
	book := unzip(t, workbook(t, func(f *excelize.File) { f.SetCellValue("Sheet1", "A1", "x") }))
	strs, rows := strings.Repeat("<si/>", 1_900_000), book["xl/worksheets/sheet1.xml"]
	book["xl/sharedStrings.xml"] = "<sst>" + strs + strings.Repeat("<si><t>"+strings.Repeat("长", 100)+"</t></si>", 10) + "</sst>"
	if _, err := tryTexts(zipOf(t, book)); err != nil {
		t.Errorf("many texts: %v", err)
	}
	book["xl/sharedStrings.xml"] = "<sst>" + strs + strings.Repeat("<si/>", 200_000) + "</sst>"
	if _, err := tryTexts(zipOf(t, book)); !fault.Is(err, "sheet.bomb") {
		t.Errorf("too many texts: %v", err)
	}
	delete(book, "xl/sharedStrings.xml")
	book["xl/worksheets/sheet1.xml"] = strings.Replace(rows, "<sheetData>", "<sheetData><row>"+strings.Repeat("<c/>", 15_100_000)+"</row>", 1)
	if _, err := tryTexts(zipOf(t, book)); !fault.Is(err, "sheet.bomb") {
		t.Errorf("too many cells: %v", err)
	}
}

// Offices' systems hand out web pages named .xls.
func TestRead_WebPageNamedXLS(t *testing.T) {
	for _, file := range []string{
		"<html><table><tr><td>门牌号</td></tr></table></html>", "\ufeff\r\n<!DOCTYPE html>", "<?xml version=\"1.0\"?><Workbook/>", "%PDF-1.4\n1 0 obj", "<TABLE border=1>",
	} {
		if _, err := tryTexts([]byte(file)); !fault.Is(err, "sheet.disguised") {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestDigits_FullWidth(t *testing.T) {
	if digits, ok, _ := sheet.Digits("５１１７０２１０１２０１"); !ok || digits != "511702101201" {
		t.Error(digits, ok)
	}
	if n, ok := sheet.Integer("４"); !ok || n != 4 {
		t.Error(n, ok)
	}
	if day, ok := (sheet.Cell{Text: "２０２６年７月１日"}).Day(); !ok || day != 20260701 {
		t.Error(day, ok)
	}
}

// Systems that hand out CSV keep zeros and telephones whole by such marks.
func TestRead_CSVMarkedAsText(t *testing.T) {
	got := texts(t, []byte("=\"0012\",'0013,\"=\"\"13812345678\"\"\",=1+1,\"=\"\"a\"\"&\"\"b\"\"\", =\"x\" ,'\n"))
	if diff := cmp.Diff(map[int][]string{1: {"0012", "0013", "13812345678", "=1+1", `="a"&"b"`, "x"}}, got); diff != "" {
		t.Error(diff)
	}
}
