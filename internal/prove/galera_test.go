package prove_test

import (
	"context"
	"crypto/rand"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"hufen/internal/database"
)

// galeraVariable holds the nodes of a cluster, one a line: process and address.
const galeraVariable = "HUFEN_GALERA"

type node struct {
	process int
	address string
}

// cluster returns the nodes, or skips the test.
func cluster(t *testing.T) []node {
	t.Helper()
	var nodes []node
	for line := range strings.Lines(os.Getenv(galeraVariable)) {
		words := strings.Fields(line)
		process, err := strconv.Atoi(words[0])
		must(t, err)
		nodes = append(nodes, node{process, words[1]})
	}
	if len(nodes) < 3 {
		t.Skipf("%s does not name three nodes: make prove-galera runs this", galeraVariable)
	}
	return nodes
}

// Load through one writer; its node is killed, the service goes on with the next
// one. Then two instances write to two nodes at once: their conflicts are tried
// again and leave no balance wrong. At last a node is left alone.
func TestGalera(t *testing.T) {
	nodes := cluster(t)
	admin, err := database.Open(context.Background(), nodes[0].address)
	must(t, err)
	name := "hufen_" + strings.ToLower(rand.Text())
	must(t, admin.Write.Exec("CREATE DATABASE "+name+" CHARACTER SET utf8mb4 COLLATE utf8mb4_bin").Error)
	must(t, admin.Close())
	w := settle(t, mariadb, t.TempDir(), nodes[0].address+name, binary)

	first := w.serve(w.url)
	l := w.newLoad(first)
	l.begin(8)
	l.await(t, times(5000, 500))
	must(t, syscall.Kill(nodes[0].process, syscall.SIGKILL))
	l.gate.shut()
	first.kill()
	w.url = nodes[1].address + name
	second := w.serve(w.url)
	l.aim(second)
	l.gate.unlock()
	l.await(t, times(3000, 500))
	l.end()
	report(t, append([]any{"one writer, its node killed", 1}, l.judge(second).counts()...)...)

	third := w.serve(nodes[2].address + name)
	before := w.conflicts(nodes[1:])
	both := w.newLoad(second, third)
	both.before = l.operations
	both.begin(8)
	both.await(t, times(5000, 1000))
	both.end()
	conflicts := w.conflicts(nodes[1:]) - before
	if conflicts == 0 {
		t.Error("two writers had no conflict: this proves nothing")
	}
	for _, n := range nodes[1:] {
		w.setOn(n, "SET GLOBAL wsrep_sync_wait = 1")
	}
	third.kill() // its connections were made before that
	third.start()
	report(t, append([]any{"two writers, conflicts", conflicts, "told to ask again", both.failed()}, both.judge(third).counts()...)...)
	for _, n := range nodes[1:] {
		w.url = n.address + name
		w.verify()
		w.setOn(n, "SET GLOBAL wsrep_sync_wait = 0")
	}

	// The second node loses the last other one: it cannot know whether it is the
	// one left over, so it neither writes nor reads until somebody says it is.
	w.url = nodes[1].address + name
	alone := w.newLoad(second)
	alone.before = append(l.operations, both.operations...)
	alone.begin(4)
	alone.await(t, 100)
	must(t, syscall.Kill(nodes[2].process, syscall.SIGKILL))
	known := alone.failed()
	alone.until(t, "the node to see that it is alone", func() bool { return alone.failures >= known+50 })
	w.setOn(nodes[1], "SET GLOBAL wsrep_provider_options = 'pc.bootstrap=true'")
	alone.await(t, 200)
	alone.end()
	report(t, append([]any{"alone, told to ask again", alone.failed()}, alone.judge(second).counts()...)...)
}

// conflicts counts the transactions of nodes that the cluster undid: at COMMIT,
// and while they were running.
func (w *world) conflicts(nodes []node) (n int) {
	w.t.Helper()
	for _, at := range nodes {
		for _, status := range []string{"wsrep_local_cert_failures", "wsrep_local_bf_aborts"} {
			n += w.status(at, status)
		}
	}
	return n
}

func (w *world) status(at node, name string) (n int) {
	w.t.Helper()
	db, err := database.Open(context.Background(), at.address)
	must(w.t, err)
	defer db.Close()
	var variable string
	must(w.t, db.Read.Raw("SHOW GLOBAL STATUS LIKE '"+name+"'").Row().Scan(&variable, &n))
	return n
}

// setOn runs a statement on a node, with a client that asks nothing first: a node
// that has lost the others answers no question.
func (w *world) setOn(at node, statement string) {
	w.t.Helper()
	client, _, err := database.ClientOf(at.address + "mysql")
	must(w.t, err)
	if said, err := exec.Command("mariadb", "--no-defaults", "--user=root", "--socket="+client.Address, "--execute="+statement).CombinedOutput(); err != nil {
		w.t.Fatalf("%s: %v\n%s", statement, err, said)
	}
}
