package prove_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"hufen/internal/database"
)

// dbServer is a MariaDB server of our own, durable, in a folder of its own.
type dbServer struct {
	folder  string
	options []string
	command *exec.Cmd
	ended   chan struct{}
	said    *tail
}

// server is the one that most scenarios share, started when first asked for.
var server sharedServer

type sharedServer struct {
	once sync.Once
	*dbServer
	err error
}

// get returns the shared server, or skips the test where MariaDB is not
// installed and CI does not insist.
func (s *sharedServer) get(t testing.TB) *dbServer {
	t.Helper()
	s.once.Do(func() {
		var folder string
		if folder, s.err = os.MkdirTemp("", "hufen-prove-db-"); s.err == nil {
			s.dbServer, s.err = newServer(folder)
		}
	})
	if errors.Is(s.err, exec.ErrNotFound) && os.Getenv("CI") == "" {
		t.Skipf("MariaDB is not installed: %v", s.err)
	}
	must(t, s.err)
	return s.dbServer
}

// remove ends the server and deletes its folder.
func (s *sharedServer) remove() {
	if s.dbServer != nil {
		s.kill()
		os.RemoveAll(s.folder)
	}
}

// newServer installs a server in a folder and starts it.
func newServer(folder string, options ...string) (*dbServer, error) {
	s := &dbServer{folder: folder, options: options, said: &tail{}}
	if err := s.install(); err != nil {
		return nil, err
	}
	return s, s.start()
}

func me() string {
	u, err := user.Current()
	if err != nil {
		return "mysql"
	}
	return u.Username
}

func (s *dbServer) install() error {
	path, err := found("mariadb-install-db")
	if err != nil {
		return err
	}
	if _, err := found("mariadbd"); err != nil {
		return err
	}
	if err := os.MkdirAll(s.tmp(), 0o700); err != nil {
		return err
	}
	c := exec.Command(path, "--no-defaults", "--datadir="+s.data(), "--user="+me(),
		"--auth-root-authentication-method=normal", "--skip-test-db", "--innodb-log-file-size=16M")
	c.Env = append(os.Environ(), "TMPDIR="+s.tmp()) // a starting server deletes what others have in a shared one
	if said, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("install MariaDB: %w\n%s", err, said)
	}
	return nil
}

// found finds a program where administrators' programs are, too.
func found(name string) (string, error) {
	for _, folder := range []string{"/usr/sbin", "/sbin", "/usr/local/sbin"} {
		if path := filepath.Join(folder, name); exec.Command(path, "--version").Run() == nil {
			return path, nil
		}
	}
	return exec.LookPath(name)
}

func (s *dbServer) data() string   { return filepath.Join(s.folder, "data") }
func (s *dbServer) tmp() string    { return filepath.Join(s.folder, "tmp") }
func (s *dbServer) socket() string { return filepath.Join(s.folder, "s.sock") }

// start starts the server and returns when it says that it is ready: after a
// kill it has recovered by then.
func (s *dbServer) start() error {
	path, err := found("mariadbd")
	if err != nil {
		return err
	}
	s.command = exec.Command(path, append([]string{"--no-defaults", "--user=" + me(), "--datadir=" + s.data(), "--socket=" + s.socket(),
		"--pid-file=" + filepath.Join(s.folder, "pid"), "--tmpdir=" + s.tmp(), "--skip-networking", "--skip-log-bin",
		"--skip-name-resolve", "--log-warnings=1", "--performance-schema=off", "--max-connections=500", "--character-set-server=utf8mb4",
		"--collation-server=utf8mb4_bin", "--innodb-flush-log-at-trx-commit=1", "--innodb-log-file-size=16M",
		"--innodb-buffer-pool-size=128M"}, s.options...)...)
	said, err := s.command.StderrPipe()
	if err != nil {
		return err
	}
	if err := s.command.Start(); err != nil {
		return err
	}
	timer := time.AfterFunc(patience, func() { s.command.Process.Kill() })
	defer timer.Stop()
	ready := make(chan bool, 1)
	s.ended = make(chan struct{})
	go func() {
		lines := bufio.NewScanner(said)
		for lines.Scan() {
			fmt.Fprintln(s.said, lines.Text())
			if strings.Contains(lines.Text(), "ready for connections") {
				ready <- true
			}
		}
		_ = s.command.Wait()
		ready <- false
		close(s.ended)
	}()
	if !<-ready {
		return fmt.Errorf("MariaDB does not start:\n%s", s.said)
	}
	return nil
}

// kill ends the server with SIGKILL and returns when it is gone.
func (s *dbServer) kill() {
	_ = s.command.Process.Kill()
	<-s.ended
}

// stop ends the server in order.
func (s *dbServer) stop() {
	_ = s.command.Process.Signal(syscall.SIGTERM)
	<-s.ended
}

// create makes an empty database and returns its address.
func (s *dbServer) create(t testing.TB) string {
	t.Helper()
	name := "hufen_" + strings.ToLower(rand.Text())
	address := "mysql://root@unix(" + s.socket() + ")/"
	db, err := database.Open(context.Background(), address)
	must(t, err)
	defer db.Close()
	must(t, db.Write.Exec("CREATE DATABASE "+name+" CHARACTER SET utf8mb4 COLLATE utf8mb4_bin").Error)
	return address + name
}
