package dbtest

import (
	"bytes"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hufen/internal/database"
)

// Proxy stands on the network between the service and its MySQL server and
// breaks connections on purpose.
type Proxy struct {
	url              string
	network, address string // of the server

	mu     sync.Mutex
	open   map[*pair]bool
	plan   commitPlan
	result bool // the next result is cut in the middle
	delay  time.Duration
	until  int // requests before then is called
	then   func()
	cuts   chan struct{}
}

type commitPlan uint8

const (
	forward commitPlan = iota
	cutBefore
	cutAfter
)

// NewProxy listens on a free local port and forwards to the server of db.
func NewProxy(t testing.TB, db *database.DB) *Proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{open: map[*pair]bool{}, cuts: make(chan struct{}, 1)}
	var user, name string
	user, p.network, p.address, name = place(t, URL(db))
	p.url = "mysql://" + user + "@" + listener.Addr().String() + "/" + name
	go p.serve(listener)
	t.Cleanup(func() {
		listener.Close()
		p.Cut()
	})
	return p
}

// place takes a database address apart.
func place(t testing.TB, address string) (user, network, host, name string) {
	t.Helper()
	rest := strings.TrimPrefix(address, "mysql://")
	if user, rest, found := strings.Cut(rest, "@unix("); found {
		socket, name, _ := strings.Cut(rest, ")/")
		return user, "unix", socket, name
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.User.String(), "tcp", u.Host, strings.TrimPrefix(u.Path, "/")
}

// URL returns the database's address through the proxy.
func (p *Proxy) URL() string { return p.url }

// CutBeforeCommit cuts the connection of the next COMMIT before it reaches the
// server: nothing is committed.
func (p *Proxy) CutBeforeCommit() { p.set(cutBefore) }

// CutAfterCommit lets the next COMMIT through, swallows the server's answer and
// cuts the connection: it is committed, and the service cannot know.
func (p *Proxy) CutAfterCommit() { p.set(cutAfter) }

func (p *Proxy) set(plan commitPlan) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.plan = plan
}

// CutInResult lets half of the next result through that has more than a few
// bytes, and cuts its connection.
func (p *Proxy) CutInResult() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.result = true
}

// Cuts gets a value when a planned cut was made.
func (p *Proxy) Cuts() <-chan struct{} { return p.cuts }

// Before calls then before the nth request from now reaches the server, 1 being
// the next, whoever it is from. then must not use the proxy. 0 forgets the plan;
// a call that has begun ends first.
func (p *Proxy) Before(n int, then func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.until, p.then = n, then
}

// count takes note of a request and calls what was to be called before it.
func (p *Proxy) count() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.until == 0 {
		return
	}
	if p.until--; p.until == 0 {
		p.then()
	}
}

// cut says that a planned cut is made.
func (p *Proxy) cut() {
	select {
	case p.cuts <- struct{}{}:
	default:
	}
}

// Delay makes every answer of the server arrive later by d.
func (p *Proxy) Delay(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = d
}

// Cut cuts every connection that is open now.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.open {
		c.close()
	}
}

func (p *Proxy) serve(listener net.Listener) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial(p.network, p.address)
		if err != nil {
			client.Close()
			continue
		}
		c := &pair{client: client, server: server}
		p.mu.Lock()
		p.open[c] = true
		p.mu.Unlock()
		go p.requests(c)
		go p.answers(c)
	}
}

// pair is one connection, both its ends.
type pair struct {
	client, server net.Conn
	swallow        atomic.Bool // the next answer must not arrive
}

func (c *pair) close() {
	c.client.Close()
	c.server.Close()
}

// command is a query packet's first bytes: COM_QUERY and its text.
var command = []byte("\x03COMMIT")

func (p *Proxy) requests(c *pair) {
	defer p.forget(c)
	buffer := make([]byte, 64<<10)
	for {
		n, err := c.client.Read(buffer)
		if err != nil {
			return
		}
		p.count()
		switch p.take(buffer[:n]) {
		case cutBefore:
			p.cut()
			return
		case cutAfter:
			c.swallow.Store(true)
		}
		if _, err := c.server.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// take returns the plan for these bytes, which is used up by a COMMIT.
func (p *Proxy) take(request []byte) commitPlan {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.plan == forward || !bytes.Contains(request, command) {
		return forward
	}
	plan := p.plan
	p.plan = forward
	return plan
}

func (p *Proxy) answers(c *pair) {
	defer p.forget(c)
	buffer := make([]byte, 64<<10)
	for {
		n, err := c.server.Read(buffer)
		if c.swallow.Load() {
			p.cut()
			return
		}
		if err != nil {
			return
		}
		p.wait()
		if p.takeResult(n) {
			_, _ = c.client.Write(buffer[:n/2])
			p.cut()
			return
		}
		if _, err := c.client.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// aResult is more than the server says when it has only done something.
const aResult = 100 // bytes

// takeResult reports whether these bytes are to be cut, once.
func (p *Proxy) takeResult(n int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	taken := p.result && n > aResult
	p.result = p.result && !taken
	return taken
}

func (p *Proxy) wait() {
	p.mu.Lock()
	d := p.delay
	p.mu.Unlock()
	time.Sleep(d)
}

func (p *Proxy) forget(c *pair) {
	c.close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, c)
}
