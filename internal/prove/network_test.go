package prove_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"hufen/internal/database/dbtest"
)

// proxy stands between the service and the database of a world; the service is
// to be started with its URL.
func (w *world) proxy() *dbtest.Proxy {
	w.t.Helper()
	return dbtest.NewProxy(w.t, dbtest.Open(w.t, w.url))
}

// The connection to the database is cut before a COMMIT, after one that was
// done, and in the middle of a result. The clients are told the truth, or to ask
// again.
func TestCutConnections(t *testing.T) {
	onServer(t, func(t *testing.T, w *world) {
		p := w.proxy()
		s := w.serve(p.URL())
		l := w.newLoad(s)
		l.begin(8)
		cuts := times(200, 12)
		random := rand.New(rand.NewPCG(*seed, 3))
		for n := range cuts {
			[]func(){p.CutBeforeCommit, p.CutAfterCommit, p.CutInResult}[n%3]()
			within(t, "a cut", p.Cuts())
			l.await(t, 1+random.IntN(20))
		}
		l.await(t, 50)
		l.end()
		report(t, append([]any{"cuts", cuts, "requests that were told to ask again", l.failed()}, l.judge(s).counts()...)...)
	})
}

// With one connection for writing and one for reading nothing waits for itself,
// and nothing is lost when they are cut.
func TestPoolOfOne(t *testing.T) {
	onServer(t, func(t *testing.T, w *world) {
		p := w.proxy()
		one := w.serve(p.URL() + "?pool=1")
		other := w.serve(w.url + "?pool=1")
		l := w.newLoad(one, other)
		l.begin(8)
		cuts := times(20, 3)
		for range cuts {
			l.await(t, 100)
			p.Cut()
		}
		l.await(t, 200)
		l.end()
		report(t, append([]any{"cuts", cuts}, l.judge(one).counts()...)...)
	})
}

// Statements are kept prepared on every connection. A change of the schema, a
// server that has no room for another one, and one that forgets them all when it
// is started again do no harm; of the first two nobody notices anything.
func TestPreparedStatements(t *testing.T) {
	onServer(t, func(t *testing.T, w *world) {
		s := w.serve(w.url)
		l := w.newLoad(s)
		l.begin(4)
		l.await(t, 200)
		changes, known := 0, 0
		for range times(5, 1) {
			for _, table := range []string{"requests", "entries", "entry_lines", "account_balances", "drop_offs", "redemptions"} {
				for _, statement := range []string{"ADD COLUMN proven INT NULL", "DROP COLUMN proven"} {
					w.administer("ALTER TABLE " + table + " " + statement)
					l.await(t, 20)
					changes++
				}
			}
			w.administer("SET GLOBAL max_prepared_stmt_count = 0")
			l.await(t, 100)
			if noticed := l.failed(); noticed > known {
				t.Errorf("%d requests failed while the schema changed", noticed-known)
			}
			s.kill() // connections that have to do without any
			l.gate.shut()
			s.start()
			l.gate.unlock()
			l.await(t, 100)
			known = l.failed()
			w.administer("SET GLOBAL max_prepared_stmt_count = 16382")
			l.await(t, 100)
		}
		server.stop()
		l.gate.shut()
		must(t, server.start())
		l.gate.unlock()
		l.await(t, 200)
		l.end()
		if said := s.said.String(); strings.Contains(said, "post failed") {
			t.Errorf("the service says:\n%s", said)
		}
		report(t, append([]any{"changes of the schema", changes}, l.judge(s).counts()...)...)
	})
}
