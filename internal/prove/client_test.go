package prove_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"hufen/internal/calendar"
	"hufen/internal/id"
)

// gate holds clients back while what they ask is known to be down.
type gate struct {
	mu   sync.Mutex
	open chan struct{}
}

func newGate() *gate {
	g := &gate{open: make(chan struct{})}
	close(g.open)
	return g
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open = make(chan struct{})
}

func (g *gate) unlock() {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-g.open:
	default:
		close(g.open)
	}
}

func (g *gate) pass(ctx context.Context) {
	g.mu.Lock()
	open := g.open
	g.mu.Unlock()
	select {
	case <-open:
	case <-ctx.Done():
	}
}

// load is clients at work.
type load struct {
	*book
	w       *world
	gate    *gate
	mu      sync.Mutex
	targets []string // addresses of the services
	habits  []habit  // of the clients of each; none: they do everything, now
	cancel  context.CancelFunc
	clients sync.WaitGroup
	aside   time.Duration // most a phone's clock is wrong
	before  []*operation  // of clients that were judged earlier
}

// newLoad prepares clients of the services at the addresses.
func (w *world) newLoad(services ...*service) *load {
	l := &load{book: newBook(), w: w, gate: newGate()}
	l.aim(services...)
	return l
}

// aim sends the clients to other services.
func (l *load) aim(services ...*service) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.targets = nil
	for _, s := range services {
		l.targets = append(l.targets, s.address)
	}
}

// habit is how the clients of one service behave.
type habit struct {
	clock  time.Duration // of the phones and the service, ahead of ours
	late   time.Duration // so much later than it happened half of the visits are sent
	brings bool          // nothing is redeemed
}

// inhabit gives the clients of the services habits, in the order of aim.
func (l *load) inhabit(others []habit, last habit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.habits = append(slices.Clone(others), last)
}

func (l *load) habit(n int) habit {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.habits) == 0 {
		return habit{}
	}
	return l.habits[n%len(l.habits)]
}

func (l *load) target(n int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.targets[n%len(l.targets)]
}

// begin sends clients to work until end.
func (l *load) begin(clients int) {
	ctx, cancel := context.WithCancel(context.Background())
	l.cancel = cancel
	for n := range clients {
		l.clients.Go(func() { l.work(ctx, n) })
	}
}

// end stops the clients after what they are doing.
func (l *load) end() {
	l.cancel()
	l.gate.unlock()
	l.clients.Wait()
}

// client is one phone: it keeps its connection, and what it has not yet got an
// answer to.
type client struct {
	*load
	n       int
	random  *rand.Rand
	http    http.Client
	waiting []*operation
	done    []*operation // answered, could be undone
}

func (l *load) work(ctx context.Context, n int) {
	c := &client{load: l, n: n, random: rand.New(rand.NewPCG(*seed, uint64(n))),
		http: http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1}, Timeout: time.Minute}}
	defer c.http.CloseIdleConnections()
	for ctx.Err() == nil {
		l.gate.pass(ctx)
		before := len(c.waiting)
		c.turn()
		if len(c.waiting) > before {
			c.rest(ctx)
		}
	}
}

// mostRest is how long a phone without an answer waits before it does the next
// thing, at most.
const mostRest = 20 * time.Millisecond

