package database

import (
	"context"
	"errors"
	"sync"
)

// Reads lets callers that want rows of the same kind at the same time share a
// query. As with Group there is no timer: a caller that finds nobody reading
// reads at once, and while that goes on the next ones gather. The first of
// those who gather reads for the others, so nothing runs in between.
//
// Every answer was read after its caller had asked.
type Reads[K comparable, V any] struct {
	read    func(ctx context.Context, keys []K) (map[K]V, error)
	reading chan struct{} // one place for each read at a time

	mu      sync.Mutex
	forming *gathering[K, V]
}

// gathering is callers whose keys are read together.
type gathering[K comparable, V any] struct {
	keys  []K
	done  chan struct{} // closed when the rest is set
	found map[K]V
	err   error
}

// errUnread is what the others get when a read panicked.
var errUnread = errors.New("database: a shared read broke off")

const (
	readsAtOnce  = 2
	mostTogether = 200
)

// NewReads returns reads by a function that finds values by their keys, which
// may repeat; what it does not find is missing in its map.
func NewReads[K comparable, V any](read func(ctx context.Context, keys []K) (map[K]V, error)) *Reads[K, V] {
	return &Reads[K, V]{read: read, reading: make(chan struct{}, readsAtOnce)}
}

// Get returns the value of a key, and whether there is one.
func (r *Reads[K, V]) Get(ctx context.Context, key K) (value V, found bool, err error) {
	g, first := r.join(key)
	if first {
		r.lead(ctx, g)
	}
	select {
	case <-g.done:
	case <-ctx.Done():
		return value, false, ctx.Err()
	}
	value, found = g.found[key]
	return value, found, g.err
}

// join adds a key to those that are read next. The first of them has to lead.
func (r *Reads[K, V]) join(key K) (g *gathering[K, V], first bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.forming == nil || len(r.forming.keys) == mostTogether {
		r.forming = &gathering[K, V]{done: make(chan struct{})}
		first = true
	}
	r.forming.keys = append(r.forming.keys, key)
	return r.forming, first
}

// lead waits for its turn, during which others may join, and reads for all. The
// others do not depend on the leader's context.
func (r *Reads[K, V]) lead(ctx context.Context, g *gathering[K, V]) {
	r.reading <- struct{}{}
	defer func() { <-r.reading }()
	r.mu.Lock()
	if r.forming == g {
		r.forming = nil
	}
	r.mu.Unlock()
	defer close(g.done)
	g.err = errUnread
	g.found, g.err = r.read(context.WithoutCancel(ctx), g.keys)
}
