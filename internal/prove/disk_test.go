package prove_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// The disk fills up under the load, several times. What was acknowledged by then
// is there, the rest is told to ask again, and with room on the disk the service
// goes on without a restart.
func TestFullDisk(t *testing.T) {
	t.Run(string(sqlite), func(t *testing.T) {
		disk := smallDisk(t, "96m") // the write-ahead log alone grows to 32 MB
		w := settle(t, sqlite, t.TempDir(), filepath.Join(disk, "hufen.db"), binary)
		w.fillUp(t, disk, nil)
	})
	t.Run(string(mariadb), func(t *testing.T) {
		server.get(t) // MariaDB is installed
		disk := smallDisk(t, "192m")
		own, err := newServer(disk, "--innodb-fast-shutdown=2", "--innodb-buffer-pool-size=24M")
		must(t, err)
		t.Cleanup(own.kill)
		w := settle(t, mariadb, t.TempDir(), own.create(t), binary)
		w.fillUp(t, disk, own)
	})
}

func (w *world) fillUp(t *testing.T, disk string, own *dbServer) {
	s := w.serve(w.url)
	l := w.newLoad(s)
	l.begin(6)
	fills, restarts := times(5, 1), 0
	for range fills {
		l.await(t, 100)
		ballast := filepath.Join(disk, "ballast")
		fill(t, ballast)
		known := l.failed()
		l.until(t, "the full disk to be noticed", func() bool { return l.failures >= known+20 })
		must(t, os.Remove(ballast))
		// A server that gave up is started again, as systemd would.
		for l.stuck() && own != nil && own.isDown() {
			must(t, own.start())
			restarts++
		}
		l.await(t, 100)
	}
	l.end()
	refused := l.failed()
	report(t, append([]any{"fills", fills, "restarts of the server", restarts, "told to ask again", refused}, l.judge(s).counts()...)...)
}

// isDown reports whether the server has ended.
func (s *dbServer) isDown() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}

// smallDisk mounts a file system of a size in memory, or skips the test where
// that is not allowed.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	folder := t.TempDir()
	if said, err := exec.Command("mount", "-t", "tmpfs", "-o", "size="+size, "tmpfs", folder).CombinedOutput(); err != nil {
		t.Skipf("no small disk can be mounted here (only root may): %v %s", err, said)
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", folder).Run() })
	return folder
}

// fill writes a file until the disk is full.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	must(t, err)
	defer f.Close()
	for _, size := range []int{1 << 20, 4 << 10, 1} {
		block := make([]byte, size)
		for err = nil; err == nil; _, err = f.Write(block) {
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
}
