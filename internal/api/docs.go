package api

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"sort"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"

	"hufen/internal/api/contract"
)

//go:embed docs.html
var docsTemplate string

//go:embed docs.css
var docsStyle []byte

// routeDocs registers the contract as a page people can read and as the file
// programs can. The page is made once; it needs no script and nothing from
// elsewhere.
func (s *Server) routeDocs(e *echo.Echo, doc *openapi3.T) error {
	page, err := renderDocs(doc)
	if err != nil {
		return fmt.Errorf("render the documentation: %w", err)
	}
	e.GET("/api/docs", func(c echo.Context) error { return c.HTMLBlob(http.StatusOK, page) })
	e.GET("/api/docs.css", func(c echo.Context) error { return c.Blob(http.StatusOK, "text/css; charset=utf-8", docsStyle) })
	e.GET(prefix+"/openapi.yaml", func(c echo.Context) error { return c.Blob(http.StatusOK, "application/yaml", contractText) })
	return nil
}

// docsPage is what the template shows.
type docsPage struct {
	Title, Version, Description string
	Tags                        []docsTag
	Schemas                     []docsSchema
}

type docsTag struct {
	Name, Description string
	Operations        []docsOperation
}

type docsOperation struct {
	*contract.Operation
	Summary, Description string
	Parameters           []docsField
	Bodies               []docsBody
	Answers              []docsBody
}

// docsBody is a request or response body.
type docsBody struct {
	Status, MediaType, Description string
	Type                           template.HTML
	Example                        string
}

type docsSchema struct {
	Name   string
	Type   template.HTML
	Rules  string
	Fields []docsField
}

// docsField is a parameter or a property.
type docsField struct {
	Name, In           string
	Type               template.HTML
	Required           bool
	Rules, Description string
}

func renderDocs(doc *openapi3.T) ([]byte, error) {
	agreed, err := contract.New(doc)
	if err != nil {
		return nil, err
	}
	page := docsPage{Title: doc.Info.Title, Version: doc.Info.Version, Description: doc.Info.Description}
	for _, tag := range doc.Tags {
		page.Tags = append(page.Tags, docsTag{tag.Name, tag.Description, docsOperations(doc, agreed, tag.Name)})
	}
	for _, name := range sortedNames(doc.Components.Schemas) {
		page.Schemas = append(page.Schemas, newDocsSchema(name, doc.Components.Schemas[name].Value))
	}
	t, err := template.New("docs").Parse(docsTemplate)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, page)
	return b.Bytes(), err
}

func docsOperations(doc *openapi3.T, agreed *contract.Contract, tag string) []docsOperation {
	var list []docsOperation
	for _, item := range doc.Paths.Map() {
		for _, o := range item.Operations() {
			if slices.Contains(o.Tags, tag) {
				list = append(list, newDocsOperation(agreed.Operation(o.OperationID), o))
			}
		}
	}
	order := []string{"GET", "POST", "PUT", "PATCH", "DELETE"}
	sort.Slice(list, func(i, k int) bool {
		a, b := list[i], list[k]
		return a.Path < b.Path || a.Path == b.Path && slices.Index(order, a.Method) < slices.Index(order, b.Method)
	})
	return list
}

func newDocsOperation(agreed *contract.Operation, o *openapi3.Operation) docsOperation {
	d := docsOperation{Operation: agreed, Summary: o.Summary, Description: o.Description}
	for _, p := range o.Parameters {
		d.Parameters = append(d.Parameters, docsField{p.Value.Name, p.Value.In, typeOf(p.Value.Schema), p.Value.Required,
			rulesOf(p.Value.Schema.Value), p.Value.Description})
	}
	if o.RequestBody != nil {
		d.Bodies = docsBodies("", "", o.RequestBody.Value.Content, true)
	}
	for _, status := range sortedNames(o.Responses.Map()) {
		if status == "default" {
			continue
		}
		answer := o.Responses.Value(status).Value
		d.Answers = append(d.Answers, docsBodies(status, *answer.Description, answer.Content, false)...)
		if len(answer.Content) == 0 {
			d.Answers = append(d.Answers, docsBody{Status: status, Description: *answer.Description})
		}
	}
	return d
}

func docsBodies(status, description string, content openapi3.Content, example bool) []docsBody {
	var list []docsBody
	for _, mediaType := range sortedNames(content) {
		schema := content[mediaType].Schema
		body := docsBody{Status: status, MediaType: mediaType, Description: description, Type: typeOf(schema)}
		if example && mediaType == echo.MIMEApplicationJSON {
			body.Example = exampleOf(schema.Value, "")
		}
		list = append(list, body)
	}
	return list
}

