package main

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"hufen/internal/config"
	"hufen/internal/database"
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

func TestServe(t *testing.T) {
	forEach(t, func(t *testing.T, p *machine) {
		p.mustRun(typed, "user", "add", "--login", "chen", "--name", "陈明")
		s := p.serve()
		if status := s.signIn(t, "chen", strings.TrimSpace(typed)); status != http.StatusOK {
			t.Errorf("signing in: %d", status)
		}
		if status := s.signIn(t, "chen", "wrong"); status != http.StatusUnauthorized {
			t.Errorf("wrong password: %d", status)
		}
		if code := s.stop(t); code != exitOK {
			t.Errorf("exit code %d\n%s", code, s.output.String())
		}
		// A second start finds everything.
		started := time.Now()
		s = p.serve()
		t.Logf("second start: %v", time.Since(started))
		if status := s.signIn(t, "chen", strings.TrimSpace(typed)); status != http.StatusOK {
			t.Errorf("signing in after a restart: %d", status)
		}
	})
}

// With a certificate of its own the service speaks HTTPS, and says so in its
// cookies and headers.
func TestServe_TLS(t *testing.T) {
	p := newMachine(t, "")
	cert, key := p.certificate()
	p.environment = append(p.environment, "TLS_CERT="+cert, "TLS_KEY="+key)
	p.serve()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	response, err := client.Get("https://127.0.0.1:" + strconv.Itoa(p.port) + "/api/v1/session")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.Header.Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS")
	}
	if cookies := response.Cookies(); len(cookies) != 1 || !cookies[0].Secure {
		t.Errorf("cookies %v", cookies)
	}
}

// certificate writes a certificate of nobody.
func (p *machine) certificate() (cert, key string) {
	p.t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		p.t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	public, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		p.t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.pem("cert.pem", "CERTIFICATE", public), p.pem("key.pem", "PRIVATE KEY", secret)
}

func (p *machine) pem(name, kind string, content []byte) string {
	p.t.Helper()
	path := filepath.Join(p.folder, name)
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), 0o600); err != nil {
		p.t.Fatal(err)
	}
	return path
}

// A request that was accepted before the signal is answered after it.
func TestServe_Graceful(t *testing.T) {
	forEach(t, func(t *testing.T, p *machine) {
		s := p.serve()
		body, writer := io.Pipe()
		request, err := http.NewRequest("POST", s.url+"/api/v1/session", body)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Sec-Fetch-Site", "same-origin")
		answered := make(chan int, 1)
		go func() {
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				answered <- 0
				return
			}
			response.Body.Close()
			answered <- response.StatusCode
		}()
		io.WriteString(writer, `{"login":"nobody",`)
		time.Sleep(200 * time.Millisecond)
		s.Process.Signal(syscall.SIGTERM)
		time.Sleep(200 * time.Millisecond)
		io.WriteString(writer, `"password":"x"}`)
		writer.Close()
		if status := <-answered; status != http.StatusUnauthorized {
			t.Errorf("%d, want 401", status)
		}
		_ = s.Wait()
		if code := s.ProcessState.ExitCode(); code != exitOK {
			t.Errorf("exit code %d\n%s", code, s.output.String())
		}
	})
}

// Several instances that start at once on an empty database all come up.
func TestServe_Together(t *testing.T) {
	url := dbtest.EmptyMariaDB(t)
	services := make(chan *service)
	for range 3 {
		p := newMachine(t, url)
		go func() { services <- p.serve() }()
	}
	for range 3 {
		s := <-services
		response, err := http.Get(s.url + "/healthz")
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
	}
}

