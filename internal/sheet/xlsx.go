package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"

	"hufen/internal/fault"
)

// Bounds of what an .xlsx may unpack to. Real sheets compress 5 to 30 times.
const (
	maxParts    = 2000
	maxUnpacked = 300 << 20
	maxRatio    = 200      // of a part larger than ratioFrom
	ratioFrom   = 10 << 20 // bytes unpacked
	maxTag      = 256 << 10
	maxTokens   = 30_000_000 // tags and texts of a part
	maxStrings  = 2_000_000  // texts that cells refer to
	maxText     = 64 << 20   // bytes of those texts
)

// book is an opened .xlsx.
type book struct {
	parts    map[string]*zip.File
	sheets   []part // those that are not hidden, or the first one
	strings  []string
	formats  []format // of the cell styles
	from1904 bool
}

// part is a sheet's name and where its rows are.
type part struct{ name, file string }

// format is how a cell style shows a number.
type format uint8

const (
	asNumber format = iota
	asDate
	asMonth // a date without its day: 2026年7月
)

func openXLSX(file []byte) (*File, error) {
	archive, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, fault.New(fault.Invalid, "sheet.truncated").Because(err)
	}
	if err := checkSizes(archive); err != nil {
		return nil, err
	}
	b := &book{parts: make(map[string]*zip.File, len(archive.File))}
	for _, part := range archive.File {
		b.parts[strings.TrimPrefix(part.Name, "/")] = part
	}
	main, err := b.mainPart()
	if err != nil {
		return nil, err
	}
	if err := b.load(main); err != nil {
		return nil, err
	}
	opened := &File{}
	for _, s := range b.sheets {
		opened.names = append(opened.names, s.name)
		opened.reads = append(opened.reads, func(take func(Row) error) error { return b.readRows(s.file, take) })
	}
	return opened, nil
}

// checkSizes refuses a zip bomb by what its directory declares; what is
// unpacked is counted too, so that the directory may not lie.
func checkSizes(archive *zip.Reader) error {
	if len(archive.File) > maxParts {
		return fault.New(fault.Invalid, "sheet.bomb")
	}
	var sum uint64
	for _, part := range archive.File {
		if part.UncompressedSize64 > maxUnpacked {
			return fault.New(fault.Invalid, "sheet.bomb")
		}
		sum += part.UncompressedSize64
		if part.UncompressedSize64 > ratioFrom && part.UncompressedSize64 > maxRatio*part.CompressedSize64 {
			return fault.New(fault.Invalid, "sheet.bomb")
		}
	}
	if sum > maxUnpacked {
		return fault.New(fault.Invalid, "sheet.bomb")
	}
	return nil
}

// mainPart returns the workbook's name, which is xl/workbook.xml in all but
// odd files.
func (b *book) mainPart() (string, error) {
	if b.parts["xl/workbook.xml"] != nil {
		return "xl/workbook.xml", nil
	}
	if b.parts["_rels/.rels"] == nil {
		return "", fault.New(fault.Invalid, "sheet.not_xlsx")
	}
	name := ""
	err := b.tags("_rels/.rels", func(tag xml.StartElement) {
		if strings.HasSuffix(attr(tag, "Type"), "/officeDocument") {
			name = strings.TrimPrefix(attr(tag, "Target"), "/")
		}
	})
	if err == nil && (b.parts[name] == nil || !strings.HasSuffix(name, ".xml")) {
		err = fault.New(fault.Invalid, "sheet.not_xlsx")
	}
	return name, err
}

// load reads everything but the rows.
func (b *book) load(main string) error {
	targets := map[string]string{} // relation id to part
	var sharedStrings, styles string
	relations := path.Join(path.Dir(main), "_rels", path.Base(main)+".rels")
	err := b.tags(relations, func(tag xml.StartElement) {
		target := attr(tag, "Target")
		if strings.HasPrefix(target, "/") {
			target = strings.TrimPrefix(target, "/")
		} else {
			target = path.Join(path.Dir(main), target)
		}
		targets[attr(tag, "Id")] = target
		switch kind := attr(tag, "Type"); {
		case strings.HasSuffix(kind, "/sharedStrings"):
			sharedStrings = target
		case strings.HasSuffix(kind, "/styles"):
			styles = target
		}
	})
	if err != nil {
		return err
	}
	if err := b.loadSheets(main, targets); err != nil {
		return err
	}
	return errors.Join(b.loadStrings(sharedStrings), b.loadStyles(styles))
}

// loadSheets finds the sheets that people see; where all are hidden, the first.
// Charts are none.
func (b *book) loadSheets(main string, targets map[string]string) error {
	var hidden []part
	err := b.tags(main, func(tag xml.StartElement) {
		switch tag.Name.Local {
		case "workbookPr":
			b.from1904 = attr(tag, "date1904") == "1" || attr(tag, "date1904") == "true"
		case "sheet":
			found := part{attr(tag, "name"), targets[attr(tag, "id")]}
			switch state := attr(tag, "state"); {
			case b.parts[found.file] == nil || strings.Contains(found.file, "chartsheets/"):
			case state == "" || state == "visible":
				b.sheets = append(b.sheets, found)
			default:
				hidden = append(hidden, found)
			}
		}
	})
	if len(b.sheets) == 0 {
		b.sheets = hidden[:min(1, len(hidden))]
	}
	if err == nil && len(b.sheets) == 0 {
		err = fault.New(fault.Invalid, "sheet.not_xlsx")
	}
	return err
}

