package database

import (
	"context"
	"sync"
	"testing"
	"time"

	"hufen/internal/fault"
)

func TestGroup(t *testing.T) {
	t.Run("EveryValueOnce", func(t *testing.T) {
		var mu sync.Mutex
		seen := map[int]int{}
		groups := 0
		g := NewGroup(2, 10, func(values []int, _ func()) {
			mu.Lock()
			defer mu.Unlock()
			groups++
			if len(values) > 10 {
				t.Errorf("a group of %d", len(values))
			}
			for _, v := range values {
				seen[v]++
			}
		})
		var wg sync.WaitGroup
		for i := range 500 {
			wg.Go(func() {
				if err := g.Submit(context.Background(), 2*i, 2*i+1); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for v, n := range seen {
			if n != 1 {
				t.Errorf("%d was flushed %d times", v, n)
			}
		}
		if len(seen) != 1000 || groups < 100 {
			t.Errorf("%d values in %d groups", len(seen), groups)
		}
		g.Close()
	})

	t.Run("GathersWhileBusy", func(t *testing.T) {
		started, goOn := make(chan bool, 1), make(chan bool)
		sizes := make(chan int, 3)
		g := NewGroup(1, 100, func(values []int, _ func()) {
			sizes <- len(values)
			select {
			case started <- true:
				<-goOn
			default:
			}
		})
		var wg sync.WaitGroup
		wg.Go(func() { _ = g.Submit(context.Background(), 0) })
		<-started
		started <- true
		wg.Go(func() { _ = g.Submit(context.Background(), make([]int, 30)...) })
		for g.waiting() < 30 {
		}
		close(goOn)
		wg.Wait()
		if first, second := <-sizes, <-sizes; first != 1 || second != 30 {
			t.Errorf("groups of %d and %d", first, second)
		}
		g.Close()
	})

	t.Run("NextWhenDecidedOrAsLarge", func(t *testing.T) {
		entered, decide, finish := make(chan int, 3), make(chan bool), make(chan bool)
		g := NewGroup(3, 10, func(values []int, decided func()) {
			entered <- len(values)
			<-decide
			decided()
			<-finish
		})
		var wg sync.WaitGroup
		submit := func(values ...int) { wg.Go(func() { _ = g.Submit(context.Background(), values...) }) }
		waits := func() bool {
			select {
			case n := <-entered:
				t.Errorf("a group of %d was taken", n)
				return false
			case <-time.After(20 * time.Millisecond):
				return true
			}
		}
		submit(1, 2)
		<-entered
		submit(3)
		waits()
		submit(4)
		if n := <-entered; n != 2 {
			t.Errorf("a group of %d, want one as large as the first", n)
		}
		submit(5, 6, 7)
		waits()
		decide <- true // one of the two, which does not finish
		if n := <-entered; n != 3 {
			t.Errorf("a group of %d", n)
		}
		close(decide)
		close(finish)
		wg.Wait()
		g.Close()
	})

	t.Run("CloseFlushesAndRefuses", func(t *testing.T) {
		flushed := 0
		g := NewGroup(1, 100, func(values []int, _ func()) { flushed += len(values) })
		if err := g.Submit(context.Background(), 1); err != nil {
			t.Error(err)
		}
		g.Close()
		if err := g.Submit(context.Background(), 1); !fault.Is(err, "server.stopping") || flushed != 1 {
			t.Errorf("got %v, %d flushed", err, flushed)
		}
	})
}

func (g *Group[T]) waiting() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.queue)
}
