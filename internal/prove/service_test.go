package prove_test

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// service is the real program on a world's database. It keeps its address when
// it is started again.
type service struct {
	t       testing.TB
	binary  string
	address string
	env     []string
	command *exec.Cmd
	ended   chan struct{}
	said    *tail
}

// place prepares a service; start starts it.
func (w *world) place(url string, env ...string) *service {
	w.t.Helper()
	port := freePort(w.t)
	return &service{t: w.t, binary: binary, address: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), said: &tail{},
		env: append(w.environment(url), append([]string{"PORT=" + strconv.Itoa(port)}, env...)...)}
}

// environment is what a program of the house needs to work on a database.
func (w *world) environment(url string) []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + w.folder, "HOST=127.0.0.1", "DATA_DIR=" + filepath.Join(w.folder, "data"),
		"DATABASE_URL=" + url, "RATE_PER_SECOND=0", "SCAN_RATE_PER_MINUTE=0", "LOG_LEVEL=WARN", "GOMAXPROCS=2"}
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// serve starts a service on the world's database and stops it with the test.
func (w *world) serve(url string, env ...string) *service {
	w.t.Helper()
	s := w.place(url, env...)
	s.start()
	w.t.Cleanup(s.kill)
	return s
}

// start starts the program and returns when it says where it listens.
func (s *service) start() {
	s.t.Helper()
	if err := s.tryStart(); err != nil {
		s.t.Fatalf("the service does not start: %v\n%s", err, s.said)
	}
}

func (s *service) tryStart() error {
	s.command = exec.Command(s.binary, "serve")
	s.command.Env, s.command.Stderr = s.env, s.said
	out, err := s.command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := s.command.Start(); err != nil {
		return err
	}
	timer := time.AfterFunc(patience, func() { s.command.Process.Kill() })
	defer timer.Stop()
	reader := bufio.NewReader(out)
	if _, err := reader.ReadString('\n'); err != nil {
		_ = s.command.Wait()
		return err
	}
	s.ended = make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, reader)
		_ = s.command.Wait()
		close(s.ended)
	}()
	return nil
}

// kill ends the program as a power cut would, but for what the operating system
// has in memory. It returns when it is gone.
func (s *service) kill() {
	if s.ended == nil {
		return
	}
	_ = s.command.Process.Kill()
	<-s.ended
}

// blamesNobody fails the test if the service took its own trouble for something that
// nobody foresaw.
func (s *service) blamesNobody() {
	s.t.Helper()
	if said := s.said.String(); strings.Contains(said, "server.internal") || strings.Contains(said, "panic") {
		s.t.Errorf("the service says:\n%s", said)
	}
}

// program returns a run of the program with other arguments.
func (w *world) program(url string, args ...string) (*exec.Cmd, *bytes.Buffer) {
	c := exec.Command(binary, args...)
	var said bytes.Buffer
	c.Env, c.Stdout, c.Stderr = w.environment(url), &said, &said
	return c, &said
}

// tail keeps the end of what a process says.
type tail struct {
	mu   sync.Mutex
	text []byte
}

// Write takes all of p and keeps the last bytes.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	t.text = t.text[max(0, len(t.text)-8<<10):]
	return len(p), nil
}

// String returns what was kept.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.text))
}
