package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"hufen/internal/calendar"
	"hufen/internal/id"
	"hufen/internal/proof"
)

// promise is a write under an id that the client makes: the same again is answered
// like the first, anything else under its id is refused.
type promise struct {
	operation string
	by        *browser
	path      string
	body      string         // without its id
	others    map[string]any // JSON pointers with another value, nil to leave it out, or a changes
	elsewhere string         // the path of another object, if the path names one
}

// changes are several that only make sense together.
type changes map[string]any

// notContent are fields by which somebody proves a right; what was done does not
// depend on them, and comparing them would let somebody try out what they are.
var notContent = map[string]bool{
	"createRedemption /pin": true, "createRedemption /confirmation": true,
}

// once are operations whose answer is a secret that is told once.
var once = map[string]string{"createApiKey": "key.shown"}

// askedOnly does nothing that could be done twice.
var askedOnly = map[string]bool{"previewHouseholdChange": true}

// Under an id that was used, the same content is answered like the first time and
// every other content is refused, in every operation and every field of the
// contract.
func TestIDReused(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		w := newPromises(t, h)
		seen := make(map[string]bool)
		for _, p := range w.promises() {
			w.keeps(p)
			for pointer, value := range p.others {
				seen[p.operation+" "+pointer] = true
				if together, ok := value.(changes); ok {
					for pointer := range together {
						seen[p.operation+" "+pointer] = true
					}
				}
			}
			seen[p.operation] = true
		}
		for _, missing := range untried(t, seen) {
			t.Errorf("nobody tried %s", missing)
		}
		report, err := proof.Verify(t.Context(), h.server.DB)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range report.Findings {
			t.Errorf("verify: %s %s: %s", f.Check, f.ID, f.Text)
		}
	})
}

// What was changed since is no other content: the first request, sent again, is
// answered with what it made as it is now.
func TestIDReused_ChangedSince(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		w := newPromises(t, h)
		tomorrow := w.today.AddDays(1)
		for _, c := range []struct {
			by            *browser
			path, body    string
			method, later string // of the path below path, or of what was made
			change        string
		}{
			{w.cadre, "/households", fmt.Sprintf(`"division_id":%q,"house_number":"401","head_name":"张芳","member_count":3,"consent":true`, h.village.ID),
				"PATCH", "", fmt.Sprintf(`{"house_number":"402","member_count":4,"from":%q}`, tomorrow.AddDays(-1))},
			{w.official, "/shops", fmt.Sprintf(`"division_id":%q,"name":"旧名"`, h.town.ID), "PATCH", "", `{"name":"新名"}`},
			{w.official, "/shops/" + w.shop.String() + "/goods", `"name":"牙膏","unit":"支","points":500,"stock":10`, "PATCH", "/goods", `{"name":"牙膏2","unit":"盒","points":600}`},
			{w.cadre, "/cards", fmt.Sprintf(`"household_id":%q,"pin":"2468"`, w.made(w.cadre, "/households", `"division_id":%q,"house_number":"403","head_name":"张芳","member_count":3`, h.village.ID)),
				"POST", "revoke", `{"reason":"丢了"}`},
		} {
			madeID := id.New()
			body := fmt.Sprintf(`{"id":%q,%s}`, madeID, c.body)
			c.by.does("POST", c.path, body, 201, nil)
			path := c.path + "/" + madeID.String()
			switch c.later {
			case "/goods":
				path = "/goods/" + madeID.String()
			case "revoke":
				path += "/revoke"
			}
			c.by.does(c.method, path, c.change, 200, nil)
			c.by.does("POST", c.path, body, 200, nil)
		}
		cardID, homeID := id.New(), w.made(w.cadre, "/households", `"division_id":%q,"house_number":"404","head_name":"张芳","member_count":3`, h.village.ID)
		body := fmt.Sprintf(`{"id":%q,"household_id":%q,"pin":"2468"}`, cardID, homeID)
		w.cadre.does("POST", "/cards", body, 201, nil)
		w.cadre.does("PUT", "/households/"+homeID.String()+"/pin", `{"pin":"1357"}`, 204, nil)
		w.cadre.does("POST", "/cards", body, 200, nil)

		ticket := fmt.Sprintf(`{"id":%q,"village_id":%q,"station":"站","ticket_number":"9","category":"residual","day":%q,"buckets":2}`, id.New(), h.village.ID, w.today)
		var first, again WeighIn
		w.cadre.does("POST", "/weigh-ins", ticket, 201, &first)
		w.made(w.official, "/settings", `"division_id":%q,"name":"bucket_density_kg_per_m3","value":300,"valid_from":%q`, h.town.ID, w.today)
		w.cadre.does("POST", "/weigh-ins", ticket, 200, &again)
		if again.NetGrams != first.NetGrams {
			t.Errorf("the buckets weighed %d g, then %d g", first.NetGrams, again.NetGrams)
		}
	})
}

