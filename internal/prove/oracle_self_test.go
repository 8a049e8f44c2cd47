package prove_test

import (
	"testing"
	"time"
)

// complaints takes down what a test would fail with.
type complaints struct {
	testing.TB
	count int
}

func (c *complaints) Errorf(string, ...any) { c.count++ }

// The oracle itself: it notices what was acknowledged and is not there, what is
// there with another outcome, and what is there without having been promised.
func TestOracle(t *testing.T) {
	for name, spoil := range map[string]func(l *load, s *service){
		"Lost": func(l *load, _ *service) {
			o := l.w.dropOff(l.w.homes[0], `{"item":"paper","grams":1000}`, time.Now().Add(-90*24*time.Hour-time.Minute))
			l.write(o) // never sent, and refused when it is sent in the end
			l.answer(o, &outcome{status: 201, effect: 100})
		},
		"OtherOutcome": func(l *load, _ *service) {
			for _, o := range l.operations {
				if o.outcome != nil && o.outcome.posted() && o.what == bringing {
					o.outcome.effect++
					return
				}
			}
		},
		"Doubled": func(l *load, s *service) {
			sendMany(t, copies(l.w.dropOff(l.w.homes[0], `{"item":"paper","grams":1000}`, time.Now()), 1), s)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, sqlite)
			s := w.serve(w.url)
			l := w.newLoad(s)
			l.begin(2)
			l.await(t, 20)
			l.end()
			spoil(l, s)
			heard := &complaints{TB: t}
			w.t = heard
			if v := l.judge(s); v.lost+v.doubled == 0 || heard.count == 0 {
				t.Errorf("the oracle noticed nothing: %+v", v)
			}
		})
	}
}
