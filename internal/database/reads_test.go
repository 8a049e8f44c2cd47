package database

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestReads(t *testing.T) {
	ctx := context.Background()

	t.Run("Alone", func(t *testing.T) {
		r := NewReads(func(_ context.Context, keys []int) (map[int]string, error) {
			return map[int]string{1: "one"}, nil
		})
		if v, found, err := r.Get(ctx, 1); v != "one" || !found || err != nil {
			t.Errorf("got %q, %t, %v", v, found, err)
		}
		if _, found, err := r.Get(ctx, 2); found || err != nil {
			t.Errorf("a key without a value: %t, %v", found, err)
		}
	})
	t.Run("Together", func(t *testing.T) {
		var reads, keysRead atomic.Int32
		release := make(chan struct{})
		r := NewReads(func(_ context.Context, keys []int) (map[int]int, error) {
			reads.Add(1)
			keysRead.Add(int32(len(keys)))
			<-release
			found := make(map[int]int)
			for _, k := range keys {
				found[k] = -k
			}
			return found, nil
		})
		const callers = 100
		var wg sync.WaitGroup
		for i := range callers {
			wg.Go(func() {
				if v, found, err := r.Get(ctx, i); v != -i || !found || err != nil {
					t.Errorf("%d: got %d, %t, %v", i, v, found, err)
				}
			})
		}
		waitFor(t, func() bool { return int(keysRead.Load())+r.gathered() == callers })
		close(release)
		wg.Wait()
		if got := reads.Load(); got > readsAtOnce+1 {
			t.Errorf("%d reads, want %d", got, readsAtOnce+1)
		}
	})
	t.Run("OthersDoNotDependOnTheLeader", func(t *testing.T) {
		begun, release := make(chan struct{}, readsAtOnce), make(chan struct{})
		r := NewReads(func(ctx context.Context, keys []int) (map[int]int, error) {
			begun <- struct{}{}
			<-release
			return map[int]int{2: 2}, ctx.Err()
		})
		var busy, wg sync.WaitGroup
		for range readsAtOnce {
			busy.Go(func() { r.Get(ctx, 0) })
			<-begun
		}
		leader, cancel := context.WithCancel(ctx)
		wg.Go(func() { r.Get(leader, 1) })
		waitFor(t, func() bool { return r.gathered() == 1 })
		wg.Go(func() {
			if v, found, err := r.Get(ctx, 2); v != 2 || !found || err != nil {
				t.Errorf("got %d, %t, %v", v, found, err)
			}
		})
		waitFor(t, func() bool { return r.gathered() == 2 })
		cancel()
		close(release)
		busy.Wait()
		wg.Wait()
	})
	t.Run("Fails", func(t *testing.T) {
		broken := errors.New("broken")
		r := NewReads(func(context.Context, []int) (map[int]int, error) { return nil, broken })
		if _, _, err := r.Get(ctx, 1); !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
	})
}

// gathered returns how many wait for a read that has not begun.
func (r *Reads[K, V]) gathered() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.forming == nil {
		return 0
	}
	return len(r.forming.keys)
}

func waitFor(t *testing.T, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it never came to be")
		}
	}
}
