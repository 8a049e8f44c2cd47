package api

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/division"
	"hufen/internal/id"
	"hufen/internal/redemption"
)

// promises are made in a town with two villages.
type promises struct {
	t                                                        *testing.T
	h                                                        *house
	other, quiet                                             division.Division // a village, a town without households
	admin, official, second, cadre, cleaner, keeper, finance *browser
	points                                                   [4]id.ID // two here, two in the other village
	households                                               [8]id.ID
	codes                                                    [8]string
	shop, another                                            id.ID
	soap, rice                                               id.ID
	photos                                                   map[*browser][2]id.ID
	today                                                    calendar.Day
	month                                                    calendar.Month // the last one
}

func newPromises(t *testing.T, h *house) *promises {
	t.Helper()
	w := &promises{t: t, h: h, photos: map[*browser][2]id.ID{}, today: h.server.Divisions.Today()}
	w.month = w.today.Month().AddMonths(-1)
	w.other = w.division(h.town.ID, division.Village, "298", "柳林村")
	w.quiet = w.division(h.town.ParentID, division.Town, "198", "静山镇")
	w.division(w.quiet.ID, division.Village, "201", "静村")
	district, _ := h.tree().Get(h.town.ParentID)
	w.admin = h.signedIn("admin", in(district, auth.Administrator))
	w.official = h.signedIn("official", in(h.town, auth.TownOfficial))
	w.second = h.signedIn("second", in(district, auth.DistrictOfficial))
	w.cadre = w.ofBoth("cadre", auth.Cadre)
	w.cleaner = w.ofBoth("cleaner", auth.Cleaner)
	w.finance = h.signedIn("finance", in(h.town, auth.Finance))
	h.tariff()
	for i := range w.households {
		w.households[i], w.codes[i] = h.household(strconv.Itoa(100+i), "2468")
	}
	w.shop, w.another = w.made(w.official, "/shops", `"division_id":%q,"name":"素珍便民店"`, h.town.ID), w.made(w.official, "/shops", `"division_id":%q,"name":"别的店"`, h.town.ID)
	w.soap = w.made(w.official, "/shops/"+w.shop.String()+"/goods", `"name":"肥皂","unit":"块","points":20,"stock":1000`)
	w.rice = w.made(w.official, "/shops/"+w.shop.String()+"/goods", `"name":"大米","unit":"袋","points":30,"stock":1000`)
	w.keeper = h.signedIn("keeper", auth.RoleInput{Role: auth.Shopkeeper, ShopID: w.shop})
	for i, village := range []id.ID{h.village.ID, h.village.ID, w.other.ID, w.other.ID} {
		w.points[i] = w.made(w.cadre, "/collection-points", `"village_id":%q,"name":"%d号点"`, village, i)
	}
	for _, b := range []*browser{w.cleaner, w.keeper, w.cadre, w.official} {
		w.photos[b] = [2]id.ID{w.photo(b, 0), w.photo(b, 1)}
	}
	return w
}

// ofBoth signs somebody in who works in both villages.
func (w *promises) ofBoth(login string, role auth.Role) *browser {
	w.t.Helper()
	user := w.h.person(login, in(w.h.village, role))
	if _, _, err := w.h.server.Auth.GrantRole(w.t.Context(), auth.SystemActor("test"), user.ID, id.New(), in(w.other, role)); err != nil {
		w.t.Fatal(err)
	}
	b := &browser{h: w.h}
	b.does("POST", "/session", fmt.Sprintf(`{"login":%q,"password":%q}`, login, password), 200, nil)
	return b
}