// loadStrings reads the texts that cells refer to by number. Phonetic hints are
// not part of a text.
func (b *book) loadStrings(name string) error {
	if b.parts[name] == nil {
		return nil
	}
	var text strings.Builder
	inText, inHint, left := false, false, maxText
	return b.tokens(name, func(token xml.Token) error {
		switch t := token.(type) {
		case xml.StartElement:
			inHint = inHint || t.Name.Local == "rPh"
			inText = t.Name.Local == "t" && !inHint
		case xml.EndElement:
			inText = false
			switch t.Name.Local {
			case "rPh":
				inHint = false
			case "si":
				if left -= text.Len(); left < 0 || len(b.strings) == maxStrings {
					return fault.New(fault.Invalid, "sheet.bomb")
				}
				b.strings = append(b.strings, unescape(text.String()))
				text.Reset()
			}
		case xml.CharData:
			if inText {
				text.Write(t)
			}
		}
		return nil
	})
}

// loadStyles finds out how the cell styles show a number.
func (b *book) loadStyles(name string) error {
	if b.parts[name] == nil {
		return nil
	}
	custom := map[string]format{}
	inCells := false
	return b.tokens(name, func(token xml.Token) error {
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "numFmt":
				custom[attr(t, "numFmtId")] = readFormat(attr(t, "formatCode"))
			case "cellXfs":
				inCells = true
			case "xf":
				if inCells {
					number := attr(t, "numFmtId")
					own, ok := custom[number]
					if !ok {
						own = builtIn(number)
					}
					b.formats = append(b.formats, own)
				}
			}
		case xml.EndElement:
			inCells = inCells && t.Name.Local != "cellXfs"
		}
		return nil
	})
}

// builtIn knows the numbers of formats that files need not define (ECMA-376
// part 1 §18.8.30, with the East Asian ones).
func builtIn(number string) format {
	n, _ := strconv.Atoi(number)
	switch {
	case n == 17 || n == 55 || n == 57:
		return asMonth
	case n >= 14 && n <= 22 || n >= 27 && n <= 36 || n >= 45 && n <= 47 || n >= 50 && n <= 58:
		return asDate
	}
	return asNumber
}

// readFormat looks for the letters of a date or time outside quotes, escapes and
// colours.
func readFormat(code string) format {
	letters := ""
	inQuotes, inBrackets, escaped := false, false, false
	code, _, _ = strings.Cut(strings.ToLower(code), ";")
	for _, r := range code {
		switch {
		case escaped:
			escaped = false
		case inQuotes:
			inQuotes = r != '"'
		case inBrackets:
			inBrackets = r != ']'
		case r == '\\' || r == '_' || r == '*':
			escaped = true
		case r == '"':
			inQuotes = true
		case r == '[':
			inBrackets = true
		case strings.ContainsRune("ymdhs", r):
			letters += string(r)
		}
	}
	switch {
	case letters == "" || strings.HasPrefix(code, "general"):
		return asNumber
	case strings.Contains(letters, "y") && strings.Contains(letters, "m") && !strings.ContainsAny(letters, "dhs"):
		return asMonth
	}
	return asDate
}

// tags hands every opening tag of a part to look.
func (b *book) tags(name string, look func(xml.StartElement)) error {
	return b.tokens(name, func(token xml.Token) error {
		if tag, ok := token.(xml.StartElement); ok {
			look(tag)
		}
		return nil
	})
}

// tokens reads a part as XML. A missing part is no workbook, a damaged one a
// truncated file.
func (b *book) tokens(name string, look func(xml.Token) error) error {
	part := b.parts[name]
	if part == nil {
		return fault.New(fault.Invalid, "sheet.not_xlsx")
	}
	content, err := part.Open()
	if err != nil {
		return fault.New(fault.Invalid, "sheet.not_xlsx").Because(err)
	}
	defer content.Close()
	decoder := xml.NewDecoder(&bounded{from: content, left: maxUnpacked})
	for left := maxTokens; ; left-- {
		token, err := decoder.RawToken()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return damaged(err)
		}
		if left == 0 {
			return fault.New(fault.Invalid, "sheet.bomb")
		}
		if err := look(token); err != nil {
			return err
		}
	}
}

func damaged(err error) error {
	if f, ok := fault.As(err); ok {
		return f
	}
	return fault.New(fault.Invalid, "sheet.truncated").Because(err)
}

func attr(tag xml.StartElement, name string) string {
	for _, a := range tag.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// bounded ends a part that unpacks to more than it may, and one whose text
// between two tags is longer than any cell: the XML reader would gather it in
// memory.
type bounded struct {
	from io.Reader
	left int
	run  int // bytes since the last tag began
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	b.left -= n
	if at := bytes.LastIndexByte(p[:n], '<'); at >= 0 {
		b.run = n - at
	} else {
		b.run += n
	}
	if b.left < 0 || b.run > maxTag {
		return 0, fault.New(fault.Invalid, "sheet.bomb")
	}
	return n, err
}
