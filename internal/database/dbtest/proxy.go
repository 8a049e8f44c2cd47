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

	mu    sync.Mutex
	open  map[*pair]bool
	plan  commitPlan
	delay time.Duration
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
	p := &Proxy{open: map[*pair]bool{}}
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
		switch p.take(buffer[:n]) {
		case cutBefore:
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
		if err != nil || c.swallow.Load() {
			return
		}
		p.wait()
		if _, err := c.client.Write(buffer[:n]); err != nil {
			return
		}
	}
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
