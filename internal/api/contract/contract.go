// Package contract reads requests against openapi.yaml: who may call an
// operation, what its parameters and its body may be. What it lets pass the
// contract allows, which a fuzz test compares with kin-openapi; it is stricter
// where programs disagree about JSON (a name given twice, text after the end).
//
// It takes the place of openapi3filter on every request because that decodes a
// body into a tree of maps, walks it, and the handler decodes it again; one
// pass over the bytes costs a few microseconds and points at the same faults.
package contract

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/url"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"hufen/internal/fault"
)

// Contract is the document, made ready for checking requests.
type Contract struct {
	operations map[string]*Operation // by operationId
}

// Operation is what a caller may do at one address.
type Operation struct {
	ID     string
	Method string
	Path   string // as in the document, e.g. /households/{id}
	Tag    string
	Scope  *Scope // nil: nobody may call it

	// NeedsBody says that a request without a body is refused.
	NeedsBody bool

	parameters []parameter
	bodies     map[string]*rule // by media type
}

// Scope is the x-scope of an operation: who may call it, and what confines what
// they see. The roles are checked by the caller of this package, the confines
// in the use cases.
type Scope struct {
	Roles  []string `json:"roles"`
	Within string   `json:"within,omitempty"`
}

type parameter struct {
	name     string
	in       string // path or query
	required bool
	rule     *rule
}

// New makes the contract of a document. A request schema with a keyword that
// this package does not check is an error.
func New(doc *openapi3.T) (*Contract, error) {
	c := &Contract{operations: map[string]*Operation{}}
	for path, item := range doc.Paths.Map() {
		for method, o := range item.Operations() {
			operation, err := newOperation(method, path, o)
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", method, path, err)
			}
			c.operations[operation.ID] = operation
		}
	}
	return c, nil
}

// Operation returns the operation with an operationId, or nil.
func (c *Contract) Operation(id string) *Operation { return c.operations[id] }

// IDs returns every operationId in alphabetical order.
func (c *Contract) IDs() []string { return sortedKeys(c.operations) }

func newOperation(method, path string, o *openapi3.Operation) (*Operation, error) {
	operation := &Operation{ID: o.OperationID, Method: method, Path: path, Scope: scopeOf(o)}
	if len(o.Tags) > 0 {
		operation.Tag = o.Tags[0]
	}
	for _, p := range o.Parameters {
		r, err := compile(p.Value.Schema.Value)
		if err != nil {
			return nil, fmt.Errorf("parameter %s: %w", p.Value.Name, err)
		}
		operation.parameters = append(operation.parameters, parameter{p.Value.Name, p.Value.In, p.Value.Required, r})
	}
	if o.RequestBody == nil {
		return operation, nil
	}
	operation.NeedsBody = o.RequestBody.Value.Required
	return operation, operation.addBodies(o.RequestBody.Value.Content)
}

func (o *Operation) addBodies(content openapi3.Content) error {
	o.bodies = map[string]*rule{}
	for mediaType, body := range content {
		r, err := compile(body.Schema.Value)
		if err != nil {
			return fmt.Errorf("body %s: %w", mediaType, err)
		}
		o.bodies[mediaType] = r
	}
	return nil
}

// scopeOf reads x-scope; nil where an operation has none, or one that names
// nobody.
func scopeOf(o *openapi3.Operation) *Scope {
	raw, err := json.Marshal(o.Extensions["x-scope"])
	if err != nil {
		return nil
	}
	var s Scope
	if json.Unmarshal(raw, &s) != nil || len(s.Roles) == 0 {
		return nil
	}
	return &s
}

// HasBody reports whether the operation takes a request body.
func (o *Operation) HasBody() bool { return o.bodies != nil }

// MediaType returns which of the operation's media types a Content-Type names.
// It is false where the operation takes no such body.
func (o *Operation) MediaType(contentType string) (string, bool) {
	mediaType, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		return "", false
	}
	if charset := parameters["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") {
		return "", false
	}
	_, known := o.bodies[mediaType]
	return mediaType, known
}

// CheckParameters checks path and query parameters. A path parameter that
// cannot be one is a NotFound fault "request.unknown_route"; the others are
// Invalid, each pointing at ?name.
func (o *Operation) CheckParameters(path func(name string) string, query url.Values) error {
	var faults []*fault.Fault
	for i := range o.parameters {
		p := &o.parameters[i]
		if p.in == "path" {
			if p.rule.checkText(path(p.name)) != nil {
				return fault.New(fault.NotFound, "request.unknown_route")
			}
			continue
		}
		if f := p.check(query[p.name]); f != nil {
			faults = append(faults, f.At("?"+p.name))
		}
	}
	return asError(fault.Join(faults...))
}

// check checks the values given for a query parameter.
func (p *parameter) check(values []string) *fault.Fault {
	if len(values) == 0 {
		if p.required {
			return fault.New(fault.Invalid, "rule.required")
		}
		return nil
	}
	if p.rule.kind != array {
		if len(values) > 1 {
			return fault.New(fault.Invalid, "rule.repeated")
		}
		return p.rule.checkWord(values[0])
	}
	if len(values) > p.rule.maxItems {
		return fault.New(fault.Invalid, "rule.max_items", "max", p.rule.maxItems)
	}
	for _, value := range values {
		if f := p.rule.items.checkWord(value); f != nil {
			return f
		}
	}
	return nil
}

// checkWord checks a value that has no type of its own: a query parameter or
// the field of a form.
func (r *rule) checkWord(word string) *fault.Fault {
	switch r.kind {
	case text:
		return r.checkText(word)
	case integer:
		n, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			return fault.New(fault.Invalid, "rule.integer")
		}
		return r.checkInteger(n)
	case boolean:
		if word == "true" || word == "false" {
			return nil
		}
		return fault.New(fault.Invalid, "rule.boolean")
	}
	return fault.New(fault.Invalid, "rule.unexpected")
}

// CheckBody checks a JSON body; other bodies pass, their bytes are the use
// case's business. A body that is not JSON is a Malformed fault
// "request.malformed"; one that breaks rules is Invalid "request.invalid" with
// one detail for each.
func (o *Operation) CheckBody(mediaType string, body []byte) error {
	r := o.bodies[mediaType]
	if mediaType != "application/json" || r == nil {
		return nil
	}
	reader := reader{text: string(body)}
	return reader.document(r)
}

// CheckForm checks the fields of a multipart form; files are named with an
// empty value.
func (o *Operation) CheckForm(fields url.Values) error {
	r := o.bodies["multipart/form-data"]
	if r == nil {
		return nil
	}
	var faults []*fault.Fault
	for _, f := range r.order {
		values := fields[f.name]
		switch {
		case len(values) > 1:
			faults = append(faults, fault.New(fault.Invalid, "rule.repeated").At("/"+f.name))
		case len(values) == 1:
			if broken := f.rule.checkWord(values[0]); broken != nil {
				faults = append(faults, broken.At("/"+f.name))
			}
		case r.required&f.bit != 0:
			faults = append(faults, fault.New(fault.Invalid, "rule.required").At("/"+f.name))
		}
	}
	return asError(fault.Join(faults...))
}

// asError keeps a nil fault from becoming an error that is not nil.
func asError(f *fault.Fault) error {
	if f == nil {
		return nil
	}
	return f
}

// MediaTypes returns the media types of the operation's body.
func (o *Operation) MediaTypes() []string { return sortedKeys(o.bodies) }