// The service runs as an account that may change neither the schema nor what
// happened.
func TestServe_Confined(t *testing.T) {
	url := dbtest.EmptyMariaDB(t)
	root := dbtest.Open(t, url)
	client, _, err := database.ClientOf(url)
	if err != nil {
		t.Fatal(err)
	}
	account := "'" + client.Name + "'@'localhost'"
	t.Cleanup(func() { root.Write.Exec("DROP USER " + account) })
	grants := newMachine(t, url).mustRun("", "migrate", "--grants", account)
	for statement := range strings.Lines("CREATE USER " + account + " IDENTIFIED BY 'x'\n" + grants) {
		if err := root.Write.Exec(strings.TrimRight(statement, ";\n")).Error; err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	confined := newMachine(t, "mysql://"+client.Name+":x@unix("+client.Address+")/"+client.Name)
	confined.mustRun(typed, "user", "add", "--login", "chen", "--name", "陈明")
	if status := confined.serve().signIn(t, "chen", strings.TrimSpace(typed)); status != http.StatusOK {
		t.Errorf("signing in: %d", status)
	}
}

// A second service on a SQLite database is refused, in words that name the file;
// those who look, copy or add a user are not. After a kill -9 the next one starts.
func TestServe_SecondOnOneFile(t *testing.T) {
	p := newMachine(t, "")
	first := p.serve()
	refused := func(args ...string) {
		t.Helper()
		said, code := p.run("", args...)
		if code != exitFailed || !strings.Contains(said, "another hufen runs on") || !strings.Contains(said, strconv.Itoa(first.Process.Pid)) {
			t.Errorf("%v: exit code %d: %s", args, code, said)
		}
	}
	refused("serve")
	p.mustRun("", "verify")
	p.mustRun("", "backup", "copy.db")
	refused("restore", "--force", "copy.db")
	p.mustRun(typed, "user", "add", "--login", "chen", "--name", "陈明")
	if status := first.signIn(t, "chen", strings.TrimSpace(typed)); status != http.StatusOK {
		t.Errorf("signing in: %d", status)
	}
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.Wait()
	if code := p.serve().stop(t); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	p.mustRun("", "restore", "--force", "copy.db")
}

func TestServe_PortTaken(t *testing.T) {
	p := newMachine(t, "")
	l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(p.port))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if said, code := p.run("", "serve"); code != exitFailed || !strings.Contains(said, "in use") {
		t.Errorf("exit code %d: %s", code, said)
	}
}

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
			if said, code := p.run(typed, append([]string{"user", "add"}, args...)...); code != exitFailed {
				t.Errorf("%s: exit code %d: %s", name, code, said)
			}
		}
	})
}

func TestBackup(t *testing.T) {
	forEach(t, func(t *testing.T, p *machine) {
		p.mustRun(typed, "user", "add", "--login", "chen", "--name", "陈明 𠮷")
		s := p.serve()
		file := filepath.Join(p.folder, "backup")
		p.mustRun("", "backup", file, "--with-keys")
		if said, code := p.run("", "backup", file); code != exitFailed {
			t.Errorf("over an old backup: exit code %d: %s", code, said)
		}
		s.stop(t)
		if said, code := p.run("", "restore", file); code != exitFailed || !strings.Contains(said, "--force") {
			t.Errorf("over a database: exit code %d: %s", code, said)
		}
		p.mustRun(typed, "user", "add", "--login", "late", "--name", "后来")

		p.mustRun("", "restore", "--force", file)
		if status := p.serve().signIn(t, "chen", strings.TrimSpace(typed)); status != http.StatusOK {
			t.Errorf("after restoring: %d", status)
		}

		// On another machine, with the keys.
		url := ""
		if strings.HasSuffix(t.Name(), "MariaDB") {
			url = dbtest.EmptyMariaDB(t)
		}
		other := newMachine(t, url)
		other.mustRun("", "restore", "--with-keys", file)
		again := other.serve()
		if status := again.signIn(t, "late", strings.TrimSpace(typed)); status != http.StatusUnauthorized {
			t.Errorf("a user of after the backup: %d", status)
		}
		if status := again.signIn(t, "chen", strings.TrimSpace(typed)); status != http.StatusOK {
			t.Errorf("on another machine: %d", status)
		}
		if old, made := p.key(), other.key(); old != made {
			t.Error("the keys are not the same")
		}
	})
}

func (p *machine) key() string {
	p.t.Helper()
	path := filepath.Join(p.folder, "data", "keys", "card.key")
	info, err := os.Stat(path)
	if err != nil {
		p.t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		p.t.Errorf("the key file has mode %v", info.Mode())
	}
	content, err := os.ReadFile(path)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(content)
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
	})
}

// Half a dump is not taken for a backup.
func TestRestore_Damaged(t *testing.T) {
	forEach(t, func(t *testing.T, p *machine) {
		p.mustRun("", "migrate")
		file := filepath.Join(p.folder, "backup")
		p.mustRun("", "backup", file)
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, content[:len(content)/2], 0o600); err != nil {
			t.Fatal(err)
		}
		if said, code := p.run("", "restore", "--force", file); code != exitFailed {
			t.Errorf("exit code %d: %s", code, said)
		}
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
