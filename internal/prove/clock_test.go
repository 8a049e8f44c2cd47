package prove_test

import (
	"testing"
	"time"
)

// The clocks of the instances and of the phones are up to three days off. Points
// stay right, and what one instance refused no other one accepts.
func TestWrongClocks(t *testing.T) {
	const aside = 72 * time.Hour
	t.Run(string(mariadb), func(t *testing.T) {
		w := newWorld(t, mariadb)
		now := w.serve(w.url)
		early, late := w.serve(w.url, clockVariable+"="+(-aside).String()), w.serve(w.url, clockVariable+"="+aside.String())
		l := w.newLoad(early, now, late)
		l.aside = aside
		l.begin(9)
		l.await(t, times(20_000, 600))
		l.end()
		w.sealBy(early, late)
		report(t, append([]any{"instances", 3}, l.judge(late).counts()...)...)
	})
	t.Run(string(sqlite), func(t *testing.T) {
		w := newWorld(t, sqlite)
		l := w.newLoad()
		l.aside = aside
		var s *service
		starts := times(12, 3)
		for n := range starts {
			s = w.serve(w.url, clockVariable+"="+[]string{"0s", aside.String(), (-aside).String()}[n%3])
			l.aim(s)
			l.begin(6)
			l.await(t, 100)
			l.end()
			w.sealBy(s)
			if n < starts-1 {
				s.kill()
			}
		}
		report(t, append([]any{"starts", starts}, l.judge(s).counts()...)...)
	})
}

// sealBy seals with the clocks of services.
func (w *world) sealBy(services ...*service) {
	w.t.Helper()
	for _, s := range services {
		command, said := w.program(w.url, "seal", "now")
		command.Env = append(command.Env, s.env[len(s.env)-1])
		if err := command.Run(); err != nil {
			w.t.Errorf("hufen seal now: %v\n%s", err, said)
		}
	}
}
