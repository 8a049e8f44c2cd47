package api

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"hufen/internal/auth"
	"hufen/internal/id"
)

// The same creation sent several times at once is done once; all of them get the
// stored row.
func TestCreate_Twins(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		town, admin, cadre := h.key(auth.TownOfficial), h.key(auth.Administrator), h.key(auth.Cadre)
		rule := `{"item":"food","category":"food","name_zh":"厨余","name_en":"Kitchen","basis":"per_kg","points":100}`
		for round := range 3 {
			tomorrow := h.server.Divisions.Today().AddDays(1 + round)
			for _, create := range []struct{ path, key, body string }{
				{"/tariffs", town, fmt.Sprintf(`"division_id":%q,"valid_from":%q,"rules":[%s]`, h.town.ID, tomorrow, rule)},
				{"/settings", town, fmt.Sprintf(`"division_id":%q,"name":"undo_minutes","value":%d,"valid_from":%q`, h.town.ID, 20+round, tomorrow)},
				{"/baselines", town, fmt.Sprintf(`"village_id":%q,"month":"2025-0%d","disposal_grams":12400000,"person_days":32550,"method":"过磅","source":"票据"`, h.village.ID, 1+round)},
				{"/users", admin, fmt.Sprintf(`"login":"twin%d","name":"双胞","kind":"machine","role":{"role":"cleaner","division_id":%q}`, round, h.village.ID)},
				{"/divisions", admin, fmt.Sprintf(`"parent_id":%q,"level":"group","name":"%d组"`, h.village.ID, 1+round)},
				{"/households", cadre, fmt.Sprintf(`"division_id":%q,"house_number":"%d","head_name":"张芳","member_count":3`, h.village.ID, 1+round)},
				{"/collection-points", cadre, fmt.Sprintf(`"village_id":%q,"name":"%d号点"`, h.village.ID, 1+round)},
				{"/weigh-ins", cadre, fmt.Sprintf(`"village_id":%q,"station":"站","ticket_number":"%d","category":"residual","day":"2026-07-01","net_grams":1000`, h.village.ID, round)},
				{"/budgets", town, fmt.Sprintf(`"division_id":%q,"period":"month","valid_from":%q,"points":%d,"at_full":"warn"`, h.village.ID, tomorrow.Month().AddMonths(1), 1000+round)},
				{"/expiry-rules", town, fmt.Sprintf(`"division_id":%q,"mode":"idle","months":%d,"valid_from":%q`, h.village.ID, 12+round, tomorrow)},
				{"/shops", town, fmt.Sprintf(`"division_id":%q,"name":"店%d"`, h.town.ID, round)},
			} {
				h.twins(t, create.path, create.key, fmt.Sprintf(`{"id":%q,%s}`, id.New(), create.body))
			}
		}
	})
}

// twins posts one body several times at once.
func (h *house) twins(t *testing.T, path, key, body string) {
	t.Helper()
	answers := make([]answer, 6)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { answers[i] = h.ask("POST", prefix+path, body, "Authorization", "Bearer "+key) })
	}
	all.Wait()
	created := 0
	for _, a := range answers {
		switch {
		case a.StatusCode == http.StatusCreated:
			created++
		case a.StatusCode != http.StatusOK:
			t.Errorf("%s: %d %s", path, a.StatusCode, a.body)
		}
		if strings.TrimSpace(a.body) != strings.TrimSpace(answers[0].body) {
			t.Errorf("%s: twins differ:\n%s%s", path, a.body, answers[0].body)
		}
	}
	if created != 1 {
		t.Errorf("%s: created %d times", path, created)
	}
}
