package database

import (
	"context"
	"database/sql"
	"log/slog"
	"sync"
)

// checkpointer moves what was committed from SQLite's log into the database
// file, beside the writer: it has not to wait for so many pages to be written
// and flushed. What is left to the writer's own checkpoint is the last step, to
// begin the log anew.
type checkpointer struct {
	pool      *sql.DB
	committed chan struct{} // holds one: something was committed since it was looked
	stop      context.CancelFunc
	done      sync.WaitGroup
}

// enoughPages are worth a checkpoint, well before the writer makes its own. In a
// log of so many most pages that change often are there more than once, and
// only their last state is moved.
const enoughPages = 3000

func newCheckpointer(pool *sql.DB) *checkpointer {
	ctx, stop := context.WithCancel(context.Background())
	c := &checkpointer{pool: pool, committed: make(chan struct{}, 1), stop: stop}
	c.done.Go(func() { c.work(ctx) })
	return c
}

// wake says that something was committed. Without a checkpointer it does nothing.
func (c *checkpointer) wake() {
	if c == nil {
		return
	}
	select {
	case c.committed <- struct{}{}:
	default: // it is going to look anyway
	}
}

// close waits for a checkpoint that is under way.
func (c *checkpointer) close() {
	c.stop()
	c.done.Wait()
}

func (c *checkpointer) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.committed:
		}
		waiting, err := c.run("NOOP")
		if err == nil && waiting >= enoughPages {
			_, err = c.run("PASSIVE")
		}
		if err != nil {
			// The log grows until the next one, or the writer's own.
			slog.Warn("checkpoint failed", "error", err)
		}
	}
}

// run makes a checkpoint of a kind, https://www.sqlite.org/pragma.html#pragma_wal_checkpoint,
// and returns how many pages of the log are not in the file. NOOP only counts.
func (c *checkpointer) run(kind string) (waiting int, err error) {
	var busy, logged, moved int
	err = c.pool.QueryRowContext(context.Background(), "PRAGMA wal_checkpoint("+kind+")").Scan(&busy, &logged, &moved)
	return logged - moved, err
}