func (h *house) tree() *division.Tree {
	h.t.Helper()
	tree, err := h.server.Divisions.Tree(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return tree
}

func (w *promises) division(parent id.ID, level division.Level, code, name string) division.Division {
	w.t.Helper()
	above, _ := w.h.tree().Get(parent)
	d, _, err := w.h.server.Divisions.Create(w.t.Context(), auth.SystemActor("test"),
		division.NewDivision{ID: id.New(), ParentID: parent, Level: level, Code: above.Code + code, Name: name})
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

// made creates something and returns its id.
func (w *promises) made(b *browser, path, body string, args ...any) id.ID {
	w.t.Helper()
	newID := id.New()
	b.does("POST", path, fmt.Sprintf(`{"id":%q,`, newID)+fmt.Sprintf(body, args...)+"}", 201, nil)
	return newID
}

func (w *promises) photo(b *browser, n byte) id.ID {
	w.t.Helper()
	photoID := id.New()
	if a := w.upload(b, photoID, n); a.StatusCode != 201 {
		w.t.Fatal(a.StatusCode, a.body)
	}
	return photoID
}

// upload sends what begins like a picture.
func (w *promises) upload(b *browser, photoID id.ID, n byte) answer {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.t.Context(), "POST", w.h.http.URL+prefix+"/photos?id="+photoID.String(),
		strings.NewReader("\xff\xd8\xff\xe0\x00\x10JFIF"+string(rune(n))))
	if err != nil {
		w.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "image/jpeg")
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	request.Header.Set("Cookie", b.cookie)
	return w.h.send(request)
}

func (w *promises) dropOff(household int) id.ID {
	w.t.Helper()
	return w.made(w.cleaner, "/drop-offs", `"card_code":%q,"happened_at":%q,"items":[{"item":"paper","grams":3600}]`, w.codes[household], calendar.Now())
}

func (w *promises) redemption(household int) id.ID {
	w.t.Helper()
	return w.made(w.keeper, "/redemptions", `"card_code":%q,"shop_id":%q,"items":[{"goods_id":%q,"quantity":1}],"pin":"2468"`, w.codes[household], w.shop, w.soap)
}

func (w *promises) adjustment(points int) id.ID {
	w.t.Helper()
	return w.made(w.cadre, "/adjustments", `"household_id":%q,"points":%d,"reason":"漏记一次"`, w.households[0], points)
}

func (w *promises) promises() []promise {
	return slices.Concat(w.people(), w.places(), w.homes(), w.weights(), w.rules(), w.dropOffs(), w.shops(), w.settlements(), w.adjustments(), w.months())
}

func (w *promises) people() []promise {
	user := w.made(w.admin, "/users", `"login":"walter","name":"王","kind":"machine","role":{"role":"cleaner","division_id":%q}`, w.h.village.ID)
	another := w.made(w.admin, "/users", `"login":"werner","name":"王","kind":"machine","role":{"role":"cleaner","division_id":%q}`, w.h.village.ID)
	cleans := fmt.Sprintf(`"role":{"role":"cleaner","division_id":%q,"point_ids":[%q]}`, w.h.village.ID, w.points[0])
	sells := fmt.Sprintf(`"role":{"role":"shopkeeper","shop_id":%q}`, w.shop)
	places := map[string]any{
		"/role/role": changes{"/role/role": "cadre", "/role/point_ids": nil}, "/role/division_id": changes{"/role/division_id": w.other.ID, "/role/point_ids": []any{w.points[2]}},
		"/role/point_ids": []any{w.points[1]},
	}
	person := maps.Clone(places)
	maps.Copy(person, map[string]any{"/login": "other", "/name": "李四", "/kind": changes{"/kind": "machine", "/password": nil}, "/password": password + "x"})
	return []promise{
		{"createUser", w.admin, "/users", `{"login":"once","name":"张三","kind":"person","password":"` + password + `",` + cleans + `}`, person, ""},
		{"createUser", w.admin, "/users", `{"login":"twice","name":"张三","kind":"machine",` + sells + `}`, map[string]any{"/role/shop_id": w.another}, ""},
		{"grantRole", w.admin, "/users/" + user.String() + "/roles", fmt.Sprintf(`{"role":{"role":"cleaner","division_id":%q,"point_ids":[%q]}}`, w.other.ID, w.points[2]),
			map[string]any{"/role/role": changes{"/role/role": "cadre", "/role/point_ids": nil}, "/role/division_id": changes{"/role/division_id": w.h.village.ID, "/role/point_ids": []any{w.points[0]}},
				"/role/point_ids": []any{w.points[3]}}, "/users/" + another.String() + "/roles"},
		{"grantRole", w.admin, "/users/" + w.made(w.admin, "/users", `"login":"wim","name":"王","kind":"machine",%s`, sells).String() + "/roles",
			fmt.Sprintf(`{"role":{"role":"shopkeeper","shop_id":%q}}`, w.another), map[string]any{"/role/shop_id": w.shop}, ""},
		{"createApiKey", w.admin, "/api-keys", fmt.Sprintf(`{"user_id":%q,"name":"秤"}`, user), map[string]any{"/user_id": another, "/name": "别的"}, ""},
	}
}

func (w *promises) places() []promise {
	return []promise{
		{"createDivision", w.admin, "/divisions", fmt.Sprintf(`{"parent_id":%q,"level":"village","name":"新村","code":%q,"valid_from":"2026-02-01"}`, w.h.town.ID, w.h.town.Code+"277"),
			map[string]any{"/parent_id": changes{"/parent_id": w.quiet.ID, "/code": w.quiet.Code + "277"}, "/level": changes{"/level": "group", "/parent_id": w.h.village.ID, "/code": nil}, "/name": "别村", "/code": w.h.town.Code + "278", "/valid_from": "2026-02-02"}, ""},
		{"createCollectionPoint", w.cadre, "/collection-points", fmt.Sprintf(`{"village_id":%q,"name":"东头","latitude":35.1,"longitude":109.1,"opened_on":"2026-02-01"}`, w.h.village.ID),
			map[string]any{"/village_id": w.other.ID, "/name": "西头", "/latitude": 35.2, "/longitude": 109.2, "/opened_on": "2026-02-02"}, ""},
	}
}

func (w *promises) homes() []promise {
	bare := func(number string) id.ID {
		return w.made(w.cadre, "/households", `"division_id":%q,"house_number":%q,"head_name":"张芳","member_count":3`, w.h.village.ID, number)
	}
	home, next := bare("200"), bare("201")
	live := w.made(w.cadre, "/cards", `"household_id":%q`, next)
	dead := w.made(w.cadre, "/cards", `"household_id":%q`, bare("202"))
	w.cadre.does("POST", "/cards/"+dead.String()+"/revoke", `{"reason":"丢了"}`, 200, nil)
	place := fmt.Sprintf(`"place":{"household_id":%q,"card_id":%q,"division_id":%q,"house_number":"9-1","head_name":"李明","phone":"13812345678","consent":true}`, id.New(), id.New(), w.h.village.ID)
	return []promise{
		{"createHousehold", w.cadre, "/households", fmt.Sprintf(`{"division_id":%q,"house_number":"203","head_name":"张小芳","phone":"13812345678","member_count":3,"from":%q,"consent":true}`, w.h.village.ID, w.today.AddDays(-2)),
			map[string]any{"/division_id": w.other.ID, "/house_number": "204", "/head_name": "李", "/phone": "13812345679", "/member_count": 4, "/from": w.today.AddDays(-3), "/consent": false}, ""},
		{"createHousehold", w.cadre, "/households", fmt.Sprintf(`{"division_id":%q,"house_number":"205","head_name":"张小芳","member_count":3}`, w.h.village.ID),
			map[string]any{"/phone": "13812345678", "/from": w.today.AddDays(-3), "/consent": true}, ""},
		{"issueCard", w.cadre, "/cards", fmt.Sprintf(`{"household_id":%q,"consent":true,"pin":"2468"}`, home),
			map[string]any{"/household_id": bare("206"), "/consent": false, "/pin": "1357", "without": changes{"/pin": nil}}, ""},
		{"issueCard", w.cadre, "/cards", fmt.Sprintf(`{"household_id":%q}`, bare("207")), map[string]any{"/consent": true, "/pin": "2468"}, ""},
		{"replaceCard", w.cadre, "/cards/" + live.String() + "/replace", `{"reason":"坏了"}`, map[string]any{"/reason": "丢了"}, "/cards/" + dead.String() + "/replace"},
		{"replaceCard", w.cadre, "/cards/" + dead.String() + "/replace", `{"reason":"找不到"}`, map[string]any{"/reason": "丢了"}, ""},
		{"createHouseholdChange", w.cadre, "/household-changes", fmt.Sprintf(`{"kind":"split","household_id":%q,"from":%q,"reason":"分家","members":1,"points":0,"card_id":%q,%s}`, w.households[6], w.today, id.New(), place),
			map[string]any{"/kind": "move", "/household_id": w.households[5], "/from": w.today.AddDays(-1), "/reason": "别的", "/members": 2, "/points": 1, "/card_id": nil, "/target_id": w.households[5],
				"/place/household_id": id.New(), "/place/card_id": id.New(), "/place/division_id": w.other.ID, "/place/house_number": "9-2", "/place/head_name": "李", "/place/phone": nil, "/place/consent": false}, ""},
	}
}

func (w *promises) weights() []promise {
	ticket := func(rest string) string {
		return fmt.Sprintf(`{"village_id":%q,"station":"站","ticket_number":%q,"category":"residual","day":"2026-07-01",%s}`, w.h.village.ID, id.New(), rest)
	}
	common := map[string]any{"/village_id": w.other.ID, "/station": "别的站", "/ticket_number": "1", "/category": "food", "/day": "2026-06-30", "/vehicle": "陕B2"}
	with := func(more map[string]any) map[string]any {
		all := maps.Clone(common)
		maps.Copy(all, more)
		return all
	}
	tickets := [2]id.ID{}
	for i := range tickets {
		tickets[i] = w.made(w.cadre, "/weigh-ins", "%s", strings.Trim(ticket(`"gross_grams":5000,"tare_grams":1000`), "{}"))
	}
	return []promise{
		{"createWeighIn", w.cadre, "/weigh-ins", ticket(`"gross_grams":5000,"tare_grams":1000,"vehicle":"陕B1"`), with(map[string]any{"/gross_grams": 5001, "/tare_grams": 999, "/to": "2026-07-02"}), ""},
		{"createWeighIn", w.cadre, "/weigh-ins", ticket(`"net_grams":4000,"to":"2026-07-31"`), with(map[string]any{"/net_grams": 4001, "/to": "2026-07-30"}), ""},
		{"createWeighIn", w.cadre, "/weigh-ins", ticket(`"buckets":2`), with(map[string]any{"/buckets": 3}), ""},
		{"correctWeighIn", w.official, "/weigh-ins/" + tickets[0].String() + "/corrections",
			fmt.Sprintf(`{"reason":"看错了","village_id":%q,"category":"food","day":"2026-07-03","gross_grams":6000,"tare_grams":1500}`, w.other.ID),
			map[string]any{"/reason": "别的", "/village_id": w.h.village.ID, "/category": "residual", "/day": "2026-07-04", "/gross_grams": 6001, "/tare_grams": 1501,
				"/net_grams": changes{"/gross_grams": nil, "/tare_grams": nil, "/net_grams": 4500}, "/void": true}, "/weigh-ins/" + tickets[1].String() + "/corrections"},
	}
}

func (w *promises) rules() []promise {
	tomorrow, later := w.today.AddDays(1), w.today.AddDays(2)
	rules := `"rules":[{"item":"food","category":"food","name_zh":"厨余","name_en":"Kitchen","basis":"per_count","points":100,"per_count":5,"crediting":3},
		{"item":"paper","category":"recyclable","name_zh":"纸","name_en":"Paper","basis":"per_grade","excellent":4,"good":3,"fair":2,"poor":1}]`
	return []promise{
		{"createTariff", w.official, "/tariffs", fmt.Sprintf(`{"division_id":%q,"valid_from":%q,"note":"夏天",%s,"caps":[{"period":"day","category":"food","points":1000}]}`, w.h.town.ID, tomorrow, rules),
			map[string]any{"/division_id": w.h.village.ID, "/valid_from": later, "/note": "冬天", "/rules/0/item": "bags", "/rules/0/category": "residual", "/rules/0/name_zh": "别的", "/rules/0/name_en": "Other",
				"/rules/0/basis": changes{"/rules/0/basis": "per_kg", "/rules/0/per_count": nil}, "/rules/0/points": 101, "/rules/0/per_count": 6, "/rules/0/crediting": 4,
				"/rules/0/excellent": changes{"/rules/1/excellent": 9}, "/rules/0/good": changes{"/rules/1/good": 9}, "/rules/0/fair": changes{"/rules/1/fair": 9}, "/rules/0/poor": changes{"/rules/1/poor": 9},
				"/caps/0/period": "month", "/caps/0/category": "*", "/caps/0/points": 1001, "no caps": changes{"/caps": nil}}, ""},
		{"changeSetting", w.official, "/settings", fmt.Sprintf(`{"division_id":%q,"name":"undo_minutes","value":20,"valid_from":%q}`, w.h.town.ID, tomorrow),
			map[string]any{"/division_id": w.h.village.ID, "/name": "cadre_undo_days", "/value": 21, "/valid_from": later}, ""},
		{"createExpiryRule", w.official, "/expiry-rules", fmt.Sprintf(`{"division_id":%q,"mode":"idle","months":12,"valid_from":%q}`, w.h.town.ID, tomorrow),
			map[string]any{"/division_id": w.h.village.ID, "/mode": "year_end", "/months": 11, "/valid_from": later}, ""},
		{"createBaseline", w.official, "/baselines", fmt.Sprintf(`{"village_id":%q,"month":"2025-07","disposal_grams":12400000,"person_days":32550,"method":"过磅","source":"票据","reason":"第一版"}`, w.h.village.ID),
			map[string]any{"/village_id": w.other.ID, "/month": "2025-06", "/disposal_grams": 12400001, "/person_days": 32551, "/method": "估计", "/source": "别的", "/reason": nil}, ""},
		{"setBudget", w.official, "/budgets", fmt.Sprintf(`{"division_id":%q,"period":"month","valid_from":%q,"points":100000000,"at_full":"warn"}`, w.h.village.ID, w.today.Month().AddMonths(3)),
			map[string]any{"/division_id": w.other.ID, "/period": "year", "/valid_from": w.today.Month().AddMonths(6), "/points": 100000001, "/at_full": "hold"}, ""},
	}
}

func (w *promises) dropOffs() []promise {
	now := calendar.Now()
	photos := w.photos[w.cleaner]
	bring := func(item string) string {
		return fmt.Sprintf(`{"card_code":%q,"point_id":%q,"happened_at":%q,"device_id":%q,"device_seq":7,"items":[%s]}`, w.codes[1], w.points[0], now, id.New(), item)
	}
	common := map[string]any{"/card_code": w.codes[2], "/point_id": w.points[1], "/happened_at": now.Add(-time.Second), "/device_id": id.New(), "/device_seq": 8}
	with := func(more map[string]any) map[string]any {
		all := maps.Clone(common)
		maps.Copy(all, more)
		return all
	}
	back := [2]id.ID{w.dropOff(1), w.dropOff(1)}
	set := func(value int) {
		w.made(w.official, "/settings", `"division_id":%q,"name":"credit_recyclable","value":%d,"valid_from":%q`, w.h.town.ID, value, w.today)
	}
	set(-1)
	waiting := [3]id.ID{w.dropOff(1), w.dropOff(1), w.dropOff(2)}
	set(5)
	posted := [2]id.ID{w.dropOff(1), w.dropOff(2)}
	set(0)
	act := func(dropOff id.ID, what string) string { return "/drop-offs/" + dropOff.String() + "/" + what }
	return []promise{
		{"createDropOff", w.cleaner, "/drop-offs", bring(fmt.Sprintf(`{"item":"paper","grams":1000,"photo_id":%q}`, photos[0])),
			with(map[string]any{"/items/0/item": changes{"/items/0/item": "food", "/items/0/grade": "good"}, "/items/0/grams": 1001, "/items/0/photo_id": photos[1], "/items/0/pieces": 1}), ""},
		{"createDropOff", w.cleaner, "/drop-offs", bring(`{"item":"food","grade":"good"}`), with(map[string]any{"/items/0/grade": "fair"}), ""},
		{"reverseDropOff", w.cleaner, act(back[0], "reversal"), `{"reason":"扫错了"}`, map[string]any{"/reason": "别的"}, act(back[1], "reversal")},
		{"objectToDropOff", w.cadre, act(posted[0], "objection"), `{"reason":"少了"}`, map[string]any{"/reason": "多了"}, act(posted[1], "objection")},
		{"reviewDropOff", w.cadre, act(waiting[0], "review"), `{"decision":"accepted","reason":"复称","items":[{"line":1,"grams":1800}]}`,
			map[string]any{"/decision": changes{"/decision": "refused", "/items": nil}, "/reason": "别的", "/items/0/line": 2, "/items/0/grams": 1801, "/items/0/pieces": 1, "/items/0/grade": "good", "no items": changes{"/items": nil}}, act(waiting[1], "review")},
		{"reviewDropOff", w.cadre, act(waiting[2], "review"), `{"decision":"refused","reason":"没有分开"}`, map[string]any{"/reason": "别的"}, ""},
	}
}

func (w *promises) shops() []promise {
	goods := func(goodsID id.ID) string { return "/goods/" + goodsID.String() + "/stock" }
	back := [2]id.ID{w.redemption(1), w.redemption(1)}
	photos := w.photos[w.keeper]
	_, bare := w.h.household("300", "")
	w.made(w.cleaner, "/drop-offs", `"card_code":%q,"happened_at":%q,"items":[{"item":"paper","grams":3600}]`, bare, calendar.Now())
	buy := func(rest string) string {
		return fmt.Sprintf(`{"card_code":%q,"shop_id":%q,"items":[{"goods_id":%q,"quantity":2}],%s}`, w.codes[1], w.shop, w.soap, rest)
	}
	return []promise{
		{"createShop", w.official, "/shops", fmt.Sprintf(`{"division_id":%q,"name":"新店"}`, w.h.town.ID), map[string]any{"/division_id": w.h.village.ID, "/name": "老店"}, ""},
		{"createGoods", w.official, "/shops/" + w.shop.String() + "/goods", `{"name":"牙膏","unit":"支","points":500,"stock":10}`,
			map[string]any{"/name": "牙刷", "/unit": "盒", "/points": 501, "/stock": 11}, "/shops/" + w.another.String() + "/goods"},
		{"createGoods", w.official, "/shops/" + w.shop.String() + "/goods", `{"name":"毛巾","unit":"条","points":500,"stock":0}`, map[string]any{"/stock": 1}, ""},
		{"moveStock", w.keeper, goods(w.soap), `{"delta":5,"reason":"delivery"}`, map[string]any{"/delta": 6, "/reason": "count"}, goods(w.rice)},
		{"createRedemption", w.keeper, "/redemptions", buy(`"pin":"2468"`),
			map[string]any{"/card_code": w.codes[2], "/shop_id": w.another, "/items/0/goods_id": w.rice, "/items/0/quantity": 3}, ""},
		{"createRedemption", w.keeper, "/redemptions", buy(`"pin":"2468","points":40`), map[string]any{"/points": 41, "without": changes{"/points": nil}}, ""},
		{"createRedemption", w.keeper, "/redemptions", strings.Replace(buy(fmt.Sprintf(`"photo_id":%q`, photos[0])), w.codes[1], bare, 1), map[string]any{"/photo_id": photos[1]}, ""},
		{"reverseRedemption", w.keeper, "/redemptions/" + back[0].String() + "/reversal", `{"reason":"拿错了"}`, map[string]any{"/reason": "别的"}, "/redemptions/" + back[1].String() + "/reversal"},
	}
}

// owed is a shop that last month owes something, with its keeper.
func (w *promises) owed() (shop id.ID, keeper *browser) {
	w.t.Helper()
	shop = w.made(w.official, "/shops", `"division_id":%q,"name":"店"`, w.h.town.ID)
	goods := w.made(w.official, "/shops/"+shop.String()+"/goods", `"name":"盐","unit":"袋","points":10,"stock":10`)
	keeper = w.h.signedIn("keeper-"+shop.String()[24:], auth.RoleInput{Role: auth.Shopkeeper, ShopID: shop})
	if err := w.h.server.DB.Write.Exec("UPDATE shops SET opened_on = 20200101 WHERE id = ?", shop).Error; err != nil {
		w.t.Fatal(err)
	}
	then := redemption.New(w.h.server.DB, w.h.server.Divisions, w.h.server.Households, calendar.Shanghai)
	defer then.Close()
	then.RunAt(func() calendar.Micros { return w.month.Last().Start(calendar.Shanghai) })
	_, err := then.Redeem(w.t.Context(), auth.Actor{ID: id.New(), Kind: auth.Person, Grants: []auth.Grant{{Role: auth.Shopkeeper, ShopID: shop}}},
		redemption.Input{ID: id.New(), CardCode: w.codes[3], ShopID: shop, PIN: "2468", Items: []redemption.Line{{GoodsID: goods, Quantity: 1}}})
	if err != nil {
		w.t.Fatal(err)
	}
	return shop, keeper
}

// acted does something to what is there.
func (w *promises) acted(b *browser, path string) {
	w.t.Helper()
	b.does("POST", path, fmt.Sprintf(`{"id":%q}`, id.New()), 201, nil)
}

func (w *promises) settlements() []promise {
	w.dropOff(3)
	act := func(settlement id.ID, what string) string { return "/settlements/" + settlement.String() + "/" + what }
	at := func(upTo string) (settlement id.ID, keeper *browser) {
		shop, keeper := w.owed()
		settlement = w.made(keeper, "/settlements", `"shop_id":%q,"month":%q`, shop, w.month)
		for _, step := range []struct {
			by   *browser
			what string
		}{{keeper, "submit"}, {w.official, "approve"}} {
			if step.what == upTo {
				break
			}
			w.acted(step.by, act(settlement, step.what))
		}
		return settlement, keeper
	}
	shop, keeper := w.owed()
	other, _ := w.owed()
	drafts := [2]id.ID{}
	var drawer *browser
	drafts[0], drawer = at("submit")
	drafts[1], _ = at("submit")
	approve, _ := at("approve")
	approved, _ := at("approve")
	rejected, _ := at("approve")
	pay, _ := at("pay")
	paid, _ := at("pay")
	return []promise{
		{"createSettlement", keeper, "/settlements", fmt.Sprintf(`{"shop_id":%q,"month":%q}`, shop, w.month), map[string]any{"/month": w.month.AddMonths(-1)}, ""},
		{"createSettlement", w.official, "/settlements", fmt.Sprintf(`{"shop_id":%q,"month":%q}`, other, w.month), map[string]any{"/shop_id": shop}, ""},
		{"submitSettlement", drawer, act(drafts[0], "submit"), `{}`, nil, ""},
		{"approveSettlement", w.official, act(approve, "approve"), `{}`, nil, act(approved, "approve")},
		{"rejectSettlement", w.official, act(rejected, "reject"), `{"reason":"少一张"}`, map[string]any{"/reason": "别的"}, act(approved, "reject")},
		{"paySettlement", w.finance, act(pay, "pay"), fmt.Sprintf(`{"reference":"农商行 17","paid_on":%q}`, w.today),
			map[string]any{"/reference": "农商行 18", "/paid_on": w.today.AddDays(-1)}, act(paid, "pay")},
	}
}

func (w *promises) adjustments() []promise {
	act := func(adjustment id.ID, what string) string { return "/adjustments/" + adjustment.String() + "/" + what }
	mine := w.photos[w.cadre]
	objects := [2]id.ID{w.dropOff(0), w.dropOff(0)}
	waiting := [4]id.ID{}
	for i := range waiting {
		waiting[i] = w.adjustment(90_000)
	}
	return []promise{
		{"createAdjustment", w.cadre, "/adjustments", fmt.Sprintf(`{"household_id":%q,"points":100,"reason":"漏记","photo_id":%q}`, w.households[0], mine[0]),
			map[string]any{"/household_id": w.households[1], "/points": 101, "/reason": "别的", "/photo_id": mine[1], "no photo": changes{"/photo_id": nil}}, ""},
		{"proposeReversal", w.cadre, "/reversals", fmt.Sprintf(`{"object_kind":"drop_off","object_id":%q,"reason":"扫错","photo_id":%q}`, objects[0], mine[0]),
			map[string]any{"/object_kind": "redemption", "/object_id": objects[1], "/reason": "别的", "/photo_id": mine[1]}, ""},
		{"approveAdjustment", w.official, act(waiting[0], "approve"), `{}`, nil, act(waiting[1], "approve")},
		{"refuseAdjustment", w.official, act(waiting[2], "refuse"), `{"reason":"没有凭据"}`, map[string]any{"/reason": "别的"}, act(waiting[3], "refuse")},
	}
}

func (w *promises) months() []promise {
	w.h.server.Closings.RunAt(func() calendar.Micros { return calendar.Now().Add(80 * 24 * time.Hour) })
	here := in(w.quiet, auth.TownOfficial)
	official, finance := w.h.signedIn("quiet", here), w.h.signedIn("till", in(w.quiet, auth.Finance))
	path := func(month calendar.Month, what string) string {
		return fmt.Sprintf("/closings/%s/%s/%s", w.quiet.ID, month, what)
	}
	this := w.today.Month()
	return []promise{
		{"closeMonth", official, path(this, "close"), `{}`, nil, path(this.Next(), "close")},
		{"askReopening", official, path(this, "ask"), `{"reason":"漏了一笔"}`, map[string]any{"/reason": "别的"}, path(this.Next(), "ask")},
		{"reopenMonth", finance, path(this, "reopen"), `{}`, nil, path(this.Next(), "reopen")},
	}
}

func in(d division.Division, role auth.Role) auth.RoleInput {
	return auth.RoleInput{Role: role, DivisionID: d.ID}
}
