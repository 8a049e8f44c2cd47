package prove_test

import (
	"math/rand/v2"
	"testing"
)

// The service is killed in the middle of its work, again and again.
func TestKilledService(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		random := rand.New(rand.NewPCG(*seed, 1))
		s := w.serve(w.url)
		l := w.newLoad(s)
		l.begin(8)
		kills := times(50, 3)
		for range kills {
			l.await(t, 5+random.IntN(200))
			s.kill()
			l.gate.shut()
			s.start()
			l.gate.unlock()
		}
		l.await(t, 50)
		l.end()
		report(t, append([]any{"kills", kills}, l.judge(s).counts()...)...)
	})
}

// The database is killed under the service, which goes on without a restart.
func TestKilledDatabase(t *testing.T) {
	onServer(t, func(t *testing.T, w *world) {
		random := rand.New(rand.NewPCG(*seed, 2))
		s := w.serve(w.url)
		l := w.newLoad(s)
		l.begin(8)
		kills := times(10, 1)
		for range kills {
			l.await(t, 50+random.IntN(500))
			server.kill()
			l.gate.shut()
			must(t, server.start())
			l.gate.unlock()
		}
		l.await(t, 100)
		l.end()
		report(t, append([]any{"kills", kills}, l.judge(s).counts()...)...)
	})
}
