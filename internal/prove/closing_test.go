package prove_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"hufen/internal/calendar"
	"hufen/internal/database"
	"hufen/internal/id"
)

// Months are closed while clients go on, opened again by two people, and closed
// again. On MariaDB the clock of one of two instances stays in the month that the
// other one closes; on SQLite the month ends under way. Once somebody was told
// that it is closed nothing is recorded into it; what comes late is recorded
// afterwards with its old day; the figures are those of the book.
func TestClosingUnderLoad(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		months := times(3, 1)
		l := w.newLoad()
		all := closingCounts{}
		var s *service
		for n := range months {
			month := lastMonth().AddMonths(n + 1 - months)
			c := &closer{w: w, l: l, month: month, end: month.Next().First().Start(calendar.Shanghai)}
			if n > 0 {
				s.kill()
			}
			c.startAround()
			s = c.service
			l.begin(6)
			l.await(t, 60)
			for range times(4, 1) {
				c.close()
				l.inhabit(l.habits[:len(l.habits)-1], habit{clock: c.clock, late: c.late})
				l.await(t, times(300, 60))
				c.holds()
				c.reopen()
				l.await(t, times(100, 30))
			}
			c.close()
			l.await(t, 30)
			l.end()
			c.holds()
			c.sealAll()
			all.add(c.counts)
		}
		report(t, append([]any{"months", months, "closings", all.closings, "refused meanwhile", all.refused, "late", all.late, "recorded after closing", all.wrong},
			l.judge(s).counts()...)...)
	})
}

// closer closes a month, and looks whether it stays closed.
type closer struct {
	w       *world
	l       *load
	service *service      // the one that closes
	clock   time.Duration // its own, ahead of ours
	late    time.Duration // so much later than they happened half of the visits reach it
	month   calendar.Month
	end     calendar.Micros
	settled bool
	closing id.ID          // the newest
	sent    int            // operations when it was answered
	entries map[id.ID]bool // recorded before the end
	counts  closingCounts
}

type closingCounts struct{ closings, refused, late, wrong int }

func (a *closingCounts) add(b closingCounts) {
	a.closings, a.refused, a.late, a.wrong = a.closings+b.closings, a.refused+b.refused, a.late+b.late, a.wrong+b.wrong
}

// startAround starts services around the end of the month. Before it people only
// bring: what they redeem would have to be settled first.
func (c *closer) startAround() {
	const before, after = 72 * time.Hour, 72 * time.Hour
	ahead := c.end.Sub(calendar.Now())
	first := c.w.serve(c.w.url, clockVariable+"="+(ahead-before).String())
	slow := habit{clock: ahead - before, brings: true}
	if c.w.kind == mariadb {
		c.clock, c.late = ahead+after, after+before
		c.service = c.w.serve(c.w.url, clockVariable+"="+c.clock.String())
		c.l.aim(first, c.service)
		c.l.inhabit([]habit{slow}, habit{clock: c.clock, late: c.late})
		return
	}
	c.l.aim(first)
	c.l.inhabit(nil, slow)
	c.l.begin(4)
	c.l.await(c.w.t, 40)
	c.l.end()
	first.kill()
	c.clock, c.late = c.end.Sub(calendar.Now())-3*time.Second, time.Hour
	c.service = c.w.serve(c.w.url, clockVariable+"="+c.clock.String())
	c.l.aim(c.service)
	c.l.inhabit(nil, habit{clock: c.clock, brings: true})
}

// settle draws up what the month owes to the shops.
func (c *closer) settle() {
	c.settled = true
	for _, of := range c.w.shops {
		c.w.finish(c.service, of.keeper, "/api/v1/settlements", fmt.Sprintf(`{"id":%q,"shop_id":%q,"month":%q}`, id.New(), of.id, c.month), "draft")
	}
}

// close asks to close the month until it is closed.
func (c *closer) close() {
	c.w.t.Helper()
	const mostRefusals = 1000
	c.closing = id.New()
	for range mostRefusals {
		switch state, code := c.act("close", c.w.official, fmt.Sprintf(`{"id":%q}`, c.closing)); {
		case state == "closed":
			c.counts.closings++
			c.note()
			return
		case code == "closing.month_not_over":
			c.l.await(c.w.t, 10)
		case code == "closing.unsealed":
			c.sealAll()
		case code == "closing.blocked" && !c.settled:
			c.settle()
		default:
			c.w.t.Fatalf("closing %s: %s %s\n%s", c.month, state, code, c.blockers())
		}
		c.counts.refused++
	}
	c.w.t.Fatalf("%s was not closed", c.month)
}

// blockers is what the service says stands in the way.
func (c *closer) blockers() string {
	request, err := http.NewRequest(http.MethodGet, fmt.Sprintf("http://%s/api/v1/closings/%s/%s", c.service.address, c.w.town, c.month), nil)
	must(c.w.t, err)
	request.Header.Set("Cookie", "hufen="+c.w.official)
	response, err := http.DefaultClient.Do(request)
	must(c.w.t, err)
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	must(c.w.t, err)
	return string(answer)
}

