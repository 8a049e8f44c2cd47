package ledger

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"gorm.io/gorm"

	"hufen/internal/database"
	"hufen/internal/fault"
	"hufen/internal/id"
)

// Item is one request on its way through a Writer. It carries its own outcome.
type Item interface {
	// Request says what is asked for.
	Request() Request
	// Fail says that the request was refused, or that its outcome is unknown.
	Fail(error)
}

// Desk is what a trade does with a group of its requests.
type Desk[T Item] struct {
	// Post decides every item and writes it, in the transaction it is given. It
	// may run more than once, so it begins by forgetting what it said before.
	Post func(ctx context.Context, tx *gorm.DB, items []T) error
	// Replay fills in the outcome of items that were posted or held earlier.
	Replay func(ctx context.Context, tx *gorm.DB, items []T) error
}

// Writer is the posting path: what callers submit at the same time is posted in
// one transaction. A request seen before gets its first outcome again; one with
// the same id and other content is a Conflict "request.id_reused"; an item the
// database cannot take is found and left out, its neighbours post.
type Writer[T Item] struct {
	db    *database.DB
	desk  Desk[T]
	group *database.Group[T]
}

// writeTimeout bounds one transaction with its retries.
const writeTimeout = 30 * time.Second

// mostTries bounds how often an item is posted anew after a twin or a lost
// COMMIT was looked up.
const mostTries = 4

// NewWriter starts a Writer that posts up to most items together.
func NewWriter[T Item](db *database.DB, most int, desk Desk[T]) *Writer[T] {
	w := &Writer[T]{db: db, desk: desk}
	w.group = database.NewGroup(writersFor(db), most, func(items []T, decided func()) {
		if db.OnGroup != nil {
			db.OnGroup(len(items))
		}
		ctx, cancel := context.WithTimeout(context.Background(), writeTimeout)
		defer cancel()
		w.flush(ctx, items, round{mostTries, decided})
	})
	return w
}

// round is what is left to a group: how often its items may be posted anew, and
// how to say that all is sent but the COMMIT, so that the next group may begin.
type round struct {
	tries   int
	decided func()
}

func (r round) next() round { return round{r.tries - 1, r.decided} }

// writersFor returns how many groups are under way at once: on MySQL the next
// one is decided while the last one commits; SQLite has one writer.
func writersFor(db *database.DB) int {
	if db.Dialect == database.MySQL {
		return 2
	}
	return 1
}

// Submit posts the items and returns when each has its outcome. Its own error
// says that none will have one.
func (w *Writer[T]) Submit(ctx context.Context, items ...T) error {
	return w.group.Submit(ctx, items...)
}

// Close posts what was accepted and stops.
func (w *Writer[T]) Close() { w.group.Close() }

// flush posts the first item of each id, then looks up its twins.
func (w *Writer[T]) flush(ctx context.Context, items []T, r round) {
	if r.tries == 0 {
		fail(items, fault.New(fault.Unavailable, "server.unavailable"))
		return
	}
	seen := make(map[id.ID]bool, len(items))
	fresh := make([]T, 0, len(items))
	var twins []T
	for _, item := range items {
		if requestID := item.Request().ID; !seen[requestID] {
			seen[requestID] = true
			fresh = append(fresh, item)
		} else {
			twins = append(twins, item)
		}
	}
	w.post(ctx, fresh, r)
	w.resolve(ctx, twins, r.next())
}

// post posts items with different ids.
func (w *Writer[T]) post(ctx context.Context, items []T, r round) {
	if len(items) == 0 {
		return
	}
	err := w.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		err := w.desk.Post(ctx, tx, items)
		if err == nil {
			r.decided()
		}
		return err
	})
	switch {
	case err == nil:
	case r.tries == 0:
		fail(items, fault.New(fault.Unavailable, "server.unavailable").Because(err))
	case errors.Is(err, errMovedMeanwhile) && r.tries > 1:
		w.post(ctx, items, r.next())
	case errors.Is(err, errSeenBefore), errors.Is(err, database.ErrOutcomeUnknown):
		w.resolve(ctx, items, r.next())
	case isFault(err):
		fail(items, err)
	case len(items) == 1:
		slog.ErrorContext(ctx, "post failed", "request", items[0].Request().ID.String(), "error", err)
		fail(items, err)
	default:
		half := len(items) / 2
		w.post(ctx, items[:half], r)
		w.post(ctx, items[half:], r)
	}
}

// resolve answers items that are in the book and posts those that are not.
func (w *Writer[T]) resolve(ctx context.Context, items []T, r round) {
	if len(items) == 0 {
		return
	}
	var fresh []T
	err := w.db.InTx(ctx, func(ctx context.Context, tx *gorm.DB) error {
		found, err := storedRequests(ctx, tx, requestIDs(items))
		if err != nil {
			return err
		}
		fresh = fresh[:0]
		var again []T
		for _, item := range items {
			request := item.Request()
			earlier, ok := found[request.ID]
			switch {
			case !ok:
				fresh = append(fresh, item)
			case earlier.hash != request.Hash:
				item.Fail(fault.New(fault.Conflict, "request.id_reused").At("/id"))
			case earlier.refusal != nil:
				item.Fail(earlier.refusal)
			default:
				again = append(again, item)
			}
		}
		if len(again) == 0 {
			return nil
		}
		return w.desk.Replay(ctx, tx, again)
	})
	if err != nil {
		fail(items, fault.New(fault.Unavailable, "server.unavailable").Because(err))
		return
	}
	w.flush(ctx, fresh, r)
}

func fail[T Item](items []T, err error) {
	for _, item := range items {
		item.Fail(err)
	}
}

func isFault(err error) bool {
	_, ok := fault.As(err)
	return ok
}

func requestIDs[T Item](items []T) []id.ID {
	ids := make([]id.ID, len(items))
	for i, item := range items {
		ids[i] = item.Request().ID
	}
	return ids
}
