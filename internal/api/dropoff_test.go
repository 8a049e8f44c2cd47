package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"hufen/internal/auth"
	"hufen/internal/calendar"
	"hufen/internal/household"
	"hufen/internal/id"
)

// What goes wrong on our side is in the log also where a batch answers 200 with
// an outcome each.
func TestCreateDropOffs_Unavailable(t *testing.T) {
	forEach(t, nil, func(t *testing.T, h *house) {
		cleaner := h.key(auth.Cleaner)
		h.server.DropOffs.Close()
		var log bytes.Buffer
		before := slog.Default()
		slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
		defer slog.SetDefault(before)
		body := fmt.Sprintf(`{"drop_offs":[{"id":%q,"card_code":%q,"happened_at":%q,"items":[{"item":"food","grams":1}]}]}`,
			id.New(), household.Code{}.String(), calendar.Now())
		a := h.ask("POST", prefix+"/drop-offs:batch", body, "Authorization", "Bearer "+cleaner)
		h.http.Close()
		var answer DropOffOutcomes
		if err := json.Unmarshal([]byte(a.body), &answer); err != nil || a.StatusCode != http.StatusOK || len(answer.Outcomes) != 1 {
			t.Fatalf("%d %s", a.StatusCode, a.body)
		}
		if o := answer.Outcomes[0]; o.Status != http.StatusServiceUnavailable || o.Problem.Code != "server.stopping" {
			t.Errorf("%s", a.body)
		}
		if !strings.Contains(log.String(), "server.stopping") {
			t.Errorf("the log says nothing:\n%s", log.String())
		}
	})
}
