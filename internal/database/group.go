package database

import (
	"context"
	"sync"
	"sync/atomic"

	"hufen/internal/fault"
)

// Group gathers what many callers submit at the same time and flushes it
// together: at once when idle, in ever larger groups the busier it gets. There
// is no timer: while one group is being flushed the next one forms.
type Group[T any] struct {
	flush func(values []T, decided func())
	most  int
	turn  chan struct{} // held by the worker whose group is not decided yet

	mu     sync.Mutex
	queue  []waiting[T]
	wake   *sync.Cond
	closed bool
	done   sync.WaitGroup
}

// waiting is one submitted value and the caller that waits for it.
type waiting[T any] struct {
	value  T
	caller *caller
}

// caller waits for the values it submitted together.
type caller struct {
	left    atomic.Int64
	flushed chan struct{}
}

func newCaller(values int) *caller {
	c := &caller{flushed: make(chan struct{})}
	c.left.Store(int64(values))
	return c
}

// done says that one of the caller's values was flushed.
func (c *caller) done() {
	if c.left.Add(-1) == 0 {
		close(c.flushed)
	}
}

// maxQueue bounds what may wait. Past it the service says it is busy, instead
// of letting answers become older than the people waiting for them.
const maxQueue = 20_000

// NewGroup starts workers that flush groups of at most most values. flush says
// through the values themselves what became of each. The next group is taken
// when flush calls decided, or returns: two workers that took whatever comes at
// any time would split it into small groups.
func NewGroup[T any](workers, most int, flush func(values []T, decided func())) *Group[T] {
	g := &Group[T]{flush: flush, most: most, turn: make(chan struct{}, 1)}
	g.wake = sync.NewCond(&g.mu)
	g.done.Add(workers)
	for range workers {
		go g.work()
	}
	return g
}

// Submit waits until all values have been flushed. It returns an Unavailable
// fault "server.busy" or "server.stopping" if none of them will be. When ctx
// ends Submit returns its error, though the values may still be flushed.
func (g *Group[T]) Submit(ctx context.Context, values ...T) error {
	if len(values) == 0 {
		return nil
	}
	c := newCaller(len(values))
	if err := g.enqueue(values, c); err != nil {
		return err
	}
	select {
	case <-c.flushed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g *Group[T]) enqueue(values []T, c *caller) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return fault.New(fault.Unavailable, "server.stopping")
	}
	if len(g.queue)+len(values) > maxQueue {
		return fault.New(fault.Unavailable, "server.busy")
	}
	for _, v := range values {
		g.queue = append(g.queue, waiting[T]{v, c})
	}
	g.wake.Signal()
	return nil
}

// Close stops accepting, flushes what was accepted and returns.
func (g *Group[T]) Close() {
	g.mu.Lock()
	g.closed = true
	g.wake.Broadcast()
	g.mu.Unlock()
	g.done.Wait()
}

func (g *Group[T]) work() {
	defer g.done.Done()
	for g.flushNext() {
	}
}

// flushNext flushes the next group; false means closed and empty.
func (g *Group[T]) flushNext() bool {
	g.turn <- struct{}{}
	decided := sync.OnceFunc(func() { <-g.turn })
	defer decided()
	group := g.take()
	if group == nil {
		return false
	}
	values := make([]T, len(group))
	for i, w := range group {
		values[i] = w.value
	}
	g.flush(values, decided)
	for _, w := range group {
		w.caller.done()
	}
	return true
}

// take waits for the next group; nil means closed and empty.
func (g *Group[T]) take() []waiting[T] {
	g.mu.Lock()
	defer g.mu.Unlock()
	for len(g.queue) == 0 {
		if g.closed {
			return nil
		}
		g.wake.Wait()
	}
	n := min(g.most, len(g.queue))
	group := make([]waiting[T], n)
	copy(group, g.queue)
	g.queue = g.queue[:copy(g.queue, g.queue[n:])]
	if len(g.queue) > 0 {
		g.wake.Signal()
	}
	return group
}
