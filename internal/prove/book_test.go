package prove_test

import (
	"sync"
	"testing"
	"time"

	"hufen/internal/id"
)

// operation is one thing a client asks for. It is in the book before it is sent,
// and its outcome after the answer came.
type operation struct {
	id      id.ID
	what    what
	home    *home
	target  *operation // of an undo or a cancellation
	token   string
	path    string
	body    string
	outcome *outcome // nil: never answered
}

type what uint8

const (
	bringing what = iota
	redeeming
	undo
	cancel
)

// outcome is what an answer promised.
type outcome struct {
	status int
	code   string // of a refusal
	effect int64  // on the household's points and clawback, hundredths
	number string // of a redemption's receipt
}

func (o *outcome) posted() bool { return o.status/100 == 2 }

// same reports whether a later answer promises the same. 201 and 200 are the
// first and a later answer.
func (o *outcome) same(other *outcome) bool {
	return o.posted() == other.posted() && o.code == other.code && o.effect == other.effect && o.number == other.number
}

// book is what the clients wrote down.
type book struct {
	mu         sync.Mutex
	changed    *sync.Cond
	operations []*operation
	answered   int // operations with an outcome
	changes    int // answers that differ from an earlier one
	failures   int // requests without an answer, or with a 5xx
}

func newBook() *book {
	b := &book{}
	b.changed = sync.NewCond(&b.mu)
	return b
}

func (b *book) write(o *operation) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.operations = append(b.operations, o)
}

// answer notes an outcome.
func (b *book) answer(o *operation, got *outcome) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if o.outcome == nil {
		o.outcome = got
		b.answered++
		b.changed.Broadcast()
	} else if !o.outcome.same(got) {
		b.changes++
	}
}

func (b *book) fail() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failures++
	b.changed.Broadcast()
}

// failed returns how many requests had no answer, or a 5xx.
func (b *book) failed() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failures
}

// await waits until so many more operations have an outcome.
func (b *book) await(t testing.TB, more int) {
	t.Helper()
	b.mu.Lock()
	wanted := b.answered + more
	b.mu.Unlock()
	b.until(t, "answers", func() bool { return b.answered >= wanted })
}

// until waits for something the clients bring about; reached is called with the
// book in hand.
func (b *book) until(t testing.TB, what string, reached func() bool) {
	t.Helper()
	late := false
	timer := time.AfterFunc(patience, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		late = true
		b.changed.Broadcast()
	})
	defer timer.Stop()
	b.mu.Lock()
	defer b.mu.Unlock()
	for !reached() {
		if late {
			t.Fatalf("waited %s for %s; %d answered, %d failed", patience, what, b.answered, b.failures)
		}
		b.changed.Wait()
	}
}

// stuck waits for one more answer or for many more failures, and reports whether
// it was the latter.
func (b *book) stuck() (stuck bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	answered, failures := b.answered, b.failures
	for b.answered == answered && b.failures < failures+100 {
		b.changed.Wait()
	}
	return b.answered == answered
}
