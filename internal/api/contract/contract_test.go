package contract

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"hufen/internal/fault"
	"hufen/internal/i18n"
)

func document(t testing.TB) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func open(t testing.TB) *Contract {
	t.Helper()
	c, err := New(document(t))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDocument(t *testing.T) {
	doc := document(t)
	if err := doc.Validate(t.Context()); err != nil {
		t.Error(err)
	}
	for path, item := range doc.Paths.Map() {
		for method, o := range item.Operations() {
			if scopeOf(o) == nil {
				t.Errorf("%s %s has no x-scope", method, path)
			}
			if o.OperationID == "" || o.Summary == "" || len(o.Tags) != 1 {
				t.Errorf("%s %s needs an operationId, a summary and one tag", method, path)
			}
		}
	}
}

func TestScope_Doctored(t *testing.T) {
	for name, extension := range map[string]any{
		"absent":   nil,
		"text":     "public",
		"no roles": map[string]any{"within": "division"},
		"empty":    map[string]any{"roles": []string{}},
	} {
		doc := document(t)
		doc.Paths.Value("/households").Get.Extensions["x-scope"] = extension
		c, err := New(doc)
		if err != nil {
			t.Fatal(err)
		}
		if s := c.Operation("listHouseholds").Scope; s != nil {
			t.Errorf("%s: scope %v, want none", name, s)
		}
	}
}

func TestNew_UnknownKeyword(t *testing.T) {
	doc := document(t)
	doc.Components.Schemas["NewCard"].Value.Properties["consent"].Value.Nullable = true
	if _, err := New(doc); err == nil {
		t.Error("a keyword nobody checks was accepted")
	}
}

const (
	newHousehold = `{"id":"0198a0b0-0000-7000-8000-000000000001","division_id":"0198a0b0-0000-7000-8000-000000000002",` +
		`"house_number":"3组12号","head_name":"𠮷㛃","member_count":4,"from":"2026-07-14"}`
	newDropOff = `{"id":"0198a0b0-0000-7000-8000-000000000003","card_code":"0123456789ABCDEFGH","happened_at":"2026-07-14T06:30:00.123Z",` +
		`"point_id":"0198a0b0-0000-7000-8000-000000000004","items":[{"item":"kitchen","grams":3600,"grade":"excellent"},{"item":"bags","pieces":50}]}`
)

func TestCheckBody(t *testing.T) {
	c := open(t)
	edit := func(body, old, with string) string {
		if !strings.Contains(body, old) {
			t.Fatalf("%q is not in the body", old)
		}
		return strings.Replace(body, old, with, 1)
	}
	tests := []struct{ name, operation, body, want string }{
		{"OK", "createHousehold", newHousehold, ""},
		{"OK/Space", "createHousehold", " \n" + edit(newHousehold, ",", " ,\t") + "\r\n", ""},
		{"OK/Escapes", "createHousehold", edit(newHousehold, "𠮷", `\ud842\udfb7\n\u4e00`), ""},
		{"OK/EscapedName", "createHousehold", edit(newHousehold, `"id"`, `"\u0069d"`), ""},
		{"OK/DropOff", "createDropOff", newDropOff, ""},
		{"Empty", "createHousehold", "", "request.malformed"},
		{"Truncated", "createHousehold", newHousehold[:60], "request.malformed"},
		{"TrailingComma", "createHousehold", edit(newHousehold, "}", ",}"), "request.malformed"},
		{"Trailing", "createHousehold", newHousehold + "{}", "request.malformed"},
		{"NaN", "createHousehold", edit(newHousehold, ":4", ":NaN"), "request.malformed"},
		{"Infinity", "createHousehold", edit(newHousehold, ":4", ":-Infinity"), "request.malformed"},
		{"LeadingZero", "createHousehold", edit(newHousehold, ":4", ":04"), "request.malformed"},
		{"SingleQuotes", "createHousehold", strings.ReplaceAll(newHousehold, `"`, `'`), "request.malformed"},
		{"NotUTF8", "createHousehold", edit(newHousehold, "𠮷", "\xd5\xc5"), "request.malformed"},
		{"BadEscape", "createHousehold", edit(newHousehold, "𠮷", `\x`), "request.malformed"},
		{"RawControl", "createHousehold", edit(newHousehold, "𠮷", "\n"), "request.malformed"},
		{"Deep", "createHousehold", edit(newHousehold, ":4", ":"+strings.Repeat("[", 100000)), "request.malformed"},
		{"NUL", "createHousehold", edit(newHousehold, "𠮷", `\u0000`), "/head_name rule.control_character"},
		{"ReadsBackwards", "createHousehold", edit(newHousehold, "𠮷", `\u202e`), "/head_name rule.control_character"},
		{"Array", "createHousehold", "[" + newHousehold + "]", " rule.object"},
		{"Null", "createHousehold", "null", " rule.object"},
		{"Float", "createHousehold", edit(newHousehold, ":4", ":4.0"), "/member_count rule.integer"},
		{"Exponent", "createHousehold", edit(newHousehold, ":4", ":1e1"), "/member_count rule.integer"},
		{"Overflow", "createDropOff", edit(newDropOff, "3600", "99999999999999999999"), "/items/0/grams rule.integer"},
		{"TextForNumber", "createHousehold", edit(newHousehold, ":4", `:"4"`), "/member_count rule.integer"},
		{"NullForNumber", "createHousehold", edit(newHousehold, ":4", ":null"), "/member_count rule.integer"},
		{"Min", "createHousehold", edit(newHousehold, ":4", ":0"), "/member_count rule.min"},
		{"Max", "createHousehold", edit(newHousehold, ":4", ":31"), "/member_count rule.max"},
		{"Missing", "createHousehold", edit(newHousehold, `"head_name":"𠮷㛃",`, ""), "/head_name rule.required"},
		{"Unknown", "createHousehold", edit(newHousehold, `"from"`, `"a/b~c":{"x":[1,true,null,"\""]},"from"`), "/a~1b~0c rule.unknown_field"},
		{"OtherCase", "createHousehold", edit(newHousehold, `"from"`, `"FROM"`), "/FROM rule.unknown_field"},
		{"Twice", "createHousehold", edit(newHousehold, `"from"`, `"member_count":5,"from"`), "/member_count rule.repeated"},
		{"TooShort", "createHousehold", edit(newHousehold, "𠮷㛃", ""), "/head_name rule.min_length"},
		{"TooLong", "createHousehold", edit(newHousehold, "𠮷㛃", strings.Repeat("𠮷", 61)), "/head_name rule.max_length"},
		{"Day", "createHousehold", edit(newHousehold, "2026-07-14", "2026-02-30"), "/from rule.day"},
		{"UUID", "createHousehold", edit(newHousehold, "0198a0b0-", "0198a0b0"), "/id rule.uuid"},
		{"ZeroUUID", "createHousehold", edit(newHousehold, "0198a0b0-0000-7000-8000-000000000001", "00000000-0000-0000-0000-000000000000"), "/id rule.uuid"},
		{"Instant", "createDropOff", edit(newDropOff, "06:30:00.123Z", "6:30:00Z"), "/happened_at rule.date_time"},
		{"InstantComma", "createDropOff", edit(newDropOff, "00.123Z", "00,123Z"), "/happened_at rule.date_time"},
		{"Choice", "createDropOff", edit(newDropOff, `"excellent"`, `"Excellent"`), "/items/0/grade rule.choice"},
		{"NoItems", "createDropOff", newDropOff[:strings.Index(newDropOff, "[")] + "[]}", "/items rule.min_items"},
		{"Pattern", "setPin", `{"pin":"12a4"}`, "/pin rule.pattern"},
		{"PatternNewline", "setPin", `{"pin":"1234\n"}`, "/pin rule.pattern"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := shape(c.Operation(test.operation).CheckBody("application/json", []byte(test.body))); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// shape writes a fault as its code, or its details as "pointer code".
func shape(err error) string {
	f, ok := fault.As(err)
	if !ok {
		return ""
	}
	var parts []string
	for _, d := range f.Details {
		parts = append(parts, d.Pointer+" "+d.Code)
	}
	if parts == nil {
		return f.Code
	}
	return strings.Join(parts, ", ")
}

func TestCheckBody_ManyFaults(t *testing.T) {
	body := `{"drop_offs":[` + strings.Repeat(`{},`, 600) + `{}]}`
	err := open(t).Operation("createDropOffs").CheckBody("application/json", []byte(body))
	f, _ := fault.As(err)
	if len(f.Details) != maxFaults {
		t.Errorf("%d faults, want the first %d", len(f.Details), maxFaults)
	}
}

func TestCheckParameters(t *testing.T) {
	c := open(t)
	const one = "0198a0b0-0000-7000-8000-000000000001"
	tests := []struct{ name, operation, path, query, want string }{
		{"OK", "listHouseholds", "", "limit=200&closed=true&q=%E5%BC%A0&division=" + one, ""},
		{"OK/Unknown", "listHouseholds", "", "utm=1", ""},
		{"OK/List", "printCards", "", "household=" + one + "&household=" + one, ""},
		{"Limit", "listHouseholds", "", "limit=201", "?limit rule.max"},
		{"LimitText", "listHouseholds", "", "limit=1.5", "?limit rule.integer"},
		{"Twice", "listHouseholds", "", "limit=1&limit=2", "?limit rule.repeated"},
		{"Boolean", "listHouseholds", "", "closed=1", "?closed rule.boolean"},
		{"UUID", "listHouseholds", "", "division=1", "?division rule.uuid"},
		{"Two", "listHouseholds", "", "division=1&limit=0", "?division rule.uuid, ?limit rule.min"},
		{"Required", "getReduction", "", "from=2026-07", "?to rule.required"},
		{"Month", "getReduction", "", "from=2026-13&to=2026-07", "?from rule.month"},
		{"Choice", "getReduction", "", "from=2026-06&to=2026-07&format=pdf", "?format rule.choice"},
		{"ListItem", "printCards", "", "household=" + one + "&household=x", "?household rule.uuid"},
		{"TooMany", "printCards", "", strings.Repeat("household="+one+"&", 201), "?household rule.max_items"},
		{"Path", "getHousehold", one, "", ""},
		{"PathUpper", "getHousehold", strings.ToUpper(one), "", ""},
		{"PathNoID", "getHousehold", "1%20OR%201", "", "request.unknown_route"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			query, err := url.ParseQuery(test.query)
			if err != nil {
				t.Fatal(err)
			}
			path := func(string) string { return test.path }
			if got := shape(c.Operation(test.operation).CheckParameters(path, query)); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestCheckForm(t *testing.T) {
	o := open(t).Operation("createImport")
	form := url.Values{"id": {"0198a0b0-0000-7000-8000-000000000001"}, "kind": {"households"}, "file": {""}}
	if err := o.CheckForm(form); err != nil {
		t.Error(err)
	}
	form.Set("kind", "people")
	form.Del("file")
	if got := shape(o.CheckForm(form)); got != "/file rule.required, /kind rule.choice" {
		t.Errorf("got %q", got)
	}
}

func TestMediaType(t *testing.T) {
	o := open(t).Operation("createHousehold")
	for contentType, want := range map[string]bool{
		"application/json":                     true,
		"application/json; charset=utf-8":      true,
		"Application/JSON; charset=\"UTF-8\"":  true,
		"application/json; charset=gbk":        false,
		"text/json":                            false,
		"application/x-www-form-urlencoded":    false,
		"":                                     false,
		"application/json, application/json;x": false,
	} {
		if _, ok := o.MediaType(contentType); ok != want {
			t.Errorf("%q: %v, want %v", contentType, ok, want)
		}
	}
}

func TestSentences(t *testing.T) {
	for _, f := range wrongType {
		if !i18n.Known(f.Code) {
			t.Errorf("no sentence for %s", f.Code)
		}
	}
	for format, check := range formats {
		if check != nil && !i18n.Known("rule."+strings.ReplaceAll(format, "-", "_")) {
			t.Errorf("no sentence for the format %s", format)
		}
	}
}

// FuzzCheckBody compares with kin-openapi and encoding/json: whatever passes
// here is JSON, is allowed by the contract, and has the same values there.
func FuzzCheckBody(f *testing.F) {
	doc, c := document(f), open(f)
	operations := map[string]*openapi3.Schema{}
	for _, item := range doc.Paths.Map() {
		for _, o := range item.Operations() {
			if o.RequestBody != nil && o.RequestBody.Value.Content["application/json"] != nil {
				operations[o.OperationID] = o.RequestBody.Value.Content["application/json"].Schema.Value
			}
		}
	}
	ids := sortedKeys(operations)
	for i, id := range ids {
		f.Add(uint8(i), sample(operations[id]))
	}
	f.Add(uint8(0), newDropOff)
	f.Add(uint8(0), `{"drop_offs":[`+newDropOff+`]}`)
	f.Fuzz(func(t *testing.T, which uint8, body string) {
		id := ids[int(which)%len(ids)]
		if c.Operation(id).CheckBody("application/json", []byte(body)) != nil {
			return
		}
		var value any
		if err := json.Unmarshal([]byte(body), &value); err != nil {
			t.Fatalf("%s: passed, but is not JSON: %v", id, err)
		}
		if err := operations[id].VisitJSON(value, openapi3.VisitAsRequest()); err != nil {
			t.Fatalf("%s: passed, but the contract says: %v", id, err)
		}
	})
}

// sample writes a body that a schema allows, with every field.
func sample(s *openapi3.Schema) string {
	switch s.Type.Slice()[0] {
	case "object":
		var fields []string
		for _, name := range sortedKeys(s.Properties) {
			fields = append(fields, `"`+name+`":`+sample(s.Properties[name].Value))
		}
		return "{" + strings.Join(fields, ",") + "}"
	case "array":
		return "[" + sample(s.Items.Value) + "]"
	case "integer", "number":
		return "1"
	case "boolean":
		return "true"
	}
	return `"` + sampleText(s) + `"`
}

func sampleText(s *openapi3.Schema) string {
	switch {
	case len(s.Enum) > 0:
		return s.Enum[0].(string)
	case s.Format == "uuid":
		return "0198a0b0-0000-7000-8000-000000000001"
	case s.Format == "date-time":
		return "2026-07-14T06:30:00Z"
	case s.Format == "day":
		return "2026-07-14"
	case s.Format == "month":
		return "2026-07"
	case strings.Contains(s.Pattern, `\d`):
		return "123456"
	}
	return strings.Repeat("a", max(1, int(s.MinLength)))
}

func TestSamples(t *testing.T) {
	doc, c := document(t), open(t)
	for _, item := range doc.Paths.Map() {
		for _, o := range item.Operations() {
			if o.RequestBody == nil || o.RequestBody.Value.Content["application/json"] == nil {
				continue
			}
			body := sample(o.RequestBody.Value.Content["application/json"].Schema.Value)
			if err := c.Operation(o.OperationID).CheckBody("application/json", []byte(body)); err != nil {
				t.Errorf("%s: %v\n%s", o.OperationID, err, body)
			}
		}
	}
}

func BenchmarkCheckBody(b *testing.B) {
	doc, o := document(b), open(b).Operation("createDropOff")
	schema := doc.Components.Schemas["NewDropOff"].Value
	b.Run("here", func(b *testing.B) {
		for b.Loop() {
			if err := o.CheckBody("application/json", []byte(newDropOff)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("kin-openapi", func(b *testing.B) {
		for b.Loop() {
			var value any
			if err := json.Unmarshal([]byte(newDropOff), &value); err != nil {
				b.Fatal(err)
			}
			if err := schema.VisitJSON(value, openapi3.VisitAsRequest()); err != nil {
				b.Fatal(err)
			}
		}
	})
}
