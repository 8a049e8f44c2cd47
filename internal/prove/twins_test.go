package prove_test

import (
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// sendMany sends operations at once, each to one of the services in turn, and
// returns what came back.
func sendMany(t *testing.T, operations []*operation, services ...*service) []*outcome {
	t.Helper()
	client := http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: len(operations)}, Timeout: time.Minute}
	defer client.CloseIdleConnections()
	outcomes := make([]*outcome, len(operations))
	start := make(chan struct{})
	var senders sync.WaitGroup
	for i, o := range operations {
		senders.Go(func() {
			<-start
			for range mostAgain {
				got, err := send(&client, services[i%len(services)].address, o)
				if err == nil {
					outcomes[i] = got
					return
				}
			}
			t.Errorf("%s: no answer", o.id)
		})
	}
	close(start)
	senders.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return outcomes
}

// copies returns the same operation so often.
func copies(o *operation, n int) []*operation {
	all := make([]*operation, n)
	for i := range all {
		all[i] = o
	}
	return all
}

// Two instances get the same ids at the same time: every copy has the outcome of
// the first.
func TestTwins(t *testing.T) {
	onServer(t, func(t *testing.T, w *world) {
		a, b := w.serve(w.url), w.serve(w.url)
		l := w.newLoad(a, b)
		l.begin(4) // others are at work meanwhile
		c := &client{load: l, random: rand.New(rand.NewPCG(*seed, 4))}
		rounds, first := times(200, 20), 0
		for range rounds {
			o := c.dropOff()
			switch n := c.random.IntN(4); {
			case n == 0:
				o = c.redeem()
			case n == 1 && len(c.done) > 0:
				o = w.takeBack(c.done[0])
				c.done = c.done[1:]
			}
			l.write(o)
			made := 0
			for _, got := range sendMany(t, copies(o, 20), a, b) {
				if got.status == http.StatusCreated {
					made++
				}
				l.answer(o, got)
			}
			if made > 1 || o.outcome.posted() != (made == 1) {
				t.Errorf("%s was made %d times: %+v", o.id, made, *o.outcome)
			}
			if o.outcome.posted() && o.what <= redeeming {
				c.done = append(c.done, o)
			}
			other := *o
			other.body = otherBody(o)
			for _, got := range sendMany(t, copies(&other, 4), a, b) {
				if got.status != http.StatusConflict {
					t.Errorf("%s with another body: %+v", o.id, *got)
				}
			}
			first += made
		}
		l.end()
		report(t, append([]any{"ids sent ×20", rounds, "made", first}, l.judge(b).counts()...)...)
	})
}

// otherBody returns what a phone with the same id but other content would send.
func otherBody(o *operation) string {
	switch o.what {
	case bringing:
		return strings.Replace(o.body, `"grams":`, `"grams":1`, 1)
	case redeeming:
		return strings.Replace(o.body, `"quantity":`, `"quantity":1`, 1)
	}
	return strings.Replace(o.body, "记错了", "记错了的", 1)
}

// A hundred redemptions at once on points for 37, on two instances: 37 happen.
func TestNeverBelowZero(t *testing.T) {
	onServer(t, func(t *testing.T, w *world) {
		a, b := w.serve(w.url), w.serve(w.url)
		l := w.newLoad(a, b)
		posted, refused := 0, 0
		for n := range times(10, 2) {
			h := w.homes[n]
			gift := w.dropOff(h, `{"item":"battery","pieces":3}`, time.Now()) // 111 points
			l.write(gift)
			l.answer(gift, sendMany(t, copies(gift, 1), a)[0])
			all := make([]*operation, 100)
			for i := range all {
				all[i] = w.redeem(h, i%shopCount, 1) // of 3 points
				l.write(all[i])
			}
			happened := 0
			for i, got := range sendMany(t, all, a, b) {
				l.answer(all[i], got)
				if got.posted() {
					happened++
				} else if got.code != "ledger.insufficient_points" {
					t.Errorf("%+v", *got)
				}
			}
			if happened != 37 {
				t.Errorf("%d redemptions happened on points for 37", happened)
			}
			posted, refused = posted+happened, refused+100-happened
		}
		report(t, append([]any{"posted", posted, "refused", refused}, l.judge(a).counts()...)...)
	})
}

// A redemption of the last points races its own copies: all are told that it
// happened, none that there are no points.
func TestLastPoints(t *testing.T) {
	onServer(t, func(t *testing.T, w *world) {
		a, b := w.serve(w.url), w.serve(w.url)
		l := w.newLoad(a, b)
		races := times(100, 10)
		for n := range races {
			h := w.homes[n%len(w.homes)]
			gift := w.dropOff(h, `{"item":"paper","grams":3000}`, time.Now())
			o := w.redeem(h, n%shopCount, 1)
			l.write(gift)
			l.write(o)
			l.answer(gift, sendMany(t, copies(gift, 1), a)[0])
			for _, got := range sendMany(t, copies(o, 10), a, b) {
				if !got.posted() {
					t.Errorf("a copy was told %s", got.code)
				}
				l.answer(o, got)
			}
		}
		report(t, append([]any{"races", races}, l.judge(a).counts()...)...)
	})
}
