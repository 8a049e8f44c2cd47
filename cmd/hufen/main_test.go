package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"hufen/internal/config"
	"hufen/internal/database/dbtest"
	"hufen/internal/demo"
)

// binary is the program under test, built once.
var binary string

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "hufen-test-")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(folder, "hufen")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Stderr = os.Stderr
	code := 1
	if err := build.Run(); err == nil {
		code = m.Run()
	}
	os.RemoveAll(folder)
	os.Exit(code)
}

// machine is an environment to run the program in.
type machine struct {
	t           *testing.T
	folder      string
	environment []string
	port        int
}

// forEach runs a test with an empty database of each dialect.
func forEach(t *testing.T, test func(t *testing.T, p *machine)) {
	t.Run("SQLite", func(t *testing.T) { test(t, newMachine(t, "")) })
	t.Run("MariaDB", func(t *testing.T) { test(t, newMachine(t, dbtest.EmptyMariaDB(t))) })
}

func newMachine(t *testing.T, url string) *machine {
	t.Helper()
	p := &machine{t: t, folder: t.TempDir(), port: freePort(t)}
	p.environment = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + p.folder, "HOST=127.0.0.1", "PORT=" + strconv.Itoa(p.port),
		"DATA_DIR=" + filepath.Join(p.folder, "data"), "DATABASE_URL=" + url, "LOG_LEVEL=WARN"}
	return p
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// run runs a command to its end and returns what it said and its exit code.
func (p *machine) run(input string, args ...string) (said string, code int) {
	p.t.Helper()
	c := exec.CommandContext(p.t.Context(), binary, args...)
	c.Env, c.Dir, c.Stdin = p.environment, p.folder, strings.NewReader(input)
	out, err := c.CombinedOutput()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		p.t.Fatal(err)
	}
	return string(out), c.ProcessState.ExitCode()
}

func (p *machine) mustRun(input string, args ...string) string {
	p.t.Helper()
	said, code := p.run(input, args...)
	if code != exitOK {
		p.t.Fatalf("hufen %v: exit code %d\n%s", args, code, said)
	}
	return said
}

// service is a running hufen serve.
type service struct {
	*exec.Cmd
	said   *bufio.Reader
	output bytes.Buffer
	url    string
}

// serve starts the service and waits until it listens.
func (p *machine) serve(options ...string) *service {
	p.t.Helper()
	s := &service{Cmd: exec.Command(binary, append([]string{"serve"}, options...)...), url: "http://127.0.0.1:" + strconv.Itoa(p.port)}
	s.Env, s.Dir, s.Stderr = p.environment, p.folder, &s.output
	out, err := s.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { s.Process.Kill(); s.Wait() })
	s.said = bufio.NewReader(out)
	line, err := s.said.ReadString('\n')
	if err != nil || !strings.Contains(line, "://localhost:"+strconv.Itoa(p.port)) {
		p.t.Fatalf("%q %v\n%s", line, err, s.output.String())
	}
	return s
}

// stop asks the service to end and returns its exit code.
func (s *service) stop(t *testing.T) int {
	t.Helper()
	if err := s.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = s.Wait()
	return s.ProcessState.ExitCode()
}

func (s *service) signIn(t *testing.T, login, password string) int {
	t.Helper()
	body := fmt.Sprintf(`{"login":%q,"password":%q}`, login, password)
	request, err := http.NewRequest("POST", s.url+"/api/v1/session", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}

const typed = "杏花村里的第七口井\n"

func TestUser(t *testing.T) {
	forEach(t, func(t *testing.T, p *machine) {
		said := p.mustRun("", "user", "add", "--login", "li", "--name", "李红")
		_, password, found := strings.Cut(said, "password: ")
		if !found {
			t.Fatalf("no password was made up: %s", said)
		}
		if status := p.serve().signIn(t, "li", strings.TrimSpace(password)); status != http.StatusOK {
			t.Errorf("signing in with the made up password: %d", status)
		}
		for name, args := range map[string][]string{
			"taken":    {"--login", "li", "--name", "李红"},
			"division": {"--login", "wu", "--name", "吴", "--role", "cadre", "--division", "610204107201"},
			"role":     {"--login", "wu", "--name", "吴", "--role", "king"},
		} {
			want := exitFailed
			if name == "role" {
				want = exitUsage
			}
			if said, code := p.run(typed, append([]string{"user", "add"}, args...)...); code != want {
				t.Errorf("%s: exit code %d: %s", name, code, said)
			}
		}
	})
}

// The demo loads once, verifies, and lets its people in.
func TestDemo(t *testing.T) {
	forEach(t, func(t *testing.T, p *machine) {
		if said := p.mustRun("", "demo", "--households", "60"); !strings.Contains(said, "PIN") {
			t.Errorf("%s", said)
		}
		if said, code := p.run("", "demo", "--households", "60"); code != exitFailed {
			t.Errorf("loaded twice: exit code %d: %s", code, said)
		}
		p.mustRun("", "verify")
		s := p.serve("--demo")
		heading, err := s.said.ReadString('\n')
		if err != nil || !strings.Contains(heading, "demo town") {
			t.Fatalf("%q %v", heading, err)
		}
		for _, login := range []string{"cleaner", "shop", "cadre", "town", "district", "finance", "auditor", "admin"} {
			line, err := s.said.ReadString('\n')
			if fields := strings.Fields(line); err != nil || len(fields) < 3 || fields[1] != login || fields[2] != demo.Password {
				t.Errorf("%q %v, want the log-in %s", line, err, login)
			}
			if status := s.signIn(t, login, demo.Password); status != http.StatusOK {
				t.Errorf("%s: %d", login, status)
			}
		}
		t.Run("Outsiders", func(t *testing.T) { testOutsiders(t, p, s) })
	})
}

func TestHelp(t *testing.T) {
	p := newMachine(t, "")
	overview := p.mustRun("", "help")
	for _, c := range commands() {
		if !strings.Contains(overview, "  "+c.name+" ") {
			t.Errorf("help does not list %s", c.name)
		}
		if page := p.mustRun("", "help", c.name); !strings.HasPrefix(page, "hufen "+c.name) {
			t.Errorf("help %s: %q", c.name, page)
		}
	}
	for _, variable := range []string{"PORT ", "DATABASE_URL ", "TRUSTED_PROXIES ", "8080"} {
		if !strings.Contains(p.mustRun("", "help", "serve"), variable) {
			t.Errorf("help serve does not list %s", variable)
		}
	}
	if got, want := p.mustRun("", "--version"), p.mustRun("", "version"); got != want {
		t.Errorf("--version: %q, want %q", got, want)
	}
	for _, args := range [][]string{{"nothing"}, {"serve", "-x"}, {"backup"}, {"backup", "a", "b"}, {"user", "remove"}, {"help", "nothing"}} {
		if said, code := p.run("", args...); code != exitUsage {
			t.Errorf("%v: exit code %d: %s", args, code, said)
		}
	}
	p.environment = append(p.environment, "PORT=http")
	if said, code := p.run("", "migrate"); code != exitFailed || !strings.Contains(said, "PORT") {
		t.Errorf("exit code %d: %s", code, said)
	}
}

// Every setting is in the operator's manual.
func TestManual(t *testing.T) {
	manual, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(config.Help()) {
		if name, _, _ := strings.Cut(line, " "); !strings.Contains(string(manual), "`"+name+"`") {
			t.Errorf("docs/operations.md does not say what %s is", name)
		}
	}
}