// An import is the same only with the same kind, place, columns and file.
func TestIDReused_Import(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		w := newPromises(t, h)
		first := map[string]string{"id": id.New().String(), "kind": "households", "division": h.village.ID.String(), "map": `{"head_name":"户主"}`}
		file := "组,门牌号,户主,人口数\r\n,12,张小芳,4\r\n"
		if a := w.cadre.form("/imports", first, "户册.csv", file); a.StatusCode != 201 {
			t.Fatal(a.body)
		}
		if a := w.cadre.form("/imports", first, "户册.csv", file); a.StatusCode != 200 {
			t.Error(a.body)
		}
		for field, value := range map[string]string{"division": w.other.ID.String(), "kind": "weigh_ins", "map": "", "file": file + ",13,李,2\r\n"} {
			other, content := maps.Clone(first), file
			switch other[field] = value; field {
			case "file":
				delete(other, "file")
				content = value
			case "kind", "map": // tickets have other columns
				delete(other, "map")
			}
			if a := w.cadre.form("/imports", other, "户册.csv", content); a.StatusCode != 409 || a.problem(t).Code != "request.id_reused" {
				t.Errorf("another %s: %d %s", field, a.StatusCode, a.body)
			}
		}
	})
}

// In a batch each item keeps the promise for itself, and a photo does under the id
// in its address.
func TestIDReused_BatchesAndPhotos(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		w := newPromises(t, h)
		dropOff := func(dropOffID id.ID, grams int) string {
			return fmt.Sprintf(`{"id":%q,"card_code":%q,"happened_at":%q,"items":[{"item":"paper","grams":%d}]}`, dropOffID, w.codes[1], calendar.Micros(w.today.Start(calendar.Shanghai)), grams)
		}
		statuses := func(b *browser, path, body string, want ...int) {
			t.Helper()
			var got DropOffOutcomes
			b.does("POST", path, body, 200, &got)
			for i, o := range got.Outcomes {
				if len(got.Outcomes) != len(want) || o.Status != want[i] || want[i] == 409 && o.Problem.Code != "request.id_reused" {
					t.Errorf("%s %d: %+v", path, i, o)
				}
			}
		}
		known, fresh := id.New(), id.New()
		statuses(w.cleaner, "/drop-offs:batch", `{"drop_offs":[`+dropOff(known, 1000)+"]}", 201)
		statuses(w.cleaner, "/drop-offs:batch", `{"drop_offs":[`+dropOff(known, 1001)+","+dropOff(fresh, 1000)+","+dropOff(known, 1000)+","+dropOff(fresh, 999)+"]}", 409, 201, 200, 409)

		w.made(w.official, "/settings", `"division_id":%q,"name":"credit_recyclable","value":-1,"valid_from":%q`, h.town.ID, w.today)
		waiting := [2]id.ID{w.dropOff(1), w.dropOff(2)}
		review := func(reviewID, dropOffID id.ID) string {
			return fmt.Sprintf(`{"id":%q,"drop_off_id":%q}`, reviewID, dropOffID)
		}
		known, fresh = id.New(), id.New()
		statuses(w.cadre, "/reviews:accept", `{"reviews":[`+review(known, waiting[0])+"]}", 201)
		statuses(w.cadre, "/reviews:accept", `{"reviews":[`+review(known, waiting[1])+","+review(known, waiting[0])+","+review(fresh, waiting[1])+"]}", 409, 200, 201)

		photoID := id.New()
		for _, c := range []struct {
			by   *browser
			n    byte
			want int
		}{{w.cleaner, 1, 201}, {w.cleaner, 1, 200}, {w.cleaner, 2, 409}, {w.cadre, 1, 409}} {
			if a := w.upload(c.by, photoID, c.n); a.StatusCode != c.want || c.want == 409 && a.problem(t).Code != "request.id_reused" {
				t.Errorf("photo %d: %d %s", c.n, a.StatusCode, a.body)
			}
		}
	})
}

