package api

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"hufen/internal/auth"
	"hufen/internal/household"
	"hufen/internal/id"
)

// form sends a multipart form from the service's own pages.
func (b *browser) form(path string, fields map[string]string, fileName, file string) answer {
	b.h.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, value := range fields {
		if err := w.WriteField(name, value); err != nil {
			b.h.t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("file", fileName)
	if err != nil {
		b.h.t.Fatal(err)
	}
	part.Write([]byte(file))
	w.Close()
	request, err := http.NewRequestWithContext(b.h.t.Context(), "POST", b.h.http.URL+prefix+path, &body)
	if err != nil {
		b.h.t.Fatal(err)
	}
	request.Header.Set("Content-Type", w.FormDataContentType())
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	request.Header.Set("Cookie", b.cookie)
	request.Header.Set("Accept-Language", "zh-CN")
	return b.h.send(request)
}

// settled asks for an import until it has come to rest.
func (b *browser) settled(importID id.ID) (imp Import) {
	b.h.t.Helper()
	for range 1000 {
		b.does("GET", "/imports/"+importID.String(), "", 200, &imp)
		if imp.State != "checking" && imp.State != "applying" {
			return imp
		}
		time.Sleep(5 * time.Millisecond)
	}
	b.h.t.Fatal("the import never came to rest")
	return imp
}

// The first half of the main job: roster, households, cards, a scan.
func TestRosterToCards(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		b := h.signedIn("chen", auth.RoleInput{Role: auth.Cadre, DivisionID: h.village.ID})
		importID := id.New()
		fields := map[string]string{"id": importID.String(), "kind": "households", "division": h.village.ID.String()}
		roster := "组,门牌号,户主姓名,人口数,电话\r\n3组,12,张小芳,4,13812345678\r\n3组,9,李大明,2,\r\n3组,10,王五,四,\r\n"
		if a := b.form("/imports", fields, "户册.csv", roster); a.StatusCode != 201 {
			t.Fatal(a.body)
		}
		if a := b.form("/imports", fields, "户册.csv", roster); a.StatusCode != 200 {
			t.Fatal(a.body)
		}
		if p := b.form("/imports", map[string]string{"id": id.New().String(), "kind": "households"}, "a.xlsx", "PK\x03\x04half").problem(t); p.Code != "sheet.truncated" || p.Status != 422 {
			t.Errorf("%+v", p)
		}
		if imp := b.settled(importID); imp.State != "checked" || imp.CreatedRows != 2 || imp.WrongRows != 1 || imp.FileName != "户册.csv" {
			t.Fatalf("%+v", imp)
		}
		var rows ImportRowList
		b.does("GET", "/imports/"+importID.String()+"/rows?verdict=wrong", "", 200, &rows)
		if len(rows.Items) != 1 || *rows.Items[0].Detail != "Row 4: The number of people must be a whole number from 1 to 30." || *rows.Items[0].Code != "household.member_count" {
			t.Errorf("%+v", rows)
		}
		b.does("GET", "/imports/"+importID.String()+"/rows?limit=1", "", 200, &rows)
		if rows.NextCursor == nil || rows.Items[0].Preview != "杨山村 3组 12 张*芳 4人" {
			t.Errorf("%+v", rows)
		}
		b.does("GET", "/imports/"+importID.String()+"/rows?limit=1&cursor="+*rows.NextCursor, "", 200, &rows)
		if rows.Items[0].Row != 3 {
			t.Errorf("%+v", rows)
		}
		b.isRefused("POST", "/imports/"+importID.String()+"/apply", `{"mode":"all_rows"}`, 422, "import.has_wrong_rows", "")
		b.does("POST", "/imports/"+importID.String()+"/apply", `{"mode":"good_rows"}`, 200, nil)
		if imp := b.settled(importID); imp.State != "applied" || imp.CreatedRows != 2 || *imp.Mode != "good_rows" {
			t.Fatalf("%+v", imp)
		}
		var imports ImportList
		b.does("GET", "/imports", "", 200, &imports)
		if len(imports.Items) != 1 {
			t.Errorf("%+v", imports)
		}
		if a := b.ask("GET", "/imports/templates/households", ""); a.StatusCode != 200 || !strings.HasPrefix(a.body, "PK") {
			t.Errorf("%d", a.StatusCode)
		}

		var list HouseholdList
		b.does("GET", "/households?limit=1", "", 200, &list)
		if len(list.Items) != 1 || list.Items[0].HouseNumber != "9" || list.Items[0].Group.Name != "3组" || list.Items[0].MaskedName != "李*明" {
			t.Fatalf("%+v", list)
		}
		b.does("GET", "/households?limit=1&cursor="+*list.NextCursor, "", 200, &list)
		first := list.Items[0]
		if first.HouseNumber != "12" || list.NextCursor != nil {
			t.Fatalf("%+v", list)
		}
		path := "/households/" + first.Id.String()
		var person Person
		b.does("POST", path+"/reveal", `{"reason":"电话核对"}`, 200, &person)
		if person.HeadName != "张小芳" || *person.Phone != "13812345678" {
			t.Errorf("%+v", person)
		}
		b.isRefused("PUT", path+"/pin", `{"pin":"1234"}`, 422, "pin.trivial", "/pin")
		b.does("PUT", path+"/pin", `{"pin":"2580"}`, 204, nil)
		var confirmation Confirmation
		b.does("POST", path+"/confirmation", "", 201, &confirmation)
		if len(confirmation.Code) != 6 {
			t.Errorf("%+v", confirmation)
		}
		var changed Household
		b.does("PATCH", path, `{"member_count":5,"consent":true}`, 200, &changed)
		if changed.MemberCount != 5 || changed.ConsentAt == nil || !changed.HasPin || changed.Card != nil {
			t.Errorf("%+v", changed)
		}

		page := b.ask("GET", "/cards/sheet?division="+h.village.ID.String(), "")
		if page.StatusCode != 200 || !strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") || strings.Count(page.body, `class="card"`) != 2 {
			t.Fatalf("%d %.300s", page.StatusCode, page.body)
		}
		if style := h.ask("GET", household.SheetCSSPath, ""); style.StatusCode != 200 || style.Header.Get("Content-Type") != "text/css; charset=utf-8" {
			t.Errorf("%d %v", style.StatusCode, style.Header)
		}
		b.does("GET", path, "", 200, &changed)
		if changed.Card == nil || changed.Card.State != "live" || len(*changed.Members) != 1 || (*changed.Members)[0].Count != 5 {
			t.Fatalf("%+v", changed)
		}
		old := *changed.Card
		var card Card
		replace := fmt.Sprintf(`{"id":%q,"reason":"掉了"}`, id.New())
		b.does("POST", "/cards/"+old.Id.String()+"/replace", replace, 201, &card)
		b.does("POST", "/cards/"+old.Id.String()+"/replace", replace, 200, &card)
		if card.Version != 2 || card.State != "live" {
			t.Errorf("%+v", card)
		}
		b.does("POST", "/cards/"+card.Id.String()+"/revoke", `{"reason":"误发"}`, 200, &card)
		if card.State != "revoked" {
			t.Errorf("%+v", card)
		}
		b.isRefused("POST", "/cards/lookup", `{"card_code":"000000000000000001"}`, 422, "card.mistyped", "/card_code")
		b.isRefused("POST", "/cards/lookup", `{"card_code":"000000000000000000"}`, 404, "card.unknown", "")
		b.isRefused("POST", "/cards", fmt.Sprintf(`{"id":%q,"household_id":%q}`, id.New(), id.New()), 404, "household.unknown", "")
	})
}
