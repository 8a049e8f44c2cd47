package auth

import (
	"context"
	"sync"
)

// turns makes those who want the same thing come one after another.
type turns struct {
	mu sync.Mutex
	of map[string]*turn
}

// turn is the right to go next; free holds it while nobody has it.
type turn struct {
	free   chan struct{}
	wanted int // by how many, the one who has it included
}

// take waits until it is the caller's turn with a key. done has to be called
// then. Its only error is that ctx ended meanwhile.
func (t *turns) take(ctx context.Context, key string) (done func(), err error) {
	mine := t.join(key)
	select {
	case <-mine.free:
		return func() { mine.free <- struct{}{}; t.leave(key, mine) }, nil
	case <-ctx.Done():
		t.leave(key, mine)
		return nil, ctx.Err()
	}
}

func (t *turns) join(key string) *turn {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of == nil {
		t.of = map[string]*turn{}
	}
	mine := t.of[key]
	if mine == nil {
		mine = &turn{free: make(chan struct{}, 1)}
		mine.free <- struct{}{}
		t.of[key] = mine
	}
	mine.wanted++
	return mine
}

func (t *turns) leave(key string, mine *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if mine.wanted--; mine.wanted == 0 {
		delete(t.of, key)
	}
}