func (c *client) rest(ctx context.Context) {
	timer := time.NewTimer(time.Duration(c.random.Int64N(int64(mostRest))))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// turn asks for something new, or again for what was not answered. Half of that
// is never asked again before the end.
func (c *client) turn() {
	if len(c.waiting) > 0 {
		again := c.waiting[0]
		c.waiting = c.waiting[1:]
		if c.random.IntN(2) == 0 {
			c.ask(again)
		}
		return
	}
	most := 100
	if c.habit(c.n).brings {
		most = 60
	}
	switch n := c.random.IntN(most); {
	case n < 10:
		batch := make([]*operation, 2+c.random.IntN(9))
		for i := range batch {
			batch[i] = c.dropOff()
		}
		c.askAll(batch)
	case n < 60:
		c.askNew(c.dropOff())
	case n < 85:
		c.askNew(c.redeem())
	default:
		if len(c.done) == 0 {
			return
		}
		i := c.random.IntN(len(c.done))
		target := c.done[i]
		c.done = append(c.done[:i], c.done[i+1:]...)
		c.askNew(c.w.takeBack(target))
	}
}

func (c *client) dropOff() *operation {
	h := c.w.homes[c.random.IntN(len(c.w.homes))]
	return c.w.dropOff(h, fmt.Sprintf(`{"item":"paper","grams":%d}`, 100+c.random.IntN(9000)), c.phoneTime())
}

func (c *client) phoneTime() time.Time {
	if h := c.habit(c.n); c.aside == 0 {
		at := time.Now().Add(h.clock)
		if h.late > 0 && c.random.IntN(2) == 0 {
			at = at.Add(-h.late)
		}
		return at
	}
	return time.Now().Add(time.Duration(c.random.Int64N(int64(2*c.aside))) - c.aside)
}

// dropOff is a visit of a household.
func (w *world) dropOff(h *home, item string, at time.Time) *operation {
	o := &operation{id: id.New(), what: bringing, home: h, token: w.villages[h.at].cleaner, path: "/api/v1/drop-offs"}
	o.body = fmt.Sprintf(`{"id":%q,"card_code":%q,"point_id":%q,"happened_at":%q,"items":[%s]}`,
		o.id, h.code, w.villages[h.at].point, calendar.MicrosOf(at), item)
	return o
}

func (c *client) redeem() *operation {
	return c.w.redeem(c.w.homes[c.random.IntN(len(c.w.homes))], c.random.IntN(len(c.w.shops)), 1+c.random.IntN(4))
}

// redeem is a household's errand.
func (w *world) redeem(h *home, at, quantity int) *operation {
	s := w.shops[at]
	o := &operation{id: id.New(), what: redeeming, home: h, token: s.keeper, path: "/api/v1/redemptions"}
	o.body = fmt.Sprintf(`{"id":%q,"card_code":%q,"shop_id":%q,"items":[{"goods_id":%q,"quantity":%d}]}`, o.id, h.code, s.id, s.goods, quantity)
	return o
}

// takeBack undoes a drop-off or cancels a redemption.
func (w *world) takeBack(target *operation) *operation {
	o := &operation{id: id.New(), what: undo, home: target.home, target: target, token: target.token,
		path: target.path + "/" + target.id.String() + "/reversal"}
	if target.what == redeeming {
		o.what = cancel
	}
	o.body = fmt.Sprintf(`{"id":%q,"reason":"记错了"}`, o.id)
	return o
}

// askNew writes an operation down and sends it.
func (c *client) askNew(o *operation) {
	c.write(o)
	c.ask(o)
}

// ask sends an operation that is written down, and notes the answer.
func (c *client) ask(o *operation) {
	got, err := send(&c.http, c.target(c.n), o)
	c.heard(o, got, err)
}

// heard notes what came back, if anything did.
func (c *client) heard(o *operation, got *outcome, err error) {
	if err != nil {
		c.fail()
		c.waiting = append(c.waiting, o)
		return
	}
	c.answer(o, got)
	// Debts are followed by the time of their entries (adjustment.Verify), which
	// wrong clocks put in another order; so no debts are made where they are wrong.
	if got.posted() && (o.what == redeeming || o.what == bringing && c.aside == 0 && c.habit(c.n).clock == 0) {
		c.done = append(c.done, o)
		if len(c.done) > 50 {
			c.done = c.done[1:]
		}
	}
}

// askAll sends drop-offs of one village together, as a phone does that was
// offline.
func (c *client) askAll(batch []*operation) {
	var body bytes.Buffer
	body.WriteString(`{"drop_offs":[`)
	kept := batch[:0]
	for _, o := range batch {
		if o.token != batch[0].token {
			continue
		}
		if len(kept) > 0 {
			body.WriteByte(',')
		}
		body.WriteString(o.body)
		kept = append(kept, o)
		c.write(o)
	}
	body.WriteString("]}")
	status, answer, err := post(&c.http, c.target(c.n), kept[0].token, "/api/v1/drop-offs:batch", body.String())
	var all struct {
		Outcomes []struct {
			Status  int
			DropOff json.RawMessage `json:"drop_off"`
			Problem json.RawMessage
		}
	}
	if err == nil && status == http.StatusOK {
		err = json.Unmarshal(answer, &all)
	}
	if err != nil || len(all.Outcomes) != len(kept) {
		for _, o := range kept {
			c.heard(o, nil, fmt.Errorf("%d %v", status, err))
		}
		return
	}
	for i, o := range kept {
		one := all.Outcomes[i]
		got, err := read(o, one.Status, append(one.DropOff, one.Problem...))
		c.heard(o, got, err)
	}
}

// send sends an operation and reads its outcome. An error says that there is
// none: it may have happened or not.
func send(client *http.Client, address string, o *operation) (*outcome, error) {
	status, answer, err := post(client, address, o.token, o.path, o.body)
	if err != nil {
		return nil, err
	}
	return read(o, status, answer)
}

func post(client *http.Client, address, token, path, body string) (int, []byte, error) {
	request, err := http.NewRequest(http.MethodPost, "http://"+address+path, bytes.NewReader([]byte(body)))
	if err != nil {
		return 0, nil, err
	}
	request.GetBody = nil // the client alone decides what is sent again
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	request.Header.Set("Cookie", "hufen="+token)
	response, err := client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

// read reads an answer. Nothing is promised by a 5xx, nor by a 401 or 429.
func read(o *operation, status int, answer []byte) (*outcome, error) {
	if status/100 == 5 || status == http.StatusUnauthorized || status == http.StatusTooManyRequests || status/100 == 3 {
		return nil, fmt.Errorf("status %d: %.300s", status, answer)
	}
	var a struct {
		Code, Status, Number any
		Earned, Cut, Points  int64
	}
	if err := json.Unmarshal(answer, &a); err != nil {
		return nil, fmt.Errorf("status %d, not JSON: %w", status, err)
	}
	got := &outcome{status: status}
	if !got.posted() {
		got.code, _ = a.Code.(string)
		return got, nil
	}
	switch o.what {
	case bringing: // credited is what is left of it, 0 after an undo
		got.effect = a.Earned - a.Cut
	case undo:
		got.effect = a.Cut - a.Earned
	case redeeming:
		got.effect, got.number = -a.Points, fmt.Sprint(a.Number)
	case cancel:
		got.effect, got.number = a.Points, fmt.Sprint(a.Number)
	}
	return got, nil
}
