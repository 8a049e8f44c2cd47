package auth

import (
	"context"
	"crypto/sha256"
	"sync"
	"sync/atomic"
	"time"
)

// How old a cached answer may be: from refreshAfter on one caller renews it while
// the others go on with it, from staleAfter on nobody uses it. What another
// instance revokes is therefore refused here within two seconds.
const (
	refreshAfter = time.Second
	staleAfter   = 2 * time.Second
	sweepAbove   = 1024 // entries; above it, stale ones are removed now and then
)

// hash is the SHA-256 of a token, which is all the database knows of it.
type hash = [sha256.Size]byte

// cache remembers for a moment who a token belongs to: the look-up is part of
// every request.
type cache[V any] struct {
	read func(ctx context.Context, token hash) (V, error)

	mu      sync.RWMutex
	entries map[hash]*entry[V]
	sweepAt time.Time
}

type entry[V any] struct {
	reading sync.Mutex // held by the one who asks the database
	value   atomic.Pointer[aged[V]]
}

type aged[V any] struct {
	v      V
	readAt time.Time
}

func newCache[V any](read func(ctx context.Context, token hash) (V, error)) *cache[V] {
	return &cache[V]{read: read, entries: map[hash]*entry[V]{}}
}

// get returns what belongs to a token. The read function's error is returned and
// not remembered.
func (c *cache[V]) get(ctx context.Context, token hash) (V, error) {
	e := c.entry(token)
	now := e.value.Load()
	switch age := now.age(); {
	case age < refreshAfter:
		return now.v, nil
	case age < staleAfter && !e.reading.TryLock():
		return now.v, nil
	case age >= staleAfter:
		e.reading.Lock()
	}
	defer e.reading.Unlock()
	return c.renew(ctx, token, e)
}

func (a *aged[V]) age() time.Duration {
	if a == nil {
		return staleAfter
	}
	return time.Since(a.readAt)
}

// renew asks the database, unless somebody else just did. The caller holds
// e.reading.
func (c *cache[V]) renew(ctx context.Context, token hash, e *entry[V]) (V, error) {
	if last := e.value.Load(); last.age() < refreshAfter {
		return last.v, nil
	}
	readAt := time.Now()
	v, err := c.read(ctx, token)
	if err != nil {
		c.remove(token, e)
		return v, err
	}
	e.value.Store(&aged[V]{v, readAt})
	return v, nil
}

func (c *cache[V]) entry(token hash) *entry[V] {
	c.mu.RLock()
	e := c.entries[token]
	c.mu.RUnlock()
	if e != nil {
		return e
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e = c.entries[token]; e == nil {
		c.sweep()
		e = &entry[V]{}
		c.entries[token] = e
	}
	return e
}

// sweep removes stale entries. The caller holds the lock.
func (c *cache[V]) sweep() {
	if len(c.entries) < sweepAbove || time.Now().Before(c.sweepAt) {
		return
	}
	for token, e := range c.entries {
		if e.value.Load().age() >= staleAfter {
			delete(c.entries, token)
		}
	}
	c.sweepAt = time.Now().Add(staleAfter)
}

func (c *cache[V]) remove(token hash, e *entry[V]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries[token] == e {
		delete(c.entries, token)
	}
}

// drop forgets every value that is meant, and those being read at this moment,
// which may be older than the change the caller has just committed.
func (c *cache[V]) drop(meant func(V) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for token, e := range c.entries {
		if last := e.value.Load(); last == nil || meant(last.v) {
			delete(c.entries, token)
		}
	}
}
