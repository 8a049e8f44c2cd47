package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// service is the real program, running as a child process.
type service struct {
	command *exec.Cmd
	address string
	ready   time.Duration // from its start to the first answer of /healthz
	said    *tail
	ended   chan error
}

// patience bounds the start and the stop of the service.
const patience = time.Minute

// environment lifts the limits that hold back one address, which a load test is,
// and keeps a line for each request out of the terminal.
func (b *bed) environment(port int) []string {
	return append(os.Environ(),
		"HOST=127.0.0.1", "PORT="+strconv.Itoa(port), "PUBLIC_URL=http://localhost:"+strconv.Itoa(port),
		"DATA_DIR="+b.folder, "DATABASE_URL="+b.service,
		"RATE_PER_SECOND=0", "SCAN_RATE_PER_MINUTE=0", "LOG_LEVEL=WARN")
}

// startService starts the program on the bed's database and waits until it says
// that it is ready.
func startService(ctx context.Context, binary string, b *bed) (*service, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &service{command: exec.Command(binary, "serve"), address: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
		said: &tail{}, ended: make(chan error, 1)}
	s.command.Env = b.environment(port)
	s.command.Dir = b.folder
	s.command.Stdout, s.command.Stderr = s.said, s.said
	began := time.Now()
	if err := s.command.Start(); err != nil {
		return nil, fmt.Errorf("start the service: %w", err)
	}
	go func() { s.ended <- s.command.Wait() }()
	if err := s.await(ctx); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	s.ready = time.Since(began)
	return s, nil
}

// freePort returns a port nobody listens on at this moment.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// await asks /healthz until it answers 200: the service listens once its schema
// is there. /readyz would also want the durability that a test server lacks.
func (s *service) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ask := time.NewTicker(2 * time.Millisecond)
	defer ask.Stop()
	for {
		select {
		case err := <-s.ended:
			s.ended <- err
			return fmt.Errorf("the service ended: %v\n%s", err, s.said)
		case <-ctx.Done():
			return fmt.Errorf("the service is not ready: %w\n%s", ctx.Err(), s.said)
		case <-ask.C:
		}
		if s.isReady() {
			return nil
		}
	}
}

func (s *service) isReady() bool {
	c, err := dial(s.address)
	if err != nil {
		return false
	}
	defer c.close()
	a, err := c.do(&request{method: "GET", path: "/healthz"})
	return err == nil && a.status == 200
}

// postings are what the service has written so far, and in how many groups.
type postings struct{ count, groups float64 }

// postings reads them from /metrics.
func (s *service) postings() (postings, error) {
	c, err := dial(s.address)
	if err != nil {
		return postings{}, err
	}
	defer c.close()
	a, err := c.do(&request{method: "GET", path: "/metrics"})
	if err != nil {
		return postings{}, err
	}
	var p postings
	for line := range strings.Lines(string(a.body)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch name {
		case "hufen_group_size_sum":
			p.count, err = strconv.ParseFloat(value, 64)
		case "hufen_group_size_count":
			p.groups, err = strconv.ParseFloat(value, 64)
		}
		if err != nil {
			return postings{}, fmt.Errorf("/metrics: %q: %w", line, err)
		}
	}
	return p, nil
}

// perGroupSince returns how many were written together on average.
func (p postings) perGroupSince(before postings) float64 {
	return (p.count - before.count) / max(p.groups-before.groups, 1)
}

// process returns its id.
func (s *service) process() int { return s.command.Process.Pid }

// stop asks the service to end and waits until it has.
func (s *service) stop() error {
	if err := s.command.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop the service: %w", err)
	}
	select {
	case err := <-s.ended:
		s.ended <- err
		if err != nil {
			return fmt.Errorf("the service ended: %w\n%s", err, s.said)
		}
		return nil
	case <-time.After(patience):
		return errors.Join(fmt.Errorf("the service does not stop\n%s", s.said), s.command.Process.Kill())
	}
}

// tail keeps the end of what a process says.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const tailLength = 4 << 10

// Write takes all of p and keeps the last bytes.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	t.text = t.text[max(0, len(t.text)-tailLength):]
	return len(p), nil
}

// String returns what was kept.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.text))
}