func newDocsSchema(name string, s *openapi3.Schema) docsSchema {
	d := docsSchema{Name: name, Rules: strings.Trim(rulesOf(s)+" "+s.Description, " ")}
	if !s.Type.Is("object") && len(s.AllOf) == 0 {
		d.Type = typeOf(&openapi3.SchemaRef{Value: s})
	}
	for _, part := range append(openapi3.SchemaRefs{{Value: s}}, s.AllOf...) {
		for _, field := range sortedNames(part.Value.Properties) {
			p := part.Value.Properties[field]
			f := docsField{Name: field, Type: typeOf(p), Required: slices.Contains(part.Value.Required, field)}
			if p.Ref == "" {
				f.Rules, f.Description = rulesOf(p.Value), p.Value.Description
			}
			d.Fields = append(d.Fields, f)
		}
	}
	return d
}

// typeOf writes a type, with a link where it has a name.
func typeOf(ref *openapi3.SchemaRef) template.HTML {
	if name, named := strings.CutPrefix(ref.Ref, "#/components/schemas/"); named {
		name = template.HTMLEscapeString(name)
		return template.HTML(`<a href="#` + name + `">` + name + `</a>`)
	}
	s := ref.Value
	switch {
	case s.Type.Is("array"):
		return "list of " + typeOf(s.Items)
	case len(s.Enum) > 0:
		words := make([]string, len(s.Enum))
		for i, word := range s.Enum {
			words[i] = fmt.Sprint(word)
		}
		return template.HTML(template.HTMLEscapeString(strings.Join(words, " | ")))
	case s.Type == nil:
		return "object"
	case s.Type.Is("string") && s.Format != "":
		return template.HTML(template.HTMLEscapeString(s.Format))
	}
	return template.HTML(template.HTMLEscapeString(strings.Join(s.Type.Slice(), ", ")))
}

// rulesOf writes the bounds of a value in short: 1–30, at most 60 characters.
func rulesOf(s *openapi3.Schema) string {
	var rules []string
	add := func(format string, args ...any) { rules = append(rules, fmt.Sprintf(format, args...)) }
	if s.Min != nil {
		add("≥ %.10g", *s.Min)
	}
	if s.Max != nil {
		add("≤ %.10g", *s.Max)
	}
	if s.MinLength > 0 {
		add("≥ %d characters", s.MinLength)
	}
	if s.MaxLength != nil {
		add("≤ %d characters", *s.MaxLength)
	}
	if s.MinItems > 0 {
		add("≥ %d items", s.MinItems)
	}
	if s.MaxItems != nil {
		add("≤ %d items", *s.MaxItems)
	}
	if s.Pattern != "" {
		add("%s", s.Pattern)
	}
	if s.Default != nil {
		add("default %v", s.Default)
	}
	return strings.Join(rules, ", ")
}

// exampleOf writes a body with the fields a schema requires, and the rest where
// there is none.
func exampleOf(s *openapi3.Schema, indent string) string {
	switch {
	case s.Type.Is("object"):
		var lines []string
		for _, name := range sortedNames(s.Properties) {
			if len(s.Required) == 0 || slices.Contains(s.Required, name) {
				lines = append(lines, fmt.Sprintf("%s  %q: %s", indent, name, exampleOf(s.Properties[name].Value, indent+"  ")))
			}
		}
		return "{\n" + strings.Join(lines, ",\n") + "\n" + indent + "}"
	case s.Type.Is("array"):
		return "[" + exampleOf(s.Items.Value, indent) + "]"
	case s.Type.Is("boolean"):
		return "true"
	case s.Type.Is("string"):
		return `"` + exampleText(s) + `"`
	case s.Min != nil:
		return fmt.Sprintf("%.10g", *s.Min)
	}
	return "1200"
}

func exampleText(s *openapi3.Schema) string {
	byFormat := map[string]string{
		"uuid": "0198a0b0-7c3e-7d31-9f52-3b1f0c6a2e11", "date-time": "2026-07-14T06:30:00Z", "day": "2026-07-14", "month": "2026-07",
	}
	switch {
	case len(s.Enum) > 0:
		return fmt.Sprint(s.Enum[0])
	case byFormat[s.Format] != "":
		return byFormat[s.Format]
	case strings.Contains(s.Pattern, `\d`):
		return "123456"
	}
	return "…"
}

func sortedNames[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
