package prove_test

import (
	"context"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"hufen/internal/database"
)

// Several sealers work at the same time, on both sides of load, and some are
// killed before one of their statements. Everything ends in exactly one seal,
// and the seal that somebody kept at the beginning still holds.
func TestSealers(t *testing.T) {
	onServer(t, func(t *testing.T, w *world) {
		p := w.proxy()
		s := w.serve(w.url)
		l := w.newLoad(s)
		l.begin(4)
		l.await(t, 50)
		w.sealBy(s)
		kept := filepath.Join(w.folder, "kept.json")
		w.mustRun("seal", "export", kept)
		rounds := times(40, 2)
		var killed, finished atomic.Int32
		for n := range rounds {
			l.await(t, 30)
			victim, _ := w.program(p.URL(), "seal", "now")
			// A seal takes a few dozen statements, the look at the schema included.
			p.Before(8+n*60/rounds, func() { _ = victim.Process.Kill() })
			var sealers sync.WaitGroup
			for range 2 {
				sealers.Go(func() {
					other, said := w.program(w.url, "seal", "now")
					if err := other.Run(); err != nil {
						t.Errorf("hufen seal now beside another one: %v\n%s", err, said)
					}
					finished.Add(1)
				})
			}
			if victim.Run() != nil {
				killed.Add(1)
			}
			p.Before(0, nil)
			sealers.Wait()
		}
		l.end()
		v := l.judge(s)
		w.sealBy(s)
		if n := w.number("SELECT COUNT(*) FROM requests r WHERE NOT EXISTS (SELECT 1 FROM seal_items i WHERE i.id = r.id)"); n > 0 {
			t.Errorf("%d requests are in no seal", n)
		}
		w.verify("--seal", kept)
		report(t, append([]any{"sealers", finished.Load() + killed.Load(), "of which killed", killed.Load()}, v.counts()...)...)
	})
}

// mustRun runs a command of the program to its end.
func (w *world) mustRun(args ...string) {
	w.t.Helper()
	command, said := w.program(w.url, args...)
	if err := command.Run(); err != nil {
		w.t.Fatalf("hufen %v: %v\n%s", args, err, said)
	}
}

// number reads one number.
func (w *world) number(query string) (n int) {
	w.t.Helper()
	w.within(func(db *database.DB) {
		must(w.t, db.Read.WithContext(context.Background()).Raw(query).Row().Scan(&n))
	})
	return n
}
