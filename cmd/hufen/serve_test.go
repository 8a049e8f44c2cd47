package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"hufen/internal/database"
	"hufen/internal/database/dbtest"
)

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