// reopen has the month opened again by two people; one alone cannot.
func (c *closer) reopen() {
	c.w.t.Helper()
	for _, step := range []struct{ act, token, body, want string }{
		{"ask", c.w.official, fmt.Sprintf(`{"id":%q,"reason":"漏了一张磅单"}`, id.New()), "asked"},
		{"reopen", c.w.official, fmt.Sprintf(`{"id":%q}`, id.New()), "closing.same_person"},
		{"reopen", c.w.secondOfficial, fmt.Sprintf(`{"id":%q}`, id.New()), "open"},
	} {
		if state, code := c.act(step.act, step.token, step.body); state+code != step.want {
			c.w.t.Fatalf("%s %s: %s %s, want %s", step.act, c.month, state, code, step.want)
		}
	}
}

// act asks for an act on the month, and returns its state or the refusal's code.
func (c *closer) act(act, token, body string) (state, code string) {
	c.w.t.Helper()
	client := http.Client{Timeout: patience}
	defer client.CloseIdleConnections()
	path := fmt.Sprintf("/api/v1/closings/%s/%s/%s", c.w.town, c.month, act)
	var status int
	var answer []byte
	var err error
	for range mostAgain {
		if status, answer, err = post(&client, c.service.address, token, path, body); err == nil && status/100 != 5 {
			break
		}
	}
	var got struct {
		State, Code string
	}
	if err == nil {
		err = json.Unmarshal(answer, &got)
	}
	if err != nil {
		c.w.t.Fatalf("%s: %d %v %.500s", path, status, err, answer)
	}
	return got.State, got.Code
}

// sealAll seals what was recorded up to now, as a clock two minutes ahead does.
func (c *closer) sealAll() {
	c.w.t.Helper()
	command, said := c.w.program(c.w.url, "seal", "now")
	command.Env = append(command.Env, clockVariable+"="+(c.clock+2*time.Minute).String())
	if err := command.Run(); err != nil {
		c.w.t.Errorf("hufen seal now: %v\n%s", err, said)
	}
}

// note remembers what is in the month now that it is closed.
func (c *closer) note() {
	c.l.book.mu.Lock()
	c.sent = len(c.l.operations)
	c.l.book.mu.Unlock()
	c.entries = c.before()
}

// before reads the entries recorded before the end of the month.
func (c *closer) before() map[id.ID]bool {
	c.w.t.Helper()
	found := map[id.ID]bool{}
	c.w.within(func(db *database.DB) {
		must(c.w.t, database.Each(context.Background(), db.Read, func(row database.Row) error {
			found[row.ID(0)] = true
			return nil
		}, "SELECT id FROM entries WHERE recorded_at < ?", int64(c.end)))
	})
	return found
}

// holds looks whether the month is as it was when it was closed, and its figures
// as the book says.
func (c *closer) holds() {
	c.w.t.Helper()
	entries := c.before()
	c.l.book.mu.Lock()
	sent := c.l.operations[c.sent:]
	c.l.book.mu.Unlock()
	wrong := len(entries) - len(c.entries)
	for _, o := range sent {
		if entries[o.id] {
			c.w.t.Errorf("%s was sent after %s was closed, and is recorded in it", o.id, c.month)
			wrong++
		}
	}
	if wrong != 0 {
		c.w.t.Errorf("%s was closed with %d entries up to its end, now there are %d", c.month, len(c.entries), len(entries))
	}
	c.counts.wrong += wrong
	late := c.number("SELECT COUNT(*) FROM entries WHERE kind = 'drop_off' AND effective_at < ? AND recorded_at >= ?", int64(c.end), int64(c.end))
	if late == 0 {
		c.w.t.Errorf("nothing of %s came late", c.month)
	}
	c.counts.late = late
	held := 0
	for _, v := range c.w.villages {
		kept := c.number("SELECT value FROM closing_figures WHERE act_id = ? AND village_id = ? AND name = 'closing'", c.closing[:], v.id[:])
		book := c.number(`SELECT COALESCE(SUM(l.points), 0) FROM entry_lines l JOIN entries e ON e.id = l.entry_id JOIN accounts a ON a.id = l.account_id
			WHERE a.kind = 'household' AND a.village_id = ? AND e.recorded_at < ?`, v.id[:], int64(c.end))
		if held += book; kept != book {
			c.w.t.Errorf("%s of village %s was closed with %d, the book says %d", c.month, v.id, kept, book)
		}
	}
	if held == 0 {
		c.w.t.Errorf("nobody held anything at the end of %s", c.month)
	}
}

func (c *closer) number(query string, args ...any) (n int) {
	c.w.t.Helper()
	c.w.within(func(db *database.DB) { must(c.w.t, db.Read.Raw(query, args...).Row().Scan(&n)) })
	return n
}
