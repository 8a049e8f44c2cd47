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

	mu        sync.Mutex
	queue     []waiting[T]
	undecided int // values of groups that are taken and not decided
	wake      *sync.Cond
	closed    bool
	done      sync.WaitGroup
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
// through the values themselves what became of each, and calls decided when the
// rest of its work is to wait for the disk.
//
// A worker takes the next group when the ones before are decided, or as large as
// they are: whatever comes first, taken at once, would be a group of one.
func NewGroup[T any](workers, most int, flush func(values []T, decided func())) *Group[T] {
	g := &Group[T]{flush: flush, most: most}
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
	g.wakeOne()
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
	group := g.take()
	if group == nil {
		return false
	}
	values := make([]T, len(group))
	for i, w := range group {
		values[i] = w.value
	}
	decided := sync.OnceFunc(func() { g.decide(len(group)) })
	g.flush(values, decided)
	decided()
	for _, w := range group {
		w.caller.done()
	}
	return true
}

// take waits for the next group; nil means closed and empty.
func (g *Group[T]) take() []waiting[T] {
	g.mu.Lock()
	defer g.mu.Unlock()
	for !g.ready() {
		if g.closed && len(g.queue) == 0 {
			return nil
		}
		g.wake.Wait()
	}
	n := min(g.most, len(g.queue))
	group := make([]waiting[T], n)
	copy(group, g.queue)
	g.queue = g.queue[:copy(g.queue, g.queue[n:])]
	g.undecided += n
	g.wakeOne()
	return group
}

// ready reports whether a group is to be taken. The caller holds the lock.
func (g *Group[T]) ready() bool {
	return len(g.queue) > 0 && len(g.queue) >= min(g.undecided, g.most)
}

func (g *Group[T]) wakeOne() {
	if g.ready() {
		g.wake.Signal()
	}
}

func (g *Group[T]) decide(values int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.undecided -= values
	if g.closed {
		g.wake.Broadcast()
	} else {
		g.wakeOne()
	}
}
