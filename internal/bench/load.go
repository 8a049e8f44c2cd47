package bench

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// loop is a closed loop: so many callers, each of whom does one thing after the
// other.
type loop struct {
	callers          int
	warmUp, duration time.Duration
	// caller returns what one of them does again and again. do reports how
	// many things were done, and what was wrong with them, if anything.
	caller func() (do func() (units int, err error), done func(), err error)
}

// tally is what a loop got done while it was measured.
type tally struct {
	units     int
	took      time.Duration
	latencies []time.Duration // sorted
	wrong     int             // calls with an error, warm-up included
	first     error           // one of those errors
	cpu       cpu
}

// rate returns the units a second.
func (t *tally) rate() float64 { return float64(t.units) / t.took.Seconds() }

// quantile returns the latency that a share q of the calls did not exceed.
func (t *tally) quantile(q float64) time.Duration {
	if len(t.latencies) == 0 {
		return 0
	}
	return t.latencies[min(len(t.latencies)-1, int(q*float64(len(t.latencies))))]
}

// mostWrong stops a loop that gets nothing but errors.
const mostWrong = 200

// The phases of a loop.
const (
	warming = iota
	measuring
	over
)

// run runs the loop and measures it, with the CPU that the processes used
// meanwhile.
func (l loop) run(ctx context.Context, processes processes) (tally, error) {
	var phase, wrong atomic.Int32
	parts := make([]tally, l.callers)
	var callers sync.WaitGroup
	for i := range parts {
		do, done, err := l.caller()
		if err != nil {
			phase.Store(over)
			callers.Wait()
			return tally{}, err
		}
		callers.Go(func() {
			defer done()
			parts[i].collect(do, &phase, &wrong)
		})
	}
	pause(ctx, l.warmUp)
	before, began := processes.usage(), time.Now()
	phase.Store(measuring)
	pause(ctx, l.duration)
	phase.Store(over)
	took, used := time.Since(began), processes.usage().minus(before)
	callers.Wait()
	return merge(parts, took, used), ctx.Err()
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// collect does one caller's work until the loop is over. What ends while the
// loop measures counts.
func (t *tally) collect(do func() (int, error), phase, wrong *atomic.Int32) {
	for phase.Load() != over && wrong.Load() < mostWrong {
		began := time.Now()
		units, err := do()
		took := time.Since(began)
		if err != nil {
			t.wrong++
			t.first = err
			wrong.Add(1)
		}
		if phase.Load() == measuring {
			t.units += units
			t.latencies = append(t.latencies, took)
		}
	}
}

func merge(parts []tally, took time.Duration, used cpu) tally {
	all := tally{took: took, cpu: used}
	for i := range parts {
		all.units += parts[i].units
		all.latencies = append(all.latencies, parts[i].latencies...)
		all.wrong += parts[i].wrong
		if parts[i].first != nil {
			all.first = parts[i].first
		}
	}
	slices.Sort(all.latencies)
	return all
}

// over HTTP: each caller has a connection and sends what next writes into the
// request. units counts what an answer stands for, 0 where it is no success.
func overHTTP(address string, next func(*request), units func(answer) int) func() (func() (int, error), func(), error) {
	return func() (func() (int, error), func(), error) {
		c, err := dial(address)
		if err != nil {
			return nil, nil, err
		}
		var r request
		do := func() (int, error) {
			next(&r)
			a, err := c.do(&r)
			if err != nil {
				return 0, fmt.Errorf("%s %s: %w", r.method, r.path, err)
			}
			if n := units(a); n > 0 {
				return n, nil
			}
			return 0, fmt.Errorf("%s %s answered %d: %.400s", r.method, r.path, a.status, a.body)
		}
		return do, c.close, nil
	}
}