// keeps tries a promise.
func (w *promises) keeps(p promise) {
	w.t.Helper()
	var body map[string]any
	if err := json.Unmarshal([]byte(p.body), &body); err != nil {
		w.t.Fatalf("%s: %v in %s", p.operation, err, p.body)
	}
	body["id"] = id.New().String()
	if !w.race(p, text(body)) {
		return
	}
	again := func(when string) {
		a := p.by.ask("POST", p.path, text(body))
		if secret := once[p.operation]; secret != "" {
			if a.StatusCode != http.StatusConflict || a.problem(w.t).Code != secret {
				w.t.Errorf("%s %s: %d %s", p.operation, when, a.StatusCode, a.body)
			}
		} else if a.StatusCode != http.StatusOK {
			w.t.Errorf("%s %s: %d %s", p.operation, when, a.StatusCode, a.body)
		}
	}
	refused := func(what, path string, other map[string]any) {
		a := p.by.ask("POST", path, text(other))
		want := once[p.operation]
		if want == "" {
			want = "request.id_reused"
		}
		if a.StatusCode != http.StatusConflict || a.problem(w.t).Code != want {
			w.t.Errorf("%s with another %s: %d %s", p.operation, what, a.StatusCode, a.body)
		}
	}
	again("again")
	for _, pointer := range slices.Sorted(maps.Keys(p.others)) {
		other := copied(body)
		together, ok := p.others[pointer].(changes)
		if !ok {
			together = changes{pointer: p.others[pointer]}
		}
		for pointer, value := range together {
			put(other, pointer, value)
		}
		refused(pointer, p.path, other)
	}
	if p.elsewhere != "" {
		refused("object", p.elsewhere, body)
	}
	again("after all")
}

// race sends a request several times at once: it is done once, and all hear of it.
func (w *promises) race(p promise, body string) bool {
	w.t.Helper()
	answers := make([]answer, 4)
	var all sync.WaitGroup
	for i := range answers {
		by := &browser{h: w.h, cookie: p.by.cookie}
		all.Go(func() { answers[i] = by.ask("POST", p.path, body) })
	}
	all.Wait()
	done := 0
	for _, a := range answers {
		switch {
		case a.StatusCode == http.StatusCreated:
			done++
		case a.StatusCode == http.StatusOK:
		case a.StatusCode == http.StatusConflict && a.problem(w.t).Code == once[p.operation]:
		default:
			w.t.Errorf("%s, several at once: %d %s", p.operation, a.StatusCode, a.body)
		}
	}
	if done != 1 {
		w.t.Errorf("%s, several at once: done %d times", p.operation, done)
	}
	return done == 1
}

func text(body map[string]any) string {
	content, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return string(content)
}

func copied(body map[string]any) (other map[string]any) {
	if err := json.Unmarshal([]byte(text(body)), &other); err != nil {
		panic(err)
	}
	return other
}

// put writes a value where a pointer points, or takes away what is there.
func put(body map[string]any, pointer string, value any) {
	steps := strings.Split(pointer, "/")[1:]
	var at any = body
	for _, step := range steps[:len(steps)-1] {
		if list, ok := at.([]any); ok {
			n, err := strconv.Atoi(step)
			if err != nil {
				panic(pointer)
			}
			at = list[n]
			continue
		}
		at = at.(map[string]any)[step]
	}
	if last := steps[len(steps)-1]; value == nil {
		delete(at.(map[string]any), last)
	} else {
		at.(map[string]any)[last] = value
	}
}

// untried are the operations and fields of the contract that no promise is about.
func untried(t *testing.T, seen map[string]bool) (missing []string) {
	t.Helper()
	doc, err := document()
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range doc.Paths.Map() {
		for _, o := range item.Operations() {
			if o.RequestBody == nil || o.RequestBody.Value.Content["application/json"] == nil || askedOnly[o.OperationID] {
				continue
			}
			schema := o.RequestBody.Value.Content["application/json"].Schema.Value
			if schema.Properties["id"] == nil {
				continue
			}
			if !seen[o.OperationID] {
				missing = append(missing, o.OperationID)
			}
			for _, pointer := range pointers(schema, "") {
				if name := o.OperationID + " " + pointer; pointer != "/id" && !seen[name] && !notContent[name] {
					missing = append(missing, name)
				}
			}
		}
	}
	slices.Sort(missing)
	return missing
}

// pointers are the fields of a body; of a list those of its first item.
func pointers(schema *openapi3.Schema, at string) (all []string) {
	for name, property := range schema.Properties {
		here, is := at+"/"+name, property.Value
		switch {
		case is.Type.Is("object"):
			all = append(all, pointers(is, here)...)
		case is.Type.Is("array") && is.Items.Value.Type.Is("object"):
			all = append(all, pointers(is.Items.Value, here+"/0")...)
		default:
			all = append(all, here)
		}
	}
	return all
}
