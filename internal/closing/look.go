package closing

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"hufen/internal/calendar"
	"hufen/internal/id"
)

// To hold what is kept of a month against what it is made of means to read the
// month's drop-offs. Those who want it at the same time share one look, and a
// page may show what was found a moment ago; who closes the month looks anew.
const (
	// pageAge is how old what a page shows may be.
	pageAge = time.Minute
	// lookTimeout bounds a look that nobody waits for any more.
	lookTimeout = time.Minute
)

// looks are shared looks, and what the last ones found.
type looks struct {
	flights singleflight.Group
	mu      sync.Mutex
	kept    map[lookAt]looked
}

// lookAt is the town and month of a look.
type lookAt struct {
	townID id.ID
	month  calendar.Month
}

// looked is what was found, and when the look was over.
type looked struct {
	found []Blocker
	at    time.Time
}

// share returns what a look finds, or found in the last age; nobody may change it.
// A look goes on when who began it gives up: others wait for it.
func (l *looks) share(ctx context.Context, at lookAt, age time.Duration, look func(context.Context) ([]Blocker, error)) ([]Blocker, error) {
	if kept, ok := l.young(at, age); ok {
		return kept, nil
	}
	done := l.flights.DoChan(at.townID.String()+at.month.String(), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookTimeout)
		defer cancel()
		found, err := look(ctx)
		if err == nil {
			l.keep(at, found)
		}
		return found, err
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case result := <-done:
		found, _ := result.Val.([]Blocker)
		return found, result.Err
	}
}

func (l *looks) young(at lookAt, age time.Duration) ([]Blocker, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	kept, ok := l.kept[at]
	return kept.found, ok && time.Since(kept.at) < age
}

// keep remembers what was found and forgets what no page would show any more.
func (l *looks) keep(at lookAt, found []Blocker) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for other, kept := range l.kept {
		if time.Since(kept.at) >= pageAge {
			delete(l.kept, other)
		}
	}
	if l.kept == nil {
		l.kept = make(map[lookAt]looked)
	}
	l.kept[at] = looked{found, time.Now()}
}
